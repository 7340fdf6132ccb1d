#!/usr/bin/env python3
"""Verify an audit notebook made with jupyter-mlsec, offline.

    python verify_audit.py FILE --trust KEYFILE

Needs Python 3.11 or later and the package `cryptography`; nothing else, and no network. It says what `jupyter mlsec
verify` says, in the same words and with the same exit codes (--help lists them): it is made of the same sources, which
follow as text, module by module, each as it is in jupyter-mlsec. Read them here; what runs is what you read.

Written by jupyter_mlsec/reports/onefile/build.py (make generate); do not edit.
"""
# ruff: noqa
# fmt: off

import sys

if sys.version_info < (3, 11):
    sys.stderr.write("verify_audit.py needs Python 3.11 or later.\n")
    sys.exit(2)

SOURCES = {}

# ---------------------------------------------------------------------------------------------------------------
SOURCES["msgspec"] = r'''
"""What the verifier uses of msgspec, in plain Python: it stands in for it in the one-file verifier, and nowhere else.

Structs as in msgspec: fields from annotations, defaults, tags, renaming; `convert` as strict as msgspec's own.
"""

from __future__ import annotations

import copy
import inspect
import sys
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Any  # Any, throughout: the values are of whatever type an annotation names

_NOTHING: Any = object()
_OPTIONS = ("tag", "tag_field", "rename", "forbid_unknown_fields", "omit_defaults")


class MsgspecError(Exception):
    """The root of what is raised here."""


class DecodeError(MsgspecError):
    """A text is not JSON."""


class ValidationError(DecodeError):
    """A value is not of the type it should have."""


class _Given:
    """What was said of one field: its default and its name outside."""

    def __init__(self, default: Any, name: str | None) -> None:
        self.default, self.name = default, name


def field(*, default: Any = _NOTHING, name: str | None = None) -> Any:
    """A field's default and its name outside."""
    return _Given(default, name)


@typing.dataclass_transform(field_specifiers=(field,))
class Struct:
    """A record: made by keyword (or place, where allowed), compared by value, never changed."""

    __struct_fields__: typing.ClassVar[tuple[str, ...]] = ()
    _defaults: typing.ClassVar[dict[str, Any]] = {}
    _outside: typing.ClassVar[dict[str, str]] = {}
    _options: typing.ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__()
        cls._options = {**cls._options, **{key: options[key] for key in _OPTIONS if key in options}}
        cls._defaults, cls._outside = dict(cls._defaults), dict(cls._outside)
        own = [name for name, kind in inspect.get_annotations(cls).items() if "ClassVar" not in str(kind)]
        for name in own:
            given = cls.__dict__.get(name, _NOTHING)
            said = given if isinstance(given, _Given) else _Given(given, None)
            if given is not _NOTHING:
                delattr(cls, name)
            cls._defaults[name] = said.default
            cls._outside[name] = said.name or _renamed(name, cls._options.get("rename"))
        cls.__struct_fields__ = tuple(dict.fromkeys((*cls.__struct_fields__, *own)))

    def __init__(self, *places: Any, **named: Any) -> None:
        values = {**dict(zip(self.__struct_fields__, places, strict=False)), **named}
        for name in self.__struct_fields__:
            value = values.pop(name, self._defaults[name])
            if value is _NOTHING:
                raise TypeError(f"Missing required argument '{name}'")
            object.__setattr__(self, name, copy.copy(value) if isinstance(value, dict | list) else value)
        if values:
            raise TypeError(f"Unexpected keyword argument '{next(iter(values))}'")

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"immutable type: '{type(self).__name__}'")

    def _values(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.__struct_fields__)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and isinstance(other, Struct) and other._values() == self._values()

    def __hash__(self) -> int:
        return hash((type(self), self._values()))

    def __repr__(self) -> str:
        said = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__struct_fields__)
        return f"{type(self).__name__}({said})"


def _renamed(name: str, how: str | None) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others)) if how == "camel" else name


def _replace(struct: Struct, **changes: Any) -> Struct:
    return type(struct)(**{**dict(zip(struct.__struct_fields__, struct._values(), strict=True)), **changes})


structs = types.SimpleNamespace(replace=_replace)


def to_builtins(value: Any) -> Any:
    """Structs as dicts by their names outside, all the way down."""
    if isinstance(value, Struct):
        return {value._outside[name]: to_builtins(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, Mapping):
        return {key: to_builtins(inner) for key, inner in value.items()}
    return [to_builtins(inner) for inner in value] if isinstance(value, list | tuple) else value


_READERS: dict[Any, Callable[[Any], Any]] = {}


def convert(value: Any, kind: Any) -> Any:
    """A value of JSON's types as one of that type. Raises ValidationError."""
    reader = _READERS.get(kind)
    if reader is None:
        reader = _READERS[kind] = _reader(kind)
    return reader(value)


def _reader(kind: Any) -> Callable[[Any], Any]:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if isinstance(kind, type) and issubclass(kind, Struct):
        return _struct_reader(kind)
    if origin in (typing.Union, types.UnionType):
        return _union_reader(arguments)
    if origin is typing.Literal:
        return lambda value: value if isinstance(value, str) and value in arguments else _refuse(value)
    if origin is tuple:
        return _tuple_reader(arguments)
    if origin is dict:
        inner = arguments[1]
        return lambda value: (
            {key: convert(each, inner) for key, each in value.items()} if isinstance(value, dict) else _refuse(value)
        )
    if kind is float:
        return _float
    if kind in (str, int, bool, type(None)):
        return lambda value: value if type(value) is kind else _refuse(value)
    raise TypeError(f"{kind} is a type that is not read here")


def _refuse(value: Any) -> Any:
    raise ValidationError(f"a {type(value).__name__} stands where another type should")


def _float(value: Any) -> Any:
    if type(value) not in (int, float):
        _refuse(value)
    try:
        return float(value)
    except OverflowError:
        return _refuse(value)


def _tuple_reader(arguments: tuple[Any, ...]) -> Callable[[Any], Any]:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        inner = arguments[0]
        return lambda value: (
            tuple(convert(each, inner) for each in value) if isinstance(value, list) else _refuse(value)
        )
    return lambda value: (
        tuple(map(convert, value, arguments))
        if type(value) is list and len(value) == len(arguments)
        else _refuse(value)
    )


def _union_reader(arguments: tuple[Any, ...]) -> Callable[[Any], Any]:
    """Of structs the one whose tag is named; of others, the first that takes the value."""
    tagged = {_tag(kind): kind for kind in arguments if isinstance(kind, type) and issubclass(kind, Struct)}
    others = tuple(kind for kind in arguments if kind not in tagged.values())
    where = next((kind._options["tag_field"] for kind in tagged.values()), "")

    def read(value: Any) -> Any:
        if tagged and isinstance(value, dict):
            kind = tagged.get(value[where]) if isinstance(value.get(where), str) else None
            return _refuse(value) if kind is None else convert(value, kind)
        for kind in others:
            try:
                return convert(value, kind)
            except ValidationError:
                continue
        return _refuse(value)

    return read


def _tag(kind: type[Struct]) -> str | None:
    return kind.__name__ if kind._options.get("tag") else None


def _struct_reader(kind: type[Struct]) -> Callable[[Any], Any]:
    hints = dict(_hints(kind))
    tag, where = _tag(kind), kind._options.get("tag_field", "type")
    strict = kind._options.get("forbid_unknown_fields", False)
    inside = {outside: name for name, outside in kind._outside.items()}

    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            _refuse(value)
        if tag is not None and value.get(where, tag) != tag:
            _refuse(value)
        if strict and any(key not in inside for key in value if tag is None or key != where):
            _refuse(value)
        known = {inside[key]: convert(each, hints[inside[key]]) for key, each in value.items() if key in inside}
        try:
            return kind(**known)
        except TypeError:
            return _refuse(value)

    return read


def _hints(kind: type[Struct]) -> Iterator[tuple[str, Any]]:
    """The fields' types, each annotation read in the module of the class that made it."""
    for home in reversed(kind.__mro__):
        names = vars(sys.modules[home.__module__])
        for name, annotation in inspect.get_annotations(home).items():
            if name in kind.__struct_fields__:
                yield name, eval(annotation, names)  # noqa: S307  # our own source's annotations
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_core.paths"] = r'''
"""Where Jupyter keeps a user's data, as `jupyter_core.paths` says: it stands in for it in the one-file verifier."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def jupyter_data_dir() -> str:
    """The folder of this user's Jupyter data; pins of keys lie below it."""
    given = os.environ.get("JUPYTER_DATA_DIR")
    if given:
        return given
    home = Path.home()
    if sys.platform == "darwin":
        return str(home / "Library" / "Jupyter")
    if sys.platform == "win32":
        return str(Path(os.environ.get("APPDATA") or home) / "jupyter")
    return str(Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share") / "jupyter")
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec._version"] = r'''
__version__ = "0.1.0.dev0"
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.cli"] = r'''
"""`jupyter mlsec ...`: one small file per noun, loaded when its word is given."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

_WORDS = {
    "demo": ("demo:run", "run a guarded notebook on real data, offline"),
    "verify": ("verify:run", "verify an audit notebook: FILE [--trust KEYFILE] [--pin] [--json] [--html OUT]"),
    "verifier": ("verifier:run", "write the verifier as one file that needs only cryptography: [-o FILE]"),
    "export": ("export:run", "make the audit of a notebook's run: NOTEBOOK [-o AUDIT.ipynb]"),
    "open": ("sealing:run_open", "open a sealed file: FILE [-o OUT]"),
    "seal": ("sealing:run_seal", "seal a file in its place: FILE"),
    "keys": ("keys:run", "this user's keys: init | show | backup | import | unlock | grant | rotate | agent | signer"),
    "ledger": ("ledger:run", "the project's ledger: show | verify | prove | erase | export | witness"),
    "scan": ("scan:run", "search a file or folder for personal data: --personal PATH"),
    "policy": ("policy:run", "the project's policy: show | trust | check [FILE]"),
    "enable": ("enable:run", "load the guard in every kernel [--user | --system]"),
    "disable": ("enable:run_disable", "no longer load it in every kernel"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code. 2 for words it does not take."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] in ("-h", "--help", "help"):
        _write(usage())
        return 0
    if words[0] in ("-V", "--version"):
        from jupyter_mlsec._version import __version__

        _write(__version__)
        return 0
    if words[0] not in _WORDS:
        _complain(f"There is no command {words[0]!r}.\n\n{usage()}")
        return 2
    return _run(_WORDS[words[0]][0], words[1:])


def main_open() -> int:
    """`jupyter-mlsec-open FILE [-o OUT]`: the command that the hint inside each sealed file names."""
    return main(("open", *sys.argv[1:]))


def _run(place: str, words: Sequence[str]) -> int:
    from jupyter_mlsec.protocol.errors import MlsecError, UsageError

    module, _, name = place.partition(":")
    try:
        return int(getattr(import_module(f"jupyter_mlsec.cli.{module}"), name)(words))
    except UsageError as error:
        _complain(str(error))
        return 2
    except MlsecError as error:
        _complain(str(error))
        return 1
    except BrokenPipeError:
        return 0
    except SystemExit as leaving:  # argparse, after --help or words it does not take
        return leaving.code if isinstance(leaving.code, int) else 0


def usage() -> str:
    """What there is, a line each."""
    width = max(map(len, _WORDS))
    lines = [f"  {word.ljust(width)}  {what}" for word, (_, what) in _WORDS.items()]
    return "jupyter mlsec COMMAND ...\n\n" + "\n".join(lines) + "\n\njupyter mlsec COMMAND --help tells more."


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")


def _complain(text: str) -> None:
    sys.stderr.write(text + "\n")
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.cli.answers"] = r'''
"""How a command answers: lines for people, JSON where it was asked for, and an exit code."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_mlsec.controls.contract import Answer


def say(text: str) -> None:
    """One or more lines to standard output; what the terminal cannot show is escaped."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")


def say_json(data: Any) -> None:  # Any: builtins, as JSON takes them
    """One JSON value on one line."""
    say(json.dumps(data, ensure_ascii=False, default=str))


def give(answer: Answer, *, as_json: bool = False) -> int:
    """Print a verb's answer; 0 when it is well, else 1."""
    if as_json:
        say_json(answer.data)
    elif answer.text:
        say(answer.text)
    return 0 if answer.ok else 1
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.cli.verify"] = r'''
"""`jupyter mlsec verify FILE`: the reviewer's command. Needs the file and nothing else."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from jupyter_mlsec.cli.answers import say, say_json
from jupyter_mlsec.protocol.errors import UsageError
from jupyter_mlsec.reports.verdict import Verification
from jupyter_mlsec.reports.verify import verify

PROGRAM = "jupyter mlsec verify"
"""What the command is called where it says so itself; the one-file verifier has a name of its own."""

_EXITS = """exit codes: 0 all holds and the signer is trusted; 3 consistent, but signed by a key you have not confirmed;
1 something does not hold (the first thing is named); 2 the file is no audit or could not be read"""


def run(arguments: Sequence[str]) -> int:
    """Verify, print the verdict, give its exit code."""
    given = _parser().parse_args(list(arguments))
    found = verify(given.file, trust=given.trust, pins=_pins(needed=given.pin), pin=given.pin, against=given.against)
    if given.page is not None and found.ok:
        found = _paged(found, given.file, given.page)
    if given.files is not None and found.ok:
        found = _with_files(found, given.file, given.files)
    if given.html is not None:
        _write_html(found, given.file, given.html)
    if given.json:
        say_json({**msgspec.to_builtins(found), "exit": found.exit_code, "verdict": found.verdict})
    else:
        say(str(found))
        if found.exit_code == 3:
            say("Compare the key with its owner on another way, then give --trust KEYFILE, or --pin to remember it.")
    return found.exit_code


def _paged(found: Verification, audit: Path, page: Path) -> Verification:
    from jupyter_mlsec.reports.pairing import with_page

    if found.page:
        raise UsageError(f"{audit} is a page itself: give the audit notebook, and the page with --page.")
    try:
        return with_page(found, audit.read_bytes(), page.read_bytes(), page.name)
    except OSError as error:
        raise UsageError(f"{error.filename} could not be read: {error.strerror}.") from None


def _with_files(found: Verification, audit: Path, folder: Path) -> Verification:
    from jupyter_mlsec.reports.held import with_files

    if found.page:
        raise UsageError(f"{audit} is a page: only an audit notebook names files to compare with.")
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder with the files of the run.")
    try:
        return with_files(found, audit.read_bytes(), folder)
    except OSError as error:
        raise UsageError(f"{error.filename} could not be read: {error.strerror}.") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=PROGRAM, description="Verify an audit notebook, offline.", epilog=_EXITS)
    parser.add_argument("file", type=Path)
    parser.add_argument("--trust", metavar="KEYFILE", help="the signer's public key (or its fingerprint, SHA256:...)")
    parser.add_argument("--pin", action="store_true", help="if all holds, remember the signer's key as trusted")
    parser.add_argument(
        "--against", type=Path, metavar="OLDER", help="an older audit, or a checkpoint, that this one must continue"
    )
    parser.add_argument("--page", type=Path, metavar="HTML", help="the audit's page, which must show this audit")
    parser.add_argument(
        "--files", type=Path, metavar="FOLDER", help="files you hold, which must be those the run read and wrote"
    )
    parser.add_argument("--json", action="store_true", help="the verdict as JSON")
    parser.add_argument("--html", type=Path, metavar="OUT", help="also write a one-page verdict")
    return parser


def _pins(*, needed: bool) -> Path | None:
    from jupyter_mlsec.host import places

    try:
        return places.data_folder()
    except OSError as error:
        if needed:
            raise UsageError(f"The key could not be pinned: {error.strerror} ({error.filename}).") from None
        return None


def _write_html(found: Verification, audit: Path, target: Path) -> None:
    from jupyter_mlsec.reports.html import verdict_page

    if target.exists() and audit.exists() and target.samefile(audit):
        raise UsageError("The verdict was not written: that would replace the audit itself.")
    content = b""
    with contextlib.suppress(OSError):
        content = audit.read_bytes()
    try:
        target.write_text(verdict_page(found, content), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"The verdict was not written to {target}: {error.strerror}.") from None
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.host.places"] = r'''
"""Where things live: the project's root, its `.mlsec/` folder, and this user's own folder for keys and trust."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

MARK = ".mlsec"
_IGNORED = (
    "# Made by jupyter-mlsec: what is learned and recorded here stays out of git.\nlearned/\nledger/\ncheckpoint\n"
)


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A project's root, and the `.mlsec` folders above the start that were passed over, each with its reason."""

    root: Path
    passed_over: tuple[str, ...] = ()


class StatePlace(msgspec.Struct, frozen=True, kw_only=True):
    """The folder state goes to. `reason` says why it is a stand-in, and is empty when it is the project's own."""

    path: Path
    reason: str = ""


def project_root(start: Path) -> Path:
    """The nearest parent with a `.mlsec` of ours, else the git root, else the start folder."""
    return find_project(start).root


def find_project(start: Path) -> Project:
    """As `project_root`, and says which planted `.mlsec` folders were passed over.

    Never looks above the home folder (when the start lies in it) or beyond a file-system border.
    """
    first = start if start.is_dir() else start.parent
    first = first.resolve()
    git: Path | None = None
    passed_over: list[str] = []
    for folder in _upwards(first):
        mark = folder / MARK
        if mark.is_symlink() or mark.is_dir():
            reason = distrusted(mark)
            if not reason:
                return Project(root=folder, passed_over=tuple(passed_over))
            passed_over.append(f"{mark} was passed over: {reason}.")
        if git is None and (folder / ".git").exists():
            git = folder
    return Project(root=git or first, passed_over=tuple(passed_over))


def state_folder(root: Path) -> StatePlace:
    """The project's `.mlsec/`, made now, with a `.gitignore` inside for what must not be committed.

    A stand-in in this user's data folder, with the reason, when the project cannot be written or its
    `.mlsec` is not ours.
    """
    mark = root / MARK
    reason = distrusted(mark) if mark.is_symlink() or mark.exists() else ""
    if not reason:
        try:
            mark.mkdir(exist_ok=True)
            _ignore_inside(mark)
            if os.access(mark, os.W_OK | os.X_OK):
                return StatePlace(path=mark)
            reason = "it cannot be written"
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
    key = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:16]
    stand_in = data_folder() / "state" / key
    stand_in.mkdir(parents=True, exist_ok=True, mode=0o700)
    return StatePlace(
        path=stand_in, reason=f"State is kept in {stand_in}, because {MARK} in the project is not used: {reason}."
    )


def data_folder() -> Path:
    """This user's own folder in Jupyter's data directory, made 0700 when missing and set back to it when wider.

    Where it cannot be made (a home that cannot be written) there is nothing in it, and whoever writes there is told.
    """
    from jupyter_core.paths import jupyter_data_dir

    folder = Path(jupyter_data_dir()) / "jupyter_mlsec"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (folder / ".gitignore").exists():  # a home folder that is a git work tree must not publish keys
            (folder / ".gitignore").write_text("*\n", encoding="ascii")
    except OSError:
        return folder
    if os.name == "posix" and folder.stat().st_mode & 0o077:
        folder.chmod(0o700)
    return folder


def shown(path: Path) -> str:
    """A path as a user may read it in a notebook that is passed on: from here, or from home, not from the root."""
    for base, mark in ((Path.cwd(), ""), (Path.home(), "~/")):
        if path.is_relative_to(base):
            return mark + path.relative_to(base).as_posix()
    return str(path)


def _upwards(first: Path) -> Iterator[Path]:
    """The folder and its parents, up to and including home, on one file system. Never the root folder itself."""
    home = Path.home().resolve()
    try:
        device = first.stat().st_dev
    except OSError:
        return
    for folder in (first, *first.parents):
        if folder == Path(folder.anchor) or folder.stat().st_dev != device:
            return
        yield folder
        if folder == home:
            return


def distrusted(mark: Path) -> str:
    """Why this `.mlsec` is not to be used; empty when it is this user's own folder."""
    if mark.is_symlink():
        return "it is a link"
    if not mark.is_dir():
        return "it is not a folder"
    if os.name != "posix":
        return ""
    status = mark.stat()
    if status.st_uid != os.getuid():
        return f"it belongs to another user (uid {status.st_uid})"
    return "anyone may write in it" if status.st_mode & 0o002 else ""


def _ignore_inside(mark: Path) -> None:
    try:
        with (mark / ".gitignore").open("x", encoding="utf-8") as file:  # "x" follows no planted link
            file.write(_IGNORED)
    except FileExistsError:
        pass
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.interception.wording"] = r'''
"""The words for a cell's coverage, the same in the status, the panel and reports."""

from __future__ import annotations

from collections.abc import Iterable

from jupyter_mlsec.protocol.facts import Coverage, Elsewhere

_NOUNS = {
    "shell": "shell command",
    "process": "Python process",
    "program": "program",
    "child that ended": "child process that ended",
}
_PLAIN = frozenset({"sh", "bash"})
_SHOWN = 3
_LITTLE = 64 << 10
_UNITS = ("kB", "MB", "GB", "TB")


def size(count: int) -> str:
    """Bytes as people read them: `5.1 MB`."""
    if count < 1000:
        return f"{count} B"
    power = 1
    while power < len(_UNITS) and count >= 999.95 * 1000**power:
        power += 1
    return f"{count / 1000**power:.1f} {_UNITS[power - 1]}"


def many(count: int, noun: str) -> str:
    """`1 entry`, `2 entries`, `3 processes`."""
    if count == 1:
        return f"{count} {noun}"
    if " that " in noun:
        return f"{count} x {noun}"
    return f"{count} {noun[:-1] + 'ies' if noun.endswith('y') else noun + ('es' if noun.endswith('s') else 's')}"


def elsewhere(what: Iterable[Elsewhere]) -> tuple[str, ...]:
    """What ran where nothing could be seen: `2 shell commands`, `1 subprocess (git)`, `loky workers x3`."""
    counts: dict[tuple[str, str], int] = {}
    for each in what:
        program = "" if each.program in _PLAIN else each.program
        key = (_NOUNS.get(each.kind, each.kind), f" ({program})" if program else "")
        counts[key] = counts.get(key, 0) + each.count
    return tuple(_counted(count, noun) + program for (noun, program), count in counts.items())


def _counted(count: int, noun: str) -> str:
    if noun.endswith("workers"):
        return noun if count == 1 else f"{noun} x{count}"
    return many(count, noun)


def total(facts: Iterable[Coverage]) -> tuple[Elsewhere, ...]:
    """What ran elsewhere in several cells, added up."""
    found: dict[tuple[str, str], int] = {}
    for fact in facts:
        for each in fact.unobserved:
            found[each.kind, each.program] = found.get((each.kind, each.program), 0) + each.count
    return tuple(Elsewhere(kind=kind, program=program, count=count) for (kind, program), count in sorted(found.items()))


def is_unexplained(fact: Coverage) -> bool:
    """Whether the cell read or wrote more than watched calls explain."""
    return bool(fact.read_unexplained or fact.written_unexplained)


def unexplained(fact: Coverage) -> str:
    """`read 5.1 MB and wrote 1.2 MB beyond what watched calls explain (a.parquet)`; empty if it did not."""
    parts = []
    if fact.read_unexplained:
        parts.append(f"read {size(fact.read_unexplained)}")
    if fact.written_unexplained:
        parts.append(f"wrote {size(fact.written_unexplained)}")
    if not parts:
        return ""
    shown = opened(fact)
    return " and ".join(parts) + " beyond what watched calls explain" + (f" ({shown})" if shown else "")


def opened(fact: Coverage) -> str:
    """The files that were opened without a watch, the first few by name."""
    rest = len(fact.opened[_SHOWN:]) + fact.opened_more
    return ", ".join(fact.opened[:_SHOWN]) + (f" and {rest} more" if rest else "")


def summary(fact: Coverage) -> str:
    """A cell's figures in a line; empty for one that read, wrote and opened next to nothing.

    `read 5.1 MB, none of it explained; wrote 147.0 kB, explained; opened without a watch: big.bin`
    """
    parts = [
        f"{verb} {size(count)}, {_share(count, known, beyond)}"
        for verb, count, known, beyond in (
            ("read", fact.read, fact.read_explained, fact.read_unexplained),
            ("wrote", fact.written, fact.written_explained, fact.written_unexplained),
        )
        if count > _LITTLE
    ]
    names = opened(fact)
    return "; ".join([*parts, f"opened without a watch: {names}"] if names else parts)


