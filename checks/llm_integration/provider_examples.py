"""Small repositories that prove the checks of providers."""

from pytest_readiness.authoring import Example

INTERFACE = """
    from abc import ABC, abstractmethod

    class LLMService(ABC):
        @abstractmethod
        async def complete(self, prompt): ...
    """
BEDROCK = """
    import json
    import boto3

    class BedrockProvider:
        def __init__(self, region):
            self.runtime = boto3.client("bedrock-runtime", region_name=region)

        async def complete(self, prompt):
            body = json.dumps({"messages": [{"role": "user", "content": prompt}]})
            answer = self.runtime.invoke_model(modelId="m", body=body)
            return json.loads(answer["body"].read())["content"]
    """
OPENAI = """
    from openai import AsyncOpenAI

    class OpenAIProvider:
        def __init__(self, key=None):
            self.client = AsyncOpenAI(api_key=key) if key else None

        async def complete(self, prompt):
            if self.client is None:
                raise ValueError("no key")
            answer = await self.client.chat.completions.create(model="m", messages=[{"content": prompt}])
            return answer.choices[0].message.content
    """
RULES = """
    class Rules:
        async def complete(self, prompt):
            return sorted(prompt.split("."), key=len)[-1]
    """
CORE = {
    "app/__init__.py": "",
    "app/model.py": INTERFACE,
    "app/bedrock.py": BEDROCK,
    "app/gpt.py": OPENAI,
    "app/rules.py": RULES,
}
HEAD = """
from app.bedrock import BedrockProvider
from app.gpt import OpenAIProvider
from app.model import LLMService
from app.rules import Rules

"""


def service(body: str, init: str = "", base: str = "LLMService", **methods: str) -> str:
    """The source of a service whose `complete(prompt)` has this body, and further methods of these bodies."""
    built = "self.bedrock = BedrockProvider('eu')\nself.gpt = OpenAIProvider('k')\nself.rules = Rules()\n"
    source = f"{HEAD}class Service({base}):\n    def __init__(self, breaker=None):\n{_in(built + init)}\n"
    source += f"    async def complete(self, prompt):\n{_in(body)}\n"
    return source + "".join(f"    async def {name}(self, prompt):\n{_in(text)}\n" for name, text in methods.items())


def _in(body: str) -> str:
    return "".join(f"        {line}\n" for line in body.splitlines())


def served(source: str, why: str, score: float | None = None, **more: str) -> Example:
    """A repository with that service; further modules of the package by name."""
    return Example({**CORE, "app/service.py": source, **{f"app/{n}.py": t for n, t in more.items()}}, why, score)


CHAIN = """
try:
    return await self.bedrock.complete(prompt)
except Exception:
    print("trying the next")
try:
    return await self.gpt.complete(prompt)
except Exception:
    print("trying the last")
return await self.rules.complete(prompt)
"""
LOOP = """
last = None
for name, provider in self.providers.items():
    try:
        return {"text": await provider.complete(prompt), "from": name}
    except Exception as error:
        last = error
        continue
raise RuntimeError("nothing answered") from last
"""
FILL = (
    'self.providers = {}\nself.providers["b"] = self.bedrock\nself.providers.update({"o": self.gpt, "r": self.rules})'
)
GUARDED = """
result = None
try:
    result = await self._bedrock(prompt)
except ConnectionError:
    pass
except Exception as error:
    print(error)
if result is None:
    try:
        result = await self._gpt(prompt)
    except Exception:
        return self._by_rules(prompt)
result["cached"] = False
return result
"""
PARTS = {
    "_bedrock": 'return {"text": await self.breaker.call(self.bedrock.complete, prompt)}',
    "_gpt": 'answer = {"text": await self.gpt.complete(prompt)}\nanswer["provider"] = "gpt"\nreturn answer',
}
ALL_IN_ONE = """
import os
import boto3
from openai import OpenAI
from app.model import LLMService

class Service(LLMService):
    def __init__(self):
        key = os.getenv("KEY")
        self.gpt = OpenAI(api_key=key) if key else None
        self.runtime = boto3.client("bedrock-runtime")

    def complete(self, prompt):
        for ask in (self._bedrock, self._gpt):
            try:
                return ask(prompt)
            except Exception:
                continue
        return self._extract(prompt)

    def _bedrock(self, prompt):
        return self.runtime.converse(modelId="m", messages=[prompt])["output"]

    def _gpt(self, prompt):
        return self.gpt.responses.create(input=prompt).output_text

    def _extract(self, prompt):
        return " ".join(w for w in prompt.split() if w.istitle())
"""
GOOD = [
    served(service(CHAIN), "tried one after the other"),
    served(service(LOOP, FILL), "a loop over a table of providers"),
    served(
        service(GUARDED, "self.breaker = breaker", **PARTS)
        + "    def _by_rules(self, prompt):\n        return {'text': prompt.partition('.')[0]}\n",
        "own methods, a breaker, an answer worked out by rules",
    ),
    served(ALL_IN_ONE, "one class that asks both SDKs itself"),
]
ONLY_GPT = service("return await self.gpt.complete(prompt)").replace("self.bedrock = BedrockProvider('eu')", "pass")
ONLY_BEDROCK = service("return await self.bedrock.complete(prompt)")
BROKEN = "from app.gone import everything\n" + service(CHAIN)
NOTHING = "async def unused(): ...\n"


