"""How a resource gets its name: project-relative, without credentials, queries, literals or values."""

from __future__ import annotations

import functools
import os
import re
from typing import Any
from urllib.parse import urlsplit

from jupyter_mlsec.protocol.records import Resource

_URL = re.compile(r"^[A-Za-z][A-Za-z0-9+.\-]+://")
_SQL_START = re.compile(r"^\s*(?:--.*\n\s*)*(select|with|insert|update|delete|create|copy|from|values|pragma)\b", re.I)
_SQL_LITERAL = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\b\d+(?:\.\d+)?\b|\$\$.*?\$\$", re.S)
_SQL_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.S)
_LONGEST = 200


def resource_of(value: Any, root: str, format: str | None = None) -> Resource:
    """The Resource for what a call named as its source or target, relative to the project at `root`.

    Takes paths (str, bytes, PathLike), URLs, SQL text, open files (by their name) and buffers.
    Never opens, reads or resolves anything beyond `os.path.abspath`.
    """
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if isinstance(value, bytes):
        value = os.fsdecode(value)
    if isinstance(value, str):
        return _named(value, root, format, os.getcwd())  # noqa: PTH109  # the hot path: no Path objects
    if value is None:
        return Resource(kind="buffer", name="returned value", format=format)
    path = getattr(value, "name", None)
    if isinstance(path, str) and path and not path.startswith("<"):
        return Resource(kind="file", name=relative_name(path, root), format=format)
    return Resource(kind="buffer", name=type(value).__name__, format=format)


@functools.lru_cache(maxsize=256)
def _named(text: str, root: str, format: str | None, folder: str) -> Resource:  # noqa: ARG001  # a key of the cache
    if _URL.match(text):
        return Resource(kind="url", name=bare_url(text), format=format)
    if _SQL_START.match(text):
        return Resource(kind="database", name=bare_sql(text), format=format)
    if "\n" in text or len(text) > 1024:
        return Resource(kind="buffer", name="text", format=format)
    return Resource(kind="file", name=relative_name(text, root), format=format)


def relative_name(path: str, root: str) -> str:
    """The path as seen from the project; outside of it only the last part, behind `.../`."""
    absolute = os.path.abspath(os.path.expanduser(path))  # noqa: PTH100, PTH111  # the hot path: no Path objects
    if absolute.startswith(root + os.sep):
        return absolute[len(root) + 1 :].replace(os.sep, "/")
    return ".../" + os.path.basename(absolute)  # noqa: PTH119


def bare_url(text: str) -> str:
    """Scheme, host, port and path: no user, password, query or fragment."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "unreadable URL"
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}{parts.path}"[:_LONGEST]


def bare_sql(text: str) -> str:
    """The statement with every literal replaced by `?`, comments dropped and white space folded."""
    folded = " ".join(_SQL_LITERAL.sub("?", _SQL_COMMENT.sub(" ", text)).split())
    return folded[:_LONGEST]
