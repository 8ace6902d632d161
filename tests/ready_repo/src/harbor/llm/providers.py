"""Where answers come from: Bedrock, OpenAI, or rules of our own."""

import json

import boto3
from openai import AsyncOpenAI

from harbor.llm.usage import asked, record_usage
from harbor.masking import masked
from harbor.secrets import secret

CLAUDE, GPT = "anthropic.claude-3-haiku-20240307-v1:0", "gpt-4o-mini"


class BedrockProvider:
    """Claude on AWS Bedrock."""

    def __init__(self, region: str) -> None:
        self._runtime = boto3.client("bedrock-runtime", region_name=region)

    async def complete(self, prompt: str) -> str:
        """The model's answer to the masked prompt."""
        body = json.dumps({"messages": [{"role": "user", "content": masked(prompt)}], "max_tokens": 800})
        with asked(CLAUDE):
            answer = self._runtime.invoke_model(modelId=CLAUDE, body=body)
        told = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
        used = [int(told.get(f"x-amzn-bedrock-{side}-token-count", 0)) for side in ("input", "output")]
        record_usage(CLAUDE, *used)
        return json.loads(answer["body"].read())["content"][0]["text"]


class OpenAIProvider:
    """GPT at OpenAI."""

    def __init__(self) -> None:
        self._client = AsyncOpenAI(api_key=secret("OPENAI_API_KEY"))

    async def complete(self, prompt: str) -> str:
        """The model's answer to the masked prompt."""
        question = masked(prompt)
        with asked(GPT):
            answer = await self._client.chat.completions.create(
                model=GPT, messages=[{"role": "user", "content": question}], max_tokens=800
            )
        record_usage(GPT, answer.usage.prompt_tokens, answer.usage.completion_tokens)
        return answer.choices[0].message.content


class RulesProvider:
    """The prompt's own sentences, most informative first: an answer without any network."""

    async def complete(self, prompt: str) -> str:
        """The three longest sentences of the prompt."""
        sentences = [s.strip() for s in prompt.split(".") if s.strip()]
        return ". ".join(sorted(sentences, key=len, reverse=True)[:3])
