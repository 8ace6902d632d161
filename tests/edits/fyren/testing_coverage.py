"""Edits of Fyren for the checks of testing_coverage."""

from __future__ import annotations

from tests.edits.model import Edit, Pair

COUNT, AGENTS = "testing_coverage.test_count", "testing_coverage.agent_coverage"
QUALITY, SPECIAL = "testing_coverage.test_quality", "testing_coverage.special_tests"
MEETINGS, ACCOUNTING, MONEY = (f"tests/test_{team}.py" for team in ("moten", "bokforing", "ekonomi"))
GATEWAY, COMPANIES, PLATFORM = (f"tests/test_{name}.py" for name in ("gateway", "bolag", "plattform"))
DOUBLES, SHARED = "tests/dubbletter.py", "tests/conftest.py"
LOST = '[{}, {"gateway": Broken()}]'
FALLBACKS = ["llm_integration.fallback_logic.fallback_tested", f"{QUALITY}.fallback_logic_tested"]
REPORT = '<testsuites name="pytest tests">'
FAILED = '<testsuite><testcase classname="tests.test_more" name="test_it"><failure message="assert 1 == 2"/></testcase></testsuite>'

BANKED = '    assert await Banker({"gateway": gateway}).payments(["rent", "Food"]) == {"items": ["ett", "två"], "source": "model"}\n'

