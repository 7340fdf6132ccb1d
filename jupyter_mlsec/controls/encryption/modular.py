"""Parquet in modular encryption, which Spark reads too: pandas and pyarrow are handed what encrypts it or opens it.

Each file has a key of its own, and that key lies in the file's footer as age armor, for the same readers as all else.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlsec.controls.contract import Call, Judgement
from jupyter_mlsec.controls.encryption import sources, target, wording
from jupyter_mlsec.protocol.errors import VaultError
from jupyter_mlsec.protocol.records import Finding, Obligation, Operation
from jupyter_mlsec.vault import Identities

if TYPE_CHECKING:
    from jupyter_mlsec.controls.encryption import carriers
    from jupyter_mlsec.vault.keys import Recipient
    from jupyter_mlsec.vault.parquet import Footer, PlacedFile
    from jupyter_mlsec.vault.reader import AgeReader

MAGIC = b"PARE"
_TOO_OLD = (
    "Nothing was saved: this pyarrow cannot encrypt all columns of a Parquet file. "
    'Update it (21 or newer), or set parquet = "age" under [encryption].'
)
_WITH_KEYS = {"as": "encrypted Parquet"}
_KEY_ID = "age"
"""The master key's name in every file: whom a file is for is not told by its name."""
_DATASET = "dataset:dataset"
_SAVERS = {
    ("pandas", "DataFrame.to_parquet"): "encryption_properties",
    ("pyarrow", "parquet:write_table"): "encryption_properties",
    ("pyarrow", "parquet:ParquetWriter.__init__"): "encryption_properties",
}
_LOADERS = {
    ("pandas", "read_parquet"): "decryption_properties",
    ("pyarrow", "parquet:read_table"): "decryption_properties",
    ("pyarrow", "parquet:ParquetFile.__init__"): "decryption_properties",
    ("pyarrow", "parquet:ParquetDataset.__init__"): "decryption_properties",
    ("pyarrow", _DATASET): "format",
}
_NEVER_TOLD = (None, "parquet")
Opened = Callable[["AgeReader", Path], None]
"""Told of each file whose key was opened."""


# Saving.


def out_for(operation: Operation, call: Call) -> Callable[[Path, Sequence[Recipient]], carriers.Out] | None:
    """What such a save is written to instead of an age file; None for a saver that cannot encrypt Parquet itself."""
    parameter = _SAVERS.get((operation.library, call.watch.target))
    if parameter is None or call.argument("engine") == "fastparquet":
        return None
    if call.argument("encryption_properties") is not None or call.argument("encryption_config") is not None:
        return None
    if target.way_of(call) == "folder":
        return functools.partial(_folder, call)
    return functools.partial(_file, call, parameter)


def _file(call: Call, parameter: str, path: Path, recipients: Sequence[Recipient]) -> carriers.Out:
    from jupyter_mlsec.controls.encryption.carriers import SinkOut

    factory, connection, configuration = _encrypting(recipients)
    call.replace(parameter, factory.file_encryption_properties(connection, configuration))
    return SinkOut(path, recipients, _placed)


def _folder(call: Call, path: Path, recipients: Sequence[Recipient]) -> carriers.Out:
    from pyarrow.dataset import ParquetEncryptionConfig

    from jupyter_mlsec.controls.encryption.carriers import FolderOut

    call.replace("encryption_config", ParquetEncryptionConfig(*_encrypting(recipients)))
    return FolderOut(path, recipients, _placed)


def _placed(path: Path, recipients: Sequence[Recipient]) -> PlacedFile:
    from jupyter_mlsec.vault.parquet import PlacedFile

    return PlacedFile(path, recipients)


