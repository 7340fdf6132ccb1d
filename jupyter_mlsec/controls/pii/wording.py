"""Every sentence this control says: one rule per type of personal data, one for credentials in a cell's source."""

# ruff: noqa: E501  (patterns and words of other scripts, kept whole)

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from jupyter_mlsec.controls.contract import Rule
from jupyter_mlsec.controls.pii.detection import RANK, TYPES, Detection
from jupyter_mlsec.protocol.errors import NoIdentity
from jupyter_mlsec.protocol.records import Finding, Level, Place

_SAFEGUARD = (
    "Data classification and minimisation (OWASP ML: data exposure; MITRE ATLAS AML.T0057 LLM Data "
    "Leakage; NIST SP 800-53 PT-2, SI-12, SI-19)"
)
_ABOUT: dict[str, tuple[str, str]] = {
    "CREDENTIAL": (
        "keys, tokens or passwords",
        "Whoever sees the table can act as their owner until they are revoked.",
    ),
    "US_SSN": ("US social security numbers", "They identify a person for life and open accounts in their name."),
    "CREDIT_CARD": ("payment card numbers", "PCI DSS forbids keeping them readable; they can be charged."),
    "NATIONAL_ID": ("national personal or tax numbers", "They identify a person for life across registers."),
    "IBAN": ("bank account numbers", "They identify their holder and can be debited."),
    "PASSPORT": ("passport numbers", "They identify a person and are used to open accounts."),
    "HEALTH_ID": ("medical record or insurance numbers", "They tie a person to their care; HIPAA names them."),
    "SPECIAL_CATEGORY": (
        "religion, origin, health, orientation or membership",
        "GDPR article 9 protects these above all.",
    ),
    "DRIVER_LICENSE": ("driving licence numbers", "They identify a person and are asked for as proof."),
    "DATE_OF_BIRTH": ("dates of birth", "With a postcode and sex they single out most people."),
    "PERSON": ("people's names", "They say whom every other column is about."),
    "EMAIL": ("e-mail addresses", "They identify and reach a person, and join tables that were kept apart."),
    "PHONE": ("telephone numbers", "They identify and reach a person."),
    "ADDRESS": ("street addresses", "They say where a person can be found."),
    "DEVICE_ID": ("identifiers of devices", "They follow a person through their phone or machine."),
    "VEHICLE_ID": ("vehicle identification numbers", "They lead to a vehicle's keeper."),
    "CRYPTO": ("crypto wallets", "They lay all of their holder's payments open."),
    "IP_ADDRESS": ("IP addresses", "European courts hold them to be personal data."),
    "USERNAME": ("user names", "The same name is often used elsewhere."),
    "URL_PERSONAL": ("addresses of personal pages", "They name a person."),
}


def rule_of(kind: str) -> str:
    """The stable id of a type's rule: `pii.us-ssn`."""
    return f"pii.{kind.lower().replace('_', '-')}"


def _rule(kind: str) -> Rule:
    what, why = _ABOUT[kind]
    return Rule(
        id=rule_of(kind), level="warning", what=f"A table holds {what}.", why=why, safeguard=_SAFEGUARD,
        fix="Drop the column, mask it (%mlsec pii NAME --mask), or save the table sealed (%mlsec keys init).",
        way_on=f'Say that it is known: %mlsec allow {rule_of(kind)} --reason "..." or a [[pii.mute]] entry in '
f'.mlsec/policy.toml.',
        teach=f"Load only the columns you need: {what} that never enter a notebook cannot leave it in an "
f"output, a model or a file.",
        message="{resource}: {places}.",
    )  # fmt: skip


