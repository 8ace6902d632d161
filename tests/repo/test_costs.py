"""Cost: figures in documents, levers, who sees the cost and who is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.repo import Repo
from pytest_readiness.repo.costs import amounts
from pytest_readiness.repo.costs.levers import SMALL


def repo_of(folder: Path, files: dict[str, str]) -> Repo:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return Repo(folder)


@pytest.mark.parametrize(
    ("text", "value"),
    [("$1,200.50", 1200.5), ("1 200,50 kr", 1200.5), ("0,42 EUR", 0.42), ("€3", 3), ("USD 1.5", 1.5), ("12 SEK", 12),
     ("$1.200,50", 1200.5), ("300 requests", None), ("version 1.2", None), ("3 krona", None)],
)  # fmt: skip
def test_money(text: str, value: float | None) -> None:
    assert amounts.money(text) == value


@pytest.mark.parametrize(
    ("text", "context", "is_one"),
    [
        ("$1.20 per user and month", "", True),
        ("about 12 kr per användare och månad", "", True),
        ("$0.42/user/month", "", True),
        ("Each tenant costs 80 EUR a year", "", True),
        ("$1.20", "Cost per user and month", True),
        ("that is $0.81 a month", "Cost per user", True),
        ("$1.20 per user", "", False),
        ("$1.20 a month", "", False),
        ("$0.60 per 1M tokens", "Cost per user and month", False),
        ("$2 per test run", "Cost per user and month", False),
        ("low cost per user and month", "", False),
    ],
)
def test_amounts_of_a_user(text: str, context: str, is_one: bool) -> None:
    assert amounts.states_amount(text, context) is is_one


@pytest.mark.parametrize(
    ("text", "context", "is_one"),
    [
        ("300 requests per user and month", "", True),
        ("a user makes 20 calls a day", "", True),
        ("En kund ställer 40 frågor per dag", "", True),
        ("2k tokens per user and day", "", True),
        ("1.5 million tokens", "Cost per tenant and month", True),
        ("300 requests", "", False),
        ("1,500 tokens per request", "Cost per user and month", False),
        ("$0.60 per 1M tokens", "Cost per user and month", False),
        ("many requests per user and month", "", False),
    ],
)
def test_usage(text: str, context: str, is_one: bool) -> None:
    assert amounts.states_usage(text, context) is is_one


@pytest.mark.parametrize(
    ("text", "context", "each", "of_tokens"),
    [
        ("$0.60 per 1M output tokens", "", 0.6e-6, True),
        ("0,15 kr per 1 000 tokens", "", 0.15e-3, True),
        ("$3/million tokens", "", 3e-6, True),
        ("0.002 USD per call", "", 0.002, False),
        ("$0.40", "price per 1M tokens", 0.4e-6, True),
        ("5 kr per miljon tokens", "", 5e-6, True),
    ],
)
def test_unit_prices(text: str, context: str, each: float, of_tokens: bool) -> None:
    found = amounts.unit_price(text, context)
    assert found is not None
    assert found.each == pytest.approx(each)
    assert found.of_tokens is of_tokens


@pytest.mark.parametrize("text", ["$1.20 per user and month", "1M tokens", "cheap", "$5"])
def test_what_is_no_unit_price(text: str) -> None:
    assert amounts.unit_price(text) is None


@given(st.text(max_size=200), st.text(max_size=60))
def test_any_text_is_read(text: str, context: str) -> None:
    amounts.states_amount(text, context)
    amounts.states_usage(text, context)
    amounts.unit_price(text, context)
    amounts.count(text)


@given(st.floats(min_value=0.01, max_value=1e6), st.sampled_from(["${:,.2f}", "{:.2f} USD", "€{:.2f}"]))
def test_money_survives_writing(value: float, form: str) -> None:
    assert amounts.money(f"costs {form.format(value)} in all") == pytest.approx(value, abs=0.01)


TABLE = """# Cost per user and month

