"""What cells show, on its way to the front end: texts are kept for the cell's end, and redacted where the policy asks.

Everything a kernel publishes leaves by `Session.send`: streams, displays, results, tracebacks, tooltips. One stand-in
there sees each message before it is signed. Printed text is taken where it is written, so that a cell's end need not
wait for the thread that sends it.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from jupyter_mlsec.controls.contract import Looks
from jupyter_mlsec.session.figures import drawn, is_figure
from jupyter_mlsec.session.house import House

KEPT = 65_536
"""Characters of one cell's outputs that are kept until it ends."""
HELD = 4_096
"""Characters of an unfinished line that are held back, so that no value is published in two halves."""
_DATA = frozenset(("display_data", "update_display_data", "execute_result", "inspect_reply"))
_ERRORS = frozenset(("error", "execute_reply"))
_AFTER = frozenset((*_DATA, "error", "clear_output", "input_request", "status", "execute_reply"))
"""Messages before which a held line must be out."""
_OPAQUE = ("image/png", "image/jpeg", "image/gif", "audio/", "video/", "application/pdf", "application/octet-stream")
Redact = Callable[[str, str], str]


class Outputs:
    """One shell's outputs. Without a kernel (plain IPython) nothing is seen, and nothing is redacted."""

    def __init__(self, house: House, shell: Any) -> None:
        self._house = house
        self._shell = shell
        self._session: Any = getattr(getattr(shell, "kernel", None), "session", None)
        self._send: Any = None
        self._format: Any = None
        self._writers: list[tuple[Any, Any, Any]] = []
        self._texts: list[str] = []
        self._length = 0
        self._is_within_line = False
        self._is_open = False
        self._is_wanted = False
        """Whether anybody wants to know what the running cell shows."""
        self._lines = Lines()

    def open(self) -> None:
        """Stand in for what publishes."""
        if self._session is None or self._is_open:
            return
        self._is_open = True
        self._send = self._session.send
        self._session.send = self._pass
        formatter = getattr(self._shell, "display_formatter", None)
        if formatter is not None:
            self._format = formatter.format
            formatter.format = self._formatted

    def close(self) -> None:
        """Take every stand-in back."""
        if not self._is_open:
            return
        self._is_open = False
        self._lines.release(self._send)
        self._leave_streams()
        _take_back(self._session, "send", self._pass)
        _take_back(getattr(self._shell, "display_formatter", None), "format", self._formatted)

    def begin(self) -> None:
        """A cell begins: what was shown before is no part of it."""
        self._texts, self._length, self._is_within_line = [], 0, False
        self._leave_streams()
        self._is_wanted = self._is_open and self._looks()
        if self._is_wanted:
            for stream in (sys.stdout, sys.stderr):
                if hasattr(stream, "pub_thread"):
                    self._listen(stream)

    def shown(self) -> tuple[str, ...]:
        """The cell is over: the texts it showed, as far as they were kept."""
        self._leave_streams()
        return ("".join(self._texts),) if self._texts else ()

    def is_within_line(self) -> bool:
        """Whether the cell left its last printed line unfinished; asked once, by whoever ends that line."""
        found, self._is_within_line = self._is_within_line, False
        return found

    def _listen(self, stream: Any) -> None:
        """Hear what is written until the cell ends: IPython itself stands in there (`_tee`) for just as long."""
        write = stream.write

        def keeps(text: Any) -> Any:
            if isinstance(text, str) and text:
                self._is_within_line = text[-1] != "\n"
                if self._length < KEPT:
                    self._keep(text)
            return write(text)

        self._writers.append((stream, keeps, stream.__dict__.get("write")))
        stream.write = keeps

    def _leave_streams(self) -> None:
        for stream, ours, before in self._writers:
            if stream.__dict__.get("write") is not ours:
                continue
            if before is None:
                del stream.__dict__["write"]
            else:
                stream.write = before
        self._writers.clear()

    def _keep(self, text: str) -> None:
        if self._length < KEPT and self._is_wanted:
            kept = text[: KEPT - self._length]
            self._texts.append(kept)
            self._length += len(kept)

    def _keep_apart(self, text: str) -> None:
        """Keep a text that is not the continuation of the one before."""
        self._keep(f"\n{text}\n")

    def _looks(self) -> bool:
        return self._house.scope.active and any(one.looks for one in self._lookers())

    def _redactor(self) -> Redact | None:
        if not self._house.scope.active:
            return None
        subject = self._house.scope.subject.name
        found = (one.redactor(subject) for one in self._lookers())
        return next((redact for redact in found if redact is not None), None)

    def _lookers(self) -> Iterator[Looks]:
        """The controls that look. `isinstance` with a Protocol takes longer than a cell's end may."""
        for control in self._house.controls.values():
            if hasattr(type(control), "redactor"):
                yield cast(Looks, control)

    def _pass(self, stream: Any, message: Any, content: Any = None, *rest: Any, **named: Any) -> Any:
        """`Session.send`, for every message of the kernel: most go by at the cost of one look."""
        kind = message if isinstance(message, str) else message.get("msg_type") or message["header"]["msg_type"]
        send = self._send
        if not self._is_open or (kind not in _AFTER and kind != "stream"):
            return send(stream, message, content, *rest, **named)
        if kind in _AFTER:
            self._lines.release(send)
        given = content if isinstance(message, str) else message.get("content")
        if not isinstance(given, Mapping):
            return send(stream, message, content, *rest, **named)
        if kind in _DATA or kind == "error":
            for text in _texts_in(kind, given):
                self._keep_apart(text)
        redact = self._redactor()
        if redact is None:
            return send(stream, message, content, *rest, **named)
        if kind == "stream":
            given = {**given, "text": self._lines.whole(given, (stream, message, rest, named), redact)}
            if not given["text"]:
                return None
        changed = _changed(kind, given, redact)
        if isinstance(message, str):
            return send(stream, message, changed, *rest, **named)
        return send(stream, {**message, "content": changed}, content, *rest, **named)

    def _formatted(self, value: Any, *rest: Any, **named: Any) -> Any:
        """`DisplayFormatter.format`: what can be told of an object no more when it is a text or a picture."""
        redact = self._redactor() if self._is_open else None
        if redact is not None:
            subject = self._house.scope.subject.name
            for control in self._lookers():
                value = control.displayed(value, subject)
        if not is_figure(value) or not (self._is_wanted or redact):
            return self._format(value, *rest, **named)
        with drawn(value, self._keep_apart, redact):
            return self._format(value, *rest, **named)


