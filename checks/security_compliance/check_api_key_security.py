"""Are API keys and other credentials kept out of the code, fetched from a secrets manager, documented and rotatable?"""

from pytest_readiness.authoring import Example, Repo, Units, check

from .secret_examples import (
    ANTHROPIC_KEY,
    AWS_KEY,
    GITHUB_TOKEN,
    KEY_BLOCK,
    MANAGER,
    OPENAI_KEY,
    STRIPE_KEY,
    STRONG,
    TOKEN,
    cdk,
    stack,
)

NOT_OURS = frozenset(
    {
        "PATH", "HOME", "USER", "PWD", "SHELL", "LANG", "TZ", "CI", "TMPDIR", "HOSTNAME", "PYTHONPATH", "VIRTUAL_ENV",
        "PYTEST_CURRENT_TEST",
    }
)  # fmt: skip
"""Variables that the system gives to every process."""
SETTINGS = "from pydantic_settings import BaseSettings, SettingsConfigDict\n\nclass Settings(BaseSettings):\n"
RUNBOOK = """
# Operations

## Rotating the API keys

1. Write the new value:

```bash
aws secretsmanager put-secret-value --secret-id prod/openai --secret-string file://new-key.txt
```

2. Restart the service so that it reads the new value:

```bash
aws ecs update-service --cluster prod --service api --force-new-deployment
```
"""
ROTATE_SCRIPT = """
import secrets
import boto3

def rotate(name):
    client = boto3.client("secretsmanager")
    client.put_secret_value(SecretId=name, SecretString=secrets.token_urlsafe(32))

if __name__ == "__main__":
    rotate("prod/session-key")
"""
IMPORT_SECRETS = "from aws_cdk import aws_secretsmanager as sm"


