"""Edits of Harbor for the checks of testing_coverage."""

from __future__ import annotations

from tests.edits.model import Edit, Pair

COUNT, AGENTS = "testing_coverage.test_count", "testing_coverage.agent_coverage"
QUALITY, SPECIAL = "testing_coverage.test_quality", "testing_coverage.special_tests"
MEETINGS, ACCOUNTING, INVESTING = (f"tests/test_{team}.py" for team in ("meetings", "accounting", "investing"))
SERVICE, TENANTS, PLATFORM = "tests/test_model_service.py", "tests/test_tenants.py", "tests/test_platform.py"
REPORT = '<testsuites name="pytest tests">'
FAILED = '<testsuite><testcase classname="tests.test_more" name="test_it"><failure message="assert 1 == 2"/></testcase></testsuite>'
WITHOUT = '@pytest.mark.parametrize("model", [None, FailingModel()])'
ASKED = "answer = asyncio.run(getattr(agent(llm=model), method)(about))"
FALLBACKS = ["llm_integration.fallback_logic.fallback_tested", f"{QUALITY}.fallback_logic_tested"]

PAIRS: dict[str, Pair] = {
    f"{COUNT}.total_tests_over_48": Pair(
        [Edit(path, "def test_with_the_model", "@pytest.mark.skip\ndef test_with_the_model") for path in (MEETINGS, INVESTING)],
        [Edit(SERVICE, "THROTTLED = {", "REFUSED = THROTTLED = {")],
        also=[f"{AGENTS}.meetmind_tests_complete", f"{AGENTS}.felicias_finance_tests_complete"],
    ),
    f"{COUNT}.unit_tests_exist": Pair(
        [Edit(path, "import pytest\n", "import pytest\n\npytestmark = pytest.mark.integration\n")
         for path in (MEETINGS, ACCOUNTING, INVESTING, SERVICE, PLATFORM)],
        [Edit(path, "import pytest\n", "import pytest\n\npytestmark = pytest.mark.agents\n") for path in (MEETINGS, ACCOUNTING, INVESTING)],
    ),
    f"{COUNT}.integration_tests_exist": Pair(
        [Edit(SERVICE, "CoordinatorAgent(llm=service)", "CoordinatorAgent(llm=AnsweringModel())"),
         Edit(SERVICE, "\nfrom harbor.llm.providers", "from doubles import AnsweringModel\n\nfrom harbor.llm.providers")],
        [Edit(SERVICE, "asyncio.run(CoordinatorAgent(llm=service).plan(", "asyncio.run(CoordinatorAgent(service).plan(")],
    ),
    f"{COUNT}.agent_tests_exist": Pair(
        [Edit(INVESTING, '    (BankingAgent, "read", "Please PAY my rent", "errands", ["pay"]),\n', "")],
        [Edit(INVESTING, '"Please PAY my rent"', '"Please PAY my old rent"')],
        also=[f"{AGENTS}.felicias_finance_tests_complete", *FALLBACKS],
    ),
    f"{AGENTS}.meetmind_tests_complete": Pair(
        [Edit(MEETINGS, f"    model = AnsweringModel()\n    {ASKED}", f"    model = None\n    {ASKED}")],
        [Edit(MEETINGS, f"    model = AnsweringModel()\n    {ASKED}", f"    model: AnsweringModel = AnsweringModel()\n    {ASKED}")],
    ),
    f"{AGENTS}.agent_svea_tests_complete": Pair(
        [Edit(ACCOUNTING, WITHOUT, '@pytest.mark.parametrize("model", [AnsweringModel(), AnsweringModel()])')],
        [Edit(ACCOUNTING, WITHOUT, '@pytest.mark.parametrize("model", [pytest.param(None, id="absent"), FailingModel()])')],
        also=FALLBACKS,
    ),
    f"{AGENTS}.felicias_finance_tests_complete": Pair(
        [Edit(INVESTING, "def test_with_the_model(", "async def test_with_the_model(")],
        [Edit(INVESTING, "def test_with_the_model(", "@pytest.mark.agents\ndef test_with_the_model(")],
        also=[f"{COUNT}.total_tests_over_48", f"{QUALITY}.tests_pass_with_api_keys", f"{QUALITY}.tests_pass_without_api_keys"],
    ),
    f"{QUALITY}.fallback_logic_tested": Pair(
        [Edit(MEETINGS, WITHOUT, '@pytest.mark.parametrize("model", [None, None, FailingModel])')],
        [Edit(MEETINGS, WITHOUT, '@pytest.mark.parametrize("model", (FailingModel(), None))')],
    ),
    f"{QUALITY}.error_handling_tested": Pair(
        [Edit(SERVICE, "        ReadTimeoutError(endpoint_url=\"bedrock\"),\n", "")],
        [Edit(SERVICE, "ReadTimeoutError(endpoint_url=\"bedrock\")", "TimeoutError()")],
    ),
    f"{SPECIAL}.swedish_language_tested": Pair(
        [Edit(ACCOUNTING, '    assert "svenska" in model.prompts[0]\n', "    assert model.prompts[0]\n")],
        [Edit(ACCOUNTING, '"svenska" in model.prompts[0]', '"svara på svenska" in model.prompts[0]')],
    ),
    f"{SPECIAL}.multi_tenant_tested": Pair(
        [Edit(TENANTS, "assert answer.status_code == 403", "assert answer.content")],
        [Edit(TENANTS, 'assert notes_of(session, tenant_id="syd") == []', 'assert not notes_of(session, tenant_id="syd")')],
    ),
    f"{SPECIAL}.circuit_breaker_tested": Pair(
        [Edit(PLATFORM, "    assert breaker.state is State.CLOSED\n", "")],
        [Edit(PLATFORM, "breaker.state is State.CLOSED", "breaker.state == State.CLOSED")],
    ),
    f"{QUALITY}.tests_pass_with_api_keys": Pair(
        [Edit("reports/junit-with-keys.xml", REPORT, f"{REPORT}{FAILED}")],
        [Edit("reports/junit-with-keys.xml", REPORT, f"{REPORT}<!-- of the nightly run -->")],
    ),
    f"{QUALITY}.tests_pass_without_api_keys": Pair(
        [Edit("reports/junit-without-keys.xml", REPORT, f"{REPORT}{FAILED}")],
        [Edit("reports/junit-without-keys.xml", REPORT, f"{REPORT}<properties/>")],
    ),
}  # fmt: skip
