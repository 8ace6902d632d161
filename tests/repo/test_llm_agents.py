"""Agents built in many ways: which links to the central service hold, and what they answer without it.

Each case names the links that hold (C entral, L: called, U sed, W ired) and, for both paths of each call, whether a
fallback exists (ok, no) and is worked out from the request (C) or not (k).
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pytest_readiness.repo import Repo
from pytest_readiness.settings import settings_of

TEAMS = {
    "meetmind": {"files": "app/agents/<role>.py", "roles": ["coordinator", "architect"]},
    "agent_svea": {"roles": []},
    "felicias_finance": {"roles": []},
}
SETTINGS = settings_of({"source_roots": ["."], "teams": TEAMS})
MODEL = """
from typing import Protocol

class ModelError(Exception): ...

class TextModel(Protocol):
    async def complete(self, prompt: str) -> str: ...
"""
SERVICE = """
from app.model import TextModel, ModelError
from openai import AsyncOpenAI

class Gateway(TextModel):
    def __init__(self):
        self.client = AsyncOpenAI()

    async def complete(self, prompt):
        try:
            return (await self.client.responses.create(input=prompt)).output_text
        except Exception as e:
            raise ModelError() from e

def get_llm():
    return Gateway()
"""


@dataclass
class Case:
    """An agent, the module that builds it, further modules, and what is expected of them."""

    name: str
    agent: str
    team: str
    links: str
    fallback: str | None = None
    more: dict[str, str] = field(default_factory=dict)


CASES: list[Case] = []


def case(name: str, agent: str, team: str, links: str, fallback: str | None = None, **more: str) -> None:
    """Add a case; further modules by path, `/` written as two underscores."""
    CASES.append(Case(name, agent, team, links, fallback, more))


def repository(folder: Path, each: Case) -> Repo:
    """The case as a repository."""
    files = {"app/__init__.py": "", "app/model.py": MODEL, "app/service.py": SERVICE, "app/agents/__init__.py": ""}
    files |= {"app/agents/coordinator.py": each.agent, "app/team.py": each.team}
    files |= {path.replace("__", "/") + ".py": text for path, text in each.more.items()}
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(textwrap.dedent(text))
    return Repo(folder, SETTINGS)


LETTERS = {"CENTRAL": "C", "CALLED": "L", "USED": "U", "WIRED": "W"}
T = """
from app.agents.coordinator import CoordinatorAgent
from app.service import Gateway, get_llm
"""
G = "CLUW"
case(
    "dataclass agent",
    """
from dataclasses import dataclass, field
from app.model import TextModel
@dataclass(slots=True)
class CoordinatorAgent:
    name: str
    brain: TextModel | None = None
    log: list = field(default_factory=list)
    async def plan(self, t):
        if self.brain is None: return sorted(t)
        try:
            return await self.brain.complete(t)
        except Exception: return sorted(t)
""",
    T + "agent = CoordinatorAgent('x', get_llm())",
    G,
    "okC okC",
)
case(
    "pydantic agent",
    """
from pydantic import BaseModel
from app.model import TextModel
class CoordinatorAgent(BaseModel):
    llm: TextModel | None = None
    async def plan(self, t):
        if self.llm is None: return sorted(t)
        try: return await self.llm.complete(t)
        except Exception: return sorted(t)
""",
    T + "agent = CoordinatorAgent(llm=get_llm())",
    G,
    "okC okC",
)
case(
    "super init chain",
    """
class Base:
    def __init__(self, *, llm=None, **kw):
        self._llm = llm
    async def ask(self, p):
        return await self._llm.complete(p)
class CoordinatorAgent(Base):
    def __init__(self, llm, topic):
        super().__init__(llm=llm)
        self.topic = topic
    async def plan(self, t):
        try: return {"a": (await self.ask(t)).strip()}
        except Exception as e: return {"a": t.split()}
""",
    T + "def build():\n    return CoordinatorAgent(get_llm(), 'x')\nagents=[build()]",
    G,
    "okC okC",
)
case(
    "kwargs ctor",
    """
class CoordinatorAgent:
    def __init__(self, **kwargs):
        self.llm = kwargs.get("llm")
    async def plan(self, t):
        try: return await self.llm.complete(t)
        except Exception: return sorted(t)
""",
    T + "a = CoordinatorAgent(llm=get_llm())",
    G,
    "okC okC",
)
case(
    "property lazy accessor",
    """
