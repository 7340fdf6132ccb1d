"""The words of sealing: `seal`, `open` and `keys`, in the notebook and in the shell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_mlsec.controls.contract import Answer, Site, Verb
from jupyter_mlsec.controls.encryption import keyverbs
from jupyter_mlsec.controls.encryption.keyverbs import Remembers, Run, existing
from jupyter_mlsec.protocol.errors import UsageError

_SEAL = "seal PATH ...\n\nReplace plain files by their sealed form, each once that was read back and compared."
_OPEN = "open PATH [-o OUT]\n\nOpen a sealed file for good: in its place, or to OUT."


def verbs_of(control: Remembers, site: Site) -> tuple[Verb, ...]:
    """`seal`, `open` and `keys`."""
    return (
        Verb(name="seal", summary="replace a plain file by its sealed form", usage=_SEAL, run=_seal(control)),
        Verb(name="open", summary="open a sealed file for good", usage=_OPEN, run=_open(control, site)),
        keyverbs.verb(control, site),
    )


def _seal(control: Remembers) -> Run:
    def run(arguments: Sequence[str], _namespace: Mapping[str, Any]) -> Answer:
        from jupyter_mlsec.vault.files import seal_file

        if not arguments or any(argument.startswith("-") for argument in arguments):
            raise UsageError(f"Usage: {_SEAL}")
        lines, data = [], []
        for argument in arguments:
            sealed = seal_file(existing(argument), identities=control.identities)
            control.remember(sealed)
            name = control.name_of(sealed.path)
            lines.append(f"{name} is sealed for you ({sealed.size:,} bytes). It reads back by itself; undo opens it.")
            data.append({"path": name, "sha256": sealed.digest, "size": sealed.size})
        return Answer(text="\n".join(lines), data=data)

    return run


def _open(control: Remembers, site: Site) -> Run:
    def run(arguments: Sequence[str], _namespace: Mapping[str, Any]) -> Answer:
        from jupyter_mlsec.vault.files import is_sealed_file, unseal_file

        words = list(arguments)
        output: Path | None = None
        if "-o" in words:
            at = words.index("-o")
            if at + 1 >= len(words):
                raise UsageError(f"Usage: {_OPEN}")
            output = Path(words[at + 1]).expanduser()
            del words[at : at + 2]
        if len(words) != 1 or words[0].startswith("-"):
            raise UsageError(f"Usage: {_OPEN}")
        path = existing(words[0])
        if not is_sealed_file(path):
            raise UsageError(f"{path} was left as it is: it is not sealed.")
        written = unseal_file(path, output, control.identities)
        name = control.name_of(written)
        site.record("opened", name, {"path": control.name_of(path), "in": "place" if output is None else "copy"})
        return Answer(text=f"{name} holds the plain content now.", data={"path": name})

    return run
