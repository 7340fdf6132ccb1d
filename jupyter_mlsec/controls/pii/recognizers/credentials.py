"""Keys, tokens and passwords that carry their own mark: a prefix, a structure, a place in a URL or an assignment."""

# ruff: noqa: E501  (patterns and words of other scripts, kept whole)

from __future__ import annotations

import re

from jupyter_mlsec.controls.pii.recognizer import Recognizer

_TOKENS = (
    r"(?:AKIA|ASIA|AROA|AIDA)[A-Z2-7]{16}", r"gh[pousr]_[A-Za-z0-9]{30,255}", r"github_pat_[A-Za-z0-9_]{22,255}",
    r"xox[abeoprs]-[A-Za-z0-9-]{10,250}", r"xapp-\d-[A-Za-z0-9-]{10,250}", r"glpat-[A-Za-z0-9_-]{20,64}",
    r"(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,128}", r"sk-(?:proj-|ant-|or-)?[A-Za-z0-9_-]{20,200}", r"AIza[A-Za-z0-9_-]{35}",
    r"ya29\.[A-Za-z0-9_-]{20,300}", r"hf_[A-Za-z0-9]{30,64}", r"npm_[A-Za-z0-9]{36}", r"pypi-[A-Za-z0-9_-]{40,250}",
    r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64}", r"dop_v1_[a-f0-9]{64}", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}", r"SK[0-9a-f]{32}",
    r"key-[0-9a-f]{32}", r"EAACEdEose0cBA[A-Za-z0-9]{20,200}", r"dapi[a-f0-9]{32}", r"lin_api_[A-Za-z0-9]{32,64}", r"(?:hvs|s)\.[A-Za-z0-9]{24,120}",
    r"eyJ[A-Za-z0-9_-]{8,2000}\.eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{8,1000}",
    r"https://hooks\.slack\.com/services/[A-Za-z0-9/_-]{20,120}", r"https://discord(?:app)?\.com/api/webhooks/\d{15,20}/[A-Za-z0-9_-]{40,90}",
    r"\d{8,10}:AA[A-Za-z0-9_-]{32,35}", r"ops_[A-Za-z0-9_-]{100,400}", r"age-secret-key-1[a-z0-9]{50,64}", r"AGE-SECRET-KEY-1[A-Z0-9]{50,64}",
)  # fmt: skip
_TOKEN = re.compile(r"(?<![A-Za-z0-9_])(?:" + "|".join(_TOKENS) + r")(?![A-Za-z0-9])")
_BLOCK = re.compile(
    r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: "
    r"BLOCK)?-----(?:[A-Za-z0-9+/=\s\\:,-]{0,6000}?-----END [A-Z0-9 ]{1,40}-----)?"
)
_URL = re.compile(
    r"(?<![A-Za-z0-9+.-])[a-zA-Z][a-zA-Z0-9+.-]{1,24}://[^\s:/@'\"<>]{0,64}:(?P<secret>[^\s/@'\"<>]{3,128})@[^"
    r"\s/'\"<>,;]{2,253}[^\s'\"<>,;]{0,200}"
)
_ASSIGNED = re.compile(
    r"(?i:(?<![A-Za-z])(?:password|passwd|passwort|pwd|secret|api_?key|access_?key|secret_?key|"
    r"auth_?token|access_?token|client_?secret|account_?key|private_?key|token))['\"]?"
    r"\s?(?:=|:|=>)\s?(?P<q>['\"]?)(?P<v>[^\s'\",;<>{}()\[\]]{6,200})(?P=q)"
)
_BEARER = re.compile(
    r"(?i:authorization['\"]?\s?[:=]\s?['\"]?(?:bearer|basic|token)\s|"
    r"(?<![A-Za-z])bearer\s)(?P<v>[A-Za-z0-9._~+/=-]{16,2000})"
)
_PLACEHOLDER = re.compile(
    r"(?i)x{4,}|\*{3,}|\.{3,}|your|example|changeme|placeholder|redacted|password|secret|dummy|<|none|"
    r"null|true|false|env|getpass|config|self\.|args"
)


def _has_secret(value: str) -> bool:
    match = _URL.fullmatch(value)
    return (
        match is not None
        and _PLACEHOLDER.fullmatch(match["secret"]) is None
        and not match["secret"].startswith(("$", "{", "%"))
    )


def is_secretive(value: str) -> bool:
    """Whether a value looks made by a machine: letters with digits or signs, no word, no placeholder."""
    if len(value) < 8 or _PLACEHOLDER.search(value) or value.startswith(("$", "{", "%", "os.", "http")):
        return False
    kinds = (
        bool(re.search(r"[a-z]", value))
        + bool(re.search(r"[A-Z]", value))
        + bool(re.search(r"\d", value))
        + bool(re.search(r"[^\w.]", value))
    )
    return kinds >= 2 and len(set(value)) >= 6 and not re.fullmatch(r"[\d.,:/-]+|[A-Za-z_]+[0-9]?|[\w.]+\(", value)


RECOGNIZERS = (
    Recognizer(
        name="token", type="CREDENTIAL",
        hint=r"(?:AKIA|ASIA|AROA|AIDA)[A-Z2-7]{16}|gh[pousr]_|github_pat_|xox[abeoprs]-|xapp-|glpat-|"
r"[srp]k_(?:live|test)_|sk-[A-Za-z0-9]|AIza|ya29\.|hf_|npm_|pypi-|SG\.|dop_v1_|shp(?:at|ca|pa|"
r"ss)_|SK[0-9a-f]{32}|key-[0-9a-f]{32}|EAACE|dapi[a-f0-9]{32}|lin_api_|hvs\.|s\.[A-Za-z0-9]{24}|"
r"eyJ[A-Za-z0-9_-]{8}|hooks\.slack|/api/webhooks/|[0-9]{8}:AA|ops_|(?:age-secret-key|"
r"AGE-SECRET-KEY)-1",
        pattern=_TOKEN, need=0.05, score=0.99,
    ),
    Recognizer(name="key-block", type="CREDENTIAL", hint=r"-----BEGIN ", pattern=_BLOCK, need=0.05, score=0.99),
    Recognizer(name="url-password", type="CREDENTIAL", marks="@", hint=r"://[^ /@]{0,64}:[^ /@]{3,128}@", pattern=_URL, valid=_has_secret, need=0.3, score=0.97),
    Recognizer(
        name="assigned", type="CREDENTIAL", hint=r"(?i:passw|pwd|secret|_?key|token)['\"]? ?(?:=|:)",
        pattern=_ASSIGNED, valid=is_secretive, need=0.3, score=0.85,
    ),
    Recognizer(name="bearer", type="CREDENTIAL", hint=r"(?i:bearer|authorization)", pattern=_BEARER, valid=is_secretive, need=0.3, score=0.9),
)  # fmt: skip
