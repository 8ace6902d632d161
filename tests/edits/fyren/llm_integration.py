"""Edits of Fyren for the checks of llm_integration."""

from __future__ import annotations

from tests.edits.model import Edit, Pair

AGENTS = "src/fyren/agenter"
FOLDERS = {"meetmind": "moten", "agent_svea": "bokforing", "felicias_finance": "ekonomi"}
FILES = {
    "coordinator": "samordnare", "architect": "arkitekt", "product_manager": "produktagare",
    "implementation": "genomforare", "quality_assurance": "granskare", "banking": "bank",
}  # fmt: skip
ROLES = tuple(role for role in FILES if role != "banking")
FALLBACK = "llm_integration.fallback_logic"
TESTS = "testing_coverage"
UNUSED = ["monitoring_observability.logging.tenant_id_logged", "monitoring_observability.logging.cost_logged"]
"""Records of a provider that nobody uses."""
PROVIDERS = "llm_integration.multi_provider_support"
GATEWAY, VENDORS = "src/fyren/modell/gateway.py", "src/fyren/modell/leverantorer.py"


def _agent(team: str, role: str, name: str) -> tuple[str, Pair]:
    """The answer is thrown away, against an answer that takes one more step to the caller."""
    path = f"{AGENTS}/{FOLDERS[team]}/{FILES[role]}.py"
    thrown = [Edit(path, "return await", "await"), Edit(path, ")\n", ')\n        return {"items": ["as planned"]}\n')]
    longer = [Edit(path, "return await", "answer = await"), Edit(path, ")\n", ")\n        return dict(answer)\n")]
    return f"llm_integration.{team}_integration.{name}", Pair(thrown, longer)


def _agents() -> dict[str, Pair]:
    names = {"meetmind": "{}_llm_integration", "agent_svea": "{}_llm_integration", "felicias_finance": "{}_refactored"}
    found = dict(_agent(team, role, name.format(role)) for team, name in names.items() for role in ROLES)
    return found | dict([_agent("felicias_finance", "banking", "banking_agent_refactored")])


PAIRS: dict[str, Pair] = _agents() | {
    "llm_integration.agent_svea_integration.swedish_language_support": Pair(
        [Edit(f"{AGENTS}/bokforing/granskare.py", "Granska dessa rader och svara på svenska, ett fel per rad",
              "List what is wrong (moms, BAS), one a line")],
        [Edit(f"{AGENTS}/bokforing/granskare.py", "Granska dessa rader och svara på svenska, ett fel per rad",
              "Review these rows and answer in Swedish, one error a line")],
    ),
    f"{FALLBACK}.all_agents_have_fallback": Pair(
        [Edit(f"{AGENTS}/moten/arkitekt.py", "return await self.ask(", 'text = await self.gateway.complete('),
         Edit(f"{AGENTS}/moten/arkitekt.py", ", lambda: sorted({q.split()[0] for q in questions}))",
              ')\n        return {"items": text.splitlines(), "source": "model"}')],
        [Edit(f"{AGENTS}/bas.py", "except ModelError:", "except (ModelError, TimeoutError):")],
        also=[f"{FALLBACK}.fallback_maintains_functionality", f"{FALLBACK}.fallback_tested"],
    ),
    f"{FALLBACK}.fallback_tested": Pair(
        [Edit("tests/test_moten.py", "async def test_produktagare_without", "async def produktagare_without")],
        [Edit("tests/test_moten.py", 'services", [{}, {"gateway": Broken()}]', 'services", [{"gateway": None}, {"gateway": Broken()}]')],
        also=[f"{TESTS}.agent_coverage.meetmind_tests_complete", f"{TESTS}.test_quality.fallback_logic_tested",
              f"{TESTS}.test_count.total_tests_over_48"],
    ),
    f"{FALLBACK}.fallback_maintains_functionality": Pair(
        [Edit(f"{AGENTS}/ekonomi/produktagare.py", "lambda: sorted(products, key=lambda p: products[p])",
              'lambda: ["index fund", "bond"]')],
        [Edit(f"{AGENTS}/ekonomi/produktagare.py", "lambda: sorted(products, key=lambda p: products[p])",
              "lambda: [p for p in products if products[p] < 3]")],
    ),
    f"{PROVIDERS}.bedrock_support": Pair(
        [Edit(VENDORS, 'Answer(answer["output"]["message"]["content"][0]["text"], answer["usage"]["totalTokens"])',
              'Answer("done", 7)')],
        [Edit(VENDORS, 'Answer(answer["output"]["message"]["content"][0]["text"], ',
              'Answer("".join(part["text"] for part in answer["output"]["message"]["content"]), ')],
        also=[f"{PROVIDERS}.automatic_failover"],
    ),
    f"{PROVIDERS}.openai_support": Pair(
        [Edit(GATEWAY, "[Bedrock(region), OpenAI(), Extract()]", "[Bedrock(region), Extract()]")],
        [Edit(VENDORS, "from openai import AsyncOpenAI", "import openai"),
         Edit(VENDORS, "= AsyncOpenAI(", "= openai.AsyncOpenAI(")],
        also=[f"{PROVIDERS}.automatic_failover", *UNUSED],
    ),
    f"{PROVIDERS}.local_fallback": Pair(
        [Edit(VENDORS, 'Answer("\\n".join((telling or lines)[:5]), 0)', 'Answer("The model is away. Try again.", 0)')],
        [Edit(VENDORS, "(telling or lines)[:5]", "telling or lines[-5:]")],
        also=[f"{PROVIDERS}.automatic_failover"],
    ),
    f"{PROVIDERS}.automatic_failover": Pair(
        [Edit(GATEWAY, 'type(error).__name__)\n', 'type(error).__name__)\n                raise\n')],
        [Edit(GATEWAY, "except Exception as error:", "except (OSError, RuntimeError, Exception) as error:")],
        also=[f"{PROVIDERS}.local_fallback"],
    ),
}  # fmt: skip
