"""Credentials in a cell's source: found in whatever form they are written, told from placeholders and names."""

from __future__ import annotations

import re
import zlib

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.pii_secrets import ALIKE, BARE, BORNE, MARKED, NAMED, OTHERS, lines, missed
from jupyter_mlsec.controls.pii import scan_table
from jupyter_mlsec.controls.pii.exposed import may_hold_secret
from jupyter_mlsec.controls.pii.recognizers import credentials
from jupyter_mlsec.controls.pii.recognizers.credentials import RECOGNIZERS
from jupyter_mlsec.controls.pii.recognizers.tokens import KINDS, checks
from jupyter_mlsec.controls.pii.text import credentials_in, scan_text


def test_marked_tokens_are_found_without_a_word_beside_them() -> None:
    assert len(MARKED) + len(BORNE) + len(OTHERS) >= 100
    lost, of = missed(lines(MARKED, BARE[:2]))
    assert len(lost) <= 0.02 * of, lost


def test_secrets_without_a_mark_are_found_by_what_they_are_assigned_to() -> None:
    lost, of = missed(lines(BORNE, NAMED))
    assert len(lost) <= 0.03 * of, lost


@pytest.mark.parametrize("line", ALIKE)
def test_placeholders_digests_and_names_are_no_secrets(line: str) -> None:
    assert credentials_in(line) == []


def _github(last: str = "") -> str:
    body = "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ"
    return f"ghp_{body}{last or '0mLq17'}"


def test_a_token_whose_own_checksum_holds_is_surer_than_one_whose_does_not() -> None:
    assert (checks(_github()), checks(_github("0mLq18")), checks("dapi" + "0a" * 16)) == (True, False, None)
    sure, unsure = (credentials_in(f"x = {token!r}")[0].score for token in (_github(), _github("0mLq18")))
    assert sure > 0.99 > unsure >= 0.8


def test_a_checksum_with_leading_zeros_holds() -> None:
    """CRC-32 below 62**5 is written with a zero before it."""
    found = next(b for n in range(10**5) if zlib.crc32((b := f"{n:030d}").encode()) < 62**4)
    number, digits = zlib.crc32(found.encode()), ""
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    while number:
        number, digit = divmod(number, 62)
        digits = alphabet[digit] + digits
    assert checks(f"npm_{found}{digits.rjust(6, '0')}") is True


def test_kinds_have_names_of_their_own() -> None:
    assert len({name for name, _, _ in KINDS}) == len(KINDS) >= 150


@pytest.mark.parametrize("recognizer", RECOGNIZERS, ids=lambda one: one.name)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_credential_s_hint_matches_wherever_its_pattern_does(
    recognizer: credentials.Recognizer, data: st.DataObject
) -> None:
    text = data.draw(st.from_regex(recognizer.pattern)).encode("utf-8", "replace").decode()
    if recognizer.pattern.search(text):
        assert pc.match_substring_regex(pa.array([text]), recognizer.hint)[0].as_py()


def test_the_look_before_the_search_passes_over_no_secret() -> None:
    made = [
        line for kinds, forms in ((MARKED, BARE), (MARKED, NAMED), (BORNE, NAMED)) for _, line in lines(kinds, forms)
    ]
    assert [line for line in made if not may_hold_secret(line)] == []
    assert not may_hold_secret("import pandas as pd\nsales = pd.read_csv('sales.csv').head(12)")
    assert not may_hold_secret("pass")
    assert not may_hold_secret("class Odd:\n    pass  # nothing yet\n")


@pytest.mark.parametrize("name", ["contraseña", "haslo", "senha", "mot_de_passe", "passwort", "pwd", "auth", "pass"])
def test_a_short_password_is_looked_for_in_every_language_that_the_search_knows(name: str) -> None:
    line = f'{name} = "kV7#mQ2!xT9p"'
    assert len(credentials_in(line)) == 1
    assert may_hold_secret(line)


def test_what_is_found_is_the_secret_and_not_what_it_is_assigned_to() -> None:
    line = "db_password = 'kV7#mQ2!xT9p'"
    (span,) = credentials_in(line)
    assert line[span.start : span.end] == "kV7#mQ2!xT9p"


def test_a_picture_written_as_text_holds_no_token() -> None:
    image = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ/cio" + "aB3dE5gH7jK9" * 2 + "aB3dE5gH/AAAA"
    assert scan_text(f'<img src="data:image/png;base64,{image}">') == []


def test_a_column_of_tokens_is_certain_and_a_column_of_css_names_is_nothing() -> None:
    tokens = [line.split("'")[1] for _, line in lines({"x": MARKED["GitHub personal"]}, ("k = '{}'",) * 20)]
    names = [f"sk-toggleable__label-arrow-{i}" for i in range(20)]
    found = scan_table(pa.table({"a": tokens, "b": names}))
    assert {name: [(d.type, d.certain) for d in ds] for name, ds in found.items()} == {"a": [("CREDENTIAL", True)]}


@pytest.mark.parametrize("recognizer", RECOGNIZERS, ids=lambda one: one.name)
def test_no_credential_s_pattern_repeats_without_a_bound(recognizer: credentials.Recognizer) -> None:
    plain = re.sub(r"\[[^]]*\]|\(\?[^)]*\)|\\.", "", recognizer.pattern.pattern)
    assert re.search(r"[*+]|\{\d+,\}", plain) is None
