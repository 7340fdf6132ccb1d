"""`jupyter mlsec ...`: one small file per noun, loaded when its word is given."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

_WORDS = {
    "demo": ("demo:run", "run a guarded notebook on real data, offline"),
    "verify": ("verify:run", "verify an audit notebook: FILE [--trust KEYFILE] [--pin] [--json] [--html OUT]"),
    "verifier": ("verifier:run", "write the verifier as one file that needs only cryptography: [-o FILE]"),
    "export": ("export:run", "make the audit of a notebook's run: NOTEBOOK [-o AUDIT.ipynb]"),
    "open": ("sealing:run_open", "open a sealed file: FILE [-o OUT]"),
    "seal": ("sealing:run_seal", "seal a file in its place: FILE"),
    "keys": ("keys:run", "this user's keys: init | show | backup | import | unlock | grant | rotate | agent | signer"),
    "ledger": ("ledger:run", "the project's ledger: show | verify | prove | erase | export | witness"),
    "scan": ("scan:run", "search a file or folder for personal data: --personal PATH"),
    "policy": ("policy:run", "the project's policy: show | trust | check [FILE]"),
    "enable": ("enable:run", "load the guard in every kernel [--user | --system]"),
    "disable": ("enable:run_disable", "no longer load it in every kernel"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code. 2 for words it does not take."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] in ("-h", "--help", "help"):
        _write(usage())
        return 0
    if words[0] in ("-V", "--version"):
        from jupyter_mlsec._version import __version__

        _write(__version__)
        return 0
    if words[0] not in _WORDS:
        _complain(f"There is no command {words[0]!r}.\n\n{usage()}")
        return 2
    return _run(_WORDS[words[0]][0], words[1:])


def main_open() -> int:
    """`jupyter-mlsec-open FILE [-o OUT]`: the command that the hint inside each sealed file names."""
    return main(("open", *sys.argv[1:]))


def _run(place: str, words: Sequence[str]) -> int:
    from jupyter_mlsec.protocol.errors import MlsecError, UsageError

    module, _, name = place.partition(":")
    try:
        return int(getattr(import_module(f"jupyter_mlsec.cli.{module}"), name)(words))
    except UsageError as error:
        _complain(str(error))
        return 2
    except MlsecError as error:
        _complain(str(error))
        return 1
    except BrokenPipeError:
        return 0
    except SystemExit as leaving:  # argparse, after --help or words it does not take
        return leaving.code if isinstance(leaving.code, int) else 0


def usage() -> str:
    """What there is, a line each."""
    width = max(map(len, _WORDS))
    lines = [f"  {word.ljust(width)}  {what}" for word, (_, what) in _WORDS.items()]
    return "jupyter mlsec COMMAND ...\n\n" + "\n".join(lines) + "\n\njupyter mlsec COMMAND --help tells more."


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")


def _complain(text: str) -> None:
    sys.stderr.write(text + "\n")
