"""How a resource gets its name: project-relative, without credentials, queries, literals or values."""

from __future__ import annotations

import functools
import os
import re
from typing import Any
from urllib.parse import unquote, urlsplit

from jupyter_mlsec.protocol.records import Resource

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]+):/+")
_CHAIN = re.compile(r"::(?=[A-Za-z][A-Za-z0-9+.\-]*(?::/|::|$))")
"""Where fsspec joins URLs: `zip://a.csv::s3://bucket/a.zip`, `simplecache::https://host/a.csv`."""
_SQL_START = re.compile(r"^\s*(?:--.*\n\s*)*(select|with|insert|update|delete|create|copy|from|values|pragma)\b", re.I)
_SQL_HIDDEN = re.compile(
    r"(?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))"
    r"|'(?:[^']|'')*(?P<closed>')?|\"(?:[^\"]|\"\")*(?P<shut>\")?|(?P<tag>\$\w*\$).*?(?:(?P=tag)|\Z)|\b\d[\w.]*",
    re.S,
)
_SECRET = re.compile(r"\w*(?:passw|pwd|token|secret|api_?key|access_?key|credential)\w*\s*=", re.I)
"""What names a secret in a connection string: `host=h password=p`, `md:db?motherduck_token=t`, `SERVER=s;PWD=p`."""
_PARAMETERS = re.compile(r"[?;]|\w+\s*=")
_TEXT_START = ("{", "[", "<")
_LONGEST = 200


def resource_of(value: Any, root: str, format: str | None = None) -> Resource:
    """The Resource for what a call named as its source or target, relative to the project at `root`.

    Takes paths (str, bytes, PathLike), URLs, SQL text (of format `sql`, or of none), open files (by their name) and
    buffers. Never opens, reads or resolves anything beyond `os.path.abspath`.
    """
    if type(value) is not str and isinstance(value, os.PathLike):  # asking an ABC costs as much as all the rest
        try:
            value = os.fspath(value)
        except TypeError:  # pandas' ExcelFile gives the open file it was made from
            value = getattr(value, "io", None)
    if isinstance(value, bytes):
        value = os.fsdecode(value)
    if isinstance(value, str):
        return _named(value, root, format, _folder())
    if value is None:
        return Resource(kind="buffer", name="returned value", format=format)
    path = getattr(value, "name", None)
    if isinstance(path, str) and path and not path.startswith("<"):
        return _named(path, root, format, _folder())
    return Resource(kind="buffer", name=type(value).__name__, format=format)


def _folder() -> str:
    try:
        return os.getcwd()  # noqa: PTH109  # the hot path: no Path objects
    except OSError:  # deleted under us: what the user names may exist all the same
        return ""


@functools.lru_cache(maxsize=256)
def _named(text: str, root: str, format: str | None, folder: str) -> Resource:
    if format == "sql" or (format is None and _SQL_START.match(text)):
        return Resource(kind="database", name=_speakable(bare_sql(text)), format=format)
    if "\n" in text or len(text) > 1024 or text.lstrip().startswith(_TEXT_START):
        return Resource(kind="buffer", name="text", format=format)
    if text.startswith("file:/"):
        text = unquote(re.sub("^file:(?://[^/]*)?", "", text))
    elif ":/" in text and _URL.search(text):
        return Resource(kind="url", name=_speakable(bare_url(text)), format=format)
    elif "=" in text and _SECRET.search(text):
        shown = _PARAMETERS.split(text, maxsplit=1)[0].strip() or "connection string"
        return Resource(kind="database", name=_speakable(shown)[:_LONGEST], format=format)
    return Resource(kind="file", name=_relative(text, root, folder), format=format)


def _speakable(name: str) -> str:
    """The name with what UTF-8 cannot hold (bytes of another encoding in a file's name) written as an escape."""
    return name.encode("utf-8", "backslashreplace").decode()


def relative_name(path: str, root: str) -> str:
    """The path as seen from the project; outside of it only the last part, behind `.../`."""
    return _relative(path, root, _folder())


def _relative(path: str, root: str, folder: str) -> str:
    """`folder` is the current one, or empty: there is none any more, and a path stays as it is."""
    # The hot path: no Path objects, and no second question where we are.
    if folder and os.sep == "/" and "/" not in path and path[:1] not in ("", ".", "~"):
        absolute = f"{folder}/{path}"
    else:
        absolute = os.path.expanduser(path)  # noqa: PTH111
        absolute = os.path.normpath(os.path.join(folder, absolute)) if folder else absolute  # noqa: PTH118
    if absolute.startswith(root + os.sep):
        return _speakable(absolute[len(root) + 1 :].replace(os.sep, "/"))
    return _speakable(".../" + os.path.basename(absolute))  # noqa: PTH119


def bare_url(text: str) -> str:
    """Scheme, host, port and path of a URL, or of each in a chain: no user, password, query, fragment or parameters."""
    return "::".join(_bare_part(part) for part in _CHAIN.split(text))[:_LONGEST]


def _bare_part(text: str) -> str:
    found = _URL.search(text)
    if found is None:
        return text if re.fullmatch(r"[\w+.\-]*", text) else "..."
    try:
        parts = urlsplit(f"{found[1]}://{text[found.end() :]}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "unreadable URL"
    path = parts.path.partition(";")[0]
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}{path}"


def bare_sql(text: str) -> str:
    """The statement with every literal replaced by `?`, comments dropped and white space folded.

    Where the dialect decides what is a literal (a backslash before a quote, a quote left open), nothing from the
    first quote on is kept.
    """
    unclear = "\\'" in text or '\\"' in text

    def hide(found: re.Match[str]) -> str:
        nonlocal unclear
        unclear = unclear or (found[0][0] in "'\"" and found["closed"] is None and found["shut"] is None)
        return " " if found["comment"] else "?"

    hidden = _SQL_HIDDEN.sub(hide, text)
    if unclear:
        hidden = _SQL_HIDDEN.sub(hide, re.split("['\"]", text, maxsplit=1)[0]) + " ?"
    return " ".join(hidden.split())[:_LONGEST]