PAIRS: dict[str, Pair] = {
    f"{COUNT}.total_tests_over_48": Pair(
        [Edit(path, f"@pytest.mark.parametrize(\"services\", {LOST})\n", "@pytest.mark.skipif(not os.getenv(\"SLOW\"), reason=\"slow\")\n"
              f"@pytest.mark.parametrize(\"services\", {LOST})\n") for path in (MEETINGS, MONEY)]
        + [Edit(path, "import pytest\n", "import os\n\nimport pytest\n") for path in (MEETINGS, MONEY)],
        [Edit(GATEWAY, "import pytest\n", "import os\nimport sys\n\nimport pytest\n"),
         Edit(GATEWAY, "async def test_bedrock_answers_first", '@pytest.mark.skipif(sys.version_info < (3, 11), reason="older")\nasync def test_bedrock_answers_first')],
        also=[f"{AGENTS}.meetmind_tests_complete", f"{AGENTS}.felicias_finance_tests_complete", *FALLBACKS],
    ),
    f"{COUNT}.unit_tests_exist": Pair(
        [Edit(SHARED, "\n\n@pytest.fixture\ndef bedrock", '\n\n@pytest.fixture(autouse=True)\ndef empty_cache() -> None:\n'
              '    redis.Redis.from_url("redis://localhost:6379/15").flushdb()\n\n\n@pytest.fixture\ndef bedrock'),
         Edit(SHARED, "import pytest\n", "import pytest\nimport redis\n")],
        [Edit(SHARED, "\n\n@pytest.fixture\ndef bedrock", "\n\n@pytest.fixture(autouse=True)\ndef somewhere(monkeypatch, tmp_path):\n    monkeypatch.chdir(tmp_path)\n\n\n@pytest.fixture\ndef bedrock")],
    ),
    f"{COUNT}.integration_tests_exist": Pair(
        [Edit(COMPANIES, "    return TestClient(app)\n", "    return MagicMock(get=MagicMock(return_value=MagicMock(status_code=403)))\n"),
         Edit(COMPANIES, "import jwt\n", "from unittest.mock import MagicMock\n\nimport jwt\n")],
        [Edit(COMPANIES, "    return TestClient(app)\n", '    return TestClient(app, base_url="https://fyren.example")\n')],
        also=[f"{SPECIAL}.multi_tenant_tested"],
    ),
    f"{COUNT}.agent_tests_exist": Pair(
        [Edit(MONEY, "    assert await Banker(", "    await Banker("), Edit(MONEY, ".payments([\"rent\", \"Food\"]) == {\"items\": [\"ett\", \"två\"], \"source\": \"model\"}", ".payments([\"rent\", \"Food\"])"),
         Edit(MONEY, ".payments([\"rent\", \"Food\"]) == {\"items\": [\"Food\", \"rent\"], \"source\": \"rules\"}", ".payments([\"rent\", \"Food\"])")],
        [Edit(MONEY, "    assert await Banker({\"gateway\": gateway}).payments", "    banker = Banker({\"gateway\": gateway})\n    assert await banker.payments")],
        also=[f"{AGENTS}.felicias_finance_tests_complete", *FALLBACKS],
    ),
    f"{AGENTS}.meetmind_tests_complete": Pair(
        [Edit(MEETINGS, 'Reviewer({"gateway": gateway})', 'Reviewer({"model": gateway})'), Edit(MEETINGS, '"Eva will call.Who pays?") == {"items": ["ett", "två"], "source": "model"}', '"Eva will call.Who pays?")["items"]')],
        [Edit(MEETINGS, 'Reviewer({"gateway": gateway})', "Reviewer(dict(gateway=gateway))")],
    ),
    f"{AGENTS}.agent_svea_tests_complete": Pair(
        [Edit(ACCOUNTING, "from fyren.agenter.bokforing.arkitekt", "from fyren.agenter.ekonomi.arkitekt")],
        [Edit(ACCOUNTING, "from fyren.agenter.bokforing.arkitekt import Architect", "from fyren.agenter.bokforing import arkitekt"), Edit(ACCOUNTING, "await Architect(", "await arkitekt.Architect(")],
        also=[f"{COUNT}.agent_tests_exist", f"{SPECIAL}.swedish_language_tested", *FALLBACKS],
    ),
    f"{AGENTS}.felicias_finance_tests_complete": Pair(
        [Edit(MONEY, BANKED, f"    try:\n    {BANKED}    except AssertionError:\n        print('the bank is closed')\n")],
        [Edit(MONEY, "async def test_bank(", "@pytest.mark.asyncio\nasync def test_bank(")],
    ),
    f"{QUALITY}.fallback_logic_tested": Pair(
        [Edit(MONEY, '@pytest.mark.parametrize("services", [{}, {"gateway": Broken()}])\nasync def test_bank_without', '@pytest.mark.parametrize("services", [{}, {"gateway": None}])\nasync def test_bank_without')],
        [Edit(DOUBLES, "        raise ModelError(prompt)\n", "        if prompt:\n            raise ModelError(prompt)\n        raise ModelError\n")],
    ),
    f"{QUALITY}.error_handling_tested": Pair(
        [Edit(GATEWAY, "ConnectTimeoutError(endpoint_url=\"bedrock\"), TOO_MANY, ", "ConnectTimeoutError(endpoint_url=\"bedrock\"), "), Edit(GATEWAY, "TOO_MANY = ", "# Too many requests\nTOO_MANY = ")],
        [Edit(GATEWAY, '"Code": "ThrottlingException", "Message": "Too many requests"', '"Code": "ThrottlingException"')],
    ),
    f"{QUALITY}.tests_pass_with_api_keys": Pair(
        [Edit("reports/junit-with-keys.xml", REPORT, f"{REPORT}{FAILED}")],
        [Edit("reports/junit-with-keys.xml", REPORT, f"{REPORT}<!-- av nattens körning -->")],
    ),
    f"{QUALITY}.tests_pass_without_api_keys": Pair(
        [Edit("reports/junit-without-keys.xml", REPORT, f"{REPORT}{FAILED}")],
        [Edit("reports/junit-without-keys.xml", REPORT, f"{REPORT}<properties/>")],
    ),
    f"{SPECIAL}.swedish_language_tested": Pair(
        [Edit(ACCOUNTING, '    assert "svenska" in gateway.asked[0]\n', '    assert gateway.asked[0]  # på svenska\n'), Edit(ACCOUNTING, '["ett", "två"]', "gateway.text.splitlines()")],
        [Edit(ACCOUNTING, '    assert "svenska" in gateway.asked[0]\n', '    assert "på svenska" in str(gateway.asked)\n')],
    ),
    f"{SPECIAL}.multi_tenant_tested": Pair(
        [Edit(COMPANIES, 'assert Protocols(session, "syd").all() == []', 'assert Protocols(session, "syd").tenant_id == "syd"')],
        [Edit(COMPANIES, 'assert Protocols(session, "syd").all() == []', 'assert len(Protocols(session, "syd").all()) == 0')],
    ),
    f"{SPECIAL}.circuit_breaker_tested": Pair(
        [Edit(PLATFORM, "    storage = storage_of(cloud, tmp_path, breaker_wait_s=60)\n    for _ in range(3):\n        storage.put(\"plan\", b\"lunch\")\n", "    storage = storage_of(cloud, tmp_path, breaker_wait_s=60)\n    storage.breaker.open()\n"),
         Edit(PLATFORM, "call_count == 3", "call_count == 0")],
        [Edit(PLATFORM, "    assert storage.breaker.current_state == pybreaker.STATE_OPEN\n", '    assert storage.breaker.current_state == "open"\n')],
    ),
}  # fmt: skip
