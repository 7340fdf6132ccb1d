"""Texts that everybody meets every day hold nothing personal, and what stands in them truly is still found."""

from __future__ import annotations

import pytest

from jupyter_mlsec.controls.pii.detection import Span
from jupyter_mlsec.controls.pii.shown import SURE
from jupyter_mlsec.controls.pii.text import scan_text

ORDINARY = {
    "decimals": "[[0.94446029 0.32862557]\n [0.33333333 0.6666667]]",
    "a decimal after a word": "loss: 0.123456789, call 0.87654321 it a day",
    "a row of small numbers": "X: 0  1  2  3  4  5  6  7  8  9 10 11",
    "an array of small numbers": "tf.Tensor([ 0  2  4  6  8 10 12], shape=(7,), dtype=int32)",
    "a dated row": "   date\n0 2017-03-30\n1 2017-03-31",
    "exponents": "a = 0.5093959119952945E-03, -0.4718993627149127E+0",
    "sums": "156352/3470993 + 10325632*x/3470993",
    "bytes": "read_bytes=18626220032, free=15482871808",
    "an ISBN": "American Mathematical Society, 1997, ISBN 0-8218-0315-8",
    "a postal code": "Fifth Floor, Boston, MA\n# 02110-1301  USA",
    "a range": 'headers={"Range": "bytes=0-10000000"}',
    "names of style sheets": '<div class="sk-toggleable__content sk-toggleable__label-arrow sk-estimator-doc-link">',
    "object identifiers": 'ED25519 = ObjectIdentifier("1.3.101.112")',
    "networks": "10.0.0.0/8, 2001:db8::/32, fe80::1 and 169.254.169.254",
    "standards": "This parser is RFC 3986 and RFC 6874 compliant, see RFC 7838 Alternative Service Field Value.",
    "plotting": 'fig, (plot1, plot2) = plt.subplots(); ax.plot3D(xline, y); cmap="gray")  # plot 1st',
    "programs": "pl.Array(pl.Int64, 3); s.split(os.sep, 1)[0]; between(c.id, 5, 7)",
    "English that looks foreign": "approximate via HLL with typical error under 2 %, elements of the diagonal are 1",
    "a season and a year": "As of Spring 2016, Clustering 3 and String 5 of the iPad 7",
    "steps": "Get Started in 3 Simple Steps",
    "times": "CPU times: total: 1h 17min 41s\nWall time: 12min",
    "a product": "Now look at the dot product of U and V, looking at the dot org chart",
    "a host that ends like another": "alienryderflex.com/hsp.html",
    "a sense of a word": "synset_from_sense_key('driving%1:04:03::')",
}


@pytest.mark.parametrize("text", ORDINARY.values(), ids=ORDINARY)
def test_an_ordinary_text_holds_nothing_personal(text: str) -> None:
    assert [(text[s.start : s.end], s.type) for s in scan_text(text) if s.type != "PERSON"] == []


def _only(text: str) -> tuple[str, Span]:
    (span,) = (s for s in scan_text(text) if s.type != "PERSON")
    return text[span.start : span.end], span


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("ring me: 020 7946 0018 until six", "020 7946 0018", "PHONE"),
        ("Tel. 05121-4567", "05121-4567", "PHONE"),
        ("appelez le 01 42 68 53 00 demain", "01 42 68 53 00", "PHONE"),
        ("请联系 13892948846 谢谢", "13892948846", "PHONE"),
        ("VIN 1HGCM82633A004352 was sold", "1HGCM82633A004352", "VEHICLE_ID"),
        ("login failed from 84.98.204.143 again", "84.98.204.143", "IP_ADDRESS"),
        ("she lives in Hauptstraße 5 now", "Hauptstraße 5", "ADDRESS"),
        ("send it to 221 Baker Street please", "221 Baker Street", "ADDRESS"),
        ("vive en la calle Mayor 12 de Soria", "calle Mayor 12", "ADDRESS"),
        ("anna at firma dot example dot org", "anna at firma dot example dot org", "EMAIL"),
    ],
)
def test_what_is_personal_in_a_text_is_found(text: str, value: str, kind: str) -> None:
    said, span = _only(text)
    assert (said, span.type) == (value, kind)


def test_pages_of_projects_are_less_sure_than_pages_of_people() -> None:
    _, project = _only("see https://github.com/pandas-dev for more")
    _, person = _only("see https://www.linkedin.com/in/anna-example-1 for more")
    assert project.score < SURE <= person.score
