"""Keys and tokens that say whose they are: the marks with which services begin what they hand out, a kind a line.

Forms are those that the services document (or hand out); bodies are bounded and met case by case. Where a form carries
a check of its own, `checks` has it.
"""

# ruff: noqa: E501  (a kind a line)

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable

from jupyter_mlsec.vault.bech32 import decode

_A, _W, _H, _L = "[A-Za-z0-9]", "[A-Za-z0-9_-]", "[0-9a-f]", "[a-z0-9]"
_B = "[A-Za-z0-9+/]"
_UUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"

KINDS: tuple[tuple[str, str, str], ...] = (
    # clouds and hosting
    ("aws-access-key", "AKIA", "[A-Z0-9]{16}"), ("aws-session-key", "ASIA", "[A-Z0-9]{16}"), ("aws-role", "AROA", "[A-Z2-7]{16}"),
    ("aws-user", "AIDA", "[A-Z2-7]{16}"), ("aws-bearer", "ABIA", "[A-Z2-7]{16}"), ("aws-context", "ACCA", "[A-Z2-7]{16}"),
    ("aws-bedrock", "ABSK", _B + "{100,280}={0,2}"), ("aws-bedrock-short", "bedrock-api-key-", "[A-Za-z0-9+/=]{40,2000}"),
    ("google-api-key", "AIza", _W + "{35}"), ("google-access-token", "ya29.", _W + "{20,300}"), ("google-client-secret", "GOCSPX-", _W + "{28}"),
    ("google-refresh-token", "1//0", _W + "{40,120}"), ("alibaba", "LTAI", _A + "{12,20}"), ("tencent", "AKID", _A + "{32}"),
    ("yandex-api-key", "AQVN", _W + "{35,38}"), ("yandex-iam", "t1.", r"[A-Za-z0-9_-]{8,400}={0,2}\.[A-Za-z0-9_-]{86}={0,2}"), ("yandex-access-key", "YCA", "[A-Za-z0-9_-]{22,37}"),
    ("digitalocean", "dop_v1_", _H + "{64}"), ("digitalocean-oauth", "doo_v1_", _H + "{64}"), ("digitalocean-refresh", "dor_v1_", _H + "{64}"),
    ("heroku", "HRKU-", _W + "{30,70}"), ("fly", "fo1_", r"[A-Za-z0-9_-]{43}"), ("fly-macaroon", "fm2_", _B + "{100,2000}={0,3}"), ("fly-macaroon-1", "fm1", "[ar]_[A-Za-z0-9+/]{100,2000}={0,3}"),
    ("vercel-blob", "vercel_blob_rw_", r"[A-Za-z0-9_]{20,100}"), ("netlify", "nfp_", _A + "{36,40}"), ("render", "rnd_", _A + "{28,40}"),
    ("cloudflare-origin", "v1.0-", "[0-9a-f]{24}-[0-9a-f]{146}"), ("scalingo", "tk-us-", r"[A-Za-z0-9_-]{48}"), ("openshift", "sha256~", r"[A-Za-z0-9_-]{43}"),
    ("json-web-token", "eyJ", r"[A-Za-z0-9_-]{8,2000}\.eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{8,1000}"),
    # code, packages, pipelines
    ("github-personal", "ghp_", _A + "{30,255}"), ("github-oauth", "gho_", _A + "{30,255}"), ("github-user", "ghu_", _A + "{30,255}"),
    ("github-server", "ghs_", _A + "{30,255}"), ("github-refresh", "ghr_", _A + "{30,255}"), ("github-fine-grained", "github_pat_", "[A-Za-z0-9_]{22,255}"),
    ("gitlab-personal", "glpat-", r"[A-Za-z0-9_-]{20,300}(?:\.[0-9a-z]{2}[0-9a-z]{7})?"), ("gitlab-deploy", "gldt-", _W + "{20,64}"), ("gitlab-runner", "glrt-", r"[A-Za-z0-9_-]{20,300}(?:\.[0-9a-z]{2}[0-9a-z]{7})?"),
    ("gitlab-job", "glcbt-", "[A-Za-z0-9]{1,5}_[A-Za-z0-9_-]{20,64}"), ("gitlab-trigger", "glptt-", _H + "{40}"), ("gitlab-feed", "glft-", _W + "{20,64}"), ("gitlab-mail", "glimt-", _W + "{25}"),
    ("gitlab-agent", "glagent-", _W + "{50,64}"), ("gitlab-oauth", "gloas-", _W + "{64}"), ("gitlab-scim", "glsoat-", _W + "{20,64}"), ("gitlab-flag", "glffct-", _W + "{20,64}"), ("gitlab-registration", "GR1348941", r"[A-Za-z0-9_-]{20}"),
    ("bitbucket", "ATBB", _A + "{28,40}"), ("atlassian", "ATATT3", r"[A-Za-z0-9_=-]{60,220}"), ("atlassian-connect", "ATCTT3", r"[A-Za-z0-9_=-]{60,220}"),
    ("npm", "npm_", _A + "{36}"), ("pypi", "pypi-", _W + "{40,1000}"), ("rubygems", "rubygems_", _H + "{48}"), ("crates", "cio", _A + "{32}"), ("nuget", "oy2", "[a-z0-9]{43}"),
    ("docker-personal", "dckr_pat_", _W + "{24,40}"), ("docker-organisation", "dckr_oat_", _W + "{24,40}"), ("clojars", "CLOJARS_", "[a-z0-9]{60}"), ("artifactory", "AKCp", _A + "{69}"), ("artifactory-reference", "cmVmd", _A + "{59}"),
    ("circleci", "CCIPAT_", r"[A-Za-z0-9]{16,40}_[0-9a-f]{40}"), ("octopus", "API-", "[A-Z0-9]{26}"), ("harness", "pat.", r"[A-Za-z0-9_-]{22}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{20}"), ("sonar-user", "squ_", _H + "{40}"), ("sonar-project", "sqp_", _H + "{40}"), ("sonar-analysis", "sqa_", _H + "{40}"),
    ("sourcegraph", "sgp_", "(?:[0-9a-fA-F]{16}_|local_)?[0-9a-fA-F]{40}"), ("readme", "rdme_", "[a-z0-9]{70}"), ("postman", "PMAK-", "[a-f0-9]{24}-[a-f0-9]{34}"), ("terraform", "", r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70}"),
    # models and data
    ("openai-project", "sk-proj-", _W + "{20,200}"), ("openai-service", "sk-svcacct-", _W + "{20,200}"), ("openai-admin", "sk-admin-", _W + "{20,200}"), ("anthropic", "sk-ant-", _W + "{20,200}"),
    ("openrouter", "sk-or-", _W + "{20,200}"), ("langfuse", "sk-lf-", _UUID), ("openai", "sk-", _W + "{20,200}"),
    ("huggingface", "hf_", _A + "{30,64}"), ("huggingface-organisation", "api_org_", _A + "{34}"), ("groq", "gsk_", _A + "{40,60}"), ("replicate", "r8_", _A + "{37}"), ("perplexity", "pplx-", _A + "{40,60}"), ("xai", "xai-", _A + "{60,100}"),
    ("nvidia", "nvapi-", _W + "{60,70}"), ("together", "tgp_v1_", _W + "{40,60}"), ("fireworks", "fw_", _A + "{22,40}"), ("voyage", "pa-", _W + "{40,50}"), ("jina", "jina_", _W + "{50,80}"), ("tavily", "tvly-", _W + "{24,60}"), ("firecrawl", "fc-", _H + "{32}"),
    ("pinecone", "pcsk_", "[A-Za-z0-9_]{40,90}"), ("langsmith", "lsv2_", r"(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}"), ("weights-and-biases", "wandb_v1_", "[A-Za-z0-9_]{40,100}"), ("kaggle", "KGAT_", _H + "{32}"), ("modal-id", "ak-", _A + "{22}"), ("modal-secret", "as-", _A + "{22}"),
    ("apify", "apify_api_", _A + "{30,50}"), ("runpod", "rpa_", "[A-Z0-9]{38,50}"), ("databricks", "dapi", "[a-f0-9]{32}(?:-[0-9])?"), ("clickhouse", "4b1d", _A + "{38}"), ("planetscale", "pscale_tkn_", r"[A-Za-z0-9_=.-]{32,64}"), ("planetscale-password", "pscale_pw_", r"[A-Za-z0-9_=.-]{32,64}"),
    ("planetscale-oauth", "pscale_oauth_", r"[A-Za-z0-9_=.-]{32,64}"), ("neon", "napi_", _L + "{60,70}"), ("supabase", "sbp_", "(?:v0_)?[0-9a-f]{40}"), ("supabase-secret", "sb_secret_", _W + "{30,50}"), ("mongodb-atlas", "mdb_sa_sk_", _W + "{40}"), ("prefect", "pnu_", _A + "{36}"), ("prefect-bot", "pnb_", _A + "{36}"),
    ("airtable", "pat", r"[A-Za-z0-9]{14}\.[0-9a-f]{64}"), ("notion", "ntn_", "[0-9]{11}[A-Za-z0-9]{35}"), ("notion-secret", "secret_", _A + "{43}"), ("mapbox", "sk.eyJ", r"[A-Za-z0-9_-]{50,120}\.[A-Za-z0-9_-]{22}"), ("maxmind", "", "[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk"),
    # money, mail, messages
    ("stripe", "sk_", "(?:live|test|prod)_[A-Za-z0-9]{10,128}"), ("stripe-restricted", "rk_", "(?:live|test|prod)_[A-Za-z0-9]{10,128}"), ("stripe-public", "pk_", "(?:live|test)_[A-Za-z0-9]{16,128}"), ("stripe-webhook", "whsec_", "[A-Za-z0-9+/]{24,64}={0,2}"),
    ("square", "sq0atp-", r"[A-Za-z0-9_-]{22}"), ("square-secret", "sq0csp-", r"[A-Za-z0-9_-]{43}"), ("square-or-facebook", "EAAA", r"[A-Za-z0-9_-]{50,280}"), ("facebook", "EAACEdEose0cBA", _A + "{20,200}"), ("facebook-page", "EAAC", _A + "{100,300}"), ("facebook-member", "EAAM", _A + "{100,300}"),
    ("paypal-braintree", "access_token$", r"(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32}"), ("razorpay", "rzp_live_", _A + "{14}"), ("plaid", "access-", "(?:sandbox|development|production)-" + _UUID), ("flutterwave", "FLWSECK", "(?:_TEST)?-[0-9a-zA-Z]{32}-X"),
    ("shippo", "shippo_", "(?:live|test)_[0-9a-fA-F]{40}"), ("easypost", "EZAK", _A + "{54}"), ("easypost-test", "EZTK", _A + "{54}"), ("duffel", "duffel_", r"(?:test|live)_[A-Za-z0-9_=-]{43}"),
    ("shopify-access", "shpat_", "[a-fA-F0-9]{32}"), ("shopify-custom", "shpca_", "[a-fA-F0-9]{32}"), ("shopify-private", "shppa_", "[a-fA-F0-9]{32}"), ("shopify-shared", "shpss_", "[a-fA-F0-9]{32}"),
    ("sendgrid", "SG.", r"[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64}"), ("mailgun", "key-", _H + "{32}"), ("brevo", "xkeysib-", "[0-9a-f]{64}-[A-Za-z0-9]{16}"), ("brevo-smtp", "xsmtpsib-", "[0-9a-f]{64}-[A-Za-z0-9]{16}"), ("resend", "re_", "[A-Za-z0-9]{8}_[A-Za-z0-9]{20,30}"),
    ("mailchimp", "", "[0-9a-f]{32}-us[0-9]{1,2}"), ("hubspot", "pat-", "(?:na|eu)[0-9]-" + _UUID), ("twilio", "SK", _H + "{32}"), ("slack-bot", "xoxb-", "[A-Za-z0-9-]{10,250}"), ("slack-user", "xoxp-", "[A-Za-z0-9-]{10,250}"), ("slack-export", "xoxe", "[.-][A-Za-z0-9.-]{10,250}"),
    ("slack-other", "xox", "[aorsdc]-[A-Za-z0-9-]{10,250}"), ("slack-app", "xapp-", "[0-9]-[A-Za-z0-9-]{10,250}"), ("slack-hook", "hooks.slack.com/", "(?:services|workflows|triggers)/[A-Za-z0-9/_-]{20,120}"), ("zapier-hook", "https://hooks.zapier.com/hooks/catch/", "[0-9]{4,10}/[a-z0-9]{5,12}"),
    ("discord-hook", "https://discord.com/api/webhooks/", r"[0-9]{15,20}/[A-Za-z0-9_-]{40,90}"), ("discord-hook-old", "https://discordapp.com/api/webhooks/", r"[0-9]{15,20}/[A-Za-z0-9_-]{40,90}"), ("discord-bot", "", r"[MNO][A-Za-z0-9]{22,26}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,38}"),
    ("telegram", "", "[0-9]{8,10}:AA[A-Za-z0-9_-]{32,35}"), ("teams-hook", "https://", r"[a-z0-9-]{1,60}\.webhook\.office\.com/webhookb2/[0-9a-f-]{36}@[0-9a-f-]{36}/IncomingWebhook/[0-9a-f]{32}/[0-9a-f-]{36}"), ("dropbox", "sl.", "[A-Za-z0-9_=-]{100,1400}"),
    ("figma", "figd_", _W + "{40,50}"), ("linear", "lin_api_", _A + "{32,64}"), ("linear-oauth", "lin_oauth_", _H + "{64}"), ("asana", "", r"[12]/[0-9]{13,20}(?:/[0-9]{13,20})?:[0-9a-f]{32}"), ("typeform", "tfp_", r"[A-Za-z0-9_.=-]{40,70}"), ("contentful", "CFPAT-", _W + "{43}"), ("frameio", "fio-u-", r"[A-Za-z0-9_=-]{64}"), ("adobe", "p8e-", "[a-z0-9A-Z]{32}"),
    # secrets, watching, identity
    ("vault-service", "hvs.", r"[A-Za-z0-9_-]{24,200}"), ("vault-batch", "hvb.", r"[A-Za-z0-9_-]{100,400}"), ("vault-recovery", "hvr.", r"[A-Za-z0-9_-]{24,200}"), ("vault-old", "s.", _A + "{24}"), ("pulumi", "pul-", _H + "{40}"), ("doppler", "dp.pt.", _A + "{40,44}"), ("doppler-service", "dp.st.", r"(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44}"),
    ("1password-service", "ops_", "[A-Za-z0-9_-]{100,2000}"), ("1password-secret", "A3-", "[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}"), ("age", "AGE-SECRET-KEY-1", "[A-Z0-9]{50,64}"), ("age-lower", "age-secret-key-1", "[a-z0-9]{50,64}"), ("age-hybrid", "AGE-SECRET-KEY-PQ-1", "[A-Z0-9]{50,80}"),
    ("dynatrace", "dt0c01.", r"[A-Z0-9]{24}\.[A-Z0-9]{64}"), ("new-relic-user", "NRAK-", "[A-Z0-9]{27}"), ("new-relic-insert", "NRII-", "[A-Za-z0-9_-]{32}"), ("new-relic-browser", "NRJS-", _H + "{19}"), ("grafana-service", "glsa_", "[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}"), ("grafana-cloud", "glc_", "[A-Za-z0-9+/]{32,400}={0,3}"),
    ("grafana-old", "eyJrIjoi", "[A-Za-z0-9]{70,400}={0,3}"), ("sentry-organisation", "sntrys_", "[A-Za-z0-9+/=_-]{40,500}"), ("sentry-user", "sntryu_", _H + "{64}"), ("launchdarkly", "sdk-", _UUID), ("launchdarkly-api", "api-", _UUID), ("logfire", "pylf_v1_", "[a-z]{2}_[A-Za-z0-9]{40,50}"), ("honeycomb", "hcaik_", "[a-z0-9]{58}"),
    ("azure-client-secret", "", r"[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}"), ("azure-devops", "", "[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}"), ("azure-key", "", "[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{26}"), ("azure-signature", "sig=", "[A-Za-z0-9%/+]{43,63}(?:%3D|=)"), ("intra42", "s-s4t2ud-", _H + "{64}"), ("settlemint", "sm_", "(?:aat|pat|sat)_[A-Za-z0-9]{16}"),
)  # fmt: skip
"""Name, mark (literal), body. Without a mark, the body has one inside."""