from app.service import get_llm
class CoordinatorAgent:
    def __init__(self): self._m = None
    @property
    def llm(self):
        if self._m is None: self._m = get_llm()
        return self._m
    async def plan(self, t):
        try: return await self.llm.complete(t)
        except Exception: return sorted(t)
""",
    T,
    G,
    "okC okC",
)
case(
    "module singleton",
    """
from app.service import gateway as llm
class CoordinatorAgent:
    async def plan(self, t):
        return await llm.complete(t)
""",
    T,
    G,
    None,
    app__service=SERVICE + "\ngateway = Gateway()\n",
)
case(
    "retry wrapper lambda",
    """
import asyncio
class CoordinatorAgent:
    def __init__(self, llm): self.llm=llm
    async def _retry(self, fn, n=3):
        for i in range(n):
            try:
                return await fn()
            except Exception:
                if i == n-1: raise
                await asyncio.sleep(1)
    async def plan(self, t):
        if not self.llm: return sorted(t)
        try:
            r = await self._retry(lambda: self.llm.complete(t))
        except Exception:
            return sorted(t)
        return {"p": r}
""",
    T + "a = CoordinatorAgent(get_llm())",
    G,
    "okC okC",
)
case(
    "tenacity decorator",
    """
from tenacity import retry
class CoordinatorAgent:
    def __init__(self, llm): self.llm=llm
    @retry(stop=3)
    async def _ask(self, p): return await self.llm.complete(p)
    async def plan(self, t):
        text = None
        if self.llm is not None:
            try:
                text = await self._ask(t)
            except Exception:
                pass
        return {"p": text or [w for w in t.split() if w]}
""",
    T + "a = CoordinatorAgent(get_llm())",
    G,
    "okC okC",
)
case(
    "dict dispatch + walrus",
    """
class CoordinatorAgent:
    def __init__(self, services):
        self.services = services
        self.ops = {"plan": self._plan, "status": self.get_status}
    def get_status(self, p): return {"llm": "on"}
    async def handle(self, op, p):
        if (fn := self.ops.get(op)) is None: return {"error": "unknown"}
        return await fn(p)
    async def _plan(self, p):
        if (llm := self.services.get("llm")) is None:
            return {"p": p["x"] * 2}
        try:
            answer = await llm.complete(str(p))
        except Exception:
            return {"p": p["x"] * 2}
        else:
            return {"p": answer}
        finally:
            print("done")
""",
    T + "services = dict(llm=get_llm())\na = CoordinatorAgent(services)",
    G,
    "okC okC",
)
case(
    "match dispatch",
    """
class CoordinatorAgent:
    def __init__(self, llm=None): self.llm=llm
    async def handle(self, msg):
        match msg["tool"]:
            case "plan": return await self._plan(msg)
            case _: return {"error": "x"}
    async def _plan(self, msg):
        result = {"steps": []}
        if self.llm:
            try:
                result["steps"] = (await self.llm.complete(msg["t"])).splitlines()
                return result
            except Exception as e:
                print(e)
        result["steps"] = self._rules(msg)
        return result
    def _rules(self, msg): return [s for s in msg["t"].split(",")]
""",
    T + "a = CoordinatorAgent(get_llm())",
    G,
    "okC okC",
)
case(
    "gather",
    """
import asyncio
class CoordinatorAgent:
    def __init__(self, llm=None): self.llm=llm
    async def plan(self, ts):
        parts = await asyncio.gather(*(self._one(t) for t in ts))
        return {"parts": parts}
    async def _one(self, t):
        if self.llm is None: return t.upper()
        try: return await asyncio.wait_for(self.llm.complete(t), 10)
        except Exception: return t.upper()
""",
    T + "a = CoordinatorAgent(get_llm())",
    G,
    "okC okC",
)
case(
    "agent registry loop",
    """
class CoordinatorAgent:
    def __init__(self, llm=None): self.llm=llm
    async def plan(self, t): return await self.llm.complete(t)
""",
    """
from app.agents.coordinator import CoordinatorAgent
from app.service import get_llm
AGENTS = {"coordinator": CoordinatorAgent}
class Team:
    def __init__(self, llm):
        self.members = {name: cls(llm=llm) for name, cls in AGENTS.items()}
team = Team(get_llm())
""",
    G,
)
case(
    "registry get",
    """
class CoordinatorAgent:
    def __init__(self, llm=None): self.llm=llm
    async def plan(self, t): return await self.llm.complete(t)
