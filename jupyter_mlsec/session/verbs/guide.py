"""`help`: what one can type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_mlsec.controls.contract import Answer, Verb


def guide_verbs(known: Mapping[str, Verb]) -> tuple[Verb, ...]:
    """The help verb over all others."""

    def run(arguments: Sequence[str], namespace: Mapping[str, Any]) -> Answer:  # noqa: ARG001
        if arguments and arguments[0] in known:
            verb = known[arguments[0]]
            return Answer(text=f"{verb.summary}\n\n{verb.usage}", data={"verb": verb.name, "usage": verb.usage})
        width = max(map(len, known))
        lines = [f"  {name:<{width}}  {verb.summary}" for name, verb in known.items()]
        text = "\n".join(["%mlsec VERB (each takes --help, and --json where it answers with data):", *lines])
        return Answer(text=text, data={name: verb.summary for name, verb in known.items()})

    return (Verb(name="help", summary="This list, or one verb's usage.", usage="%mlsec help [VERB]", run=run),)
