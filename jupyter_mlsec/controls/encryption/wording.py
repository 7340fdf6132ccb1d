"""The rules of encryption and their sentences."""

from __future__ import annotations

from jupyter_mlsec.controls.contract import Rule
from jupyter_mlsec.protocol.commands import line
from jupyter_mlsec.protocol.records import Finding, Place

_SAFEGUARD = "Encrypt artifacts at rest (NIST SP 800-53 SC-28, OWASP ML05, MITRE ATLAS AML.M0012)"

RULES: tuple[Rule, ...] = (
    Rule(
        id="encryption.saved-plain",
        level="warning",
        what="Something with personal data, or that the policy wants sealed, was saved in plain.",
        why="Whoever gets the disk, a backup or the bucket reads it without asking anybody.",
        safeguard=_SAFEGUARD,
        fix="Seal the file now (%mlsec seal PATH); with a durable identity (%mlsec keys init) it is done by itself.",
        way_on='Nothing was stopped. Set seal = "none" under [encryption] in .mlsec/policy.toml to hear no more of it.',
        teach="A sealed file reads back by itself for you, and is noise for everybody else.",
        message="{name} was saved in plain{what}: {why}.",
    ),
    Rule(
        id="encryption.cannot-seal",
        level="error",
        effect="deny",
        what="The policy allows only sealed saves here, and this save cannot be sealed.",
        why="Under strict, a file that cannot be sealed is not written rather than written in plain.",
        safeguard=_SAFEGUARD,
        fix='Save to a local path with a saver that can be sealed, for instance df.to_parquet("name.parquet").',
        way_on='%mlsec allow encryption.cannot-seal --reason "..." lets it through in plain, recorded.',
        teach="A safeguard that silently steps aside protects nobody.",
        message="{name} was not saved{what}: {why}.",
    ),
    Rule(
        id="encryption.append-sealed",
        level="error",
        effect="deny",
        what="Plain data would have been appended to a sealed file.",
        why="The result would open nowhere: the sealed part ends where its writer said it ends.",
        safeguard=_SAFEGUARD,
        fix="Read the file, add the rows, and save the whole again.",
        way_on="Append to another file, or open this one for good first (%mlsec open PATH -o OUT).",
        teach="A sealed file cannot be changed in part, by you or by others unnoticed.",
        message="{name} was not appended to: it is sealed, and plain rows behind its end would make it unreadable.",
    ),
    Rule(
        id="encryption.change-sealed",
        level="error",
        effect="deny",
        what="A sealed file was to be opened for changing it in place.",
        why="The change would go into a plain copy in memory and be lost, or spoil the sealed file.",
        safeguard=_SAFEGUARD,
        fix="Open it for reading (mode r or c, read_only=True), or load it, change it and save it again.",
        way_on="%mlsec open PATH -o OUT makes a plain copy that can be changed.",
        teach="A sealed file cannot be changed in part, by you or by others unnoticed.",
        message="{name} was not opened: it is sealed, and cannot be changed in place.",
    ),
    Rule(
        id="encryption.replaced",
        level="warning",
        what="A sealed file is not the one that was sealed here last.",
        why="Whoever knows your recipient can put another file in its place; a seal does not say who made it.",
        safeguard="Verify the integrity of data (NIST SP 800-53 SI-7, OWASP ML02, MITRE ATLAS AML.M0007)",
        fix="Ask whoever works on it; %mlsec ledger show tells when it was sealed here, and its SHA-256.",
        way_on="Nothing was stopped. Save it again, and it is known as yours.",
        teach="Encryption keeps others from reading; only a record of what was written shows what was replaced.",
        message="{name} is not the file that was sealed here last: somebody replaced it, or sealed it anew elsewhere.",
    ),
    Rule(
        id="encryption.plain-consumer",
        level="warning",
        what="A cell started a program that was told of a sealed file.",
        why="Without the guard a program sees ciphertext in it, and fails in its own words.",
        safeguard=_SAFEGUARD,
        fix="jupyter mlsec open PATH -o PLAIN makes a plain copy; in Python, load it inside `with mlsec.guard():`.",
        way_on="Nothing was stopped. [interception] propagate = true guards Python programs that the notebook starts.",
        teach="A seal holds for everybody who was not told otherwise: your own scripts too.",
        message="{name} is sealed, and a program that this cell started speaks of it: only the guard opens it there.",
    ),
    Rule(
        id="encryption.cannot-decrypt",
        level="error",
        effect="deny",
        what="Encrypted Parquet was handed to a reader that cannot be handed its key.",
        why="The reader would fail on it, in words that do not say why.",
        safeguard=_SAFEGUARD,
        fix="Read it with pandas or pyarrow, and hand the table on, for instance pl.from_arrow(table).",
        way_on='%mlsec allow encryption.cannot-decrypt --reason "..." lets the reader try.',
        teach="Parquet in modular encryption opens for programs that ask for its key, as pandas and pyarrow do.",
        message="{name} was not read: it is encrypted Parquet, and {function} cannot be handed its key.",
    ),
    Rule(
        id="encryption.unauthenticated",
        level="error",
        effect="deny",
        what="An encrypted Parquet file uses AES_GCM_CTR_V1, which does not notice changed data.",
        why="A bit that was flipped in it, by accident or on purpose, reads as another value, without any error.",
        safeguard="Verify the integrity of data (NIST SP 800-53 SI-7, OWASP ML02, MITRE ATLAS AML.M0007)",
        fix="Have it written anew with parquet.encryption.algorithm = AES_GCM_V1, the default.",
        way_on='%mlsec allow encryption.unauthenticated --reason "..." reads it as it is, recorded.',
        teach="Encryption without authentication hides data; it does not protect it from being changed.",
        message="{name} was not read: it is encrypted by AES_GCM_CTR_V1, under which changed data goes unnoticed.",
    ),
    Rule(
        id="encryption.cannot-open",
        level="warning",
        what="A sealed file was handed to a reader that takes neither a file object nor a path in memory.",
        why="The reader sees ciphertext and will most likely fail on it.",
        safeguard=_SAFEGUARD,
        fix="Use mlsec.open(PATH), which gives a binary file object, or %mlsec open PATH -o OUT.",
        way_on="Nothing was stopped.",
        teach="Sealed files keep their name; what they hold shows only to whoever can open them.",
        message="{name} is sealed, and {function} cannot be handed its plain bytes.",
    ),
    Rule(
        id="encryption.no-memory",
        level="error",
        effect="deny",
        what="A sealed file was handed to a reader that takes only paths, where no file can be kept in memory.",
        why="Its plain bytes would have to lie on a disk, or the reader would fail on ciphertext in its own words.",
        safeguard=_SAFEGUARD,
        fix="Use a reader that takes a file object: pandas and pyarrow do, and so does mlsec.open(PATH).",
        way_on='%mlsec allow encryption.no-memory --reason "..." lets the reader see the sealed bytes.',
        teach="Linux keeps files in memory that have a path; macOS and Windows do not.",
        message="{name} was not read: it is sealed, {function} takes only paths, and this system has none in memory.",
    ),
)
_BY_ID = {rule.id: rule for rule in RULES}
_NAME = "encryption"


