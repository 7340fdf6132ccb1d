"""Which of many texts cannot hold what is looked for, told by Arrow in one pass; the others are read one by one."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_mlsec.controls.pii.normalise import ODD
from jupyter_mlsec.controls.pii.prefilter import rows_of
from jupyter_mlsec.controls.pii.recognizers import catalogue

_FORMED = frozenset(
    ("CREDENTIAL", "US_SSN", "CREDIT_CARD", "IBAN", "EMAIL", "DEVICE_ID", "VEHICLE_ID", "CRYPTO", "IP_ADDRESS")
)
"""Types that a text holds only where one of their hints occurs: no word before them gives them away."""
_MANY = 2_000


def spared(texts: Sequence[str], types: frozenset[str]) -> frozenset[str]:
    """Of these texts those without any of the types, as far as one pass can tell; of a few texts none."""
    if len(texts) < _MANY or not types <= _FORMED:
        return frozenset()
    import pyarrow as pa

    try:
        cells = pa.array(texts, pa.large_string())
    except (UnicodeEncodeError, pa.ArrowException):  # lone surrogates
        return frozenset()
    rows = set(rows_of(cells, ODD))
    for recognizer in catalogue():
        if recognizer.type in types:
            rows.update(rows_of(cells, recognizer.hint))
    return frozenset(text for row, text in enumerate(texts) if row not in rows)
