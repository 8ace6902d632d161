"""The gateway with real agents above it and real providers in it; only the vendors' clients are doubles."""

import json

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError

from fyren.agenter.moten.samordnare import Coordinator
from fyren.modell.gateway import Gateway
from fyren.modell.leverantorer import Bedrock, Extract, OpenAI

TOO_MANY = ClientError({"Error": {"Code": "ThrottlingException", "Message": "Too many requests"}}, "Converse")


@pytest.fixture
def gateway(bedrock, openai, cache) -> Gateway:
    """All three providers."""
    return Gateway([Bedrock("eu-north-1"), OpenAI(), Extract()], cache)


async def test_an_agent_gets_its_answer_through_the_gateway(gateway) -> None:
    answer = await Coordinator({"gateway": gateway}).plan(["budget", "lunch"])
    assert answer == {"items": ["lunch", "budget"], "source": "model"}


async def test_bedrock_answers_first(gateway, openai) -> None:
    assert await gateway.complete("Planera dagen") == "lunch\nbudget"
    openai.responses.create.assert_not_called()


@pytest.mark.parametrize("error", [
    ConnectTimeoutError(endpoint_url="bedrock"), TOO_MANY, EndpointConnectionError(endpoint_url="bedrock"),
])
async def test_openai_answers_when_bedrock_fails(gateway, bedrock, error) -> None:
    bedrock.converse.side_effect = error
    assert await gateway.complete("Planera dagen") == "från openai"


async def test_the_prompt_itself_answers_when_all_are_away(gateway, bedrock, openai) -> None:
    bedrock.converse.side_effect = openai.responses.create.side_effect = TimeoutError
    assert await gateway.complete("Hyra\n9000 kronor") == "9000 kronor"


async def test_an_answer_that_cannot_be_read_goes_on_to_the_next(gateway, bedrock) -> None:
    bedrock.converse.side_effect = json.JSONDecodeError("no JSON", "<html>", 0)
    assert await gateway.complete("Planera dagen") == "från openai"


async def test_the_same_question_is_asked_once(gateway, bedrock) -> None:
    assert await gateway.complete("Planera dagen") == await gateway.complete("Planera dagen")
    assert bedrock.converse.call_count == 1
