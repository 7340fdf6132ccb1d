"""Puts the rooms together: one policy, the controls, the gate, the ledger, the watches. Knows nothing of IPython."""

from __future__ import annotations

import contextlib
import importlib
import itertools
import os
import platform
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from jupyter_mlsec._version import __version__
from jupyter_mlsec.controls import CONTROLS
from jupyter_mlsec.controls.contract import Control, Hears, Settles, Site
from jupyter_mlsec.gate import Allowances, Gate, Journal, Scope
from jupyter_mlsec.gate import wording as gate_wording
from jupyter_mlsec.gate.scope import inside
from jupyter_mlsec.host import places
from jupyter_mlsec.interception import Interception, auditing
from jupyter_mlsec.interception.arrivals import Arrivals
from jupyter_mlsec.interception.settings import Settings as InterceptionSettings
from jupyter_mlsec.interception.tripwire import Tripwire
from jupyter_mlsec.interceptors import LIBRARIES
from jupyter_mlsec.policy import Policy, load
from jupyter_mlsec.policy.layer import PROFILES
from jupyter_mlsec.policy.ledger import LedgerSettings
from jupyter_mlsec.protocol.entries import ENVIRONMENT, Closed, Did, Entry, Opened, Recorded, Switched
from jupyter_mlsec.protocol.errors import UsageError
from jupyter_mlsec.protocol.records import Finding, Operation, Resource, Subject
from jupyter_mlsec.session.coverage import Seen
from jupyter_mlsec.session.descent import descent_of
from jupyter_mlsec.session.environment import Environment
from jupyter_mlsec.session.family import Family, Inherited
from jupyter_mlsec.session.keeping import Keeping
from jupyter_mlsec.session.logs import Logs
from jupyter_mlsec.vault import filesystems

_LAST_WAIT = 2.0
"""Seconds that the end of a run waits for digests of files."""


_CHANGEABLE = ("observe", "guard")
"""The profiles between which a user may change by a button; `strict` is left by changing the policy."""


def control_rooms() -> Mapping[str, ModuleType]:
    """Each control's package by its name, imported (they are light)."""
    return {name: importlib.import_module(f"jupyter_mlsec.controls.{name}") for name in CONTROLS}


def all_rules() -> dict[str, Any]:
    """Every rule there is, by id."""
    rules = list(gate_wording.RULES)
    for room in control_rooms().values():
        rules.extend(room.RULES)
    return {rule.id: rule for rule in rules}


def pseudonym() -> str:
    """Who runs this process, without a name: the OS's number for the account."""
    return f"uid-{os.getuid()}" if hasattr(os, "getuid") else "os-user"


