"""Personal values with a form of their own (mail aside), and those that only a column's name gives away."""

# ruff: noqa: E501  (tables of what is made, a kind a line)

from __future__ import annotations

import random
import string
from collections.abc import Iterator
from typing import Any

from benchmarks.pii_sets.column import Kind, Make
from benchmarks.pii_sets.numbers import written

_HEX, _LETTERS = "0123456789abcdef", string.ascii_letters + string.digits
_TOKENS = (
    {"aws": ("AKIA", string.ascii_uppercase + "234567", 16), "github": ("ghp_", _LETTERS, 36), "stripe": ("sk_live_", _LETTERS, 24), "digitalocean": ("dop_v1_", _HEX, 64)},
    {"gitlab": ("glpat-", _LETTERS, 20), "slack": ("xoxb-", string.digits, 24), "openai": ("sk-proj-", _LETTERS, 48), "sendgrid": ("SG.", _LETTERS, 22), "huggingface": ("hf_", string.ascii_letters, 34)},
)  # fmt: skip
_FORMS = (
    {
        "PASSPORT": (("C0#####T#", "passport_doc, travel_document_passport"), ("##@@#####", "Reisepass-Nr., passport no.")),
        "DRIVER_LICENSE": (("@###-####-####", "DriverLicNo, driving licence"),),
        "HEALTH_ID": (("MRN#######", "MRN, med_rec_no"), ("@##########", "KVNR, versichertennummer")),
    },
    {
        "PASSPORT": (("@########", "PassportNum, pasaporte_nro"), ("########", "passport_number_1, passeport no")),
        "DRIVER_LICENSE": (("########", "permis de conduire, drivers_license"), ("@@#######@", "patente_guida, licence_no_driver")),
        "HEALTH_ID": (("H-####-####", "hospital_no, patient id"), ("##########", "NPI, provider_npi_no")),
    },
)  # fmt: skip
_TOUCHY = (
    {
        "religion_decl": "Catholic|Protestant|Muslim|Jewish|Hindu|None|Buddhist|Orthodox",
        "ethnic_origin": "White|Black African|South Asian|Chinese|Mixed race|Arab|Other",
        "dx_primary": "Hypertension|Type 2 diabetes|Asthma|Depression|Migraine|COPD|Epilepsy",
    },
    {
        "Konfession": "evangelisch|katholisch|muslimisch|konfessionslos|orthodox|jüdisch",
        "sexual orient.": "heterosexual|gay|bisexual|lesbian|prefer not to say|asexual",
        "diagnosis_txt": "Schizophrenia|HIV|Breast cancer|Bipolar disorder|Anxiety|Hepatitis B",
        "icd10_code": "E11.9|I10|J45.0|F32.1|C50.9|B20|G40.9|M54.5",
    },
)  # fmt: skip


def kinds(half: int) -> Iterator[Kind]:
    """What this half's tables hold of them."""
    yield from _money_and_machines(half)
    yield from _accounts(half)
    for name, (start, letters, size) in _TOKENS[half % 2].items():
        yield Kind(
            tag=f"token {name}",
            type="CREDENTIAL",
            make=_token(start, letters, size),
            headers=("integration", "cfg_value", "conn"),
        )
    for kind, forms in _FORMS[half % 2].items():
        for form, headers in forms:
            yield Kind(
                tag=f"{kind.lower()} {form}", type=kind, shown=False, headers=tuple(headers.split(", ")), allow=("NATIONAL_ID",),
                make=lambda r, form=form: written(form, r),  # type: ignore[misc]  # bound now, not at the call
            )  # fmt: skip
    for header, listed in _TOUCHY[half % 2].items():
        words = listed.split("|")
        yield Kind(
            tag=f"special {header}", type="SPECIAL_CATEGORY", headers=(header,), shown=False,
            make=lambda r, words=words: r.choice(words),  # type: ignore[misc]  # bound now, not at the call
        )  # fmt: skip
    yield from _days(half)


