"""What was spent stays spent: across kernels, after a deletion, past an interrupt, and with four processes at once."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import pytest

from jupyter_mlsec.controls.privacy import budget as budget_module
from jupyter_mlsec.controls.privacy.accounting import cost
from jupyter_mlsec.controls.privacy.budget import FILE, Refused
from jupyter_mlsec.protocol.errors import Denied

ROOT = Path(__file__).parents[3]
DEFAULT = (Fraction(1), Fraction(0))
TENTH = Fraction(1, 10)


def spend(budget, amount=TENTH, *names, default=DEFAULT, is_pure=True):
    return budget.spend(names or ("people.csv",), cost(amount, is_pure=is_pure), amount, "count", default)


def test_ten_tenths_are_one_and_an_eleventh_is_refused(ledger, tmp_path):
    budget = ledger.budget(tmp_path)

    left = [spend(budget) for _ in range(10)]

    assert left[-1] == 0
    with pytest.raises(Refused):
        spend(budget)
    assert budget.look().total("people.csv").releases == 10


def test_a_kernel_goes_on_where_another_stopped(ledger, tmp_path):
    spend(ledger.budget(tmp_path), Fraction(3, 10))

    assert spend(ledger.budget(tmp_path), Fraction(3, 10)) == Fraction(4, 10)


def test_what_is_made_of_two_data_sets_spends_from_both_or_from_none(ledger, tmp_path):
    budget = ledger.budget(tmp_path)
    spend(budget, Fraction(9, 10), "a.csv")

    with pytest.raises(Refused):
        spend(budget, Fraction(2, 10), "b.csv", "a.csv")
    assert spend(budget, TENTH, "b.csv", "a.csv") == 0
    assert budget.look().total("b.csv").epsilon == TENTH


@pytest.mark.parametrize("wipe", [True, False], ids=["another kernel", "the same kernel"])
def test_a_deleted_file_is_brought_up_to_what_the_ledger_knows(ledger, tmp_path, wipe):
    budget = ledger.budget(tmp_path)
    budget.cap("people.csv", Fraction(2), Fraction(0))
    spend(budget, Fraction(7, 10))
    for each in (tmp_path / "privacy").glob(f"{FILE}*"):
        each.unlink()
    again = ledger.budget(tmp_path) if wipe else budget

    assert again.look().left("people.csv") == Fraction(13, 10)
    assert "brought up to what is known" in again.said[0]


def test_an_older_file_put_in_its_place_gives_nothing_back(ledger, tmp_path):
    budget, place = ledger.budget(tmp_path), tmp_path / "privacy" / FILE
    spend(budget, Fraction(2, 10))
    older = place.read_bytes()
    spend(budget, Fraction(5, 10))
    for each in place.parent.glob(f"{FILE}*"):
        each.unlink()
    place.write_bytes(older)

    assert ledger.budget(tmp_path).look().left("people.csv") == Fraction(3, 10)
    assert budget.look().left("people.csv") == Fraction(3, 10)


def test_spends_of_two_kernels_are_both_recalled_in_whatever_order_the_ledger_has_them(ledger, tmp_path):
    one, other = ledger.budget(tmp_path), ledger.budget(tmp_path)
    for amount in (1, 2):
        spend(one, Fraction(amount, 10))
        spend(other, Fraction(amount, 10))
    (tmp_path / "privacy" / FILE).unlink()
    ledger.deeds.sort(key=lambda deed: deed[1])

    assert ledger.budget(tmp_path).look().left("people.csv") == Fraction(4, 10)


def damaged(place: Path) -> None:
    place.write_bytes(b"no database at all" * 300)


def altered(place: Path) -> None:
    with sqlite3.connect(place) as connection:
        connection.execute("UPDATE deeds SET deed = replace(deed, '0.3', '0.1')")
    connection.close()


@pytest.mark.parametrize("harm", [damaged, altered])
def test_a_damaged_file_is_put_aside_and_made_anew_from_the_ledger(ledger, tmp_path, harm):
    spend(ledger.budget(tmp_path), Fraction(3, 10))
    harm(tmp_path / "privacy" / FILE)
    budget = ledger.budget(tmp_path)

    assert budget.look().left("people.csv") == Fraction(7, 10)
    assert any("was damaged" in line for line in budget.said)
    assert list((tmp_path / "privacy").glob("*.damaged-*"))


def test_a_damaged_file_is_not_replaced_where_the_ledger_knows_nothing(ledger, tmp_path):
    spend(ledger.budget(tmp_path), Fraction(3, 10))
    damaged(tmp_path / "privacy" / FILE)
    ledger.deeds.clear()

    for _ in range(2):
        with pytest.raises(Denied, match="the ledger does not know"):
            spend(ledger.budget(tmp_path))


def test_a_locked_file_releases_nothing(ledger, tmp_path, monkeypatch):
    budget = ledger.budget(tmp_path)
    spend(budget)
    monkeypatch.setattr("jupyter_mlsec.controls.privacy.budget._PATIENCE", 0.05)
    holder = sqlite3.connect(tmp_path / "privacy" / FILE, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    with pytest.raises(Denied, match="another kernel holds"):
        spend(budget)
    holder.execute("ROLLBACK")
    holder.close()
    assert spend(budget) == Fraction(8, 10)


def test_an_interrupt_before_the_spend_is_kept_spends_nothing(ledger, tmp_path, monkeypatch):
    budget = ledger.budget(tmp_path)
    spend(budget)
    monkeypatch.setattr(budget, "_append", interrupted)

    with pytest.raises(KeyboardInterrupt):
        spend(budget)
    monkeypatch.undo()
    assert spend(budget) == Fraction(8, 10)


def interrupted(*_):
    raise KeyboardInterrupt


def test_the_file_is_for_its_user_alone_and_not_for_git(ledger, tmp_path):
    spend(ledger.budget(tmp_path))

    assert (tmp_path / "privacy" / FILE).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "privacy" / ".gitignore").read_text() == "*\n"


def test_a_file_that_cannot_be_written_releases_nothing(ledger, tmp_path):
    (tmp_path / "privacy").write_text("a file where the folder should be")

    with pytest.raises(Denied, match="cannot be kept"):
        spend(ledger.budget(tmp_path))


SPENDER = """
import sys
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from tests.controls.privacy.conftest import Ledger
from tests.controls.privacy.test_budget import Refused, budget_module, spend
budget_module._PATIENCE = 100.0  # a busy machine may let one of them wait
budget, granted = Ledger().budget(Path(sys.argv[1])), 0
for _ in range(int(sys.argv[2])):
    try:
        spend(budget, Fraction(1, 100), default=(Fraction(1, 2), Fraction(0)))
        granted += 1
    except Refused:
        pass
