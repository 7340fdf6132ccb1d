"""Crypto wallets and personal pages: values whose form is their own witness."""

# ruff: noqa: E501  (patterns and words of other scripts, kept whole)

from __future__ import annotations

import hashlib
import re

from jupyter_mlsec.controls.pii.recognizer import Recognizer

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_SEGWIT = re.compile(
    r"(?<![A-Za-z0-9])(?:bc1[ac-hj-np-z02-9]{11,71}|BC1[AC-HJ-NP-Z02-9]{11,71}|"
    r"ltc1[ac-hj-np-z02-9]{39,59}|addr1[ac-hj-np-z02-9]{50,103})(?![A-Za-z0-9])"
)
_BASE58 = re.compile(r"(?<![A-Za-z0-9])[13LMD][1-9A-HJ-NP-Za-km-z]{25,34}(?![A-Za-z0-9])")
_ETHER = re.compile(r"(?<![A-Za-z0-9])0x[0-9a-fA-F]{40}(?![A-Za-z0-9])")
_MONERO = re.compile(r"(?<![A-Za-z0-9])[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}(?![A-Za-z0-9])")
_PAGE = re.compile(
    r"(?<![\w.@-])(?i:https?://)?(?i:[a-z]{2,3}\.|www\.|m\.)?(?i:linkedin\.com/(?:in|pub)/[\w%.-]{3,100}|"
    r"facebook\.com/(?!pages|groups|events|sharer|watch|tr\b)[\w.]{4,60}|"
    r"instagram\.com/(?!p/|explore|reel)[\w.]{2,40}|(?:twitter|x)\.com/(?!home|search|share|intent|i/|"
    r"hashtag)\w{2,20}|tiktok\.com/@[\w.]{2,30}|"
    r"xing\.com/profile/[\w-]{3,60}|vk\.com/[\w.]{3,40}|t\.me/\w{4,40}|weibo\.com/u?/?\w{4,30}|"
    r"orcid\.org/\d{4}-\d{4}-\d{4}-\d{3}[\dX]|github\.com/[\w-]{2,40}(?![\w/-]))/?(?![\w/])"
)


def _checks_out(value: str) -> bool:
    number = 0
    for letter in value:
        number = number * 58 + _ALPHABET.index(letter)
    try:
        raw = number.to_bytes(25, "big")
    except OverflowError:
        return False
    return hashlib.sha256(hashlib.sha256(raw[:-4]).digest()).digest()[:4] == raw[-4:]


RECOGNIZERS = (
    Recognizer(name="segwit", type="CRYPTO", hint=r"(?:bc1|BC1|ltc1|addr1)[A-Za-z0-9]{11}", pattern=_SEGWIT, score=0.95),
    Recognizer(
        name="base58", type="CRYPTO", run="word", hint=r"[13LMD][1-9A-HJ-NP-Za-km-z]{25}",
        pattern=_BASE58, valid=_checks_out, chance=0.0001, need=0.3, score=0.99,
    ),
    Recognizer(name="ether", type="CRYPTO", run="word", hint=r"0x[0-9a-fA-F]{40}", pattern=_ETHER, score=0.9),
    Recognizer(name="monero", type="CRYPTO", run="word", hint=r"[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}", pattern=_MONERO, score=0.9),
    Recognizer(
        name="page", type="URL_PERSONAL",
        hint=r"(?i:linkedin\.com/(?:in|pub)/|facebook\.com/|instagram\.com/|twitter\.com/|x\.com/|"
r"tiktok\.com/@|xing\.com/profile|vk\.com/|t\.me/|weibo\.com/|orcid\.org/|github\.com/)",
        pattern=_PAGE, need=0.5, score=0.9,
    ),
)  # fmt: skip