def _share(count: int, known: int, beyond: int) -> str:
    if not beyond:
        return "explained"
    return f"{known * 100 // count} % of it explained" if known * 100 >= count else "none of it explained"
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.ledger.commitments"] = r'''
"""Words that a user typed go into entries as salted commitments only, so that they can be taken back later.

An entry says `"reason": "hmac-sha256:HEX"`, where HEX is HMAC-SHA256 with a random 16-byte salt as its key, over the
text. The opening (salt and text) lies beside the tree and is not part of it: without it nobody can guess the text, not
even with a list of all likely ones, and the tree stays as it was signed.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from typing import Any

import msgspec

from jupyter_mlsec.protocol.entries import Allowed, AnyEntry, Did, Switched

PREFIX = "hmac-sha256:"
SALT_BYTES = 16
MOST_CHARACTERS = 10_000
"""Of a longer text the beginning is kept."""
FIELD = "reason"
"""What is erasable: the `reason` of allowances and pauses, and that among the details of deeds."""
COMMITMENT = re.compile(r"hmac-sha256:[0-9a-f]{64}", re.ASCII)


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What opens one commitment."""

    opening: str
    """The commitment, as it stands in the entry."""
    salt: str
    """16 bytes as hex; empty once the opening was erased."""
    value: str

    def __repr__(self) -> str:
        return f"<Opening of {self.opening[:20]}>"

    @property
    def is_erased(self) -> bool:
        """Whether this is only the place where an opening was."""
        return not self.salt

    @property
    def fits(self) -> bool:
        """Whether salt and value are the ones the commitment was made of."""
        try:
            salt = bytes.fromhex(self.salt)
        except ValueError:
            return False
        return len(salt) == SALT_BYTES and hmac.compare_digest(_commitment(salt, self.value), self.opening)


def commit(value: str) -> Opening:
    """A new commitment to that text, with its opening."""
    value, salt = value[:MOST_CHARACTERS], secrets.token_bytes(SALT_BYTES)
    return Opening(opening=_commitment(salt, value), salt=salt.hex(), value=value)


