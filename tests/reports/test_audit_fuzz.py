"""Whatever an audit's JSON is turned into, the verifier answers with a sentence, and never says that it holds."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlsec.reports import audit, canonical, dsse
from jupyter_mlsec.vault.signing import LocalSigner, local_signer
from tests.reports import both
from tests.reports.stage import MemoryLog, study, told_run

ODD = st.one_of(
    st.none(), st.integers(), st.text(max_size=4), st.lists(st.integers(), max_size=2), st.just({}), st.floats()
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, LocalSigner]:
    signer = local_signer(Path(tmp_path_factory.mktemp("keys")))
    log = MemoryLog(signer)
    told_run(log)
    return audit.make(audit.Source(notebook=audit.plain(study()), name="study.ipynb"), log, signer).text, signer


def spots(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) in a JSON value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(pairs):
        yield value, key
        yield from spots(inner)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_any_value_of_the_file_replaced_is_refused(made: tuple[str, LocalSigner], data: st.DataObject) -> None:
    notebook = json.loads(made[0])
    container, key = data.draw(st.sampled_from(list(spots(notebook))))
    odd = data.draw(ODD)
    if json.dumps(container[key]) == json.dumps(odd):
        return
    container[key] = odd

    found = both.check(canonical.written(notebook).encode())

    assert not found.ok
    assert found.problems[0]


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_statement_of_any_shape_signed_by_its_key_never_breaks_the_verifier(
    made: tuple[str, LocalSigner], data: st.DataObject
) -> None:
    text, signer = made
    notebook = json.loads(text)
    said = json.loads(base64.b64decode(notebook["metadata"]["mlsec"]["attestation"]["payload"]))
    container, key = data.draw(st.sampled_from(list(spots(said))))
    container[key] = data.draw(ODD)
    envelope = dsse.seal(json.dumps(said).encode(), signer)
    notebook["metadata"]["mlsec"]["attestation"] = msgspec.to_builtins(envelope)

    found = both.check(canonical.written(notebook).encode())

    assert found.ok or found.problems[0]


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_both_verifiers_take_and_refuse_the_same_entries(made: tuple[str, LocalSigner], data: st.DataObject) -> None:
    payload = json.loads(made[0])["metadata"]["mlsec"]["attestation"]["payload"]
    proven = data.draw(st.sampled_from(json.loads(base64.b64decode(payload))["predicate"]["log"]["entries"]))
    entry = json.loads(proven["entry"])
    container, key = data.draw(st.sampled_from(list(spots(entry))))
    container[key] = data.draw(st.one_of(ODD, st.just(True), st.just({"rows": None}), st.just("\ud800")))

    both.reads(json.dumps(entry).encode())


@given(st.binary(max_size=20))
@settings(max_examples=100, deadline=None)
def test_both_verifiers_refuse_the_same_texts(made: tuple[str, LocalSigner], junk: bytes) -> None:
    payload = json.loads(made[0])["metadata"]["mlsec"]["attestation"]["payload"]
    entry = json.loads(base64.b64decode(payload))["predicate"]["log"]["entries"][0]["entry"].encode()

    both.reads(entry.replace(b"guard", b"gu" + junk + b"ard", 1))
    both.reads(entry[: len(junk)] + junk)
