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