@check(
    severity="critical",
    effort_days=1,
    standard="OWASP ASVS 5.0 V13.3.1, V13.2.3; CWE-798; CWE-1392",
    meets=[
        Example({"app.py": 'import os\nAPI_KEY = os.environ["API_KEY"]\n', ".env.example": "API_KEY=your-key-here\n"}),
        Example(
            {"README.md": "Set `OPENAI_API_KEY=sk-...` first.\n", "src/a.ts": 'const apiKey = "<your key here>"\n'}
        ),
    ],
    falls_short=[
        Example({"app.py": f'KEY = "{AWS_KEY}"\n'}, why="an AWS key in code"),
        Example({"docs/setup.md": f"export GITHUB_TOKEN={GITHUB_TOKEN}\n"}, why="a token in a document"),
        Example({"tests/test_a.py": f'ANSWER = "{OPENAI_KEY}"\n'}, why="a key in a test"),
        Example({".env.example": f"ANTHROPIC_API_KEY={ANTHROPIC_KEY}\n"}, why="a key in a template"),
        Example({"web/pay.ts": f"// {STRIPE_KEY}\n"}, why="a live key in a comment"),
        Example({"certs/server.key": KEY_BLOCK}, why="a private key"),
        Example({"settings.py": f'KEY = """{KEY_BLOCK}"""\n'}, why="a private key in code"),
        Example({"notes.txt": f"Authorization: Bearer {TOKEN}\n"}, why="a signed token"),
        Example({"config.yaml": "db: postgresql://app:Wq8zLm2Vb9@db.internal:5432/x\n"}, why="a password in a URL"),
        Example({"app.py": f'client = Client(api_key="{STRONG}")\n'}, why="a strong literal as keyword"),
        Example({"config/prod.json": f'{{"mail": {{"clientSecret": "{STRONG}"}}}}\n'}, why="a strong literal in JSON"),
        Example({"k8s/app.yaml": f"env:\n- name: DB_PASSWORD\n  value: {STRONG}\n"}, why="a literal in a manifest"),
        Example({"src/api.js": f"const apiKey = '{STRONG}'\n"}, why="a strong literal in JavaScript"),
        Example({"app.py": 'import os\nJWT_SECRET = os.getenv("JWT_SECRET", "change-me")\n'}, why="a weak fallback"),
        Example({"auth.py": 'class A:\n    def __init__(self, s=None):\n        self.jwt_secret = s or "dev"\n'}),
        Example({"s.py": SETTINGS + '    secret_key: str = "changeme"\n'}, why="a weak default of a settings field"),
        Example({"s.py": 'def sign(data, signing_key="x"):\n    return data\n'}, why="a weak default of a parameter"),
        Example({"app.py": 'app.config["SECRET_KEY"] = "dev"\n'}, why="a framework's secret"),
    ],
    decoys=[
        Example(
            {"app.py": 'SECRET_KEY = "dev"\n\nif DEBUG:\n    log.warning(SECRET_KEY == "dev")\n'},
            why="a warning refuses nothing",
        ),
        Example(
            {"app.py": 'SECRET_KEY = "dev"\nif MODE == "dev":\n    raise SystemExit\n'}, why="another value is tested"
        ),
        Example(
            {
                "app.py": SETTINGS
                + '    secret_key: str = "changeme"\n\n    def check(self):\n'
                + '        if self.secret_key == "changeme":\n            raise ValueError("set SECRET_KEY")\n'
            },
            why="the weak default is refused",
            score=100,
        ),
        Example(
            {
                "app.py": 'WEAK = {"dev", "changeme"}\nSECRET_KEY = "dev"\n\ndef start():\n'
                "    if SECRET_KEY in WEAK:\n        sys.exit(1)\n"
            },
            why="refused by a list of weak values",
            score=100,
        ),
        Example({"app.py": 'client = Client(password="secret")\n'}, why="a keyword of any strength", score=100),
        Example({"app.py": 'if password == "secret":\n    pass\npassword = ""\n'}, why="comparison, empty", score=100),
        Example({"app.py": 'OPENAI_SECRET = "your-secret"\n'}, why="another's key, a placeholder", score=100),
        Example({"app.py": 'token_url = "oauth2_access_token"\naccess_token = "oauth2_access_token"\n'}, score=100),
        Example({"a.py": 'class Kind(Enum):\n    PASSWORD = "password"\nfrom enum import Enum\n'}, score=100),
        Example({"a.py": 'CONF_PASSWORD = "password"\n\ndef f(d):\n    return d[CONF_PASSWORD]\n'}, score=100),
        Example({"a.py": 'SECRET = "arn:aws:secretsmanager:eu-north-1:1:secret:a1b2"\n'}, why="an ARN", score=100),
        Example({"a.py": 'user["password"] = "[REDACTED]"\n'}, why="masking", score=100),
        Example(
            {"package-lock.json": f'{{"integrity": "{STRONG}", "token": "{STRONG}"}}'}, why="a lock file", score=100
        ),
        Example({"vendor/x.js": f'var token = "{STRONG}"\n'}, why="vendored", score=100),
        Example({"docs/api.md": f"```\ntoken: {STRONG}\n```\n"}, why="kind b counts in no document", score=100),
        Example({"tests/test_x.py": f'PASSWORD = "{STRONG}"\n'}, why="kinds b and c count in no test", score=100),
        Example({"README.md": "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7" + "EXAMPLE\n"}, why="the published example", score=100),
        Example(
            {"compose.yml": "x: postgresql://postgres:postgres@localhost/app\n"}, why="a local template", score=100
        ),
        Example({"a.py": 'DSN = f"postgresql://{user}:{password}@{host}/db"\n'}, why="a template", score=100),
        Example({"a.py": "X = '-----BEGIN " + "PRIVATE KEY-----'\n"}, why="a header without a key", score=100),
        Example({"a.md": "eyJ0eXAi.eyJzdWIi.c2lnbmF0dXJlc2lnbmF0dXJl\n"}, why="no JSON header", score=100),
    ],
)
def test_no_hardcoded_keys(repo: Repo, units: Units) -> None:
    """Is there no credential in the repository's files?

    Passes: no text file holds (a) a value in a provider's full format, (b) outside documents and tests, a strong
        literal bound to the name of a credential, or (c) in the application, a literal of any strength that it would
        use as its own secret. Lock files, binary files and vendored folders are not read.
    Falls short: any finding. Placeholders are none, save as the program's own secret, unless the program raises or
        exits when the secret equals that literal.
    Impact: Anyone who can read the code can act as the company, forge logins or spend on its accounts.
    Recommendation: Remove the literal, read it from the secrets manager and fail at start when it is missing; revoke
        and rotate every key that was ever committed.
    """
    findings = repo.credentials.findings
    if findings:
        units.bad("repository", *findings, note=f"credentials stand at {len(findings)} of its lines")
    else:
        units.good("repository", note=f"{len(repo.credentials.paths)} files hold no credential")