def _commitment(salt: bytes, value: str) -> str:
    return PREFIX + hmac.new(salt, value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def committed(entry: AnyEntry) -> tuple[AnyEntry, Opening | None]:
    """The entry as the tree may keep it, and what opens the commitment in it, if there is anything to commit to."""
    if isinstance(entry, Allowed | Switched) and entry.reason:
        opening = commit(entry.reason)
        return msgspec.structs.replace(entry, reason=opening.opening), opening
    if isinstance(entry, Did) and entry.details.get(FIELD):
        opening = commit(entry.details[FIELD])
        return msgspec.structs.replace(entry, details={**entry.details, FIELD: opening.opening}), opening
    return entry, None


def commitment_in(entry: dict[str, Any]) -> str | None:
    """The commitment in an entry's JSON, if it holds one."""
    for place in (entry, entry.get("details")):
        value = place.get(FIELD) if isinstance(place, dict) else None
        if isinstance(value, str) and COMMITMENT.fullmatch(value):
            return value
    return None


def told(entry: AnyEntry, text_of: Callable[[str], str]) -> AnyEntry:
    """The entry for people: `text_of` gives what to show for the commitment in it, if it holds one."""
    if isinstance(entry, Allowed | Switched) and COMMITMENT.fullmatch(entry.reason):
        return msgspec.structs.replace(entry, reason=text_of(entry.reason))
    if isinstance(entry, Did) and COMMITMENT.fullmatch(entry.details.get(FIELD, "")):
        return msgspec.structs.replace(entry, details={**entry.details, FIELD: text_of(entry.details[FIELD])})
    return entry


def opened(entry: dict[str, Any], text_of: Callable[[str], str]) -> dict[str, Any]:
    """The same for an entry's JSON."""
    commitment = commitment_in(entry)
    if commitment is None:
        return entry
    if entry.get(FIELD) == commitment:
        return {**entry, FIELD: text_of(commitment)}
    return {**entry, "details": {**entry["details"], FIELD: text_of(commitment)}}
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.ledger.merkle"] = r'''
"""The Merkle tree of RFC 6962 and RFC 9162 §2.1: hashes, proofs and their verification. Pure; SHA-256 only.

A proof is made from a `Subtree`: a function that gives the hash of the perfect subtree of 2**height leaves at index,
that is of the leaves [index * 2**height, (index + 1) * 2**height).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

Subtree = Callable[[int, int], bytes]

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 || entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def perfect_root(hashes: bytes) -> bytes:
    """The root over 2**k concatenated 32-byte hashes."""
    sha256 = hashlib.sha256
    while len(hashes) > HASH_BYTES:
        hashes = b"".join([sha256(b"\x01" + hashes[i : i + 64]).digest() for i in range(0, len(hashes), 64)])
    return hashes


def join(peaks: Sequence[bytes]) -> bytes:
    """The root over perfect subtrees, largest (leftmost) first; the empty tree's root for none."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for left in reversed(peaks[:-1]):
        root = node_hash(left, root)
    return root


class Frontier:
    """A tree that only grows, kept as its peaks: O(log n) memory, one node hash per leaf on average."""

    __slots__ = ("peaks", "size")

    def __init__(self) -> None:
        self.size = 0
        self.peaks: list[bytes] = []

    def push(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        remaining, peak = self.size, leaf
        while remaining & 1:
            peak = node_hash(self.peaks.pop(), peak)
            remaining >>= 1
        self.peaks.append(peak)
        self.size += 1

    def root(self) -> bytes:
        """The root hash at the present size."""
        return join(self.peaks)


def range_root(start: int, end: int, subtree: Subtree) -> bytes:
    """The tree hash of the leaves [start, end), where start is where RFC 6962 would split."""
    peaks = []
    while start < end:
        height = (end - start).bit_length() - 1
        peaks.append(subtree(height, start >> height))
        start += 1 << height
    return join(peaks)


def _split(size: int) -> int:
    """The largest power of two smaller than size (>= 2)."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_proof(index: int, size: int, subtree: Subtree) -> tuple[bytes, ...]:
    """PATH(index, D[size]) of RFC 9162 §2.1.3.1, nearest hash first. Raises ValueError outside the tree."""
    if not 0 <= index < size:
        raise ValueError(f"There is no entry {index} in a tree of {size}.")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(range_root(middle, end, subtree))
            end = middle
        else:
            path.append(range_root(start, middle, subtree))
            start = middle
    return tuple(reversed(path))


def consistency_proof(old: int, new: int, subtree: Subtree) -> tuple[bytes, ...]:
    """PROOF(old, D[new]) of RFC 9162 §2.1.4.1; empty when old is 0 or new. Raises ValueError if old > new."""
    if not 0 <= old <= new:
        raise ValueError(f"A tree of {new} cannot continue one of {old}.")
    if old == 0:
        return ()
    start, end, path, is_known = 0, new, [], True
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(range_root(middle, end, subtree))
            end = middle
        else:
            path.append(range_root(start, middle, subtree))
            start, is_known = middle, False
    if not is_known:
        path.append(range_root(start, end, subtree))
    return tuple(reversed(path))


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows that leaf hash at that index of the tree with that root (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size or not _are_hashes(leaf, root, *proof):
        return False
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the tree of `new` entries continues the one of `old` (RFC 9162 §2.1.4.2)."""
    if not 0 <= old <= new or not _are_hashes(old_root, new_root, *proof):
        return False
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof and old_root == EMPTY_ROOT
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    was = now = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            was, now = node_hash(sibling, was), node_hash(sibling, now)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            now = node_hash(now, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and was == old_root and now == new_root


def _are_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_BYTES for value in values)
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.ledger.note"] = r'''
"""Signed notes and checkpoints: C2SP signed-note, tlog-checkpoint and tlog-cosignature. Parsing is strict.

jupyter-mlsec/0123456789abcdef      origin: which log
42                                  size: how many entries
CsUYapGGPo4dkMgIAUqom/Xajj7h2f...=  root hash

— jupyter-mlsec/0123456789abcdef Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+Z...
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable

import msgspec

from jupyter_mlsec.protocol.errors import Unverified
from jupyter_mlsec.vault import signing

ED25519 = 0x01
"""The signature type byte of Ed25519 in key ids."""
COSIGNED_ED25519 = 0x04
"""That of a time-stamped cosignature by Ed25519, as witnesses make them."""
COSIGNED_ML_DSA = 0x06
"""That of a time-stamped cosignature by ML-DSA-44, as logs and witnesses make them."""
MOST_SIGNATURES = 100
MOST_BYTES = 1 << 20

_DASH = "— "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


class NoteSignature(msgspec.Struct, frozen=True, kw_only=True):
    """One signature line: the key's name, its four-byte id and the signature itself."""

    name: str
    key_id: bytes
    signature: bytes


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A text that ends in a newline, and who signed it."""

    text: str
    signatures: tuple[NoteSignature, ...] = ()

    def render(self) -> str:
        """The note as it is stored and sent."""
        return f"{self.text}\n" + "".join(
            f"{_DASH}{line.name} {encode(line.key_id + line.signature)}\n" for line in self.signatures
        )


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A log's state: `size` entries with this RFC 6962 root. `note` is the signed text it was read from."""

    origin: str
    size: int
    root: bytes
    note: str = ""
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What is signed."""
        lines = (self.origin, str(self.size), encode(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)

    @property
    def short(self) -> str:
        """`SIZE HASH8`, for people."""
        return f"{self.size} {self.root.hex()[:8]}"


def kind_of(public_key: bytes) -> int:
    """The type of a log's own signature by that key: plain for Ed25519, and a cosignature for ML-DSA-44."""
    return COSIGNED_ML_DSA if len(public_key) == signing.ML_DSA_KEY_BYTES else ED25519


def cosigned_kind(public_key: bytes) -> int:
    """The type of a cosignature by that key."""
    return COSIGNED_ML_DSA if len(public_key) == signing.ML_DSA_KEY_BYTES else COSIGNED_ED25519


def key_id(name: str, public_key: bytes, kind: int | None = None) -> bytes:
    """The C2SP key id of a key of that name: SHA-256(name || 0x0A || type || key)[:4]."""
    kind = kind_of(public_key) if kind is None else kind
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public_key).digest()[:4]


def verifier_key(name: str, public_key: bytes, kind: int | None = None) -> str:
    """The key as other tlog tools take it: `name+hex key id+base64(type || key)`."""
    kind = kind_of(public_key) if kind is None else kind
    return f"{name}+{key_id(name, public_key, kind).hex()}+{encode(bytes([kind]) + public_key)}"


def parse_verifier_key(text: str) -> tuple[str, int, bytes]:
    """(name, type, raw key) of a verifier key. Raises Unverified when it is none, or of a type not known here."""
    name, _, rest = text.strip().partition("+")
    identifier, _, encoded = rest.partition("+")
    raw = decode(encoded) or b"\0"
    kind, public_key = raw[0], raw[1:]
    wanted = signing.ML_DSA_KEY_BYTES if kind == COSIGNED_ML_DSA else 32
    if kind not in (ED25519, COSIGNED_ED25519, COSIGNED_ML_DSA) or len(public_key) != wanted or not is_key_name(name):
        raise Unverified("This is no verifier key: NAME+ID+KEY in one line, of Ed25519 or ML-DSA-44.")
    if key_id(name, public_key, kind).hex() != identifier:
        raise Unverified(f"The verifier key of {name} is damaged: its id is not that of its key.")
    return name, kind, public_key


def is_key_name(name: str) -> bool:
    """Whether a key may be called so: not empty, no Unicode space, no plus, no control character."""
    return bool(name) and "+" not in name and not any(char.isspace() or char < " " for char in name)


def parse(source: str | bytes) -> Note:
    """Read a signed note. Raises Unverified, saying what is not as it should be."""
    try:
        text = source.decode() if isinstance(source, bytes) else source
        length = len(text.encode())
    except UnicodeError:
        raise Unverified("The note is not UTF-8 text.") from None
    if length > MOST_BYTES:
        raise Unverified("The note is too long to be a checkpoint.")
    if _CONTROL.search(text):
        raise Unverified("The note holds a control character.")
    body, blank, lines = text.rpartition("\n\n")
    if not blank or not body or not lines.endswith("\n"):
        raise Unverified("The note has no signatures: a blank line and signature lines are missing.")
    signed = tuple(_parse_line(line) for line in lines[:-1].split("\n"))
    if len(signed) > MOST_SIGNATURES:
        raise Unverified("The note has more signatures than are read.")
    return Note(text=body + "\n", signatures=signed)


def _parse_line(line: str) -> NoteSignature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    raw = decode(encoded)
    if not line.startswith(_DASH) or not space or not is_key_name(name) or raw is None or len(raw) < 5:
        raise Unverified("The note has a signature line that is not one.")
    return NoteSignature(name=name, key_id=raw[:4], signature=raw[4:])


def encode(raw: bytes) -> str:
    """Base64, as all of these formats have it."""
    return base64.b64encode(raw).decode()


def decode(encoded: str) -> bytes | None:
    """What `encode` gave; None for anything else, so that each value has one spelling."""
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if encode(raw) == encoded else None


def parse_checkpoint(source: str | bytes) -> Checkpoint:
    """Read a checkpoint; its signatures are not looked at yet (`signed_by`). Raises Unverified."""
    note = parse(source)
    lines = note.text[:-1].split("\n")
    if len(lines) < 3 or not all(lines):
        raise Unverified("The checkpoint does not have its three lines: origin, size, root hash.")
    if not _SIZE.fullmatch(lines[1]):
        raise Unverified("The checkpoint's size is not a plain number.")
    root = decode(lines[2])
    if root is None or len(root) != 32:
        raise Unverified("The checkpoint's root hash is not 32 bytes in base64.")
    return Checkpoint(origin=lines[0], size=int(lines[1]), root=root, note=note.render(), extensions=tuple(lines[3:]))


def sign(note: Note, name: str, signer: signing.Signer) -> Note:
    """The note with that signer's line added under `name` (for a log's own signature: its origin)."""
    if not is_key_name(name):
        raise ValueError("A key name may hold no space and no plus.")
    if kind_of(signer.public_key) != ED25519:
        raise ValueError("A plain signature is made with an Ed25519 key; with ML-DSA-44, cosign.")
    line = NoteSignature(name=name, key_id=key_id(name, signer.public_key), signature=signer.sign(note.text.encode()))
    return Note(text=note.text, signatures=(*note.signatures, line))


def cosign(note: Note, name: str, signer: signing.Signer, at: int) -> Note:
    """The checkpoint's note with a cosignature added: `name` saw this state at that time (POSIX seconds)."""
    if not is_key_name(name):
        raise ValueError("A key name may hold no space and no plus.")
    kind = cosigned_kind(signer.public_key)
    signature = at.to_bytes(8, "big") + signer.sign(_cosigned(note, name, kind, at))
    line = NoteSignature(name=name, key_id=key_id(name, signer.public_key, kind), signature=signature)
    return Note(text=note.text, signatures=(*note.signatures, line))


def _cosigned(note: Note, name: str, kind: int, at: int) -> bytes:
    """What a cosignature is made over."""
    if kind == COSIGNED_ED25519:
        return f"cosignature/v1\ntime {at}\n{note.text}".encode()
    checkpoint = parse_checkpoint(note.render())
    witness, origin = name.encode(), checkpoint.origin.encode()
    if max(len(witness), len(origin)) > 255:
        raise Unverified("The name is too long for a cosignature.")
    parts = (
        b"subtree/v1\n\0",
        bytes([len(witness)]) + witness,
        at.to_bytes(8, "big"),
        bytes([len(origin)]) + origin,
        (0).to_bytes(8, "big") + checkpoint.size.to_bytes(8, "big"),
        checkpoint.root,
    )
    return b"".join(parts)


def sign_checkpoint(
    origin: str, size: int, root: bytes, signer: signing.Signer, second: signing.Signer | None = None, at: int = 0
) -> Checkpoint:
    """A new checkpoint, signed under the origin's name; by `second` (ML-DSA-44) too, at that time, where given."""
    bare = Checkpoint(origin=origin, size=size, root=root)
    note = sign(Note(text=bare.text), origin, signer)
    note = note if second is None else cosign(note, origin, second, at)
    return Checkpoint(origin=origin, size=size, root=root, note=note.render())


def verify(note: Note, name: str, public_key: bytes, kind: int | None = None) -> bool:
    """Whether that key signed the note under that name. Raises Unverified if its line is there and is false."""
    return _times(note, name, public_key, kind_of(public_key) if kind is None else kind) != ()


def cosigned_at(note: Note, name: str, public_key: bytes, kind: int) -> int | None:
    """When that key cosigned the note last (POSIX seconds); None if it did not. Raises Unverified for a false line."""
    return max(_times(note, name, public_key, kind), default=None)


def _times(note: Note, name: str, public_key: bytes, kind: int) -> tuple[int, ...]:
    """The time of each line of that key, all of them checked; 0 for signatures without one."""
    wanted = key_id(name, public_key, kind)
    found = []
    for line in note.signatures:
        if line.name != name or line.key_id != wanted:
            continue
        at, message, signature = 0, note.text.encode(), line.signature
        if kind != ED25519:
            at, signature = int.from_bytes(line.signature[:8], "big"), line.signature[8:]
            message = _cosigned(note, name, kind, at)
        if not signing.verify(public_key, message, signature):
            raise Unverified(f"The signature of {name} on the note is false.")
        found.append(at)
    return tuple(found)


def signed_by(checkpoint: Checkpoint, keys: Iterable[bytes]) -> bytes | None:
    """The first of these public keys that signed under the origin's name; None if none did.

    Raises Unverified if the line of any of them is false, whatever the others say.
    """
    note = parse(checkpoint.note)
    if note.text != checkpoint.text:
        raise Unverified("The checkpoint is not what its note says.")
    found = [key for key in keys if verify(note, checkpoint.origin, key)]
    return found[0] if found else None


def carries(checkpoint: Checkpoint, public_key: bytes) -> bool:
    """Whether a line of that key is there under the origin's name; it is not checked."""
    wanted = key_id(checkpoint.origin, public_key)
    return any(line.key_id == wanted and line.name == checkpoint.origin for line in parse(checkpoint.note).signatures)


def merged(stored: Checkpoint, other: Checkpoint) -> Checkpoint:
    """The stored checkpoint with the signature lines of the other that it does not have. Raises Unverified."""
    if stored.text != other.text:
        raise Unverified(f"The checkpoint of {other.size} entries is not this ledger's.")
    mine, theirs = parse(stored.note), parse(other.note)
    added = tuple(line for line in theirs.signatures if line not in mine.signatures)
    note = Note(text=mine.text, signatures=(*mine.signatures, *added))
    if len(note.signatures) > MOST_SIGNATURES:
        raise Unverified("The checkpoint has as many signatures as are read; none was added.")
    return parse_checkpoint(note.render())
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.ledger.wording"] = r'''
"""What may not hold about a ledger, and how it is said. `kind` is stable; the text is for people."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that does not hold. `index` is the entry's, where one can be named."""

    kind: str
    text: str
    index: int | None = None


def unreadable(reason: str) -> Problem:
    """The file does not read as a ledger."""
    return Problem(kind="unreadable", text=f"The ledger's database cannot be read: {reason}.")


def no_checkpoint(entries: int) -> Problem:
    """There are entries and nothing was signed."""
    return Problem(kind="no-checkpoint", text=f"No checkpoint covers the ledger's {entries} entries.")


def bad_checkpoint(size: int, reason: str) -> Problem:
    """A checkpoint does not parse."""
    return Problem(kind="bad-checkpoint", text=f"The checkpoint of {size} entries is not valid: {reason}")


def wrong_origin(size: int) -> Problem:
    """A checkpoint names another ledger."""
    return Problem(
        kind="wrong-origin", text=f"The checkpoint of {size} entries belongs to another ledger, not to this one."
    )


def forged(size: int, reason: str) -> Problem:
    """A checkpoint carries a false signature of a known key."""
    return Problem(kind="forged-checkpoint", text=f"The checkpoint of {size} entries is forged: {reason}")


def other_key(size: int, fingerprint: str) -> Problem:
    """A checkpoint carries no signature of a known key."""
    return Problem(
        kind="other-key",
        text=f"The checkpoint of {size} entries is not signed by the key it was checked with ({fingerprint}).",
    )


def missing_entry(index: int) -> Problem:
    """An index is not there."""
    return Problem(kind="missing-entry", index=index, text=f"Entry {index} is missing from the middle of the ledger.")


def changed_entry(index: int) -> Problem:
    """An entry's hash is not the stored one."""
    return Problem(
        kind="changed-entry", index=index, text=f"Entry {index} is not what was recorded: its hash is another one."
    )


def changed_tile(level: int, index: int) -> Problem:
    """A stored hash is wrong while the entries hold."""
    return Problem(
        kind="changed-tile",
        text=f"The stored hashes {level}/{index} are not those of the entries below them.",
    )


def strange_entry(index: int) -> Problem:
    """An entry is not what its kind asks for."""
    return Problem(kind="strange-entry", index=index, text=f"Entry {index} does not read as an entry of its kind.")


def cut(size: int, entries: int) -> Problem:
    """The checkpoint covers more than there is."""
    return Problem(
        kind="cut",
        index=entries,
        text=f"The ledger was cut: its checkpoint covers {size} entries, {entries} are left.",
    )


def uncovered(size: int, entries: int) -> Problem:
    """There is more than the checkpoint covers."""
    return Problem(
        kind="uncovered",
        index=size,
        text=f"Entries {size} to {entries - 1} came in without a checkpoint that covers them.",
    )


def wrong_root(size: int) -> Problem:
    """A checkpoint's root is not that of the entries."""
    return Problem(
        kind="wrong-root",
        text=f"The first {size} entries are not those that the checkpoint of {size} entries was made over.",
    )


def wrong_runs() -> Problem:
    """The index of runs was changed."""
    return Problem(kind="wrong-runs", text="The list of runs does not say what the entries say.")


def wrong_opening(commitment: str) -> Problem:
    """A kept text is not the one an entry was made with."""
    return Problem(
        kind="wrong-opening",
        text=f"The text kept for {commitment[:24]}... is not the one that was recorded: it was changed.",
    )


def erased(at: int | None) -> str:
    """What stands in place of a text that is not there; `at` is when it was erased, in nanoseconds, if known."""
    if at is None:
        return "[not known here]"
    return f"[erased on {datetime.fromtimestamp(at / 1e9, UTC):%Y-%m-%d}]"


def rolled_back(size: int, entries: int) -> Problem:
    """A kept checkpoint is newer than the ledger."""
    return Problem(
        kind="rolled-back",
        text=f"The ledger is older than it was: a kept checkpoint covers {size} entries, the ledger has {entries}.",
    )


def forked(size: int) -> Problem:
    """A kept checkpoint is not in the ledger's history."""
    return Problem(
        kind="forked",
        text=f"The ledger's history is not the one that a kept checkpoint of {size} entries was made over: "
        "it was rewritten, or two copies of the project went on separately.",
    )


def gone(size: int, where: str) -> Problem:
    """A checkpoint is kept and there is no ledger."""
    return Problem(
        kind="deleted",
        text=f"A ledger of {size} entries stood here and is gone; its last checkpoint is kept as {where}.",
    )


def replaced(size: int, where: str) -> Problem:
    """A checkpoint of another ledger is kept for this place."""
    return Problem(
        kind="replaced",
        text=f"Another ledger, of {size} entries, stood here before this one; its last checkpoint is kept as {where}.",
    )


def another_ledger() -> Problem:
    """The outside checkpoint names another ledger."""
    return Problem(kind="another-ledger", text="The checkpoint shown is of another ledger, so it says nothing here.")
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.protocol.entries"] = r'''
"""What one line of the ledger can say. A tagged union; fields may be added with a default, never removed or renamed."""

from __future__ import annotations

from typing import Literal

import msgspec

from jupyter_mlsec.protocol.facts import AnyFact
from jupyter_mlsec.protocol.records import Decision, Finding, Operation, Subject

Outcome = Literal["done", "denied", "failed", "interrupted"]
ENVIRONMENT = "environment"
"""The verb of a Did whose details are versions of loaded libraries, by name."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, tag_field="entry", tag=True):
    """Common to all: the run (one load of the guard), its own counter in that run, and the clock in nanoseconds."""

    run: str
    number: int
    at: int


def is_of(run: str, whole: str) -> bool:
    """Whether entries of `run` belong to the run `whole`: they are its own, or a child process's (`WHOLE/PID`)."""
    return run == whole or run.startswith(f"{whole}/")


class Opened(Entry, frozen=True, kw_only=True):
    """The guard was loaded: who, under which policy, on which versions, in which notebook (project-relative)."""

    subject: Subject
    profile: str
    policy: str
    """SHA-256 of the effective policy's canonical JSON."""
    notebook: str | None = None
    versions: dict[str, str] = {}
    platform: str = ""
    watching: tuple[str, ...] = ()
    off: tuple[str, ...] = ()
    """Controls or libraries that are not watched, each with its reason after a colon."""


class Recorded(Entry, frozen=True, kw_only=True):
    """One watched operation, its decision, the facts learned and how it ended. Never changes afterwards."""

    operation: Operation
    decision: Decision
    outcome: Outcome
    facts: tuple[AnyFact, ...] = ()
    error: str | None = None
    """The type of the user's exception; its text may hold data and is never kept."""
    micros: int = 0
    """What the call took, our own part included, in microseconds."""
    left_out: tuple[str, ...] = ()
    """What was too large for one entry of 65,535 bytes: fact types, or `places` of findings."""


class Amended(Entry, frozen=True, kw_only=True):
    """Something learned later about a recorded operation: a background scan, a stream that ended."""

    amends: str
    """The operation's id."""
    control: str
    outcome: Outcome | None = None
    """How a stream ended: read to its end, failed, or left before (interrupted)."""
    findings: tuple[Finding, ...] = ()
    facts: tuple[AnyFact, ...] = ()
    left_out: tuple[str, ...] = ()


class Allowed(Entry, frozen=True, kw_only=True):
    """The user went on past a rule, for a reason and until a time (nanoseconds; 0 is until the run ends)."""

    id: str
    rule: str
    reason: str
    until: int = 0
    resource: str | None = None


class Switched(Entry, frozen=True, kw_only=True):
    """The guard was paused, resumed, or its policy changed, by the user."""

    to: Literal["paused", "resumed", "policy", "unloaded"]
    reason: str = ""
    policy: str | None = None


class Did(Entry, frozen=True, kw_only=True):
    """A deed of the guard or its verbs on the user's behalf: sealed, approved a schema, made a key, undid one."""

    verb: str
    subject: str
    """What it was done to, as a sanitised resource name."""
    details: dict[str, str] = {}


class Troubled(Entry, frozen=True, kw_only=True):
    """Something of ours broke; the user's call went on (or was denied, where the control may deny)."""

    where: str
    error: str
    operation: str | None = None


class Closed(Entry, frozen=True, kw_only=True):
    """The guard was unloaded or the kernel ended in order."""

    recorded: int
    cells: int = 0


AnyEntry = Opened | Recorded | Amended | Allowed | Switched | Did | Troubled | Closed
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.protocol.errors"] = r'''
"""What can go wrong, as one tree. A text says what did not happen, to what, and what to do.

MlsecError
├── Denied              a control refused; nothing happened to the resource
├── PolicyError         a policy file says something we cannot follow
├── LedgerError
│   └── Unverified      something does not hold: an entry, a proof, a signature
├── VaultError
│   ├── NoIdentity      no identity opens it, or the key file is not safe to use
│   └── SealedFileError a sealed file is damaged or was not sealed for us
├── SchemaError         a schema could not be read, learned or compiled
├── ExportError         an audit could not be made
└── UsageError          a verb was given words it does not take
"""

from __future__ import annotations


class MlsecError(Exception):
    """The root of all errors of ours."""

    def _render_traceback_(self) -> list[str]:
        """IPython's hook: what we refuse is told in a sentence, not in forty lines of our own frames."""
        return [f"{type(self).__name__}: {self}"]


class Denied(MlsecError):
    """A control refused an operation. Nothing was read, written or fitted.

    rule: the stable id of the rule that denied; fix: a ready cell, where there is one. report: what failed in detail,
    without values, for the eyes of whoever asked; a plain traceback shows it as a note.
    """

    def __init__(self, message: str, *, rule: str = "", fix: str | None = None, report: str | None = None) -> None:
        super().__init__(message)
        self.rule = rule
        self.fix = fix
        self.report = report
        if report:
            self.add_note(report)

    def _render_traceback_(self) -> list[str]:
        """The sentence, the mend and the way on."""
        lines = [f"Denied ({self.rule}): {self}" if self.rule else f"Denied: {self}"]
        if self.report:
            lines += ["", *self.report.splitlines()]
        if self.fix:
            lines += ["", "To look into it or mend it:", *(f"    {line}" for line in self.fix.splitlines())]
        if self.rule:
            lines += ["", f'%mlsec why explains; to go on: %mlsec allow {self.rule} --reason "..."']
        return lines


class PolicyError(MlsecError):
    """A policy file could not be followed: the text names file, line and key."""


class LedgerError(MlsecError):
    """The ledger could not be read or written."""


class Unverified(LedgerError):
    """Something in a ledger or audit does not hold; the text names the first thing that does not."""


class VaultError(MlsecError):
    """Sealing or opening did not happen."""


class NoIdentity(VaultError):
    """There is no identity that opens this, or its file is not safe to use."""


class SealedFileError(VaultError):
    """A sealed file is damaged, cut short, or not an age v1 file."""


class SchemaError(MlsecError):
    """A schema could not be read, learned or compiled."""


class ExportError(MlsecError):
    """An audit notebook could not be made."""


class UsageError(MlsecError):
    """A verb was given words it does not take; the text shows the ones it does."""
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.protocol.facts"] = r'''
"""What controls learn about one operation and tell each other: facts travel with the Operation, nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeVar

import msgspec

AsOf = Literal["call", "cell"]
"""When a file's bytes were what is said of them: when the call ended, or later, when its cell (or script) did."""

WhyUndigested = Literal["changed", "too large", "still open", "folder", "unreadable", "too many", "not finished"]
"""`changed`: before the digest was taken, or while it was; `not finished`: the run ended first."""


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact", tag=True):
    """One typed thing known about an operation's resource or value."""


class Shape(Fact, frozen=True, kw_only=True):
    """The size of a table: rows (None while unknown, as for a stream), column names and their type names."""

    rows: int | None
    columns: tuple[str, ...]
    types: tuple[str, ...] = ()


LabelRule = Literal[
    "values",
    "few values",
    "computed",
    "same name",
    "any of",
    "aggregated",
    "tokenised",
    "prediction",
    "counted",
    "masked",
]
"""How an inherited label came along, from as it was to not at all."""


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """A sensitivity label on one column: the type of personal data, how sure we are, and on what ground.

    `certain` means a validator far above chance or the user's own word; only certain labels seal by themselves.
    """

    column: str
    type: str
    score: float
    certain: bool = False
    source: str = "pattern"
    """`validator`, `pattern`, `header`, `user` or `inherited`."""
    share: float | None = None
    rule: LabelRule | None = None
    """By which rule it was inherited, with what was left of its score."""


class Labels(Fact, frozen=True, kw_only=True):
    """The sensitivity labels of a table's columns, or (column "") of a whole object such as a model."""

    labels: tuple[Label, ...] = ()
    cleared: tuple[Label, ...] = ()
    """Those that a rule took off: the values were masked, or only how many there were is left."""


class Fingerprint(Fact, frozen=True, kw_only=True):
    """A digest of a value or a resource: `xxh3-128` detects change, `sha256` is evidence."""

    algorithm: str
    digest: str
    of: str
    """`value`, `resource` (the bytes on disk) or `parameters`."""
    size: int | None = None
    resource: str | None = None
    """Which of the operation's further resources is meant; None: the one it is about."""
    as_of: AsOf = "call"


class Undigested(Fact, frozen=True, kw_only=True):
    """A file that was read or written has no digest, and why. `resource` and `as_of` as in a Fingerprint."""

    why: WhyUndigested
    resource: str | None = None
    as_of: AsOf = "call"


class Origin(Fact, frozen=True, kw_only=True):
    """The operations and resources a value descends from (PROV wasDerivedFrom)."""

    operations: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()


class ColumnOrigin(msgspec.Struct, frozen=True, kw_only=True):
    """One column of what is written, the (resource, column) pairs it was made of, and how that is known.

    `evidence`: `fingerprint`, `values`, `name and values` (its values are found there), `plan` (of polars or SQL, or a
    model's own features), `operation` (the code says) or `assumed` (some of these, it is not known which).
    """

    column: str
    sources: tuple[tuple[str, str], ...]
    evidence: str


class ColumnOrigins(Fact, frozen=True, kw_only=True):
    """Where the columns of what is written come from; `more` columns may come from any column of its Origin."""

    columns: tuple[ColumnOrigin, ...] = ()
    more: int = 0


class ColumnFingerprints(Fact, frozen=True, kw_only=True):
    """SHA-256 of the values of a table's columns, in one canonical form: equal for equal values, whoever keeps them."""

    rows: int
    columns: tuple[tuple[str, str], ...] = ()
    withheld: int = 0
    """Columns labelled as personal data: who guesses a value could test the guess."""
    more: int = 0
    """Columns that were too large, or too many."""


class SealedFor(Fact, frozen=True, kw_only=True):
    """A file was written sealed, or read from a sealed file: for whom, and which bytes are on disk."""

    recipients: tuple[str, ...]
    digest: str
    size: int


class SchemaVerdict(Fact, frozen=True, kw_only=True):
    """How a table did against its schema: which one, in which state, and what failed how often."""

    schema: str
    state: str
    """`learned` or `approved`."""
    ok: bool
    failures: tuple[tuple[str, str, int], ...] = ()
    """(column, check, count)."""
    digest: str | None = None
    """SHA-256 of the version of the schema: of its file where it was approved, else of what was learned."""


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """What 20 or more of a model's answers look like together. Of fewer there is none: it would tell single persons."""

    quantiles: tuple[float, ...] = ()
    """At 5, 25, 50, 75 and 95 %, to three digits: of the numbers, or of the highest probability in each row."""
    shares: tuple[float, ...] = ()
    """How often each class is the answer, in the model's own order of classes."""
    nans: float = 0.0


Cut = Literal["state", "input", "target", "output"]


class ModelFacts(Fact, frozen=True, kw_only=True, omit_defaults=True):
    """A model fitted, predicting or transforming: its class, its digests and what went in and out.

    `input`, `target` and `output` are keyed with a secret of this user: equal values have equal digests, and nobody
    else can test a guess.
    """

    model: str
    parameters: str | None = None
    rows: int | None = None
    features: int | None = None
    outputs: str | None = None
    training: tuple[str, ...] = ()
    """Operation ids of the fits this model's state comes from."""
    state: str | None = None
    """SHA-256 of what it learned, after a fit and at an answer: a model that was saved and loaded has the same."""
    input: str | None = None
    target: str | None = None
    output: str | None = None
    answers: Answers | None = None
    score: float | None = None
    """What its `score` of 20 or more rows is."""
    columns: tuple[str, ...] = ()
    """The names of what it learned from: no more than 100."""
    kept: str | None = None
    """The sealed file with input and answer in full, where the policy has them kept."""
    cut: tuple[Cut, ...] = ()
    """What is too large to be digested whole: of data evenly spread rows were, of a state nothing."""


class CellFacts(Fact, frozen=True, kw_only=True):
    """What a cell did as PROV activity: names it used and generated, and the operations nested in it."""

    reads: tuple[str, ...] = ()
    may_read: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    uses: tuple[int, ...] = ()
    """Execution counts whose effects reached this one directly."""
    resources: tuple[str, ...] = ()
    imported: tuple[str, ...] = ()
    """Of `writes`, what came from elsewhere ready-made: modules, and classes and functions of modules."""
    unobserved: tuple[str, ...] = ()
    """Older ledgers only: what ran but could not be seen into. Now in the cell's Coverage."""


class Elsewhere(msgspec.Struct, frozen=True, kw_only=True):
    """Something a cell started that the guard cannot see into: a kind, and the program's name but never its arguments.

    Kinds: `shell`, `subprocess`, `process` (a forked or spawned Python), `program` (started without a shell or
    subprocess), or what a watched library said of its workers, as `loky workers`.
    """

    kind: str
    program: str = ""
    count: int = 1


class Coverage(Fact, frozen=True, kw_only=True):
    """What a cell read and wrote as the operating system counts it, in bytes, and how much of that is explained.

    Left out of all figures: what the guard itself did, what IPython keeps of its history, and imported code.
    """

    read: int = 0
    written: int = 0
    read_explained: int = 0
    """Bytes read while a watched call was under way."""
    written_explained: int = 0
    read_unexplained: int = 0
    """Bytes read that no watched call explains; 0 unless they are more than 64 KiB and more than 2 % of all."""
    written_unexplained: int = 0
    opened: tuple[str, ...] = ()
    """Files that were opened outside of watched calls, as far as Python (or inotify) was told: no more than 20."""
    opened_more: int = 0
    """How many further files there were."""
    unobserved: tuple[Elsewhere, ...] = ()
    by: tuple[str, ...] = ()
    """What was at work: `counters` (bytes), `audit` (names and what was started), `inotify` (names, mapped files)."""


class Repeats(Fact, frozen=True, kw_only=True):
    """How many further calls like a recorded one its cell made (a loop, `%timeit`); they have no entries of their own.

    `micros`: what they took in all. `differing`: so many came that some were counted though their facts differed.
    """

    count: int
    micros: int
    differing: bool = False


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """The values of one tensor: their bounds and mean (None where not finite), the shares that are zero and NaN."""

    minimum: float | None
    maximum: float | None
    mean: float | None
    zeros: float
    nans: float
    digest: str | None = None
    """Keyed with a secret of this user, as those of ModelFacts are; of a large tensor of evenly spread values."""


class Activation(msgspec.Struct, frozen=True, kw_only=True):
    """One activation of a model: its place in it, its kind, and the values before and after it."""

    layer: str
    kind: str
    before: Spread
    after: Spread


class Activations(Fact, frozen=True, kw_only=True):
    """What a forward pass did at each activation, in order; `more` were not looked at. Only some passes are."""

    layers: tuple[Activation, ...]
    more: int = 0


AnyFact = (
    Shape
    | Labels
    | Fingerprint
    | Undigested
    | Origin
    | ColumnOrigins
    | ColumnFingerprints
    | SealedFor
    | SchemaVerdict
    | ModelFacts
    | CellFacts
    | Coverage
    | Repeats
    | Activations
)

F = TypeVar("F", bound=Fact)


class Facts:
    """The facts of one operation: at most one of each type, later ones replace earlier ones."""

    __slots__ = ("_facts",)

    def __init__(self) -> None:
        self._facts: dict[type[Fact], Fact] = {}

    def add(self, fact: Fact) -> None:
        self._facts[type(fact)] = fact

    def find(self, kind: type[F]) -> F | None:
        return self._facts.get(kind)  # type: ignore[return-value]  # keyed by its own type in add

    def __iter__(self) -> Iterator[Fact]:
        return iter(self._facts.values())

    def __len__(self) -> int:
        return len(self._facts)
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.protocol.records"] = r'''
"""One watched thing a notebook did, and what was decided about it (words: XACML and W3C PROV)."""

from __future__ import annotations

from typing import Literal

import msgspec

Action = Literal["read", "write", "connect", "fit", "predict", "transform", "execute"]
"""What an activity does to its resource. `connect` opens a way over which data may flow later; `execute` is a cell."""

Evidence = Literal["os-user", "server-stamped", "hub"]
"""How we know who the subject is, weakest first."""

ResourceKind = Literal["file", "url", "database", "buffer", "model", "cell", "unknown"]

Effect = Literal["permit", "deny"]

Level = Literal["note", "warning", "error"]
"""SARIF's levels: `error` accompanies a denial, `warning` is shown, `note` is only recorded."""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """Who acted: a pseudonymous name and the evidence for it."""

    name: str
    evidence: Evidence = "os-user"


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """What was acted on. Made only by `protocol.resources`, which keeps secrets and absolute paths out."""

    kind: ResourceKind
    name: str
    format: str | None = None
    digest: str | None = None


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """Where in the notebook: the 1-based execution count, the front end's cell id, the SHA-256 of the source.

    `digest` is of the source as UTF-8. A notebook that is not one (a script) has execution 0.
    """

    execution: int
    id: str | None = None
    digest: str | None = None


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One watched call: subject, action, resource, environment, and the cell it belongs to."""

    id: str
    action: Action
    subject: Subject
    resource: Resource
    cell: Cell
    library: str
    function: str
    at: int
    """Nanoseconds since the epoch, by this machine's clock."""
    thread: str | None = None
    others: tuple[Resource, ...] = ()
    """Further resources of the same call: a list of files, the files a query names."""
    whole: bool = True
    """Whether what was read is the resource itself; False for what a query or plan made of it."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where in a resource a finding holds: a column, a count of rows. Never a value."""

    column: str | None = None
    type: str | None = None
    count: int | None = None
    share: float | None = None


class Obligation(msgspec.Struct, frozen=True, kw_only=True):
    """A deed a control asks of the gate: on the call before it runs, or on the value it returned."""

    control: str
    deed: Literal["open", "seal", "mask", "redact"]
    on: Literal["call", "value"]
    details: dict[str, str] = {}


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One control's say about one operation. `rule` is a stable id whose sentences live in that control's wording."""

    control: str
    rule: str
    message: str
    effect: Effect = "permit"
    level: Level = "warning"
    places: tuple[Place, ...] = ()
    fix: str | None = None
    """A cell the user may run to mend it, ready to paste."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """All findings on one operation, combined: deny overrides, obligations add up."""

    effect: Effect
    findings: tuple[Finding, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    allowed: tuple[str, ...] = ()
    """Ids of allowances that turned a denial into a permit."""
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.reports.canonical"] = r'''
"""One notebook, one string of bytes: RFC 8785 of the notebook without `metadata.mlsec`, and the digests made of it.

RFC 8785 has no words for integers of 2^53 and more, for NaN and Infinity, nor for text that is not Unicode. Notebooks
hold all of them (outputs, widget state), so they are put as objects of one reserved key each:

    18014398509481984   ->  {"$mlsec:number": "18014398509481984"}
    NaN, Infinity       ->  {"$mlsec:number": "NaN"}, {"$mlsec:number": "Infinity"}
    "\\ud800" (alone)    ->  {"$mlsec:text": "\\"\\\\ud800\\""}          (its ASCII JSON form, as text)

and a key of the notebook's own that begins with `$mlsec:` (after any number of further `$`) gets one more `$` in front.
So no two notebooks of different JSON values share their bytes; numbers count by value, as RFC 8785 has it: 1.0 is 1.
Multi-line text counts as the text it is, whether a file holds it as one string or as a list of lines.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

SCHEME = "rfc8785+mlsec-1"
"""The name of the treatment above, written beside every digest made with it."""

NUMBER = "$mlsec:number"
TEXT = "$mlsec:text"
SAFE = 2**53 - 1
_AT_ONCE = 1024
_RESERVED = re.compile(r"\$+mlsec:")
_SURROGATE = re.compile("[\ud800-\udfff]")

Json = Any  # Any: whatever a JSON text can hold


def canonical(value: Json) -> bytes:
    """The canonical bytes of a JSON value. Raises TypeError for what JSON has no words for."""
    parts: list[str] = []
    _put(value, parts.append)
    return "".join(parts).encode()


def digest(value: Json) -> str:
    """SHA-256 of the canonical bytes, in hex; a large notebook's are never held at once."""
    state, waiting = hashlib.sha256(), list[str]()

    def put(text: str) -> None:
        waiting.append(text)
        if len(waiting) == _AT_ONCE:
            state.update("".join(waiting).encode())
            waiting.clear()

    _put(value, put)
    state.update("".join(waiting).encode())
    return state.hexdigest()


def text_digest(text: str) -> str:
    """SHA-256 of a text as UTF-8, in hex: what the ledger keeps of a cell's source."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


_quoted = json.JSONEncoder(ensure_ascii=False).encode
"""A text in quotes, only those characters escaped that JSON cannot do without: what RFC 8785 §3.2.2.2 asks for."""


def _put(value: Json, put: Callable[[str], None]) -> None:
    """Hand on the canonical text of a value, piece by piece."""
    if isinstance(value, str):
        put(f'{{"{TEXT}":{_quoted(json.dumps(value))}}}' if _SURROGATE.search(value) else _quoted(value))
    elif value is None or isinstance(value, bool):
        put("null" if value is None else "true" if value else "false")
    elif isinstance(value, int):
        put(str(value) if -SAFE <= value <= SAFE else f'{{"{NUMBER}":"{value}"}}')
    elif isinstance(value, float):
        put(_number(value) if math.isfinite(value) else f'{{"{NUMBER}":"{json.dumps(value)}"}}')
    elif isinstance(value, Mapping):
        _put_object(value, put)
    elif isinstance(value, list | tuple):
        before = "["
        for inner in value:
            put(before)
            _put(inner, put)
            before = ","
        put("]" if value else "[]")
    else:
        raise TypeError(f"a notebook holds a {type(value).__name__}, for which JSON has no word")


def _put_object(value: Mapping[Json, Json], put: Callable[[str], None]) -> None:
    """Keys in the order of their UTF-16 code units (RFC 8785 §3.2.3)."""
    named = [(_key(key), inner) for key, inner in value.items()]
    named.sort(key=lambda item: item[0].encode("utf-16-be"))
    before = "{"
    for key, inner in named:
        put(f"{before}{_quoted(key)}:")
        _put(inner, put)
        before = ","
    put("}" if named else "{}")


def _number(value: float) -> str:
    """A finite float as ECMAScript writes it (RFC 8785 §3.2.2.3): Python's shortest digits, set another way."""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    sign, count = "-" if value < 0 else "", len(digits)
    if not digits:
        return "0"
    if count <= point <= 21:
        return sign + digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    more = f".{digits[1:]}" if count > 1 else ""
    return f"{sign}{digits[0]}{more}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def _key(key: Json) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a notebook holds an object with a key that is a {type(key).__name__}, not text")
    if _RESERVED.match(key):
        return "$" + key
    return f"{TEXT}:{json.dumps(key)}" if _SURROGATE.search(key) else key


def joined(text: Json) -> Json:
    """A notebook's multi-line text as one string; anything else as it is."""
    if isinstance(text, list) and all(isinstance(line, str) for line in text):
        return "".join(text)
    return text


def source_of(cell: Mapping[str, Json]) -> str:
    """A cell's source as one string (empty when it has none that is text)."""
    source = joined(cell.get("source", ""))
    return source if isinstance(source, str) else ""


def joined_output(output: Json) -> Json:
    """An output with its multi-line texts joined: stream text, and every kind of data but JSON."""
    if not isinstance(output, Mapping):
        return output
    plain = dict(output)
    if "text" in plain:
        plain["text"] = joined(plain["text"])
    if isinstance(plain.get("data"), Mapping):
        plain["data"] = {kind: data if _is_json(kind) else joined(data) for kind, data in plain["data"].items()}
    return plain


def _is_json(kind: str) -> bool:
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def joined_cell(cell: Json) -> Json:
    """A cell with the multi-line texts of its source, outputs and attachments joined."""
    if not isinstance(cell, Mapping):
        return cell
    plain = dict(cell)
    if "source" in plain:
        plain["source"] = joined(plain["source"])
    if isinstance(plain.get("outputs"), Sequence) and not isinstance(plain["outputs"], str):
        plain["outputs"] = [joined_output(output) for output in plain["outputs"]]
    if isinstance(plain.get("attachments"), Mapping):
        plain["attachments"] = {
            name: {kind: joined(data) for kind, data in bundle.items()} if isinstance(bundle, Mapping) else bundle
            for name, bundle in plain["attachments"].items()
        }
    return plain