class House:
    """One load of the guard. `start` puts it to work, `stop` takes everything back."""

    def __init__(
        self,
        chosen: str | Path | None = None,
        notebook: str | None = None,
        raise_ours: bool = False,
        inherited: Inherited | None = None,
    ) -> None:
        """`inherited` makes it the guard of a child process, as its parent said."""
        self.run = f"{inherited.run}/{os.getpid()}" if inherited else secrets.token_hex(8)
        self.is_inherited = inherited is not None
        self.notebook = notebook
        self._chosen = chosen
        project = places.find_project(Path.cwd()) if inherited is None else places.Project(root=Path(inherited.root))
        self.root_path = project.root
        self.root = str(project.root)
        self._rooms = control_rooms()
        self._unsaid: list[str] = [*project.passed_over]
        self.allowances = Allowances()
        self.policy: Policy = self._load_policy(None)
        self.scope = Scope(Subject(name=pseudonym()))
        self.keeping = Keeping(self.root_path, folds=inherited is None, is_durable=self._wants_durable)
        self.journal = Journal(self.run, self.keeping.keep)
        self.deeds: list[tuple[str, Did]] = []
        self.controls: dict[str, Control] = {}
        self._hearers: tuple[Callable[[Entry], None], ...] = ()
        self.gate = Gate(self.journal, self.allowances, raise_ours=raise_ours)
        self.gate.employ(self._build_controls())
        self.tripwire = self._build_tripwire()
        self.keeping.apart = self._apart
        self.seen = Seen()
        self.interception = Interception(LIBRARIES, self)
        self._arrivals = Arrivals()
        self.logs = Logs(lambda: self.scope, lambda: self.controls)
        self._taught_fsspec = False
        self._environment = Environment((each.module, each.name) for each in LIBRARIES)
        self.cells = 0
        self._ids = itertools.count(1)
        self.family = Family(self, inherited)
        if inherited is not None:
            self.scope = self.family.child()
            self.gate.counting.in_child()

    @property
    def chosen_name(self) -> str | None:
        """The profile or policy file that was named for this run, such that a child in another folder finds it."""
        if self._chosen is None or self._chosen in PROFILES:
            return None if self._chosen is None else str(self._chosen)
        return str(Path(self._chosen).absolute())

    @property
    def activations(self) -> bool:
        """Whether functional activations of torch are looked at too."""
        return bool(self.policy.section("interception").activations)

    @property
    def passes(self) -> str:
        """Of how many forward passes activations are looked at."""
        return str(self.policy.section("models").activations)

    @property
    def keeps_tensors(self) -> bool:
        """Whether activations are kept in full."""
        return bool(self.policy.section("models").keep == "activations")

    def fresh_id(self) -> str:
        """An operation id, unique across runs."""
        return f"{self.journal.run}.{next(self._ids)}"

    def start(self) -> None:
        """Install the watches and write the opening entry (kept in memory until something is watched)."""
        self.family.show()
        self.interception.install()
        self.tripwire.install()
        self.logs.open()
        self._arrivals.expect("fsspec.compression", self._teach_fsspec)
        self._propagate()
        self.journal.listen(self.seen.hear)
        self.journal.listen(self._watched)
        self.journal.listen(self._tell_controls)
        auditing.judge_names(self._named)
        self.journal.write(
            Opened,
            subject=self.scope.subject,
            profile=self.policy.profile,
            policy=self.policy.digest,
            notebook=self.notebook,
            versions={"jupyter_mlsec": __version__, "python": platform.python_version()},
            platform=sys.platform,
            watching=tuple(library.name for library in LIBRARIES),
            off=self.off(),
        )

    @property
    def reach(self) -> InterceptionSettings:
        """What is watched beyond this process's calls."""
        chosen: InterceptionSettings = self.policy.section("interception")
        return InterceptionSettings() if "interception" in self.policy.off else chosen

    def off(self) -> tuple[str, ...]:
        """What is not watched or not asked, each with its reason after a colon."""
        controls = (f"{name}: switched off by the administrator" for name in self.policy.off if name in self._rooms)
        return (*controls, *(f"{name}: {why}" for name, why in self.interception.stood_down.items()))

    def stop(self) -> None:
        """Take every watch back, close the ledger. Safe to call twice."""
        if not self.scope.active and not self.interception.watching and self.keeping.is_closed:
            return
        self.interception.uninstall()
        self.tripwire.uninstall()
        self.logs.close()
        auditing.judge_no_more(self._named)
        self._arrivals.stop()
        if self._taught_fsspec:
            filesystems.forget()
        self.family.end()
        self.scope.active = False
        self.gate.counting.settle()
        self.settle(_LAST_WAIT, last=True)
        if not self.keeping.is_closed:
            self.note_environment()
            self.journal.write(Closed, recorded=self.journal.recorded, cells=self.cells)
            self.keeping.close()

    def note_environment(self) -> None:
        """Record the versions of the watched libraries that are loaded, as far as that is not done."""
        fresh = self._environment.fresh()
        if fresh:
            self.journal.write(Did, verb=ENVIRONMENT, subject="libraries", details=fresh)

    def settle(self, seconds: float, *, last: bool = False) -> None:
        """Let controls finish what they do in the background, each for so long; `last`: and give up the rest."""
        for control in self.controls.values():
            if isinstance(control, Settles):
                control.settle(seconds, last=last)

    def pause(self, reason: str) -> None:
        """Watch nothing until `resume`; that it was paused is recorded."""
        self.journal.write(Switched, to="paused", reason=reason)
        self.scope.active = False
        self.family.show()

    def resume(self) -> None:
        """Watch again."""
        self.scope.active = True
        self.family.show()
        self.journal.write(Switched, to="resumed")

    def reload_policy(self) -> tuple[str, ...]:
        """Read the policy again and rebuild the controls with it; what was learned in memory by lineage is kept."""
        self.policy = self._load_policy(self.policy)
        self.tripwire.hear_folders(self.reach.inotify)
        self._propagate()
        kept = self.controls.get("lineage")
        controls = self._build_controls()
        if kept is not None and "lineage" in self.controls:
            self.controls["lineage"] = kept
            controls = tuple(self.controls.values())
        self.gate.employ(controls)
        self.journal.write(Switched, to="policy", policy=self.policy.digest)
        return self.policy.notices

    @property
    def may_choose(self) -> tuple[str, ...]:
        """The profiles that the user may change to in this run: none where the administrator or `strict` forbids it."""
        is_locked = self.policy.locks.get("profile") == "force-on"
        return () if is_locked or self.policy.profile not in _CHANGEABLE else _CHANGEABLE

    def choose(self, profile: str) -> None:
        """Follow this profile until the run ends. Raises UsageError where that is not the user's to say."""
        before = self._chosen
        if profile not in self.may_choose:
            raise UsageError(f"The profile stays {self.policy.profile}: the policy does not let it be {profile}.")
        self._chosen = profile
        self.reload_policy()
        if self.policy.profile != profile:
            self._chosen = before
            self.reload_policy()
            raise UsageError(f"The profile stays {self.policy.profile}: another policy file asks for more.")

    def fresh_notices(self) -> tuple[str, ...]:
        """What the user should hear once and has not heard yet."""
        stood_down, self.interception.unsaid = self.interception.unsaid, []
        unsaid, self._unsaid = tuple(dict.fromkeys((*self._unsaid, *stood_down))), []
        return unsaid

    def in_child(self) -> None:
        """A forked child is a run of its own, named after its parent's."""
        self.journal.run = f"{self.run.partition('/')[0]}/{os.getpid()}"
        self.scope = self.family.child()
        self.gate.counting.in_child()
        self.tripwire.in_child()

    def state(self) -> Path:
        """The project's `.mlsec/`, or its stand-in, made now if need be."""
        return self.keeping.state()

    def _load_policy(self, previous: Policy | None) -> Policy:
        rooms = {name: room.Settings for name, room in self._rooms.items()}
        sections = {**rooms, "interception": InterceptionSettings, "ledger": LedgerSettings}
        policy = load(self.root_path, places.data_folder(), sections, self._chosen, previous=previous)
        self.allowances.lock(f"{name}.*" for name, lock in policy.locks.items() if lock == "force-on")
        self._unsaid.extend(policy.notices)
        if policy.plugins:
            self._unsaid.append(f"Plugins are not loaded by this version: {', '.join(policy.plugins)}.")
        return policy

    def _wants_durable(self) -> bool:
        return bool(self.policy.section("ledger").synchronous == "full")

    def _propagate(self) -> None:
        trouble = self.family.offer(self.reach.propagate)
        if trouble:
            self._unsaid.append(trouble)

    def _teach_fsspec(self, compression: ModuleType) -> None:
        self._taught_fsspec = filesystems.teach(compression)

    @contextlib.contextmanager
    def _apart(self) -> Iterator[None]:
        """Within it, what the calling thread does is ours: it is not watched, and its bytes are in nobody's figures."""
        with self.tripwire.threads.here():
            before = inside.set(True)
            try:
                yield
            finally:
                inside.reset(before)

    def _build_tripwire(self) -> Tripwire:
        tripwire = Tripwire(self.root, (str(places.data_folder()),))
        tripwire.hear_folders(self.reach.inotify)
        return tripwire

    def _watched(self, entry: Entry) -> None:
        """A file that a watched call named is not one that was opened without a watch."""
        if isinstance(entry, Recorded) and entry.operation.resource.kind == "file":
            name = entry.operation.resource.name
            folder = None if name.startswith(".../") else str((self.root_path / name).parent)
            self.tripwire.watched(name, folder)

    def _tell_controls(self, entry: Entry) -> None:
        for heard in self._hearers:
            heard(entry)

    def _named(self, module: str, name: str) -> None:
        """An unpickler, whosoever it is, is about to look up a name."""
        if self.scope.active:
            self.gate.named(module, name)

    def _interject(self, operation: Operation | None, finding: Finding) -> None:
        self.gate.interject(operation or self._unwatched_load(), finding)

    def _unwatched_load(self) -> Operation:
        """A load of which only the names are seen that it looks up."""
        resource = Resource(kind="buffer", name="pickled objects")
        return Operation(
            id=self.fresh_id(),
            action="read",
            subject=self.scope.subject,
            resource=resource,
            cell=self.scope.cell,
            library="pickle",
            function="Unpickler.load",
            at=time.time_ns(),
        )

    def _build_controls(self) -> tuple[Control, ...]:
        self.controls.clear()
        for name, room in self._rooms.items():
            if name in self.policy.off:
                continue
            site = Site(
                settings=self.policy.section(name),
                profile=self.policy.profile,
                project=lambda: self.root_path,
                state=self.keeping.state,
                data=places.data_folder,
                amend=lambda operation, **learned: self.gate.amend(operation, **learned),
                record=self._recorder(name),
                recall=self.keeping.recall,
                ours=lambda: self.tripwire.ours(),
                apart=self._apart,
                descent=lambda value: descent_of(self.controls.get("lineage"), value),
                interject=self._interject,
                is_under_way=self.gate.is_under_way,
            )
            self.controls[name] = room.build(site)
        self._hearers = tuple(each.heard for each in self.controls.values() if isinstance(each, Hears))
        return tuple(self.controls.values())

    def _recorder(self, control: str) -> Callable[[str, str, dict[str, str]], None]:
        def record(verb: str, subject: str, details: dict[str, str]) -> None:
            self.deeds.append((control, self.journal.write(Did, verb=verb, subject=subject, details=details)))

        return record


def quietly_stop(house: House) -> None:
    """At interpreter exit: nothing of ours may be the last thing a user reads."""
    with contextlib.suppress(Exception):
        house.stop()
