"""The public Python doors: the same rooms as the magics, for scripts and for cells that prefer functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlsec.protocol.errors import UsageError
from jupyter_mlsec.session import running

if TYPE_CHECKING:
    from jupyter_mlsec.controls.lineage.slices import Slice
    from jupyter_mlsec.controls.pii.anonymity import Risk
    from jupyter_mlsec.controls.pii.detection import Detection, Span
    from jupyter_mlsec.controls.privacy.handle import Private
    from jupyter_mlsec.controls.schema.verdict import Verdict
    from jupyter_mlsec.reports.verdict import Verification
    from jupyter_mlsec.session.house import House
    from jupyter_mlsec.vault.files import Sealed, SealedFile
    from jupyter_mlsec.vault.reader import AgeReader


@contextmanager
def guard(policy: str | Path | None = None) -> Iterator[House]:
    """The same gate without IPython: watches while the block runs, findings go to standard error.

    policy: a profile (`observe`, `guard`, `strict`), the path of a policy file, or None for the project's.
    Raises PolicyError for a policy file that cannot be followed, Denied where a watched call is refused.
    Inside a guarded notebook (or another `guard`) the guard that is on stays the one that judges.
    """
    if running.house is not None:
        yield running.house
        return
    from jupyter_mlsec.session.display import Display, to_stderr
    from jupyter_mlsec.session.house import House

    house = House(chosen=policy)
    display = Display(to_stderr)
    house.journal.listen(display.hear)
    running.house, running.display = house, display
    try:
        house.start()
        for notice in house.fresh_notices():
            display.say(notice)
        yield house
    except KeyboardInterrupt:
        house.gate.broken_off(house.scope.cell)
        raise
    finally:
        house.stop()
        running.house = running.display = None
        for line in house.keeping.said:
            display.say(line)
        display.flush()


def scan_table(table: Any, *, names: bool = True, full: bool = False) -> dict[str, list[Detection]]:
    """Personal data in a table (pandas, polars or Arrow): column -> what was detected, strongest first.

    names: whether column names count as evidence. full: scan every row (else a stratified sample).
    """
    from jupyter_mlsec.controls.pii.table import scan_table as scan

    return scan(table, names=names, full=full)


def scan_text(text: str) -> list[Span]:
    """Personal data in a text: spans with start, end (characters), type and score."""
    from jupyter_mlsec.controls.pii.text import read_text as scan

    return scan(text)


def mask(
    table: Any,
    how: str | Mapping[str, str] = "redact",
    *,
    columns: Sequence[str] | None = None,
    key: bytes | None = None,
    person: str | None = None,
) -> Any:
    """A copy of the table with its personal data masked, of the same library; the given table is not changed.

    how: `redact`, `partial`, `token`, `reversible`, `shift` or `generalise`, or a dict of columns or types to these.
    columns: mask these whatever they hold (default: where something is found). key: 16 secret bytes or more (default:
    the project's, sealed for you). person: the column that says whose a row is, by which dates are shifted.
    """
    from jupyter_mlsec.controls.pii.masking import mask as masked

    return masked(table, how, columns=columns, key=key, person=person)


def unmask(table: Any, key: bytes | None = None) -> Any:
    """A copy (or a text) with every `reversible` name turned back into its value, by the key that made it."""
    from jupyter_mlsec.controls.pii.masking import unmask as unmasked

    return unmasked(table, key)


def risk(table: Any, quasi: Sequence[str] | None = None, sensitive: str | None = None) -> Risk:
    """How easily rows are told apart (`.now.unique`, `.k`, `.l`), and what making columns coarser buys (`.path`).

    quasi: what somebody may know of a person; sensitive: what they should not learn (defaults: found by name).
    """
    from jupyter_mlsec.controls.pii.anonymity import risk as measured

    return measured(table, quasi, sensitive)


def safe_load(path: str | Path) -> Any:
    """What is in a model file: a pickle, joblib, npy, npz, torch (weights only), skops or safetensors file.

    Judged as under watch, name by name, and refused also where the policy in force only reports: raises Denied before
    anything unknown ran. Without a guard, one is on for this load.
    """
    from jupyter_mlsec.controls.loading.control import Loading
    from jupyter_mlsec.controls.loading.safe import load

    with guard() as house:
        control = house.controls.get("loading")
        if not isinstance(control, Loading) or not house.scope.active:
            raise UsageError(f"{Path(path).name} was not loaded: the guard is paused, or does not judge loads.")
        with control.safely():
            return load(Path(path))


@contextmanager
def dp(
    table: Any,
    epsilon: float,
    bounds: Mapping[str, tuple[Any, Any]] | None = None,
    *,
    dataset: str | None = None,
    noise: str = "laplace",
    missing: str = "refuse",
    max_rows: int | None = None,
) -> Iterator[Private]:
    """Noisy answers about a table that may cost `epsilon` in all: `with mlsec.dp(df, epsilon=0.2) as private: ...`.

    bounds: column -> (low, high), known without looking. dataset: whose people these are, where that cannot be told
    from how the table was made. noise: `laplace`, or `gaussian` (needs a budget with a delta). missing: `refuse`, or
    `drop` what is null, NaN or infinite. max_rows: how many rows a person has at most (default: the policy's, 1).
    Raises Denied where the data set has not so much left, UsageError for what makes no sense; then nothing was spent.
    Without a guard, one is on for the block.
    """
    from jupyter_mlsec.controls.privacy.control import Privacy

    with guard() as house:
        control = house.controls.get("privacy")
        if not isinstance(control, Privacy):
            raise UsageError("Nothing can be released: privacy is switched off by the administrator.")
        private = control.block(
            table, epsilon, bounds, dataset=dataset, noise=noise, missing=missing, max_rows=max_rows
        )
        try:
            yield private
        finally:
            private.close()


def infer_schema(table: Any) -> Any:
    """A tolerant pandera DataFrameSchema learned from the table."""
    from jupyter_mlsec.controls.schema import doors

    return doors.infer_schema(table)


def validate(table: Any, schema: Any) -> Verdict:
    """Check a table against any pandera schema: `.ok`, `.failures`."""
    from jupyter_mlsec.controls.schema import doors

    return doors.validate(table, schema)


def open(  # mlsec.open, as bz2.open and gzip.open are named
    path: str | Path,
    mode: str = "rb",
    recipients: Sequence[str] | None = None,
    identities: Sequence[Any] | None = None,
    passphrase: str | None = None,
) -> AgeReader | SealedFile:
    """A sealed file as a binary file object (age v1): `rb` reads (seekable), `wb` writes atomically.

    Raises NoIdentity, SealedFileError; see the vault for what each means.
    """
    from jupyter_mlsec.vault.files import open_sealed
    from jupyter_mlsec.vault.hidden import HiddenText

    passphrase = None if passphrase is None else HiddenText(passphrase)  # a verbose traceback shows locals
    return open_sealed(path, mode, recipients=recipients, identities=identities, passphrase=passphrase)


def seal(path: str | Path, recipients: Sequence[str] = ()) -> Sealed:
    """Replace a plain file by its sealed form, after that was read back and compared."""
    from jupyter_mlsec.vault.files import seal_file

    return seal_file(path, recipients=recipients)


def register_fsspec() -> None:
    """Teach fsspec `compression="age"` in this process: for workers and scripts in which no guard is on."""
    from jupyter_mlsec.vault import filesystems

    filesystems.register()


def lineage_of(name: str) -> Slice:
    """Where the value now bound to `name` comes from: executions, cells, resources, columns."""
    control: Any = running.the_house().controls["lineage"]
    found: Slice = control.slice(name)
    return found


def verify(path: str | Path, trust: str | Path | None = None) -> Verification:
    """Verify an audit notebook offline: `.ok`, `.trusted`, `.problems`."""
    from jupyter_mlsec.host import places
    from jupyter_mlsec.reports.verify import verify as verified

    return verified(path, trust=trust, pins=places.data_folder())