def without_attestation(notebook: Mapping[str, Json]) -> dict[str, Json]:
    """The notebook's own part: all but `metadata.mlsec`, multi-line texts joined. The argument is left alone."""
    plain = dict(notebook)
    if isinstance(plain.get("metadata"), Mapping):
        plain["metadata"] = {key: value for key, value in plain["metadata"].items() if key != "mlsec"}
    if isinstance(plain.get("cells"), list):
        plain["cells"] = [joined_cell(cell) for cell in plain["cells"]]
    return plain


def notebook_digest(notebook: Mapping[str, Json]) -> str:
    """The digest an attestation is about: of the notebook without the attestation."""
    return digest(without_attestation(notebook))


def written(notebook: Mapping[str, Json]) -> str:
    """The one way an audit is put into a file: as nbformat writes it, with text that is not Unicode escaped."""
    text = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True, separators=(",", ": ")) + "\n"
    return _SURROGATE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.reports.cleaning"] = r'''
"""HTML of a notebook's own (outputs, rendered Markdown) made harmless: a short list of tags, next to no attributes.

Nothing in the result runs, and nothing in it is fetched when the page is opened.
"""

from __future__ import annotations

import html
from html.parser import HTMLParser

_NAMES = """
a b blockquote br caption code col colgroup dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img
ins kbd li ol p pre q s samp small span strong sub summary sup table tbody td tfoot th thead tr u ul
var
"""
TAGS = frozenset(_NAMES.split())
ATTRIBUTES = frozenset(("alt", "align", "colspan", "rowspan", "scope", "start", "title", "height", "width"))
VOID = frozenset(("br", "col", "hr", "img"))
SILENT = frozenset(("script", "style", "iframe", "object", "template", "noscript", "textarea", "title", "svg", "math"))
"""Tags dropped with all that is in them."""
_PICTURES = ("data:image/png", "data:image/jpeg", "data:image/gif", "data:image/webp")
_LINKS = ("http://", "https://", "mailto:", "#")


def cleaned(text: str) -> str:
    """The harmless part of a piece of HTML, well nested."""
    cleaner = _Cleaner()
    cleaner.feed(text)
    cleaner.close()
    return cleaner.result()


