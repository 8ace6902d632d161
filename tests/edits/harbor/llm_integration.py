"""Edits of Harbor for the checks of llm_integration."""

from __future__ import annotations

from tests.edits.model import Edit, Pair

AGENT_FOLDERS = {"meetmind": "meetings", "agent_svea": "accounting", "felicias_finance": "investing"}
SRC = "src/harbor"


def _agent(team: str, role: str, name: str) -> tuple[str, Pair]:
    """The answer is thrown away, against an answer that takes one more step to the caller."""
    path = f"{SRC}/{AGENT_FOLDERS[team]}/{role}.py"
    thrown = Edit(path, "answer.splitlines()", '["as planned"]')
    longer = Edit(path, "answer.splitlines()", "[line.strip() for line in str(answer).splitlines()]")
    return f"llm_integration.{team}_integration.{name}", Pair([thrown], [longer])


def _agents() -> dict[str, Pair]:
    roles = ("coordinator", "architect", "product_manager", "implementation", "quality_assurance")
    names = {"meetmind": "{}_llm_integration", "agent_svea": "{}_llm_integration", "felicias_finance": "{}_refactored"}
    found = dict(_agent(team, role, name.format(role)) for team, name in names.items() for role in roles)
    return found | dict([_agent("felicias_finance", "banking", "banking_agent_refactored")])


FALLBACK = "llm_integration.fallback_logic"
UNUSED = ["monitoring_observability.logging.tenant_id_logged", "monitoring_observability.logging.cost_logged"]
"""Records of a provider that nobody uses."""
PROVIDERS = "llm_integration.multi_provider_support"
PROVIDER_FILE, SERVICE_FILE = f"{SRC}/llm/providers.py", f"{SRC}/llm/service.py"

PAIRS: dict[str, Pair] = _agents() | {
    "llm_integration.agent_svea_integration.swedish_language_support": Pair(
        [Edit(f"{SRC}/accounting/architect.py", "Föreslå konton för dessa verksamheter och svara på svenska",
              "Suggest accounts (BAS, Skatteverket)")],
        [Edit(f"{SRC}/accounting/architect.py", "Föreslå konton för dessa verksamheter och svara på svenska",
              "Suggest accounts for these trades; answer in Swedish")],
    ),
    f"{FALLBACK}.all_agents_have_fallback": Pair(
        [Edit(f"{SRC}/meetings/architect.py", "except ModelUnavailable:\n            return self._by_rules(questions)",
              'except ModelUnavailable as error:\n            return {"error": str(error)}')],
        [Edit(f"{SRC}/meetings/architect.py", "except ModelUnavailable:", "except Exception:")],
        also=[f"{FALLBACK}.fallback_maintains_functionality"],
    ),
    f"{FALLBACK}.fallback_tested": Pair(
        [Edit("tests/test_meetings.py", "[None, FailingModel()]", "[AnsweringModel()]")],
        [Edit("tests/test_meetings.py", "[None, FailingModel()]", "[FailingModel(), None]")],
        also=["testing_coverage.agent_coverage.meetmind_tests_complete", "testing_coverage.test_quality.fallback_logic_tested"],
    ),
    f"{FALLBACK}.fallback_maintains_functionality": Pair(
        [Edit(f"{SRC}/investing/product_manager.py", "sorted(products, key=lambda p: products[p])",
              '["index fund", "bond"]')],
        [Edit(f"{SRC}/investing/product_manager.py", "sorted(products, key=lambda p: products[p])",
              "[p for p in products if products[p] < 3]")],
    ),
    f"{PROVIDERS}.bedrock_support": Pair(
        [Edit(PROVIDER_FILE, 'return json.loads(answer["body"].read())["content"][0]["text"]',
              'return "done"')],
        [Edit(PROVIDER_FILE, "answer = self._runtime.invoke_model(", "answer = self._runtime.converse(")],
        also=["testing_coverage.test_quality.error_handling_tested", f"{PROVIDERS}.automatic_failover"],
    ),
    f"{PROVIDERS}.openai_support": Pair(
        [Edit(SERVICE_FILE, "        self._openai = OpenAIProvider()\n", ""),
         Edit(SERVICE_FILE, "return await self._openai.complete(prompt)", "return await self._bedrock.complete(prompt)")],
        [Edit(PROVIDER_FILE, "from openai import AsyncOpenAI", "from openai import AsyncOpenAI as Client"),
         Edit(PROVIDER_FILE, "AsyncOpenAI(api_key", "Client(api_key")],
        also=[f"{PROVIDERS}.automatic_failover", *UNUSED,
              "performance_scalability.cost_efficiency.cost_optimization_implemented"],
    ),
    f"{PROVIDERS}.local_fallback": Pair(
        [Edit(PROVIDER_FILE, 'return ". ".join(sorted(sentences, key=len, reverse=True)[:3])',
              'return "Sorry, no model can be reached."')],
        [Edit(PROVIDER_FILE, "sorted(sentences, key=len, reverse=True)[:3]", "sentences[-3:]")],
        also=[f"{PROVIDERS}.automatic_failover"],
    ),
    f"{PROVIDERS}.automatic_failover": Pair(
        [Edit(SERVICE_FILE, 'log.warning("openai failed, answering from rules", exc_info=True)',
              'log.warning("openai failed, trying next provider")\n            raise')],
        [Edit(SERVICE_FILE, 'log.warning("openai failed, answering from rules", exc_info=True)',
              "return await self._rules.complete(prompt)")],
        also=[f"{PROVIDERS}.local_fallback"],
    ),
}  # fmt: skip
