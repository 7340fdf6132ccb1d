"""What goes through Python's logging, redacted where the policy asks for it: `[[pii.mask]] on = "log"`."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from typing import Any, cast

from jupyter_mlsec.controls.contract import Looks
from jupyter_mlsec.gate import Scope


class Logs:
    """Stands in for logging's record factory while a guard is on. Not seen: fields that are passed as `extra`."""

    def __init__(self, scope: Callable[[], Scope], controls: Callable[[], Any]) -> None:
        self._scope = scope
        self._controls = controls
        self._before: Any = None

    def open(self) -> None:
        """Stand in, once."""
        if self._before is None:
            self._before = logging.getLogRecordFactory()
            logging.setLogRecordFactory(self._made)

    def close(self) -> None:
        """Step aside; a factory that somebody set since then stays."""
        if self._before is not None and logging.getLogRecordFactory() == self._made:
            logging.setLogRecordFactory(self._before)
        self._before = None

    def _made(self, *arguments: Any, **named: Any) -> logging.LogRecord:
        record: logging.LogRecord = (self._before or logging.LogRecord)(*arguments, **named)
        redact = self._redactor(record.name)
        if redact is None:
            return record
        try:
            said = record.getMessage()
        except (TypeError, ValueError, KeyError):  # logging tells the user of arguments that do not fit
            return record
        made = redact("text/plain", said)
        if made != said:
            record.msg, record.args = made, ()
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = redact("text/plain", "".join(traceback.format_exception(*record.exc_info)).rstrip())
        return record

    def _redactor(self, logger: str) -> Callable[[str, str], str] | None:
        scope = self._scope()
        if not scope.active:
            return None
        for control in self._controls().values():
            if hasattr(type(control), "redactor"):
                found = cast(Looks, control).redactor(scope.subject.name, logger)
                if found is not None:
                    return found
        return None
