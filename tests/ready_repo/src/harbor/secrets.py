"""The one door to secrets: AWS Secrets Manager, read when first asked for."""

from functools import cache

import boto3


@cache
def secret(name: str) -> str:
    """The current value of a secret; a missing one raises ClientError and stops the start."""
    client = boto3.client("secretsmanager", region_name="eu-north-1")
    return client.get_secret_value(SecretId=f"harbor/{name}")["SecretString"]
