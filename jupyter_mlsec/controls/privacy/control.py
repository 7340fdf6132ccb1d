"""The control of privacy: it remembers what was read, and gives blocks that release noisy numbers within a budget."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from jupyter_mlsec.controls.contract import NOTHING, Call, Judgement, Quiet, Site, Verb
from jupyter_mlsec.controls.privacy import wording
from jupyter_mlsec.controls.privacy.settings import Settings
from jupyter_mlsec.protocol.errors import MlsecError, UsageError
from jupyter_mlsec.protocol.facts import Facts
from jupyter_mlsec.protocol.records import Operation

if TYPE_CHECKING:
    from fractions import Fraction
    from pathlib import Path

    from jupyter_mlsec.controls.privacy.budget import Budget
    from jupyter_mlsec.controls.privacy.handle import Private
    from jupyter_mlsec.controls.privacy.identity import Identity, Sources

REFUSED = "privacy-refused"


class Privacy(Quiet):
    """Looks at reads and writes without a say in them. What a block releases is spent first, and recorded."""

    name = "privacy"
    may_deny = False

    def __init__(self, site: Site) -> None:
        self._site = site
        self.settings: Settings = site.settings
        self._budget: Budget | None = None
        self._sources: Sources | None = None
        self._place: Path | None = None

    # -- asked by the gate ------------------------------------------------------------------------------------
    def after(self, operation: Operation, call: Call, value: Any, facts: Facts) -> Iterable[Judgement]:
        del facts
        if operation.action == "read":
            self.sources.remember(operation, value)
        elif operation.action == "write" and operation.resource.kind in ("file", "url"):
            self._written(operation, call)
        return NOTHING

    def replaced(self, operation: Operation, call: Call, value: Any, facts: Facts) -> None:
        """The user got another table than was read, a masked one: of the same people."""
        del call, facts
        self.sources.remember(operation, value)

    def _written(self, operation: Operation, call: Call) -> None:
        """Whoever reads this file spends from what it was made of."""
        if self.budget.is_there:
            with suppress(MlsecError):  # a save does not fail for it
                self.sources.written(operation.resource.name, self._site.descent(call.value), self.budget)

    # -- what the user asks -----------------------------------------------------------------------------------
    @property
    def budget(self) -> Budget:
        """What data sets may spend and have spent."""
        if self._budget is None:
            from jupyter_mlsec.controls.privacy.budget import Budget

            self._budget = Budget(self._folder, self._site.record, self._site.recall, self._site.apart)
        return self._budget

    @property
    def sources(self) -> Sources:
        """Which data sets tables are of."""
        if self._sources is None:
            from jupyter_mlsec.controls.privacy.identity import Sources

            self._sources = Sources()
        return self._sources

    def identify(self, table: Any, name: str | None = None) -> Identity:
        """The data sets of a table. Raises Denied where the policy wants them known, and they are not."""
        found = self.sources.identify(table, self._site.descent(table), self.budget, name)
        if not found.is_known and not self.settings.unknown:
            raise wording.unknown_source()
        return found

    def block(
        self,
        table: Any,
        epsilon: float,
        bounds: Mapping[str, tuple[Any, Any]] | None = None,
        *,
        dataset: str | None = None,
        noise: str = "laplace",
        missing: str = "refuse",
        max_rows: int | None = None,
    ) -> Private:
        """A private view of a table that may spend so much. Raises UsageError for what makes no sense, Denied where
        the table's data sets have not so much left.
        """
        from jupyter_mlsec.controls.privacy.accounting import epsilon_of
        from jupyter_mlsec.controls.privacy.columns import Columns, viewed
        from jupyter_mlsec.controls.privacy.handle import Block, Private, checked

        frame, asked, rows = viewed(table), epsilon_of(epsilon), self._rows(max_rows)
        if noise not in ("laplace", "gaussian") or missing not in ("refuse", "drop"):
            raise UsageError("noise is 'laplace' or 'gaussian'; missing is 'refuse' or 'drop'.")
        for column, pair in (bounds or {}).items():
            checked(column, pair)
        found = self.identify(table, dataset)
        self._judge(found.sets, asked, noise)
        block = Block(
            epsilon=asked,
            share=self.settings.share,
            rows=rows,
            noise="gaussian" if noise == "gaussian" else "laplace",
            bounds=dict(bounds or {}),
            sets=found.sets,
            known=found.is_known,
        )
        columns = Columns(frame, "drop" if missing == "drop" else "refuse")
        return Private(columns, block, lambda *asked: self._pay(found.sets, *asked))

    def _judge(self, sets: Sequence[str], epsilon: Fraction, noise: str) -> None:
        """Whether data sets could pay for a block at all."""
        from jupyter_mlsec.controls.privacy.accounting import shown

        state = self.budget.look()
        for name in sets:
            left = state.left(name) if name in state.caps else self.default[0]
            if epsilon > left:
                raise self._refuse("the block", name, shown(epsilon), shown(left))
            if noise == "gaussian" and not (state.caps.get(name) or self.default)[1]:
                raise UsageError(f"Gaussian noise needs a delta: %mlsec dp budget '{name}' EPSILON --delta 1e-6.")

    def _pay(self, sets: Sequence[str], epsilon: Fraction, noise: str, what: str) -> Fraction:
        """Spend that of each data set; what the poorest has left."""
        from jupyter_mlsec.controls.privacy.accounting import cost, shown
        from jupyter_mlsec.controls.privacy.budget import Refused

        try:
            paid = cost(epsilon, is_pure=noise == "laplace")
            return self.budget.spend(sets, paid, epsilon, what, self.default)
        except Refused as refused:
            raise self._refuse(f"the {what}", refused.name, shown(refused.asked), shown(refused.left)) from None

    @property
    def default(self) -> tuple[Fraction, Fraction]:
        """Epsilon and delta of a data set that nobody gave a budget."""
        from jupyter_mlsec.controls.privacy.accounting import delta_of, epsilon_of

        return epsilon_of(self.settings.epsilon), delta_of(self.settings.delta)

    def _rows(self, asked: int | None) -> int:
        """Rows of a person: no fewer than the policy says."""
        if asked is not None and (isinstance(asked, bool) or not isinstance(asked, int) or not 1 <= asked <= 1000):
            raise UsageError("max_rows is how many rows a person has at most: a whole number from 1 to 1000.")
        return max(asked or 1, self.settings.max_rows)

    def _refuse(self, what: str, name: str, cost: str, left: str) -> MlsecError:
        self._site.record(REFUSED, name, {"what": what, "cost": cost, "left": left})
        return wording.budget_spent(what, cost, name, left)

    def _folder(self) -> Path:
        """Where the budgets lie: beside the ledger, which is never on a file system where locks do not hold."""
        if self._place is None:
            from jupyter_mlsec.host.ledgerplace import ledger_folder

            self._place = ledger_folder(self._site.state()).path.parent / "privacy"
        return self._place

    def verbs(self) -> Sequence[Verb]:
        """`dp`."""
        from jupyter_mlsec.controls.privacy.verbs import verbs

        return verbs(self, self._site)
