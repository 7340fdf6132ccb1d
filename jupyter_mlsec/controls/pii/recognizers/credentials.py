"""Keys, tokens and passwords that carry their own mark: a prefix, a structure, a place in a URL or an assignment."""

# ruff: noqa: E501  (patterns, kept whole)

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise

from jupyter_mlsec.controls.pii.recognizer import Recognizer
from jupyter_mlsec.controls.pii.recognizers import tokens

_BLOCK = re.compile(
    r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: "
    r"BLOCK)?-----(?:[A-Za-z0-9+/=\s\\:,\"'-]{0,6000}?-----END [A-Z0-9 ]{1,40}-----|(?:[\s\"']|\\n){0,8}[A-Za-z0-9+/]{20,80})?"
)
_URL = re.compile(
    r"(?<![A-Za-z0-9+.-])[a-zA-Z][a-zA-Z0-9+.-]{1,24}://[^\s:/@'\"<>]{0,64}:(?P<secret>[^\s/@'\"<>]{3,128})@(?P<host>[^"
    r"\s/'\"<>,;:?]{2,253})[^\s'\"<>,;]{0,200}"
)
_NAME = (
    r"(?<![Pp]ublic)(?<![Pp]ublic[_-])(?<!PUBLIC_)(?<!ublicKey)(?:(?<![A-Za-z])|(?<=[a-z])(?=[A-Z]))(?ai:passwords?|passwd|passwort|passphrase|passcode|pass|pwd|secrets?|credentials?|"
    r"(?:api|access|auth|secret|account|private|signing|encryption|master|shared|service|subscription|storage|client|app|admin|license|host|"
    r"consumer|session|webhook|deploy|ssh|master|integration|management|instrumentation|project|write|read)[_-]?keys?|"
    r"(?:auth|access|client|consumer|app|webhook|signing|shared|oauth)[_-]?(?:secret|token)s?|tokens?|auth(?:orization)?|contrase[^ =:]{1,2}a|mot[_ ]?de[_ ]?passe|haslo|senha)"
)
_WORDS = r"(?i:pass|pwd|secret|key|token|credential|auth|haslo|senha|contrase)"
_SIGN = r"['\"]?\]?(?:[ \t]?:[ \t]?[A-Za-z_][A-Za-z0-9_.\[\], |]{0,30})?[ \t]{0,4}(?:={1,3}|:=|:|=>|,)[ \t]{0,4}"
_QUOTED = re.compile(_NAME + _SIGN + r"(?:[A-Za-z_.]{1,20}\()?[rRbBuUfF]{0,2}(?P<q>['\"])(?P<v>[^\n'\"]{6,300})(?P=q)")
_BARE = re.compile(
    r"(?<!svg\?)" + _NAME + r"['\"]?[ \t]?(?:=|:|=>)[ \t]?(?P<v>[^\s'\",;<>{}()\[\]&]{6,200})(?=[\s'\",;<>)\]}&]|$)"
)
_BEARER = re.compile(
    r"(?i:authorization['\"]?\s?[:=,]\s{0,3}[fb]?['\"]?(?:(?:bearer|basic|token|apikey)\s)?|"
    r"(?<![A-Za-z])bearer\s|x-[a-z-]{0,24}(?:key|token)['\"]?\s?[:=,]\s?['\"]?)(?P<v>[A-Za-z0-9._~+/=-]{16,2000})"
)
_USER = re.compile(
    r"\bcurl\b[^\n]{0,300}?\s(?:-u|--user)[ =]{1,3}['\"]?[\w.@+-]{1,64}:(?P<v>[^\s'\"$<{][^\s'\"]{3,127})"
)
_PLACEHOLDER = re.compile(
    r"(?i)x{4,}|\*{3,}|\.{3,}|your|example|change.?me|placeholder|redacted|password|secret|dummy|<|none|null|true|false|"
    r"getpass|config|self\.|args|sample|fake|todo|insert|replace|here\b|lorem|deadbeef|123456|abcdef|qwerty"
)
_TRIVIAL = re.compile(
    r"(?i)(?:pass(?:w(?:or)?d)?|pwd?|secret|tiger|postgres|mysql|root|admin|guest|test|user(?:name)?|foo|bar|baz|redis|"
    r"my|db|app|demo|token|key|\$\w++|%\w++(?:%(?!\w))?+|[-_*.x0-9])+"
)
_NOWHERE = re.compile(
    r"(?i)localhost|127\.0\.0\.1|\[?::1\]?|0\.0\.0\.0|host(?:name)?|server|.*\.?example(?:\.\w+)?|db|.*\.(?:test|invalid|local)|domain.*"
)
_WORDY = re.compile(r"(?:[A-Za-z]+[0-9]{0,4}|[0-9]{1,4})(?:[-_.: /](?:[A-Za-z]+[0-9]{0,4}|[0-9]{1,4}))*")
_CAMEL = re.compile(r"[A-Za-z]?[a-z]*(?:[A-Z][a-z]+)*\d{0,2}")
_CONSTANT = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_LETTERS = (re.compile(r"[a-z]"), re.compile(r"[A-Z]"), re.compile(r"\d"), re.compile(r"[^\w.]"))
_RUN = re.compile(r"(.)\1{4}|0123456|1234567|abcdefg|ABCDEFG|7654321")


def entropy(text: str) -> float:
    """Bits a character, by how often each occurs in the text (Shannon)."""
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())


