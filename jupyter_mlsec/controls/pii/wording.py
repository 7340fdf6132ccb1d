"""Every sentence this control says: one rule per type of personal data, one for credentials in a cell's source."""

# ruff: noqa: E501  (patterns and words of other scripts, kept whole)

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jupyter_mlsec.controls.contract import Rule
from jupyter_mlsec.controls.pii.detection import RANK, TYPES, Detection
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


def source_finding(count: int) -> Finding:
    """The finding for a cell whose source holds credentials; says how many, never which."""
    words = "a credential" if count == 1 else f"{count} credentials"
    return Finding(
        control="pii", rule=IN_SOURCE, message=f"This cell's source holds {words}. Read secrets from the environment, and revoke what was "
f"written.",
        places=(Place(type="CREDENTIAL", count=count),), fix='import os\nsecret = os.environ["NAME"]',
    )  # fmt: skip
