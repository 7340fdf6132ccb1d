"""The documentation lists everything there is, in words."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import msgspec
import pytest

from jupyter_mlsec.controls.contract import Rule
from jupyter_mlsec.interceptors import libraries
from jupyter_mlsec.protocol.watch import Watch
from jupyter_mlsec.session.house import CONTROLS, all_rules, control_rooms
from tests.architecture.house import ROOT, sources

DOCS = ROOT / "docs"
LEAST_KEPT = 5
"""Of ten promises asked of each row in tests/conformance; a library may ask nothing of its arguments to probe it by."""
NOT_RUN = frozenset(
    {
        *(f"pandas:{name}" for name in ("read_gbq", "DataFrame.to_gbq")),
        *(f"polars:{name}" for name in ("read_csv_batched", "scan_lance", "LazyFrame.profile", "LazyFrame.fetch")),
        "polars:LazyFrame.sink_iceberg",  # what it asks of its catalog, in threads of polars' own, is recorded as well
        *(f"safetensors:flax:{name}" for name in ("load_file", "save_file")),
    }
)
"""Rows whose package, or whose version of it, no test environment has: the page says that they were not run."""
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md"), key=lambda page: page.name), ids=lambda page: page.name)
def test_no_link_of_a_page_leads_nowhere(page: Path) -> None:
    dead = [target for target in LINK.findall(page.read_text("utf-8")) if not (page.parent / target).exists()]

    assert dead == []


def test_no_link_of_the_readme_leads_nowhere() -> None:
    assert [
        target for target in LINK.findall((ROOT / "README.md").read_text("utf-8")) if not (ROOT / target).exists()
    ] == []


@pytest.mark.parametrize("control", CONTROLS)
def test_every_setting_says_what_it_means(control: str) -> None:
    source = next(one for one in sources() if one.path == f"jupyter_mlsec/controls/{control}/settings.py")
    settings = next(node for node in source.tree.body if isinstance(node, ast.ClassDef) and node.name == "Settings")
    said = {
        field.target.id
        for field, after in zip(settings.body, settings.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(after, ast.Expr)
        and isinstance(after.value, ast.Constant)
    }

    assert set(control_rooms()[control].Settings.__struct_fields__) - said == set()


def test_every_watched_function_was_called_for_real_and_kept_its_promises() -> None:
    run = json.loads((DOCS / "conformance.json").read_text("utf-8"))
    declared = [
        f"{library.name}:{watch.target}"
        for library in libraries()
        for watch in library.watches
        if isinstance(watch, Watch)
    ]

    unproven = {name for name in declared if name not in run or run[name]["broken"] or run[name]["kept"] < LEAST_KEPT}
    assert unproven == NOT_RUN


@pytest.mark.parametrize("rule", all_rules().values(), ids=lambda rule: rule.id)
def test_every_sentence_of_a_rule_is_one(rule: Rule) -> None:
    words = msgspec.structs.asdict(rule)

    assert re.fullmatch(r"[a-z]+\.[a-z0-9-]+", rule.id)
    assert [name for name in ("what", "why", "fix", "way_on", "teach") if not words[name].strip()] == []
    assert [name for name in ("what", "why", "teach") if words[name].rstrip()[-1:] not in ".!?)"] == []
    assert (rule.effect == "deny") <= (rule.level == "error")


def test_every_rule_that_denies_shows_the_way_on() -> None:
    assert [
        rule.id for rule in all_rules().values() if rule.effect == "deny" and "%mlsec" not in rule.way_on + rule.fix
    ] == []


def test_every_control_has_a_page_or_a_section() -> None:
    pages = " ".join(path.read_text("utf-8") for path in DOCS.glob("*.md"))

    assert [name for name in CONTROLS if f"## `[{name}]`" not in pages] == []