def _encrypting(recipients: Sequence[Recipient]) -> tuple[Any, Any, Any]:  # Any: pyarrow's own types
    from pyarrow.parquet.encryption import CryptoFactory, EncryptionConfiguration, KmsConnectionConfig

    from jupyter_mlsec.vault.parquet import wrap

    def wrapped(key: bytes, _: str) -> bytes:
        return wrap(key, recipients).encode()

    try:
        configuration = EncryptionConfiguration(
            footer_key=_KEY_ID,
            uniform_encryption=True,
            encryption_algorithm="AES_GCM_V1",
            plaintext_footer=False,
            double_wrapping=False,
            internal_key_material=True,
            data_key_length_bits=256,
        )
    except TypeError:  # then columns could only be encrypted by name
        raise VaultError(_TOO_OLD) from None
    client = _client()
    return CryptoFactory(lambda _: client(wrap=wrapped)), KmsConnectionConfig(), configuration


@functools.cache
def _client() -> Any:
    from pyarrow.parquet.encryption import KmsClient

    class AgeKeys(KmsClient):  # type: ignore[misc]  # pyarrow tells no types
        """Wraps and unwraps the keys of files, as Parquet's key tools ask a key service to."""

        def __init__(
            self,
            wrap: Callable[[bytes, str], bytes] | None = None,
            unwrap: Callable[[str, str], bytes] | None = None,
        ) -> None:
            KmsClient.__init__(self)
            self.wrap_key, self.unwrap_key = wrap, unwrap

    return AgeKeys


# Loading.


def judge(operation: Operation, call: Call, replaced: Replaced) -> Sequence[Judgement]:
    """What there is to say of a read of files in modular encryption; nothing where it names none."""
    decrypt = Obligation(control="encryption", deed="open", on="call", details=_WITH_KEYS)
    try:
        found = footers(call)
    except VaultError:
        return () if is_told(call) else (decrypt,)  # which says what is wrong
    except OSError:
        return ()
    said = [wording.unauthenticated(operation.resource.name)] if _are_unauthenticated(found) else []
    ours = [Path(name) for name, footer in found.items() if footer.wrapped]
    said += replaced(ours)
    if is_told(call) or not ours:
        return said
    if not can_open(operation, call):
        return (*said, wording.cannot_decrypt(operation.resource.name, operation.function))
    return (*said, decrypt)


Replaced = Callable[[Sequence[Path]], Sequence[Finding]]
"""Says which of the files are not the ones that were sealed here."""


def is_asked_by(obligation: Obligation) -> bool:
    """Whether it obliges to hand keys to the loader, not plain bytes."""
    return obligation.deed == "open" and obligation.details == _WITH_KEYS


def _are_unauthenticated(found: Mapping[str, Footer]) -> bool:
    return any(footer.algorithm != "AES_GCM_V1" for footer in found.values())


def footers(call: Call) -> dict[str, Footer]:
    """What the files in modular encryption that this call reads say of their keys, by path.

    Raises SealedFileError for one that was cut or changed where that stands, or OSError.
    """
    if call.watch.format != "parquet" and call.watch.spelling is None and call.watch.target != _DATASET:
        return {}
    if target.sealed_file(call.resource, _is_encrypted):
        return _of_file(call.resource)
    source = sources.source_of(call, is_encrypted) if target.is_local(call.argument("filesystem")) else None
    if source is None:
        return {}
    from jupyter_mlsec.vault.parquet import footer_of

    return {os.fspath(path): footer_of(path) for path in source.sealed}


def _of_file(file: Any) -> dict[str, Footer]:  # Any: the user's open file
    from jupyter_mlsec.vault.parquet import read_footer

    position = file.tell()
    try:
        name = str(getattr(file, "name", "The open file"))
        return {name: read_footer(file, name)}
    finally:
        file.seek(position)


def header_digest(path: Path) -> str:
    """By what a file that was sealed here is known again. Raises SealedFileError or OSError."""
    if is_encrypted(path):
        from jupyter_mlsec.vault.parquet import footer_of

        return footer_of(path).digest
    from jupyter_mlsec.vault.files import header_digest

    return header_digest(path)


def is_encrypted(path: Path) -> bool:
    """Whether a regular file of that path starts as Parquet with an encrypted footer does. Never blocks or raises."""
    return target.is_sealed_path(path, _is_encrypted)


