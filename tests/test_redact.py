"""No secret leaves in a text; what only looks like one stays readable."""

from __future__ import annotations

import re
import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.redact import VISIBLE, mask, mask_value

KINDS = {
    "aws": r"\A(AKIA|ASIA)[0-9A-Z]{16}\Z",
    "openai": r"\Ask-(proj-|svcacct-)?[A-Za-z]{10}[0-9][A-Za-z0-9_]{20,40}\Z",
    "anthropic": r"\Ask-ant-api03-[A-Za-z0-9_-]{30,90}\Z",
    "stripe": r"\A[sr]k_(live|test)_[A-Za-z0-9]{24}\Z",
    "github": r"\Agh[pousr]_[A-Za-z0-9]{36}\Z",
    "github fine-grained": r"\Agithub_pat_[A-Za-z0-9_]{40}\Z",
    "gitlab": r"\Aglpat-[A-Za-z0-9_-]{20}\Z",
    "slack": r"\Axox[bp]-[0-9]{11}-[0-9]{11}-[A-Za-z0-9]{24}\Z",
    "google": r"\AAIza[0-9A-Za-z_-]{35}\Z",
    "sendgrid": r"\ASG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\Z",
    "npm": r"\Anpm_[A-Za-z0-9]{36}\Z",
    "jwt": r"\AeyJ[A-Za-z0-9_-]{10,20}\.eyJ[A-Za-z0-9_-]{10,20}\.[A-Za-z0-9_-]{10,43}\Z",
    "pem": r"\A-----BEGIN (RSA )?PRIVATE KEY-----\n([A-Za-z0-9+/]{40}\n){2}-----END (RSA )?PRIVATE KEY-----\Z",
    "pem cut short": r"\A-----BEGIN PRIVATE KEY-----\n[A-Za-z0-9+/]{40}\Z",
}
HARMLESS = string.punctuation.replace("-", "").replace("_", "").replace(".", "").replace("/", "") + "åäö \n"


@pytest.mark.parametrize("kind", KINDS)
def test_no_secret_leaves(kind: str) -> None:
    around = st.text(HARMLESS, max_size=10)

    @given(secret=st.from_regex(re.compile(KINDS[kind], re.ASCII)), before=around, after=around)
    def held(secret: str, before: str, after: str) -> None:
        masked = mask(f"{before} {secret} {after}")
        assert secret[VISIBLE:] not in masked
        assert masked.startswith(f"{before} {secret[:VISIBLE]}****")
        assert masked.endswith(after) or "PRIVATE" in secret
        assert mask(masked) == masked

    held()


@pytest.mark.parametrize("url", ["postgresql://app:hunter2@db:5432/x", "redis://:hunter2@cache", "amqp://u:hunter2@h"])
def test_a_password_in_an_address(url: str) -> None:
    assert "hunter2" not in mask(f"DSN={url} in use")
    assert "@" in mask(url)


def test_two_secrets_in_one_line() -> None:
    key = "AKIA" + "Q" * 16
    assert mask(f"{key},{key}") == "AKIA****,AKIA****"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "docs/risk-assessment-and-mitigation-plan.md",
        "services/task-management-service-implementation.py",
        "sk-learn-pipeline-for-training-models",
        "backend/desk_live_view.py",
        "AKIA is the prefix of an access key id",
        "https://example.com/a:b@c",
        "see http://localhost:8000/health",
        "user:group@host without a scheme",
        "-----BEGIN CERTIFICATE-----",
        "eyJ is how a JWT starts",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert mask(text) == text


@given(st.text())
def test_a_value_shows_at_most_its_first_characters(value: str) -> None:
    shown = mask_value(value)
    assert shown.endswith("****")
    assert shown.removesuffix("****") in (value[:VISIBLE], "")
    assert len(value) > 2 * VISIBLE or shown == "****"


def test_a_long_text_is_masked_in_time() -> None:
    hostile = "sk-" * 20_000 + "://" * 20_000 + "eyJ" * 20_000 + "-----BEGIN PRIVATE KEY-----" * 300
    started = time.perf_counter()
    assert mask(hostile).endswith("****")
    assert time.perf_counter() - started < 2
