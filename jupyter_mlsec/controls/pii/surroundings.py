"""What a value in a text stands in: digits that are money, sums, versions or sizes rather than what they look like."""

from __future__ import annotations

import re
from collections.abc import Callable

from jupyter_mlsec.controls.pii.recognizers.phones import is_valid_in
from jupyter_mlsec.controls.pii.recognizers.tokens import checks

NEAR = 24
"""Characters before and after a value that are read."""
DIALLED = ("GB", "DE", "FR", "IT", "AU", "NL", "JP", "IN", "BE", "ES", "CH", "SE", "ZA", "KR", "TR")
"""Countries whose own way of dialling is tried in texts."""
_ORDER = re.compile(
    r"(?i)(?:lot|order|case|part|sku|ref|invoice|item|serial|ticket|batch)\W{0,3}(?:no\.? |id |nr\.? )?$"
)
_SUM = re.compile(r"[\w)\]}%*] {0,2}$")
_EASTERN = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef]")
_ZIP = re.compile(r"\d{5}-\d{4}")
_STATE = re.compile(r"(?:^|[^A-Za-z])[A-Z]{2}[\s#*,]{1,8}$")
_OBJECT = re.compile(r"(?:1\.[23]|2\.(?:5|16)|192\.0\.2|198\.(?:51\.100|1[89]\.\d+)|203\.0\.113|169\.254)\.")
"""How object identifiers of ISO, and addresses kept for documentation, tests and one wire (RFC 5737), begin."""
_BASE64 = re.compile(r"[A-Za-z0-9+/]{24}")
_PREFIX = re.compile(r"/\d")
"""What stands after the address of a network."""
_RESERVED = re.compile(r"(?i)2001:0?db8:|ffff:|fe80:")
"""Addresses kept for documentation (RFC 3849) and for one wire, and masks."""


def _home(value: str, before: str, after: str) -> bool:
    if _ZIP.fullmatch(value) and (_STATE.search(before) or after.lstrip().startswith("US")):
        return False
    return any(is_valid_in(value, region) for region in DIALLED)


def _abroad(value: str, before: str, after: str) -> bool:
    """Whether it is no sum: `2 + 12345678`, with space after the sign and a term before it."""
    return not (value.startswith("+ ") and _SUM.search(before)) and not after.startswith(("*", "/"))


def _chinese(value: str, before: str, after: str) -> bool:
    """Eleven bare digits may count anything (bytes, seconds): they need a text in which such numbers are dialled."""
    return not value.isdigit() or _EASTERN.search(before + after) is not None


def _machine(value: str, before: str, after: str) -> bool:  # noqa: ARG001
    parts = [int(part) for part in value.split(".")]
    return max(parts) >= 40 and parts[0] < 224 and _OBJECT.match(value) is None and _PREFIX.match(after) is None


def _machine6(value: str, before: str, after: str) -> bool:
    if _RESERVED.match(value) or _PREFIX.match(after) or after[:1] == "." or before[-1:] == "%":
        return False
    return not (value.endswith("::") and all(len(group) < 3 for group in value.split(":")))


def _alone(value: str, before: str, after: str) -> bool:  # noqa: ARG001
    """Whether what bears a mark is no piece of a picture or file written as Base64."""
    return _BASE64.fullmatch(before) is None


def _social(value: str, before: str, after: str) -> bool:  # noqa: ARG001
    return _ORDER.search(before) is None


_RULES: dict[str, Callable[[str, str, str], bool]] = {
    "phone-home": _home, "phone-abroad": _abroad, "phone-china": _chinese, "ipv4": _machine, "ipv6": _machine6,
    "ssn": _social, "token": _alone, "token-long": _alone,
}  # fmt: skip
_SITES = re.compile(r"(?i)(?:www\.|m\.)?(?:github|twitter|x|facebook|instagram|t)\.(?:com|me)/")


def fits(name: str, value: str, text: str, start: int, end: int) -> bool:
    """Whether what stands around a value allows what the recognizer of that name takes it for."""
    rule = _RULES.get(name)
    return rule is None or rule(value, text[max(0, start - NEAR) : start], text[end : end + NEAR])


def sureness(name: str, value: str, score: float) -> float:
    """The score of a value in a text: a token whose check fails is less sure, pages of projects look like people's."""
    if name in {"token", "token-long"}:
        held = checks(value)
        return 0.995 if held else score if held is None else 0.9
    return 0.75 if name == "page" and _SITES.match(value.partition("://")[2] or value) else score