IN_SOURCE = "pii.credential-in-source"
IN_OUTPUT = "pii.in-output"
IN_PROMPT = "pii.in-prompt"
IN_LOG = "pii.in-log"
IN_NAME = "pii.in-name"
MASKED = "pii.masked"
UNMASKED = "pii.unmasked"
CANNOT_MASK = "pii.cannot-mask"
MUTED = "pii.muted"
MUTE_OVER = "pii.mute-over"
KNOWN_UNAPPROVED = "pii.known-unapproved"
RULES: tuple[Rule, ...] = (
    *(_rule(kind) for kind in TYPES),
    Rule(
        id=IN_SOURCE, level="warning", what="A cell's source holds a key, a token or a password.",
        why="Sources are saved in the notebook, kept in its history and often pushed to a repository; bots "
"find keys there in minutes.",
        safeguard="Secrets management (OWASP ML: supply chain; MITRE ATLAS AML.T0055 Unsecured Credentials; NIST "
"SP 800-53 IA-5)",
        fix='Read it from the environment (os.environ["NAME"]) or ask for it (getpass.getpass()), and revoke '
'the one that was written.',
        way_on='If it is no secret: %mlsec allow pii.credential-in-source --reason "..."',
        teach="A secret in code is a secret shared with everybody who will ever see the code.",
        message="This cell's source holds {count}. Read secrets from the environment, and revoke what was written.",
    ),
    Rule(
        id=IN_OUTPUT, level="warning", what="What a cell shows holds personal data.",
        why="Outputs are saved in the notebook, and travel with it into repositories, mails and reviews.",
        safeguard=_SAFEGUARD,
        fix='Show counts, not rows; clear the output; or have it redacted before it is published: [[pii.mask]] on = "display".',
        way_on='Say that it is known: %mlsec allow pii.in-output --reason "...", or shown = false under [pii].',
        teach="Whoever reads the notebook later did not agree to what a glance at df.head() showed you.",
        message="This cell's output shows {counts}; it is saved with the notebook.",
    ),
    Rule(
        id=IN_PROMPT, level="warning", what="What is sent to a model that is served elsewhere holds personal data.",
        why="It leaves this machine, may be kept by whoever serves the model, and cannot be taken back.",
        safeguard=_SAFEGUARD,
        fix='Mask it first (mlsec.mask), or have it hidden on its way: [[pii.mask]] on = "prompt".',
        way_on='Say that it is agreed: %mlsec allow pii.in-prompt --reason "..."',
        teach="A prompt is an export: ask who receives it before what it should answer.",
        message="{resource} was sent {counts}.",
    ),
    Rule(
        id=IN_LOG, level="warning", what="What a cell logs holds personal data.",
        why="Logs are kept longer than notebooks, copied to other machines and read by more people.",
        safeguard=_SAFEGUARD,
        fix='Log counts or keys instead; or have messages redacted: [[pii.mask]] on = "log".',
        way_on='Say that it is known: %mlsec allow pii.in-log --reason "...", or logs = false under [pii].',
        teach="A log line outlives the question it answered.",
        message="This cell logged {counts}.",
    ),
    Rule(
        id=IN_NAME, level="warning", what="The name of a file or address holds personal data.",
        why="Names stay readable where the file itself is sealed, and stand in records, backups and requests.",
        safeguard=_SAFEGUARD,
        fix="Give the file a name that says what it is about, not whom.",
        way_on='Say that it is known: %mlsec allow pii.in-name --reason "...", or names = false under [pii].',
        teach="A name is seen by everybody who may list the folder.",
        message="The name of what this cell reads or writes holds {counts}.",
    ),
    Rule(
        id=MASKED, level="warning", what="Personal data was masked, as the policy asks.",
        why="The policy lets you work with this data without its personal values.",
        safeguard=_SAFEGUARD,
        fix="Work with the masked values; tokens still join and count.",
        way_on="%mlsec policy show tells which rule asks for it; whoever it names under plain_for sees the values.",
        teach="Most questions need no names: a mask keeps the answers and drops the people.",
        message="{resource}: {places}, masked on {when} by the policy ({how}).",
    ),
    Rule(
        id=CANNOT_MASK, level="error", effect="deny", what="The policy asks for masking, and that could not be done.",
        why="Handing the values over in plain would skip what was asked for.",
        safeguard=_SAFEGUARD,
        fix="For want of a key: %mlsec keys init, or how = \"redact\". For what cannot be masked: save a masked table (mlsec.mask).",
        way_on='%mlsec allow pii.cannot-mask --reason "..." hands them over in plain.',
        teach="A safeguard that cannot be carried out must stop the action, not be skipped in silence.",
        message="{resource} was not {done}: the policy asks to mask {places}, and {why}",
    ),
    Rule(
        id=UNMASKED, level="warning", what="What was saved could not be looked into, so it was not masked.",
        why="The policy asks for masks on what is saved; rows that SQL moves inside of a database are not seen, and rows "
        "that were written before a column was known to be personal are plain.",
        safeguard=_SAFEGUARD,
        fix="Read the rows, mask them (mlsec.mask), and save the masked table.",
        way_on='%mlsec allow pii.unmasked --reason "..."',
        teach="A mask belongs where data comes in: there it holds for everything that is made of it.",
        message="{resource} was saved without a mask: {why}.",
    ),
    Rule(
        id=MUTED, level="note", what="A finding was not told, because you said that it is known.",
        why="Reviewers see what was muted, by whom and for which reason.",
        safeguard=_SAFEGUARD,
        fix="Take the comment or the [[pii.mute]] entry out, and it is told again.",
        way_on="Nothing was held up.",
        teach="A reason that is written down can be checked when the data changes.",
        message="{resource}: not told: {places} ({reason}).",
    ),
    Rule(
        id=MUTE_OVER, level="warning", what="A mute does not hold: it is past its last day, or lacks a reason.",
        why="What was all right for a while is told again, so that somebody decides anew.",
        safeguard=_SAFEGUARD,
        fix="Take the [[pii.mute]] entry out of .mlsec/policy.toml, or give it another day (until) and a reason.",
        way_on='%mlsec allow pii.mute-over --reason "..."',
        teach="An exception without an end is a rule.",
        message="The mute of {type} in {where} ended on {until}, so it is told again.",
    ),
    Rule(
        id=KNOWN_UNAPPROVED, level="warning", what="The list of known findings is not followed.",
        why="Whoever can change the list could hide a finding from you.",
        safeguard=_SAFEGUARD,
        fix="Read .mlsec/known.json, then: %mlsec pii --trust-known",
        way_on="Findings that it lists are told as if it were not there.",
        teach="A list of exceptions is code: review its changes.",
        message=".mlsec/known.json is not followed: {why}.",
    ),
)  # fmt: skip


