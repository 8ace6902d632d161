"""Services built in many ways: the scores of the checks on Bedrock, OpenAI, the local answer and failover."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from pytest_readiness.bundled import data_dir
from pytest_readiness.check_modules import PACKAGE
from pytest_readiness.repo import Repo
from pytest_readiness.testing import load_checks, run_on

FOLDER = data_dir("checks")
CHECKS = [c for c in load_checks(FOLDER, PACKAGE) if c.spec.criterion == "multi_provider_support"]
BASE = {
    "app/__init__.py": "",
    "app/model.py": """
from abc import ABC, abstractmethod
class LLM(ABC):
    @abstractmethod
    async def complete(self, prompt): ...
""",
    "app/prov.py": """
import json, os
import boto3
from openai import AsyncOpenAI
class Bedrock:
    name = "bedrock"
    def __init__(self): self.c = boto3.client("bedrock-runtime")
    async def complete(self, prompt):
        r = self.c.converse(modelId="m", messages=[{"role":"user","content":[{"text":prompt}]}])
        return r["output"]["message"]["content"][0]["text"]
class Gpt:
    name = "gpt"
    def __init__(self): self.c = AsyncOpenAI()
    async def complete(self, prompt):
        r = await self.c.chat.completions.create(model="m", messages=[{"content":prompt}])
        return r.choices[0].message.content
class Rules:
    name = "rules"
    async def complete(self, prompt):
        return " ".join(w for w in prompt.split() if w.isupper())
""",
}
CASES: list[tuple[str, str, list[int], dict[str, str]]] = []


def case(name: str, service: str, scores: list[int], **more: str) -> None:
    """Add a case: expected are the scores in the order of the checks; further modules by path."""
    CASES.append((name, service, scores, more))


H = "from app.model import LLM\nfrom app.prov import Bedrock, Gpt, Rules\n"
ALL = [100, 100, 100, 100]
case(
    "ctor list in live code",
    H
    + """
class Svc(LLM):
    def __init__(self, providers): self.providers = providers
    async def complete(self, prompt):
        errors = []
        for p in self.providers:
            try:
                return await p.complete(prompt)
            except Exception as e:
                errors.append(e)
        raise RuntimeError(errors)
svc = Svc([Bedrock(), Gpt(), Rules()])
""",
    ALL,
)
case(
    "dict + order",
    H
    + """
ORDER = ("bedrock", "gpt", "rules")
class Svc(LLM):
    def __init__(self):
        self.p = {"bedrock": Bedrock(), "gpt": Gpt(), "rules": Rules()}
    async def complete(self, prompt):
        for name in ORDER:
            provider = self.p[name]
            try:
                text = await provider.complete(prompt)
            except Exception:
                continue
            return text
        return ""
""",
    ALL,
)
case(
    "string dispatch",
    H
    + """
class Svc(LLM):
    def __init__(self):
        self.order = ["bedrock", "gpt"]
        self.bedrock, self.gpt = Bedrock(), Gpt()
    async def _call(self, name, prompt):
        if name == "bedrock": return await self.bedrock.complete(prompt)
        if name == "gpt": return await self.gpt.complete(prompt)
        raise ValueError(name)
    async def complete(self, prompt):
        for name in self.order:
            try:
                return await self._call(name, prompt)
            except Exception:
                continue
        return self._extract(prompt)
    def _extract(self, prompt): return prompt.partition("?")[0] + "?"
""",
    ALL,
)
case(
    "string dispatch, empty list",
    H
    + """
class Svc(LLM):
    def __init__(self):
        self.order = []
        self.bedrock, self.gpt = Bedrock(), Gpt()
    async def _call(self, name, prompt):
        if name == "bedrock": return await self.bedrock.complete(prompt)
        if name == "gpt": return await self.gpt.complete(prompt)
        raise ValueError(name)
    async def complete(self, prompt):
        for name in self.order:
            try:
                return await self._call(name, prompt)
            except Exception:
                continue
        raise ValueError
""",
    [100, 100, 0, 0],
)
case(
    "factory + llm function",
    H
    + """
class Router:
    def __init__(self, first, second, last): self.first, self.second, self.last = first, second, last
    async def complete(self, prompt: str) -> str:
        try:
            return await self.first.complete(prompt)
        except Exception:
            try:
                return await self.second.complete(prompt)
            except Exception:
                return await self.last.complete(prompt)
def make_llm():
    return Router(Bedrock(), Gpt(), Rules())
""",
    ALL,
)
case(
    "abstract failover base + concrete",
    """
from abc import abstractmethod
from app.model import LLM
from app.prov import Bedrock, Gpt, Rules
class Chain(LLM):
    @abstractmethod
    def providers(self): ...
    async def complete(self, prompt):
        for p in self.providers():
            try: return await p.complete(prompt)
            except Exception: pass
        raise RuntimeError
class Svc(Chain):
    def providers(self):
        return [Bedrock(), Gpt(), Rules()]
""",
    ALL,
)
case(
    "base only abstract",
    """
