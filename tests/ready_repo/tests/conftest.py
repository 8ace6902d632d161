"""The cloud, replaced: the clients of AWS and OpenAI are doubles, everything of our own is real."""

import io
import json
from unittest.mock import AsyncMock, MagicMock, Mock

import pytest


@pytest.fixture
def runtime(monkeypatch) -> Mock:
    """The Bedrock runtime; it answers with two lines."""
    client = Mock()
    client.get_secret_value.return_value = {"SecretString": "a secret that signs tokens in tests"}
    body = json.dumps({"content": [{"text": "lunch\nbudget"}]}).encode()
    client.invoke_model.return_value = {"body": io.BytesIO(body)}
    monkeypatch.setattr("boto3.client", Mock(return_value=client))
    return client


@pytest.fixture
def openai(monkeypatch) -> MagicMock:
    """OpenAI's client; it answers with one line."""
    client = MagicMock()
    client.chat.completions.create = AsyncMock(return_value=MagicMock())
    client.chat.completions.create.return_value.choices[0].message.content = "from openai"
    client.chat.completions.create.return_value.usage = Mock(prompt_tokens=9, completion_tokens=2)
    monkeypatch.setattr("openai.AsyncOpenAI", Mock(return_value=client))
    monkeypatch.setattr("harbor.llm.providers.AsyncOpenAI", Mock(return_value=client))
    return client