@check(
    severity="high",
    effort_days=3,
    standard="OWASP ASVS 5.0 V13.3.1; AWS Well-Architected SEC 2 (SEC02-BP03)",
    depends_on=["no_hardcoded_keys"],
    meets=[
        Example(
            {
                "secrets_source.py": MANAGER,
                "app.py": 'from secrets_source import credential\nKEY = credential("OPENAI_API_KEY")\n',
            },
            why="one accessor, a look at the environment first",
        ),
        Example(
            {
                "src/shop/vault.py": """
                import hvac

                class Vault:
                    def __init__(self, client: hvac.Client) -> None:
                        self._client = client

                    def read(self, key):
                        found = self._client.secrets.kv.v2.read_secret_version(path=key)
                        return found["data"]["data"]["value"]
                """,
                "src/shop/settings.py": SETTINGS
                + """
    stripe_api_key: str = ""

    def load(self, vault: "Vault") -> None:
        self.stripe_api_key = vault.read("stripe-api-key")

from shop.vault import Vault
""",
            },
            why="a settings field that is set from Vault",
        ),
        Example(
            {
                "app.py": 'import os\nKEY = os.environ["OPENAI_API_KEY"]\n',
                **cdk(
                    stack(
                        'task.add_container("app", image=image, secrets={\n'
                        '    "OPENAI_API_KEY": ecs.Secret.from_secrets_manager(secret),\n})',
                        "from aws_cdk import aws_ecs as ecs\ntask = ecs.FargateTaskDefinition(None, 'x')\n",
                    )
                ),
            },
            why="injected by the task definition",
        ),
        Example(
            {
                "app.py": 'import os\nKEY = os.environ["OPENAI_API_KEY"]\n',
                "deploy/app.yaml": """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: app}
                spec:
                  template:
                    spec:
                      containers:
                      - name: app
                        env:
                        - name: OPENAI_API_KEY
                          valueFrom:
                            secretKeyRef: {name: llm, key: openai}
                """,
            },
            why="injected by Kubernetes",
        ),
        Example(
            {
                "app.py": "from azure.keyvault.secrets import SecretClient\n\n"
                'vault = SecretClient(vault_url="https://x", credential=None)\n'
                'token = vault.get_secret("bot-token").value\n'
            },
            why="the manager is asked directly",
        ),
    ],
    falls_short=[
        Example({"app.py": 'import os\nKEY = os.environ["OPENAI_API_KEY"]\n'}, why="a direct read", score=0),
        Example({"s.py": SETTINGS + '    openai_api_key: str = ""\n'}, why="a settings field", score=0),
        Example(
            {
                "secrets_source.py": MANAGER,
                "app.py": 'from secrets_source import credential\nKEY = credential("OPENAI_API_KEY")\n',
                "other.py": 'from os import environ as e\nKEY = e.get("OPENAI_API_KEY")\nT = credential("BOT_TOKEN")\n',
                "third.py": 'from secrets_source import credential\nT = credential("BOT_TOKEN")\n',
            },
            why="one of two names is read directly too",
            score=50,
        ),
    ],
    decoys=[
        Example(
            {"secrets_source.py": MANAGER, "app.py": 'import os\nKEY = os.getenv("OPENAI_API_KEY")\n'},
            why="an accessor that nothing calls",
        ),
        Example(
            {
                "app.py": 'import os\nKEY = os.getenv("OPENAI_API_KEY")\n',
                **cdk(stack('sm.Secret(self, "Key", secret_name="OPENAI_API_KEY")', IMPORT_SECRETS)),
            },
            why="a CDK Secret that no code reads",
        ),
        Example(
            {
                "app.py": 'import os\nimport boto3\nclient = boto3.client("secretsmanager")\n'
                'KEY = os.getenv("OPENAI_API_KEY")\n'
            },
            why="a client that is only constructed",
        ),
        Example(
            {
                "app.py": 'import os\nKEY = os.getenv("OPENAI_API_KEY")\n',
                "README.md": "The key lies in Secrets Manager as `prod/OPENAI_API_KEY`.\n",
            },
            why="a documented secret name",
        ),
        Example(
            {
                "keys.py": "import os\n\ndef get_secret(name):\n    return os.getenv(name)\n\n"
                'K = get_secret("BOT_TOKEN")\n'
            },
            why="a function of a fine name that asks no manager",
        ),
        Example(
            {"app.py": "from openai import OpenAI\nclient = OpenAI()\n"}, why="a provider SDK without a credential"
        ),
        Example({"app.py": 'print("hello")\n'}, why="nothing needs a credential", score=100),
        Example(
            {"app.py": 'import os\nR = os.getenv("AWS_SECRET_ACCESS_KEY"), os.getenv("VAULT_TOKEN")\n'},
            why="an instance role and the manager's own token",
            score=100,
        ),
    ],
)
def test_secrets_manager_used(repo: Repo, units: Units) -> None:
    """Do the credentials that the application uses come from a secrets manager?

    Passes: every read of each credential's name goes through a function that asks a secrets manager (a look at the
        environment first is fine), or the infrastructure injects the name from a secret.
    Falls short: a direct read of the environment outside such a function, or a settings field that is not then set
        from one. A function that nothing calls, a secret that no code reads or a client that is only constructed
        proves nothing.
    Impact: Keys live in plain environment variables on every host, so a leaked dump or log exposes them and no one can
        see who used them.
    Recommendation: Route every credential read through one accessor backed by the secrets manager, or inject the
        variables from it in the task definition.
    """
    injected = repo.infra.injected
    for credential in repo.secret_access.credentials:
        if (place := injected.get(credential.name)) is not None:
            units.good(credential.name, place)
        elif credential.direct:
            units.bad(credential.name, *credential.direct, note="read past the secrets manager")
        else:
            units.good(credential.name, *credential.asked)
    if not repo.secret_access.vendor_imports:
        units.none_is_fine("no code reads a credential")
    elif not repo.secret_access.credentials:
        units.cite(*repo.secret_access.vendor_imports, note="a provider is used, but no code reads its credential")


