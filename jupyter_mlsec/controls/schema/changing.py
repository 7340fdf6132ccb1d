"""The verbs that change a schema: relax shows a diff before it writes, edit says what a person's own change came to."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from jupyter_mlsec.controls.contract import Answer
from jupyter_mlsec.controls.schema import relax as relaxing
from jupyter_mlsec.controls.schema import wording, written
from jupyter_mlsec.controls.schema.beyond import judge
from jupyter_mlsec.controls.schema.spec import Schema
from jupyter_mlsec.frames import Frame
from jupyter_mlsec.protocol.errors import SchemaError

if TYPE_CHECKING:
    from jupyter_mlsec.controls.schema.control import SchemaControl


def relax(control: SchemaControl, resource: str, frame: Frame | None, *, agreed: bool) -> Answer:
    """The smallest change that would admit a table, as a diff; made when `agreed`."""
    files = control.store.approved_files(resource)
    if len(files) > 1:
        raise SchemaError(f"Nothing was changed: {resource} has more than one schema ({files[0].name} and others).")
    if files:
        approved = control.store.approved_in(files[0], resource)
        before = files[0].read_bytes()
        made = _changes(control, resource, frame, approved.schema)
        document = relaxing.amended(written.loaded(before, files[0].name), made)
        after = written.dumped(document, written.comment_of(before))
        return _answer(control, resource, f".mlsec/schemas/{files[0].name}", before, after, made, agreed=agreed)
    learned = control.store.learned(resource)
    if learned is None:
        raise SchemaError(f"Nothing was changed: no schema of {resource} is known.")
    made = _changes(control, resource, frame, learned)
    wider = msgspec.structs.replace(relaxing.applied(learned, made), version=learned.version + 1)
    before, after = written.to_yaml(learned), written.to_yaml(wider)
    lost = [] if learned.habits is None else wording.habits(learned.habits, [(one.column, one.key) for one in made])
    answer = _answer(control, resource, "", before, after, made, lost=lost, agreed=agreed)
    if made and agreed:
        control.store.keep(wider)
        control.record("schema", resource, {"deed": "relax", "resource": resource, "version": str(wider.version)})
    return answer


def _changes(control: SchemaControl, resource: str, frame: Frame | None, schema: Schema) -> tuple[relaxing.Change, ...]:
    labelled = control.labelled(resource)
    if frame is not None:
        return relaxing.changes(frame, schema, judge(frame, schema), labelled=labelled)
    failed = control.failed.find(resource)
    if failed is None:
        raise SchemaError(
            f"Nothing was changed: no load of {resource} failed in this session. Load it again, or name a table:"
            f" %mlsec schema relax NAME {resource}"
        )
    return failed.changes


def _answer(
    control: SchemaControl,
    resource: str,
    file: str,
    before: bytes,
    after: bytes,
    made: tuple[relaxing.Change, ...],
    *,
    lost: Sequence[str] = (),
    agreed: bool,
) -> Answer:
    """The diff, and what was or can be done. `file`: the approved file, "" for a learned schema. `lost`: its habits."""
    if not made:
        return Answer(text=f"{resource}: the schema admits that table as it is.", data={"changes": []})
    name = file or f"what was learned of {resource}"
    old, new = (raw.decode("utf-8", "replace").splitlines() for raw in (before, after))
    diff = "\n".join(difflib.unified_diff(old, new, name, name, lineterm="", n=2))
    shares = [f"{one.column}: more missing values than were seen" for one in made if one.key == "nullable"]
    unwritten = [*(f"-habit: {line}" for line in lost), *(() if diff else shares)]  # what pandera's YAML has no key for
    diff = "\n".join([*([diff] if diff else []), *unwritten])
    data = {"resource": resource, "diff": diff, "changes": [[one.column, one.key] for one in made], "made": agreed}
    if not agreed:
        hint = f"%mlsec schema relax {resource} --yes makes this change."
        return Answer(text=f"{diff}\n{hint}", data=data)
    text = f"{diff}\nThe schema was changed."
    if file:
        details = control.store.rewrite(resource, after)
        control.record("schema", resource, {"deed": "relax", "resource": resource, **details})
        text += f" Have {file} reviewed and commit it. To take it back: %mlsec undo"
    control.failed.drop(resource)
    return Answer(text=text, data=data)


def edit(control: SchemaControl, resource: str) -> Answer:
    """Where the approved file lies, and what it comes to as it is now. SchemaError names line and key of a mistake."""
    files = control.store.approved_files(resource)
    if not files:
        raise SchemaError(f"There is nothing to edit: no schema of {resource} is approved. %mlsec schema approve does.")
    said = []
    for path in files:
        approved = control.store.approved_in(path, resource)
        state = "approved by you" if approved.is_mine else "not approved by you as it is now: %mlsec schema approve"
        said.append(f"{path}\n  can be followed: {len(approved.schema.columns)} columns; {state}")
    text = "\n".join(said) + "\nEdit it there, then ask again: what cannot be followed is named with line and key."
    return Answer(text=text, data={"files": [str(path) for path in files]})