from abc import abstractmethod
from app.model import LLM
from app.prov import Bedrock, Gpt, Rules
class Chain(LLM):
    @abstractmethod
    def providers(self): ...
    async def complete(self, prompt):
        for p in self.providers():
            try: return await p.complete(prompt)
            except Exception: pass
        raise RuntimeError
""",
    [50, 50, 0, 0],
)
case(
    "breaker call + recursion fallback",
    H
    + """
class Svc(LLM):
    def __init__(self, breakers):
        self.b, self.g = Bedrock(), Gpt()
        self.breakers = breakers
    async def complete(self, prompt):
        if self.breakers["b"].closed:
            try:
                return await self.breakers["b"].call(self.b.complete, prompt)
            except Exception:
                pass
        return await self._second(prompt)
    async def _second(self, prompt):
        try:
            return await self.breakers["g"].call(self.g.complete, prompt)
        except Exception:
            return self._local(prompt)
    def _local(self, prompt):
        words = prompt.split()
        return {"content": " ".join(words[:20])}
""",
    ALL,
)
case(
    "llama cpp local",
    H
    + """
from llama_cpp import Llama
class Svc(LLM):
    def __init__(self):
        self.g = Gpt(); self.model = Llama(model_path="x")
    async def complete(self, prompt):
        try: return await self.g.complete(prompt)
        except Exception: return self.model(prompt)["choices"][0]["text"]
""",
    [50, 100, 100, 50],
)
case(
    "openai sdk at localhost fallback",
    """
from openai import AsyncOpenAI
from app.model import LLM
from app.prov import Gpt
from app.loc import Ollama
class Svc(LLM):
    def __init__(self): self.g, self.o = Gpt(), Ollama()
    async def complete(self, prompt):
        try: return await self.g.complete(prompt)
        except Exception: return await self.o.complete(prompt)
""",
    [50, 100, 100, 50],
    app__loc="""
from openai import AsyncOpenAI
class Ollama:
    def __init__(self): self.c = AsyncOpenAI(base_url="http://localhost:11434/v1")
    async def complete(self, prompt):
        return (await self.c.chat.completions.create(model="l", messages=[prompt])).choices[0].message.content
""",
)
case(
    "sdk at other host is not openai",
    """
from openai import AsyncOpenAI
from app.model import LLM
class Svc(LLM):
    def __init__(self): self.c = AsyncOpenAI(base_url="https://api.groq.com/openai/v1")
    async def complete(self, prompt):
        return (await self.c.chat.completions.create(model="l", messages=[prompt])).choices[0].message.content
""",
    [50, 50, 0, 0],
)
case(
    "http openai",
    """
import httpx, os
from app.model import LLM
class Svc(LLM):
    async def complete(self, prompt):
        async with httpx.AsyncClient(base_url="https://api.openai.com/v1") as c:
            r = await c.post("/chat/completions", json={"messages": [{"content": prompt}]})
            r.raise_for_status()
            return r.json()["choices"][0]["message"]["content"]
""",
    [50, 100, 0, 0],
)
case(
    "langchain",
    """
from langchain_aws import ChatBedrock
from langchain_openai import ChatOpenAI
from app.model import LLM
class Svc(LLM):
    def __init__(self):
        self.a = ChatBedrock(model="x"); self.b = ChatOpenAI()
    async def complete(self, prompt):
        try: r = await self.a.ainvoke(prompt)
        except Exception: r = await self.b.ainvoke(prompt)
        return r.content
""",
    [100, 100, 0, 50],
)
case(
    "litellm",
    """
import litellm
from app.model import LLM
class Svc(LLM):
    async def complete(self, prompt):
        for model in ("bedrock/claude", "openai/gpt-4o"):
            try:
                r = await litellm.acompletion(model=model, messages=[{"content": prompt}])
                return r.choices[0].message.content
            except Exception:
                continue
        raise RuntimeError
""",
    [100, 100, 0, 50],
)
case(
    "not configured -> rules",
    H
    + """
import os
from openai import AsyncOpenAI
class Svc(LLM):
    def __init__(self):
        key = os.getenv("KEY")
        self.client = AsyncOpenAI(api_key=key) if key else None
    async def complete(self, prompt):
        if self.client is None:
            return self._rules(prompt)
        r = await self.client.responses.create(input=prompt)
        return r.output_text
    def _rules(self, prompt):
        return max(prompt.split("."), key=len)
""",
    [50, 100, 100, 0],
)
case(
    "chosen at build",
    H
    + """
import os
class Svc(LLM):
    def __init__(self):
        self.p = Gpt() if os.getenv("KEY") else Rules()
    async def complete(self, prompt):
        return await self.p.complete(prompt)
""",
    [50, 100, 100, 0],
)


@pytest.mark.parametrize(("name", "service", "scores", "more"), CASES, ids=[c[0] for c in CASES])
def test_providers(name: str, service: str, scores: list[int], more: dict[str, str], tmp_path: Path) -> None:
    files = BASE | {"app/svc.py": service} | {path.replace("__", "/") + ".py": text for path, text in more.items()}
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(textwrap.dedent(text))
    repo = Repo(tmp_path)
    results = [run_on(check, repo) for check in CHECKS]
    assert [round(r.score) for r in results] == scores, (name, [r.details for r in results])
