"""Other detectors of personal data, in an interpreter that has them: `python -m benchmarks.pii_peers NAME` prints JSON.

None of them judges columns. The adapter is the same for all: a sample of values, and a type counts when a fifth of
them carry it. Nothing was tuned to the split. Column names are not read, so only the score by values alone is theirs.
"""

# ruff: noqa: E501  (lists of words, a line each)

from __future__ import annotations

import json
import logging
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable

import pyarrow as pa

from benchmarks.pii_split import Told, dev_score, real_tables

Find = Callable[[str], Iterable[str]]
"""The types one value carries, in our words."""

_WORDS = {
    "EMAIL_ADDRESS": "EMAIL", "PHONE_NUMBER": "PHONE", "IBAN_CODE": "IBAN", "MAC_ADDRESS": "DEVICE_ID", "IMEI": "DEVICE_ID", "VIN": "VEHICLE_ID",
    "CRYPTO_WALLET": "CRYPTO", "SSN": "US_SSN", "SOCIAL_SECURITY_NUMBER": "US_SSN", "SECRET": "CREDENTIAL", "API_KEY": "CREDENTIAL", "BEARER_TOKEN": "CREDENTIAL",
    "CREDENTIAL": "CREDENTIAL", "CREDENTIAL_URI": "CREDENTIAL", "JWT": "CREDENTIAL", "PRIVATE_KEY": "CREDENTIAL", "NPI": "HEALTH_ID", "MEDICAL_LICENSE": "HEALTH_ID",
    "US_PASSPORT": "PASSPORT", "US_DRIVER_LICENSE": "DRIVER_LICENSE", "DRIVING_LICENCE": "DRIVER_LICENSE", "DE_IBAN": "IBAN", "NAME": "PERSON", "TWITTER": "USERNAME",
}  # fmt: skip
_STATES = ("AE_", "AR_", "AT_", "AU_TFN", "BE_", "BR_CPF", "CA_SIN", "CH_", "CL_", "CN_", "DE_TAX", "DE_SOCIAL", "DE_ID", "DK_", "ES_", "FI_", "FR_", "GB_N", "IE_", "IN_AAD", "IN_PAN", "IT_", "JP_", "KR_", "MX_", "NATIONAL_ID", "NL_", "NO_", "NZ_IRD", "PL_P", "PT_", "SE_", "SG_", "TAX_ID", "TR_", "UK_NHS", "US_ITIN", "ZA_")  # fmt: skip
_SOFT = frozenset(("URL", "DATE_TIME", "DATE", "LOCATION", "NRP", "AGE", "ZIP_CODE", "US_ZIP", "GENDER", "ORGANIZATION", "US_BANK_NUMBER", "BANK_ACCOUNT", "UUID"))  # fmt: skip


def ours_for(entity: str) -> str | None:
    """Our word for another's type; None for types that nobody is scored on."""
    entity = entity.upper()
    if entity in _SOFT:
        return None
    return "NATIONAL_ID" if entity.startswith(_STATES) else _WORDS.get(entity, entity)


def _depii() -> Find:
    import depii

    return lambda text: (span.entity for span in depii.scan(text))


def _datafog() -> Find:
    import datafog_core

    return lambda text: (finding.entity_type for finding in datafog_core.scan(text))


def _scrubadub() -> Find:
    import scrubadub

    scrubber = scrubadub.Scrubber()
    return lambda text: (filth.type for filth in scrubber.iter_filth(text))


def _presidio() -> Find:
    """Its patterns on a blank spaCy model, from a score of .35 on; no list of domains is fetched."""
    import spacy
    import tldextract
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    class Blank(SpacyNlpEngine):
        """A language without a model."""

        def __init__(self) -> None:
            super().__init__()
            self.nlp = {"en": spacy.blank("en")}

    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=())
    engine = AnalyzerEngine(nlp_engine=Blank(), supported_languages=["en"])
    return lambda text: (one.entity_type for one in engine.analyze(text, language="en") if one.score >= 0.35)


PEERS: dict[str, tuple[Callable[[], Find], int]] = {
    "depii": (_depii, 100), "datafog-core": (_datafog, 100), "scrubadub": (_scrubadub, 30), "presidio-analyzer": (_presidio, 10),
}  # fmt: skip
"""Each by its distribution's name: how it is asked, and how many values of a column it is given."""


def types_of(values: list[str], find: Find) -> Told:
    """What a column holds by the adapter's rule."""
    count: Counter[str] = Counter()
    for value in values:
        count.update({kind for kind in map(ours_for, find(value[:2000])) if kind})
    return {kind for kind, times in count.items() if times >= 0.2 * len(values)}


def main(name: str) -> None:
    """Score one peer: the dev split, the real tables, and cells a CPU second."""
    logging.disable(logging.CRITICAL)
    prepare, size = PEERS[name]
    find = prepare()
    asked, began = 0, time.process_time()

    def judge(values: list[str]) -> Told:
        nonlocal asked
        chosen = values[:: max(1, len(values) // size)][:size]
        asked += len(chosen)
        return types_of(chosen, find)

    def scan(table: pa.Table) -> dict[str, Told]:
        texts = {name: [str(v) for v in table[name].to_pandas().dropna()] for name in table.column_names}
        return {name: judge(values) for name, values in texts.items() if values}

    score = dev_score(scan, names=False)
    pace = asked / max(1e-9, time.process_time() - began)
    few = min(size, 20)
    flagged = sum(bool(types_of(values[:: max(1, len(values) // few)][:few], find)) for _, _, values in real_tables())
    print(json.dumps({"score": score, "pace": pace, "flagged": flagged}))


if __name__ == "__main__":
    main(sys.argv[1])
