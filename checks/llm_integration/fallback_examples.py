"""Small repositories that prove the checks of fallbacks."""

from pytest_readiness.authoring import Example

from .agent_examples import CORE

AGENT, OTHER = "app/agents/coordinator.py", "app/agents/architect.py"
SETTINGS = {
    "source_roots": ["."],
    "teams": {
        "meetmind": {"files": "app/agents/<role>.py", "roles": ["coordinator", "architect"]},
        "agent_svea": {"roles": []},
        "felicias_finance": {"roles": []},
    },
}


def agent(plan: str, *methods: str, name: str = "Coordinator", before: str = "") -> str:
    """The source of an agent whose method `plan(topic)` has this body; further methods are whole."""
    body = "\n".join(f"        {line}" for line in plan.splitlines())
    more = "\n\n".join("\n".join(f"    {line}" for line in m.splitlines()) for m in methods)
    head = (
        f"{before}\n\nclass {name}:\n    def __init__(self, llm=None):\n        self.llm = llm\n        self.log = []\n"
    )
    return f"{head}\n    async def plan(self, topic):\n{body}\n\n{more}\n"


def asked(source: str, why: str, score: float | None = None, **more: str) -> Example:
    """A repository with that agent; further files of the folder by name."""
    files = {f"app/agents/{name}.py": text for name, text in more.items()}
    return Example({**CORE, AGENT: source, **files}, why, score, settings=SETTINGS)


ASK = 'return {"plan": await self.llm.generate_completion(topic)}'
GUARDED = f"""
if self.llm is None:
    return self._rules(topic)
try:
    {ASK}
except Exception:
    return self._rules(topic)
"""
RULES = 'def _rules(self, topic):\n    return {"plan": sorted(topic.split())}'
CONSTANT = 'def _rules(self, topic):\n    return {"plan": ["analyse", "decide"]}'
ECHO = 'def _rules(self, topic):\n    return {"plan": ["analyse"], "input": topic, "id": topic["id"]}'
STAMPED = """
def _rules(self, topic):
    self.log.append(topic)
    self.last = topic
    print(f"no model for {topic}")
    return {"plan": ["analyse"], "at": datetime.now().isoformat(), "id": str(uuid4())}
"""
FALLING_THROUGH = f"""
steps = topic.split()
if self.llm:
    try:
        {ASK}
    except Exception as error:
        print("model failed", error)
return {{"plan": [step for step in steps if step.istitle()]}}
"""
INNER = """
text = await self._ask(topic)
if not text:
    return {"plan": TABLE.get(topic, TABLE["other"])}
return {"plan": text}
"""
ASKING_INNER = """
async def _ask(self, prompt):
    if not self._on():
        return None
    for attempt in range(3):
        try:
            return await self.llm.generate_completion(prompt)
        except Exception:
            if attempt == 2:
                return None
"""
ON = "def _on(self):\n    return self.llm is not None"
CALLER_CATCHES = """
if (llm := self.llm) is None:
    return self._rules(topic)
try:
    answer = await self._ask(topic)
except ModelDown:
    answer = self._rules(topic)
return answer
"""
PLAIN_ASK = 'async def _ask(self, prompt):\n    return {"plan": await self.llm.generate_completion(prompt)}'
ERRORS = "from app.errors import ModelDown"
STREAM = """
try:
    async for part in self.llm.generate_completion(topic):
        yield part
except Exception:
    for word in topic.split():
        yield word
"""
FLAG = """
result = {"steps": []}
answered = False
if self.llm is not None:
    try:
        result["steps"] = await self.llm.generate_completion(topic)
        answered = True
    except Exception:
        pass
    finally:
        self.log.append("asked")
if not answered:
    for word in topic.split():
        result["steps"].append({"do": word})
return result
"""
BROKEN_SERVICE = {
    "app/errors.py": "class ModelDown(Exception):\n    pass\n",
    "app/service.py": """
        from app.errors import ModelDown
        from backend.core.interfaces import LLMService

        class Gateway(LLMService):
            async def generate_completion(self, prompt):
                if not prompt:
                    raise ModelDown("nothing to ask")
                return {"content": prompt[::-1]}
        """,
}


def _with_errors(source: str, why: str, score: float | None = None) -> Example:
    return Example({**CORE, **BROKEN_SERVICE, AGENT: source}, why, score, settings=SETTINGS)


