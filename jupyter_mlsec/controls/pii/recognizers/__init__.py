"""A small file per family of values. `catalogue()` has them all, in the order in which they win over each other."""

from __future__ import annotations

from functools import lru_cache

from jupyter_mlsec.controls.pii.recognizer import Recognizer


@lru_cache(maxsize=1)
def catalogue() -> tuple[Recognizer, ...]:
    """Every recognizer with a form of its own. Made once, at the first scan."""
    from jupyter_mlsec.controls.pii.recognizers import (
        bank,
        cards,
        credentials,
        mail,
        national_text,
        network,
        phones,
        vehicles,
        wallets,
    )

    families = (credentials, mail, wallets, bank, cards, network, national_text, vehicles, phones)
    return tuple(recognizer for family in families for recognizer in family.RECOGNIZERS)


__all__ = ["catalogue"]
