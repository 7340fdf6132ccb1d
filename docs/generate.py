"""Writes the pages that list things: rules, settings, verbs, watched functions. `--check` only says which are stale."""

from __future__ import annotations

import ast
import inspect
import os
import re
import sys
import tempfile
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import coverage_matrix  # the script's own folder is on the path
import msgspec

from jupyter_mlsec.controls.contract import Rule, Verb
from jupyter_mlsec.interception import settings as interception
from jupyter_mlsec.session.house import all_rules, control_rooms

DOCS = Path(__file__).resolve().parent
WRITTEN = "<!-- Written by docs/generate.py (make generate); do not edit. -->"
SENTENCE = re.compile(r"[^#|].*?[.:](?=\s|$)")
MOST = 6
"""Values of a list that are shown in full."""
PROFILES = ("observe", "guard", "strict")


def rules_page() -> str:
    """Every rule with all its sentences, by id."""
    head = (
        "# Rules\n\nEach finding carries the id of its rule. Ids are stable and never reused. "
        "`%mlsec why ID` prints the same sentences in a notebook.\n"
    )
    return "\n".join([head, *(rule_section(rule) for _, rule in sorted(all_rules().items()))])


def rule_section(rule: Rule) -> str:
    """One rule's sentences."""
    denies = "Denies" if rule.effect == "deny" else rule.level.capitalize()
    return (
        f"## `{rule.id}`\n\n*{denies}.* {rule.what}\n\n- Why: {rule.why}\n- Safeguard: {rule.safeguard}\n"
        f"- Fix: {rule.fix}\n- Way on: {rule.way_on}\n- To teach: {rule.teach}\n"
    )


def settings_page() -> str:
    """Every key of every section of a policy, with its value in each profile."""
    head = (
        '# Settings\n\n`.mlsec/policy.toml` starts with `profile = "observe" | "guard" | "strict"`; '
        "then comes a table per control, and one for what is watched at all. "
        "A key that is not set has its profile's value.\n"
    )
    sections = {**control_rooms(), "interception": interception}
    return "\n".join([head, *(settings_section(name, room) for name, room in sections.items())])


def settings_section(name: str, room: ModuleType) -> str:
    """One section's table. The words are the docstrings in the control's settings.py."""
    settings = room.Settings
    words = field_words(settings)
    values = [settings.of(profile) for profile in PROFILES]
    lines = []
    for field in msgspec.structs.fields(settings):
        cells = " | ".join(f"`{shown(getattr(value, field.name))}`" for value in values)
        lines.append(f"| `{field.name}` | {cells} | {words[field.name]} |")
    about = " ".join((inspect.getdoc(settings) or "").split())
    table = ["| key | observe | guard | strict | meaning |", "|---|---|---|---|---|", *lines]
    return "\n".join([f"## `[{name}]`\n\n{about}\n", *table, ""])


def field_words(settings: type[msgspec.Struct]) -> dict[str, str]:
    """The docstring after each field, empty where there is none; tests/architecture asks for one each."""
    body = ast.parse(textwrap.dedent(inspect.getsource(settings))).body[0]
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    for field, after in zip(body.body, [*body.body[1:], None], strict=True):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            said = after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else None
            found[field.target.id] = " ".join(str(said).split()) if said else ""
    return found


def shown(value: Any) -> str:
    """A value as it would be written in TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple | list | frozenset | set):
        words = [shown(one) for one in (sorted(value) if isinstance(value, set | frozenset) else value)]
        return f"[{', '.join(words)}]" if len(words) <= MOST else f"[{', '.join(words[:2])}, ... {len(words)} in all]"
    return str(value)


def verbs_page() -> str:
    """Every word after `%mlsec`."""
    sections = [f"## `{verb.name}`\n\n{verb.summary}\n\n```\n{verb.usage.strip()}\n```\n" for verb in verbs()]
    return "\n".join(["# Verbs\n\n`%mlsec VERB` in a notebook; `--help` after a verb shows the same.\n", *sections])


def verbs() -> list[Verb]:
    """The verbs of a guard in an empty project."""
    from jupyter_mlsec.session.display import Display
    from jupyter_mlsec.session.house import House
    from jupyter_mlsec.session.verbs import all_verbs

    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["JUPYTER_DATA_DIR"] = folder
        os.chdir(folder)
        try:
            return list(all_verbs(House(), Display()).values())
        finally:
            os.chdir(here)


FIRST = ("threat-model.md", "verbs.md", "rules.md", "settings.md", "interceptors.md")


def index_page() -> str:
    """Every page with its title and first sentence, the ones for everyone first."""
    pages = {path.name: path for path in sorted(DOCS.glob("*.md")) if path.name != "index.md"}
    others = [name for name in pages if name not in FIRST]
    sections = [("For everyone", [name for name in FIRST if name in pages]), ("By subject", others)]
    blocks = [f"## {title}\n\n" + "\n".join(index_line(DOCS / name) for name in names) for title, names in sections]
    return "\n\n".join(["# Documentation", *blocks])


def index_line(page: Path) -> str:
    """A page's link, title and first sentence."""
    lines = [line for line in page.read_text("utf-8").splitlines() if line.strip() and not line.startswith("<!--")]
    title = lines[0].lstrip("# ").strip()
    paragraph = " ".join(lines[1:6]) if len(lines) > 1 else ""
    sentence = SENTENCE.match(paragraph)
    return f"- [{title}]({page.name}): {sentence[0] if sentence else paragraph}"


PAGES: dict[str, Callable[[], str]] = {
    "rules.md": rules_page,
    "settings.md": settings_page,
    "verbs.md": verbs_page,
    "interceptors.md": coverage_matrix.page,
    "index.md": index_page,
}


def main() -> int:
    """Write all pages, or with `--check` exit 1 if one is stale."""
    check = "--check" in sys.argv[1:]
    stale = []
    for name, page in PAGES.items():
        wanted = f"{WRITTEN}\n{page().rstrip()}\n"
        path = DOCS / name
        if not path.exists() or path.read_text("utf-8") != wanted:
            stale.append(f"docs/{name}")
            if not check:
                path.write_text(wanted, "utf-8")
    if check and stale:
        sys.exit(f"{', '.join(stale)} stale: run make generate")
    return 0


if __name__ == "__main__":
    sys.exit(main())
