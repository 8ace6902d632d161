"""Secrets come from HashiCorp Vault: by the pod's own identity, or on a developer's machine by VAULT_TOKEN."""

from functools import lru_cache
from pathlib import Path

import hvac

from fyren.settings import settings

TOKEN_FILE = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")


@lru_cache
def read_secret(name: str) -> str:
    """The value; hvac's InvalidPath where there is none."""
    client = hvac.Client(url=settings.vault_addr)
    if TOKEN_FILE.exists():
        client.auth.kubernetes.login(role="fyren", jwt=TOKEN_FILE.read_text("utf-8"))
    return client.secrets.kv.v2.read_secret_version(path=f"fyren/{name}")["data"]["data"]["value"]
