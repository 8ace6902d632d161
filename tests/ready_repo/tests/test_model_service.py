"""The model service with the real agents above it, and only the clients of its providers replaced below it."""

import asyncio
import io
import json

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from harbor.llm.providers import BedrockProvider
from harbor.llm.service import ModelService
from harbor.masking import masked
from harbor.meetings.coordinator import CoordinatorAgent

THROTTLED = {"Error": {"Code": "ThrottlingException", "Message": "Too many requests"}}


@pytest.fixture
def service(runtime, openai) -> ModelService:
    """The real service."""
    return ModelService("eu-north-1")


def test_an_agent_gets_its_answer_from_the_service(service) -> None:
    answer = asyncio.run(CoordinatorAgent(llm=service).plan(["budget", "lunch"]))
    assert answer == {"agenda": ["lunch", "budget"], "source": "model"}


def test_the_service_asks_bedrock_first(service) -> None:
    assert asyncio.run(service.complete("Plan the day")) == "lunch\nbudget"


@pytest.mark.parametrize(
    "error",
    [
        ReadTimeoutError(endpoint_url="bedrock"),
        ClientError(THROTTLED, "InvokeModel"),
        EndpointConnectionError(endpoint_url="bedrock"),
    ],
)
def test_openai_answers_when_bedrock_fails(service, runtime, error) -> None:
    runtime.invoke_model.side_effect = error
    assert asyncio.run(service.complete("Plan the day")) == "from openai"


def test_an_answer_that_is_no_json_is_an_error_of_bedrock(runtime) -> None:
    runtime.invoke_model.return_value = {"body": io.BytesIO(b"<html>Bad gateway</html>")}
    with pytest.raises(json.JSONDecodeError):
        asyncio.run(BedrockProvider("eu-north-1").complete("Plan the day"))


@pytest.mark.parametrize(
    ("text", "kept"),
    [("ask anna@nord.se", "ask <email>"), ("born 900101-1234", "born <personal-number>"), ("lunch", "lunch")],
)
def test_personal_data_is_masked(text, kept) -> None:
    assert masked(text) == kept