""",
    """
from app.agents.coordinator import CoordinatorAgent
from app.service import get_llm
REG = {}
REG["coordinator"] = CoordinatorAgent
def make(name, llm):
    cls = REG.get(name)
    return cls(llm)
def startup():
    return make("coordinator", get_llm())
startup()
""",
    G,
)
case(
    "fastapi depends",
    """
class CoordinatorAgent:
    def __init__(self, llm=None): self.llm=llm
    async def plan(self, t): return await self.llm.complete(t)
""",
    """
from fastapi import APIRouter, Depends
from app.agents.coordinator import CoordinatorAgent
from app.service import get_llm
router = APIRouter()
def coordinator(llm=Depends(get_llm)): return CoordinatorAgent(llm)
@router.post("/plan")
async def plan(t: str, agent=Depends(coordinator)): return await agent.plan(t)
""",
    G,
)
case(
    "partial/container",
    """
class CoordinatorAgent:
    def __init__(self, llm=None): self.llm=llm
    async def plan(self, t): return await self.llm.complete(t)
""",
    """
from dependency_injector import containers, providers
from app.agents.coordinator import CoordinatorAgent
from app.service import Gateway
class C(containers.DeclarativeContainer):
    llm = providers.Singleton(Gateway)
    coordinator = providers.Factory(CoordinatorAgent, llm=llm)
""",
    G,
)
case(
    "services TypedDict/obj",
    """
class CoordinatorAgent:
    def __init__(self, deps): self.llm = deps.llm_service
    async def plan(self, t): return await self.llm.complete(t)
""",
    """
from dataclasses import dataclass
from app.agents.coordinator import CoordinatorAgent
from app.service import Gateway
@dataclass
class Deps:
    llm_service: object = None
def make_deps(): return Deps(llm_service=Gateway())
agent = CoordinatorAgent(make_deps())
""",
    G,
)
case(
    "services obj None -> not wired",
    """
class CoordinatorAgent:
    def __init__(self, deps): self.llm = deps.llm_service
    async def plan(self, t): return await self.llm.complete(t)
""",
    """
from dataclasses import dataclass
from app.agents.coordinator import CoordinatorAgent
@dataclass
class Deps:
    llm_service: object = None
agent = CoordinatorAgent(Deps())
""",
    "CLU-",
)
case(
    "setter injection",
    """
class CoordinatorAgent:
    def __init__(self): self.llm=None
    def use(self, llm): self.llm = llm
    async def plan(self, t): return await self.llm.complete(t)
""",
    T + "a = CoordinatorAgent()\na.use(get_llm())",
    G,
)
case(
    "attribute injection",
    """
class CoordinatorAgent:
    def __init__(self): self.llm=None
    async def plan(self, t): return await self.llm.complete(t)
""",
    T + "a = CoordinatorAgent()\na.llm = get_llm()",
    G,
)
case(
    "from_services classmethod",
    """
class CoordinatorAgent:
    def __init__(self, llm=None): self.llm=llm
    @classmethod
    def create(cls, services): return cls(llm=services["llm"])
    async def plan(self, t): return await self.llm.complete(t)
""",
    T + "a = CoordinatorAgent.create({'llm': get_llm()})",
    G,
)
case(
    "helper module",
    """
from app.asking import ask_json
class CoordinatorAgent:
    def __init__(self, llm=None): self.llm=llm
    async def plan(self, t):
        data = await ask_json(self.llm, f"plan {t}", default=None)
        if data is None: return {"p": t.split()}
        return {"p": data["p"]}
""",
    T + "a = CoordinatorAgent(llm=get_llm())",
    G,
    "okC okC",
    app__asking="""
import json
async def ask_json(llm, prompt, default):
    if llm is None: return None
    try:
        return json.loads(await llm.complete(prompt))
    except Exception:
        return None
""",
)
case(
    "base in core",
    """
from app.base import LLMAgent
class CoordinatorAgent(LLMAgent):
    async def plan(self, t):
        return await self.ask_or(f"plan {t}", lambda: {"p": t.split()})
""",
    T + "a = CoordinatorAgent(get_llm())",
    G,
    None,
    app__base="""
class LLMAgent:
    def __init__(self, llm): self.llm = llm
    async def ask_or(self, prompt, otherwise):
        if not self.llm: return otherwise()
        try: return {"p": await self.llm.complete(prompt)}
        except Exception: return otherwise()