_INSIDE = {
    "slack-other": "xox[aorsdc]-", "slack-export": "xoxe[.-]", "terraform": r"\.atlasv1\.", "telegram": ":AA", "azure-client-secret": "[0-9]Q~", "teams-hook": r"\.webhook\.office\.com", "json-web-token": "eyJ[A-Za-z0-9_-]{8}",
    "discord-bot": r"[A-Za-z0-9]{16}\.[A-Za-z0-9_-]{6}\.", "maxmind": "[A-Za-z0-9]{16}_mmk", "mailchimp": "[0-9a-f]{16}-us[0-9]", "asana": ":[0-9a-f]{16}",
    "azure-devops": "[A-Za-z0-9]{16}AZDO", "azure-key": "[A-Za-z0-9]{16}JQQJ99",
}  # fmt: skip
"""What tells that a kind may be there, where its mark does not suffice."""
_LONG = frozenset(("discord-bot", "maxmind", "mailchimp", "asana", "azure-devops", "azure-key"))
"""The kinds that only a long run of letters and digits gives away."""


def _grouped(kinds: Iterable[tuple[str, str, str]]) -> str:
    """These kinds as one expression, those that begin alike tried together: `re` would try all of them at every place."""
    groups: dict[str, list[str]] = defaultdict(list)
    for _, mark, body in kinds:
        groups[mark[:1]].append(re.escape(mark[1:]) + body)
    return "|".join(f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in groups.items())


