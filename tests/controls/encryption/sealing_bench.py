"""A gate of few lines, so that the control is tested with real libraries and nothing else of the house."""

from __future__ import annotations

import inspect
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlsec.controls.contract import Call, Site
from jupyter_mlsec.controls.encryption import Settings, build
from jupyter_mlsec.protocol.errors import Denied
from jupyter_mlsec.protocol.facts import Facts, Label, Labels
from jupyter_mlsec.protocol.records import Cell, Finding, Obligation, Operation, Subject
from jupyter_mlsec.protocol.resources import resource_of
from jupyter_mlsec.protocol.watch import Watch
from jupyter_mlsec.vault import Identities

CANARY = "canary-" + "5f1c9e7b"
CERTAIN = Labels(labels=(Label(column="ssn", type="US_SSN", score=1.0, certain=True, source="validator"),))
LIKELY = Labels(labels=(Label(column="name", type="PERSON", score=0.6),))


class Bench:
    """One control at work in a project folder. `findings`, `facts` and `records` hold what came of the last call."""

    def __init__(self, folder: Path, profile: str, seal: str | None, naming: str = "same") -> None:
        self.project, self.data = folder / "project", folder / "data"
        self.project.mkdir(exist_ok=True)
        settings = Settings.of(profile)
        settings = Settings(seal=seal or settings.seal, naming=naming)  # type: ignore[arg-type]
        self.records: list[tuple[str, str, dict[str, str]]] = []
        self.findings: list[Finding] = []
        self.facts = Facts()
        site = Site(
            settings=settings,
            profile=profile,
            project=lambda: self.project,
            state=lambda: self.project,
            data=lambda: self.data,
            amend=lambda *args, **kwargs: None,
            record=lambda verb, subject, details: self.records.append((verb, subject, details)),
        )
        self.control: Any = build(site)
        self.identities = Identities(self.data)

    def keys(self) -> None:
        self.identities.create()
        self.identities.acknowledge(fleeting=True)

    def call(
        self, function: Callable[..., Any], watch: Watch, *args: Any, labels: Labels | None = None, **kwargs: Any
    ) -> Any:
        names = list(inspect.signature(function).parameters)
        call = Call(watch, args, kwargs, {name: place for place, name in enumerate(names)})
        self.facts = Facts()
        if labels is not None:
            self.facts.add(labels)
        resource = resource_of(call.resource, os.fspath(self.project), watch.format)
        operation = Operation(
            id="1",
            action=watch.action,
            subject=Subject(name="u"),
            resource=resource,
            cell=Cell(execution=1),
            library="lib",
            function=watch.target,
            at=0,
        )
        judgements = list(self.control.before(operation, call, self.facts))
        self.findings = [one for one in judgements if isinstance(one, Finding)]
        denial = next((one for one in self.findings if one.effect == "deny"), None)
        if denial is not None:
            raise Denied(denial.message, rule=denial.rule, fix=denial.fix)
        begun = [
            self.control.fulfil(one, operation, call, self.facts) for one in judgements if isinstance(one, Obligation)
        ]
        try:
            value = function(*call.args, **call.kwargs)
        except BaseException:
            for one in begun:
                one.abandon()
            raise
        for one in begun:
            value = one.complete(value)
        return value


def read(target: str, resource: str, **more: Any) -> Watch:
    return Watch(target=target, action="read", resource=resource, **{"sealing": "sink", **more})


def write(target: str, resource: str, value: str = "self", **more: Any) -> Watch:
    return Watch(target=target, action="write", resource=resource, value=value, **{"sealing": "sink", **more})


@pytest.fixture
def benches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Bench]:
    monkeypatch.delenv("JUPYTER_MLSEC_IDENTITY_FILE", raising=False)

    def make(profile: str = "guard", seal: str | None = None, naming: str = "same", keys: bool = True) -> Bench:
        bench = Bench(tmp_path, profile, seal, naming)
        if keys and not bench.identities.exists():
            bench.keys()
        return bench

    return make


@pytest.fixture
def private_temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of the test's own, watched for what is left and opened in it."""
    import tempfile

    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", os.fspath(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def holds_canary(*folders: Path) -> list[str]:
    """The files in these folders in which the canary stands in plain."""
    found = []
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and CANARY.encode() in path.read_bytes():
                found.append(path.name)
    return found


def is_age(path: Path) -> bool:
    return path.read_bytes().startswith(b"age-encryption.org/v1\n")


def memory() -> io.BytesIO:
    return io.BytesIO()