""",
)
case(
    "stream gen",
    """
class CoordinatorAgent:
    def __init__(self, llm=None): self.llm=llm
    async def stream(self, t):
        if self.llm is None:
            async for w in self._words(t): yield w
            return
        try:
            async for c in self.llm.complete(t): yield c
        except Exception:
            async for w in self._words(t): yield w
    async def _words(self, t):
        for w in t.split(): yield w
""",
    T + "a = CoordinatorAgent(llm=get_llm())",
    G,
    "okC okC",
)
case(
    "answer thrown, flag only",
    """
class CoordinatorAgent:
    def __init__(self, llm=None): self.llm=llm
    async def plan(self, t):
        r = await self.llm.complete(t)
        self.last = r
        return {"p": ["a"], "ok": bool(r), "n": r is not None}
""",
    T + "a = CoordinatorAgent(llm=get_llm())",
    "CL-W",
)
case(
    "pydantic validated answer",
    """
from pydantic import BaseModel
class Plan(BaseModel):
    steps: list[str]
class CoordinatorAgent:
    def __init__(self, llm=None): self.llm=llm
    async def plan(self, t) -> Plan:
        raw = await self.llm.complete(t)
        plan = Plan.model_validate_json(raw)
        return plan
""",
    T + "a = CoordinatorAgent(llm=get_llm())",
    G,
)
case(
    "main-guard only",
    """
class CoordinatorAgent:
    def __init__(self, llm=None): self.llm=llm
    async def plan(self, t): return await self.llm.complete(t)
""",
    T + "def main():\n    a = CoordinatorAgent(llm=get_llm())\nif __name__ == '__main__':\n    main()",
    "CLU-",
)
case(
    "optional service try/except None",
    """
class CoordinatorAgent:
    def __init__(self, llm=None): self.llm=llm
    async def plan(self, t): return await self.llm.complete(t)
""",
    """
from app.agents.coordinator import CoordinatorAgent
try:
    from app.service import get_llm
    llm = get_llm()
except Exception:
    llm = None
a = CoordinatorAgent(llm=llm)
""",
    G,
)
case(
    "missing service import",
    """
class CoordinatorAgent:
    def __init__(self, llm=None): self.llm=llm
    async def plan(self, t): return await self.llm.complete(t)
""",
    """
from app.agents.coordinator import CoordinatorAgent
try:
    from app.gone import get_llm
    llm = get_llm()
except Exception:
    llm = None
a = CoordinatorAgent(llm=llm)
""",
    "CLU-",
)
case(
    "custom error class hierarchy",
    """
from app.model import ModelError
class CoordinatorAgent:
    def __init__(self, llm=None): self.llm=llm
    async def plan(self, t):
        if self.llm:
            try: return await self.llm.complete(t)
            except (ModelError, TimeoutError): pass
        return sorted(t)
""",
    T + "a = CoordinatorAgent(llm=get_llm())",
    G,
    "okC okC",
)
case(
    "json error only caught",
    """
import json
class CoordinatorAgent:
    def __init__(self, llm=None): self.llm=llm
    async def plan(self, t):
        if not self.llm: return sorted(t)
        try: return json.loads(await self.llm.complete(t))
        except json.JSONDecodeError: return sorted(t)
""",
    T + "a = CoordinatorAgent(llm=get_llm())",
    G,
    "okC nok",
)
case(
    "decorator class registry",
    """
from app.registry import register
@register("coordinator")
class CoordinatorAgent:
    def __init__(self, llm=None): self.llm=llm
    async def plan(self, t): return await self.llm.complete(t)
""",
    """
import app.agents.coordinator
from app.registry import create
from app.service import get_llm
agent = create("coordinator", llm=get_llm())
""",
    G,
    app__registry="""
AGENTS = {}
def register(name):
    def deco(cls):
        AGENTS[name] = cls
        return cls
    return deco
def create(name, llm=None):
    return AGENTS[name](llm=llm)
""",
)
case(
    "fallback callable method",
    """
class CoordinatorAgent:
    def __init__(self, llm=None): self.llm=llm
    async def _with(self, prompt, otherwise, *args):
        if self.llm is None: return otherwise(*args)
        try: return {"x": await self.llm.complete(prompt)}
        except Exception: return otherwise(*args)
    async def plan(self, t): return await self._with(f"p {t}", self._rules, t)
    def _rules(self, t): return {"x": t.split()}