def support_decoys(kind: str) -> list[Example]:
    """Lookalikes of a provider of that kind (bedrock or openai)."""
    module, other = ("bedrock", ONLY_GPT) if kind == "bedrock" else ("gpt", ONLY_BEDROCK)
    client = BEDROCK if kind == "bedrock" else OPENAI
    named = "import boto3\nimport openai\nMODELS = {'bedrock': 'm', 'openai': 'gpt-4'}\nBEDROCK = 'bedrock-runtime'\n"
    stub = client.split("async def")[0] + "async def complete(self, prompt):\n            raise NotImplementedError\n"
    ignored = client.replace('return json.loads(answer["body"].read())["content"]', 'return "done"').replace(
        "return answer.choices[0].message.content", 'return "done"'
    )
    agent = client.replace("complete", "plan").replace("Provider", "Agent")
    empty = {"bedrock": "", "gpt": ""} | {
        "bedrock" if kind == "openai" else "gpt": OPENAI if kind == "bedrock" else BEDROCK
    }
    plain = other.replace(
        HEAD,
        HEAD.replace(
            "from app.gpt import OpenAIProvider\n" if kind == "openai" else "from app.bedrock import BedrockProvider\n",
            "",
        ),
    )
    plain = plain.replace("self.gpt = OpenAIProvider('k')", "pass") if kind == "openai" else plain
    return [
        served(plain, "imported, a model map, a setting, and no client", 0, **empty, models=named),
        served(other, "a provider that only a service in a test uses", 50, test_provider=service(CHAIN)),
        served(BROKEN, "a service that cannot be imported", 50),
        served(service(CHAIN), "generation that raises NotImplementedError", 0, **{module: stub}),
        served(service(CHAIN), "an answer that is not returned", 0, **{module: ignored}),
        served(plain, "a provider used by one agent only", 0, **empty, agent=agent),
        served(service(f"return prompt\n{CHAIN}"), "a provider behind a return", 50),
    ]  # fmt: skip


LOCAL_MODEL = """
from transformers import pipeline
from openai import OpenAI
from app.model import LLMService

class Service(LLMService):
    def __init__(self, client=None):
        self.client = OpenAI()
        self.pipe = pipeline("text-generation")

    def complete(self, prompt):
        if self.client:
            try:
                return self.client.responses.create(input=prompt).output_text
            except Exception:
                pass
        return self.pipe(prompt)[0]["generated_text"]
"""
OLLAMA = """
import httpx

class Rules:
    async def complete(self, prompt):
        async with httpx.AsyncClient() as client:
            answer = await client.post("http://localhost:11434/api/generate", json={"prompt": prompt})
        return answer.json()["response"]
"""
RAISES = "try:\n    return await self.gpt.complete(prompt)\nexcept Exception:\n    raise"
APOLOGY = 'try:\n    return await self.gpt.complete(prompt)\nexcept Exception:\n    return "Sorry, try again later."'
CACHE = """
key = hash(prompt)
try:
    self.cache[key] = await self.gpt.complete(prompt)
    return self.cache[key]
except Exception:
    return self.cache.get(key)
"""
REMOTE_LOCAL = OPENAI.replace("OpenAIProvider", "LocalProvider")
NAMED_LOCAL = (
    HEAD.replace("from app.gpt import OpenAIProvider", "from app.gpt import LocalProvider")
    + """
class Service(LLMService):
    LOCAL = "local"  # answers locally when all else fails

    def __init__(self):
        self.local = LocalProvider()

    async def complete(self, prompt):
        return await self.local.complete(prompt)
"""
)
ERROR = 'try:\n    return await self.gpt.complete(prompt)\nexcept Exception as e:\n    return {"error": e, "q": prompt}'
LOCAL_MEETS = [*GOOD, served(LOCAL_MODEL, "a local model"), served(service(CHAIN), "a local server", rules=OLLAMA)]
LOCAL_SHORT = [
    served(service(RAISES), "no local answer", 0),
    served("x = 1\n", "no service", 0),
]
LOCAL_DECOYS = [
    served(NAMED_LOCAL, "a class Local* that calls a remote API and raises without a key", 0, gpt=REMOTE_LOCAL),
    served(service(CACHE, "self.cache = {}"), "a cache hit", 0),
    served(service(APOLOGY), "a constant apology", 0),
    served(service(ERROR), "an error with the question in it", 0),
    served(BROKEN, "a path in a module that cannot be imported", 0),
    served(service(CHAIN.replace("return await self.rules", "raise ValueError\nreturn await self.rules")), "dead", 0),
]
FAILOVER_SHORT = [
    served(service(RAISES), "a handler that raises again", 0),
    served(
        service(CHAIN.replace("return await self.rules.complete(prompt)", "raise ValueError('down')")),
        "no local answer",
        50,
    ),
]
UNUSED_CHAIN = CHAIN.replace("return await self.rules.complete(prompt)", "return ''")
FAILOVER_DECOYS = [
    served(service("return await self.gpt.complete(prompt)", ask_all=CHAIN), "a chain that nothing calls", 0),
    served(service(LOOP, "self.providers = {}"), "a loop over a list that nobody fills", 0),
    served(BROKEN, "a chain in a module that cannot be imported", 0),
    served(service(CHAIN.replace("self.bedrock", "self.gpt")), "from OpenAI to OpenAI under another name", 50),
    served(service(CHAIN.replace('print("trying the next")', 'print("next")\n    raise')), "logs and raises", 0),
    served(service("for attempt in range(3):\n    try:\n        return await self.bedrock.complete(prompt)\n"
                   "    except Exception:\n        continue\nraise ValueError"), "the same provider again", 0),
    served(service(LOOP.replace("continue", "raise"), FILL), "a loop that stops at the first failure", 0),
    served(service(UNUSED_CHAIN.replace("return await self.gpt", "await self.gpt")), "not returned", 0),
]  # fmt: skip
