"""Secrets stay out of sight: no repr, error, verbose traceback, state file, log or command line ever shows one."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_mlsec.protocol.errors import MlsecError
from jupyter_mlsec.vault import Identities, filekey, keyfile, keystate
from jupyter_mlsec.vault.files import open_sealed, seal_file
from tests.vault.keys_stage import PHRASE, Person

TYPO = "AGE-SECRET-KEY-1" + "Q" * 58


class Secrets:
    """What must not be seen: the identities' lines and seeds, the passphrase, every file key that was made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.texts = {PHRASE, TYPO}
        self.keys: list[bytes] = []
        fresh, parse = filekey.fresh, keyfile.parse

        def noted() -> bytes:
            self.keys.append(bytes(key := fresh()))
            return key

        def parsed(content: bytes, path: Path) -> object:
            found = parse(content, path)
            self.texts.update(str(one.secret()) for one in found)
            return found

        monkeypatch.setattr(filekey, "fresh", noted)
        monkeypatch.setattr(keyfile, "parse", parsed)

    def seen_in(self, text: str) -> list[str]:
        """Kinds of what shows, never the secrets themselves."""
        found = ["a text" for secret in self.texts if secret[-12:] in text]
        return found + ["a file key" for key in self.keys if repr(key)[2:-1] in text or key.hex() in text]


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Secrets:
    return Secrets(monkeypatch)


def verbose(error: BaseException) -> str:
    """The traceback as IPython's %xmode Verbose tells it: with every local of every frame, causes included."""
    shown = []
    chain: BaseException | None = error
    while chain is not None:
        for frame, _ in traceback.walk_tb(chain.__traceback__):
            if "/tests/" not in frame.f_code.co_filename:
                shown.append(repr(dict(frame.f_locals)))
        shown.append("".join(traceback.format_exception_only(chain)))
        chain = chain.__cause__ or (None if chain.__suppress_context__ else chain.__context__)
    return "\n".join(shown)


def wrong_passphrase(own: Identities, folder: Path) -> None:
    Identities(folder / "data", ask=Person(PHRASE[:-1], PHRASE + "!", "x")).load()


def work_factor_absurd(own: Identities, folder: Path) -> None:
    header, _, rest = own.path.read_bytes().partition(b" 8\n")
    own.path.write_bytes(header + b" 63\n" + rest)
    Identities(folder / "data", ask=Person(PHRASE)).load()


def a_typo_in_the_file(own: Identities, folder: Path) -> None:
    own.path.write_text(f"# mine\n{TYPO}\n")
    own.load()


def a_typo_in_an_import(own: Identities, folder: Path) -> None:
    (folder / "source").write_text(TYPO)
    Identities(folder / "other").adopt(folder / "source")


def backup_over_a_file(own: Identities, folder: Path) -> None:
    (folder / "there").write_text("")
    own.backup(folder / "there")


def a_full_disk(own: Identities, folder: Path) -> None:
    class Full:
        def write(self, data: bytes) -> int:
            raise OSError(28, "No space left on device")

    from jupyter_mlsec.vault.writer import AgeWriter

    AgeWriter(Full(), [own.recipient()])  # type: ignore[arg-type]


def a_changed_header(own: Identities, folder: Path) -> None:
    own.load(PHRASE)
    (folder / "x").write_bytes(b"plain")
    seal_file(folder / "x", identities=own)
    raw = (folder / "x").read_bytes()
    (folder / "x").write_bytes(raw.replace(b"-> mlsec-hint jupyter-mlsec-open", b"-> mlsec-hint jupyter-mlsec-opex"))
    open_sealed(folder / "x", identities=own)


def an_interrupt_while_renewing(own: Identities, folder: Path) -> None:
    from jupyter_mlsec.vault import atomic

    def interrupted(path: Path) -> object:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(atomic, "replacing", interrupted)
        Identities(folder / "data", ask=Person(PHRASE)).renew()


FAILURES = [
    wrong_passphrase, work_factor_absurd, a_typo_in_the_file, a_typo_in_an_import, backup_over_a_file, a_full_disk,
    a_changed_header, an_interrupt_while_renewing,
]  # fmt: skip


@pytest.mark.parametrize("fail", FAILURES, ids=lambda fail: fail.__name__)
def test_no_error_shows_a_secret_not_even_among_the_locals_of_its_frames(
    own: Identities, tmp_path: Path, secrets: Secrets, fail: Callable[[Identities, Path], None]
) -> None:
    own.create(PHRASE)
    own.load(PHRASE)
    from jupyter_mlsec.vault import unlocking

    unlocking.forget()
    with pytest.raises((MlsecError, OSError, KeyboardInterrupt)) as caught:
        fail(own, tmp_path)
    assert len(secrets.texts) == 4
    assert secrets.seen_in(verbose(caught.value)) == []


def test_what_lies_beside_a_guarded_identity_and_what_is_logged_hold_no_secret(
    own: Identities, tmp_path: Path, secrets: Secrets, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    own.create(PHRASE)
    own.load(PHRASE)
    (tmp_path / "x").write_bytes(b"plain")
    seal_file(tmp_path / "x", identities=own)
    Identities(tmp_path / "data", ask=Person(PHRASE)).renew()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert keystate.path_in(tmp_path / "data") in files
    assert len(secrets.texts) >= 4
    assert [secrets.seen_in(path.read_bytes().decode("latin-1")) for path in files] == [[]] * len(files)
    assert secrets.seen_in(caplog.text) == []


def test_no_repr_shows_a_secret(own: Identities, secrets: Secrets) -> None:
    from jupyter_mlsec.vault.hybrid import HybridIdentity
    from jupyter_mlsec.vault.keys import Unwrapped
    from jupyter_mlsec.vault.scrypt import ScryptIdentity, ScryptRecipient

    own.create()
    held = [*own.load(), ScryptIdentity(PHRASE), ScryptRecipient(PHRASE), filekey.fresh(), HybridIdentity.generate()]
    held += [Unwrapped(key=filekey.fresh(), name="x"), own, own.load()[0].secret()]  # type: ignore[union-attr]
    assert secrets.seen_in(repr(held)) == []
    assert len(secrets.keys) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_passphrase_typed_into_the_command_is_on_no_command_line(own: Identities, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    script = (
        "import sys, pathlib; from jupyter_mlsec.vault import unlocking; from jupyter_mlsec import cli\n"
        "def person(prompt):\n"
        "    lines = [p.read_bytes() for p in pathlib.Path('/proc').glob('self/cmdline')]\n"
        "    lines += [pathlib.Path('/proc/self/environ').read_bytes()]\n"
        f"    pathlib.Path({str(seen)!r}).write_bytes(b'|'.join(lines))\n"
        "    return pathlib.Path(sys.argv[1]).read_text()\n"
        "unlocking.person = person\n"
        "raise SystemExit(cli.main(['keys', 'init', '--passphrase', '--yes']))\n"
    )
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "typed").write_text(PHRASE)
    environment = {**os.environ, "JUPYTER_DATA_DIR": str(tmp_path / "home")}
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "typed")],
        env=environment, cwd=project, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "guarded by a passphrase" in done.stdout
    assert PHRASE not in done.stdout + done.stderr
    assert PHRASE.encode() not in seen.read_bytes()