""",
    T + "a = CoordinatorAgent(llm=get_llm())",
    G,
    "okC okC",
)
case(
    "default param returned",
    """
class CoordinatorAgent:
    def __init__(self, llm=None): self.llm=llm
    async def _ask(self, prompt, default=None):
        if self.llm is None: return default
        try: return await self.llm.complete(prompt)
        except Exception: return default
    async def plan(self, t):
        text = await self._ask(t)
        if text is None: return {"x": len(t)}
        return {"x": text}
""",
    T + "a = CoordinatorAgent(llm=get_llm())",
    G,
    "okC okC",
)
case(
    "two sites nested retry",
    """
class CoordinatorAgent:
    def __init__(self, llm=None): self.llm=llm
    async def plan(self, t):
        if not self.llm: return t.split()
        try: return await self.llm.complete("long " + t)
        except Exception:
            try: return await self.llm.complete("short " + t)
            except Exception: return t.split()
""",
    T + "a = CoordinatorAgent(llm=get_llm())",
    G,
    "okC okC okC okC",
)
case(
    "for attempts else",
    """
class CoordinatorAgent:
    def __init__(self, llm=None): self.llm=llm
    async def plan(self, t):
        if not self.llm: return self._r(t)
        for attempt in range(3):
            try:
                out = await self.llm.complete(t)
                break
            except Exception as e:
                last = e
        else:
            return self._r(t)
        return {"o": out}
    def _r(self, t): return {"o": t[::-1]}
""",
    T + "a = CoordinatorAgent(llm=get_llm())",
    G,
    "okC okC",
)
case(
    "while true attempts",
    """
class CoordinatorAgent:
    def __init__(self, llm=None): self.llm=llm
    async def plan(self, t):
        tries = 0
        while self.llm is not None:
            try:
                return await self.llm.complete(t)
            except Exception:
                tries += 1
                if tries > 3: break
        return {"o": t[::-1]}
""",
    T + "a = CoordinatorAgent(llm=get_llm())",
    G,
    "okC okC",
)
case(
    "logs only then falls off",
    """
class CoordinatorAgent:
    def __init__(self, llm=None): self.llm=llm
    async def plan(self, t):
        try:
            return await self.llm.complete(t)
        except Exception as e:
            print(e)
""",
    T + "a = CoordinatorAgent(llm=get_llm())",
    G,
    "nok nok",
)
case(
    "dead branch call",
    """
class CoordinatorAgent:
    def __init__(self, llm=None): self.llm=llm
    async def plan(self, t):
        if False:
            return await self.llm.complete(t)
        return t
""",
    T + "a = CoordinatorAgent(llm=get_llm())",
    "C-UW",
)
case(
    "async ctx handle",
    """
class CoordinatorAgent:
    def __init__(self, services): self._services = services
    async def plan(self, t):
        llm = self._services["llm"] if self._services else None
        if llm:
            try:
                reply = await llm.complete(t)
            except Exception:
                reply = None
            if reply: return {"r": reply}
        return {"r": t.upper()}
""",
    T + "a = CoordinatorAgent({'llm': get_llm()})",
    G,
    "okC okC",
)
case(
    "nested function site",
    """
class CoordinatorAgent:
    def __init__(self, llm=None, breaker=None): self.llm, self.breaker = llm, breaker
    async def plan(self, t):
        async def ask():
            return await self.llm.complete(t)
        if self.llm is None: return {"r": t.upper()}
        try: return {"r": await self.breaker.call(ask)}
        except Exception: return {"r": t.upper()}
""",
    T + "a = CoordinatorAgent(get_llm())",
    G,
    "okC okC",
)


@pytest.mark.parametrize("each", CASES, ids=lambda each: each.name)
def test_links_and_fallbacks(each: Case, tmp_path: Path) -> None:
    found = repository(tmp_path, each).llm.links["meetmind.coordinator"]
    links = "".join(LETTERS[link.name] if link.ok else "-" for link in found.four)
    paths = [path for outage in found.outages for path in outage.paths]
    computed = [bool(p.substitutes) and all(s.computed for s in p.substitutes) for p in paths]
    fallback = " ".join(("ok" if p.holds else "no") + ("C" if c else "k") for p, c in zip(paths, computed, strict=True))
    assert links == each.links, [(link.name, link.note) for link in found.four]
    assert each.fallback in (None, fallback), [s for o in found.outages for s in (*o.shortcomings, *o.hollow)]
