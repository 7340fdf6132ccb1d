"""Versions of libraries: each is told once, as it comes, and nothing is imported for it."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from jupyter_mlsec.session.environment import Environment


@pytest.fixture
def environment() -> Environment:
    return Environment((("one_lib", "One"), ("two_lib", "two"), ("json", "json")))


def arrive(monkeypatch: pytest.MonkeyPatch, name: str, version: object) -> None:
    module = ModuleType(name)
    module.__version__ = version  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, name, module)


def test_a_library_is_told_once_when_it_has_come(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    assert environment.fresh() == {}
    arrive(monkeypatch, "one_lib", "1.2.3+cpu")
    assert environment.fresh() == {"One": "1.2.3+cpu"}
    arrive(monkeypatch, "two_lib", "2.0")
    assert environment.fresh() == {"two": "2.0"}
    assert environment.fresh() == {}


@pytest.mark.parametrize("version", ["a version with words", "1" * 65, None, 3, "1\n2"])
def test_what_is_no_version_is_not_told(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, version: object
) -> None:
    arrive(monkeypatch, "one_lib", version)

    assert environment.fresh() == {}


def test_a_version_is_plain_text_whatever_kind_of_text_the_library_has(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Version(str):
        """Compares as versions do, as torch's does; no encoder takes it for text."""

    arrive(monkeypatch, "one_lib", Version("2.13.0+cpu"))

    assert {name: type(version) for name, version in environment.fresh().items()} == {"One": str}
