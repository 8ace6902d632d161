"""Which calls are calls of a language model."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from pytest_readiness.repo import Repo


def calls_in(tmp_path: Path, **files: str) -> list[tuple[int, str]]:
    """(line, provider or "handle") of each call in the file `app`; other keywords are further modules."""
    for name, text in files.items():
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(text))
    found = Repo(tmp_path).llm.calls.all
    return [(c.line, c.provider if c.is_vendor else "handle") for c in found if c.path == "app.py"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import openai\nopenai.OpenAI().chat.completions.create(model='m')", [(2, "openai")]),
        ("from openai import AsyncOpenAI as A\nc = A()\nc.responses.create(input=q)", [(3, "openai")]),
        ("from openai import OpenAI\ndef f(c: OpenAI):\n    c.beta.chat.completions.parse()", [(3, "openai")]),
        ("import boto3\nc = boto3.client('bedrock-runtime')\nc.converse(modelId='x')", [(3, "bedrock")]),
        ("import anthropic\nanthropic.Anthropic().messages.create()", [(2, "anthropic")]),
        ("from litellm import acompletion\nasync def f(): return await acompletion(model='m')", [(2, "")]),
        ("from google import genai\ngenai.Client().models.generate_content(contents=q)", [(2, "google")]),
        ("from langchain_aws import ChatBedrock\nChatBedrock().invoke(q)", [(2, "bedrock")]),
        ("def f(x): return x.chat.completions.create(model='m')", [(1, "")]),
        ("def f(x): return x.messages.create(model='m', messages=[])", [(1, "")]),
        ("import openai\nc = openai.OpenAI()\nto_thread(c.chat.completions.create, model='m')", [(3, "openai")]),
        ("import httpx\nURL = 'https://api.openai.com/v1'\nhttpx.post(f'{URL}/chat/completions')", [(3, "openai")]),
        ("import httpx\nc = httpx.Client(base_url='http://localhost:11434')\nc.post('/api/chat')", [(3, "local")]),
        ("import httpx\nhttpx.post('https://pay.example/v1/charges')\nhttpx.get('https://api.openai.com/v1/x')", []),
        ("import openai\nask = openai.OpenAI().chat.completions.create\ndef f():\n    g = ask\n    return g()", []),
    ],
)  # fmt: skip
def test_vendor_calls(tmp_path: Path, source: str, expected: list[tuple[int, str]]) -> None:
    assert calls_in(tmp_path, app=source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "from twilio.rest import Client\nClient().messages.create(body='hi', to='x')",
        "def f(x): return x.messages.create(body='hi', to='x')",
        "import boto3\nboto3.client('s3').put_object()",
        "from langchain_openai import OpenAIEmbeddings\nOpenAIEmbeddings().invoke(q)",
        "note = 'client.chat.completions.create()'",
        "class A:\n    def complete(self, task): ...\ndef f(a: A): return a.complete('task')",
        "from own import maker\nmaker.generate_content('x')",
    ],
)
def test_what_is_no_call_of_a_model(tmp_path: Path, source: str) -> None:
    assert (
        calls_in(tmp_path, app=source, own="class Maker:\n    def generate_content(self, x): ...\nmaker = Maker()")
        == []
    )


@pytest.mark.parametrize(
    "source",
    [
        "class A:\n    def f(self): return self.llm_service.generate_completion(prompt='x')",
        "def f(services): return services['llm'].complete('x')",
        "def f(services): return services.get('llm_service').ainvoke('x')",
        "def f():\n    return get_llm().generate('x')",
        "from own import TextModel\nclass A:\n    def __init__(self, brain: TextModel): self.brain = brain\n"
        "    def f(self): return self.brain.complete('x')",
        "def f(breaker, llm): return breaker.call(llm.generate_completion, prompt='x')",
        "def f(llm):\n    ask = llm.complete\n    return ask('x')",
        "def f(llm): return getattr(llm, 'complete')('x')",
    ],
)
def test_calls_on_a_handle(tmp_path: Path, source: str) -> None:
    own = "from typing import Protocol\nclass TextModel(Protocol):\n    def complete(self, prompt: str) -> str: ...\n"
    assert [kind for _, kind in calls_in(tmp_path, app=source, own=own)] == ["handle"]


def test_callers_leave_out_a_health_ping(tmp_path: Path) -> None:
    source = """
        import openai
        PING = "ping"
        class Health:
            def check(self):
                openai.OpenAI().chat.completions.create(messages=[{"role": "user", "content": PING}])
        class Service:
            def ask(self, question):
                return openai.OpenAI().chat.completions.create(messages=[{"role": "user", "content": question}])
        """
    (tmp_path / "app.py").write_text(textwrap.dedent(source))
    assert [c.name for c in Repo(tmp_path).llm.calls.callers] == ["Service"]
