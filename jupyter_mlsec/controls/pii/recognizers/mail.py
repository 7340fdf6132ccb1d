"""E-mail addresses: plain, in other scripts, disguised ("at", "dot") and escaped."""

# ruff: noqa: E501  (patterns and words of other scripts, kept whole)

from __future__ import annotations

import re

from jupyter_mlsec.controls.pii.normalise import unescaped, untwinned
from jupyter_mlsec.controls.pii.recognizer import Recognizer

_NOT_DOMAINS = frozenset(
    [
        "png",
        "jpg",
        "jpeg",
        "gif",
        "svg",
        "webp",
        "ico",
        "bmp",
        "js",
        "ts",
        "jsx",
        "tsx",
        "py",
        "rb",
        "go",
        "rs",
        "java",
        "css",
        "scss",
        "html",
        "htm",
        "md",
        "json",
        "yml",
        "yaml",
        "toml",
        "txt",
        "csv",
        "zip",
        "gz",
        "tar",
        "exe",
        "dll",
        "so",
        "lib",
        "local",
        "localdomain",
        "internal",
        "lan",
        "git",
        "sh",
        "mp3",
        "mp4",
        "wav",
        "pdf",
        "xml",
    ]
)
_ENDINGS = frozenset(
    "com org net edu gov mil int info biz name pro dev app tech cloud online site shop email museum coop travel".split()  # noqa: SIM905
)
_SMALL = frozenset("the a an this that each one every its his her their our any".split())  # noqa: SIM905
_PLAIN = re.compile(
    r"(?<![\w.+%/@-])[^\W_][\w.+%-]{0,63}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,6}(?:[^\W\d_]{2,24}|"
    r"xn--[a-z0-9-]{2,20})(?![\w@])(?!:[\w./~])"
)
_AT = r"\s?(?:[\[({<]\s?(?:at|@|arroba)\s?[\])}>]|\s(?:at|AT|At|arroba)\s)\s?"
_DOT = r"\s?(?:[\[({<]\s?(?:dot|punto|\.)\s?[\])}>]|\s(?:dot|DOT|Dot|punto)\s|\.)\s?"
_DISGUISED = re.compile(
    rf"(?<![\w@.])[\w.+-]{{2,64}}(?:{_AT}[\w-]{{2,40}}(?:{_DOT}[\w-]{{2,20}}){{1,4}}|"
    rf"@[\w-]{{2,40}}(?:\s?[\[(]\s?(?:dot|\.)\s?[\])]\s?[\w-]{{2,20}}){{1,4}})(?![\w@])",
    re.IGNORECASE,
)
_ESCAPED = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}(?:%40|&#0{0,4}64;|&#x0{0,4}40;|&commat;)[\w.-]{3,80}", re.IGNORECASE)


def _is_address(value: str) -> bool:
    value = untwinned(value)
    local, _, domain = value.rpartition("@")
    ending = domain.rpartition(".")[2].lower()
    return ".." not in value and local[-1:] != "." and ending not in _NOT_DOMAINS and len(domain) <= 253


def _hides_address(value: str) -> bool:
    plain = re.sub(r"\s?[\[({<]\s?(?:at|@|arroba)\s?[\])}>]\s?|\s(?:at|arroba)\s", "@", value, flags=re.IGNORECASE)
    plain = re.sub(
        r"\s?[\[({<]\s?(?:dot|punto|\.)\s?[\])}>]\s?|\s(?:dot|punto)\s|\s?\.\s?", ".", plain, flags=re.IGNORECASE
    )
    marked = bool(re.search(r"[\[({<]\s?(?:at|@|arroba|dot)", value, re.IGNORECASE))
    named = marked or (bool(re.search(r"\s(?:dot|punto)\s", value, re.IGNORECASE)) and _is_spelled(plain))
    return named and _PLAIN.fullmatch(plain) is not None and _is_address(plain)


def _is_spelled(address: str) -> bool:
    """Whether words read as an address end like one: `look at the dot product` does not."""
    domain, _, ending = address.rpartition("@")[2].lower().rpartition(".")
    return domain not in _SMALL and (len(ending) == 2 or ending in _ENDINGS)


def _escapes_address(value: str) -> bool:
    match = _PLAIN.fullmatch(unescaped(value).rstrip("."))
    return match is not None and _is_address(match[0])


RECOGNIZERS = (
    Recognizer(name="mail", type="EMAIL", marks="@", hint=r"@", pattern=_PLAIN, valid=_is_address, chance=0.0001, need=0.3, score=0.98),
    Recognizer(
        name="mail-disguised", type="EMAIL", hint=r"(?:[\[({< ](?:at|AT|At|@|arroba)[\])}> ])|[\[(](?:dot|DOT|\.)[\])]",
        pattern=_DISGUISED, valid=_hides_address, need=0.05, score=0.9,
    ),
    Recognizer(
        name="mail-escaped", type="EMAIL", hint=r"%40|&#0{0,4}64;|&#[xX]0{0,4}40;|&commat;",
        pattern=_ESCAPED, valid=_escapes_address, need=0.3, score=0.93,
    ),
)  # fmt: skip
