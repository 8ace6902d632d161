"""Which names say that they hold a credential."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_readiness.repo.pii import words_of

ENDINGS = (
    "api_key", "secret", "secret_key", "token", "password", "pwd", "passphrase", "private_key", "access_key",
    "auth_key", "signing_key", "encryption_key", "client_secret", "credential", "connection_string", "dsn",
)  # fmt: skip
"""Endings of names of credentials of any kind."""
OWN_ENDINGS = (
    "secret", "secret_key", "signing_key", "encryption_key", "hmac_key", "password", "passphrase", "pepper",
)  # fmt: skip
"""Endings of names of secrets that a program may issue to itself."""
READ_ENDINGS = (
    "api_key", "secret", "secret_key", "token", "password", "private_key", "role_key", "anon_key", "access_key",
)  # fmt: skip
"""Endings of names under which an application reads credentials."""
_LONGEST = 3
_THIRD_PARTY_ENDINGS = ("client_secret", "api_secret", "consumer_secret", "webhook_secret", "app_secret", "bot_secret")
_VENDORS = frozenset(
    {
        "aws", "azure", "gcp", "google", "github", "gitlab", "bitbucket", "slack", "stripe", "twilio",
        "sendgrid", "openai", "anthropic", "cohere", "mistral", "groq", "huggingface", "facebook",
        "twitter", "linkedin", "supabase", "firebase", "paypal", "plaid", "zoom", "livekit", "binance",
        "coinbase", "okta", "auth0", "oauth", "oidc", "sentry", "datadog", "mailgun", "mailchimp",
        "cloudflare", "shopify", "discord", "telegram", "fortnox", "oauth2", "smtp", "snowflake",
        "databricks", "pinecone", "langfuse", "langchain", "kraken", "alpaca", "spotify", "apple",
    }
)  # fmt: skip


def ends_with(name: str, endings: Iterable[str]) -> bool:
    """Whether the last words of the name are one of the endings (`apiKey` and `OPENAI_APIKEY` end in api_key)."""
    words = words_of(name)
    tails = {"".join(words[-count:]) for count in range(1, min(len(words), _LONGEST) + 1)}
    return bool(tails & {e.replace("_", "") for e in endings})


def is_third_party(name: str) -> bool:
    """Whether the name says that another party issues the secret."""
    return ends_with(name, _THIRD_PARTY_ENDINGS) or bool(_VENDORS & set(words_of(name)))
