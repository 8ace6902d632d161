"""Small repositories with credentials, for the examples of the key checks. No value here was ever issued by anyone."""

import base64
import json

AWS_KEY = "AKIA" + "QZ7LMN5HPWFPZAM2"
GITHUB_TOKEN = "gh" + "p_" + "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5"
OPENAI_KEY = "s" + "k-proj-" + "Qx7Lm2Vb9Rt4Zk8Wp3Nc6Yd1Hf5Gj0Ts" * 2
ANTHROPIC_KEY = "s" + "k-ant-api03-" + "Lr5Xk9Vn2Qm7Bt4Wz8Pc3Yd6Hf1Gj0Sa" * 2
STRIPE_KEY = "s" + "k_live_" + "4eC39HqLyjWDarjtT1zdp7dc"
STRONG = "q7Lm2Vb9Rt4Zk8Wp" + "3Nc6Yd1Hf5"
"""As strong as a generated value."""


def _part(data: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")


TOKEN = (
    f"{_part({'alg': 'HS256'})}.{_part({'sub': 'svc-41', 'role': 'admin'})}."
    + "kX7vQ2mB9rT4zL8wP3nC6yD1hF5gJ0sAqE7uI2oR4tY"
)
"""A signed JSON web token."""
_KEY_LINES = ["MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7x9Lw"] * 4
KEY_BLOCK = "\n".join(["-----BEGIN " + "PRIVATE KEY-----", *_KEY_LINES, "-----END " + "PRIVATE KEY-----"])

MANAGER = """
import os
import boto3

client = boto3.client("secretsmanager")

def credential(name: str) -> str:
    local = os.getenv(name)
    if local:
        return local
    return client.get_secret_value(SecretId=f"prod/{name}")["SecretString"]
"""
"""secrets_source.py: an accessor that looks at the environment first."""

CDK_JSON = '{"app": "python3 app.py"}'
CDK_APP = """
from aws_cdk import App
from stacks.main import Main

app = App()
Main(app, "Main")
app.synth()
"""


def cdk(stack: str, folder: str = "infra") -> dict[str, str]:
    """A CDK app with one stack, whose module is `stack`."""
    files = {"cdk.json": CDK_JSON, "app.py": CDK_APP, "stacks/__init__.py": "", "stacks/main.py": stack}
    return {f"{folder}/{name}": text for name, text in files.items()}


def stack(body: str, imports: str = "") -> str:
    """A stack module: `body` is the code of __init__, without indent."""
    lines = "\n".join(f"        {line}" for line in body.strip().splitlines())
    return (
        f"from aws_cdk import Stack, Duration\n{imports}\n\nclass Main(Stack):\n"
        f"    def __init__(self, scope, id, **kwargs):\n        super().__init__(scope, id, **kwargs)\n{lines}\n"
    )
