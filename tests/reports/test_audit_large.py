"""A large notebook is audited and verified whole: pictures and tables in outputs, to the last byte."""

from __future__ import annotations

import base64
import random
from typing import Any

import pytest

from jupyter_mlsec.reports import audit
from jupyter_mlsec.vault.signing import LocalSigner
from tests.reports.both import check
from tests.reports.stage import RUN, START, MemoryLog, Story, code_cell, notebook_of

MEGABYTE = 1 << 20


def large(megabytes: int) -> dict[str, Any]:
    """Half of it a picture, the other half a table as HTML."""
    noise = random.Random(5)
    png = base64.b64encode(noise.randbytes(megabytes * MEGABYTE * 3 // 8)).decode()
    rows = "<tr><td>0.12345</td><td>müller</td></tr>\n" * (megabytes * MEGABYTE // 2 // 42)
    data = {"image/png": png, "text/html": rows}
    shown = {"output_type": "display_data", "metadata": {}, "data": data}
    return notebook_of(code_cell("a", "plot(df)", 1, [shown]), code_cell("b", "x = 1", 2))


@pytest.mark.parametrize("megabytes", [2, pytest.param(50, marks=pytest.mark.long)])
def test_a_large_notebook_holds_and_one_changed_byte_of_it_does_not(
    log: MemoryLog, signer: LocalSigner, megabytes: int
) -> None:
    Story(log).cell(1, "plot(df)", id="a")
    source = audit.Source(notebook=audit.plain(large(megabytes)), name="large.ipynb", saved_at=START)
    made = audit.make(source, log, signer, run=RUN).text.encode()
    place = made.index(b'"image/png": "') + 1000
    changed = made[:place] + (b"B" if made[place : place + 1] == b"A" else b"A") + made[place + 1 :]

    assert len(made) > megabytes * MEGABYTE
    assert check(made).problems == ()
    assert check(changed).problems == ("The outputs of cell 1 were changed after signing.",)
