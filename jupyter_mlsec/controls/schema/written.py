"""A schema as it is written into a project: pandera's YAML, and back, with the line of what cannot be followed.

pandera itself writes and reads the same shape (`DataFrameSchema.to_yaml`, `from_yaml`), so either may hold the pen.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from jupyter_mlsec.controls.schema import beyond
from jupyter_mlsec.controls.schema.checks import STATISTICS
from jupyter_mlsec.controls.schema.spec import Schema, document, from_document
from jupyter_mlsec.protocol.errors import SchemaError

ENDINGS = (".yaml", ".yml", ".json")
"""What a schema's file may end with; what is approved anew is written with the first."""


def to_yaml(schema: Schema) -> bytes:
    """The schema with a value a line, so that a review sees what changed."""
    return dumped(document(schema))


def dumped(written: Any, comment: str = "") -> bytes:
    """A document as YAML in its own order, below a comment."""
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text = yaml.dump(written, Dumper=dumper, sort_keys=False, allow_unicode=True, width=120)
    return (comment + str(text)).encode("utf-8", "backslashreplace")


def comment_of(raw: bytes) -> str:
    """The comment a file begins with: it survives when the rest is written anew."""
    found = re.match(rb"(?:[ \t]*(?:#[^\n]*)?\n)*", raw)
    return found[0].decode("utf-8", "replace") if found else ""


def read(raw: bytes, name: str) -> Schema:
    """The schema in a file's bytes. SchemaError names the line and the key that cannot be followed."""
    written, theirs = beyond.split(loaded(raw, name))
    try:
        schema = from_document(written, STATISTICS, name)
        if theirs is not None:
            beyond.made(theirs, name)
            schema = msgspec.structs.replace(schema, beyond=theirs)
        return schema
    except SchemaError as error:
        raise _with_line(error, raw) from error


def loaded(raw: bytes, name: str) -> Any:
    """The document in a file's bytes, before anything of it is understood."""
    if name.endswith(".json"):
        try:
            return msgspec.json.decode(raw)
        except msgspec.MsgspecError as error:
            raise SchemaError(f"{name} is not JSON: {_place(raw, str(error))}.") from error
    import yaml

    try:
        root = _composed(raw)
        _refuse_repeats(root, name)
        return None if root is None else _constructed(raw)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else "its encoding or depth"
        raise SchemaError(f"{name} is not YAML, see {where}.") from error


def _composed(raw: bytes) -> Any:
    import yaml

    return yaml.compose(raw, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _constructed(raw: bytes) -> Any:
    import yaml

    # Both loaders build plain values only.
    return yaml.load(raw, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506


def _refuse_repeats(root: Any, name: str) -> None:
    """YAML lets a key be written twice and the last one count; a schema's reader would believe the first."""
    seen: set[tuple[str, ...]] = set()
    for path, line in _keys(root):
        if path in seen:
            raise SchemaError(f"{name}, line {line}: key {'.'.join(path)} stands there twice.")
        seen.add(path)


def _keys(root: Any) -> list[tuple[tuple[str, ...], int]]:
    """Each key of the nested mappings as a path, with its line. A node met again (an alias) is not gone into."""
    found: list[tuple[tuple[str, ...], int]] = []
    waiting: list[tuple[tuple[str, ...], Any]] = [((), root)]
    met: set[int] = set()
    while waiting:
        path, node = waiting.pop()
        if getattr(node, "id", "") != "mapping" or id(node) in met:
            continue
        met.add(id(node))
        for key, value in node.value:
            inside = (*path, str(key.value))
            found.append((inside, key.start_mark.line + 1))
            waiting.append((inside, value))
    return found


def _with_line(error: SchemaError, raw: bytes) -> SchemaError:
    """The same error with the line of the key it names, where that can be told."""
    import yaml

    text = str(error)
    try:
        keys = [(".".join(path), line) for path, line in _keys(_composed(raw))]
    except (yaml.YAMLError, ValueError, RecursionError):
        return error
    named = [(len(key), line) for key, line in keys if f"key {key} " in text]
    if not named:
        return error
    name, colon, rest = text.partition(": ")
    return SchemaError(f"{name}, line {max(named)[1]}{colon}{rest}")


def _place(raw: bytes, message: str) -> str:
    """The line a JSON mistake lies in."""
    found = re.search(r"byte (\d+)", message)
    return f"see line {raw.count(10, 0, int(found[1])) + 1}" if found else "it ends too early"