@check(
    severity="medium",
    effort_days=1,
    standard="The Twelve-Factor App, factor III (Config); OWASP ASVS 5.0 V13.1.4 for the secrets among them",
    meets=[
        Example(
            {
                "app.py": 'import os\nA = os.getenv("APP_MODE"), os.environ["APP_KEY"]\n',
                ".env.example": "APP_MODE=x\n#APP_KEY=\n",
            }
        ),
        Example(
            {
                "app.py": 'from os import environ\nA = environ.get("A_ONE"), "B_TWO" in environ, environ["PATH"]\n',
                "README.md": "| Name | Use |\n|---|---|\n| `A_ONE` | x |\n\n- B_TWO: the other\n",
            },
            why="a table row and a list item",
        ),
        Example(
            {
                "src/x/env.py": "import os\n\ndef need(name):\n    return os.environ[name]\n",
                "src/x/app.py": 'from x.env import need\nA = need("DB_HOST")\n',
                "docs/config.md": "```\nDB_HOST=localhost\n```\n",
            },
            why="read through a helper, documented in a fence",
        ),
        Example(
            {
                "s.py": SETTINGS + '    model_config = SettingsConfigDict(env_prefix="APP_")\n    mode: str = "x"\n',
                "deploy/.env.template": "export APP_MODE=dev\n",
            },
            why="a settings field with a prefix",
        ),
    ],
    falls_short=[
        Example({"app.py": 'import os\nA = os.getenv("APP_MODE")\n'}, why="found nowhere", score=0),
        Example(
            {"app.py": 'import os\nA = os.getenv("A_ONE"), os.getenv("B_TWO")\n', ".env.example": "A_ONE=\n"}, score=50
        ),
        Example({"s.py": SETTINGS + "    token: str\n", ".env.example": "TOKENS=\n"}, why="another name", score=0),
        Example({"app.py": "x = 1\n"}, why="no variable is read and no template exists", score=0),
    ],
    decoys=[
        Example(
            {"app.py": 'import os\nA = os.getenv("APP_MODE")  # APP_MODE=dev\n', "README.md": "Set APP_MODE to dev.\n"},
            why="only in running prose and a comment",
            score=0,
        ),
        Example(
            {"app.py": 'import os\nA = os.getenv("APP_MODE")\n', "docs/CONFIG_SUMMARY.md": "- APP_MODE: dev\n"},
            why="only in a summary",
            score=0,
        ),
        Example(
            {"app.py": 'import os\nA = os.getenv("APP_MODE")\n', "specs/design.md": "- APP_MODE: dev\n"},
            why="only in a spec file",
            score=0,
        ),
        Example(
            {"app.py": "x = 1\n", "tests/test_a.py": 'import os\nA = os.getenv("T")\n', ".env.example": "# none\n"},
            why="a template, and only tests read a variable",
            score=100,
        ),
    ],
)
def test_env_vars_documented(repo: Repo, units: Units) -> None:
    """Is every environment variable that the code reads documented?

    Passes: each name that the application reads starts a line of an .env template, or a table row, list item or line
        of a fence of a README or a Markdown file below docs.
    Falls short: names that are found nowhere, only in running prose, in code comments, or in a summary, report or
        spec. No variable is read and no template exists.
    Impact: A deployment starts with missing or default settings because nobody can know which variables exist.
    Recommendation: Add each missing variable to .env.example with a comment on its meaning and default, and check it
        in CI.
    """
    documented = repo.env_docs
    missing = 0
    for name, reads in sorted(repo.environment.by_name.items()):
        if name in NOT_OURS:
            continue
        if (place := documented.place(name)) is not None:
            units.good(name, place, note=f"{name} is documented")
        else:
            missing += 1
            units.bad(name, *reads[:3], note="documented in no template or handbook")
    units.cite(*documented.templates if missing else ())
    if documented.templates:
        units.none_is_fine("no variable is read")