| item | value |
| --- | --- |
| requests per user and {period} | {requests} |
| input tokens per request | 1,000 |
| output tokens per request | 500 |
| price per 1M input tokens | $0.15 |
| price per 1M output tokens | $0.60 |
| cost per user and month | ${cost} |
"""


@pytest.mark.parametrize(
    ("period", "requests", "cost", "agrees"),
    [("month", "1,000", "0.45", True), ("month", "1,000", "0.54", True), ("month", "1,000", "0.60", False),
     ("day", "40", "0.54", True), ("working day", "50", "0.45", True), ("month", "1,000", "4.50", False),
     ("year", "12,000", "0.45", True)],
)  # fmt: skip
def test_figures_agree_within_a_fifth(period: str, requests: str, cost: str, agrees: bool, tmp_path: Path) -> None:
    text = TABLE.format(period=period, requests=requests, cost=cost)
    assert repo_of(tmp_path, {"docs/costs.md": text}).costs.estimated.ok is agrees


def test_a_price_of_a_request(tmp_path: Path) -> None:
    text = (
        "# Unit economics\n\n| | |\n| --- | --- |\n| calls per customer and month | 500 |\n"
        "| price per call | 0.01 USD |\n"
        "| cost per customer and month | 5 USD |\n"
    )
    assert not repo_of(tmp_path / "one", {"docs/a.md": text}).costs.estimated.ok  # no heading names who pays
    named = text.replace("Unit economics", "Price of a customer")
    assert repo_of(tmp_path / "two", {"docs/a.md": named}).costs.estimated.ok


@pytest.mark.parametrize(
    ("model", "is_small"),
    [("gpt-4o-mini", True), ("claude-3-haiku-20240307", True), ("gemini-1.5-flash", True), ("gpt-3.5-turbo", True),
     ("amazon.nova-micro-v1:0", True), ("llama-3-8b-instruct", True), ("llama3:8b", True),
     ("mistral-small-latest", True),
     ("gemini-1.5-pro", False), ("gpt-4", False), ("claude-3-opus", False), ("llama-3-70b", False),
     ("command-r-plus", False)],
)  # fmt: skip
def test_small_models(model: str, is_small: bool) -> None:
    assert bool(SMALL.search(model)) is is_small


HEAD = (
    "import json, os, boto3\nfrom openai import OpenAI\nclient = OpenAI()\nruntime = boto3.client('bedrock-runtime')\n"
)
ASK = "client.chat.completions.create(model='gpt-4o', messages=[{'content': prompt}]"
CAPPED = [
    f"def ask(prompt):\n    return {ASK}, max_tokens=9)\n",
    f"def ask(prompt, limit=9):\n    return {ASK}, max_completion_tokens=limit)\n",
    f"OPTIONS = {{'max_tokens': 9}}\ndef ask(prompt):\n    return {ASK}, **OPTIONS)\n",
    f"def ask(prompt):\n    options = dict(max_tokens=9)\n    return {ASK}, **options)\n",
    f"def ask(prompt):\n    options = {{}}\n    options['max_tokens'] = 9\n    return {ASK}, **options)\n",
    "def ask(prompt):\n    return runtime.converse(modelId='m', messages=[prompt], inferenceConfig={'maxTokens': 9})\n",
    "def body(prompt):\n    return json.dumps({'prompt': prompt, 'max_tokens_to_sample': 9})\n"
    "def ask(prompt):\n    return runtime.invoke_model(modelId='m', body=body(prompt))\n",
]
OPEN = [
    f"def ask(prompt):\n    return {ASK})\n",
    f"def ask(prompt):\n    return {ASK}, max_tokens=None)\n",
    f"max_tokens = 9\ndef ask(prompt):\n    return {ASK}, temperature=0)\n",
    "def ask(prompt):\n    return runtime.invoke_model(modelId='m', body=json.dumps({'prompt': prompt}))\n",
]


@pytest.mark.parametrize("source", CAPPED, ids=range(len(CAPPED)))
def test_output_limits(source: str, tmp_path: Path) -> None:
    assert repo_of(tmp_path, {"ask.py": HEAD + source}).costs.levers.token_cap.ok


@pytest.mark.parametrize("source", OPEN, ids=range(len(OPEN)))
def test_calls_without_limit(source: str, tmp_path: Path) -> None:
    assert not repo_of(tmp_path, {"ask.py": HEAD + source}).costs.levers.token_cap.ok


CACHES = (
    "from cachetools import TTLCache\nclass Cache:\n    def __init__(self):\n        self._cache = TTLCache(9, 9)\n"
    "    def get(self, key):\n        return self._cache.get(key)\n    def set(self, key, value):\n"
    "        self._cache[key] = value\ncache = Cache()\n"
)
CALL = f"{ASK}, max_tokens=9)"
BEHIND = [
    f"def ask(prompt):\n    known = cache.get(prompt)\n    if known:\n        return known\n    return {CALL}\n",
    f"def ask(prompt):\n    if (known := cache.get(prompt)) is not None:\n        return known\n    return {CALL}\n",
    f"def ask(prompt):\n    return cache.get_or_set(prompt, lambda: {CALL})\n",
    f"from functools import cache as kept\n@kept\ndef ask(prompt):\n    return {CALL}\n",
    f"def known(prompt):\n    return cache.get(prompt)\ndef ask(prompt):\n    found = known(prompt)\n    if found:\n"
    f"        return found\n    return {CALL}\n",
    f"def kept(function):\n    def inner(prompt):\n        found = cache.get(prompt)\n        if found:\n"
    f"            return found\n        return function(prompt)\n    return inner\n@kept\ndef ask(prompt):\n"
    f"    return {CALL}\n",
    f"def _ask(prompt):\n    return {CALL}\ndef ask(prompt):\n    found = cache.get(prompt)\n    if found:\n"
    "        return found\n    return _ask(prompt)\n",
]
BEFORE = [
    f"def ask(prompt):\n    return {CALL}\n",
    f"def ask(prompt):\n    known = cache.get(prompt)\n    return {CALL}\n",
    f"def ask(prompt):\n    answer = {CALL}\n    cache.set(prompt, answer)\n    return answer\n",
    f"def ask(prompt):\n    answer = {CALL}\n    if cache.get(prompt):\n        return cache.get(prompt)\n"
    f"    return answer\n",
    f"def _ask(prompt):\n    return {CALL}\ndef ask(prompt):\n    found = cache.get(prompt)\n    if found:\n"
    "        return found\n    return _ask(prompt)\ndef other(prompt):\n    return _ask(prompt)\n",
]


@pytest.mark.parametrize("source", BEHIND, ids=range(len(BEHIND)))
def test_calls_behind_a_cache(source: str, tmp_path: Path) -> None:
    files = {"caching.py": CACHES, "ask.py": f"{HEAD}from caching import cache\n{source}"}
    assert repo_of(tmp_path, files).costs.levers.cache_on_path.ok


@pytest.mark.parametrize("source", BEFORE, ids=range(len(BEFORE)))
def test_calls_that_no_cache_spares(source: str, tmp_path: Path) -> None:
    files = {"caching.py": CACHES, "ask.py": f"{HEAD}from caching import cache\n{source}"}
    assert not repo_of(tmp_path, files).costs.levers.cache_on_path.ok


def tiered(folder: Path, model: str, head: str = "") -> bool:
    source = f"{HEAD}{head}\ndef ask(prompt, task, x):\n    return {ASK.replace(repr('gpt-4o'), model)})\n"
    return repo_of(folder, {"ask.py": source}).costs.levers.model_tiering.ok


@pytest.mark.parametrize(
    ("model", "head", "is_one"),
    [
        ("'gpt-4o-mini' if x else 'gpt-4o'", "", True),
        ("MODELS[task]", "MODELS = {'tag': 'a', 'plan': 'b'}", True),
        ("pick(task)", "def pick(task):\n    if task == 'tag':\n        return 'a'\n    return 'b'", True),
        ("MODELS.get(task, 'b')", "MODELS = {'tag': 'a', 'plan': 'b'}", True),
        ("'gpt-4o'", "", False),
        ("'gpt-4o-mini'", "", False),
        ("'gpt-4o' if x else 'gpt-4-turbo'", "", False),
        ("MODELS[x]", "MODELS = {'tag': 'gpt-4o-mini', 'plan': 'gpt-4o'}", False),
        ("pick(task)", "def pick(task):\n    return 'gpt-4o'", False),
    ],
)
def test_model_tiers(model: str, head: str, is_one: bool, tmp_path: Path) -> None:
    assert tiered(tmp_path, model, head) is is_one


LEDGER = (
    "import logging, requests, smtplib\nlog = logging.getLogger()\nclass Ledger:\n    def __init__(self, budget):\n"
    "        self.budget, self.cost = budget, 0.0\n    def add(self, amount):\n        self.cost += amount\n"
)
GUARDS = {
    "a webhook": ("if self.cost > self.budget:\n    requests.post(SLACK_WEBHOOK, json={'text': 'over'})", True),
    "a mail": ("if self.budget < self.cost:\n    smtplib.SMTP('x').sendmail('a', 'b', 'over')", True),
    "an exception": ("if self.cost >= self.budget:\n    raise RuntimeError('over')", True),
    "through a method": ("if self.cost >= self.budget:\n    self.tell()", True),
    "through a name": ("over = self.cost >= self.budget\nif over:\n    raise RuntimeError('over')", True),
    "the other way round": ("if self.cost < self.budget:\n    return\nraise RuntimeError('over')", True),
    "a log line": ("if self.cost > self.budget:\n    log.error('over')", False),
    "a flag": ("self.over = self.cost > self.budget", False),
    "another request": ("if self.cost > self.budget:\n    requests.post('https://a.example', json={})", False),
    "another comparison": ("if amount > self.limit:\n    raise ValueError(amount)", False),
}


@pytest.mark.parametrize("kind", GUARDS)
def test_budgets_in_code(kind: str, tmp_path: Path) -> None:
    body, has_consequence = GUARDS[kind]
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    tell = "    def tell(self):\n        requests.post('https://hooks.slack.com/x', json={})\n"
    user = "from ledger import Ledger\nledger = Ledger(5)\ndef pay(x):\n    ledger.add(x)\n"
    repo = repo_of(tmp_path, {"ledger.py": LEDGER + lines + tell, "pay.py": user})
    assert repo.costs.spending.alerted.ok is has_consequence
