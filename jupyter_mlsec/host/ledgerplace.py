"""Where a project's ledger may lie: never on a network or synced folder, where SQLite's locks do not hold."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from jupyter_mlsec.host import mounts, places

LEDGER = "ledger"
# fmt: off
REMOTE = frozenset({
    "9p", "afp", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "drvfs", "fuse.ceph", "fuse.davfs",
    "fuse.gcsfuse", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs", "fuse.vmhgfs-fuse", "glusterfs",
    "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "orangefs", "prl_fs", "pvfs2", "smb2", "smb3", "smbfs", "vboxsf",
})
# fmt: on
"""Kinds of file systems that another machine may write to at the same time."""
SYNCED = ("Dropbox", "Google Drive", "Mobile Documents", "Nextcloud", "OneDrive", "iCloudDrive", "ownCloud")
"""How folders begin whose files a program copies to other machines behind SQLite's back."""


def ledger_folder(state: Path, table: Path | None = None) -> places.StatePlace:
    """The folder for the ledger of the project with that state folder, and why it is another one, if it is.

    `table` stands in for the system's table of mounts. Nothing is made.
    """
    reason = _unfit(state, table)
    if not reason:
        return places.StatePlace(path=state / LEDGER)
    data = places.data_folder()
    if _unfit(data, table):
        why = f"The ledger is {reason}, and so is your home: use this project on one machine at a time."
        return places.StatePlace(path=state / LEDGER, reason=why)
    key = hashlib.sha256(os.fsencode(state.resolve())).hexdigest()[:16]
    folder = data / "ledgers" / key / LEDGER
    why = f"The ledger is kept in {places.shown(folder)}: the project is {reason}, where its database could be damaged."
    return places.StatePlace(path=folder, reason=why)


def _unfit(folder: Path, table: Path | None) -> str:
    """Why a database should not lie there, as half a sentence; empty if nothing says so."""
    kind = mounts.kind_of(folder) if table is None else mounts.kind_of(folder, table)
    if kind in REMOTE:
        return f"on a network file system ({kind})"
    synced = next((part for part in folder.resolve().parts if part.startswith(SYNCED)), None)
    return f"in a folder that is synced ({synced})" if synced else ""
