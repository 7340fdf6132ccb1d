"""The deeds that a budget's file is made of, and what all of them together say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Literal

import msgspec

from jupyter_mlsec.controls.privacy.accounting import Account, written


class Deed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A budget given (`cap`), something spent (`spend`), or another name for data sets (`link`). Fractions as text."""

    do: Literal["cap", "spend", "link"]
    sets: tuple[str, ...]
    epsilon: str | None = None
    delta: str = "0"
    rho: str = "0"
    releases: int = 0
    by: str = ""
    """The process that spent it."""
    what: str = ""
    alias: str = ""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What is known after so many deeds, the last of which has that hash."""

    number: int = 0
    hash: str = ""
    caps: Mapping[str, tuple[Fraction, Fraction]] = {}
    """Of each data set its epsilon and delta."""
    spent: Mapping[str, Mapping[str, Account]] = {}
    """Of each data set what each process spent."""
    totals: Mapping[str, Account] = {}
    links: Mapping[str, tuple[str, ...]] = {}
    """Of each alias the data sets it spends from."""

    def after(self, deed: Deed, digest: str) -> State:
        """With one deed more."""
        caps, spent, totals, links = self.caps, self.spent, self.totals, self.links
        if deed.do == "cap":
            caps = {**caps, **dict.fromkeys(deed.sets, (Fraction(deed.epsilon or 0), Fraction(deed.delta)))}
        elif deed.do == "link":
            links = {**links, deed.alias: tuple(dict.fromkeys((*links.get(deed.alias, ()), *deed.sets)))}
        else:
            cost = Account(
                epsilon=None if deed.epsilon is None else Fraction(deed.epsilon),
                rho=Fraction(deed.rho),
                releases=deed.releases,
            )
            for name in deed.sets:
                own = spent.get(name, {})
                spent = {**spent, name: {**own, deed.by: own.get(deed.by, Account()).plus(cost)}}
                totals = {**totals, name: totals.get(name, Account()).plus(cost)}
        return State(number=self.number + 1, hash=digest, caps=caps, spent=spent, totals=totals, links=links)

    def left(self, name: str) -> Fraction:
        """What a data set has left; never less than nothing."""
        epsilon, delta = self.caps[name]
        return max(Fraction(0), epsilon - self.total(name).total(delta))

    def affords(self, name: str, cost: Account) -> bool:
        """Whether a data set can still pay that."""
        epsilon, delta = self.caps[name]
        return self.total(name).plus(cost).total(delta) <= epsilon

    def total(self, name: str) -> Account:
        """What was spent of a data set."""
        return self.totals.get(name, Account())

    def lacks(self, other: State) -> Iterator[Deed]:
        """The deeds that bring this up to the other: budgets and links it does not know, and what was spent beyond."""
        for name, (epsilon, delta) in other.caps.items():
            if name not in self.caps:
                yield Deed(do="cap", sets=(name,), epsilon=written(epsilon), delta=written(delta))
        for alias, names in other.links.items():
            if not set(names) <= set(self.links.get(alias, ())):
                yield Deed(do="link", sets=names, alias=alias)
        for name, parts in other.spent.items():
            for by, theirs in parts.items():
                ours = self.spent.get(name, {}).get(by, Account())
                most = ours.most(theirs)
                if most != ours:
                    yield _difference(name, by, ours, most)


def _difference(name: str, by: str, ours: Account, most: Account) -> Deed:
    beyond = None if most.epsilon is None else most.epsilon - (ours.epsilon or 0)
    return Deed(
        do="spend",
        sets=(name,),
        epsilon=None if beyond is None else written(beyond),
        rho=written(most.rho - ours.rho),
        releases=most.releases - ours.releases,
        by=by,
        what="recalled from the ledger",
    )


def recalled(said: Mapping[str, str], by: str) -> Deed:
    """What the ledger's entry says that a process has spent of a data set in all."""
    return Deed(
        do="spend",
        sets=(said["data set"],),
        epsilon=None if said["epsilon"] == "none" else said["epsilon"],
        rho=said["rho"],
        releases=int(said["releases"]),
        by=by,
    )
