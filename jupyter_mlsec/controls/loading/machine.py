"""What a pickle would name, call and pass on, found by following its stack without carrying anything out."""

from __future__ import annotations

import io
from typing import IO, Any, NamedTuple

from jupyter_mlsec.controls.loading.opcodes import Malformed, opcodes

MOST_OPCODES = 20_000_000
_MOST_KEPT = 64
"""Entries of a dict or tuple that are remembered: enough for the state of an array's wrapper."""
_MOST_DEEP = 8
_MOST_LOOKED_AT = 256


class Name(NamedTuple):
    """A global that a pickle names."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


class Use(NamedTuple):
    """How a name is used: `call` (with arguments), `new` (made without its constructor; `empty`: with no arguments
    either), `passed` to the call `by`.

    `changed`: its attributes are set. `attribute`: it is `getattr`, and takes the one that `by` names; that is then
    called too where it says `method called`.
    """

    how: str
    by: Name | None = None


class Findings:
    """What one or more streams want. `computed`: something is called that is not named but made by the stream."""

    def __init__(self) -> None:
        self.uses: dict[Name, set[Use]] = {}
        self.first: dict[Name, int] = {}
        self.computed = False
        self.unclear: str | None = None
        """Why not all could be followed."""
        self.streams = 0
        self.whole: Name | None = None
        """The name that the last stream is, when it is nothing else: a function or class, handed out as it is."""

    def named(self, name: Name, at: int) -> None:
        self.uses.setdefault(name, set())
        self.first.setdefault(name, at)


class Made:
    """What a call or NEWOBJ gives: by what it was made, from what, and the state that was put into it."""

    __slots__ = ("arguments", "by", "state")

    def __init__(self, by: Any, arguments: Any) -> None:
        self.by = by
        self.arguments = arguments
        self.state: Any = None


class _Other:
    """Any value that does not matter here."""


_GETATTR = (Name("builtins", "getattr"), Name("__builtin__", "getattr"))
_OTHER = _Other()
_MARK = object()
_CONSTANTS = frozenset(
    {"INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "NEWTRUE", "NEWFALSE", "NONE"}
    | {"UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "STRING", "BINSTRING", "SHORT_BINSTRING"}
)
_PLAIN = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_OPAQUE = frozenset({"FLOAT", "BINFLOAT", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8", "PERSID"})
_NOTHING = frozenset({"PROTO", "FRAME", "STOP", "READONLY_BUFFER"})


class Machine:
    """Follows one stream. `raw`: asked after each BUILD with what was built; it may move the file past raw bytes."""

    def __init__(self, file: IO[bytes], found: Findings, deep: int = 0) -> None:
        self.file = file
        self.found = found
        self.deep = deep
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.left = MOST_OPCODES
        self.at = 0

    def run(self) -> None:
        """To the stream's STOP. Raises Malformed."""
        seen = 0
        start = self.file.tell()
        while True:  # raw bytes behind a BUILD end one walk and begin the next
            resumed = False
            for name, argument, at in opcodes(self.file, self.left - seen):
                seen += 1
                self.at = at
                try:
                    self._step(name, argument)
                except (IndexError, KeyError, ValueError, TypeError):
                    raise Malformed(f"its {name} has nothing to work on", at) from None
                if name == "STOP":
                    break
                if name == "BUILD" and self._is_followed_by_raw_bytes():
                    resumed = True
                    break
            if not resumed:
                self.found.streams += 1
                self.found.whole = self.stack[-1] if self.stack and isinstance(self.stack[-1], Name) else None
                return
            if self.file.tell() <= start:
                raise Malformed("it goes in a circle", start)
            start = self.file.tell()

    def _step(self, name: str, argument: Any) -> None:
        stack = self.stack
        if name in _CONSTANTS:
            stack.append(_PLAIN.get(name, argument))
        elif name in _OPAQUE:
            stack.append(_OTHER)
        elif name in _NOTHING:
            pass
        else:
            step = getattr(self, f"_{name.lower()}", None)
            if step is None:
                raise Malformed(f"it has an opcode not known here ({name})", self.at)
            step(argument)

    # -- names ------------------------------------------------------------------------------------------------
    def _global(self, argument: str) -> None:
        module, _, name = argument.partition(" ")
        self._push_name(module, name)

    def _stack_global(self, _: Any) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        if not isinstance(module, str) or not isinstance(name, str):
            raise Malformed("it computes what it names", self.at)
        self._push_name(module, name)

    def _inst(self, argument: str) -> None:
        arguments = self._to_mark()
        self._global(argument)
        self._call(self.stack.pop(), tuple(arguments), "call")

    def _push_name(self, module: str, name: str) -> None:
        found = Name(module, name)
        self.found.named(found, self.at)
        self.stack.append(found)

    # -- calls ------------------------------------------------------------------------------------------------
    def _reduce(self, _: Any) -> None:
        arguments, callee = self.stack.pop(), self.stack.pop()
        self._call(callee, arguments, "call")

    def _newobj(self, _: Any) -> None:
        arguments, kind = self.stack.pop(), self.stack.pop()
        self._call(kind, arguments, "new" if arguments != () else "empty")

    def _newobj_ex(self, _: Any) -> None:
        keywords, arguments, kind = self.stack.pop(), self.stack.pop(), self.stack.pop()
        self._call(kind, (arguments, keywords), "new")

    def _obj(self, _: Any) -> None:
        kind, *arguments = self._to_mark()
        self._call(kind, tuple(arguments), "call")

    def _call(self, callee: Any, arguments: Any, how: str) -> None:
        if isinstance(callee, Name):
            of = _attribute_of(callee, arguments)
            self.found.uses[callee].add(Use(how) if of is None else Use("attribute", of))
        elif isinstance(callee, Made) and (method := _attribute_of(callee.by, callee.arguments)) is not None:
            self.found.uses[callee.by].add(Use("method called", method))
        else:
            self.found.computed = True
        for passed in _names_in(arguments):
            self.found.uses[passed].add(Use("passed", callee if isinstance(callee, Name) else None))
        self.stack.append(Made(callee, arguments))

    def _build(self, _: Any) -> None:
        state = self.stack.pop()
        built = self.stack[-1]
        if isinstance(built, Made):
            built.state = state
        elif isinstance(built, Name):  # attributes of a class or function would be set
            self.found.uses[built].add(Use("changed"))

    # -- containers -------------------------------------------------------------------------------------------
    def _mark(self, _: Any) -> None:
        self.stack.append(_MARK)

    def _to_mark(self) -> list[Any]:
        stack = self.stack
        for place in range(len(stack) - 1, -1, -1):
            if stack[place] is _MARK:
                found = stack[place + 1 :]
                del stack[place:]
                return found
        raise ValueError("no mark")

    def _tuple(self, _: Any) -> None:
        self.stack.append(tuple(self._to_mark()))

    def _empty_tuple(self, _: Any) -> None:
        self.stack.append(())

    def _tuple1(self, _: Any) -> None:
        self._last(1)

    def _tuple2(self, _: Any) -> None:
        self._last(2)

    def _tuple3(self, _: Any) -> None:
        self._last(3)

    def _last(self, count: int) -> None:
        found = tuple(self.stack[-count:])
        if len(found) < count:
            raise IndexError
        del self.stack[-count:]
        self.stack.append(found)

    def _empty_list(self, _: Any) -> None:
        self.stack.append([])

    def _empty_set(self, _: Any) -> None:
        self.stack.append(_OTHER)

    def _empty_dict(self, _: Any) -> None:
        self.stack.append({})

    def _list(self, _: Any) -> None:
        self.stack.append(self._to_mark()[:_MOST_KEPT])

    def _frozenset(self, _: Any) -> None:
        self._to_mark()
        self.stack.append(_OTHER)

    def _dict(self, _: Any) -> None:
        items = self._to_mark()
        self.stack.append({})
        self._keep(items)

    def _append(self, _: Any) -> None:
        item = self.stack.pop()
        self._extend([item])

    def _appends(self, _: Any) -> None:
        self._extend(self._to_mark())

    def _extend(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if isinstance(target, list) and len(target) < _MOST_KEPT:
            target.extend(items[:_MOST_KEPT])
        elif isinstance(target, Made):
            target.state = items[:_MOST_KEPT]

    _additems = _appends

    def _setitem(self, _: Any) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._keep([key, value])

    def _setitems(self, _: Any) -> None:
        self._keep(self._to_mark())

    def _keep(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if isinstance(target, dict) and len(target) < _MOST_KEPT:
            for key, value in zip(items[::2], items[1::2], strict=False):
                if isinstance(key, str):
                    target[key] = value

    # -- the stack itself -------------------------------------------------------------------------------------
    def _pop(self, _: Any) -> None:
        self.stack.pop()

    def _pop_mark(self, _: Any) -> None:
        self._to_mark()

    def _dup(self, _: Any) -> None:
        self.stack.append(self.stack[-1])

    def _put(self, argument: int) -> None:
        if self.stack[-1] is _MARK:
            raise Malformed("it remembers a mark", self.at)
        self.memo[argument] = self.stack[-1]

    _binput = _long_binput = _put

    def _memoize(self, _: Any) -> None:
        self._put(len(self.memo))

    def _get(self, argument: int) -> None:
        self.stack.append(self.memo[argument])

    _binget = _long_binget = _get

    def _binpersid(self, _: Any) -> None:
        self.stack.pop()
        self.stack.append(_OTHER)

    def _next_buffer(self, _: Any) -> None:
        self.stack.append(_OTHER)

    # -- joblib: arrays lie raw between the opcodes -----------------------------------------------------------
    def _is_followed_by_raw_bytes(self) -> bool:
        built = self.stack[-1]
        if not isinstance(built, Made) or not isinstance(built.by, Name) or not isinstance(built.state, dict):
            return False
        if built.by != Name("joblib.numpy_pickle", "NumpyArrayWrapper"):
            return False
        self.stack[-1] = _OTHER
        shape, kind = built.state.get("shape"), _kind_of(built.state.get("dtype"))
        if kind is None or not isinstance(shape, tuple) or not all(isinstance(n, int) and n >= 0 for n in shape):
            raise Malformed("it holds an array whose size is not plain", self.file.tell())
        if kind == "O":
            if self.deep >= _MOST_DEEP:
                raise Malformed("it nests too deep", self.file.tell())
            Machine(self.file, self.found, self.deep + 1).run()
            return True
        size = int(kind)
        for length in shape:
            size *= length
        if "numpy_array_alignment_bytes" in built.state and built.state["numpy_array_alignment_bytes"] is not None:
            size += (self.file.read(1) or b"\0")[0]
        self._skip(size)
        return True

    def _skip(self, size: int) -> None:
        here = self.file.tell()
        end = self.file.seek(0, io.SEEK_END)
        if here + size > end:
            self.file.seek(here)
            raise Malformed("an array in it is cut off", here)
        self.file.seek(here + size)


def _attribute_of(callee: Any, arguments: Any) -> Name | None:
    """`Class.method`, where `getattr` is called for an attribute of a named class or of an object made by it."""
    if callee not in _GETATTR or not isinstance(arguments, tuple):
        return None
    owner, attribute = arguments if len(arguments) == 2 else (None, None)
    owner = owner.by if isinstance(owner, Made) else owner
    is_plain = isinstance(attribute, str) and attribute.isidentifier() and not attribute.startswith("__")
    return Name(owner.module, f"{owner.name}.{attribute}") if is_plain and isinstance(owner, Name) else None


def _kind_of(made: Any) -> str | None:
    """Bytes per item of a dtype, as text; `O` for objects; None where it is neither."""
    if not isinstance(made, Made) or made.by != Name("numpy", "dtype") or not isinstance(made.arguments, tuple):
        return None
    text = made.arguments[0] if made.arguments else None
    if not isinstance(text, str):
        return None
    if text.lstrip("<>=|").startswith("O"):
        return "O"
    digits = text.lstrip("<>=|")[1:]
    if text.lstrip("<>=|")[:1] == "U":
        return str(4 * int(digits)) if digits.isdigit() else None
    if text.lstrip("<>=|")[:1] == "V" and _holds_objects(made.state):
        return "O"
    return digits if digits.isdigit() else None


def _holds_objects(state: Any) -> bool:
    """Whether a structured dtype has object fields: numpy's flag for it is the lowest of the last number."""
    flags = state[-1] if isinstance(state, tuple) and state else 0
    return isinstance(flags, int) and bool(flags & 1)


def _names_in(value: Any) -> list[Name]:
    """Names in a call's arguments, a few levels deep and no further than a small budget."""
    found: list[Name] = []
    left, here = _MOST_LOOKED_AT, [value]
    for _ in range(_MOST_DEEP):
        below: list[Any] = []
        for each in here:
            left -= 1
            if left < 0:
                return found
            if isinstance(each, Name):
                found.append(each)
            elif isinstance(each, tuple | list):
                below.extend(each[:_MOST_KEPT])
            elif isinstance(each, dict):
                below.extend(each.values())
        here = below
        if not here:
            break
    return found
