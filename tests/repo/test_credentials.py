"""Literals bound to the names of credentials, and secrets of the program's own."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from pytest_readiness.repo import Repo
from pytest_readiness.repo.credentials import is_named, is_strong

STRONG = "q7Lm2Vb9Rt4Zk8Wp" + "3Nc6Yd1Hf5"


def repo_of(folder: Path, files: dict[str, str]) -> Repo:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    return Repo(folder)


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("a.py", f'API_KEY = "{STRONG}"', 1),
        ("a.py", f'x = 1\nself.token = "{STRONG}"', 2),
        ("a.py", f'd = {{\n  "clientSecret": "{STRONG}"}}', 2),
        ("a.py", f'def f(\n    a, auth_key="{STRONG}"): ...', 2),
        ("a.py", f'connect(dsn="{STRONG}")', 1),
        ("a.py", f'KEY: bytes = b"{STRONG}"\nSIGNING_KEY = KEY', 0),
        ("a.py", f'SIGNING_KEY: bytes = b"{STRONG}"', 1),
        ("a.py", f'import os\nT = os.getenv("X") or "{STRONG}"\nBOT_TOKEN = os.getenv("B", "{STRONG}")', 3),
        ("a.py", f'app.config["DB_PASSWORD"] = "{STRONG}"', 1),
        ("c.yaml", f"a:\n  - db:\n      password: {STRONG}", 3),
        ("c.json", f'{{\n"apiKey":\n"{STRONG}"}}', 2),
        ("c.toml", f'[a]\n[b.c]\nprivate_key = "{STRONG}"', 3),
        (".env.production", f"A=1\nexport SENTRY_DSN={STRONG}", 2),
        ("app.ini", f"[x]\npwd = {STRONG}", 2),
        ("k.yaml", f"env:\n- name: DB_PASSWORD\n  value: {STRONG}", 3),
        ("compose.yml", f"services: {{a: {{environment: [DB_PASSWORD={STRONG}]}}}}", 1),
        ("a.ts", f"const x = 1\nexport const apiKey: string = '{STRONG}'", 0),
        ("a.ts", f"const x = 1\nconst apiKey = '{STRONG}'", 2),
        ("a.go", f'apiKey := "{STRONG}"', 1),
        ("Dockerfile", f"FROM x\nENV API_TOKEN={STRONG}", 2),
        ("run.sh", f"export API_TOKEN={STRONG}", 1),
        ("main.tf", f'password = "{STRONG}"', 1),
        ("template.yaml", f"Resources:\n  Db:\n    MasterUserPassword: {STRONG}", 3),
    ],
)
def test_strong_literals(tmp_path: Path, path: str, text: str, line: int) -> None:
    found = repo_of(tmp_path, {path: text + "\n"}).credentials.bound
    assert [(f.path, f.line) for f in found] == ([(path, line)] if line else [])
    assert all(STRONG[4:] not in f.note and f.shown == f"{STRONG[:4]}****" for f in found)


@pytest.mark.parametrize(
    "path",
    ["docs/a.yml", "README.md", "tests/a.py", "src/__tests__/a.ts", "a.test.ts", "config.example.yaml", "yarn.lock",
     "vendor/a.py", "node_modules/a.js", "a.min.js", "page.html"],
)  # fmt: skip
def test_where_strong_literals_do_not_count(tmp_path: Path, path: str) -> None:
    text = f'password = "{STRONG}"\n' if not path.endswith(("yaml", "yml")) else f"password: {STRONG}\n"
    assert repo_of(tmp_path, {path: text}).credentials.findings == ()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("api_key", True), ("OPENAI_API_KEY", True), ("apiKey", True), ("x-auth-token", True), ("dbPassword", True),
        ("connectionString", True), ("token2", True), ("max_tokens", False), ("token_url", False), ("monkey", False),
        ("secret_name", False), ("passwords", False), ("keyword", False), ("", False),
    ],
)  # fmt: skip
def test_names(name: str, expected: bool) -> None:
    assert is_named(name) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (STRONG, True),
        ("a1b2c3d4e5f6", True),
        ("wJalrXUtnFEMI/K7MDENG/bPxRfiCY97Qk41", True),
        ("a1b2c3d4e5f", False),
        ("onlylettershere", False),
        ("123456789012", False),
        ("oauth2_access_token", False),
        ("gpt-4o-mini-2024", True),
        ("has 12 spaces in34", False),
        ("https://host/a12b34", False),
        ("arn:aws:sm:eu-north-1:12", False),
        ("/run/secrets/key12ab", False),
        ("prod/openai/key-v12", False),
        ("your-key-1234abcd", False),
        ("${KEY_1234567}", False),
        ("ab12ab12ab12ab12", False),
    ],
)
def test_strength(value: str, expected: bool) -> None:
    assert is_strong(value) is expected


@pytest.mark.parametrize(
    "text",
    [
        'SECRET_KEY = "x"',
        "JWT_SECRET = b'dev'",
        'self.password = given or "postgres"',
        'password = "a" if debug else env("P")',
        'DB_PASSWORD = os.environ.get("DB_PASSWORD", "password")',
        'key = os.getenv("ENCRYPTION_KEY", "default")',
        'pepper = config.get("pepper", "salt")',
        'def f(hmac_key="k"): ...',
        'def f(*, passphrase: str = "k"): ...',
        'class S:\n    secret_key: str = Field(default="dev")',
        'class S:\n    secret_key: SecretStr = SecretStr("dev")',
        'D = "dev"\nSECRET_KEY = os.getenv("SECRET_KEY", D)',
        'SECRET_KEY = "dev"\nif SECRET_KEY == "dev":\n    print("weak")',
        'SECRET_KEY = "dev"\nif SECRET_KEY != "dev":\n    raise ValueError',
        'class A:\n    secret = "dev"\nclass B:\n    secret = load()\n    def f(self):\n'
        '        if self.secret == "dev":\n            raise ValueError',
        'CLIENT_SECRET = "vX2realQ9"',
    ],
)
def test_secrets_of_its_own(tmp_path: Path, text: str) -> None:
    assert len(repo_of(tmp_path, {"app.py": text}).credentials.own) == 1


@pytest.mark.parametrize(
    "text",
    [
        'SECRET_KEY = ""',
        "SECRET_KEY = os.environ['SECRET_KEY']",
        "SECRET_KEY = secrets.token_hex(32)",
        'connect(password="x")',
        'if password == "x": ...',
        'CLIENT_SECRET = "your-secret"',
        'stripe_secret_key = os.getenv("S", "changeme")',
        'password = f"{x}"',
        'data["password"] = "***"',
        'secret = "[MASKED]"',
        'password = input("Password: ")',
        'prompt_password = "Enter password:"',
        "password: str",
        'password = request.get("password", None)',
        'secret = parser.get(SECTION, "secret")',
        'SECRET = "https://vault/x"',
        'SECRET = "prod/app/secret"',
        'class A:\n    def __init__(self, secret):\n        self.secret = secret\nA("dev")\nA(secret="dev")',
        'ATTR_PASSWORD = "password"\nx = {ATTR_PASSWORD: 1}',
        'NAME_SECRET = "jwt"\nos.getenv(NAME_SECRET)',
        'class Event:\n    RESET_PASSWORD = "reset_password"',
        'from enum import Enum\nclass K(str, Enum):\n    PASSWORD = "password"',
        'SECRET = "dev"\nif SECRET == "dev":\n    raise SystemExit(1)',
        'SECRET = "dev"\ndef check():\n    if SECRET in ("dev", "test"):\n        sys.exit(1)',
        'WEAK = frozenset({"dev"})\nSECRET = "dev"\nif SECRET in WEAK:\n    raise ValueError',
        'class S:\n    secret: str = "dev"\n    @field_validator("secret")\n    def v(cls, value):\n'
        '        if value == "dev":\n            raise ValueError\n        return value',
        'class S:\n    secret: str = "dev"\n    def check(self):\n'
        '        if self.env == "prod" and self.secret == "dev":\n            raise ValueError',
    ],
)
def test_what_is_no_secret_of_its_own(tmp_path: Path, text: str) -> None:
    assert repo_of(tmp_path, {"app.py": text}).credentials.own == ()


def test_one_finding_a_line_and_its_kind(tmp_path: Path) -> None:
    key = "AKIA" + "QZ7LMN5HPWFPZAM2"
    repo = repo_of(tmp_path, {"app.py": f'x = 1\nSECRET_KEY = "{key}"\n'})
    (finding,) = repo.credentials.findings
    assert (finding.path, finding.line, finding.note) == ("app.py", 2, "AWS access key id: AKIA****")


@pytest.mark.parametrize("data", [b"\0\1\2" * 100, b"\xff\xfe" + b"a" * 100, b"password: [\n", b""])
def test_odd_files(tmp_path: Path, data: bytes) -> None:
    for name in ("a.yaml", "a.json", "a.py", "a.toml", ".env", "a.js"):
        (tmp_path / name).write_bytes(data)
    assert Repo(tmp_path).credentials.findings == ()
