"""Fragments of callers of a model and what they record."""

GATEWAY = """
import logging

from openai import AsyncOpenAI

log = logging.getLogger(__name__)
PRICE_IN, PRICE_OUT = 0.00000015, 0.0000006

class Gateway:
    def __init__(self):
        self.client = AsyncOpenAI()

    async def ask(self, prompt, tenant_id):
        answer = await self.client.chat.completions.create(
            model="gpt-4o-mini", messages=[{"role": "user", "content": prompt}]
        )
        usage = answer.usage
        cost = usage.prompt_tokens * PRICE_IN + usage.completion_tokens * PRICE_OUT
        log.info("llm call", extra={"tenant_id": tenant_id, "cost_usd": cost, "model": "gpt-4o-mini"})
        return answer.choices[0].message.content
"""
USER = """
from gateway import Gateway

gateway = Gateway()

async def answer(question, caller):
    return await gateway.ask(question, caller.tenant_id)
"""
RECORDED = {"gateway.py": GATEWAY, "answers.py": USER}
"""A caller of a model that logs tenant and cost of each call, and a user of it."""
LOGGED = '        log.info("llm call", extra={"tenant_id": tenant_id, "cost_usd": cost, "model": "gpt-4o-mini"})\n'
PROVIDER = """
import json

import boto3

class Claude:
    def __init__(self):
        self.runtime = boto3.client("bedrock-runtime")

    def complete(self, prompt):
        body = json.dumps({"messages": [{"role": "user", "content": prompt}], "max_tokens": 300})
        answer = self.runtime.invoke_model(modelId="anthropic.claude-3-haiku-20240307-v1:0", body=body)
        return json.loads(answer["body"].read())
"""
METERED = """
import boto3

from provider import Claude

def cost_of(usage):
    return round(usage["input_tokens"] / 1000 * 0.00025 + usage["output_tokens"] / 1000 * 0.00125, 6)

class Metered:
    def __init__(self, tenant_id):
        self.tenant_id = tenant_id
        self.model = Claude()
        self.table = boto3.resource("dynamodb").Table("usage")

    def complete(self, prompt):
        answer = self._guarded(self.model.complete, prompt)
        self._record(answer["usage"], cost_of(answer["usage"]))
        return answer

    def _guarded(self, call, prompt):
        try:
            return call(prompt)
        except TimeoutError:
            return call(prompt)

    def _record(self, usage, cost):
        item = {"tenant_id": self.tenant_id, "tokens": usage["output_tokens"]}
        item["cost"] = str(cost)
        self.table.put_item(Item=item)
"""
ROWS = """
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    pass

class UsageRow(Base):
    __tablename__ = "usage"
    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[str]
    cost_usd: Mapped[float]
"""
ORM = """
from functools import wraps

from litellm import acompletion, completion_cost

from rows import UsageRow

def metered(function):
    @wraps(function)
    async def inner(session, tenant, prompt):
        answer = await function(session, tenant, prompt)
        session.add(UsageRow(tenant_id=tenant.id, cost_usd=completion_cost(completion_response=answer)))
        return answer
    return inner

@metered
async def ask(session, tenant, prompt):
    return await acompletion(model="gpt-4o-mini", messages=[{"role": "user", "content": prompt}])

async def route(session, tenant, prompt):
    return await ask(session, tenant, prompt)
"""
LINES = """
import json
from dataclasses import asdict, dataclass

from anthropic import Anthropic

@dataclass
class Usage:
    tenant_id: str
    cost: float

class Model:
    def __init__(self, path):
        self.client, self.path = Anthropic(), path

    def ask(self, prompt, tenant_id):
        answer = self.client.messages.create(model="claude-3-haiku", max_tokens=9, messages=[{"content": prompt}])
        self._write(Usage(tenant_id, self._price(answer.usage)))
        return answer

    def _price(self, usage):
        return (usage.input_tokens * 0.25 + usage.output_tokens * 1.25) / 1_000_000

    def _write(self, usage):
        with open(self.path, "a") as stream:
            stream.write(json.dumps(asdict(usage)) + "\\n")

model = Model("usage.jsonl")
"""
ASKED = """
import sys

from model import Model

if __name__ == "__main__":
    print(Model("usage.jsonl").ask(sys.argv[1], sys.argv[2]))
"""