MEETS = [
    asked(agent(GUARDED, RULES), "a test and a try"),
    asked(agent(FALLING_THROUGH), "the handler falls through to the rules"),
    asked(agent(INNER, ASKING_INNER, ON, before='TABLE = {"a": [1], "other": []}'), "a private method answers None"),
    _with_errors(agent(CALLER_CATCHES, PLAIN_ASK, RULES, before=ERRORS), "the caller catches the service's own error"),
    asked(agent(STREAM), "a stream of words instead of a stream of parts"),
    asked(agent(FLAG), "a flag tells whether the model answered"),
]
NO_TRY = f"if self.llm is None:\n    return self._rules(topic)\n{ASK}"
RERAISES = GUARDED.replace("return self._rules(topic)\n", "return self._rules(topic)\n", 1).replace(
    "except Exception:\n    return self._rules(topic)", "except Exception:\n    print(topic)\n    raise"
)
ERROR_VALUE = GUARDED.replace(
    "except Exception:\n    return self._rules(topic)", 'except Exception as e:\n    return {"error": str(e)}'
)
NARROW = GUARDED.replace("except Exception:", "except ValueError:")
OUTER = f'try:\n    {ASK}\nexcept Exception as e:\n    return {{"plan": [], "error": str(e)}}'
LOGS = f'try:\n    {ASK}\nexcept Exception as e:\n    print("failed", e)'
EMPTY = GUARDED.replace("return self._rules(topic)", "return {}")
FAILED = GUARDED.replace("return self._rules(topic)", 'return {"status": "unavailable", "plan": topic.split()}')
UNUSED = f"# _rules is for outages\n{ASK}"
HANDED_ON = INNER.replace("if not text:\n    return", "if topic == '':\n    return")

WITHOUT_FALLBACK = [
    asked(agent(NO_TRY, RULES), "no try", 0),
    asked(agent(RERAISES, RULES), "a handler that raises again", 0),
    asked(agent(UNUSED, RULES), "no test of the service", 0),
    asked("class Coordinator:\n    def plan(self, topic): return topic.split()\n", "no call of the model at all", 0),
    asked(agent(GUARDED, RULES), "one of two agents", 50, architect=agent(NO_TRY, RULES, name="Architect")),
]
FALLBACK_DECOYS = [
    asked(agent(UNUSED, RULES.replace("_rules", "_fallback_rules")), "a method _fallback_* that no path returns", 0),
    asked(agent(OUTER), "an outer handler that returns the error", 0),
    asked(agent(LOGS), "a handler that only logs and falls off the end", 0),
    asked(agent(ERROR_VALUE, RULES), "an error dict on one path", 0),
    asked(agent(NARROW, RULES), "a handler for another error", 0),
    asked(agent(EMPTY), "an empty answer", 0),
    asked(agent(FAILED), "a status that says it failed", 0),
    asked(agent(HANDED_ON, ASKING_INNER, ON, before="TABLE = {}"), "a None that the caller hands on", 0),
    asked(agent(GUARDED, RULES, before="import app.gone"), "an agent that cannot be imported", 0),
    asked(agent(GUARDED, RULES), "an agent's file that does not parse", 50, architect="class Architect:\n    def (\n"),
    asked(agent(GUARDED, CONSTANT), "a constant fallback is a fallback", 100),
    asked(agent(GUARDED, RULES), "an agent without a call is left out", 100, architect="class Architect:\n    pass\n"),
]
CONSTANTS = [
    asked(agent(GUARDED, CONSTANT), "the same plan for every topic", 0),
    asked(agent(GUARDED, ECHO), "ids and parameters echoed beside a constant", 0),
    asked(agent(NO_TRY, RULES), "a path is missing", 0),
    asked("class Coordinator:\n    def plan(self, topic): return topic.split()\n", "no call of the model at all", 0),
    asked(agent(GUARDED, RULES), "one of two calls", 50, architect=agent(GUARDED, CONSTANT, name="Architect")),
]
CONSTANT_DECOYS = [
    asked(agent(GUARDED, STAMPED, before="from datetime import datetime\nfrom uuid import uuid4"),
          "the request stored and logged, a timestamp, a fresh id", 0),
    asked(agent(GUARDED, CONSTANT.replace("return", "if not topic:\n        return {'plan': ['ask']}\n    return")),
          "only the presence of the request is tested", 0),
    asked(agent(GUARDED, RULES.replace("sorted(topic.split())", 'topic.get("plan", [])')), "a key passed through", 0),
    asked(agent(GUARDED, RULES.replace("sorted(topic.split())", "self._pick(topic)"),
                "def _pick(self, topic):\n    return ['analyse', 'decide']"), "a helper that ignores the request", 0),
    asked(agent(ERROR_VALUE, RULES), "an error dict on one path", 0),
    asked(agent(GUARDED, RULES, before="import app.gone"), "an agent that cannot be imported", 0),
    asked(agent(GUARDED, RULES), "an agent's file that does not parse", 50, architect="class Architect:\n    def (\n"),
    asked(agent(GUARDED, CONSTANT.replace("return", "if 'tax' in topic:\n        return {'do': 'pay'}\n    return")),
          "the content of the request chooses the answer", 100),
    asked(agent(GUARDED, RULES.replace("sorted(topic.split())", 'f"Plan {topic}"')), "formatted into the answer", 100),
]  # fmt: skip
