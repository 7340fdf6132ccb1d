"""Addresses of machines and devices: IPv4, IPv6, MAC, IMEI."""

# ruff: noqa: E501  (patterns and words of other scripts, kept whole)

from __future__ import annotations

import ipaddress
import re

from jupyter_mlsec.controls.pii.recognizer import Recognizer
from jupyter_mlsec.controls.pii.recognizers.cards import luhn_holds

_V4 = re.compile(r"(?<![\w.-])(?<![A-Za-z]/)(?:\d{1,3}\.){3}\d{1,3}(?![\w-])(?!\.\d)")
_V6 = re.compile(
    r"(?<![\w:.])(?:[0-9A-Fa-f]{1,4}:){1,7}(?::|[0-9A-Fa-f]{1,4})(?::?[0-9A-Fa-f]{1,4}){0,7}(?![\w:])|"
    r"(?<![\w:.])::(?:[0-9A-Fa-f]{1,4}:){1,6}[0-9A-Fa-f]{1,4}(?![\w:])"
)
_MAC = re.compile(
    r"(?<![\w:-])(?:[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}|"
    r"(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4})(?![\w:-])"
)
_IMEI = re.compile(r"(?<![\w.+-])\d{2}-?\d{6}-?\d{6}-?\d(?![\w-])(?!\.\d)")


def _is_v4(value: str) -> bool:
    parts = value.split(".")
    if any(len(p) > 1 and p[0] == "0" for p in parts) or any(int(p) > 255 for p in parts):
        return False
    return parts[0] not in {"0", "127", "255"}


def _is_v6(value: str) -> bool:
    groups = [g for g in value.split(":") if g]
    if len(groups) < 3 and not any(len(g) == 4 for g in groups):
        return False
    try:
        return ipaddress.IPv6Address(value).is_loopback is False
    except ValueError:
        return False


def _is_mac(value: str) -> bool:
    return len(set(value.lower()) - set(":-.")) > 2


def _is_imei(value: str) -> bool:
    digits = value.replace("-", "")
    return luhn_holds(digits) and len(set(digits)) > 2


RECOGNIZERS = (
    Recognizer(
        name="ipv4", type="IP_ADDRESS", marks=".", hint=r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]",
        pattern=_V4, valid=_is_v4, chance=0.02, need=0.8, score=0.9,
    ),
    Recognizer(
        name="ipv6", type="IP_ADDRESS", marks=":", hint=r"[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}:[0-9A-Fa-f:]{2}|[0-9A-Fa-f]::?[0-9A-Fa-f]{1,4}:|"
r"::[0-9A-Fa-f]{1,4}|[0-9A-Fa-f]::",
        pattern=_V6, valid=_is_v6, need=0.8, score=0.95,
    ),
    Recognizer(
        name="mac", type="DEVICE_ID", marks=":-.", hint=r"[0-9A-Fa-f]{2}[:-][0-9A-Fa-f]{2}[:-][0-9A-Fa-f]{2}[:-][0-9A-Fa-f]{2}[:-][0-9A-Fa-f]{2}[:-]|"
r"[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}",
        pattern=_MAC, valid=_is_mac, need=0.8, score=0.95,
    ),
    Recognizer(
        name="imei", type="DEVICE_ID", run="number", hint=r"[0-9]{2}-?[0-9]{6}-?[0-9]{6}-?[0-9]",
        pattern=_IMEI, valid=_is_imei, chance=0.1, need=0.9, alone=False, whole=True, score=0.95, in_text=False,
    ),
)  # fmt: skip