@check(
    severity="high",
    effort_days=2,
    standard="OWASP ASVS 5.0 V13.3.4, V13.1.4; NIST SP 800-57 Part 1 Rev. 5",
    depends_on=["no_hardcoded_keys", "secrets_manager_used"],
    meets=[
        Example(
            cdk(
                stack(
                    'secret = sm.Secret(self, "Key")\n'
                    'secret.add_rotation_schedule("Rotate", automatically_after=Duration.days(30))',
                    IMPORT_SECRETS,
                )
            ),
            why="a schedule in CDK",
        ),
        Example(
            {
                "main.tf": 'resource "aws_secretsmanager_secret_rotation" "key" {\n'
                "  secret_id = aws_secretsmanager_secret.key.id\n"
                "  rotation_rules {\n    automatically_after_days = 30\n  }\n}\n"
            },
            why="a schedule in Terraform",
        ),
        Example(
            {
                "template.yaml": """
                Resources:
                  Rotation:
                    Type: AWS::SecretsManager::RotationSchedule
                    Properties:
                      SecretId: !Ref Key
                """
            },
            why="a schedule in CloudFormation",
        ),
        Example({"scripts/rotate_keys.py": ROTATE_SCRIPT}, why="a script that can be started"),
        Example({"docs/operations.md": RUNBOOK}, why="a procedure"),
        Example(
            {
                "README.md": "## Rotera nycklar\n\n```sh\nvault kv put secret/app key=@new\n```\n\n"
                "Starta om tjänsten efteråt.\n"
            },
            why="a procedure in Swedish",
        ),
    ],
    falls_short=[
        Example({"app.py": "x = 1\n"}, why="none of these"),
        Example(
            {
                "docs/operations.md": RUNBOOK.replace("force-new-deployment", "x")
                .replace("Restart", "Look at")
                .replace("update-service", "describe")
            },
            why="a procedure without the step that makes processes use the value",
        ),
        Example(
            {"docs/keys.md": RUNBOOK.replace("aws ecs update-service", "bash scripts/restart.sh")},
            why="a procedure whose script does not exist",
        ),
    ],
    decoys=[
        Example(
            cdk(stack('kms.Key(self, "Key", enable_key_rotation=True)', "from aws_cdk import aws_kms as kms")),
            why="KMS rotates another key",
        ),
        Example({"README.md": "# Security\n\n- Rotate keys regularly\n"}, why="a wish in a list"),
        Example(
            {"keys.py": ROTATE_SCRIPT.partition("if __name__")[0]}, why="a rotate function that nothing live calls"
        ),
        Example({"config.yaml": "rotation:\n  enabled: true\n  days: 30\n"}, why="a block that no code reads"),
        Example(
            {
                "auth.py": "def rotate_refresh_token(token):\n    return new(token)\n\n"
                "if __name__ == '__main__':\n    rotate_refresh_token('x')\n"
            },
            why="rotation of refresh tokens",
        ),
        Example(
            {
                "docs/rotation.md": "# Key rotation\n\n```bash\n"
                "python scripts/rotate_key.py --service api\n```\n\nRestart.\n"
            },
            why="a command whose script does not exist",
        ),
        Example({"docs/setup.md": RUNBOOK.replace("Rotating", "Storing")}, why="first-time set-up"),
        Example(
            {"infra/other.py": stack('sm.Secret(self, "K").add_rotation_schedule("R")', IMPORT_SECRETS)},
            why="a stack that no app instantiates",
        ),
        Example({"docs/logs.md": "# Log rotation\n\n```\nlogrotate -f app.conf\n```\n\nReload.\n"}, why="log files"),
    ],
)
def test_key_rotation_possible(repo: Repo, units: Units) -> None:
    """Can keys be rotated by a defined mechanism, without a code change?

    Passes: infrastructure code gives a secret a rotation schedule; or live code, or a script that can be started,
        calls the secrets manager's rotate or put-new-version API for application keys; or a README or handbook has a
        section on rotation with a command that writes the new value, a step that makes running processes use it, and
        only paths that exist.
    Falls short: none of these. Rotation of KMS keys, logs or refresh tokens, a wish in a list, a method that nothing
        live calls, a block of configuration that no code reads, first-time set-up.
    Impact: When a key leaks, the team cannot replace it quickly, and the attacker keeps access.
    Recommendation: Write and rehearse a rotation runbook per key, or give each secret a rotation schedule in the CDK
        stack.
    """
    mechanisms = repo.rotation.mechanisms
    if mechanisms:
        units.good("key rotation", *mechanisms)
    else:
        units.bad("key rotation", *repo.rotation.lookalikes, note="no schedule, call or procedure rotates a key")
