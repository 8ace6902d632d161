"""The providers, each behind the same method."""

from dataclasses import dataclass
from typing import Protocol

import boto3
from openai import AsyncOpenAI

from fyren.hemligheter import read_secret
from fyren.maskning import mask

USD_PER_TOKEN = {"bedrock": 0.24e-6, "openai": 1.6e-6, "extract": 0.0}


@dataclass(frozen=True)
class Answer:
    """A text, and the tokens that it took."""

    text: str
    tokens: int


class Provider(Protocol):
    """Something that answers a prompt."""

    name: str

    async def complete(self, prompt: str) -> Answer:
        """The answer to a prompt that holds no personal data."""
        ...


class Bedrock:
    """Models on AWS Bedrock."""

    name = "bedrock"

    def __init__(self, region: str) -> None:
        self.client = boto3.client("bedrock-runtime", region_name=region)

    async def complete(self, prompt: str) -> Answer:
        """The text of the first block."""
        answer = self.client.converse(
            modelId="eu.amazon.nova-lite-v1:0",
            messages=[{"role": "user", "content": [{"text": mask(prompt)}]}],
            inferenceConfig={"maxTokens": 700},
        )
        return Answer(answer["output"]["message"]["content"][0]["text"], answer["usage"]["totalTokens"])


class OpenAI:
    """Models at OpenAI; long prompts get the larger one."""

    name = "openai"

    def __init__(self) -> None:
        self.client = AsyncOpenAI(api_key=read_secret("openai-api-key"))

    async def complete(self, prompt: str) -> Answer:
        """The text of the response."""
        model = "gpt-4.1-mini" if len(prompt) < 4000 else "gpt-4.1"
        response = await self.client.responses.create(model=model, input=mask(prompt), max_output_tokens=700)
        return Answer(response.output_text, response.usage.total_tokens)


class Extract:
    """No model at all: the lines of the prompt that hold figures, else its first lines."""

    name = "extract"

    async def complete(self, prompt: str) -> Answer:
        """Up to five lines of the prompt."""
        lines = prompt.splitlines()
        telling = [line for line in lines if any(c.isdigit() for c in line)]
        return Answer("\n".join((telling or lines)[:5]), 0)