def _take_back(owner: Any, name: str, ours: Any) -> None:
    """Take a stand-in of ours from an object; one that was put over it since stays, and finds us out of the way."""
    if owner is not None and vars(owner).get(name) == ours:
        delattr(owner, name)


class Lines:
    """Printed text by whole lines, where it is redacted: the end of a line may be what a value needs to be known."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, tuple[str, tuple[Any, ...], Redact]] = {}

    def whole(self, content: Mapping[str, Any], call: tuple[Any, ...], redact: Redact) -> str:
        """What of this may go out now, redacted; the rest waits for its line's end."""
        name, text = str(content.get("name")), str(content.get("text", ""))
        with self._lock:
            text = self._held.pop(name, ("",))[0] + text
            end = max(text.rfind("\n"), text.rfind("\r")) + 1
            if len(text) - end > HELD:
                end = len(text)
            if end < len(text):
                self._held[name] = (text[end:], call, redact)
        return redact("text/plain", text[:end])

    def release(self, send: Any) -> None:
        """Send what is held, redacted, as the messages it came in would have been sent."""
        if not self._held:
            return
        with self._lock:
            held, self._held = self._held, {}
        for name, (text, (stream, message, rest, named), redact) in held.items():
            content = {"name": name, "text": redact("text/plain", text)}
            if isinstance(message, str):
                send(stream, message, content, *rest, **named)
            else:
                send(stream, {**message, "content": content}, None, *rest, **named)


def _changed(kind: str, content: Mapping[str, Any], redact: Redact) -> Mapping[str, Any]:
    """The content of a message with its texts redacted; pictures and sound stay."""
    if kind in _DATA and isinstance(content.get("data"), Mapping):
        data = {
            mime: value if str(mime).startswith(_OPAQUE) else _redacted(value, str(mime), redact)
            for mime, value in content["data"].items()
        }
        return {**content, "data": data}
    if kind in _ERRORS:
        told = {name: content[name] for name in ("evalue", "traceback", "user_expressions") if name in content}
        return {**content, **_redacted(told, "text/plain", redact)}
    return content


def _redacted(value: Any, mime: str, redact: Redact) -> Any:
    if isinstance(value, str):
        return redact(mime, value)
    if isinstance(value, Mapping):
        return {key: _redacted(inner, mime, redact) for key, inner in value.items()}
    return [_redacted(inner, mime, redact) for inner in value] if isinstance(value, list) else value


def _texts_in(kind: str, content: Mapping[str, Any]) -> Iterator[str]:
    """The texts of a message, each once: of HTML and plain text of the same table, the HTML."""
    if kind == "error":
        yield str(content.get("evalue", ""))
        yield from map(str, content.get("traceback") or ())
    elif kind != "inspect_reply" and isinstance(content.get("data"), Mapping):
        data = content["data"]
        told = "text/html" if isinstance(data.get("text/html"), str) else "text/plain"
        for mime, value in data.items():
            if mime == told or (not str(mime).startswith((*_OPAQUE, "text/"))):
                yield from _strings(value)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value[:1000]:
            yield from _strings(inner)
