"""Which variables are read, and how credentials are fetched."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from pytest_readiness.repo import Repo
from pytest_readiness.repo.secret_access import credential_name


def repo_of(folder: Path, files: dict[str, str]) -> Repo:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    return Repo(folder)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('import os\nos.getenv("A")', {"A"}),
        ('import os as o\no.environ["A"], o.environ.get("B", "x"), "C" in o.environ', {"A", "B", "C"}),
        ('from os import environ as e, getenv as g\ne["A"]\ng("B")\ne.pop("C")', {"A", "B", "C"}),
        ('import os\nenv = os.environ\nenv.get("A")', {"A"}),
        ('import os\nNAME = "A"\nos.getenv(NAME)', {"A"}),
        ('import os\nfor n in ("A", "B"):\n    os.getenv(n)', {"A", "B"}),
        ('import os\nos.getenv("A" if x else "B")', set()),
        ('import os\nos.environ["A"] = "1"\ndel os.environ["B"]', set()),
        ('environ = {}\nenviron["A"]\nclass os:\n    def getenv(n): ...\nos.getenv("B")', set()),
        ('# os.getenv("A")\nX = \'os.getenv("B")\'', set()),
        (
            'import os\ndef need(name, d=None):\n    return os.environ.get(name, d)\nneed("A")\nneed(name="B")',
            {"A", "B"},
        ),
        ('import os\ndef a(n):\n    return os.getenv(n)\ndef b(m):\n    return a(m)\nb("A")', {"A"}),
        ('import os\ndef need(name):\n    return os.getenv(f"APP_{name.upper()}")\nneed("mode")', {"APP_MODE"}),
        ('import os\ndef need(name="A"):\n    return os.getenv(name)\nneed("B")', {"A", "B"}),
        ('import os\ndef need(name):\n    return os.getenv(f"{name}_{x}")\nneed("B")', set()),
        ('import os\nclass C:\n    def get(self, key):\n        return os.getenv(key)\nC().get("A")', {"A"}),
        ('import os\ndef need(name):\n    print(name)\n    return os.getenv("A")\nneed("B")', {"A"}),
        ('from decouple import config\nconfig("A", default="x")', {"A"}),
        ('from environs import Env\nenv = Env()\nenv("A")\nenv.str("B")', {"A", "B"}),
        ('import click\n@click.option("--x", envvar="A")\ndef f(x): ...', {"A"}),
        ('import os\nD = {"a": "x y"}\nfor k, v in D.items():\n    os.getenv(v)', set()),
    ],
)
def test_reads(tmp_path: Path, text: str, expected: set[str]) -> None:
    assert set(repo_of(tmp_path, {"app.py": text}).environment.by_name) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("    mode: str\n    KEY: str = ''", {"MODE", "KEY"}),
        ('    model_config = SettingsConfigDict(env_prefix="app_")\n    mode: str', {"APP_MODE"}),
        ('    model_config = {"env_prefix": "APP_"}\n    mode: str', {"APP_MODE"}),
        ('    class Config:\n        env_prefix = "APP_"\n    mode: str', {"APP_MODE"}),
        (
            '    mode: str = Field(alias="M")\n    kind: str = Field(validation_alias=AliasChoices("K", "L"))',
            {"M", "K", "L"},
        ),
        ("    _hidden: int = 1\n    shared: ClassVar[int] = 1\n    plain = 1\n    def f(self): ...", set()),
    ],
)
def test_settings_fields(tmp_path: Path, body: str, expected: set[str]) -> None:
    head = "from typing import ClassVar\nfrom pydantic import AliasChoices, Field\n"
    text = f"{head}from pydantic_settings import BaseSettings, SettingsConfigDict\nclass S(BaseSettings):\n{body}\n"
    assert set(repo_of(tmp_path, {"s.py": text}).environment.by_name) == expected


def test_settings_of_a_base_of_the_repository(tmp_path: Path) -> None:
    files = {
        "base.py": "try:\n    from pydantic_settings import BaseSettings\nexcept ImportError:\n"
        "    from pydantic import BaseSettings\nclass Base(BaseSettings):\n    class Config:\n"
        "        env_prefix = 'X_'\n",
        "s.py": "from base import Base\nfrom pydantic import BaseModel\nclass S(Base):\n    mode: str\n"
        "class M(BaseModel):\n    other: str\n",
    }
    assert set(repo_of(tmp_path, files).environment.by_name) == {"X_MODE"}


def test_only_product_code_reads(tmp_path: Path) -> None:
    text = 'import os\nos.getenv("A")\n'
    paths = ("tests/test_a.py", "scripts/a.py", "examples/a.py", "backend/infrastructure/aws/iac/app.py", "conftest.py")
    assert repo_of(tmp_path, dict.fromkeys(paths, text)).environment.reads == ()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("OPENAI_API_KEY", "OPENAI_API_KEY"),
        ("prod/app/openai-api-key", "OPENAI_API_KEY"),
        ("dbPassword", "DB_PASSWORD"),
        ("SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_SERVICE_ROLE_KEY"),
        ("AWS_SECRET_ACCESS_KEY", ""),
        ("VAULT_TOKEN", ""),
        ("TOKEN_EXPIRY_HOURS", ""),
        ("LLM_MAX_TOKENS", ""),
        ("REDIS_URL", ""),
        ("no password", ""),
    ],
)
def test_names_of_credentials(text: str, name: str) -> None:
    assert credential_name(text) == name


ACCESSORS = {
    "aws": "import boto3\nc = boto3.client('secretsmanager')\ndef read(key):\n"
    "    return c.get_secret_value(SecretId=key)['SecretString']\n",
    "ssm": "import boto3\nc = boto3.client('ssm')\ndef read(key):\n"
    "    return c.get_parameter(Name='/app/' + key, WithDecryption=True)['Parameter']['Value']\n",
    "vault": "import hvac\nc = hvac.Client()\ndef read(key):\n"
    "    return c.secrets.kv.v2.read_secret_version(path=f'app/{key}')['data']\n",
    "gcp": "from google.cloud import secretmanager\nc = secretmanager.SecretManagerServiceClient()\ndef read(key):\n"
    "    return c.access_secret_version(name=f'projects/x/secrets/{key}/versions/latest').payload.data\n",
    "azure": "from azure.keyvault.secrets import SecretClient\nc = SecretClient('u', None)\ndef read(key):\n"
    "    return c.get_secret(key).value\n",
    "an object of a class": "import boto3\nclass Store:\n    def __init__(self):\n"
    "        self.c = boto3.client('secretsmanager')\n    def fetch(self, name):\n"
    "        return self.c.get_secret_value(SecretId=name)\nstore = Store()\n"
    "def read(key):\n    return store.fetch(key)\n",
    "an interface": "import boto3\nfrom abc import ABC, abstractmethod\nclass Secrets(ABC):\n    @abstractmethod\n"
    "    def fetch(self, name): ...\nclass Managed(Secrets):\n    def fetch(self, name):\n"
    "        return boto3.client('secretsmanager').get_secret_value(SecretId=name)\ndef store() -> Secrets: ...\n"
    "def read(key):\n    return store().fetch(key)\n",
    "dispatch by name": "import boto3\nclass Managed:\n    def fetch(self, name):\n"
    "        return boto3.client('secretsmanager').get_secret_value(SecretId=name)\n"
    "def run(target, method, *args):\n    return getattr(target, method)(*args)\n"
    "def read(key):\n    return run(Managed(), 'fetch', key)\n",
}


@pytest.mark.parametrize("kind", ACCESSORS)
def test_accessors(tmp_path: Path, kind: str) -> None:
    repo = repo_of(tmp_path, {"source.py": ACCESSORS[kind], "app.py": 'from source import read\nread("BOT_TOKEN")\n'})
    (credential,) = repo.secret_access.credentials
    assert (credential.name, credential.direct) == ("BOT_TOKEN", [])
    assert [(a.path, a.line) for a in credential.asked] == [("app.py", 2)]


@pytest.mark.parametrize(
    "text",
    [
        "import os\ndef read(key):\n    return os.getenv(key)\n",
        "from pydantic import SecretStr\ndef read(key: SecretStr):\n    return key.get_secret_value()\n",
        "import boto3\nc = boto3.client('ssm')\ndef read(key):\n    return c.get_parameter(Name=key)\n",
        "def read(key):\n    return get_secret(key)\ndef get_secret(k):\n    return CACHE[k]\n",
    ],
)
def test_what_asks_no_manager(tmp_path: Path, text: str) -> None:
    repo = repo_of(tmp_path, {"source.py": text, "app.py": 'from source import read\nread("BOT_TOKEN")\n'})
    assert repo.secret_access.accessors == {}
    assert all(not c.asked for c in repo.secret_access.credentials)


@pytest.mark.parametrize(
    "filling",
    [
        "    def load(self):\n        self.bot_token = read('BOT_TOKEN')\n",
        "    def load(self):\n        found = read('BOT_TOKEN') or ''\n        self.bot_token = found\n",
        "settings = Settings(bot_token=read('BOT_TOKEN'))\n",
        "settings = Settings()\nclass App:\n    def start(self):\n        settings.bot_token = read('BOT_TOKEN')\n",
        "    @classmethod\n    def settings_customise_sources(cls, s, **k):\n"
        "        return (AWSSecretsManagerSettingsSource(s),)\n",
    ],
)
def test_settings_fields_that_are_filled(tmp_path: Path, filling: str) -> None:
    text = "from source import read\nfrom pydantic_settings import BaseSettings\n"
    text += f"class Settings(BaseSettings):\n    bot_token: str = ''\n{filling}"
    repo = repo_of(tmp_path, {"source.py": ACCESSORS["aws"], "settings.py": text})
    assert [(c.name, c.direct) for c in repo.secret_access.credentials] == [("BOT_TOKEN", [])]


def test_a_field_whose_neighbour_is_filled(tmp_path: Path) -> None:
    text = "from source import read\nfrom pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n"
    text += (
        "    bot_token: str = ''\n    api_key: str = ''\n    def load(self):\n        self.api_key = read('API_KEY')\n"
    )
    repo = repo_of(tmp_path, {"source.py": ACCESSORS["aws"], "settings.py": text})
    assert [(c.name, len(c.direct)) for c in repo.secret_access.credentials] == [("API_KEY", 0), ("BOT_TOKEN", 1)]
