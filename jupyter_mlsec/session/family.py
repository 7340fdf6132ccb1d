"""Child processes and the guard: what a parent shows its children, and how a Python it starts takes it up.

A forked child has the guard already and reads from shared memory which cell is running. With `propagate = true` a
Python that is started anew finds in its environment where to read that, and a `sitecustomize` that loads the guard.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from jupyter_mlsec import interception
from jupyter_mlsec.gate import Scope
from jupyter_mlsec.gate.scope import OUTSIDE
from jupyter_mlsec.host import board
from jupyter_mlsec.protocol.records import Cell, Subject

if TYPE_CHECKING:
    from jupyter_mlsec.session.house import House

PARENT = "JUPYTER_MLSEC_PARENT"
_PATH = "PYTHONPATH"
_STARTUP = str(Path(interception.__file__).parent / "startup")


class Inherited(msgspec.Struct, frozen=True, kw_only=True):
    """What a started Python needs to be one of the family: a line of JSON in its environment."""

    run: str
    root: str
    board: str
    chosen: str | None = None
    """The profile or policy file that was named for this run."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What a parent shows: whether anything is watched now, and the cell that is running."""

    active: bool
    cell: Cell


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Shown).decode


class Family:
    """A parent's end: shows the running cell, and offers the guard to what it starts while `offer` holds."""

    def __init__(self, house: House, inherited: Inherited | None = None) -> None:
        """With `inherited`, the end of a child, that shows nothing. Raises OSError when its parent is gone."""
        self._house = house
        self._is_child = inherited is not None
        self._board = board.new() if inherited is None else board.open_file(Path(inherited.board))
        self._before: str | None = None
        self._offered = False

    def show(self) -> None:
        """Show what is so now; cheap enough for each cell."""
        if self._is_child:
            return
        scope = self._house.scope
        self._board.show(_encode(Shown(active=scope.active, cell=scope.cell)))

    def offer(self, on: bool) -> str:
        """Whether what this process starts shall load the guard. Says why where it cannot."""
        if on is self._offered or self._is_child:
            return ""
        if not on:
            self._withdraw()
            return ""
        try:
            shared = board.new_file()
        except OSError as error:
            why = (error.strerror or type(error).__name__).lower()
            return f"Child processes are not guarded: there is no place to tell them what is running ({why})."
        self._board, self._offered = shared, True
        self.show()
        house = self._house
        said = Inherited(run=house.run, root=house.root, board=str(shared.path), chosen=house.chosen_name)
        self._before = os.environ.get(_PATH)
        os.environ[PARENT] = _encode(said).decode()
        os.environ[_PATH] = os.pathsep.join([_STARTUP, self._before] if self._before else [_STARTUP])
        house.tripwire.joined = shared.joined
        house.tripwire.welcome = shared.welcome
        return ""

    def _withdraw(self) -> None:
        """As if it had never been offered; what the user put onto the path meanwhile stays."""
        self._offered = False
        os.environ.pop(PARENT, None)
        now = os.environ.get(_PATH, "").split(os.pathsep)
        rest = os.pathsep.join(each for each in now if each != _STARTUP)
        if rest or self._before is not None:
            os.environ[_PATH] = rest
        else:
            os.environ.pop(_PATH, None)
        self._house.tripwire.joined = self._house.tripwire.welcome = None
        self._board.close()
        self._board = board.new()

    def end(self) -> None:
        """The guard is unloaded: children that go on are told to watch no more."""
        if not self._is_child:
            self._board.show(_encode(Shown(active=False, cell=OUTSIDE)))
            self.offer(False)

    def child(self) -> ChildScope:
        """In a child: its scope. From now on it shows nothing."""
        self._is_child, self._offered = True, False  # what was offered is the parent's to take back
        self._board.join(os.getpid())
        return ChildScope(self._house.scope.subject, self._board)


class ChildScope(Scope):
    """In a child: the cell that its parent is running when it is asked."""

    __slots__ = ("_board", "_is_on")

    def __init__(self, subject: Subject, shared: board.Board) -> None:
        self._board = shared
        self._is_on = True
        super().__init__(subject)

    @property
    def active(self) -> bool:
        """Whether both it and its parent watch."""
        return self._is_on and self._shown().active

    @active.setter
    def active(self, is_on: bool) -> None:
        self._is_on = is_on

    @property
    def cell(self) -> Cell:
        """The parent's running cell, or one of its own."""
        return self.cells[-1] if self.cells else self._shown().cell

    def _shown(self) -> Shown:
        try:
            return _decode(self._board.shown())
        except msgspec.MsgspecError:  # nothing was shown yet
            return Shown(active=True, cell=OUTSIDE)
