"""The bill of materials names libraries, data and models, and the official validator takes it whatever was recorded."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlsec.protocol.entries import ENVIRONMENT, Amended, Did, Recorded
from jupyter_mlsec.protocol.facts import Fingerprint, Label, Labels, ModelFacts, Origin
from jupyter_mlsec.protocol.records import Cell, Decision, Operation, Resource, Subject
from jupyter_mlsec.reports.standards import Told, cyclonedx, export
from tests.reports.told import OPENED, arounds, entries

DIGEST = "ab" * 32


def recorded(number: int, action: str, resource: Resource, *facts: Any) -> Recorded:
    operation = Operation(
        id=f"run.{number}",
        action=action,  # type: ignore[arg-type]
        subject=Subject(name="uid-1"),
        resource=resource,
        cell=Cell(execution=number),
        library="scikit-learn",
        function=action,
        at=number,
    )
    decision = Decision(effect="permit")
    return Recorded(
        run=OPENED.run, number=number, at=number, operation=operation, decision=decision, outcome="done", facts=facts
    )


def story() -> list[Any]:
    """A notebook that reads a table, fits, scores and saves a model."""
    data, model = Resource(kind="file", name="people.csv"), Resource(kind="model", name="Forest")
    fitted = ModelFacts(model="Forest", rows=90, features=2, state=DIGEST, target="t", columns=("age", "dose"))
    bytes_of = Fingerprint(algorithm="sha256", digest=DIGEST, of="resource")
    labels = Labels(labels=(Label(column="age", type="AGE", score=1.0),))
    return [
        OPENED,
        Did(run=OPENED.run, number=2, at=2, verb=ENVIRONMENT, subject="", details={"scikit-learn": "1.9.1"}),
        recorded(3, "read", data, bytes_of, labels),
        recorded(4, "fit", model, fitted, Origin(operations=("run.3",), resources=("people.csv",))),
        recorded(5, "predict", model, ModelFacts(model="Forest", rows=40, score=0.9, training=("run.4",))),
        recorded(6, "write", Resource(kind="file", name="f.joblib", format="joblib"), bytes_of),
        Did(run=OPENED.run, number=7, at=7, verb="model-saved", subject="f.joblib", details={"fit": "run.4"}),
    ]


def bill_of(told: list[Any]) -> dict[str, Any]:
    (line,) = export(map(msgspec.json.encode, told), "cyclonedx", "study")
    return dict(json.loads(line))


def test_a_model_names_its_data_scores_and_file() -> None:
    bill = bill_of(story())
    by_type = {each["type"]: each for each in bill["components"]}
    model = by_type["machine-learning-model"]

    assert by_type["data"]["data"][0]["sensitiveData"] == ["AGE"]
    assert model["modelCard"]["modelParameters"]["datasets"] == [{"ref": by_type["data"]["bom-ref"]}]
    assert model["modelCard"]["quantitativeAnalysis"]["performanceMetrics"][0]["value"] == "0.9"
    assert model["hashes"] == by_type["file"]["hashes"] == [{"alg": "SHA-256", "content": DIGEST}]
    assert "pkg:pypi/scikit-learn@1.9.1" in {each.get("purl") for each in bill["components"]}


def test_a_file_that_was_written_over_is_the_later_models_alone() -> None:
    model, other = Resource(kind="model", name="Forest"), "cd" * 32
    told = [
        *story(),
        recorded(8, "fit", model, ModelFacts(model="Forest", state=other)),
        recorded(
            9,
            "write",
            Resource(kind="file", name="f.joblib", format="joblib"),
            Fingerprint(algorithm="sha256", digest=other, of="resource"),
        ),
        Did(run=OPENED.run, number=10, at=10, verb="model-saved", subject="f.joblib", details={"fit": "run.8"}),
    ]
    bill = bill_of(told)
    by_reference = {each["bom-ref"]: each for each in bill["components"]}

    assert "hashes" not in by_reference["model:run.4"]
    assert by_reference["model:run.8"]["hashes"] == [{"alg": "SHA-256", "content": other}]
    assert {"ref": "file:f.joblib", "dependsOn": ["model:run.8"]} in bill["dependencies"]


def test_what_is_learned_of_a_files_values_is_not_its_hash() -> None:
    learned = Fingerprint(algorithm="sha256", digest="cd" * 32, of="value")
    bill = bill_of([*story(), Amended(run=OPENED.run, number=8, at=8, amends="run.6", control="pii", facts=(learned,))])
    (file,) = (each for each in bill["components"] if each["type"] == "file")

    assert file["hashes"] == [{"alg": "SHA-256", "content": DIGEST}]


def test_the_same_ledger_gives_the_same_bill() -> None:
    assert bill_of(story()) == bill_of(story())


def test_the_official_validator_takes_it() -> None:
    assert problem_of(bill_of(story())) is None


@given(st.lists(entries, max_size=6), arounds)
@settings(max_examples=15, deadline=None)
def test_the_official_validator_takes_any_ledger(told: list[Told], around: Any) -> None:
    (line,) = cyclonedx.documents((each, around) for each in told)

    assert problem_of(json.loads(line)) is None


def problem_of(bill: dict[str, Any]) -> Any:
    """What the official library finds wrong."""
    pytest.importorskip("cyclonedx")
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    return JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bill))


@pytest.mark.parametrize("format", ["ocsf", "otlp"])
def test_what_watches_security_is_told_which_model_it_was(format: str) -> None:
    lines = list(export(map(msgspec.json.encode, story()), format, "study"))

    assert [DIGEST.encode() in line for line in lines if b"Forest" in line] == [True, False]
