"""Masked examples of what was found: enough to see whether a finding is right, and never a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from jupyter_mlsec.controls.pii.coarse import is_missing
from jupyter_mlsec.controls.pii.detection import Detection
from jupyter_mlsec.controls.pii.text import scan_text
from jupyter_mlsec.controls.pii.ways import partial

MOST = 3
"""Examples of one column and type."""
_READ = 4_000
"""Different values of one column that are looked through for them."""


def examples_of(
    table: Any, found: Mapping[str, Sequence[Detection]], most: int = MOST
) -> dict[tuple[str, str], list[str]]:
    """A few hints per column and type, as `partial` masking would show them; {} for what is no table."""
    from jupyter_mlsec.controls.pii.rebuilding import columns_of
    from jupyter_mlsec.protocol.errors import UsageError

    try:
        held = columns_of(table)
    except UsageError:
        return {}
    return {
        (name, detection.type): _of_column(held.get(name, ()), detection, most)
        for name, detections in found.items()
        for detection in detections
    }


def _of_column(values: Sequence[Any], detection: Detection, most: int) -> list[str]:
    told: dict[str, None] = {}
    different = islice(dict.fromkeys(str(v) for v in values if not is_missing(v)), _READ)
    is_whole = detection.share > 0.5
    for text in different:
        if is_whole and len(text.split()) <= 7:
            told[partial(text.removesuffix(" 00:00:00"), detection.type)] = None
        else:
            spans = [span for span in scan_text(text) if span.type == detection.type]
            told.update(dict.fromkeys(partial(text[s.start : s.end], s.type) for s in spans))
        if len(told) >= most:
            break
    return list(told)[:most]
