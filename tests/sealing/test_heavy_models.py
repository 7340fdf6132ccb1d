"""torch, keras and transformers: models are sealed without a plain byte on a disk, and come back as they were."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from tests.sealing.conftest import CANARY, Sealed

os.environ.setdefault("KERAS_BACKEND", "torch")
torch = pytest.importorskip("torch")


def weights() -> dict[str, object]:
    return {CANARY: torch.arange(300.0)}


@pytest.mark.parametrize("options", [{}, {"mmap": True}])
def test_weights_of_torch(options: dict[str, bool], house: Sealed, written_to: list[str]) -> None:
    torch.save(weights(), "w.pt")
    assert house.are_sealed()
    assert house.plain_files() == written_to == []
    assert torch.equal(torch.load("w.pt", **options)[CANARY], torch.arange(300.0))
    assert house.plain_files() == written_to == []


def test_torchscript_and_exported_programs(house: Sealed, written_to: list[str]) -> None:
    model = torch.nn.Sequential(torch.nn.Linear(3, 2)).eval()
    before = model(torch.ones(1, 3))
    torch.jit.save(torch.jit.script(model), "m.ts")
    torch.export.save(torch.export.export(model, (torch.ones(1, 3),)), "m.pt2")
    assert house.are_sealed()
    assert torch.equal(torch.jit.load("m.ts")(torch.ones(1, 3)), before)
    assert torch.equal(torch.export.load("m.pt2").module()(torch.ones(1, 3)), before)
    assert house.plain_files() == []


def test_safetensors_of_torch(house: Sealed, written_to: list[str]) -> None:
    safetensors = pytest.importorskip("safetensors.torch")
    safetensors.save_file(weights(), "w.safetensors")
    assert house.are_sealed()
    assert torch.equal(safetensors.load_file("w.safetensors")[CANARY], torch.arange(300.0))
    assert house.plain_files() == written_to == []


def test_a_layers_assets_touch_no_disk(house: Sealed, written_to: list[str]) -> None:
    keras = pytest.importorskip("keras")

    @keras.saving.register_keras_serializable()
    class Words(keras.layers.Layer):
        words = ""

        def call(self, x: object) -> object:
            return x

        def save_assets(self, folder: str) -> None:
            Path(folder, "words.txt").write_text(CANARY)

        def load_assets(self, folder: str) -> None:
            self.words = Path(folder, "words.txt").read_text()

    keras.Sequential([keras.layers.Input((3,)), Words()]).save("m.keras")
    assert house.are_sealed()
    assert keras.models.load_model("m.keras").layers[0].words == CANARY
    assert house.plain_files() == written_to == []


@pytest.mark.parametrize("file", ["m.keras", "m.h5", "w.weights.h5"])
def test_models_and_weights_of_keras(file: str, house: Sealed, written_to: list[str]) -> None:
    keras = pytest.importorskip("keras")

    def made() -> object:
        model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2, name=CANARY)])
        model.compile("sgd", "mse")
        return model

    model = made()
    before = model.predict(np.ones((1, 3)), verbose=0)
    (model.save_weights if "weights" in file else model.save)(file)
    assert house.are_sealed()
    assert house.plain_files() == written_to == []
    if "weights" in file:
        back = made()
        back.load_weights(file)
    else:
        back = keras.models.load_model(file, compile=False)
    np.testing.assert_allclose(back.predict(np.ones((1, 3)), verbose=0), before)
    assert house.plain_files() == []


def test_a_folder_of_transformers(house: Sealed, written_to: list[str]) -> None:
    transformers = pytest.importorskip("transformers")
    config = transformers.BertConfig(
        vocab_size=30,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        id2label={0: CANARY},
    )
    model = transformers.BertModel(config).eval()
    asked = {"input_ids": torch.ones(1, 4, dtype=torch.long)}
    before = model(**asked).last_hidden_state
    model.save_pretrained("bert")
    assert house.are_sealed()
    assert house.plain_files() == written_to == []
    back = transformers.BertModel.from_pretrained("bert").eval()
    assert back.config.id2label == {0: CANARY}
    torch.testing.assert_close(back(**asked).last_hidden_state, before)
    assert house.plain_files() == []


def test_a_folder_of_datasets(house: Sealed, written_to: list[str]) -> None:
    datasets = pytest.importorskip("datasets")
    rows = [f"{CANARY}-{number}" for number in range(50)]
    datasets.Dataset.from_dict({"ssn": rows}).save_to_disk("people")
    assert house.are_sealed()
    assert datasets.load_from_disk("people")["ssn"][:] == rows
    assert house.plain_files() == written_to == []
