"""Credentials in cells' source: made ones of ninety kinds in ten forms, and what looks like them.

Each figure is counted once, not timed. Secrets are drawn at random in the forms that their services document; who wrote
this list wrote the recognizers. Look-alikes are what cells hold every day: placeholders, digests, names, settings.
"""

# ruff: noqa: E501  (a kind or a line of source each)

from __future__ import annotations

import base64
import json
import random
import string
import zlib
from collections.abc import Callable, Iterator

from benchmarks.measure import Row, Spread

HEX, LOW, UP = "0123456789abcdef", string.ascii_lowercase + string.digits, string.ascii_uppercase + string.digits
ALNUM, WORD = string.ascii_letters + string.digits, string.ascii_letters + string.digits + "_-"
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
Draw = Callable[[random.Random], str]


def _of(mark: str, *parts: tuple[str, int] | str) -> Draw:
    """A mark, then so many letters of each alphabet, plain pieces between."""

    def draw(rng: random.Random) -> str:
        return mark + "".join(p if isinstance(p, str) else "".join(rng.choices(p[0], k=p[1])) for p in parts)

    return draw


def _summed(mark: str) -> Draw:
    def draw(rng: random.Random) -> str:
        body = "".join(rng.choices(ALNUM, k=30))
        number, digits = zlib.crc32(body.encode()), ""
        for _ in range(6):
            number, digit = divmod(number, 62)
            digits = BASE62[digit] + digits
        return mark + body + digits

    return draw


def _json_token(rng: random.Random) -> str:
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": str(rng.randrange(10**9)), "iat": rng.randrange(10**9, 2 * 10**9)})
    said = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts]
    return ".".join((*said, "".join(rng.choices(WORD, k=43))))


def _uuid(rng: random.Random) -> str:
    return "-".join("".join(rng.choices(HEX, k=size)) for size in (8, 4, 4, 4, 12))


def _with_uuid(mark: str) -> Draw:
    return lambda rng: mark + _uuid(rng)


def _password(rng: random.Random) -> str:
    letters = rng.choices(string.ascii_letters, k=8) + rng.choices(string.digits, k=3) + rng.choices("!@#%^*+?", k=2)
    rng.shuffle(letters)
    return "".join(letters)


def _base64(size: int) -> Draw:
    return lambda rng: base64.b64encode(rng.randbytes(size)).decode()