def _is_encrypted(prefix: bytes) -> bool:
    return prefix.startswith(MAGIC)


def is_told(call: Call) -> bool:
    """Whether the user's call brings its own keys."""
    format = call.argument("format")
    options = getattr(format, "default_fragment_scan_options", None)
    told = (getattr(options, name, None) for name in ("decryption_properties", "parquet_decryption_config"))
    return call.argument("decryption_properties") is not None or any(each is not None for each in told)


def can_open(operation: Operation, call: Call) -> bool:
    """Whether this loader can be handed the keys."""
    known = (operation.library, call.watch.target) in _LOADERS
    if not known or call.argument("engine") == "fastparquet":
        return False
    return call.watch.target != _DATASET or _format_name(call) in _NEVER_TOLD


def _format_name(call: Call) -> Any:
    named = call.argument("format")
    return getattr(named, "default_extname", named)


class Decrypting:
    """A load that is handed the keys of the encrypted files it names, each opened with the user's identities."""

    def __init__(self, operation: Operation, call: Call, identities: Identities, opened: Opened) -> None:
        """Raises VaultError, naming the file, for one that is damaged or for others."""
        self._identities, self._opened = identities, opened
        self._names = {footer.wrapped: name for name, footer in footers(call).items() if footer.wrapped}
        self._keys: dict[str, bytes] = {}
        if len(self._names) == 1:  # of several, some may be for others, and not be read at all
            self._key(*self._names)
        parameter = _LOADERS[operation.library, call.watch.target]
        properties = self._properties()
        call.replace(parameter, properties if parameter != "format" else _dataset_format(call, properties))

    def _properties(self) -> Any:
        from pyarrow.parquet.encryption import CryptoFactory, KmsConnectionConfig

        client = _client()
        factory = CryptoFactory(lambda _: client(unwrap=lambda wrapped, _: self._key(wrapped)))
        return factory.file_decryption_properties(KmsConnectionConfig())

    def _key(self, wrapped: str) -> bytes:
        if wrapped not in self._keys:
            from jupyter_mlsec.vault.files import when_needed
            from jupyter_mlsec.vault.parquet import open_key

            name = self._names.get(wrapped, "A part of an encrypted Parquet file")
            self._keys[wrapped], reader = open_key(wrapped, when_needed(self._identities), name)
            path = Path(name)
            if is_encrypted(path):  # and no open file without a name
                self._opened(reader, path)
        return self._keys[wrapped]

    def complete(self, value: Any) -> Any:
        """What reads on later keeps the keys."""
        return value

    def abandon(self, error: BaseException | None = None) -> None:
        """Arrow does not say what it was that it could not decrypt."""
        if isinstance(error, OSError) and "ecrypt" in str(error):
            names = ", ".join(list(self._names.values())[:3])
            error.add_note(f"{names} was not read: its bytes were changed. Restore it from a copy.")


def _dataset_format(call: Call, properties: Any) -> Any:
    """The user's format of a dataset, or Parquet's, with the keys."""
    from pyarrow.dataset import ParquetFileFormat, ParquetFragmentScanOptions

    given = call.argument("format")
    if not isinstance(given, ParquetFileFormat):
        scan = ParquetFragmentScanOptions(decryption_properties=properties)
        return ParquetFileFormat(default_fragment_scan_options=scan)
    told = given.default_fragment_scan_options
    names = ("use_buffered_stream", "buffer_size", "pre_buffer", "cache_options", "thrift_string_size_limit")
    more = (
        "thrift_container_size_limit",
        "schema_depth_limit",
        "page_checksum_verification",
        "arrow_extensions_enabled",
    )
    kept: Mapping[str, Any] = {name: getattr(told, name) for name in (*names, *more) if hasattr(told, name)}
    scan = ParquetFragmentScanOptions(decryption_properties=properties, **kept)
    return ParquetFileFormat(read_options=given.read_options, default_fragment_scan_options=scan)
