"""What each data set may spend and has spent, in one file for all kernels of a project. Spent first, then released.

The file is a chain: each row holds one deed and a hash of all before it. Nothing is ever taken back. Every deed is in
the ledger, too, so that a file that was deleted, set back or damaged is brought up to what was spent; where the ledger
knows of nothing either, a damaged file is not replaced. Times play no part.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import msgspec

from jupyter_mlsec.controls.privacy.accounting import Account, shown, written
from jupyter_mlsec.controls.privacy.chain import Deed, State, recalled
from jupyter_mlsec.protocol.errors import Denied

FILE = "budget.sqlite3"
SPENT, BUDGET, LINKED = "privacy-spent", "privacy-budget", "privacy-linked"
"""The verbs of the deeds in the ledger."""
_PATIENCE = 10.0
_TABLE = "CREATE TABLE IF NOT EXISTS deeds (number INTEGER PRIMARY KEY, deed TEXT NOT NULL, hash TEXT NOT NULL)"
Recall = Callable[..., Mapping[str, Mapping[str, str]]]


class Broken(sqlite3.DatabaseError):
    """A row is not the one that was written there."""


class Refused(Exception):
    """A data set has not so much left. Nothing was spent on any."""

    def __init__(self, name: str, left: Fraction, asked: Fraction) -> None:
        super().__init__(name)
        self.name, self.left, self.asked = name, left, asked


class Budget:
    """One for each load of the guard. `record`, `recall` and `apart` are the site's: deeds of this control."""

    def __init__(
        self,
        folder: Callable[[], Path],
        record: Callable[[str, str, dict[str, str]], None],
        recall: Recall,
        apart: Callable[[], contextlib.AbstractContextManager[None]] = contextlib.nullcontext,
    ) -> None:
        self._folder = folder
        self._apart = apart
        self._record = record
        self._recall = recall
        self._state = State()
        self._pid, self._token = 0, ""
        self.said: list[str] = []
        """What the user should hear once."""

    @property
    def is_there(self) -> bool:
        """Whether anything was ever kept here."""
        return self._state.number > 0 or (self._folder() / FILE).exists()

    def look(self) -> State:
        """All as it is now."""
        with self._changing():
            return self._state

    def cap(self, name: str, epsilon: Fraction, delta: Fraction) -> State:
        """Give a data set this budget from now on; what it spent stays spent."""
        with self._changing() as write:
            self._record(BUDGET, name, {"epsilon": written(epsilon), "delta": written(delta)})
            write(Deed(do="cap", sets=(name,), epsilon=written(epsilon), delta=written(delta)))
            return self._state

    def link(self, alias: str, names: Sequence[str]) -> None:
        """From now on what goes by that alias spends from these data sets."""
        with self._changing() as write:
            fresh = tuple(name for name in names if name not in self._state.links.get(alias, ()))
            if fresh:
                if alias.startswith("read:"):
                    self._record(LINKED, alias, {"from": "\n".join(self._state.links.get(alias, ()) + fresh)})
                write(Deed(do="link", sets=fresh, alias=alias))

    def spend(
        self, names: Sequence[str], cost: Account, asked: Fraction, what: str, default: tuple[Fraction, Fraction]
    ) -> Fraction:
        """Spend that from each of these data sets, or from none; what the poorest of them has left.

        `default`: epsilon and delta of one that has no budget yet. Raises Refused past a budget, Denied where what is
        spent cannot be kept. When this returns, it is spent, whatever becomes of the release.
        """
        with self._changing() as write:
            for name in names:
                if name not in self._state.caps:
                    write(Deed(do="cap", sets=(name,), epsilon=written(default[0]), delta=written(default[1])))
            for name in names:
                if not self._state.affords(name, cost):
                    raise Refused(name, self._state.left(name), asked)
            deed = Deed(
                do="spend",
                sets=tuple(names),
                epsilon=None if cost.epsilon is None else written(cost.epsilon),
                rho=written(cost.rho),
                releases=cost.releases,
                by=self._me(),
                what=what,
            )
            write(deed)
            for name in names:
                self._tell(name, cost, what)
            return min(self._state.left(name) for name in names)

    def _tell(self, name: str, cost: Account, what: str) -> None:
        """The ledger's entry: what this process has spent of a data set in all, so that none depends on their order."""
        own = self._state.spent[name][self._me()]
        epsilon, delta = self._state.caps[name]
        self._record(
            SPENT,
            f"{name} by {self._me()}",
            {
                "data set": name,
                "what": what,
                "cost": shown(cost.epsilon or Fraction(0)) if cost.epsilon is not None else f"rho {shown(cost.rho)}",
                "left": shown(self._state.left(name)),
                "epsilon": "none" if own.epsilon is None else written(own.epsilon),
                "rho": written(own.rho),
                "releases": str(own.releases),
                "budget": written(epsilon),
                "delta": written(delta),
            },
        )

    def _me(self) -> str:
        """This process: a forked one is another."""
        if self._pid != os.getpid():
            self._pid, self._token = os.getpid(), secrets.token_hex(6)
        return self._token

    # -- the file ---------------------------------------------------------------------------------------------
    @contextlib.contextmanager
    def _changing(self) -> Iterator[Callable[[Deed], None]]:
        """The file under its lock, read up to its end; what is written within is there as a whole or not at all."""
        with self._apart():
            yield from self._changed()

    def _changed(self) -> Iterator[Callable[[Deed], None]]:
        before = self._state
        try:
            connection = self._begun()
        except (OSError, sqlite3.Error) as error:
            self._state = before
            raise _unkept(error) from None
        try:
            yield lambda deed: self._append(connection, deed)
            connection.execute("COMMIT")
        except BaseException as error:
            self._state = before
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise _unkept(error) from None
            raise
        finally:
            connection.close()

    def _begun(self) -> sqlite3.Connection:
        """The file, open and locked, with all that others wrote read; a damaged one is replaced where that can be."""
        path = self._folder() / FILE
        for is_last in (False, True):
            connection = _connected(path)
            try:
                connection.execute("PRAGMA trusted_schema = OFF")
                connection.execute("PRAGMA synchronous = FULL")
                _keep_a_log(connection)
                connection.execute("BEGIN IMMEDIATE")
                connection.execute(_TABLE)
                self._catch_up(connection)
            except BaseException as error:
                connection.close()
                if is_last or not isinstance(error, sqlite3.Error) or not _is_damage(error):
                    raise
                self._put_aside(path)
            else:
                return connection
        raise AssertionError  # the second turn returns or raises

    def _catch_up(self, connection: sqlite3.Connection) -> None:
        """Read what others wrote. A file that does not go on from what is known is read anew, and brought up to it."""
        known = self._state
        tail = connection.execute("SELECT hash FROM deeds WHERE number = ?", (known.number,)).fetchone()
        goes_on = known.number > 0 and tail is not None and tail[0] == known.hash
        state = known if goes_on else State()
        rows = connection.execute(
            "SELECT number, deed, hash FROM deeds WHERE number > ? ORDER BY number", (state.number,)
        )
        for number, text, digest in rows.fetchall():
            if number != state.number + 1 or digest != _hash(state.hash, text):
                raise Broken("the chain of deeds is broken")
            state = state.after(msgspec.json.decode(text, type=Deed), digest)
        self._state = state
        if not goes_on:
            for source in (known, self._recalled()):
                for deed in tuple(self._state.lacks(source)):
                    self._append(connection, deed)
                    if deed.do == "spend":
                        self._say(f"The privacy budget of {deed.sets[0]} was brought up to what is known to be spent.")

    def _say(self, line: str) -> None:
        if line not in self.said:
            self.said.append(line)

    def _append(self, connection: sqlite3.Connection, deed: Deed) -> None:
        text = msgspec.json.encode(deed).decode()
        digest = _hash(self._state.hash, text)
        connection.execute("INSERT INTO deeds VALUES (?, ?, ?)", (self._state.number + 1, text, digest))
        self._state = self._state.after(deed, digest)

    def _recalled(self) -> State:
        """What the ledger knows."""
        state, given = State(), self._recall(BUDGET)
        for name, said in given.items():
            state = state.after(Deed(do="cap", sets=(name,), epsilon=said["epsilon"], delta=said["delta"]), "")
        for alias, said in self._recall(LINKED).items():
            state = state.after(Deed(do="link", sets=tuple(said["from"].split("\n")), alias=alias), "")
        for subject, said in self._recall(SPENT).items():
            name, cap = said["data set"], Fraction(said["budget"])
            if name not in given and cap <= state.caps.get(name, (cap,))[0]:
                state = state.after(Deed(do="cap", sets=(name,), epsilon=said["budget"], delta=said["delta"]), "")
            by = subject.rpartition(" by ")[2]
            state = state.after(recalled(said, by), "")
        return state

    def _put_aside(self, path: Path) -> None:
        """A damaged file, where the ledger can replace it. Raises Denied where it cannot."""
        if not self._recall(SPENT) and not self._recall(BUDGET) and not self._state.number:
            raise Denied(
                f"Nothing was released: the privacy budget ({path.name}) is damaged, and the ledger does not know what "
                "was spent. Restore the file, or move it away and set each budget again (%mlsec dp budget)."
            )
        aside = path.with_name(f"{FILE}.damaged-{secrets.token_hex(4)}")
        for ending in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                path.with_name(FILE + ending).rename(aside.with_name(aside.name + ending))
        self._say(f"The file of privacy budgets was damaged; it is {aside.name} now, and made anew from the ledger.")


def _connected(path: Path) -> sqlite3.Connection:
    """The file, made with mode 0600 where there is none; SQLite gives its log the same."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    ignored = path.with_name(".gitignore")
    if not ignored.exists():
        ignored.write_text("*\n")
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600))
    return sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)


def _keep_a_log(connection: sqlite3.Connection) -> None:
    """Write ahead. Of two processes that make a new file so at once SQLite turns one away without any patience."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > until:
                raise
            time.sleep(0.005)
        else:
            return


def _hash(before: str, text: str) -> str:
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()


def _is_busy(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _is_damage(error: sqlite3.Error) -> bool:
    return isinstance(error, Broken) or getattr(error, "sqlite_errorcode", 0) & 0xFF in (
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    )


def _unkept(error: Exception) -> Denied:
    """Whoever has a budget is not let through uncounted."""
    if isinstance(error, sqlite3.Error) and _is_busy(error):
        why = "another kernel holds the privacy budgets; try again"
    else:
        why = f"the privacy budgets cannot be kept ({getattr(error, 'strerror', None) or type(error).__name__})"
    return Denied(f"Nothing was released or spent: {why}.")