def _money_and_machines(half: int) -> Iterator[Kind]:
    import mimesis
    from faker import Faker

    made = mimesis.Generic(mimesis.Locale.EN, seed=5 + half)
    faker = [Faker(locale) for locale in (("de_DE", "fr_FR", "pl_PL"), ("it_IT", "tr_TR", "es_ES"))[half % 2]]
    for one in faker:
        one.seed_instance(half)
        yield Kind(
            tag=f"iban {one.locales[0]}",
            type="IBAN",
            make=_iban(one, half),
            headers=(("Kontoverbindung IBAN", "iban_no"), ("IBAN (SEPA)", "payout_iban"))[half % 2],
        )
    cards: Make = (
        (lambda _: made.payment.credit_card_number()) if half % 2 == 0 else lambda _: faker[0].credit_card_number()
    )
    yield Kind(
        tag="card",
        type="CREDIT_CARD",
        make=cards,
        headers=(("card_pan", "cc no"), ("CardNumber", "kaartnummer card"))[half % 2],
    )
    yield Kind(
        tag="ipv4",
        type="IP_ADDRESS",
        headers=("peer_ip", "ip_src"),
        make=lambda _: made.internet.ip_v4() if half % 2 == 0 else made.internet.ip_v4_with_port(),
    )
    yield Kind(tag="ipv6", type="IP_ADDRESS", make=lambda _: made.internet.ip_v6(), headers=("ip6", "client ip"))
    yield Kind(
        tag="mac",
        type="DEVICE_ID",
        make=lambda _: made.internet.mac_address().upper().replace(":", ":-"[half % 2]),
        headers=("wlan_mac", "station_mac"),
    )
    yield Kind(
        tag="imei", type="DEVICE_ID", make=lambda _: made.code.imei(), headers=("IMEI", "imei_handset"), shown=False
    )


def _accounts(half: int) -> Iterator[Kind]:
    import mimesis

    made = mimesis.Generic(mimesis.Locale.EN, seed=5 + half)
    yield Kind(
        tag="ether",
        type="CRYPTO",
        make=lambda _: made.payment.ethereum_address(),
        headers=("payout_wallet", "eth_addr"),
    )
    yield Kind(
        tag="handle",
        type="USERNAME",
        shown=False,
        allow=("PERSON",),
        make=lambda _: made.person.username(),
        headers=(("login_id", "user_name"), ("twitter handle", "UserLogin"))[half % 2],
    )
    yield Kind(
        tag="password",
        type="CREDENTIAL",
        shown=False,
        make=lambda _: made.person.password(length=12),
        headers=(("pwd", "user_password"), ("Passwort", "login_pass"))[half % 2],
    )
    yield Kind(
        tag="jwt", type="CREDENTIAL", make=lambda _: made.cryptographic.jwt(), headers=("session_blob", "auth_hdr")
    )
    yield Kind(
        tag="profile", type="URL_PERSONAL", headers=("social", "profile_link"),
        make=lambda _: ("https://www.linkedin.com/in/{}", "https://x.com/{}")[half % 2].format(made.person.username(mask="l").lower() + "7"),
    )  # fmt: skip


def _iban(faker: Any, half: int) -> Make:
    def make(_: random.Random) -> str:
        plain = str(faker.iban())
        return plain if half % 2 == 0 else " ".join(plain[i : i + 4] for i in range(0, len(plain), 4))

    return make


def _token(start: str, letters: str, size: int) -> Make:
    def make(r: random.Random) -> str:
        body = "".join(r.choice(letters) for _ in range(size))
        if start == "xoxb-":
            return f"xoxb-{body[:12]}-{body[12:]}-{''.join(r.choice(_LETTERS) for _ in range(24))}"
        return f"{start}{body}" + (f".{''.join(r.choice(_LETTERS) for _ in range(43))}" if start == "SG." else "")

    return make


def _days(half: int) -> Iterator[Kind]:
    forms = (
        ("{d:02d}.{m:02d}.{y}", "{y}/{m:02d}/{d:02d}"),
        ("{d}-{m}-{y}", "{y}{m:02d}{d:02d}", "{m:02d}/{d:02d}/{y}"),
    )[half % 2]
    headers = (("geb.datum", "BirthDay"), ("date de naissance", "dob_patient"))[half % 2]
    for form in forms:
        yield Kind(
            tag=f"born {form}", type="DATE_OF_BIRTH", shown=False, headers=headers,
            make=lambda r, form=form: form.format(d=r.randrange(1, 29), m=r.randrange(1, 13), y=r.randrange(1935, 2008)),  # type: ignore[misc]  # bound now
        )  # fmt: skip
