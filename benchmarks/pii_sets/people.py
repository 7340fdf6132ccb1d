"""What belongs to people, by locale: names, addresses, telephones, mail and handles of mimesis, Faker and phonenumbers."""

# ruff: noqa: E501  (tables of what is made, a kind a line)

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from benchmarks.pii_sets.column import Kind, Make

MIMESIS = (
    ("el", "ja", "ar-eg", "ru", "hu", "pl", "fr", "sv", "pt-br", "en-gb", "nl-be", "et", "is", "es-mx", "az"),
    (
        "zh",
        "ko",
        "fa",
        "uk",
        "kk",
        "tr",
        "de-ch",
        "fi",
        "hr",
        "sk",
        "it",
        "no",
        "en-ca",
        "da",
        "ar-ma",
        "pt",
        "cs",
        "es",
    ),
    ("de", "en", "de-at", "nl", "en-au", "ar-sa", "ar-tn"),
)
"""Locales of the first set, the second and the third."""
FAKER = (
    ("hi_IN", "th_TH", "he_IL", "ka_GE", "bn_BD", "vi_VN", "id_ID", "lt_LT", "ro_RO", "en_NG", "sq_AL"),
    (
        "mr_IN",
        "th",
        "hy_AM",
        "ne_NP",
        "ta_IN",
        "fil_PH",
        "bg_BG",
        "lv_LV",
        "sl_SI",
        "mk_MK",
        "sw",
        "en_PK",
        "am_ET",
        "ar_SA",
    ),
    ("gu_IN", "si_LK", "uz_UZ", "zu_ZA", "yo_NG", "tw_GH", "es_CL", "fr_CA", "en_IE", "de_LU"),
)
REGIONS = (
    ("GB", "FR", "BR", "JP", "EG", "RU", "HU", "PL", "SE", "MX", "GR", "IN", "IL", "VN", "ID", "RO", "NG", "EE"),
    ("CN", "KR", "IR", "UA", "KZ", "TR", "CH", "FI", "HR", "SK", "IT", "NO", "CA", "DK", "MA", "PT", "CZ", "ES", "TH", "AR", "KE"),
    ("DE", "AU", "NL", "BE", "AT", "RS", "BG", "LT", "LV", "SG", "MY", "PH", "CO", "PE", "NZ", "ZA", "SA", "PK"),
)  # fmt: skip
_NAMES = (
    ("participant_nm", "Ansprechpartner", "AccountHolder", "full_nm", "respondent name", "szemely_neve", "insured_party", "caller"),
    ("beneficiaryName", "subject_name", "Titular", "lead name", "osoba_kontaktowa", "attendee", "cust_full_name", "负责人姓名"),
    ("tenant_name", "Kontaktperson", "NomComplet", "who", "volledige naam", "signed_by", "pax_name", "نام"),
)  # fmt: skip
_FAMILY = (
    ("surname_1", "FamilyNm", "apellido1"),
    ("last_nm", "Nachname_neu", "cognome_titolare"),
    ("lname", "achternaam_klant", "SecondName"),
)
_GIVEN = (
    ("first_nm", "Rufname", "vorname2"),
    ("givenNm", "prénom", "first name (legal)"),
    ("fname_1", "Voornaam", "forename"),
)
_STREETS = (
    ("ship_to", "Wohnadresse", "street_line_1", "domicile", "home_addr"),
    ("billing_street", "adresse_postale", "Lieferadresse", "residence_addr", "direccion_envio"),
    ("address_1", "Postanschrift", "straat_en_nr", "mailing_addr", "loc_street"),
)
_PHONES = (
    ("contact_tel", "Rufnummer", "mob_no", "tel_privat", "call_back_number"),
    ("cellNo", "Telefon_mobil", "phone (home)", "numero_tel", "emergency phone"),
    ("phone_2", "Festnetz", "telefoonnr", "work phone", "msisdn"),
)
_MAILS = (
    ("mail_to", "primary e-mail", "correo1"),
    ("emailAdresse", "contact.email", "recovery_mail"),
    ("e_mail_addr", "mailadres", "user.mail"),
)


def kinds(half: int) -> Iterator[Kind]:
    """Every kind of this half's locales."""
    for locale in MIMESIS[half]:
        yield from _of_mimesis(locale, half)
    for locale in FAKER[half]:
        yield from _of_faker(locale, half)
    for place, region in enumerate(REGIONS[half]):
        yield from _telephones(region, half, place)


