"""The providers, each behind the same method."""

from typing import Protocol

import boto3
from openai import AsyncOpenAI

from fyren.hemligheter import read_secret
from fyren.maskning import mask


class Provider(Protocol):
    """Something that answers a prompt."""

    name: str

    async def complete(self, prompt: str) -> str:
        """The answer to a prompt that holds no personal data."""
        ...


class Bedrock:
    """Models on AWS Bedrock."""

    name = "bedrock"

    def __init__(self, region: str) -> None:
        self.client = boto3.client("bedrock-runtime", region_name=region)

    async def complete(self, prompt: str) -> str:
        """The text of the first block."""
        answer = self.client.converse(
            modelId="eu.amazon.nova-lite-v1:0",
            messages=[{"role": "user", "content": [{"text": mask(prompt)}]}],
            inferenceConfig={"maxTokens": 700},
        )
        return answer["output"]["message"]["content"][0]["text"]


class OpenAI:
    """Models at OpenAI."""

    name = "openai"

    def __init__(self) -> None:
        self.client = AsyncOpenAI(api_key=read_secret("openai-api-key"))

    async def complete(self, prompt: str) -> str:
        """The text of the response."""
        response = await self.client.responses.create(model="gpt-4.1-mini", input=mask(prompt), max_output_tokens=700)
        return response.output_text


class Extract:
    """No model at all: the lines of the prompt that hold figures, else its first lines."""

    name = "extract"

    async def complete(self, prompt: str) -> str:
        """Up to five lines of the prompt."""
        lines = prompt.splitlines()
        telling = [line for line in lines if any(c.isdigit() for c in line)]
        return "\n".join((telling or lines)[:5])
