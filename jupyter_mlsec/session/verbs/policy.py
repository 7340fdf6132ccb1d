"""`policy`: what is in force, checked and trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_mlsec import policy
from jupyter_mlsec.controls.contract import Answer, Verb
from jupyter_mlsec.host import places
from jupyter_mlsec.session.house import House, control_rooms
from jupyter_mlsec.session.verbs.options import Options

_DEEDS = ("show", "trust", "check", "reload", "observe", "guard")

_USAGE = """%mlsec policy                what is in force, and who set it
%mlsec policy observe|guard  change the profile for this run; that it was changed is recorded
%mlsec policy trust          approve the project's policy as it is now
%mlsec policy check [FILE]   whether a policy file can be followed
%mlsec policy reload         read the files again"""


def policy_verbs(house: House) -> tuple[Verb, ...]:
    """The policy verb."""

    def run(arguments: Sequence[str], namespace: Mapping[str, Any]) -> Answer:  # noqa: ARG001
        options = Options("policy")
        options.add_argument("deed", nargs="?", default="show", choices=_DEEDS)
        options.add_argument("file", nargs="?")
        given = options.read(arguments)
        sections = {name: room.Settings for name, room in control_rooms().items()}
        if given.deed == "trust":
            report = policy.trust_project(house.root_path, places.data_folder(), sections)
            house.reload_policy()
        elif given.deed == "check":
            report = policy.check(Path(given.file or house.root_path / ".mlsec" / "policy.toml"), sections)
        else:
            if given.deed in ("observe", "guard"):
                house.choose(given.deed)
            elif given.deed == "reload":
                house.reload_policy()
            report = policy.show(house.policy)
        return Answer(text=report.text, data=report.data, ok=report.ok)

    return (Verb(name="policy", summary="What is in force, and trusting it.", usage=_USAGE, run=run),)