def share_words(share: float) -> str:
    """A share as people read it: `100 %`, `0.3 %`, `< 0.1 %`."""
    percent = 100 * share
    return "< 0.1 %" if percent < 0.1 else f"{percent:.1f} %" if percent < 1 else f"{percent:.0f} %"


def table_finding(resource: str, found: Mapping[str, Sequence[Detection]], *, level: Level = "warning") -> Finding:
    """One finding for a whole table: `patients.csv: ssn US_SSN 100 %, notes EMAIL 0.3 %.`"""
    told = sorted(
        ((c, d) for c, ds in found.items() for d in ds), key=lambda pair: (RANK[pair[1].type], -pair[1].share)
    )
    shown = ", ".join(f"{column} {d.type} {share_words(d.share)}" for column, d in told[:6])
    more = f" and {len(told) - 6} more" if len(told) > 6 else ""
    return Finding(
        control="pii", rule=rule_of(told[0][1].type), level=level, message=f"{resource}: {shown}{more}.",
        places=tuple(Place(column=column, type=d.type, count=d.count, share=d.share) for column, d in told),
    )  # fmt: skip


_STATES = {
    "same": "",
    "changed": " It was changed while it was searched: some of this may be gone.",
    "dropped": " The table was dropped before all of it was searched.",
}


def later_finding(resource: str, found: Mapping[str, Sequence[Detection]], state: str) -> Finding:
    """What a search of every row added to what the sample showed, and whether the table stayed as it was."""
    told = table_finding(resource, found)
    return msgspec.structs.replace(told, message=f"Every row was searched. {told.message}{_STATES[state]}")


def source_finding(count: int) -> Finding:
    """The finding for a cell whose source holds credentials; says how many, never which."""
    words = "a credential" if count == 1 else f"{count} credentials"
    return Finding(
        control="pii", rule=IN_SOURCE, message=f"This cell's source holds {words}. Read secrets from the environment, and revoke what was "
f"written.",
        places=(Place(type="CREDENTIAL", count=count),), fix='import os\nsecret = os.environ["NAME"]',
    )  # fmt: skip


def counts_words(counts: Mapping[str, int]) -> str:
    """`10 US_SSN, 3 EMAIL`, what weighs most first."""
    told = sorted(counts.items(), key=lambda pair: RANK.get(pair[0], len(RANK)))
    return ", ".join(f"{count:,} {kind}" for kind, count in told)


def _counted(rule: str, message: str, counts: Mapping[str, int], level: Level) -> Finding:
    places = tuple(Place(type=kind, count=count) for kind, count in counts.items())
    return Finding(control="pii", rule=rule, level=level, message=message, places=places)


def output_finding(counts: Mapping[str, int], level: Level) -> Finding:
    """The finding for a cell that shows personal data."""
    message = f"This cell's output shows {counts_words(counts)}; it is saved with the notebook."
    return _counted(IN_OUTPUT, message, counts, level)


def redacted_finding(counts: Mapping[str, int], level: Level) -> Finding:
    """The finding for outputs that were redacted before they were published."""
    return _counted(
        MASKED, f"This cell's output was redacted before it was shown: {counts_words(counts)}.", counts, level
    )


def log_finding(counts: Mapping[str, int], level: Level) -> Finding:
    """The finding for a cell that logs personal data."""
    return _counted(IN_LOG, f"This cell logged {counts_words(counts)}.", counts, level)