def _form(kinds: list[tuple[str, str, str]]) -> re.Pattern[str]:
    """Any of these kinds, where a word begins."""
    return re.compile(rf"(?<![A-Za-z0-9_])(?:{_grouped(kinds)})(?![A-Za-z0-9])")


def _hints(kinds: list[tuple[str, str, str]]) -> str:
    """What RE2 and Hyperscan look for: the marks, the short ones with the least that follows."""
    told = []
    for name, mark, body in kinds:
        least = re.match(r"\[[^]]+\](?:\{\d+)?", body) if len(mark) < 5 else None
        more = "" if least is None else least[0] + ("}" if "{" in least[0] else "")
        told.append(_INSIDE.get(name) or re.escape(mark) + more)
    return "|".join(dict.fromkeys(told))


_MARKED = [kind for kind in KINDS if kind[0] not in _LONG]
_UNMARKED = [kind for kind in KINDS if kind[0] in _LONG]
FORM, HINT = _form(_MARKED), _hints(_MARKED)
"""The kinds that carry a mark of their own."""
FORM_LONG, HINT_LONG = _form(_UNMARKED), _hints(_UNMARKED)
"""The few that hardly do."""

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _sum62(text: str) -> str:
    """CRC-32 as GitHub and npm write it: six digits to the base of 62."""
    number, digits = zlib.crc32(text.encode()), ""
    while number:
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return digits.rjust(6, "0")


