"""Every provider's format is found in full, and nothing that only resembles it."""

from __future__ import annotations

import base64
import json
import random
import string
import time

import pytest

from pytest_readiness.secret_formats import FORMATS, credentials, is_placeholder

ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


def some(alphabet: str, count: int, seed: int = 1) -> str:
    """Random text with a small letter, a capital and a digit, where the alphabet has them."""
    chosen = random.Random(seed).choices(alphabet, k=count)
    for index, kind in enumerate(("q", "Z", "7")):
        chosen[index] = kind if kind in alphabet else chosen[index]
    return "".join(chosen)


def part(data: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")


TOKEN = f"{part({'alg': 'RS256'})}.{part({'sub': 'svc-9'})}.{some(ALNUM, 43)}"
BODY = "\n".join(some(ALNUM + "+/", 64, seed) for seed in range(5))
ISSUED = {
    "Anthropic API key": "s" + "k-ant-api03-" + some(ALNUM, 93),
    "OpenAI API key": "s" + "k-" + some(ALNUM, 20) + "T3BlbkFJ" + some(ALNUM, 20),
    "AWS access key id": "AKIA" + some(string.ascii_uppercase + string.digits, 16),
    "AWS secret access key": some(ALNUM + "/+", 40),
    "GitHub token": "gh" + "p_" + some(ALNUM, 36),
    "GitLab token": "gl" + "pat-" + some(ALNUM, 20),
    "Slack token": "xo" + "xb-123456789012-123456789012-" + some(ALNUM, 24),
    "Slack webhook": "T0A1B2C3D/B0A1B2C3D/" + some(ALNUM, 24),
    "Stripe live key": "s" + "k_live_" + some(ALNUM, 24),
    "SendGrid API key": "S" + "G." + some(ALNUM, 22) + "." + some(ALNUM, 43),
    "Twilio key": "S" + "K" + some(HEX, 32),
    "npm token": "np" + "m_" + some(ALNUM, 36),
    "PyPI token": "py" + "pi-AgEIcHlwaS5vcmc" + some(ALNUM, 90),
    "Azure storage key": some(ALNUM + "+/", 86) + "==",
    "Google API key": "AI" + "za" + some(ALNUM, 35),
    "Hugging Face token": "h" + "f_" + some(string.ascii_letters, 34),
    "JSON web token": TOKEN,
    "private key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "password in a URL": "app:" + some(ALNUM, 12),
}
AROUND = {
    "AWS secret access key": 'aws_secret_access_key = "{}"',
    "Slack webhook": "https://hooks.slack.com/services/{}",
    "Azure storage key": "AccountName=x;AccountKey={};EndpointSuffix=core.windows.net",
    "private key": "{}\n" + BODY + "\n-----END RSA " + "PRIVATE KEY-----",
    "password in a URL": "postgresql://{}@db.internal:5432/x",
}


def test_every_kind_has_a_sample() -> None:
    assert {f.kind for f in FORMATS} == set(ISSUED)


@pytest.mark.parametrize("kind", ISSUED)
def test_found_in_full_format(kind: str) -> None:
    text = "first line\n" + AROUND.get(kind, 'key = "{}"').format(ISSUED[kind]) + "\n"
    assert [(f.kind, f.value) for f in credentials(text)] == [(kind, ISSUED[kind])]
    assert text[credentials(text)[0].start :].startswith(ISSUED[kind])


@pytest.mark.parametrize("kind", [k for k in ISSUED if k not in ("private key", "JSON web token", "password in a URL")])
def test_a_cut_value_is_no_finding(kind: str) -> None:
    short = ISSUED[kind][: len(ISSUED[kind]) // 3]
    assert credentials(AROUND.get(kind, 'key = "{}"').format(short)) == []


@pytest.mark.parametrize(
    "text",
    [
        "AKIA" + "IOSFODNN7" + "EXAMPLE",
        "s" + "k-your-openai-key-goes-here-0123456789abcdefghij0123",
        "s" + "k-" + "x" * 48,
        "s" + "k_test_" + some(ALNUM, 24),
        "gh" + "p_" + "a1" * 18,
        "AI" + "za" + some(ALNUM, 36),
        "prefixAI" + "za" + some(ALNUM, 60),
        'commit = "' + some(HEX, 40) + '"',
        'aws_commit_key = "' + some(HEX, 40) + '"',
        "integrity sha512-" + some(ALNUM + "+/", 86) + "==",
        "UUID 3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        f"{part({'typ': 'x'})}.{part({'sub': 'svc'})}.{some(ALNUM, 43)}",
        f"{part({'alg': 'HS256'})}.{part({'sub': '1234567890'})}.{some(ALNUM, 43)}",
        TOKEN[:-30] + "...",
        "-----BEGIN " + "PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
        "-----BEGIN " + "PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----",
        "-----BEGIN PUBLIC KEY-----\n" + BODY,
        "https://docs.example.com/a:b@c",
        "postgresql://user:password@localhost:5432/app",
        "postgresql://app:Wq8zLm2Vb9Rt@localhost:5432/app",
        "postgresql://user:${DB_PASSWORD}@db.internal/app",
        "postgresql://{user}:{password}@{host}/app",
        "redis://default:redispassword@redis:6379",
        "mysql://USER:DB_PASSWORD@host/app",
        "https://foo.com:123,foo:bar@bar.com/path",
        "amqp://guest:guest@rabbit:5672",
        "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey="
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
        "# sk-learn-pipeline-for-training-models-2024",
        "data:font/woff2;base64," + some(ALNUM + "+/", 400) + "AC" + some(HEX, 32) + some(ALNUM, 80),
    ],
)
def test_what_only_looks_like_one(text: str) -> None:
    assert credentials(text) == []


@pytest.mark.parametrize("quoted", ['"{}\\n{}\\n"', "'{}' \\\n '{}'"])
def test_a_key_block_in_code(quoted: str) -> None:
    text = quoted.format(ISSUED["private key"], BODY.replace("\n", "\\n"))
    assert [f.kind for f in credentials(text)] == ["private key"]


def test_an_encrypted_key_block() -> None:
    text = ISSUED["private key"] + "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0A0B\n\n" + BODY
    assert [f.kind for f in credentials(text)] == ["private key"]


@pytest.mark.parametrize(
    "value", ["<key>", "sk-...", "your-key", "${KEY}", "CHANGEME12345", "aaaabbbb", "abc****xyz12"]
)
def test_placeholders(value: str) -> None:
    assert is_placeholder(value)


def test_a_generated_value_is_no_placeholder() -> None:
    assert not is_placeholder(some(ALNUM, 32))


def test_a_large_text_is_read_in_time() -> None:
    text = "const a = 'https://cdn.host/x'; key: 'value'; // eyJ SK AC SG. ghp_ -----BEGIN\n" * 40_000
    started = time.perf_counter()
    assert credentials(text) == []
    assert time.perf_counter() - started < 5
