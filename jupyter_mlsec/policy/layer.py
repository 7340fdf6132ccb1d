"""One policy file read and checked: every mistake is named with its file, line and key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from jupyter_mlsec.protocol.errors import PolicyError

PROFILES = ("observe", "guard", "strict")
"""From loosest to strictest."""
LOCKS = ("user-choice", "force-on", "force-off")
_LARGEST = 1 << 20


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """What one file says. Values were checked against the sections' types; `digest` is of the file's bytes."""

    name: str
    """For people: `your policy`, `the project's policy`."""
    path: str
    digest: str
    profile: str | None = None
    plugins: tuple[str, ...] = ()
    sections: dict[str, dict[str, Any]] = {}
    locks: dict[str, str] = {}
    trusted: bool = True


def read_bytes(path: Path) -> bytes | None:
    """The file's bytes, None when there is none. PolicyError when it cannot be read or is no plain, small file."""
    try:
        if not path.is_file():
            if path.exists():
                raise _broken(path, None, "it is not a plain file")
            return None
        if path.stat().st_size > _LARGEST:
            raise _broken(path, None, "it is larger than 1 MiB")
        return path.read_bytes()
    except OSError as error:
        raise _broken(path, None, (error.strerror or type(error).__name__).lower()) from error


def parse(raw: bytes, path: Path, name: str, sections: Mapping[str, type], *, locks: bool = False) -> Layer:
    """Check a file's bytes into a Layer. `locks` allows the administrator's `[lock]` table."""
    import hashlib
    import tomllib

    try:
        text = raw.decode("utf-8")
        tables = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise _broken(path, raw.count(b"\n", 0, error.start) + 1, "it is not UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        raise _broken(path, line, f"it is not TOML, near key {_key_at(text, line)}") from error
    profile, plugins = tables.pop("profile", None), tables.pop("plugins", [])
    locked = tables.pop("lock", {}) if locks else {}
    if profile is not None and profile not in PROFILES:
        raise _broken(path, line_of(text, "", "profile"), f"key profile must be one of {', '.join(PROFILES)}")
    if not isinstance(plugins, list) or not all(isinstance(plugin, str) for plugin in plugins):
        raise _broken(path, line_of(text, "", "plugins"), "key plugins must be a list of names")
    _check_locks(locked, path, text, sections)
    for section, values in tables.items():
        _check_section(section, values, path, text, sections)
    return Layer(
        name=name,
        path=str(path),
        digest=hashlib.sha256(raw).hexdigest(),
        profile=profile,
        plugins=tuple(plugins),
        sections=tables,
        locks=locked,
    )


def line_of(text: str, section: str, key: str) -> int | None:
    """The 1-based line on which a key is set, written plainly, quoted or dotted; None when it cannot be told."""
    table = ""
    quoted = rf"(?:{re.escape(key)}|\"{re.escape(key)}\"|'{re.escape(key)}')"
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[+\s*([^\]]+?)\s*\]", line)
        if header and "=" not in line.split("]")[0]:
            table = header[1].strip("\"'")
            if key and section and table == f"{section}.{key}":
                return number
            if not key and table.split(".")[0] == section:
                return number
            continue
        dotted = section if table == "" else ""
        prefix = rf"{re.escape(dotted)}\s*\.\s*" if dotted and key else ""
        if table in (section, "") and (not section or table or prefix):
            wanted = rf"\s*{prefix}{quoted}\s*[=.]" if key else rf"\s*{re.escape(section)}\s*[=.]"
            if re.match(wanted, line):
                return number
    return None


def _check_section(section: str, values: Any, path: Path, text: str, sections: Mapping[str, type]) -> None:
    if section not in sections:
        known = ", ".join(("profile", "plugins", *sorted(sections)))
        line = line_of(text, section, "") or line_of(text, "", section)
        raise _broken(path, line, f"key {section} is not known (known: {known})")
    if not isinstance(values, dict):
        raise _broken(path, line_of(text, "", section), f"key {section} must be a table, written [{section}]")
    kind: Any = sections[section]
    names = {field.encode_name for field in msgspec.structs.fields(kind)}
    for key, value in values.items():
        line = line_of(text, section, key)
        if key not in names:
            raise _broken(path, line, f"key {section}.{key} is not known (known: {', '.join(sorted(names))})")
        try:
            apply(kind(), {key: value})
        except msgspec.ValidationError as error:
            raise _broken(path, line, f"key {section}.{key}: {_expectation(error)}") from error


def _check_locks(locked: Any, path: Path, text: str, sections: Mapping[str, type]) -> None:
    if not isinstance(locked, dict):
        raise _broken(path, line_of(text, "", "lock"), "key lock must be a table, written [lock]")
    for section, lock in locked.items():
        line = line_of(text, "lock", section)
        if section != "profile" and section not in sections:
            raise _broken(path, line, f"key lock.{section} names no section")
        if lock not in LOCKS or (section == "profile" and lock == "force-off"):
            raise _broken(path, line, f"key lock.{section} must be one of {', '.join(LOCKS)}")


def apply(settings: Any, values: Mapping[str, Any]) -> Any:
    """The settings with these keys set, checked by type. msgspec.ValidationError when one does not fit."""
    return msgspec.convert({**msgspec.to_builtins(settings), **values}, type(settings))


def _expectation(error: msgspec.ValidationError) -> str:
    """What was expected, without the value that was found."""
    text = str(error).split(" - at ")[0]
    return "the value is not one of those allowed" if text.startswith("Invalid enum value") else text.replace("`", "")


def _key_at(text: str, line: int) -> str:
    """The key a line sets, as far as it can be read."""
    lines = text.splitlines()
    found = re.match(r"[\s\[]*([\w.\-\"']+)", lines[line - 1]) if 0 < line <= len(lines) else None
    return found[1].strip("\"'") if found else "(none)"


def _broken(path: Path, line: int | None, reason: str) -> PolicyError:
    where = f"{path.name}, line {line}" if line else path.name
    return PolicyError(f"{where}: {reason}.")