def _opened(text: str) -> bytes:
    """What Base64 (of either alphabet, padded or not) says, or nothing."""
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _is_json(raw: bytes) -> bool:
    return raw.startswith(b"{") and raw.rstrip().endswith(b"}")


def _is_bech32(token: str) -> bool:
    try:
        decode(token)
    except ValueError:
        return False
    return True


def checks(token: str) -> bool | None:
    """Whether a token's own check holds; None for the many kinds that have none.

    GitHub's and npm's end in a checksum, age's too (BIP 173); a JSON Web Token begins with a JSON object, PyPI's with
    the name of its index, a 1Password service's is a JSON object, a Discord bot's begins with a number.
    """
    if re.match(r"(?:gh[pousr]|npm)_[A-Za-z0-9]{36}$", token):
        return _sum62(token[4:-6]) == token[-6:]
    if token[:15].lower() == "age-secret-key-":
        return _is_bech32(token)
    if token.startswith("eyJ") and "." in token:
        return _is_json(_opened(token.partition(".")[0]))
    if token.startswith("pypi-"):
        return b"pypi" in _opened(token[5:45])
    if token.startswith("ops_"):
        return _opened(token[4:44]).startswith(b"{")
    if re.match(r"[MNO][A-Za-z0-9_-]{23,26}\.[A-Za-z0-9_-]{6}\.", token):
        return _opened(token.partition(".")[0]).isdigit()
    return None