MARKED: dict[str, Draw] = {
    "AWS access key": _of("AKIA", (string.ascii_uppercase + "234567", 16)), "AWS session key": _of("ASIA", (string.ascii_uppercase + "234567", 16)), "AWS Bedrock": lambda r: "ABSK" + _base64(90)(r),
    "Google API key": _of("AIza", (WORD, 35)), "Google OAuth token": _of("ya29.", (WORD, 120)), "Google client secret": _of("GOCSPX-", (WORD, 28)),
    "Azure client secret": _of("", (ALNUM, 3), "8Q~", (ALNUM, 34)), "Azure DevOps": _of("", (ALNUM, 76), "AZDO", (ALNUM, 4)), "Azure AI key": _of("", (ALNUM, 52), "JQQJ99", (ALNUM, 26)), "Alibaba": _of("LTAI", (ALNUM, 20)), "Tencent": _of("AKID", (ALNUM, 32)),
    "DigitalOcean": _of("dop_v1_", (HEX, 64)), "Heroku": _of("HRKU-AA", (WORD, 58)), "Fly": lambda r: "fm2_" + _base64(120)(r), "Netlify": _of("nfp_", (ALNUM, 36)), "Vercel Blob": _of("vercel_blob_rw_", (ALNUM, 40)), "OpenShift": _of("sha256~", (WORD, 43)),
    "GitHub personal": _summed("ghp_"), "GitHub server": _summed("ghs_"), "GitHub OAuth": _summed("gho_"), "GitHub fine-grained": _of("github_pat_", (ALNUM, 22), "_", (ALNUM, 59)), "npm": _summed("npm_"),
    "GitLab personal": _of("glpat-", (WORD, 20)), "GitLab deploy": _of("gldt-", (WORD, 20)), "GitLab runner": _of("glrt-", (WORD, 20)), "GitLab job": _of("glcbt-64_", (WORD, 20)), "Bitbucket": _of("ATBB", (ALNUM, 32)), "Atlassian": _of("ATATT3xFfGF0", (WORD, 170), "=", (UP, 8)),
    "PyPI": lambda r: "pypi-AgEIcHlwaS5vcmc" + "".join(r.choices(WORD, k=150)), "RubyGems": _of("rubygems_", (HEX, 48)), "crates.io": _of("cio", (ALNUM, 32)), "NuGet": _of("oy2", (LOW, 43)), "Docker": _of("dckr_pat_", (WORD, 27)), "Artifactory": _of("AKCp", (ALNUM, 69)), "Sonar": _of("squ_", (HEX, 40)), "Postman": _of("PMAK-", (HEX, 24), "-", (HEX, 34)), "Terraform": _of("", (ALNUM, 14), ".atlasv1.", (WORD, 67)),
    "OpenAI project": _of("sk-proj-", (WORD, 74), "T3BlbkFJ", (WORD, 74)), "OpenAI": _of("sk-", (ALNUM, 20), "T3BlbkFJ", (ALNUM, 20)), "Anthropic": _of("sk-ant-api03-", (WORD, 93), "AA"), "OpenRouter": _of("sk-or-v1-", (HEX, 64)), "DeepSeek": _of("sk-", (HEX, 32)), "Langfuse": _with_uuid("sk-lf-"),
    "Hugging Face": _of("hf_", (string.ascii_letters, 34)), "Groq": _of("gsk_", (ALNUM, 52)), "Replicate": _of("r8_", (ALNUM, 37)), "Perplexity": _of("pplx-", (ALNUM, 48)), "xAI": _of("xai-", (ALNUM, 80)), "NVIDIA": _of("nvapi-", (WORD, 64)), "Pinecone": _of("pcsk_", (ALNUM, 6), "_", (ALNUM, 63)), "LangSmith": _of("lsv2_pt_", (HEX, 32), "_", (HEX, 10)), "Tavily": _of("tvly-", (ALNUM, 32)),
    "Databricks": _of("dapi", (HEX, 32)), "PlanetScale": _of("pscale_tkn_", (WORD, 43)), "Supabase": _of("sbp_", (HEX, 40)), "Prefect": _of("pnu_", (ALNUM, 36)), "Airtable": _of("pat", (ALNUM, 14), ".", (HEX, 64)), "Notion": _of("ntn_", (string.digits, 11), (ALNUM, 35)), "Mapbox": lambda r: "sk.eyJ" + "".join(r.choices(ALNUM, k=80)) + "." + "".join(r.choices(WORD, k=22)), "Kaggle": _of("KGAT_", (HEX, 32)),
    "Stripe": _of("sk_live_", (ALNUM, 24)), "Stripe restricted": _of("rk_live_", (ALNUM, 24)), "Stripe webhook": _of("whsec_", (ALNUM, 32)), "Square": _of("sq0atp-", (WORD, 22)), "Braintree": _of("access_token$production$", (LOW, 16), "$", (HEX, 32)), "Plaid": _with_uuid("access-production-"), "Shopify": _of("shpat_", (HEX, 32)), "Shippo": _of("shippo_live_", (HEX, 40)), "EasyPost": _of("EZAK", (ALNUM, 54)),
    "SendGrid": _of("SG.", (WORD, 22), ".", (WORD, 43)), "Mailgun": _of("key-", (HEX, 32)), "Mailchimp": _of("", (HEX, 32), "-us14"), "Brevo": _of("xkeysib-", (HEX, 64), "-", (ALNUM, 16)), "HubSpot": _with_uuid("pat-na1-"), "Twilio": _of("SK", (HEX, 32)), "Telegram": _of("", (string.digits, 10), ":AA", (WORD, 33)),
    "Slack bot": _of("xoxb-", (string.digits, 12), "-", (string.digits, 12), "-", (ALNUM, 24)), "Slack app": _of("xapp-1-A", (UP, 10), "-", (string.digits, 13), "-", (HEX, 64)), "Slack hook": _of("https://hooks.slack.com/services/T", (UP, 8), "/B", (UP, 8), "/", (ALNUM, 24)), "Discord hook": _of("https://discord.com/api/webhooks/", (string.digits, 18), "/", (WORD, 68)),
    "Discord bot": lambda r: base64.b64encode(str(r.randrange(10**17, 10**18)).encode()).decode() + "." + "".join(r.choices(ALNUM, k=6)) + "." + "".join(r.choices(WORD, k=38)), "Figma": _of("figd_", (WORD, 43)), "Linear": _of("lin_api_", (ALNUM, 40)), "Asana": _of("2/", (string.digits, 16), "/", (string.digits, 16), ":", (HEX, 32)), "Contentful": _of("CFPAT-", (WORD, 43)),
    "Vault": _of("hvs.", (WORD, 95)), "Pulumi": _of("pul-", (HEX, 40)), "Doppler": _of("dp.pt.", (ALNUM, 43)), "1Password": lambda r: "ops_" + base64.b64encode(b'{"signInAddress":"' + r.randbytes(200).hex().encode()).decode().rstrip("="), "age": _of("AGE-SECRET-KEY-1", ("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)),
    "Dynatrace": _of("dt0c01.", (UP, 24), ".", (UP, 64)), "New Relic": _of("NRAK-", (UP, 27)), "Grafana": _of("glsa_", (ALNUM, 32), "_", (HEX, 8)), "Sentry": _of("sntryu_", (HEX, 64)), "LaunchDarkly": _with_uuid("sdk-"), "JSON Web Token": _json_token,
}  # fmt: skip
"""Kinds that carry their own mark: found without a word beside them."""

BORNE: dict[str, Draw] = {
    "AWS secret key": _of("", (ALNUM + "+/", 40)), "Azure storage key": _base64(64), "Datadog": _of("", (HEX, 32)), "Weights & Biases": _of("", (HEX, 40)), "Cohere": _of("", (ALNUM, 40)), "Snyk": _uuid, "Algolia": _of("", (HEX, 32)), "Twitter": _of("", (ALNUM, 45)),
    "Heroku (old)": _uuid, "password": _password, "signing key": _base64(32), "Jupyter token": _of("", (HEX, 48)),
}  # fmt: skip
"""Kinds without a mark: only what they are assigned to, or sent as, gives them away."""

NAMED = (
    'API_KEY = "{}"', "os.environ['SERVICE_TOKEN'] = '{}'", 'config = {{"secret_key": "{}", "region": "eu"}}', 'client = Client(api_key="{}", timeout=3)', "SERVICE_SECRET={}",
    "%env ACCESS_TOKEN={}", 'headers = {{"Authorization": "Bearer {}"}}', 'password: str = "{}"', '!curl -H "X-Api-Key: {}" https://api.invalid/v1', "os.environ.setdefault('AUTH_TOKEN', '{}')",
)  # fmt: skip
BARE = ('client = Client("{}")', "# it used to be {} before", "login({!r})", "for one in ['{}', 'x']: send(one)")
"""Forms in which no word says what it is."""

OTHERS: dict[str, Draw] = {
    "password in a URL": lambda r: f'engine = create_engine("postgresql://app:{_of("", (ALNUM, 14))(r)}@db.prod.internal:5432/main")',
    "proxy": lambda r: f"!pip install x --index-url https://build:{_of('', (ALNUM, 20))(r)}@pkgs.corp.internal/simple",
    "private key": lambda r: '"""-----BEGIN RSA PRIVATE KEY-----\n' + _base64(300)(r) + '\n-----END RSA PRIVATE KEY-----"""', "OpenSSH key": lambda r: "-----BEGIN OPENSSH PRIVATE KEY-----\n" + _base64(180)(r),
    "connection string": lambda r: f'c = "DefaultEndpointsProtocol=https;AccountName=a;AccountKey={_base64(64)(r)};EndpointSuffix=core.windows.net"',
    "shared signature": lambda r: f"url = 'https://a.blob.core.windows.net/c?sv=2024-01-01&sig={_of('', (ALNUM, 43))(r)}%3D'", "basic header": lambda r: f"""requests.get(u, headers={{'Authorization': 'Basic {_base64(24)(r)}'}})""", "curl user": lambda r: f"!curl -u admin:{_password(r)} https://db.corp/_all",
}  # fmt: skip
"""Whole lines of their own."""

ALIKE = (
    'API_KEY = "your-api-key-here"', 'api_key = "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"', "token = os.environ['HF_TOKEN']", 'password = getpass.getpass("Password: ")', 'api_key="<YOUR_API_KEY>"', 'client = OpenAI(api_key="sk-...")', 'token = "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"',
    'aws_access_key_id = "AKIAIOSFODNN7EXAMPLE"', 'secret = "changeme"', 'pad_token = "[PAD]"', 'tokenizer.eos_token = "<|endoftext|>"', 'key = "user_id"', 'df.sort_values(key="created_at_2024")', 'password_field = "input-password-1"', "token: util.Token = None", "first_token = tree.tokens[0]", 'commit = "9fceb02d0ae598e95dc970b74767f19372d61af8"',
    'digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"', 'run_id = "7f3a0c9e5d4b4c7f8a1b2c3d4e5f6a7b"', 'uuid = "123e4567-e89b-12d3-a456-426614174000"', 'css = "sk-toggleable__label-arrow sk-estimator-doc-link"', '<div class="sk-top-container sk-container-id-1">', 'create_engine("postgresql://user:pass@localhost/db")',
    'create_engine("postgresql+psycopg2://scott:tiger@localhost/test")', 'url = "https://example.org/a/b?id=20240101&page=2"', 'model = "distilbert-base-uncased-finetuned-sst-2-english"', 'AutoModel.from_pretrained("sentence-transformers/all-MiniLM-L6-v2")', "secretsanta = ['anna', 'bob']", 'key_columns = ["customer_id_2", "order_id_2"]', 'primary_key = "order_line_number_1"',
    'cache_key = f"{user}:{page}"', 'public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI"', 'authors = "Anna Example <anna@example.org>"', 'assert token == "access_token"', "auth = HTTPBasicAuth(user, password)", 'scopes = ["https://www.googleapis.com/auth/drive.readonly"]', 'headers = {"Authorization": f"Bearer {token}"}', "if '-----BEGIN PRIVATE KEY-----' in text: raise ValueError",
    'token_type = "bearer"', 'passwords = pd.read_csv("rockyou-75.txt.gz")', 'tokens = "the quick brown fox 123"', 'password = "password123"', 'secret_name = "prod/db/main-2024"', 'token = "{{ secrets.TOKEN_2 }}"', 'api_key = "${API_KEY_V2}"', 'api_key="test_key_123"', 'KEY = "AWS_S3_BUCKET_2"', 'auth="basic-auth-v2"', "key = 'layer4.0.conv1.weight'", 'seed = 348932549825235', 'pk_test = df["pk_2"]', "img = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk'",
)  # fmt: skip
"""Lines of ordinary cells in which nothing is secret."""


def lines(kinds: dict[str, Draw], forms: tuple[str, ...], seed: int = 11) -> Iterator[tuple[str, str]]:
    """Each kind in each form: its name and the line. The same ones each time for a seed."""
    rng = random.Random(seed)
    return ((name, form.format(draw(rng))) for name, draw in kinds.items() for form in forms)


def missed(made: Iterator[tuple[str, str]]) -> tuple[list[str], int]:
    """The kinds of the lines in which nothing was found, and how many lines there were."""
    from jupyter_mlsec.controls.pii.text import credentials_in

    told = [(name, bool(credentials_in(line))) for name, line in made]
    return [name for name, found in told if not found], len(told)


def rows() -> list[Row]:
    """The share of lines in which a made secret was found, by form, and of look-alikes that were flagged."""
    found = []
    for what, made, goal in (
        (f"{len(MARKED)} kinds with a mark, no word beside them", lines(MARKED, BARE), 98.0),
        (f"{len(MARKED)} kinds with a mark, assigned or sent", lines(MARKED, NAMED), 98.0),
        (f"{len(BORNE)} kinds without a mark, assigned or sent", lines(BORNE, NAMED), 95.0),
        (f"{len(OTHERS)} kinds of whole lines", ((name, draw(random.Random(n))) for name, draw in OTHERS.items() for n in range(5)), 95.0),
    ):  # fmt: skip
        lost, of = missed(made)
        note = f"{of} lines" + (f"; missed: {', '.join(sorted(set(lost)))}" if lost else "")
        found.append(_counted(f"found: {what}", 100 * (of - len(lost)) / of, goal, note, more=True))
    quiet, of = missed((line, line) for line in ALIKE)
    found.append(_counted("flagged: look-alikes", 100 * (of - len(quiet)) / of, 2.0, f"{of} lines", more=False))
    return found


def _counted(what: str, value: float, goal: float, note: str, *, more: bool) -> Row:
    return Row(what=what, unit="%", measured=Spread.of([value, value]), goal=goal, more_is_better=more, note=note)


if __name__ == "__main__":
    for row in rows():
        print(row)
