"""Small repositories that prove the check of the language of prompts."""

from pytest_readiness.authoring import Example

from .agent_examples import CORE

AGENT = "app/agents/coordinator.py"
TEAM = """
from app.agents.coordinator import Coordinator
from backend.core.service import OpenAIService

agent = Coordinator(OpenAIService())
"""
SETTINGS = {
    "source_roots": ["."],
    "teams": {
        "agent_svea": {"files": "app/agents/<role>.py", "roles": ["coordinator"], "language": "sv"},
        "meetmind": {"roles": []},
        "felicias_finance": {"roles": []},
    },
}


def _asking(body: str, why: str, score: float, extra: str = "", method: str = "") -> Example:
    """An agent whose method `plan` has this body, with a line before the class and a further method of one line."""
    indented = "\n".join(f"        {line}" for line in body.splitlines())
    source = f"{extra}\n\nclass Coordinator:\n    def __init__(self, llm):\n        self.llm = llm\n\n"
    source += f"    async def plan(self, topic):\n{indented}\n\n    {method}\n"
    more = {"app/rules.py": 'RULES = "{topic}: skriv på svenska"\n'}
    return Example({**CORE, "app/team.py": TEAM, AGENT: source, **more}, why, score, settings=SETTINGS)


def _ask(prompt: str) -> str:
    return f"return await self.llm.generate_completion({prompt})"


WORDED = 'f"""Ordna uppgifterna för kunden {topic}, och förklara vad som är viktigt med varje steg."""'
MEETS = [
    _asking(_ask('prompt=f"Plan {topic}. Svara på svenska."'), "an order in Swedish", 100),
    _asking(_ask('"Plan this; answer in Swedish: " + topic'), "an order in English", 100),
    _asking(_ask(WORDED), "worded in Swedish", 100),
]
FALLS_SHORT = [
    _asking(_ask('prompt=f"Plan the compliance work for {topic}"'), "an English prompt", 0),
    _asking("return topic.split()", "no call of the model", 0),
    _asking("return (", "a file that cannot be loaded", 0),
]
DECOYS = [
    _asking('"""Svara på svenska."""\n# på svenska\n' + _ask('f"Plan {topic}"'), "Swedish in docstring and comment", 0),
    _asking('print("Svarar på svenska")\n' + _ask('f"Plan {topic}"'), "Swedish in a log", 0),
    _asking(_ask('f"Plan {topic}"'), "a status", 0, method='def status(self): return {"language": "svenskt språk"}'),
    _asking('order = "Svara på svenska."\n' + _ask('f"Plan {topic}"'), "a string that does not reach the call", 0),
    _asking('order = "Svara på svenska."\norder = "Answer."\n' + _ask("order"), "a string that is replaced before", 0),
    _asking(_ask('f"Explain BAS, SIE, moms and Skatteverket rules for {topic}"'), "domain words alone", 0),
    _asking(_ask('f"Planera {topic} och svara kort"'), "too few Swedish words", 0),
    _asking('answer = await self.llm.generate_completion("Svara på svenska")\nreturn answer or ' +
            'await self.llm.generate_completion("Answer briefly")', "one of two calls in English", 0),
    _asking('parts = [SYSTEM, f"Kund: {topic}"]\n' + _ask('messages=[{"role": "user", "content": "\\n".join(parts)}]'),
            "a constant of the module, joined", 100, 'SYSTEM = "You plan. Answer in Swedish."'),
    _asking(_ask("self.question(topic)"), "a prompt builder, format", 100, "from app.rules import RULES",
            method="def question(self, topic): return RULES.format(topic=topic)"),
    _asking('prompt = f"Plan {topic}."\nprompt += " Skriv på svenska."\nparams = {"prompt": prompt, "top": 1}\n' +
            _ask("**params"), "added to, handed over with two stars", 100),
]  # fmt: skip