print(granted)
"""


def test_four_processes_at_once_spend_what_there_is_and_not_more(ledger, tmp_path):
    command = [sys.executable, "-c", SPENDER, str(tmp_path), "20"]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    granted = [int(each.communicate()[0]) for each in running]

    assert sum(granted) == 50
    assert ledger.budget(tmp_path).look().left("people.csv") == 0


def test_with_a_delta_many_small_releases_cost_less_than_their_sum(ledger, tmp_path):
    budget = ledger.budget(tmp_path)
    budget.cap("people.csv", Fraction(1), Fraction(1, 10**6))

    for _ in range(30):
        spend(budget, Fraction(1, 25), is_pure=False)
    assert 30 * Fraction(1, 25) > 1
    assert 0 < budget.look().left("people.csv") < 1
    with pytest.raises(Refused):
        spend(budget, Fraction(1, 2), is_pure=False)


def test_gaussian_noise_is_refused_where_there_is_no_delta(ledger, tmp_path):
    with pytest.raises(Refused):
        spend(ledger.budget(tmp_path), is_pure=False)


def test_a_spend_reads_what_is_new_and_not_all_before_it(ledger, tmp_path, monkeypatch):
    budget, read = ledger.budget(tmp_path), []
    for _ in range(9):
        spend(budget, Fraction(1, 100))
    plain = budget_module.msgspec.json.decode
    monkeypatch.setattr(budget_module.msgspec.json, "decode", lambda *a, **k: read.append(1) or plain(*a, **k))

    spend(budget, Fraction(1, 100))
    assert read == []
    spend(ledger.budget(tmp_path), Fraction(1, 100))
    spend(budget, Fraction(1, 100))
    assert len(read) == 11 + 1


def test_four_threads_at_once_spend_what_there_is_and_not_more(ledger, tmp_path, monkeypatch):
    monkeypatch.setattr(budget_module, "_PATIENCE", 100.0)
    budget = ledger.budget(tmp_path)

    def tries(_: int) -> int:
        granted = 0
        for _ in range(10):
            with contextlib.suppress(Refused):
                spend(budget, Fraction(1, 25))
                granted += 1
        return granted

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(tries, range(4))) == 25
    assert ledger.budget(tmp_path).look().total("people.csv") == budget.look().total("people.csv")
    assert budget.look().left("people.csv") == 0
