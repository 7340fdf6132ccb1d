"""Arrays, objects and models: savers leave no plain byte on a disk, loaders give back what was saved."""

from __future__ import annotations

import pickle
from pathlib import Path

import joblib
import lightgbm
import numpy as np
import pytest
import safetensors
import safetensors.numpy
import skops.io
import xgboost
from sklearn.linear_model import LogisticRegression

from jupyter_mlsec.protocol.errors import Denied
from tests.sealing.conftest import CANARY, Sealed

ARRAY = np.arange(600.0).reshape(200, 3)
WORDS = np.array([f"{CANARY}-{number}" for number in range(50)])
X, Y = ARRAY, np.arange(200) % 2
NAMES = [f"{CANARY}_{number}" for number in range(3)]


def sk() -> LogisticRegression:
    model = LogisticRegression().fit(X, Y)
    model.note = CANARY
    return model


def xgb() -> xgboost.Booster:
    return xgboost.train({"max_depth": 2}, xgboost.DMatrix(X, Y, feature_names=NAMES), 3)


def lgb() -> lightgbm.Booster:
    return lightgbm.train({"verbose": -1, "min_data_in_leaf": 5}, lightgbm.Dataset(X, Y, feature_name=NAMES), 3)


def asked(model: object) -> np.ndarray:
    if isinstance(model, xgboost.Booster):
        return model.predict(xgboost.DMatrix(X, feature_names=NAMES))
    return model.predict(X)  # type: ignore[attr-defined]


def xgb_of(path: str) -> xgboost.Booster:
    booster = xgboost.Booster()
    booster.load_model(path)
    return booster


def xgb_model_of(path: str) -> xgboost.XGBClassifier:
    model = xgboost.XGBClassifier()
    model.load_model(path)
    return model


MODELS = {
    "joblib": ("m.joblib", sk, joblib.dump, joblib.load),
    "joblib compressed": ("m.joblib.gz", sk, joblib.dump, joblib.load),
    "joblib mapped": ("m.joblib", sk, joblib.dump, lambda path: joblib.load(path, mmap_mode="r")),
    "skops": ("m.skops", sk, skops.io.dump, lambda path: skops.io.load(path)),
    "xgboost ubj": ("m.ubj", xgb, lambda model, path: model.save_model(path), xgb_of),
    "xgboost json": ("m.json", xgb, lambda model, path: model.save_model(path), xgb_of),
    "lightgbm": (
        "m.txt",
        lgb,
        lambda model, path: model.save_model(path),
        lambda path: lightgbm.Booster(model_file=path),
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_sealed_and_answers_the_same_when_it_is_back(
    name: str, house: Sealed, written_to: list[str]
) -> None:
    file, make, save, load = MODELS[name]
    model = make()
    before = asked(model)
    save(model, file)
    assert house.are_sealed()
    assert house.plain_files() == written_to == []
    np.testing.assert_allclose(asked(load(file)), before)
    assert house.plain_files() == written_to == []


def test_xgboosts_estimators_keep_what_they_know_of_themselves(house: Sealed) -> None:
    model = xgboost.XGBClassifier(n_estimators=3).fit(X, Y)
    model.save_model("m.json")
    assert house.are_sealed()
    assert xgb_model_of("m.json").n_classes_ == 2


ARRAYS = {
    "save": ("a.npy", lambda p: np.save(p, WORDS), lambda p: np.load(p)),
    "save without ending": ("a", lambda p: np.save(p, WORDS), lambda p: np.load(f"{p}.npy")),
    "save mapped": ("a.npy", lambda p: np.save(p, WORDS), lambda p: np.load(p, mmap_mode="r")),
    "savez": ("a.npz", lambda p: np.savez(p, words=WORDS), lambda p: np.load(p)["words"]),
    "savez_compressed": ("a.npz", lambda p: np.savez_compressed(p, words=WORDS), lambda p: np.load(p)["words"]),
    "savetxt": ("a.txt", lambda p: np.savetxt(p, WORDS, fmt="%s"), lambda p: np.loadtxt(p, dtype=str)),
    "savetxt.gz": ("a.txt.gz", lambda p: np.savetxt(p, WORDS, fmt="%s"), lambda p: np.genfromtxt(p, dtype=str)),
    "safetensors": (
        "a.safetensors",
        lambda p: safetensors.numpy.save_file({CANARY: ARRAY}, p),
        lambda p: safetensors.numpy.load_file(p)[CANARY],
    ),
    "safe_open": (
        "a.safetensors",
        lambda p: safetensors.numpy.save_file({CANARY: ARRAY}, p),
        lambda p: safetensors.safe_open(p, "numpy").get_tensor(CANARY),
    ),
    "open_memmap": (
        "a.npy",
        lambda p: np.save(p, WORDS),
        lambda p: np.lib.format.open_memmap(p, mode="r"),
    ),
    "memmap": (
        "a.npy",
        lambda p: np.save(p, ARRAY),
        lambda p: np.memmap(p, dtype=float, mode="c", offset=128, shape=ARRAY.shape),
    ),
    "fromfile": (
        "a.npy",
        lambda p: np.save(p, ARRAY),
        lambda p: np.fromfile(p, dtype=float, offset=128).reshape(ARRAY.shape),
    ),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_is_sealed_and_comes_back(name: str, house: Sealed, written_to: list[str]) -> None:
    file, save, load = ARRAYS[name]
    save(file)
    assert house.are_sealed()
    assert house.plain_files() == written_to == []
    found = load(file)
    if found.dtype.kind == "U":
        assert found.tolist() == WORDS.tolist()
    else:
        np.testing.assert_array_equal(found, ARRAY)
    assert house.plain_files() == written_to == []


def test_a_mapped_array_lives_on_after_everything_of_ours_let_go(house: Sealed) -> None:
    np.save("a.npy", ARRAY)
    part = np.load("a.npy", mmap_mode="r")[10:20]
    np.testing.assert_array_equal(part, ARRAY[10:20])
    with pytest.raises(ValueError, match="read-only"):
        part[0, 0] = 1


@pytest.mark.parametrize("mode", ["r+", "w+"])
def test_a_map_that_may_be_changed_is_refused_before_a_byte_is_there(mode: str, house: Sealed) -> None:
    if mode == "r+":
        np.save("a.bin.npy", ARRAY)
    before = sorted(each.name for each in house.folder.iterdir())
    with pytest.raises(Denied, match="in place"):
        np.memmap("a.bin.npy", dtype=float, mode=mode, shape=ARRAY.shape)
    assert sorted(each.name for each in house.folder.iterdir()) == before


def test_a_pickle_in_an_open_file_is_refused_and_one_through_mlsec_is_sealed(house: Sealed) -> None:
    from jupyter_mlsec.vault import open_sealed

    with pytest.raises(Denied, match="opened before"), Path("a.pkl").open("wb") as file:
        pickle.dump(sk(), file)
    assert house.plain_files() == []
    with open_sealed("b.pkl", "wb", recipients=[house.identities.recipient()]) as file:
        pickle.dump(sk(), file)
    with Path("b.pkl").open("rb") as file:
        assert pickle.load(file).note == CANARY
