"""The ledger is the guard's own database, and no resource of the notebook."""

from __future__ import annotations


def test_a_ledger_of_an_earlier_run_is_not_recorded_as_a_database_of_the_user_s(guarded):
    guarded.run("import sqlite3; sqlite3.connect('mine.db').close()")
    guarded.run("%unload_ext jupyter_mlsec")
    guarded.run("%load_ext jupyter_mlsec")
    guarded.run("sqlite3.connect('mine.db').close()")

    shown = guarded.run("%mlsec ledger show --last 100").text

    assert shown.count("mine.db") == 2
    assert "ledger.sqlite3" not in shown
