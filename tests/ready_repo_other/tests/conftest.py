"""What lies outside of Fyren, replaced."""

from unittest.mock import AsyncMock, MagicMock

import pytest

from fyren.modell import leverantorer
from fyren.plattform import fasad
from fyren.plattform.lokal import MemoryCache
from fyren.settings import Settings

ANSWER = {"output": {"message": {"content": [{"text": "lunch\nbudget"}]}}, "usage": {"totalTokens": 12}}


@pytest.fixture
def bedrock(monkeypatch):
    """The Bedrock runtime; it answers with two lines."""
    client = MagicMock()
    client.converse.return_value = ANSWER
    monkeypatch.setattr(leverantorer.boto3, "client", lambda *_, **__: client)
    return client


@pytest.fixture
def openai(monkeypatch):
    """The client of OpenAI; it answers with one line."""
    client = MagicMock()
    client.responses.create = AsyncMock(return_value=MagicMock(output_text="från openai"))
    client.responses.create.return_value.usage.total_tokens = 9
    monkeypatch.setattr(leverantorer, "AsyncOpenAI", lambda **_: client)
    monkeypatch.setattr(leverantorer, "read_secret", lambda name: name)
    return client


@pytest.fixture
def cache() -> fasad.Cache:
    """A cache without a cloud."""
    return fasad.Cache("cache", Settings(platform_mode="local"), cloud=MagicMock, local=lambda: MemoryCache(60))