def _of_mimesis(locale: str, half: int) -> Iterator[Kind]:
    import mimesis

    made = mimesis.Generic(mimesis.Locale(locale), seed=31 + half)
    person, address = made.person, made.address
    full: tuple[Make, ...] = (
        lambda _: person.full_name(),
        lambda _: person.full_name(reverse=True),
        lambda _: f"{person.surname()}, {person.name()}",
        lambda _: person.full_name().upper(),
    )
    order = full[len(locale) * 7 % 3] if half == 0 else full[(ord(locale[0]) + ord(locale[1])) % 4]
    beside = ("USERNAME",)
    yield Kind(tag=f"name-full {locale}", type="PERSON", make=order, headers=_NAMES[half], allow=beside)
    yield Kind(
        tag=f"name-family {locale}", type="PERSON", make=lambda _: person.surname(), headers=_FAMILY[half], allow=beside
    )
    yield Kind(
        tag=f"name-given {locale}", type="PERSON", make=lambda _: person.name(), headers=_GIVEN[half], allow=beside
    )
    yield Kind(
        tag=f"address {locale}", type="ADDRESS", headers=_STREETS[half],
        make=lambda _: address.address() if half == 0 else f"{address.address()}, {address.zip_code()} {address.city()}",
    )  # fmt: skip
    yield Kind(tag=f"phone-made {locale}", type="PHONE", make=lambda _: person.phone_number(), headers=_PHONES[half])
    if len(locale) == 2:
        yield Kind(tag=f"mail {locale}", type="EMAIL", make=_mail(person, half), headers=_MAILS[half])


def _mail(person: Any, half: int) -> Make:
    def make(r: random.Random) -> str:
        plain = person.email()
        if half == 0:
            return r.choice((plain, plain.upper(), f"<{plain}>"))
        return r.choice((plain, f"mailto:{plain}", f"{person.full_name()} <{plain}>"))

    return make


def _of_faker(locale: str, half: int) -> Iterator[Kind]:
    from faker import Faker

    made = Faker(locale)
    made.seed_instance(77 + half)
    yield Kind(
        tag=f"name-full {locale}", type="PERSON", make=lambda _: made.name(), headers=_NAMES[half], allow=("USERNAME",)
    )
    yield Kind(
        tag=f"name-pair {locale}", type="PERSON", make=lambda _: f"{made.first_name()} {made.last_name()}",
        headers=_NAMES[half], allow=("USERNAME",),
    )  # fmt: skip
    if half == 0:
        street: Make = lambda _: made.street_address()  # noqa: E731
    else:
        street = lambda _: made.address().replace("\n", ", ")  # noqa: E731
    yield Kind(tag=f"address {locale}", type="ADDRESS", make=street, headers=_STREETS[half])


def _telephones(region: str, half: int, place: int) -> Iterator[Kind]:
    """Numbers of a country's own plan, in one of the ways in which they are written."""
    import phonenumbers as pn

    example = pn.example_number_for_type(
        region, pn.PhoneNumberType.MOBILE if place % 2 else pn.PhoneNumberType.FIXED_LINE
    )
    digits = str(example.national_number)
    forms = (
        pn.PhoneNumberFormat.NATIONAL,
        pn.PhoneNumberFormat.INTERNATIONAL,
        pn.PhoneNumberFormat.E164,
        pn.PhoneNumberFormat.RFC3966,
    )

    def number(r: random.Random) -> Any:
        for _ in range(400):
            keep = r.choice((2, 3, 3))
            tried = digits[:keep] + "".join(r.choice("0123456789") for _ in digits[keep:])
            candidate = pn.PhoneNumber(country_code=example.country_code, national_number=int(tried))
            if pn.is_valid_number_for_region(candidate, region):
                return candidate
        return example

    def written(form: int) -> Make:
        return lambda r: str(pn.format_number(number(r), form))

    first = written(forms[0])
    yield Kind(tag=f"phone-national {region}", type="PHONE", make=first, headers=_PHONES[half])
    other = forms[1 + place % 3]
    yield Kind(tag=f"phone-abroad {region}", type="PHONE", make=written(other), headers=_PHONES[half])
    if place % 3 == 0:
        yield Kind(
            tag=f"phone-digits {region}", type="PHONE", shown=False, headers=_PHONES[half], allow=("NATIONAL_ID",),
            make=lambda r: "".join(filter(str.isdigit, first(r))),
        )  # fmt: skip