def name_finding(counts: Mapping[str, int], level: Level) -> Finding:
    """The finding for a file whose name holds personal data; it does not repeat the name."""
    message = f"The name of what this cell reads or writes holds {counts_words(counts)}."
    return _counted(IN_NAME, message, counts, level)


def unmasked(resource: str, level: Level) -> Finding:
    """The finding for rows that go into a database without being seen."""
    message = (
        f"{resource} was saved without a mask: rows that SQL moves inside of a database are not seen. Have them masked "
        'where they come in ([[pii.mask]] on = "load").'
    )
    return Finding(control="pii", rule=UNMASKED, level=level, message=message)


def unmasked_rows(resource: str, level: Level) -> Finding:
    """The finding for a database whose own cursors write rows that nobody sees."""
    message = (
        f"{resource} was opened by sqlite3, and rows that its cursors write are saved without a mask. Write them as a "
        "table (df.to_sql), and they are masked."
    )
    return Finding(control="pii", rule=UNMASKED, level=level, message=message)


def late_mask(resource: str, columns: Sequence[str]) -> Finding:
    """The finding for rows that were written before their column was known to hold personal data."""
    message = (
        f"{resource} was saved without a mask at its beginning: the first rows did not show what "
        f"{', '.join(columns)} holds. Write it again as one table (writerows, or to_csv)."
    )
    return Finding(control="pii", rule=UNMASKED, message=message)


_INIT = "%mlsec keys init"
OTHER_TYPES = (
    "a mask of another type than its column does not fit what this writer was opened for. Mask the tables first "
    "(mlsec.mask), and open the writer for their schema."
)
"""Why a piece of a stream cannot be masked."""


def prompt_finding(resource: str, counts: Mapping[str, int], level: Level, *, is_hidden: bool) -> Finding:
    """The finding for a prompt that holds personal data, hidden on its way or not."""
    if is_hidden:
        message = f"{counts_words(counts)} hidden by the policy in what {resource} was sent."
        return _counted(MASKED, message, counts, level)
    return _counted(IN_PROMPT, f"{resource} was sent {counts_words(counts)}.", counts, level)


def masked_finding(
    resource: str, found: Mapping[str, Sequence[Detection]], when: str, how: str, level: Level
) -> Finding:
    """The finding for a table that was masked on load or save."""
    seen = table_finding(resource, found) if found else None
    said = "named columns" if seen is None else seen.message.removeprefix(f"{resource}: ").removesuffix(".")
    message = f"{resource}: {said}, masked on {when} by the policy ({how})."
    return Finding(control="pii", rule=MASKED, level=level, message=message, places=() if seen is None else seen.places)


def cannot_mask(resource: str, done: str, error: Exception) -> Finding:
    """The denial where the policy asks for a mask that cannot be made: for want of a key, or at all."""
    why = str(error).removeprefix("Nothing was masked: ")
    message = f"{resource} was not {done}: the policy asks to mask it. {why[:1].upper()}{why[1:]}"
    fix = _INIT if isinstance(error, NoIdentity) and _INIT in why else None
    return Finding(control="pii", rule=CANNOT_MASK, level="error", effect="deny", message=message, fix=fix)


def muted_finding(resource: str, muted: Sequence[tuple[str, str, str]]) -> Finding:
    """The note of what was not told: (column, type, reason) each."""
    said = "; ".join(f"{f'{column} ' if column else ''}{kind} ({reason})" for column, kind, reason in muted[:6])
    places = tuple(Place(column=column or None, type=kind) for column, kind, _ in muted)
    return Finding(control="pii", rule=MUTED, level="note", message=f"{resource}: not told: {said}.", places=places)


def mute_over(kind: str, where: str, until: str) -> Finding:
    """The finding for a mute that is past its last day."""
    message = f"The mute of {kind} in {where or 'every column'} ended on {until}, so it is told again."
    return Finding(control="pii", rule=MUTE_OVER, message=message)


def mute_passed_over(count: int) -> Finding:
    """The finding for comments that were meant to mute and lack a reason or a type."""
    message = (
        f"{count} of this cell's `# mlsec: allow` comments mute nothing: write the type and a reason, "
        f"as in `# mlsec: allow EMAIL in notes -- test data`."
    )
    return Finding(control="pii", rule=MUTE_OVER, message=message)


def known_unapproved(why: str) -> Finding:
    """The finding for a list of known findings that is not followed."""
    return Finding(control="pii", rule=KNOWN_UNAPPROVED, message=f".mlsec/known.json is not followed: {why}.")