class _Cleaner(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._open: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self._silent.append(tag)
        if self._silent or tag not in TAGS:
            return
        kept = "".join(f' {name}="{html.escape(value)}"' for name, value in _kept(tag, attrs))
        self._parts.append(f"<{tag}{kept}>")
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in TAGS:
            self.handle_starttag(tag, attrs)
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._silent:
            if tag == self._silent[-1]:
                self._silent.pop()
            return
        if tag in self._open:
            while (last := self._open.pop()) != tag:
                self._parts.append(f"</{last}>")
            self._parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._parts.append(html.escape(data, quote=False))

    def result(self) -> str:
        return "".join(self._parts) + "".join(f"</{tag}>" for tag in reversed(self._open))


def _kept(tag: str, attrs: list[tuple[str, str | None]]) -> list[tuple[str, str]]:
    kept = [(name, value or "") for name, value in attrs if name in ATTRIBUTES]
    for name, value in attrs:
        address = (value or "").strip()
        is_picture = tag == "img" and name == "src" and address.startswith(_PICTURES)
        is_link = tag == "a" and name == "href" and address.lower().startswith(_LINKS)
        if is_picture or is_link:
            kept.append((name, address))
    if tag == "a":
        kept.append(("rel", "noreferrer noopener"))
    return kept
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.reports.comparison"] = r'''
"""Two states of one ledger, from two audits or an audit and a checkpoint: does the newer continue the older?

An audit carries RFC 9162 consistency proofs from the checkpoints that left in earlier audits to its own, so that a
ledger that was set back or rewritten in between is found with nothing but the two files.
"""

from __future__ import annotations

import msgspec

from jupyter_mlsec.ledger import merkle, note
from jupyter_mlsec.reports.statement import Log


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """What one file carries of a ledger: its name, the fingerprint of who signed, the checkpoint, an audit's log."""

    file: str
    key: str
    checkpoint: note.Checkpoint
    log: Log | None = None


def contradiction(newer: Carried, older: Carried) -> str:
    """The first thing that keeps the newer from continuing the older, in plain words; empty when it does."""
    one, other = newer.checkpoint, older.checkpoint
    if one.origin != other.origin:
        return (
            f"{newer.file} and {older.file} are of two ledgers, {one.origin} and {other.origin}: the ledger was begun "
            "anew, or one of them is of another project."
        )
    changed = _changed_entry(newer, older)
    if changed is not None:
        return f"Entry {changed} of the ledger is not the one that {older.file} shows: the ledger was rewritten."
    if one.size < other.size:
        return (
            f"The ledger in {newer.file} has {one.size} entries, fewer than the {other.size} in {older.file}: "
            f"it was set back, or {newer.file} is the older of the two."
        )
    if one.size == other.size:
        if one.root == other.root:
            return ""
        return f"{newer.file} and {older.file} show two different ledgers of {one.size} entries: it was rewritten."
    return _unproven(newer, older)


def _unproven(newer: Carried, older: Carried) -> str:
    """What is wrong with the proof that the longer log continues the shorter; empty when it holds."""
    size, other = newer.checkpoint.size, older.checkpoint
    said = next((each for each in (newer.log.earlier if newer.log else ()) if each.size == other.size), None)
    if newer.log is None or said is None:
        return (
            f"Whether the ledger in {newer.file} continues the one in {older.file} is not shown: it carries no proof "
            f"from {other.size} entries on. Ask for one: jupyter mlsec export NOTEBOOK --since {older.file}"
        )
    nodes = newer.log.nodes
    try:
        proof = [bytes.fromhex(nodes[place]) for place in said.path if place >= 0]
    except (ValueError, IndexError):
        proof = []
    if merkle.verify_consistency(other.size, size, other.root, newer.checkpoint.root, proof):
        return ""
    return (
        f"The ledger in {newer.file} does not continue the one in {older.file}: what its first {other.size} entries "
        "were was rewritten since, or the ledger was set back and went on."
    )


def _changed_entry(newer: Carried, older: Carried) -> int | None:
    """The first index at which both show an entry, and not the same one."""
    if newer.log is None or older.log is None:
        return None
    shown = {each.index: each.entry for each in older.log.entries}
    return next((each.index for each in newer.log.entries if shown.get(each.index, each.entry) != each.entry), None)


def agreement(newer: Carried, older: Carried) -> str:
    """What holds, once there is no contradiction, as a sentence."""
    one, other = newer.checkpoint.size, older.checkpoint.size
    more = "none has come since" if one == other else f"{one - other} have come since, none was changed or taken away"
    keys = "" if newer.key == older.key else f" {older.file} is signed by another key, {older.key}."
    return f"Its ledger continues the one in {older.file}: {other} entries then, {more}.{keys}"
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.reports.dsse"] = r'''
"""The envelope an attestation travels in: DSSE v1 (secure-systems-lab/dsse), Ed25519 over the exact payload bytes."""

from __future__ import annotations

import base64
import binascii

import msgspec

from jupyter_mlsec.protocol.errors import Unverified
from jupyter_mlsec.vault.signing import Signer, fingerprint, verify

PAYLOAD_TYPE = "application/vnd.in-toto+json"


class Signature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One signature; `keyid` is the fingerprint of the key and only a hint, as DSSE has it."""

    keyid: str
    sig: str


class Envelope(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A DSSE envelope in its JSON shape: payload and signatures in standard base64."""

    payload_type: str
    payload: str
    signatures: tuple[Signature, ...]


def pae(payload_type: str, payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding: what is signed in place of the payload."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def seal(payload: bytes, signer: Signer, payload_type: str = PAYLOAD_TYPE) -> Envelope:
    """Sign a payload and put both into an envelope."""
    signature = signer.sign(pae(payload_type, payload))
    return Envelope(
        payload_type=payload_type,
        payload=base64.b64encode(payload).decode(),
        signatures=(Signature(keyid=fingerprint(signer.public_key), sig=base64.b64encode(signature).decode()),),
    )


def hollow(signer: Signer, payload: str, signature: str) -> Envelope:
    """The envelope that `seal` will give, with other words where payload and signature will stand."""
    line = Signature(keyid=fingerprint(signer.public_key), sig=signature)
    return Envelope(payload_type=PAYLOAD_TYPE, payload=payload, signatures=(line,))


def unbase64(text: str, what: str) -> bytes:
    """Strict base64: a text that decodes but is not the one encoding of its bytes is refused (Unverified)."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Unverified(f"{what} is not base64: it was damaged or edited.") from None
    if base64.b64encode(data).decode() != text:
        raise Unverified(f"{what} is not written as base64 is: it was edited.")
    return data


def payload_of(envelope: Envelope) -> bytes:
    """The payload's bytes, whether or not a signature holds. Raises Unverified for another type or broken base64."""
    if envelope.payload_type != PAYLOAD_TYPE:
        raise Unverified(f"The attestation's payload type is {envelope.payload_type!r}, not {PAYLOAD_TYPE!r}.")
    return unbase64(envelope.payload, "The attestation's payload")


def check(envelope: Envelope, public_key: bytes) -> None:
    """Raise Unverified unless every signature of the envelope is this key's and holds."""
    payload = payload_of(envelope)
    if not envelope.signatures:
        raise Unverified("The attestation carries no signature.")
    for signature in envelope.signatures:
        raw = unbase64(signature.sig, "The attestation's signature")
        if not verify(public_key, pae(envelope.payload_type, payload), raw):
            raise Unverified("The attestation's signature does not hold: the attestation was edited after signing.")
        if signature.keyid != fingerprint(public_key):
            raise Unverified("The attestation names another key than the one that signed it.")
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.reports.evidence"] = r'''
"""What the entries of one run say about a notebook: cell by cell, and as a whole. Pure: the verifier redoes it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from jupyter_mlsec.protocol.entries import (
    Allowed,
    Amended,
    AnyEntry,
    Closed,
    Did,
    Opened,
    Outcome,
    Recorded,
    Switched,
    Troubled,
)
from jupyter_mlsec.protocol.facts import AnyFact
from jupyter_mlsec.protocol.records import Decision, Finding, Operation
from jupyter_mlsec.reports.canonical import Json
from jupyter_mlsec.reports.matching import CodeCell, Execution, Match, code_cells, execution_of, match

State = Literal["as shown", "edited", "unknown", "never ran", "unrecorded", "loader", "switch"]
"""The last run was of the code shown; of other code; of code whose digest was not kept; there was no run; or the saved
notebook gives an execution count that the ledger does not have; or that is so because it only switched the guard on,
or only paused or resumed it."""

_LOADS = re.compile(r"%load_ext +jupyter_mlsec\s*(#.*)?|#.*|")
"""What a line may be in a cell that does nothing but switch the guard on."""
_SWITCHES = re.compile(r"%mlsec +(pause|resume)\b[^;{$]*|#.*|")
"""What a line may be in a cell that does nothing but pause or resume it; IPython puts values in for braces."""


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """One watched operation inside a cell, with what was learned later added to it."""

    operation: Operation
    decision: Decision
    outcome: Outcome
    error: str | None
    findings: tuple[Finding, ...]
    facts: tuple[AnyFact, ...]
    entry: int


class CellEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one code cell: its runs in order of time, whether it is what ran, and what it did."""

    cell: CodeCell
    match: Match
    state: State
    runs: tuple[Execution, ...]
    other_code: tuple[int, ...]
    """Execution counts of earlier runs whose code was not the code shown."""
    overtaken: int | None
    """The number of a cell further up whose last run came after this cell's last run."""
    deeds: tuple[Deed, ...]


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """All that one run's entries say. `deleted` are executions of no cell shown; `elsewhere`, deeds outside any."""

    run: str
    children: int
    """Processes that it started and that recorded something themselves."""
    opened: Opened | None
    closed: Closed | None
    cells: tuple[CellEvidence, ...]
    deleted: tuple[tuple[Execution, tuple[Deed, ...]], ...]
    elsewhere: tuple[Deed, ...]
    allowed: tuple[Allowed, ...]
    switched: tuple[Switched, ...]
    did: tuple[Did, ...]
    troubled: tuple[Troubled, ...]
    missing: tuple[int, ...]
    """Numbers the run's own counter passed that no entry has."""
    entries: int
    shortened: int
    """Entries from which something was left out for its size."""

    def deeds(self) -> Iterable[Deed]:
        """Every watched operation of the run, cells first."""
        for cell in self.cells:
            yield from cell.deeds
        for _, deeds in self.deleted:
            yield from deeds
        yield from self.elsewhere

    def executions(self) -> Iterable[Execution]:
        """Every run of a cell, of those shown and of those that are gone."""
        for cell in self.cells:
            yield from cell.runs
        for execution, _ in self.deleted:
            yield execution


def gather(run: str, entries: Sequence[AnyEntry], cells: Sequence[Json]) -> Evidence:
    """The evidence of one run's entries about a notebook's cells (nbformat dicts, our own evidence cells left out)."""
    recorded = [entry for entry in entries if isinstance(entry, Recorded)]
    executions = [execution for entry in recorded if (execution := execution_of(entry)) is not None]
    shown = code_cells(cells)
    matching = match(shown, executions)
    nested = _nested(executions, _deeds(recorded, entries))
    known = {execution.count for execution in executions}
    overtaken = _overtaken(matching.runs)
    was_paused = any(isinstance(entry, Switched) and entry.to == "paused" for entry in entries)
    return Evidence(
        run=run,
        children=len({entry.run for entry in entries} - {run}),
        opened=next((entry for entry in entries if isinstance(entry, Opened) and entry.run == run), None),
        closed=next((entry for entry in entries if isinstance(entry, Closed) and entry.run == run), None),
        cells=tuple(
            CellEvidence(
                cell=cell,
                match=matching.kinds[place],
                state=_state(cell, matching.runs[place], known, was_paused=was_paused),
                runs=matching.runs[place],
                other_code=tuple(
                    run.count for run in matching.runs[place][:-1] if run.digest not in (None, cell.digest)
                ),
                overtaken=overtaken[place],
                deeds=tuple(deed for run in matching.runs[place] for deed in nested.get(run.operation, ())),
            )
            for place, cell in enumerate(shown)
        ),
        deleted=tuple((run, tuple(nested.get(run.operation, ()))) for run in matching.orphans),
        elsewhere=tuple(nested.get(None, ())),
        allowed=tuple(entry for entry in entries if isinstance(entry, Allowed)),
        switched=tuple(entry for entry in entries if isinstance(entry, Switched)),
        did=tuple(entry for entry in entries if isinstance(entry, Did)),
        troubled=tuple(entry for entry in entries if isinstance(entry, Troubled)),
        missing=_missing(entries),
        entries=len(entries),
        shortened=sum(isinstance(entry, Recorded | Amended) and bool(entry.left_out) for entry in entries),
    )


def _deeds(recorded: Sequence[Recorded], entries: Sequence[AnyEntry]) -> list[Deed]:
    later: dict[str, list[Amended]] = {}
    for entry in entries:
        if isinstance(entry, Amended):
            later.setdefault(entry.amends, []).append(entry)
    return [
        Deed(
            operation=entry.operation,
            decision=entry.decision,
            outcome=entry.outcome,
            error=entry.error,
            findings=entry.decision.findings
            + tuple(finding for more in later.get(entry.operation.id, ()) for finding in more.findings),
            facts=entry.facts + tuple(fact for more in later.get(entry.operation.id, ()) for fact in more.facts),
            entry=entry.number,
        )
        for entry in recorded
    ]


def _nested(executions: Sequence[Execution], deeds: Sequence[Deed]) -> dict[str | None, list[Deed]]:
    """Deeds by the operation id of the execution they happened in; None for those of no recorded execution.

    A cell's own operation belongs to it too when something was found about it. Executions may share a count (silent
    ones do): the latest of that count that had begun is meant.
    """
    begun: dict[int, list[Execution]] = {}
    for execution in sorted(executions, key=lambda each: each.at):
        begun.setdefault(execution.count, []).append(execution)
    placed: dict[str | None, list[Deed]] = {}
    for deed in sorted(deeds, key=lambda each: (each.operation.at, each.entry)):
        operation = deed.operation
        if operation.action == "execute":
            if deed.findings:
                placed.setdefault(operation.id, []).append(deed)
            continue
        alike = begun.get(operation.cell.execution, [])
        home = next((each for each in reversed(alike) if each.at <= operation.at), alike[0] if alike else None)
        placed.setdefault(home.operation if home else None, []).append(deed)
    return placed


def _state(cell: CodeCell, runs: Sequence[Execution], known: set[int], *, was_paused: bool) -> State:
    if runs:
        if runs[-1].digest is None:
            return "unknown"
        return "as shown" if runs[-1].digest == cell.digest else "edited"
    if cell.count is None or cell.count in known:
        return "never ran"
    lines = [line.strip() for line in cell.source.splitlines()]
    if was_paused and any(line.startswith("%") for line in lines) and all(map(_SWITCHES.fullmatch, lines)):
        return "switch"
    is_loader = any(line.startswith("%") for line in lines) and all(map(_LOADS.fullmatch, lines))
    return "loader" if is_loader and cell.count < min(known, default=cell.count + 1) else "unrecorded"


def _overtaken(runs: Sequence[Sequence[Execution]]) -> list[int | None]:
    found: list[int | None] = []
    latest, holder = -1, 0
    for place, mine in enumerate(runs):
        ended = mine[-1].at if mine else None
        found.append(holder + 1 if ended is not None and ended < latest else None)
        if ended is not None and ended > latest:
            latest, holder = ended, place
    return found


def _missing(entries: Sequence[AnyEntry]) -> tuple[int, ...]:
    """A run counts its entries from 1; a forked child goes on from its parent's count and has no opening of its own.

    Each process counts for itself.
    """
    counts: dict[str, set[int]] = {}
    for entry in entries:
        counts.setdefault(entry.run, set()).add(entry.number)
    begun = {entry.run for entry in entries if isinstance(entry, Opened)}
    return tuple(
        number
        for run, have in counts.items()
        for number in range(1 if run in begun else min(have), max(have) + 1)
        if number not in have
    )
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.reports.files"] = r'''
"""The files that a run read and wrote, and what its entries say of their bytes. Pure: the verifier redoes it."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_mlsec.protocol.facts import Fingerprint, SealedFor, Undigested
from jupyter_mlsec.reports.evidence import Deed, Evidence

Word = Fingerprint | SealedFor | Undigested
_WHY = {
    "changed": "it changed before its digest was taken",
    "too large": "it is larger than the policy has digested",
    "still open": "it was still open when its cell ended",
    "folder": "it is a folder",
    "unreadable": "it could not be read again",
    "too many": "there were too many at once",
    "not finished": "the run ended before it was taken",
}
_LATER = ", when its cell ended"
_MOST_OTHERS = 8


def words_of(deed: Deed) -> dict[str, Word]:
    """The last word on each file of an operation, by the file's name: its digest, or why there is none."""
    found: dict[str, Word] = {}
    for fact in deed.facts:
        if isinstance(fact, Fingerprint) and (fact.of, fact.algorithm) != ("resource", "sha256"):
            continue
        if isinstance(fact, Fingerprint | Undigested) or (isinstance(fact, SealedFor) and fact.digest):
            name = None if isinstance(fact, SealedFor) else fact.resource
            name = deed.operation.resource.name if name is None else name
            if name not in found or not _is_later(found[name]) or _is_later(fact):
                found[name] = fact
    return found


def _is_later(word: Word) -> bool:
    return not isinstance(word, SealedFor) and word.as_of == "cell"


def digest_in(word: Word | None) -> str | None:
    """SHA-256 in hex, if the word is one."""
    return None if word is None or isinstance(word, Undigested) else word.digest.removeprefix("sha256:")


def spoken(word: Word, *, whole: bool = False) -> str:
    """A word on a file, for people, with the beginning of its digest or the whole of it."""
    when = _LATER if _is_later(word) else ""
    if isinstance(word, Undigested):
        return f"no digest: {_WHY.get(word.why, word.why)}"
    size = "" if word.size is None else f", {word.size:,} bytes"
    digest = word.digest.removeprefix("sha256:")
    return f"sha256:{digest if whole else digest[:16]}{size}{when}"


def others(deed: Deed) -> list[str]:
    """What is said of the further files of an operation, each with its name."""
    own = deed.operation.resource.name
    said = [f"{name} {spoken(word)}" for name, word in words_of(deed).items() if name != own]
    more = len(said) - _MOST_OTHERS
    return said if more <= 0 else [*said[:_MOST_OTHERS], f"and {more} more files"]


def artifacts(evidence: Evidence) -> dict[str, str]:
    """The files the run wrote, by the SHA-256 (hex) of the bytes on disk after the last write, where that is known."""
    found: dict[str, str] = {}
    writes = (deed for deed in evidence.deeds() if deed.operation.action == "write" and deed.outcome == "done")
    for deed in sorted(writes, key=lambda each: each.operation.at):
        name = deed.operation.resource.name
        digest = digest_in(words_of(deed).get(name))
        if digest is None:
            found.pop(name, None)  # what an earlier write left is not there any more
        else:
            found[name] = digest
    return found


def moved(deed: Deed) -> Iterator[tuple[str, str, Word | None]]:
    """What an operation that went well did to each file it names: `read` or `wrote`, the name, the word on it."""
    operation, words = deed.operation, words_of(deed)
    if deed.outcome != "done" or operation.action not in ("read", "write"):
        return
    for place, resource in enumerate((operation.resource, *operation.others)):
        if resource.kind == "file":
            verb = "wrote" if operation.action == "write" and not place else "read"
            yield verb, resource.name, words.get(resource.name)


def without_digest(evidence: Evidence) -> tuple[str, ...]:
    """The files that were read or written and of whose bytes no entry of the run says anything."""
    known: dict[str, bool] = {}
    for deed in evidence.deeds():
        for _, name, word in moved(deed):
            known[name] = known.get(name, False) or digest_in(word) is not None
    return tuple(name for name, is_known in known.items() if not is_known)
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.reports.frontpage"] = r'''
"""The audit's front page: who ran what under which policy, what was found and not seen, what flowed where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from jupyter_mlsec.interception import wording
from jupyter_mlsec.protocol.entries import ENVIRONMENT, Did, Opened
from jupyter_mlsec.protocol.facts import ModelFacts, SchemaVerdict
from jupyter_mlsec.reports.evidence import Deed, Evidence
from jupyter_mlsec.reports.files import moved, spoken
from jupyter_mlsec.reports.pages import STATES, About, moment, short, told
from jupyter_mlsec.reports.picture import drawn, edges
from jupyter_mlsec.reports.prose import Block, Piece, Prose, code, say, strong
from jupyter_mlsec.reports.unseen import not_seen

_OPENING = say(
    "Made by jupyter-mlsec from its ledger. Do not believe this page: verify the file, offline, with ",
    code("jupyter mlsec verify FILE --trust KEYFILE"),
    ". It is tamper-evident: an edit after signing is found. It does not hold against the author of the notebook "
    "at the time of running, who holds the ledger and the key.",
)
_LEVELS = ("error", "warning", "note")
_MOST_FILES = 200


def front(evidence: Evidence, about: About) -> tuple[Block, ...]:
    """The front page."""
    return (
        Block(title=f"Audit of {about.notebook}", lead=_OPENING, rows=tuple(_who(evidence, about))),
        Block(title="Cells", lines=tuple(_cells(evidence))),
        Block(title="Not seen", lines=tuple(_unseen(evidence))),
        Block(title="Findings", lines=tuple(_findings(evidence))),
        *_pictured(evidence),
        *_switches(evidence),
    )


def _who(evidence: Evidence, about: About) -> Iterator[tuple[str, Prose]]:
    opened = evidence.opened
    yield "notebook", say(code(about.notebook), f", {_saved(evidence, about.saved_at)}")
    entries = f" ({about.run_chosen}), {wording.many(evidence.entries, 'entry')}{_children(evidence)}"
    yield "run", say(code(evidence.run), entries)
    if opened is not None:
        yield "who", say(code(opened.subject.name), f" (known by: {opened.subject.evidence})")
        yield "began", say(moment(opened.at), _closing(evidence))
        yield "policy", say("profile ", strong(opened.profile), ", digest ", code(short(opened.policy)))
        yield "environment", say(_environment(opened, evidence.did) or "not recorded")
        yield "watched", say(", ".join(opened.watching) or "nothing")
    outputs = "kept as they were saved" if about.redacted < 0 else f"{about.redacted} texts redacted"
    if about.redacted >= 0 and about.unsearched:
        outputs += f", {about.unsearched} that could not be searched were kept"
    yield "outputs", say(outputs)
    yield "ledger", say(code(about.origin), ", checkpoint ", code(about.checkpoint))
    yield "signed by", say(code(about.signer), ", key ", code(about.key))
    yield "exported", say(f"{moment(about.exported_at)} by {about.exporter}")


def _environment(opened: Opened, did: Iterable[Did]) -> str:
    """The platform, and each version that was loaded: of Python and the guard at first, of libraries as they came."""
    loaded = [(name, version) for each in did if each.verb == ENVIRONMENT for name, version in each.details.items()]
    own = sorted(opened.versions.items())
    versions = ", ".join(dict.fromkeys(f"{name} {version}" for name, version in (*own, *sorted(loaded))))
    return f"{opened.platform}; {versions}".strip("; ")


def _saved(evidence: Evidence, saved_at: int) -> str:
    """As of when the notebook is shown, and what ran since: its code may have been edited unsaved."""
    if not saved_at:
        return "as handed over, not read from a file"
    later = sum(run.at > saved_at for run in evidence.executions())
    since = f"; {wording.many(later, 'run')} of cells came after it was saved" if later else ""
    return f"saved file as of {moment(saved_at)}{since}"


def _children(evidence: Evidence) -> str:
    return f", some by {wording.many(evidence.children, 'child process')}" if evidence.children else ""


def _closing(evidence: Evidence) -> str:
    if evidence.closed is None:
        return "; not ended when this audit was made"
    return f"; ended {moment(evidence.closed.at)}"


def _cells(evidence: Evidence) -> list[Prose]:
    states = Counter(cell.state for cell in evidence.cells)
    lines = [say(f"{count} of {len(evidence.cells)}: ", STATES[state]) for state, count in states.items()]
    late = [f"{cell.cell.number}" for cell in evidence.cells if cell.overtaken is not None]
    if late:
        lines.append(say(f"↕ out of order: cell{'s' if len(late) > 1 else ''} ", ", ".join(late)))
    if evidence.deleted:
        lines.append(say(f"✗ ran, but not in the notebook: {len(evidence.deleted)}"))
    return lines or [say("the notebook has no code")]


def _unseen(evidence: Evidence) -> list[Prose]:
    lines = [say(phrase) for phrase in not_seen(evidence)]
    return [*lines, say("whether outputs are what the code printed: the ledger does not record outputs")]


def _placed(evidence: Evidence) -> Iterator[tuple[str, Deed]]:
    """Every deed with what the audit calls its place."""
    for cell in evidence.cells:
        for deed in cell.deeds:
            yield f"cell {cell.cell.number}", deed
    for run, deeds in evidence.deleted:
        for deed in deeds:
            yield f"[{run.count}]", deed
    for deed in evidence.elsewhere:
        yield "outside any cell", deed


def _listed(names: Iterable[str]) -> str:
    """`cell 3, 5, [9]`: each once."""
    once = dict.fromkeys(names)
    cells = ", ".join(name.removeprefix("cell ") for name in once if name.startswith("cell "))
    return ", ".join([*([f"cell {cells}"] if cells else []), *(name for name in once if not name.startswith("cell "))])


def _findings(evidence: Evidence) -> list[Prose]:
    found: dict[tuple[str, str, str], list[str]] = {}
    for place, deed in _placed(evidence):
        for each in deed.findings:
            found.setdefault((each.effect, each.level, each.rule), []).append(place)
    order = sorted(found.items(), key=lambda item: (item[0][0] != "deny", _LEVELS.index(item[0][1]), item[0][2]))
    lines = [
        say(
            strong("DENIAL") if effect == "deny" else Piece(level),
            " ",
            code(rule),
            f" x{len(places)}, {_listed(places)}",
        )
        for (effect, level, rule), places in order
    ]
    return lines or [say("none")]


def _pictured(evidence: Evidence) -> Iterator[Block]:
    lines = edges(evidence)
    if lines:
        yield Block(title="Data and models", drawing=drawn(lines))
    files = tuple(_files(evidence))
    if files:
        yield Block(title="Files", rows=files)
    models = tuple(_models(evidence))
    if models:
        yield Block(title="Models", lines=models)
    verdicts = {
        fact.schema: fact for deed in evidence.deeds() for fact in deed.facts if isinstance(fact, SchemaVerdict)
    }
    if verdicts:
        said = tuple(say(told(fact)) for _, fact in sorted(verdicts.items()))
        yield Block(title="Schemas", lead=say("the last verdict of each"), lines=said)


def _files(evidence: Evidence) -> Iterator[tuple[str, Prose]]:
    """Each file in each of the states it was read or written in, with the whole digest of its bytes."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for place, deed in _placed(evidence):
        for verb, name, word in moved(deed):
            said = "no digest was recorded" if word is None else spoken(word, whole=True)
            found.setdefault((verb, name, said), []).append(place)
    for (verb, name, said), places in list(found.items())[:_MOST_FILES]:
        digest, comma, rest = said.partition(", ")
        about = (code(digest), comma + rest) if digest.startswith("sha256:") else (said,)
        yield f"{verb} {name}", say(f"{_listed(places)}: ", *about)
    if len(found) > _MOST_FILES:
        yield f"and {len(found) - _MOST_FILES} more", say("the evidence before each cell names its own")


def _models(evidence: Evidence) -> Iterator[Prose]:
    """Each model by its class and parameters: where it was fitted, on how much, and where it was used."""
    fits: dict[tuple[str, str | None], list[str]] = {}
    uses: dict[tuple[str, str | None], list[str]] = {}
    sizes: dict[tuple[str, str | None], str] = {}
    for place, deed in _placed(evidence):
        for fact in deed.facts:
            if isinstance(fact, ModelFacts) and deed.outcome == "done":
                model = (fact.model, fact.parameters)
                (fits if deed.operation.action == "fit" else uses).setdefault(model, []).append(place)
                if deed.operation.action == "fit" and fact.rows is not None:
                    features = "" if fact.features is None else f" x {fact.features} features"
                    sizes[model] = f" on {fact.rows:,} rows{features}"
    for model in dict.fromkeys([*fits, *uses]):
        name, parameters = model
        fitted = (
            f"fitted in {_listed(fits[model])}{sizes.get(model, '')}" if model in fits else "not fitted in this run"
        )
        used = f"; used in {_listed(uses[model])}" if model in uses else ""
        digest = (" with parameters ", code(short(parameters))) if parameters else ()
        yield say(code(name), *digest, f": {fitted}{used}")


def _deed(did: Did) -> str:
    """`sealed`; `schema approve`, where a verb can do several things."""
    return " ".join(filter(None, (did.verb.replace("-", " "), did.details.get("deed"))))


def _switches(evidence: Evidence) -> tuple[Block, ...]:
    who = f" by {evidence.opened.subject.name}" if evidence.opened else ""
    lines = [
        *(
            say(f"{moment(each.at)}: ", strong(each.to), f"{who} - {each.reason or 'no reason given'}")
            for each in evidence.switched
        ),
        *(
            say(f"{moment(each.at)}: allowed{who} ", code(each.rule), f" - {each.reason or 'no reason given'}")
            for each in evidence.allowed
        ),
        *(
            say(f"{moment(each.at)}: {_deed(each)} ", code(each.subject))
            for each in evidence.did
            if each.verb != ENVIRONMENT
        ),
        *(
            say(f"{moment(each.at)}: the guard failed in ", code(each.where), f": {each.error}")
            for each in evidence.troubled
        ),
    ]
    return (Block(title="Pauses, allowances and deeds", lines=tuple(lines)),) if lines else ()
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.reports.held"] = r'''
"""The files a reviewer holds, compared with those the audited run read and wrote."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import msgspec

from jupyter_mlsec.reports.evidence import Evidence
from jupyter_mlsec.reports.files import artifacts, digest_in, moved
from jupyter_mlsec.reports.verdict import Verification
from jupyter_mlsec.reports.verify import evidence_of, opened

_MOST_NAMED = 5


def with_files(found: Verification, content: bytes, folder: Path) -> Verification:
    """The verdict on an audit that holds, with what the files in that folder add to it.

    A file of a recorded name must be one of the states the run met it in, and one that the run wrote the last of them.
    Raises OSError for a file that cannot be read.
    """
    evidence, _ = evidence_of(opened(content))
    recorded, last = _recorded(evidence), artifacts(evidence)
    problems, alike, missing = [], 0, []
    for name, digests in recorded.items():
        digest = _digest(folder, name)
        if digest is None:
            missing.append(name)
        elif digest not in digests:
            problems.append(f"{name} in {folder} is not the file of the run: its SHA-256 is {digest}.")
        elif name in last and digest != last[name]:
            problems.append(f"{name} in {folder} is not what the run left, but an earlier state of it.")
        else:
            alike += 1
    if problems:
        return msgspec.structs.replace(found, ok=False, problems=tuple(problems))
    return msgspec.structs.replace(found, held=_said(alike, len(recorded), missing))


def _recorded(evidence: Evidence) -> dict[str, set[str]]:
    """Of each file with a digest, all that were recorded."""
    recorded: dict[str, set[str]] = {}
    for deed in evidence.deeds():
        for _, name, word in moved(deed):
            digest = digest_in(word)
            if digest is not None:
                recorded.setdefault(name, set()).add(digest)
    return recorded


def _digest(folder: Path, name: str) -> str | None:
    """SHA-256 of the file of that name below the folder; None where there is none. A name never leads out of it."""
    parts = PurePosixPath(name).parts
    if not parts or parts[0] in ("/", "...") or ".." in parts or "\0" in name:
        return None
    path = folder.joinpath(*parts)
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _said(alike: int, total: int, missing: list[str]) -> str:
    return f"Files: {alike} of {total} are here, and are those of the run{''.join(_absent(missing))}."


def _absent(missing: list[str]) -> Iterator[str]:
    if missing:
        more = len(missing) - _MOST_NAMED
        yield f"; not here: {', '.join(missing[:_MOST_NAMED])}"
        yield f" and {more} more" if more > 0 else ""
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.reports.html"] = r'''
"""An audit as one HTML file, and the verdict on one as one page. Self-contained; made to be printed without colour."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from importlib.util import find_spec

from jupyter_mlsec.protocol.errors import ExportError, Unverified
from jupyter_mlsec.reports import style
from jupyter_mlsec.reports.canonical import Json, joined_output, source_of
from jupyter_mlsec.reports.cleaning import cleaned
from jupyter_mlsec.reports.evidence import Evidence
from jupyter_mlsec.reports.frontpage import front
from jupyter_mlsec.reports.pages import About, cell_block, deleted_blocks
from jupyter_mlsec.reports.picture import edges, svg
from jupyter_mlsec.reports.prose import Block, as_html
from jupyter_mlsec.reports.verdict import Verification
from jupyter_mlsec.reports.verify import Unreadable, check, evidence_of, opened, own_cells

_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")


def audit_page(content: bytes) -> str:
    """The whole audit as HTML, from the bytes of an audit notebook. Raises ExportError for one that does not hold."""
    found = check(content)
    if not found.ok:
        raise ExportError(f"No HTML was made: {found.problems[0]}")
    audit = opened(content)
    evidence, about = evidence_of(audit)
    body = [_banner(found), _front(evidence, about)]
    blocks = iter(evidence.cells)
    for cell in own_cells(audit):
        if cell.get("cell_type") == "code":
            block = next(blocks)
            flagged = block.state in ("edited", "unrecorded", "unknown") or block.overtaken is not None
            flagged = flagged or any(deed.outcome == "denied" for deed in block.deeds)
            body.append(f'<section class="cell">{_evidence(cell_block(block), flagged)}{_code(cell)}</section>')
        else:
            body.append(f'<section class="text">{_text(cell)}</section>')
    gone = deleted_blocks(evidence)
    if gone:
        body.append('<section class="cell">' + "".join(_evidence(block, flagged=True) for block in gone) + "</section>")
    return _page(f"Audit of {about.notebook}", "".join(body))


def verdict_page(found: Verification, content: bytes = b"") -> str:
    """The verdict on one page. `content` is the audit's bytes, for the front page of one that holds."""
    body = [f"<h1>Verdict on {html.escape(found.file)}</h1>", _banner(found), _facts(found)]
    if found.ok:
        try:
            evidence, about = evidence_of(opened(content))
        except (Unverified, Unreadable):
            evidence = None
        if evidence is not None:
            body.append(_front(evidence, about, title="h2"))
    return _page(f"Verdict on {found.file}", "".join(body))


def _banner(found: Verification) -> str:
    sign = {0: ("✓", "HOLDS"), 3: ("?", "CONSISTENT, SIGNER NOT CONFIRMED"), 1: ("✗", "DOES NOT HOLD")}
    mark, word = sign.get(found.exit_code, ("✗", "UNREADABLE"))
    said = found.verdict.partition(": ")[2]
    more = "".join(f"<li>{html.escape(problem)}</li>" for problem in found.problems[1:])
    listed = f"<p>Also:</p><ul>{more}</ul>" if more else ""
    return (
        f'<div class="banner"><span class="sign" aria-hidden="true">{mark}</span><div><strong>{word}</strong>'
        f"<p>{html.escape(said[:1].upper() + said[1:])}</p>{listed}</div></div>"
    )


def _facts(found: Verification) -> str:
    unseen = "; ".join(found.not_seen) or "nothing that is known of"
    rows = [
        ("signer", f"{found.signer}, key {found.key}" if found.key else "not known"),
        ("signer confirmed", f"yes, by {found.confirmed}" if found.trusted else "no"),
        ("run", found.run or "not known"),
        ("not seen", unseen if found.ok else "not known: the audit was not read to its end"),
        ("not proven in any audit", "that outputs are what the code printed; what the author withheld or arranged"),
    ]
    cells = "".join(f"<tr><th scope=row>{name}</th><td>{html.escape(value)}</td></tr>" for name, value in rows)
    return f'<table class="facts">{cells}</table>'


def _front(evidence: Evidence, about: About, title: str = "h1") -> str:
    lines = edges(evidence)
    parts = []
    for block in front(evidence, about):
        tag = title if block.title.startswith("Audit of ") else "h2"
        parts.append(f"<div><{tag}>{html.escape(block.title)}</{tag}>" if block.title else "<div>")
        parts.append(f"<p>{as_html(block.lead)}</p>" if block.lead else "")
        parts.append(_table(block))
        parts.append(_list(block))
        parts.append(svg(lines) if block.drawing and len(lines) <= 40 else "")
        parts.append(f"<pre>{html.escape(block.drawing)}</pre>" if block.drawing and len(lines) > 40 else "")
        parts.append("</div>")
    return f'<section class="front">{"".join(parts)}</section>'


def _table(block: Block) -> str:
    rows = "".join(
        f"<tr><th scope=row>{html.escape(name)}</th><td>{as_html(said)}</td></tr>" for name, said in block.rows
    )
    return f'<table class="facts">{rows}</table>' if rows else ""


def _list(block: Block) -> str:
    return "<ul>" + "".join(f"<li>{as_html(line)}</li>" for line in block.lines) + "</ul>" if block.lines else ""


def _evidence(block: Block, flagged: bool) -> str:
    return f'<aside class="evidence{" flagged" if flagged else ""}"><p>{as_html(block.lead)}</p>{_list(block)}</aside>'


def _code(cell: Json) -> str:
    count = cell.get("execution_count")
    outputs = "".join(_outputs(cell.get("outputs") or ()))
    label = f"[{count}]" if isinstance(count, int) else "[ ]"
    box = f'<div class="outputs">{outputs}</div>' if outputs else ""
    return f'<div class="code"><span class="count">{label}</span><pre>{highlighted(source_of(cell))}</pre></div>{box}'


def highlighted(source: str) -> str:
    """Python source as HTML that reads in black and white: keywords bold, comments italic."""
    if find_spec("pygments") is None:
        return html.escape(source)
    from pygments.lexers import PythonLexer  # type: ignore[import-untyped]
    from pygments.token import Comment, Keyword, Operator  # type: ignore[import-untyped]

    words = PythonLexer(stripnl=False, ensurenl=False).get_tokens(source)
    marks = ((Keyword, "b"), (Operator.Word, "b"), (Comment, "i"))
    parts = []
    for kind, word in words:
        tag = next((tag for family, tag in marks if kind in family), "")
        parts.append(f"<{tag}>{html.escape(word)}</{tag}>" if tag else html.escape(word))
    return "".join(parts)


def _text(cell: Json) -> str:
    source = source_of(cell)
    if cell.get("cell_type") != "markdown" or find_spec("mistune") is None:
        return f"<pre>{html.escape(source)}</pre>"
    import mistune

    return cleaned(str(mistune.create_markdown(escape=False, plugins=["table", "strikethrough"])(source)))


def _outputs(outputs: Sequence[Json]) -> Iterator[str]:
    for output in map(joined_output, outputs):
        kind = output.get("output_type")
        if kind == "stream":
            name = " (stderr)" if output.get("name") == "stderr" else ""
            yield f'<pre class="stream" title="printed{name}">{_bare(output.get("text"))}</pre>'
        elif kind == "error":
            told = output.get("traceback") or [f"{output.get('ename', '')}: {output.get('evalue', '')}"]
            yield f'<pre class="error">{_bare(chr(10).join(map(str, told)))}</pre>'
        elif isinstance(output.get("data"), dict):
            yield _data(output["data"])


def _data(data: dict[str, Json]) -> str:
    """The richest form that is harmless."""
    for kind in _PICTURES:
        if isinstance(data.get(kind), str):
            encoded = html.escape("".join(data[kind].split()))
            return f'<img alt="output" src="data:{kind};base64,{encoded}">'
    if isinstance(data.get("text/html"), str):
        return f'<div class="rich">{cleaned(data["text/html"])}</div>'
    if "text/plain" in data:
        return f"<pre>{_bare(data['text/plain'])}</pre>"
    return f"<pre>an output of kind {html.escape(', '.join(map(str, data)))}</pre>"


def _bare(text: Json) -> str:
    """Text without a terminal's colour codes, escaped."""
    return html.escape(style.COLOURS.sub("", text if isinstance(text, str) else str(text)))


def _page(title: str, body: str) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
        "style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{style.CSS}</style></head><body><main>{body}</main></body></html>\n"
    )
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.reports.layout"] = r'''
"""Where evidence stands in an audit: a front page, a block before each code cell, and what is gone at the end."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from jupyter_mlsec.reports.canonical import Json, source_of
from jupyter_mlsec.reports.evidence import Evidence
from jupyter_mlsec.reports.frontpage import front
from jupyter_mlsec.reports.pages import About, cell_block, deleted_blocks
from jupyter_mlsec.reports.prose import markdown
from jupyter_mlsec.reports.statement import Role


def laid_out(notebook: dict[str, Json], evidence: Evidence, about: About) -> tuple[dict[str, Json], tuple[Role, ...]]:
    """The notebook with our cells among its own, and the role of each cell. The argument is left alone."""
    taken = {cell.get("id") for cell in notebook["cells"]}
    cells: list[Json] = []
    roles: list[Role] = []

    def add(name: str, role: Role, text: str) -> None:
        name = unused(name, taken)
        taken.add(name)
        cells.append({"cell_type": "markdown", "id": name, "metadata": {"mlsec": {"role": role}}, "source": text})
        roles.append(role)

    add("mlsec-front", "front", front_text(evidence, about))
    blocks = iter(block_texts(evidence))
    for place, cell in enumerate(notebook["cells"]):
        if cell.get("cell_type") == "code":
            add(f"mlsec-{place + 1}", "evidence", next(blocks))
        cells.append(cell)
        roles.append("cell")
    gone = gone_text(evidence)
    if gone:
        add("mlsec-gone", "evidence", gone)
    return {**notebook, "cells": cells}, tuple(roles)


def front_text(evidence: Evidence, about: About) -> str:
    """The front page as Markdown."""
    blocks = front(evidence, about)
    return markdown(blocks[:1], level=1) + "\n\n" + markdown(blocks[1:], level=2)


def block_texts(evidence: Evidence) -> list[str]:
    """The block of each code cell as Markdown, set off as a quotation."""
    return [_quoted(markdown((cell_block(cell),))) for cell in evidence.cells]


def gone_text(evidence: Evidence) -> str:
    """What ran but is not shown, as Markdown; empty when there is nothing."""
    return _quoted(markdown(deleted_blocks(evidence))) if deleted_blocks(evidence) else ""


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def own_texts(cells: Sequence[Json], roles: Sequence[Role]) -> list[str]:
    """The text of our own cells, in order: front page, blocks, what is gone."""
    return [source_of(cell) for cell, role in zip(cells, roles, strict=True) if role != "cell"]


def expected_texts(evidence: Evidence, about: About) -> list[str]:
    """What `own_texts` must be, made afresh from the entries."""
    gone = gone_text(evidence)
    return [front_text(evidence, about), *block_texts(evidence), *([gone] if gone else [])]


def unused(name: str, taken: Collection[str | None]) -> str:
    """The name, with as many strokes added as it takes to be new."""
    while name in taken:
        name += "-"
    return name
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.reports.matching"] = r'''
"""Which cell of the notebook an execution in the ledger was.

By the front end's cell id; else by source digest and order; else, when its code was changed since, by the execution
count the notebook was saved with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from jupyter_mlsec.protocol.entries import Outcome, Recorded
from jupyter_mlsec.protocol.facts import CellFacts, Coverage
from jupyter_mlsec.reports.canonical import Json, source_of, text_digest

Match = Literal["id", "code", "count", "none"]


class CodeCell(msgspec.Struct, frozen=True, kw_only=True):
    """A code cell as the notebook shows it. `number` counts code cells from 1, `count` is the saved execution count."""

    number: int
    id: str | None
    source: str
    digest: str
    count: int | None


class Execution(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a cell, as the ledger has it. `count` is IPython's 1-based execution count."""

    operation: str
    count: int
    id: str | None
    digest: str | None
    at: int
    micros: int
    outcome: Outcome
    error: str | None
    facts: CellFacts | None
    coverage: Coverage | None
    """None in older ledgers, and for a cell that was not measured."""
    entry: int
    """The entry's own number in the run."""


class Matching(msgspec.Struct, frozen=True, kw_only=True):
    """Executions by the cell they were of (in order of time), how each cell was matched, and those of no cell."""

    runs: tuple[tuple[Execution, ...], ...]
    kinds: tuple[Match, ...]
    orphans: tuple[Execution, ...]


def code_cells(cells: Sequence[Json]) -> tuple[CodeCell, ...]:
    """The code cells of a notebook's `cells`, numbered from 1."""
    code = [cell for cell in cells if cell.get("cell_type") == "code"]
    return tuple(
        CodeCell(
            number=number,
            id=cell.get("id"),
            source=source_of(cell),
            digest=text_digest(source_of(cell)),
            count=cell.get("execution_count"),
        )
        for number, cell in enumerate(code, 1)
    )


def execution_of(entry: Recorded) -> Execution | None:
    """The execution an entry records, or None when it records another kind of operation."""
    operation = entry.operation
    if operation.action != "execute":
        return None
    return Execution(
        operation=operation.id,
        count=operation.cell.execution,
        id=operation.cell.id,
        digest=operation.cell.digest,
        at=operation.at,
        micros=entry.micros,
        outcome=entry.outcome,
        error=entry.error,
        facts=next((fact for fact in entry.facts if isinstance(fact, CellFacts)), None),
        coverage=next((fact for fact in entry.facts if isinstance(fact, Coverage)), None),
        entry=entry.number,
    )


def match(cells: Sequence[CodeCell], executions: Sequence[Execution]) -> Matching:
    """Give each execution its cell. Of several cells with the same code, the saved count decides, then the order."""
    by_id: dict[str | None, int] = {
        cell.id: place for place, cell in reversed(list(enumerate(cells))) if cell.id is not None
    }
    by_digest: dict[str, list[int]] = {}
    for place, cell in enumerate(cells):
        by_digest.setdefault(cell.digest, []).append(place)
    runs: list[list[Execution]] = [[] for _ in cells]
    kinds: list[Match] = ["none"] * len(cells)
    orphans: list[Execution] = []
    last = -1
    for execution in sorted(executions, key=lambda each: (each.at, each.entry)):
        alike = by_digest.get(execution.digest or "", [])
        kind: Match = "code"
        if execution.id in by_id:
            last, kind = by_id[execution.id], "id"
        elif alike:
            last = min(alike, key=_nearest(cells, runs, execution.count, last))
        else:
            orphans.append(execution)
            continue
        runs[last].append(execution)
        kinds[last] = "code" if kinds[last] == "code" else kind
    orphans = _by_saved_count(cells, orphans, runs, kinds)
    return Matching(runs=tuple(map(tuple, runs)), kinds=tuple(kinds), orphans=tuple(orphans))


def _nearest(
    cells: Sequence[CodeCell], runs: Sequence[Sequence[Execution]], count: int, last: int
) -> Callable[[int], tuple[bool, int, bool, int]]:
    """The order in which cells of the same code are tried: the saved count, then fewest runs, then further down."""
    return lambda at: (cells[at].count != count, len(runs[at]), at <= last, at)


def _by_saved_count(
    cells: Sequence[CodeCell], orphans: Sequence[Execution], runs: list[list[Execution]], kinds: list[Match]
) -> list[Execution]:
    """Place what came without an id into cells that have no run yet; give back what still has no cell."""
    free = {cell.count: place for place, cell in enumerate(cells) if cell.count is not None and not runs[place]}
    left: list[Execution] = []
    for execution in orphans:
        if execution.id is None and execution.count in free:
            place = free[execution.count]
            runs[place].append(execution)
            kinds[place] = "count"
        else:
            left.append(execution)
    return left
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.reports.pages"] = r'''
"""The audit's words about a cell: the short block of evidence before it, made from evidence alone."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from jupyter_mlsec.interception import wording
from jupyter_mlsec.protocol.facts import (
    AnyFact,
    Fingerprint,
    Labels,
    ModelFacts,
    Repeats,
    SchemaVerdict,
    SealedFor,
    Shape,
)
from jupyter_mlsec.protocol.records import Finding
from jupyter_mlsec.reports.evidence import CellEvidence, Deed, Evidence
from jupyter_mlsec.reports.files import others, spoken, words_of
from jupyter_mlsec.reports.matching import Execution
from jupyter_mlsec.reports.prose import Block, Piece, Prose, code, say, strong
from jupyter_mlsec.reports.unseen import coverage_of

STATES = {
    "as shown": "✓ code shown is the code that ran",
    "edited": "✎ EDITED AFTER RUNNING",
    "unknown": "? CODE NOT COMPARED",
    "never ran": "○ NEVER RAN",
    "unrecorded": "? RAN UNRECORDED",
    "loader": "▶ switched the guard on",
    "switch": "▶ paused or resumed the guard",
}
_DONE = {
    "read": "read",
    "write": "wrote",
    "connect": "opened",
    "fit": "fitted",
    "predict": "predicted with",
    "transform": "transformed with",
}
_TRIED = {
    "read": "read",
    "write": "write",
    "connect": "open",
    "fit": "fit",
    "predict": "predict with",
    "transform": "transform with",
}


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What the front page says besides the evidence: where the notebook and the log's part came from."""

    notebook: str
    run_chosen: str
    saved_at: int
    exported_at: int
    exporter: str
    signer: str
    key: str
    """The signing key's fingerprint."""
    checkpoint: str
    """`SIZE HASH8`, as the panel shows it."""
    origin: str
    redacted: int
    unsearched: int


def moment(at: int) -> str:
    """Nanoseconds since the epoch as a UTC time to the second; a clock may have been set to anything."""
    try:
        return datetime.fromtimestamp(at // 1_000_000_000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return f"a time beyond the calendar ({at} ns)"


def _span(micros: int) -> str:
    return f"{micros / 1e6:.2f} s" if micros >= 10_000 else f"{micros / 1e3:.1f} ms"


def cell_block(evidence: CellEvidence) -> Block:
    """The evidence before one cell."""
    cell = evidence.cell
    lead: list[str | Piece] = [strong(f"Cell {cell.number}"), " · ", strong(STATES[evidence.state])]
    if evidence.overtaken is not None:
        lead += [" · ", strong(f"↕ OUT OF ORDER: cell {evidence.overtaken}, above, ran after it")]
    lines = [_runs(evidence), *_deeds(evidence.deeds, many=len(evidence.runs) > 1)]
    lines += _coverage(evidence.runs)
    return Block(lead=tuple(say(*lead)), lines=tuple(line for line in lines if line))


def _runs(evidence: CellEvidence) -> Prose:
    cell, runs = evidence.cell, evidence.runs
    if not runs:
        return _no_run(evidence)
    last = runs[-1]
    times = "ran once" if len(runs) == 1 else f"ran {len(runs)} times"
    counts = ", ".join(f"[{run.count}]" for run in runs)
    how = {"id": "cell id", "code": "code and order", "count": "saved execution count"}.get(evidence.match, "")
    parts: list[str | Piece] = [f"{times}, as {counts}; last {moment(last.at)}, {_span(last.micros)}, {_ended(last)}; "]
    parts += [f"matched by {how}; code ", code(f"sha256:{cell.digest[:16]}")]
    if evidence.state == "edited":
        parts += [", but what ran was ", code(f"sha256:{(last.digest or '')[:16]}")]
    if evidence.other_code:
        parts.append("; other code ran as " + ", ".join(f"[{count}]" for count in evidence.other_code))
    return say(*parts)


def _no_run(evidence: CellEvidence) -> Prose:
    cell = evidence.cell
    digest = code(f"sha256:{cell.digest[:16]}")
    if evidence.state == "loader":
        return say(f"the saved notebook gives it count [{cell.count}], before the first of this run; code ", digest)
    if evidence.state == "switch":
        return say(f"the saved notebook gives it count [{cell.count}], while the guard was paused; code ", digest)
    if evidence.state == "unrecorded":
        why = "before the guard was on, while it was paused, or in another run"
        return say(f"the saved notebook gives it count [{cell.count}], which this run has not: {why}; code ", digest)
    return say("this run has no record of it; code ", digest)


def _coverage(runs: tuple[Execution, ...]) -> list[Prose]:
    """What ran elsewhere in any of the runs, and the bytes of the last and of each that could not be explained."""
    unseen = wording.elsewhere(wording.total(map(coverage_of, runs)))
    lines = [say("not seen: ", ", ".join(unseen))] if unseen else []
    for run in runs:
        said = wording.summary(coverage_of(run))
        if said and (run is runs[-1] or wording.is_unexplained(coverage_of(run))):
            lines.append(say(f"[{run.count}] " if len(runs) > 1 else "", said))
    return lines


def _ended(execution: Execution) -> str:
    is_told = not execution.error or execution.outcome == "denied"
    return execution.outcome if is_told else f"{execution.outcome} ({execution.error})"


def _deeds(deeds: tuple[Deed, ...], *, many: bool) -> list[Prose]:
    lines: list[Prose] = []
    for deed in deeds:
        if deed.operation.action != "execute":
            lines.append(_deed(deed, many=many))
        lines += [_finding(finding) for finding in deed.findings]
        lines += [say("went on past a denial by allowance ", code(each)) for each in deed.decision.allowed]
    return lines


def _deed(deed: Deed, *, many: bool) -> Prose:
    operation = deed.operation
    resource = operation.resource
    verb = _DONE.get(operation.action, operation.action)
    start: list[str | Piece] = [f"[{operation.cell.execution}] "] if many else []
    is_denied = deed.outcome == "denied" or deed.decision.effect == "deny"
    if is_denied:
        start += [strong("DENIED"), f" to {_TRIED.get(operation.action, operation.action)} "]
    elif deed.outcome != "done":
        start += [f"{deed.outcome} to {_TRIED.get(operation.action, operation.action)} "]
    else:
        start += [f"{verb} "]
    start += [code(resource.name)]
    known = [resource.format or resource.kind, *_known(deed)]
    start += [f" ({'; '.join(known)}) by ", code(f"{operation.library}.{operation.function}")]
    if deed.error and not is_denied:
        start += [f", raised {deed.error}"]
    return say(*start)


def _known(deed: Deed) -> list[str]:
    newest = {type(fact): fact for fact in deed.facts}
    words = [word for fact in newest.values() if (word := told(fact))]
    own = words_of(deed).get(deed.operation.resource.name)
    if own is not None and not isinstance(own, SealedFor):  # of a sealed file that was said
        words.append(spoken(own))
    if deed.operation.resource.digest:
        words.append(short(deed.operation.resource.digest))
    return list(dict.fromkeys((*words, *others(deed))))


def told(fact: AnyFact) -> str:
    """One fact in a few words; empty for one that is not shown."""
    if isinstance(fact, Shape):
        rows = "rows not counted" if fact.rows is None else f"{fact.rows:,} rows"
        return f"{rows} x {len(fact.columns)} columns"
    if isinstance(fact, Fingerprint) and (fact.of, fact.algorithm) != ("resource", "sha256"):
        return f"{fact.of} {fact.algorithm}:{fact.digest[:16]}" + (f", {fact.size:,} bytes" if fact.size else "")
    if isinstance(fact, SealedFor):
        digest = f", {short(fact.digest)}" if fact.digest else ""
        return f"SEALED for {len(fact.recipients)}{digest}, {fact.size:,} bytes"
    if isinstance(fact, SchemaVerdict):
        return f"schema {fact.schema} ({fact.state}) {'holds' if fact.ok else 'DOES NOT HOLD'}"
    if isinstance(fact, ModelFacts):
        return fact.model + (f", parameters {short(fact.parameters)}" if fact.parameters else "")
    if isinstance(fact, Repeats):
        return f"and {fact.count:,} more calls {'on the same' if fact.differing else 'like it'}"
    if isinstance(fact, Labels) and fact.labels:
        return "labelled " + ", ".join(dict.fromkeys(f"{label.column or 'all'} {label.type}" for label in fact.labels))
    return ""


def short(digest: str) -> str:
    """The beginning of a digest, with its algorithm."""
    algorithm, _, hexes = digest.rpartition(":")
    return f"{algorithm or 'sha256'}:{hexes[:16]}"


def _finding(finding: Finding) -> Prose:
    level = strong("DENIAL") if finding.effect == "deny" else Piece(finding.level)
    return say(level, " ", code(finding.rule), f": {finding.message}")


def deleted_blocks(evidence: Evidence) -> tuple[Block, ...]:
    """What ran, but is not in the notebook: at the end of the audit. Empty when there is none."""
    blocks = [
        Block(
            lead=say(strong(f"✗ NOT IN THE NOTEBOOK: ran as [{run.count}]"), " · deleted, or edited after running"),
            lines=(
                say(f"{moment(run.at)}, {_span(run.micros)}, {_ended(run)}; code ", code(short(run.digest or "none"))),
                *_deeds(deeds, many=False),
            ),
        )
        for run, deeds in evidence.deleted
    ]
    if evidence.elsewhere:
        lead = say(strong("Outside any recorded cell"))
        blocks.append(Block(lead=lead, lines=tuple(_deeds(evidence.elsewhere, many=True))))
    return tuple(blocks)
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.reports.pairing"] = r'''
"""An audit and its page: does the page show this audit, and nothing else?"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

import msgspec

from jupyter_mlsec._version import __version__
from jupyter_mlsec.protocol.errors import ExportError, Unverified
from jupyter_mlsec.reports import signedpage
from jupyter_mlsec.reports.html import audit_page
from jupyter_mlsec.reports.verdict import Verification
from jupyter_mlsec.reports.verify import opened
from jupyter_mlsec.vault.signing import Signer


def renderers() -> dict[str, str]:
    """What a page is drawn with, by name and version: the same draw the same page."""
    return {"jupyter-mlsec": __version__, "pygments": _version("pygments"), "mistune": _version("mistune")}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def signed_page(content: bytes, signer: Signer) -> str:
    """The page of an audit, from its bytes, signed. Raises ExportError for an audit that does not hold."""
    page = audit_page(content)
    audit = opened(content)
    said = audit.statement.predicate
    return signedpage.signed(page, signedpage.name_of(audit.envelope), said.notebook, said.run, renderers(), signer)


def with_page(found: Verification, content: bytes, page: bytes, name: str) -> Verification:
    """The verdict on an audit that holds, with what its page adds: a problem, or that it could not be drawn anew."""
    audit = opened(content)
    try:
        shown = signedpage.opened(page)
    except Unverified as error:
        return _refused(found, f"{name} does not hold: {error}")
    if shown.said.audit != signedpage.name_of(audit.envelope):
        return _refused(found, f"{name} is the page of another audit than {found.file}.")
    if shown.public_key != audit.public_key:
        return _refused(found, f"{name} is signed by another key than {found.file}: {shown.key}.")
    if shown.said.renderers != renderers():
        unlike = f"whether {name} shows what {found.file} says (drawn by other versions than are here)"
        return msgspec.structs.replace(found, not_seen=(*found.not_seen, unlike))
    try:
        anew = audit_page(content)
    except ExportError as error:
        return _refused(found, str(error))
    if signedpage.emptied(anew) != shown.hollow:
        return _refused(found, f"{name} does not show what {found.file} says.")
    return found


def _refused(found: Verification, problem: str) -> Verification:
    return msgspec.structs.replace(found, ok=False, trusted=False, problems=(problem,))
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.reports.picture"] = r'''
"""The lineage of a run as a picture: which cell read and wrote what. As text for the notebook, as SVG for HTML."""

from __future__ import annotations

import html

import msgspec

from jupyter_mlsec.reports.evidence import Evidence


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """One cell and what flowed through it: names read, names written or fitted. `cell` is how the audit names it."""

    cell: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    after: tuple[str, ...] = ()
    """Cells whose effects it used, as the lineage control saw them."""


_TAKES = ("read", "connect", "predict", "transform")


def edges(evidence: Evidence) -> tuple[Edge, ...]:
    """The cells that touched a resource, in the order of the notebook, then those that are gone from it."""
    names = {run.count: f"cell {cell.cell.number}" for cell in evidence.cells for run in cell.runs}
    names |= {run.count: f"[{run.count}]" for run, _ in evidence.deleted}
    homes = [(f"cell {cell.cell.number}", cell.runs, cell.deeds) for cell in evidence.cells]
    homes += [(f"[{run.count}]", (run,), deeds) for run, deeds in evidence.deleted]
    found = []
    for name, runs, deeds in homes:
        done = [deed.operation for deed in deeds if deed.outcome == "done"]
        reads = dict.fromkeys(each.resource.name for each in done if each.action in _TAKES)
        writes = dict.fromkeys(each.resource.name for each in done if each.action in ("write", "fit"))
        uses = [count for run in runs for count in (run.facts.uses if run.facts else ())]
        after = dict.fromkeys(names[count] for count in uses if names.get(count, name) != name)
        if reads or writes:
            found.append(Edge(cell=name, reads=tuple(reads), writes=tuple(writes), after=tuple(after)))
    return tuple(found)


def drawn(lines: tuple[Edge, ...]) -> str:
    """Edges as aligned lines of text: `patients.csv -> cell 2 -> out.parquet   (uses cell 1)`."""
    left = max((len(", ".join(edge.reads)) for edge in lines), default=0)
    middle = max((len(edge.cell) for edge in lines), default=0)
    rows = []
    for edge in lines:
        reads = ", ".join(edge.reads).rjust(left) + (" -> " if edge.reads else "    ")
        writes = (" -> " + ", ".join(edge.writes)) if edge.writes else ""
        after = f"   (uses {', '.join(edge.after)})" if edge.after else ""
        rows.append(" ".join((reads + f"[{edge.cell}]".ljust(middle + 2) + writes + after).splitlines()).rstrip())
    return "\n".join(rows)


def svg(lines: tuple[Edge, ...]) -> str:
    """Edges as a small SVG: what was read on the left, cells in the middle, what was written on the right."""
    reads = list(dict.fromkeys(name for edge in lines for name in edge.reads))
    writes = list(dict.fromkeys(name for edge in lines for name in edge.writes))
    rows = max(len(reads), len(lines), len(writes))
    height = rows * 34 + 12
    columns = ((10, 240, reads), (330, 100, [edge.cell for edge in lines]), (510, 240, writes))
    middle = {
        (x, name): 6 + height / 2 - len(names) * 17 + place * 34 + 13
        for x, _, names in columns
        for place, name in enumerate(names)
    }
    shapes = [_box(x, middle[(x, name)], width, name, round_=x == 330) for x, width, names in columns for name in names]
    for edge in lines:
        y = middle[(330, edge.cell)]
        shapes += [_line(250, middle[(10, name)], 330, y) for name in edge.reads]
        shapes += [_line(430, y, 510, middle[(510, name)]) for name in edge.writes]
        shapes += [_used(middle[(330, name)], y) for name in edge.after if (330, name) in middle]
    head = (
        f'<svg class="lineage" role="img" aria-label="What each cell read and wrote" viewBox="0 0 760 {height + 12}" '
        'xmlns="http://www.w3.org/2000/svg"><defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>'
    )
    return head + "".join(shapes) + "</svg>"


def _box(x: int, y: float, width: int, name: str, *, round_: bool) -> str:
    most = width // 8
    shown = name if len(name) <= most else "…" + name[1 - most :]
    return (
        f'<g><title>{html.escape(name)}</title><rect x="{x}" y="{y - 13:g}" width="{width}" height="26" '
        f'rx="{13 if round_ else 2}"/><text x="{x + width / 2:g}" y="{y + 4:g}">{html.escape(shown)}</text></g>'
    )


def _line(x1: int, y1: float, x2: int, y2: float) -> str:
    bend = (x1 + x2) / 2
    return (
        f'<path class="edge" d="M{x1} {y1:g}C{bend:g} {y1:g} {bend:g} {y2:g} {x2 - 2} {y2:g}" marker-end="url(#tip)"/>'
    )


def _used(y1: float, y2: float) -> str:
    """A dashed arc on the right of the cells: the lower one used what the upper one made."""
    return f'<path class="after" d="M431 {y1:g}C466 {y1:g} 466 {y2:g} 433 {y2:g}" marker-end="url(#tip)"/>'
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.reports.prose"] = r'''
"""Sentences with code and emphasis in them, before they become Markdown or HTML: so data can never turn into markup."""

from __future__ import annotations

import html
import re
from typing import Literal

import msgspec

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~$&])")


class Piece(msgspec.Struct, frozen=True):
    """A stretch of text that is read as plain words, as code, or with emphasis."""

    text: str
    kind: Literal["plain", "code", "strong"] = "plain"


Prose = tuple[Piece, ...]


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A heading (or none), a leading sentence, and below it rows of a name and what is said of it, then lines."""

    title: str = ""
    lead: Prose = ()
    rows: tuple[tuple[str, Prose], ...] = ()
    lines: tuple[Prose, ...] = ()
    drawing: str = ""
    """Text to be set as it stands, in a fixed-width face."""


def say(*parts: str | Piece) -> Prose:
    """Prose of plain words and pieces."""
    return tuple(part if isinstance(part, Piece) else Piece(part) for part in parts)


def code(text: str) -> Piece:
    """Text that is quoted exactly: a name, a digest."""
    return Piece(text, "code")


def strong(text: str) -> Piece:
    """Words to be seen first."""
    return Piece(text, "strong")


def plain(prose: Prose) -> str:
    """Prose as bare text, for a terminal."""
    return "".join(piece.text for piece in prose)


def markdown(blocks: tuple[Block, ...], level: int = 2) -> str:
    """Blocks as CommonMark. Titles get `level` hashes."""
    parts: list[str] = []
    for block in blocks:
        if block.title:
            parts.append(f"{'#' * level} {_escaped(block.title)}")
        if block.lead:
            parts.append(_markdown(block.lead))
        if block.rows:
            parts.append("\n".join(f"- {_escaped(name)}: {_markdown(said)}" for name, said in block.rows))
        if block.lines:
            parts.append("\n".join(f"- {_markdown(line)}" for line in block.lines))
        if block.drawing:
            fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", block.drawing)), default=0))
            parts.append(f"{fence}text\n{block.drawing}\n{fence}")
    return "\n\n".join(parts)


def _markdown(prose: Prose) -> str:
    return "".join(_marked(piece) for piece in prose)


def _marked(piece: Piece) -> str:
    text = " ".join(piece.text.splitlines())
    if piece.kind == "code":
        fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
        pad = " " if text.startswith("`") or text.endswith("`") or not text.strip() else ""
        return f"{fence}{pad}{text}{pad}{fence}"
    return f"**{_escaped(text)}**" if piece.kind == "strong" else _escaped(text)


def _escaped(text: str) -> str:
    return _MARKS.sub(r"\\\1", text)


def as_html(prose: Prose) -> str:
    """Prose as HTML phrasing content."""
    tags = {"plain": ("", ""), "code": ("<code>", "</code>"), "strong": ("<strong>", "</strong>")}
    return "".join(tags[piece.kind][0] + html.escape(piece.text) + tags[piece.kind][1] for piece in prose)
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.reports.reading"] = r'''
"""JSON read so that no two readers can differ about it: strict text first, then strict types."""

from __future__ import annotations

import json
import re
from typing import Any, TypeVar

import msgspec

Made = TypeVar("Made")

_HALF = re.compile(r"\\u[dD][89a-fA-F]")
"""The escape of half a character; whole ones come in pairs."""


class NamedTwice(ValueError):
    """An object in a JSON text names the same key twice, so that readers may differ about what it says."""


def parsed(text: str) -> Any:  # Any: whatever a JSON text can hold
    """A JSON text as values. Raises ValueError for broken JSON, NamedTwice for an object with a key twice."""
    return json.loads(text, object_pairs_hook=_once)


def typed(raw: bytes | str, kind: type[Made]) -> Made:
    """A JSON text as a value of that type; NaN, Infinity and halves of characters are no part of it.

    Raises ValueError for a text that does not read as one.
    """
    try:
        text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
        if _HALF.search(text):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        return msgspec.convert(value, kind)
    except (msgspec.ValidationError, RecursionError) as error:
        raise ValueError("the text is not of the form it should have") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:  # Any: as above
    made = dict(pairs)
    if len(made) != len(pairs):
        raise NamedTwice("an object names the same key twice")
    return made


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no word of JSON")
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.reports.signedpage"] = r'''
"""An audit's HTML page, signed: whoever holds it can see that it was not edited, and which audit it was made of.

In the page's head stands a DSSE envelope, in base64 in a `meta` element, around an in-toto statement about the page
with that element's content left empty. It names the audit by the SHA-256 of the audit's own signed payload.
"""

from __future__ import annotations

import base64
import hashlib
import re

import msgspec

from jupyter_mlsec.protocol.errors import Unverified
from jupyter_mlsec.reports import dsse, reading
from jupyter_mlsec.reports.statement import STATEMENT_TYPE, SignerSaid, Subject
from jupyter_mlsec.vault.signing import Signer, fingerprint

PAGE_TYPE = "https://jupyter-mlsec.dev/audit-page/v1"
"""A name, not an address: nothing is ever fetched from there."""

START = b"<!DOCTYPE html>"
_MARK = b'<meta name="mlsec-attestation" content="'
_FOUND = re.compile(re.escape(_MARK) + rb'([A-Za-z0-9+/=]*)">')


class PageSaid(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is said of a page: the audit it shows, and with which renderers it was made."""

    audit: str
    notebook: str
    run: str
    renderers: dict[str, str]
    signer: SignerSaid


class PageStatement(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An in-toto Statement v1 about one page."""

    type: str = msgspec.field(name="_type", default=STATEMENT_TYPE)
    subject: tuple[Subject, ...]
    predicate_type: str = PAGE_TYPE
    predicate: PageSaid


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page whose signature holds: what it says of itself, the key, and the page with nothing in its attestation."""

    said: PageSaid
    public_key: bytes
    hollow: bytes

    @property
    def key(self) -> str:
        """The signing key's fingerprint."""
        return fingerprint(self.public_key)


def is_page(content: bytes) -> bool:
    """Whether a file is HTML and no notebook."""
    return content.lstrip()[: len(START)].lower() == START.lower()


def name_of(envelope: dsse.Envelope) -> str:
    """What an audit is called in a page: the SHA-256 of its attestation's payload, in hex."""
    return hashlib.sha256(dsse.payload_of(envelope)).hexdigest()


def emptied(page: str) -> bytes:
    """The page with a place for its attestation, and nothing in it."""
    head, end, rest = page.partition("</head>")
    return f'{head}{_MARK.decode()}">{end}{rest}'.encode()


def signed(page: str, audit: str, notebook: str, run: str, renderers: dict[str, str], signer: Signer) -> str:
    """The page with an attestation about it in its head."""
    hollow = emptied(page)
    said = PageSaid(
        audit=audit,
        notebook=notebook,
        run=run,
        renderers=renderers,
        signer=SignerSaid(
            name=signer.name, algorithm=signer.algorithm, public_key=base64.b64encode(signer.public_key).decode()
        ),
    )
    digest = hashlib.sha256(hollow).hexdigest()
    about = PageStatement(subject=(Subject(name="page", digest={"sha256": digest}),), predicate=said)
    envelope = msgspec.json.encode(dsse.seal(msgspec.json.encode(about), signer))
    return hollow.replace(_MARK, _MARK + base64.b64encode(envelope), 1).decode()


def opened(content: bytes) -> Page:
    """Take a page apart. Raises Unverified for one that is not signed, or not as it was signed."""
    found = _FOUND.findall(content)
    if len(found) != 1:
        raise Unverified(
            "The page carries no attestation: it is no audit's page, or the attestation was taken out."
            if not found
            else "The page carries two attestations: it was edited after signing."
        )
    hollow = content.replace(found[0], b"", 1)
    try:
        envelope = reading.typed(dsse.unbase64(found[0].decode(), "The page's attestation"), dsse.Envelope)
        said = reading.typed(dsse.payload_of(envelope), PageStatement)
    except ValueError:
        raise Unverified("The page's attestation is not in the form we write: it was damaged or edited.") from None
    key = dsse.unbase64(said.predicate.signer.public_key, "The signer's key in the attestation")
    dsse.check(envelope, key)
    if said.type != STATEMENT_TYPE or said.predicate_type != PAGE_TYPE:
        raise Unverified("The attestation states something else than an audit's page.")
    if not said.subject or said.subject[0].digest.get("sha256") != hashlib.sha256(hollow).hexdigest():
        raise Unverified("The page was changed after signing.")
    return Page(said=said.predicate, public_key=key, hollow=hollow)
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.reports.statement"] = r'''
"""What an audit states: an in-toto Statement v1 about the notebook and the files written, the log's evidence inside.

The statement's JSON is signed as it stands (dsse.py). All a reviewer needs travels in it: the checkpoint, every entry
of the run as the exact bytes that are in the log, and for each the RFC 6962 path to the checkpoint's root. Hashes
shared by many paths stand once in `nodes`; a path is a list of places in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from jupyter_mlsec.reports.canonical import Json, digest, joined_cell, without_attestation

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://jupyter-mlsec.dev/audit/v1"
"""A name, not an address: nothing is ever fetched from there."""

RENDERING = 4
"""Raised whenever the evidence drawn from the same entries would read differently."""

Role = Literal["front", "evidence", "cell"]


class Subject(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing the statement is about (in-toto ResourceDescriptor): a name and digests by algorithm."""

    name: str
    digest: dict[str, str]
    annotations: dict[str, str] = {}


class SignerSaid(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Who signed: the signer's name, the algorithm, and the raw public key in base64."""

    name: str
    algorithm: str
    public_key: str


class Proven(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the log: its index, its exact bytes as text, and its path as places in the log's `nodes`."""

    index: int
    entry: str
    path: tuple[int, ...]


class Continued(msgspec.Struct, frozen=True, kw_only=True):
    """A consistency proof: the checkpoint's log continues what it was at `size` entries. `path` as in `Proven`."""

    size: int
    path: tuple[int, ...]


class Log(msgspec.Struct, frozen=True, kw_only=True):
    """The part of the ledger that belongs to the run, provable against the checkpoint (a C2SP signed note)."""

    checkpoint: str
    nodes: tuple[str, ...]
    entries: tuple[Proven, ...]
    earlier: tuple[Continued, ...] = ()
    """That the ledger continues what left in earlier audits."""


class Said(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What a user typed, where an entry has a commitment to it only: its opening, or when that was erased."""

    commitment: str
    salt: str = ""
    value: str = ""
    erased_at: int = 0
    """Nanoseconds since the epoch; 0 where it is not erased, or nobody recorded that."""


class SignedCell(msgspec.Struct, frozen=True, kw_only=True):
    """What one cell of the audit was when signed, part by part, so that a change can be named."""

    id: str
    role: Role
    type: str
    source: str
    outputs: str
    rest: str


class Predicate(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is said of the notebook: which run of it, the log's evidence, and what each cell was."""

    run: str
    run_chosen: str
    """How the run was found: `asked for`, `newest of this notebook`, or `newest that ran this code`."""
    notebook: str
    saved_at: int
    """When the notebook's file was last written, in nanoseconds; 0 when it was not read from a file."""
    exported_at: int
    exporter: str
    rendering: int
    signer: SignerSaid
    log: Log
    said: tuple[Said, ...] = ()
    """Of each commitment in the entries, once, in their order."""
    cells: tuple[SignedCell, ...]
    frame: str
    """Digest of the notebook's own metadata and format numbers."""
    text: str
    """SHA-256 of the file's text, payload and signature left empty: tells 1.0 from 1, as the subject's does not."""
    redacted: int = -1
    """How many output texts were redacted; -1 when outputs were kept as they are."""
    unsearched: int = 0
    """How many outputs (pictures, mostly) could not be searched for personal data."""


class Statement(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An in-toto Statement v1. The first subject is the notebook itself, further ones the files the run wrote."""

    type: str = msgspec.field(name="_type", default=STATEMENT_TYPE)
    subject: tuple[Subject, ...]
    predicate_type: str = PREDICATE_TYPE
    predicate: Predicate


def encoded(statement: Statement) -> bytes:
    """The statement's JSON bytes, as they are signed."""
    return msgspec.json.encode(statement)


def signed_cell(cell: Json, role: Role) -> SignedCell:
    """What a cell is, part by part: source as text, outputs and all the rest as canonical JSON."""
    whole = joined_cell(cell)
    rest = {key: value for key, value in whole.items() if key not in ("source", "outputs")}
    return SignedCell(
        id=str(whole.get("id", "")),
        role=role,
        type=str(whole.get("cell_type", "")),
        source=digest(whole.get("source")),
        outputs=digest(whole.get("outputs")),
        rest=digest(rest),
    )


def frame_digest(notebook: Mapping[str, Json]) -> str:
    """The digest of all of a notebook but its cells and its attestation."""
    return digest({key: value for key, value in without_attestation(notebook).items() if key != "cells"})


def written_files(digests: Mapping[str, str]) -> tuple[Subject, ...]:
    """Files as subjects: SHA-256 in hex by name."""
    return tuple(Subject(name=name, digest={"sha256": hexes}) for name, hexes in sorted(digests.items()))
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.reports.style"] = r'''
"""How audits look: one column, ink on paper. State is told by words, signs and rules, never by colour alone."""

from __future__ import annotations

import re

COLOURS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
"""The escape codes terminals take for colours."""

CSS = """
:root { --ink: #111; --soft: #555; --line: #999; --wash: #f3f3f3; }
* { box-sizing: border-box; }
body {
  margin: 0; color: var(--ink); background: #fff;
  font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif;
}
main { max-width: 860px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { font-size: 26px; line-height: 1.2; margin: 24px 0 12px; }
h2 { font-size: 16px; margin: 20px 0 4px; border-bottom: 1px solid var(--line); }
p { margin: 4px 0; }
ul { margin: 4px 0; padding-left: 20px; }
li { overflow-wrap: anywhere; }
code, pre { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: 12.5px; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
img, svg { max-width: 100%; }
.banner {
  display: flex; gap: 16px; align-items: flex-start; border: 2px solid var(--ink);
  padding: 12px 16px; margin: 8px 0 20px;
}
.banner .sign { font-size: 40px; line-height: 1; font-weight: 700; }
.banner strong { letter-spacing: .04em; }
.banner p, .banner li { overflow-wrap: anywhere; }
.facts { border-collapse: collapse; width: 100%; margin: 0 0 16px; }
.facts th { text-align: left; font-weight: 600; width: 190px; }
.facts th, .facts td {
  border-top: 1px solid var(--line); padding: 4px 8px 4px 0; vertical-align: top;
  overflow-wrap: anywhere;
}
.front { border-bottom: 3px double var(--ink); padding-bottom: 20px; margin-bottom: 24px; }
.front ul { list-style: none; padding-left: 0; }
.cell { margin: 22px 0; }
.evidence { border-left: 3px solid var(--line); padding: 2px 0 2px 12px; font-size: 13px; color: var(--ink); }
.evidence ul { list-style: none; padding-left: 0; margin: 2px 0 6px; color: #333; }
.evidence.flagged { border-left: 8px double var(--ink); background: var(--wash); padding-top: 6px; }
.code {
  display: grid; grid-template-columns: 44px 1fr; border: 1px solid var(--line); background: #fff;
  padding: 8px 10px;
}
.count { color: var(--soft); font: 12.5px/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
.outputs { border: 1px solid var(--line); border-top: 0; padding: 8px 10px 8px 54px; background: #fafafa; }
.outputs > * + * { margin-top: 8px; }
.error { border-left: 3px solid var(--ink); padding-left: 8px; }
.rich table, .text table { border-collapse: collapse; font-size: 13px; }
.rich td, .rich th, .text td, .text th { border: 1px solid #bbb; padding: 2px 8px; text-align: right; }
.lineage { display: block; margin: 8px 0; }
.lineage rect { fill: #fff; stroke: var(--ink); }
.lineage text { font: 12px ui-monospace, "DejaVu Sans Mono", monospace; text-anchor: middle; fill: var(--ink); }
.lineage .after { fill: none; stroke: var(--ink); stroke-width: 1.2; stroke-dasharray: 4 3; }
.lineage .edge { fill: none; stroke: var(--ink); stroke-width: 1.2; }
a { color: inherit; }
@media print {
  @page {
    margin: 18mm 16mm;
    @bottom-left { content: "jupyter-mlsec audit"; font: 8pt sans-serif; }
    @bottom-right { content: counter(page) " of " counter(pages); font: 8pt sans-serif; }
  }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  .front { break-after: page; border-bottom: 0; }
  .evidence, .banner, .facts tr, .rich, img, svg { break-inside: avoid; }
  .evidence, h1, h2 { break-after: avoid; }
  .outputs, .evidence.flagged { background: none; }
}
"""
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.reports.tampering"] = r'''
"""Names what was changed in an audit since it was signed: which cell, and which part. In the order of the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from jupyter_mlsec.reports.canonical import Json
from jupyter_mlsec.reports.statement import SignedCell, frame_digest, signed_cell


def differences(notebook: Mapping[str, Json], signed: Sequence[SignedCell], frame: str) -> Iterator[str]:
    """Sentences, first the first place in the file that differs. Nothing when every part is as signed."""
    cells = notebook.get("cells", [])
    found = [signed_cell(cell if isinstance(cell, Mapping) else {}, "cell") for cell in cells]
    if signed and not any(_same(mine, other) for mine in found for other in _alike(mine, signed)):
        yield f"The attestation belongs to another notebook: none of the {len(signed)} cells it signs is in this file."
        return
    yield from _cells(found, signed)
    if frame_digest(notebook) != frame:
        yield "The notebook's own metadata or format was changed after signing."


def _alike(cell: SignedCell, signed: Sequence[SignedCell]) -> Iterator[SignedCell]:
    return (other for other in signed if other.id == cell.id)


def _same(cell: SignedCell, other: SignedCell) -> bool:
    return (cell.type, cell.source, cell.outputs, cell.rest) == (other.type, other.source, other.outputs, other.rest)


def _cells(found: Sequence[SignedCell], signed: Sequence[SignedCell]) -> Iterator[str]:
    names = _names(signed)
    place_of = {cell.id: place for place, cell in enumerate(signed)}
    here: dict[str, int] = {}
    for place, cell in enumerate(found):
        if cell.id not in place_of or cell.id in here:
            after = (
                f"after {names[place_of[found[place - 1].id]]}"
                if place and found[place - 1].id in place_of
                else "at the top"
            )
            yield f"A {cell.type or 'cell'} cell was inserted {after} after signing (place {place + 1} in the file)."
        else:
            here[cell.id] = place
            yield from _parts(cell, signed[place_of[cell.id]], names[place_of[cell.id]])
    for place, cell in enumerate(signed):
        if cell.id not in here:
            yield f"{_first(names[place])} was removed after signing."
    kept = [cell.id for cell in signed if cell.id in here]
    moved = [name for name, other in zip(kept, sorted(kept, key=here.__getitem__), strict=True) if name != other]
    if moved:
        yield f"Cells were moved after signing: {names[place_of[moved[0]]]} is not where it was."


def _parts(cell: SignedCell, other: SignedCell, name: str) -> Iterator[str]:
    what = "The text of" if other.role != "cell" or other.type != "code" else "The source of"
    if cell.source != other.source:
        yield f"{what} {name} was changed after signing."
    if cell.outputs != other.outputs:
        yield f"The outputs of {name} were changed after signing."
    if cell.type != other.type:
        yield f"{_first(name)} was made a {cell.type or 'nameless'} cell after signing."
    elif cell.rest != other.rest:
        rest = "metadata or execution count" if cell.type == "code" else "metadata or attachments"
        yield f"The {rest} of {name} was changed after signing."


def _names(signed: Sequence[SignedCell]) -> list[str]:
    """What to call each signed cell, code cells by the numbers the audit gives them."""
    names: list[str] = []
    code = 0
    for place, cell in enumerate(signed, 1):
        if cell.role == "front":
            names.append("the front page")
        elif cell.role == "evidence":
            last = not any(later.role == "cell" and later.type == "code" for later in signed[place:])
            names.append("the list of what is not in the notebook" if last else f"the evidence of cell {code + 1}")
        elif cell.type == "code":
            code += 1
            names.append(f"cell {code}")
        else:
            names.append(f"the {cell.type} cell at place {place}")
    return names


def _first(name: str) -> str:
    return name[:1].upper() + name[1:]
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.reports.trust"] = r'''
"""Whom a reviewer believes: key files handed over, and keys pinned earlier. Both come down to fingerprints."""

from __future__ import annotations

import base64
import binascii
import json
import os
import time
from pathlib import Path

from jupyter_mlsec.ledger import note
from jupyter_mlsec.protocol.errors import NoIdentity, UsageError
from jupyter_mlsec.vault import signing

PINS = "pins.json"


def fingerprint_from(source: str | Path) -> str:
    """The fingerprint meant by `--trust`: a key file, or the fingerprint itself (`SHA256:` and 64 hex digits).

    A key file is PEM (`signer.pub`), a C2SP verifier key (`name+id+base64`), or 32 raw bytes in base64 or hex.
    Raises UsageError.
    """
    text = str(source)
    if text.startswith("SHA256:") and len(text) == 71:
        return "SHA256:" + text[7:].lower()
    path = Path(source)
    try:
        content = path.read_bytes()[:65536]
    except OSError as error:
        raise UsageError(f"The key file {path} could not be read: {error.strerror}.") from None
    if b"-----BEGIN" in content:
        try:
            return signing.fingerprint(signing.load_public_key(path))
        except NoIdentity as error:
            raise UsageError(str(error)) from None
    return signing.fingerprint(_raw(content, path))


def _raw(content: bytes, path: Path) -> bytes:
    words = content.decode("ascii", "replace").split()
    word = words[0] if words else ""
    if word.count("+") >= 2:
        name, _, encoded = word.split("+", 2)
        data = _unbase64(encoded)
        if data is not None and len(data) == 33 and word == note.verifier_key(name, data[1:]):
            return data[1:]
    if len(word) == 64:
        try:
            return bytes.fromhex(word)
        except ValueError:
            pass
    data = _unbase64(word)  # whose alphabet has a plus, too
    if data is not None and len(data) == 32:
        return data
    raise UsageError(f"{path} holds no Ed25519 public key: give the signer.pub that lies beside the signer's key.")


def _unbase64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def pinned(folder: Path) -> dict[str, dict[str, str]]:
    """The keys pinned by this user, by fingerprint: the signer's name and when. Raises UsageError for a broken file."""
    try:
        pins = json.loads((folder / PINS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        raise UsageError(
            f"The pinned keys in {folder / PINS} could not be read. Move the file away to start anew."
        ) from None
    if not isinstance(pins, dict):
        raise UsageError(f"The pinned keys in {folder / PINS} are not what we wrote. Move the file away to start anew.")
    return pins


def pin(fingerprint: str, name: str, folder: Path) -> None:
    """Remember a key as one to be believed. The file is this user's own, 0600."""
    pins = pinned(folder)
    pins[fingerprint] = {"name": name, "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = folder / f".{PINS}-{os.getpid()}"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(pins, file, indent=1, sort_keys=True)
    fresh.replace(folder / PINS)
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.reports.typed"] = r'''
"""What users typed: entries hold commitments only, and an audit carries what opens them, or when that was erased."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from jupyter_mlsec.ledger import wording
from jupyter_mlsec.ledger.commitments import Opening, told
from jupyter_mlsec.protocol.entries import AnyEntry
from jupyter_mlsec.protocol.errors import Unverified
from jupyter_mlsec.reports.statement import Said


class Log(Protocol):
    """What is needed of a ledger."""

    def opening_of(self, commitment: str) -> Opening | None: ...

    def erased_at(self, commitment: str) -> int | None: ...


def said_in(entries: Iterable[AnyEntry], log: Log) -> tuple[Said, ...]:
    """What is known of each commitment in these entries."""
    return tuple(_said(one, log) for one in _commitments(entries))


def _said(commitment: str, log: Log) -> Said:
    opening = log.opening_of(commitment)
    if opening is not None:
        return Said(commitment=commitment, salt=opening.salt, value=opening.value)
    return Said(commitment=commitment, erased_at=log.erased_at(commitment) or 0)


def _commitments(entries: Iterable[AnyEntry]) -> tuple[str, ...]:
    """The commitments that entries hold, each once, in their order."""
    found: dict[str, None] = {}

    def note(commitment: str) -> str:
        found[commitment] = None
        return commitment

    for entry in entries:
        told(entry, note)
    return tuple(found)


def read_with(entries: Sequence[AnyEntry], said: Sequence[Said]) -> tuple[AnyEntry, ...]:
    """The entries as people read them. Raises Unverified for words that are not those an entry was made with."""
    if tuple(one.commitment for one in said) != _commitments(entries):
        raise Unverified("The audit gives words for other entries than it has, or for less.")
    for one in said:
        is_opening = Opening(opening=one.commitment, salt=one.salt, value=one.value).fits
        if not is_opening and (one.salt or one.value):
            raise Unverified("The audit gives a reason in other words than those that were recorded.")
    texts = {one.commitment: one.value if one.salt else wording.erased(one.erased_at or None) for one in said}
    return tuple(told(entry, texts.__getitem__) for entry in entries)
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.reports.unseen"] = r'''
"""What the guard could not see in a run, as far as its entries tell."""

from __future__ import annotations

from jupyter_mlsec.interception import wording
from jupyter_mlsec.interception.wording import many as _many
from jupyter_mlsec.protocol.facts import Coverage, Elsewhere
from jupyter_mlsec.reports.evidence import Evidence
from jupyter_mlsec.reports.files import without_digest
from jupyter_mlsec.reports.matching import Execution

_KINDS = ("shell", "subprocess")


def not_seen(evidence: Evidence) -> tuple[str, ...]:
    """What the guard could not see in this run, as short phrases. Empty means: nothing that it knows of."""
    seen = [*wording.elsewhere(wording.total(map(coverage_of, evidence.executions()))), *_uncounted(evidence)]
    nameless = without_digest(evidence)
    if nameless:
        seen.append(f"the content of {_many(len(nameless), 'file')} (no digest)")
    unrecorded = sum(cell.state == "unrecorded" for cell in evidence.cells)
    if unrecorded:
        seen.append(
            _many(unrecorded, "cell") + " that ran outside this run (before the guard, while paused, elsewhere)"
        )
    pauses = sum(entry.to == "paused" for entry in evidence.switched)
    if pauses:
        seen.append(f"what ran while the guard was paused ({_many(pauses, 'time')})")
    if evidence.missing:
        seen.append(f"{_many(len(evidence.missing), 'entry')} of the run missing (number {evidence.missing[0]} first)")
    if evidence.opened is None:
        seen.append("how the run began (its first entry is not in the audit)")
    if evidence.troubled:
        seen.append(f"what the guard itself failed at ({_many(len(evidence.troubled), 'time')})")
    if evidence.shortened:
        seen.append(f"details too large for an entry ({_many(evidence.shortened, 'entry')})")
    seen += [f"what is off: {reason}" for reason in (evidence.opened.off if evidence.opened else ())]
    return tuple(seen)


def coverage_of(execution: Execution) -> Coverage:
    """What is known of what a cell's run could not be seen to do. Older ledgers have kinds only, in another fact."""
    if execution.coverage is not None:
        return execution.coverage
    kinds = execution.facts.unobserved if execution.facts else ()
    return Coverage(
        unobserved=tuple(Elsewhere(kind=kind if kind in _KINDS else f"{kind} call") for kind in kinds),
    )


def _uncounted(evidence: Evidence) -> list[str]:
    """Reads and writes that no watched call explains, and those that nobody counted."""
    facts = [each.coverage for each in evidence.executions() if each.coverage is not None]
    beyond = [fact for fact in facts if wording.is_unexplained(fact)]
    seen = []
    if beyond:
        read = wording.size(sum(fact.read_unexplained for fact in beyond))
        written = wording.size(sum(fact.written_unexplained for fact in beyond))
        seen.append(f"{read} read and {written} written in {_many(len(beyond), 'cell')} beyond watched calls")
    uncounted = sum("counters" not in fact.by for fact in facts)
    if uncounted:
        seen.append(f"how much {_many(uncounted, 'cell')} read and wrote (bytes were not counted there)")
    return seen
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.reports.verdict"] = r'''
"""The verdict on one audit, its words and its exit code."""

from __future__ import annotations

import msgspec

HOLDS, BROKEN, UNREADABLE, UNCONFIRMED = 0, 1, 2, 3
_PAGE_ONLY = "The evidence itself is in the audit notebook: verify that, with --page and this file."


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on one audit. `ok`: all holds; `trusted`: and its signer is one the reviewer confirmed."""

    file: str
    ok: bool
    trusted: bool = False
    readable: bool = True
    problems: tuple[str, ...] = ()
    """What does not hold, in plain words, the first thing first."""
    not_seen: tuple[str, ...] = ()
    key: str = ""
    """The signing key's fingerprint; empty when the file is not an audit that could be read so far."""
    signer: str = ""
    confirmed: str = ""
    """How the key was confirmed: `the key you trust` or `a key you pinned`."""
    notebook: str = ""
    run: str = ""
    cells: int = 0
    entries: int = 0
    policy: str = ""
    profile: str = ""
    checkpoint: str = ""
    """The log's checkpoint as a signed note, once it was found to hold."""
    page: str = ""
    """What a file that is a page and no notebook is a page of; empty for an audit notebook."""
    continues: str = ""
    """That the ledger continues an older one it was compared with, as a sentence."""
    held: str = ""
    """How many files at hand are those of the run, as a sentence."""

    @property
    def exit_code(self) -> int:
        """0 all holds and is trusted; 3 holds, key not confirmed; 1 something does not hold; 2 unreadable."""
        if not self.readable:
            return UNREADABLE
        if not self.ok:
            return BROKEN
        return HOLDS if self.trusted else UNCONFIRMED

    @property
    def verdict(self) -> str:
        """The verdict in a line."""
        if not self.readable:
            return f"UNREADABLE: {self.problems[0]}"
        if not self.ok:
            return f"DOES NOT HOLD: {self.problems[0]}"
        if self.page and self.trusted:
            return f"HOLDS: {self.page} is as it was signed by {self.confirmed}. {_PAGE_ONLY}"
        if self.page:
            begin = "CONSISTENT, but signed by a key not confirmed"
            return f"{begin}: {self.page} is as it was signed, key {self.key}. {_PAGE_ONLY}"
        unseen = f" Not seen: {'; '.join(self.not_seen)}." if self.not_seen else " Nothing is known to be unseen."
        counts = f"{_count(self.cells, 'cell')}, {_count(self.entries, 'entry')}, policy {self.policy[:8] or 'unknown'}"
        if self.trusted:
            return f"HOLDS: {counts}, signed by {self.confirmed}.{unseen}"
        return f"CONSISTENT, but signed by a key not confirmed: {counts}, key {self.key}.{unseen}"

    def __str__(self) -> str:
        """The verdict, then whatever else does not hold, then whose signature it is."""
        lines = [self.verdict, *(f"Also: {problem}" for problem in self.problems[1:])]
        if self.ok:
            lines += filter(None, (self.continues, self.held))
        if self.key:
            lines.append(f"Signer: {self.signer}, key {self.key}")
        return "\n".join(lines)


def _count(number: int, noun: str) -> str:
    plural = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"{number} {noun if number == 1 else plural}"
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.reports.verify"] = r'''
"""Verifies an audit notebook with nothing but the file itself: no ledger, no network, no trust in its author's machine.

Checked in this order, each only when those before it hold: the file is an audit; the signature holds; every cell is
what was signed; the checkpoint is signed by the same key; every entry is in the log at that checkpoint and belongs to
the run; the evidence shown is what those entries say; the file's bytes are as they were written.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from jupyter_mlsec.ledger import merkle, note
from jupyter_mlsec.protocol.entries import AnyEntry, is_of
from jupyter_mlsec.protocol.errors import Unverified, UsageError
from jupyter_mlsec.reports import canonical, comparison, dsse, layout, reading, signedpage, statement, tampering, typed
from jupyter_mlsec.reports.canonical import Json
from jupyter_mlsec.reports.evidence import Evidence, gather
from jupyter_mlsec.reports.files import artifacts
from jupyter_mlsec.reports.pages import About
from jupyter_mlsec.reports.unseen import not_seen
from jupyter_mlsec.reports.verdict import Verification
from jupyter_mlsec.vault.signing import fingerprint

_ENTRY: Any = AnyEntry  # Any: a union, which the type checker takes for no type


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """An audit taken apart, its signature found to hold, its contents not yet compared."""

    text: str
    notebook: dict[str, Json]
    envelope: dsse.Envelope
    statement: statement.Statement
    public_key: bytes


class Unreadable(Exception):
    """The file is not an audit notebook at all."""


def verify(
    path: Path | str,
    *,
    trust: Path | str | None = None,
    pins: Path | None = None,
    pin: bool = False,
    against: Path | str | None = None,
) -> Verification:
    """Verify the audit in a file.

    trust: a key file (or fingerprint) the signer must have. pins: the folder with this user's pinned keys, consulted
    when `trust` is not given; pin: remember the signer's key there if all holds. against: an older audit, or any
    checkpoint of the ledger, which this one must continue. Raises UsageError for a file that is not what it should be.
    """
    from jupyter_mlsec.reports.trust import fingerprint_from, pinned
    from jupyter_mlsec.reports.trust import pin as remember

    path = Path(path)
    wanted = fingerprint_from(trust) if trust is not None else None
    try:
        content = path.read_bytes()
    except OSError as error:
        problem = f"{path.name} could not be read: {error.strerror}."
        return Verification(file=path.name, ok=False, readable=False, problems=(problem,))
    found = check(content, path.name)
    if found.page and against is not None:
        raise UsageError(f"{path.name} is a page: only an audit notebook can be compared with an older one.")
    if found.ok and against is not None:
        found = _compared(found, content, Path(against))
    if not found.ok:
        return found
    if wanted is not None:
        return msgspec.structs.replace(found, trusted=found.key == wanted, confirmed="the key you trust")
    if pins is None:
        return found
    if pin:
        remember(found.key, found.signer, pins)
    return msgspec.structs.replace(found, trusted=found.key in pinned(pins), confirmed="a key you pinned")


def _compared(found: Verification, content: bytes, older: Path) -> Verification:
    """The verdict with what the comparison adds to it."""
    try:
        other = older.read_bytes()
    except OSError as error:
        raise UsageError(f"{older} could not be read: {error.strerror}.") from None
    audit = opened(content)
    newer = _of_audit(found, audit)
    try:
        carried = _carried(other, older.name, audit.public_key)
        problem = comparison.contradiction(newer, carried)
    except Unreadable as error:
        raise UsageError(f"{older} is no audit and no checkpoint to compare with: {error}") from None
    except Unverified as error:
        problem = f"{older.name}, to be compared with, does not hold itself: {error}"
    if problem:
        return msgspec.structs.replace(found, ok=False, problems=(problem,))
    return msgspec.structs.replace(found, continues=comparison.agreement(newer, carried))


def _of_audit(found: Verification, audit: Opened) -> comparison.Carried:
    checkpoint, log = note.parse_checkpoint(found.checkpoint), audit.statement.predicate.log
    return comparison.Carried(file=found.file, key=found.key, checkpoint=checkpoint, log=log)


def _carried(content: bytes, name: str, public_key: bytes) -> comparison.Carried:
    """What an audit carries of its ledger, or a checkpoint that stands alone and was signed by this key."""
    if content.lstrip()[:1] == b"{":
        found = check(content, name)
        if not found.ok:
            raise Unverified(found.problems[0]) if found.readable else Unreadable(found.problems[0])
        return _of_audit(found, opened(content))
    try:
        checkpoint = note.parse_checkpoint(content)
    except Unverified as error:
        raise Unreadable(str(error)) from None
    if note.signed_by(checkpoint, [public_key]) is None:
        raise Unverified("it is a checkpoint that the audit's key did not sign.")
    return comparison.Carried(file=name, key=fingerprint(public_key), checkpoint=checkpoint)


def check(content: bytes, name: str = "the audit") -> Verification:
    """Verify the bytes of an audit, or of an audit's page. Trusts no key: `trusted` is False."""
    if signedpage.is_page(content):
        return _check_page(content, name)
    try:
        audit = opened(content)
    except Unreadable as error:
        return Verification(file=name, ok=False, readable=False, problems=(str(error),))
    except Unverified as error:
        return Verification(file=name, ok=False, problems=(str(error),))
    said = audit.statement.predicate
    base = Verification(
        file=name,
        ok=False,
        key=fingerprint(audit.public_key),
        signer=said.signer.name,
        notebook=said.notebook,
        run=said.run,
        entries=len(said.log.entries),
    )
    try:
        problems = tuple(_changed(audit))
    except RecursionError:
        problems = ("The notebook is nested deeper than any we write: it was edited after signing.",)
    if problems:
        return msgspec.structs.replace(base, problems=problems)
    try:
        checkpoint = _checkpoint(said, audit.public_key)
        evidence = _evidence(audit, checkpoint)
    except Unverified as error:
        return msgspec.structs.replace(base, problems=(str(error),))
    problems = (*_misquoted(audit, evidence, checkpoint), *_rewritten(audit))
    return msgspec.structs.replace(
        base,
        ok=not problems,
        problems=problems,
        not_seen=(*not_seen(evidence), *_unrendered(said)),
        cells=len(evidence.cells),
        policy=evidence.opened.policy.removeprefix("sha256:") if evidence.opened else "",
        profile=evidence.opened.profile if evidence.opened else "",
        checkpoint=checkpoint.note,
    )


def _check_page(content: bytes, name: str) -> Verification:
    """A page is its signer's word; whether the evidence holds is for the audit to show."""
    try:
        page = signedpage.opened(content)
    except Unverified as error:
        return Verification(file=name, ok=False, problems=(str(error),))
    said = page.said
    return Verification(
        file=name,
        ok=True,
        key=page.key,
        signer=said.signer.name,
        notebook=said.notebook,
        run=said.run,
        page=f"the page of the audit of {said.notebook} (run {said.run})",
    )


def opened(content: bytes) -> Opened:
    """Take an audit apart and check its signature. Raises Unreadable for no audit, Unverified for a broken one."""
    try:
        text = content.decode("utf-8")
        notebook = reading.parsed(text)
    except reading.NamedTwice:
        raise Unverified("The file names the same key of an object twice: it was edited after signing.") from None
    except (ValueError, RecursionError):
        raise Unreadable("The file is not JSON, so it is no notebook, or it was damaged.") from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise Unreadable("The file is not a Jupyter notebook.")
    metadata = notebook.get("metadata")
    ours = metadata.get("mlsec") if isinstance(metadata, dict) else None
    if not isinstance(ours, dict) or "attestation" not in ours:
        raise Unreadable("The notebook carries no attestation: it is not an audit notebook.")
    if set(ours) != {"attestation"}:
        raise Unverified("Something was added beside the attestation, where nothing is signed.")
    try:
        envelope = msgspec.convert(ours["attestation"], dsse.Envelope)
        said = reading.typed(dsse.payload_of(envelope), statement.Statement)
    except (msgspec.ValidationError, ValueError, RecursionError):
        raise Unverified("The attestation is not in the form we write: it was damaged or edited.") from None
    key = dsse.unbase64(said.predicate.signer.public_key, "The signer's key in the attestation")
    dsse.check(envelope, key)
    if said.type != statement.STATEMENT_TYPE or said.predicate_type != statement.PREDICATE_TYPE:
        raise Unverified("The attestation states something else than an audit.")
    return Opened(text=text, notebook=notebook, envelope=envelope, statement=said, public_key=key)


def _changed(audit: Opened) -> Iterator[str]:
    """What of the notebook is not what was signed. Cells are looked at one by one only when something is wrong."""
    said = audit.statement
    signed = [(cell.id, cell.type) for cell in said.predicate.cells]
    found = [(cell.get("id"), cell.get("cell_type")) if isinstance(cell, dict) else None for cell in _cells(audit)]
    digest = canonical.notebook_digest(audit.notebook)
    if said.subject and said.subject[0].digest.get("sha256") == digest and found == signed:
        return
    named = tuple(tampering.differences(audit.notebook, said.predicate.cells, said.predicate.frame))
    yield from named or ("The notebook is not the one that was signed.",)


def _cells(audit: Opened) -> list[Json]:
    cells: list[Json] = audit.notebook["cells"]
    return cells


def _checkpoint(said: statement.Predicate, key: bytes) -> note.Checkpoint:
    checkpoint = note.parse_checkpoint(said.log.checkpoint)
    if note.signed_by(checkpoint, [key]) is None:
        raise Unverified("The ledger's checkpoint is not signed by the key that signed the audit.")
    return checkpoint


def _entries(said: statement.Predicate, checkpoint: note.Checkpoint) -> tuple[AnyEntry, ...]:
    """The run's entries, each shown to be in the log. Raises Unverified naming the first that is not."""
    try:
        nodes = [bytes.fromhex(node) for node in said.log.nodes]
    except ValueError:
        raise Unverified("The audit's proofs hold something that is no hash.") from None
    entries: list[AnyEntry] = []
    before = -1
    for proven in said.log.entries:
        raw = proven.entry.encode("utf-8", "surrogatepass")
        if proven.index <= before:
            raise Unverified(f"Entry {proven.index} of the ledger stands twice or out of order in the audit.")
        before = proven.index
        if any(not 0 <= place < len(nodes) for place in proven.path):
            raise Unverified(f"The proof of entry {proven.index} points nowhere.")
        proof = [nodes[place] for place in proven.path]
        if not merkle.verify_inclusion(proven.index, checkpoint.size, merkle.leaf_hash(raw), proof, checkpoint.root):
            raise Unverified(
                f"Entry {proven.index} is not in the ledger at this checkpoint: it was edited, or the checkpoint was."
            )
        try:
            entry = reading.typed(raw, _ENTRY)
        except ValueError:
            raise Unverified(f"Entry {proven.index} is of a kind this version does not know.") from None
        if not is_of(entry.run, said.run):
            raise Unverified(f"Entry {proven.index} belongs to another run than the audit is about.")
        entries.append(entry)
    return tuple(entries)


def _evidence(audit: Opened, checkpoint: note.Checkpoint) -> Evidence:
    said = audit.statement.predicate
    return gather(said.run, typed.read_with(_entries(said, checkpoint), said.said), own_cells(audit))


def evidence_of(audit: Opened) -> tuple[Evidence, About]:
    """What an audit found to hold says. Raises Unverified for one whose proofs do not hold after all."""
    said = audit.statement.predicate
    checkpoint = _checkpoint(said, audit.public_key)
    return _evidence(audit, checkpoint), about(said, checkpoint, fingerprint(audit.public_key))


def own_cells(audit: Opened) -> list[Json]:
    """The notebook's own cells: all but those the audit added."""
    signed = audit.statement.predicate.cells
    return [cell for cell, known in zip(_cells(audit), signed, strict=True) if known.role == "cell"]


def _misquoted(audit: Opened, evidence: Evidence, checkpoint: note.Checkpoint) -> Iterator[str]:
    """Evidence that reads otherwise than the entries say; not asked of evidence another version wrote."""
    said = audit.statement.predicate
    if said.rendering != statement.RENDERING:
        return
    shown = layout.own_texts(audit.notebook["cells"], [cell.role for cell in said.cells])
    meant = layout.expected_texts(evidence, about(said, checkpoint, fingerprint(audit.public_key)))
    if len(shown) != len(meant):
        yield "The audit shows more or less evidence than its entries give."
    if audit.statement.subject[1:] != statement.written_files(artifacts(evidence)):
        yield "The files the attestation names are not those the entries say were written."
    for place, (one, other) in enumerate(zip(shown, meant, strict=False)):
        if one != other:
            where = "The front page" if place == 0 else f"The evidence of cell {place}"
            yield f"{where} does not say what the entries say."


def about(said: statement.Predicate, checkpoint: note.Checkpoint, key: str) -> About:
    """What the front page says besides the evidence, from the signed statement."""
    return About(
        notebook=said.notebook,
        run_chosen=said.run_chosen,
        saved_at=said.saved_at,
        exported_at=said.exported_at,
        exporter=said.exporter,
        signer=said.signer.name,
        key=key,
        checkpoint=checkpoint.short,
        origin=checkpoint.origin,
        redacted=said.redacted,
        unsearched=said.unsearched,
    )


def _rewritten(audit: Opened) -> Iterator[str]:
    """Bytes that mean the same but are not as written. Line ends of another system and the last one are let pass."""
    text = audit.text
    if text.count("\r\n") == text.count("\n"):
        text = text.replace("\r\n", "\n")
    text = text.removesuffix("\n") + "\n"
    envelope = audit.envelope
    hollow = text.replace(envelope.payload, "", 1).replace(envelope.signatures[0].sig, "", 1)
    is_whole = canonical.text_digest(hollow) == audit.statement.predicate.text
    if not is_whole or canonical.written(audit.notebook) != text:
        yield "The file's text was changed after signing, though not its meaning (spacing, escapes or number spelling)."


def _unrendered(said: statement.Predicate) -> tuple[str, ...]:
    if said.rendering == statement.RENDERING:
        return ()
    return (f"whether the evidence reads as {said.exporter} would write it (another version)",)
'''

# ---------------------------------------------------------------------------------------------------------------
SOURCES["jupyter_mlsec.vault.signing"] = r'''
"""Signing: an Ed25519 key of this user's own, behind a `Signer` that may as well be another process.

The private key is a PKCS #8 PEM file `signer.key` (0600) in the data folder (0700), made at first use; beside it lies
`signer.pub`, the public half as PEM, which a reviewer may be given (`openssl pkey -pubin -in signer.pub -text`).
A second key, ML-DSA-44 (FIPS 204), holds against quantum computers: `signer-mldsa.key` and `.pub`, made when asked for.
Raw public keys are told apart by their length: 32 bytes are Ed25519, 1,312 are ML-DSA-44.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from jupyter_mlsec.protocol.errors import NoIdentity

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

    AnyPrivateKey = Ed25519PrivateKey | MLDSA44PrivateKey

KEY_FILE = "signer.key"
PUBLIC_FILE = "signer.pub"
SECOND = "signer-mldsa"
"""The name of the ML-DSA-44 key's files, before `.key` and `.pub`."""
WITNESS = "witness"
"""The name of the key's files with which this user cosigns other people's checkpoints."""
ML_DSA_KEY_BYTES = 1312
_PLAIN = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class Signer(Protocol):
    """Whoever signs checkpoints and audits: a key in this process, an agent, a device."""

    @property
    def name(self) -> str:
        """A short name for people: `signer-` and the beginning of the public key's digest."""

    @property
    def algorithm(self) -> str:
        """`ed25519` or `ml-dsa-44`."""

    @property
    def public_key(self) -> bytes:
        """The raw public key, 32 or 1,312 bytes."""

    def sign(self, message: bytes) -> bytes:
        """The raw signature: 64 bytes (RFC 8032), or 2,420 (FIPS 204)."""


class LocalSigner:
    """A signer whose key this process holds. Its repr names the public key only."""

    def __init__(self, key: AnyPrivateKey) -> None:
        self._key = key
        self.public_key = key.public_key().public_bytes_raw()
        self.algorithm = "ed25519" if len(self.public_key) == 32 else "ml-dsa-44"
        self.name = short_name(self.public_key)

    def sign(self, message: bytes) -> bytes:
        """See `Signer.sign`."""
        return self._key.sign(message)

    def __repr__(self) -> str:
        return f"<LocalSigner {fingerprint(self.public_key)}>"


def short_name(public_key: bytes) -> str:
    """A short name of a key for people."""
    return f"signer-{hashlib.sha256(public_key).hexdigest()[:8]}"


def fingerprint(public_key: bytes) -> str:
    """How people compare keys: `SHA256:` and the digest of the raw public key in hex."""
    return f"SHA256:{hashlib.sha256(public_key).hexdigest()}"


def local_signer(data_folder: Path) -> LocalSigner:
    """This user's signer; the key is made at first use. Raises NoIdentity when the file is not safe to use."""
    return _local(data_folder, KEY_FILE.removesuffix(".key"), _new_ed25519)


def local_second(data_folder: Path) -> LocalSigner | None:
    """This user's ML-DSA-44 signer, made at first use; None where the system's cryptography has no ML-DSA.

    Raises NoIdentity as `local_signer` does.
    """
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        return _local(data_folder, SECOND, _new_ml_dsa)
    except UnsupportedAlgorithm:
        return None


def local_witness(data_folder: Path) -> LocalSigner:
    """The Ed25519 key with which this user cosigns others' checkpoints: by C2SP never the one of an own ledger."""
    return _local(data_folder, WITNESS, _new_ed25519)


def load_signer(path: Path) -> LocalSigner:
    """The signer whose private key, Ed25519 or ML-DSA-44, a PEM file of ours holds.

    Raises NoIdentity for a file that is not there, not one, or that others can read.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(_read_private(path), password=None)
    except OSError as error:
        raise NoIdentity(f"The signing key was not read: {path.name} ({error.strerror}).") from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise NoIdentity(f"{path.name} holds no private key that can be used (PEM, without a passphrase).") from None
    return LocalSigner(_only_ours(key, path, wants_ml_dsa=isinstance(key, MLDSA44PrivateKey)))


def known_keys(data_folder: Path) -> tuple[bytes, ...]:
    """The raw public keys that this user's checkpoints carry, Ed25519 first; the second only if it was ever made."""
    second = local_second(data_folder) if (data_folder / f"{SECOND}.key").exists() else None
    first = local_signer(data_folder).public_key
    return (first,) if second is None else (first, second.public_key)


def load_public_key(path: Path) -> bytes:
    """The raw key of a PEM public key file such as `signer.pub`. Raises NoIdentity when it is not one."""
    raw = load_any_public_key(path)
    if len(raw) == ML_DSA_KEY_BYTES:
        raise NoIdentity(f"{path.name} holds a public key of another kind; an Ed25519 key is needed.")
    return raw


def load_any_public_key(path: Path) -> bytes:
    """The raw Ed25519 or ML-DSA-44 key of a PEM public key file. Raises NoIdentity when it is neither."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm):
        raise NoIdentity(f"{path.name} could not be read as a public key (PEM, Ed25519).") from None
    if not isinstance(key, Ed25519PublicKey | MLDSA44PublicKey):
        raise NoIdentity(f"{path.name} holds a public key of another kind; an Ed25519 key is needed.")
    return key.public_bytes_raw()


def verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is that key's signature over exactly these bytes: Ed25519, or ML-DSA-44 by its length."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

    kind = MLDSA44PublicKey if len(public_key) == ML_DSA_KEY_BYTES else Ed25519PublicKey
    try:
        kind.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError, UnsupportedAlgorithm):
        return False
    return True


def _new_ed25519() -> AnyPrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.generate()


def _new_ml_dsa() -> AnyPrivateKey:
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

    return MLDSA44PrivateKey.generate()


def _local(data_folder: Path, name: str, make: Callable[[], AnyPrivateKey]) -> LocalSigner:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    path = data_folder / f"{name}.key"
    try:
        text = _read_private(path)
    except FileNotFoundError:
        _make_key(data_folder, name, make())
        text = _read_private(path)
    except OSError as error:
        raise NoIdentity(f"The signing key was not read: {path.name} ({error.strerror}).") from None
    try:
        key = load_pem_private_key(text, password=None)
    except (ValueError, TypeError):
        raise NoIdentity(f"{path} holds no signing key. Move it away; a new key is made at the next use.") from None
    return LocalSigner(_only_ours(key, path, wants_ml_dsa=name == SECOND))


def _only_ours(key: object, path: Path, *, wants_ml_dsa: bool) -> AnyPrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

    if wants_ml_dsa and isinstance(key, MLDSA44PrivateKey):
        return key
    if not wants_ml_dsa and isinstance(key, Ed25519PrivateKey):
        return key
    wanted = "ML-DSA-44" if wants_ml_dsa else "Ed25519"
    raise NoIdentity(f"{path} holds a key of another kind; an {wanted} key is needed.")


def _read_private(path: Path) -> bytes:
    """The file's bytes, if it is a plain file of ours that nobody else can read."""
    descriptor = os.open(path, os.O_RDONLY | _PLAIN)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise NoIdentity(f"{path} is not a plain file, so it is not used as a signing key.")
        if os.name == "posix":
            if status.st_uid != os.geteuid():
                raise NoIdentity(f"{path} belongs to another user, so it is not used as a signing key.")
            if status.st_mode & 0o077:
                raise NoIdentity(f"{path} can be read or changed by others. Run: chmod 600 {path}")
        return file.read()


def _make_key(data_folder: Path, name: str, key: AnyPrivateKey) -> None:
    """Put key and public file there. Of two processes at once one wins, whole; the other uses the winner's."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    try:
        data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _place(data_folder / f"{name}.key", private):
            with contextlib.suppress(FileNotFoundError):
                (data_folder / f"{name}.pub").unlink()  # of a key that is gone
            _place(data_folder / f"{name}.pub", public)
    except OSError as error:
        raise NoIdentity(f"No signing key could be made in {data_folder}: {error.strerror}.") from None


def _place(path: Path, content: bytes) -> bool:
    """Write a new 0600 file that appears whole or not at all; False if there was one already."""
    temporary = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _PLAIN
    descriptor = os.open(temporary, flags, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)  # unlike rename, never replaces
    except FileExistsError:
        return False
    finally:
        temporary.unlink()
    return True
'''

# ---------------------------------------------------------------------------------------------------------------
# The modules above are found here before anything that is installed.

import importlib.abc
import importlib.util


class Inside(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the modules of this file, and the packages they are said to lie in."""

    def find_spec(self, name, path=None, target=None):
        is_package = any(other.startswith(name + ".") for other in SOURCES)
        if name in SOURCES or is_package:
            return importlib.util.spec_from_loader(name, self, is_package=is_package)
        return None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        name = module.__name__
        exec(compile(SOURCES.get(name, ""), f"<{name} in verify_audit.py>", "exec", dont_inherit=True), vars(module))


def main(words):
    """Verify; the exit code."""
    if importlib.util.find_spec("cryptography") is None:
        sys.stderr.write("verify_audit.py needs the package cryptography: pip install cryptography\n")
        return 2
    sys.meta_path.insert(0, Inside())
    from jupyter_mlsec import cli
    from jupyter_mlsec.cli import verify

    verify.PROGRAM = "verify_audit.py"
    return cli.main(["verify", *words])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