def saved_plain(name: str, why: str, places: tuple[Place, ...], fix: str | None) -> Finding:
    """The finding that a save went on in plain, with the command that mends it."""
    return _finding("encryption.saved-plain", places, fix, name=name, why=why, what=_holding(places))


def cannot_seal(name: str, why: str, places: tuple[Place, ...], fix: str | None) -> Finding:
    """The denial of a save that would have been in plain."""
    return _finding("encryption.cannot-seal", places, fix, name=name, why=why, what=_holding(places))


def append_sealed(name: str) -> Finding:
    """The denial of an append that would spoil a sealed file."""
    return _finding("encryption.append-sealed", (), None, name=name)


def change_sealed(name: str) -> Finding:
    """The denial of opening a sealed file for changes in place."""
    return _finding("encryption.change-sealed", (), None, name=name)


def replaced(name: str) -> Finding:
    """The finding that a sealed file is another one than the ledger knows."""
    return _finding("encryption.replaced", (), None, name=name)


def plain_consumer(name: str) -> Finding:
    """The finding that a program which cannot open it was told of a sealed file."""
    return _finding("encryption.plain-consumer", (), line("open", name, after="-o PLAIN"), name=name)


def cannot_decrypt(name: str, function: str) -> Finding:
    """The denial of a read of encrypted Parquet by what takes no key."""
    fix = f"import pyarrow.parquet\npyarrow.parquet.read_table({name!r})"
    return _finding("encryption.cannot-decrypt", (), fix, name=name, function=function)


def unauthenticated(name: str) -> Finding:
    """The denial of a read that would not notice changed data."""
    return _finding("encryption.unauthenticated", (), None, name=name)


def cannot_open(name: str, function: str) -> Finding:
    """The finding that a reader was given a sealed file it cannot read."""
    return _finding("encryption.cannot-open", (), None, name=name, function=function)


def no_memory(name: str, function: str) -> Finding:
    """The denial of a read by path where no path can lead to plain bytes in memory."""
    return _finding("encryption.no-memory", (), None, name=name, function=function)


def _holding(places: tuple[Place, ...]) -> str:
    columns = [place.column or f"as a whole: {place.type}" for place in places]
    if not columns:
        return ""
    more = f" and {len(columns) - 3} more" if len(columns) > 3 else ""
    return f" (holds {', '.join(dict.fromkeys(columns[:3]))}{more})"


def _finding(rule: str, places: tuple[Place, ...], fix: str | None, **words: str) -> Finding:
    said = _BY_ID[rule]
    return Finding(
        control=_NAME,
        rule=rule,
        message=said.message.format(**words),
        effect=said.effect,
        level=said.level,
        places=places,
        fix=fix,
    )