def is_drawn(text: str) -> bool:
    """Whether a text looks drawn by a machine: many different characters, digits or cases mixed, nothing counted up."""
    if _RUN.search(text) or len(set(text)) < min(8, len(text) // 2) or entropy(text) < 2.6:
        return False
    has_digit, both = any(map(str.isdigit, text)), not (text.islower() or text.isupper())
    return has_digit or (both and len(text) >= 20 and _CAMEL.fullmatch(text) is None)


def is_token(value: str) -> bool:
    """Whether what follows a service's mark was drawn, or its own check holds; names such as `sk-container-id-1` are not."""
    if re.search(r"(?i)x{5}|\.{3}|example|your|placeholder|redacted|#", value):
        return False
    if tokens.checks(value):
        return True
    if value[:4] in {"AKIA", "ASIA", "ABIA", "ACCA"}:
        return len(set(value)) >= 9
    if value.startswith("xox") and sum(map(str.isdigit, value)) < 5:
        return False
    body = re.sub(r"^(?:https://[^/]+/|[A-Za-z]{1,12}[_.-](?:[A-Za-z0-9]{1,8}[_-](?=.{16}))?)", "", value)
    if value.startswith("sk-") and not re.match(r"[a-z]+-", value[3:]):
        return is_drawn(body) and any(map(str.isdigit, body)) and "--" not in value and "__" not in value
    return is_drawn(body)


def _has_secret(value: str) -> bool:
    match = _URL.fullmatch(value)
    if (
        match is None
        or _PLACEHOLDER.fullmatch(match["secret"])
        or match["secret"].startswith(("$", "{", "%", "<", "*"))
    ):
        return False
    if _TRIVIAL.fullmatch(match["secret"]) or re.search(r"[\[\]{}()]|^[a-z]+(?:_[a-z]+)+$", match["secret"]):
        return False
    return _NOWHERE.fullmatch(match["host"]) is None or is_secretive(match["secret"])


def is_secretive(value: str) -> bool:
    """Whether a value looks made by a machine: letters with digits or signs, no word, no placeholder."""
    if (
        len(value) < 8
        or _PLACEHOLDER.search(value)
        or value.startswith(("$", "{", "%", "os.", "http", "/", "./", "~/"))
    ):
        return False
    kinds = sum(bool(one.search(value)) for one in _LETTERS)
    return kinds >= 2 and len(set(value)) >= 6 and not re.fullmatch(r"[\d.,:/-]+|[A-Za-z_]+[0-9]?|[\w.]+\(", value)


def _is_assigned(value: str) -> bool:
    """Whether a quoted value is more than the name of something: no words, constants, dates or paths of files."""
    if not is_secretive(value) or _TRIVIAL.fullmatch(value) or _CONSTANT.fullmatch(value) or _RUN.search(value):
        return False
    if " " in value.strip() or re.search(
        r"[{}`]|\\[dwsbDWSB.(]|\(\?|\][+*]|%[sd(]|\.(?:json|pem|key|txt|py|ya?ml|env|csv|html?|js|crt|pkl|db)$|\(\)|^--",
        value,
    ):
        return False
    return (_WORDY.fullmatch(value) is None and _CAMEL.fullmatch(value) is None) or _is_mixed(value)


def _is_mixed(value: str) -> bool:
    """Whether letters and digits alternate as no words with numbers do."""
    turns = sum(a.isdigit() != b.isdigit() for a, b in pairwise(value) if a.isalnum() and b.isalnum())
    return turns >= 3 and any(map(str.isdigit, value))


def _is_bare(value: str) -> bool:
    """The same of what is not quoted: no expression of a program either (`util.Token`, `cfg.read1`)."""
    if value.count(".") and re.fullmatch(r"[A-Za-z_][\w]*(?:\.[A-Za-z_]\w*)+", value):
        return False
    if re.fullmatch(r"[A-Za-z_]\w*", value) and not _is_mixed(value):
        return False
    return any(map(str.isdigit, value)) and _is_assigned(value.rstrip(".!?"))


def _is_block(value: str) -> bool:
    """A private key of which at least the beginning is there: programs name the line alone."""
    return "..." not in value and re.search(r"[A-Za-z0-9+/]{20}", value) is not None


def _is_borne(value: str) -> bool:
    if tokens.checks(value):
        return True
    return is_secretive(value) and is_drawn(value) and _WORDY.fullmatch(value) is None


RECOGNIZERS = (
    Recognizer(name="token", type="CREDENTIAL", hint=tokens.HINT, pattern=tokens.FORM, valid=is_token, need=0.05, score=0.99),
    Recognizer(name="token-long", type="CREDENTIAL", run="word", hint=tokens.HINT_LONG, pattern=tokens.FORM_LONG, valid=is_token, need=0.05, score=0.98),
    Recognizer(name="key-block", type="CREDENTIAL", hint=r"-----BEGIN ", pattern=_BLOCK, valid=_is_block, need=0.05, score=0.99),
    Recognizer(name="url-password", type="CREDENTIAL", marks="@", hint=r"://[^ /@]{0,64}:[^ /@]{3,128}@", pattern=_URL, valid=_has_secret, need=0.3, score=0.97),
    Recognizer(
        name="assigned", type="CREDENTIAL", hint=_WORDS,
        pattern=_QUOTED, valid=_is_assigned, need=0.3, score=0.88,
    ),
    Recognizer(
        name="assigned-bare", type="CREDENTIAL", hint=_WORDS,
        pattern=_BARE, valid=_is_bare, need=0.3, score=0.85,
    ),
    Recognizer(name="bearer", type="CREDENTIAL", hint=r"(?i:bearer|authorization|key|token)", pattern=_BEARER, valid=_is_borne, need=0.3, score=0.9),
    Recognizer(name="curl-user", type="CREDENTIAL", hint=r"curl", pattern=_USER, valid=lambda value: _TRIVIAL.fullmatch(value) is None and _PLACEHOLDER.search(value) is None, need=0.3, score=0.9),
)  # fmt: skip
