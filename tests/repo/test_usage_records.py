"""Records of the calls of models: which calls record, what they tell, and whether they are on the way of the call."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from pytest_readiness.repo import Repo
from pytest_readiness.repo.logs.order import together
from pytest_readiness.repo.modules import Module, call_name

CALL = (
    "answer = self.client.chat.completions.create(model='gpt-4o-mini', messages=[{'content': prompt}], max_tokens=9)\n"
    "usage = answer.usage\ncost = usage.total_tokens * 0.0000006\n"
)
HEAD = (
    "import asyncio, csv, json, logging, boto3, structlog\nfrom loguru import logger as loguru_logger\n"
    "from openai import OpenAI\nlog = logging.getLogger(__name__)\nevents = structlog.get_logger()\n"
)


def gateway(body: str, more: str = "", head: str = "") -> str:
    """A gateway whose method `ask(prompt, tenant_id)` runs the body."""
    return (
        f"{HEAD}{head}\nclass Gateway:\n    def __init__(self):\n        self.client = OpenAI()\n"
        f"    def ask(self, prompt, tenant_id):\n{textwrap.indent(body, '        ')}\n        return answer\n"
        f"{textwrap.indent(more, '    ')}\n"
    )


def judged(folder: Path, source: str, **files: str) -> tuple[bool, bool]:
    """Whether tenant and cost of the gateway's calls are recorded."""
    user = (
        "import sys\nfrom gateway import Gateway\ngateway = Gateway()\nprint(gateway.ask(sys.argv[1], sys.argv[2]))\n"
    )
    for name, text in {"gateway": source, "user": user, **files}.items():
        (folder / f"{name}.py").write_text(text, "utf-8")
    repo = Repo(folder)
    (caller,) = [c for c in repo.llm.calls.callers if c.name == "Gateway"]
    return repo.logging.usage.tenant(caller).ok, repo.logging.usage.cost(caller).ok


WRITES = {
    "structlog": "events.info('asked', tenant_id=tenant_id, cost_usd=cost)",
    "a bound logger": "events.bind(tenant_id=tenant_id).info('asked', cost=cost)",
    "loguru": "loguru_logger.info('{} {}', tenant_id, cost)",
    "percent": "log.info('tenant %s cost %f', tenant_id, cost)",
    "percent at once": "log.info('tenant %s cost %f' % (tenant_id, cost))",
    "format": "log.info('{t} {c}'.format(t=tenant_id, cost=cost), extra={'tenant_id': tenant_id})",
    "JSON in a message": "log.info(json.dumps({'tenant_id': tenant_id, 'cost': cost}))",
    "a record that grows": (
        "record = {'model': 'gpt-4o-mini'}\nrecord['tenant_id'] = tenant_id\nrecord.update(cost=cost)\n"
        "log.info('usage', extra=record)"
    ),
    "the client of DynamoDB": (
        "item = {'tenant_id': {'S': tenant_id}, 'cost': {'N': str(cost)}}\n"
        "boto3.client('dynamodb').put_item(TableName='usage', Item=item)"
    ),
    "SQL": "self.db.execute('INSERT INTO usage (tenant_id, cost_usd) VALUES (?, ?)', (tenant_id, cost))",
    "SQL by position": "self.db.execute('insert into usage (tenant_id, cost) values ($1, $2)', tenant_id, cost)",
    "a document": "self.db.usage.insert_one({'tenant_id': tenant_id, 'cost': cost})",
    "Django": "Usage.objects.create(tenant_id=tenant_id, cost=cost)",
    "Kinesis": "stream.put_record(Record={'Data': json.dumps({'tenant_id': tenant_id, 'cost': cost})})",
    "a file of lines": (
        "with open('u.jsonl', 'a') as stream:\n    json.dump({'tenant_id': tenant_id, 'cost': cost}, stream)"
    ),
    "a line on the screen": "print(json.dumps({'tenant_id': tenant_id, 'cost': cost}), flush=True)",
    "in the background": "asyncio.create_task(self.note(tenant_id, cost))",
    "in a thread": "asyncio.to_thread(self.note, tenant_id, cost)",
    "in a finally": "try:\n    self.check(answer)\nfinally:\n"
    "    log.info('asked', extra={'tenant_id': tenant_id, 'cost': cost})",
    "on a condition": "if usage:\n    log.info('asked', extra={'tenant_id': tenant_id, 'cost': cost})",
    "a sum of products": (
        "total = 0.0\nfor tokens, price in ((usage.prompt_tokens, 1.0), (usage.completion_tokens, 2.0)):\n"
        "    total += tokens * price\nlog.info('asked', extra={'tenant_id': tenant_id, 'cost': round(total, 6)})"
    ),
}
NOTE = "def note(self, tenant, amount):\n    self.table.put_item(Item={'tenant_id': tenant, 'cost_usd': amount})\n"


@pytest.mark.parametrize("kind", WRITES)
def test_records(kind: str, tmp_path: Path) -> None:
    assert judged(tmp_path, gateway(CALL + WRITES[kind], NOTE)) == (True, True)


NO_TENANT = {
    "a list": "self.usage.append({'tenant_id': tenant_id, 'cost': cost})",
    "an attribute": "self.last = {'tenant_id': tenant_id, 'cost': cost}",
    "a span": "span.set_attribute('tenant_id', tenant_id)",
    "plain print": "print('asked for', tenant_id, cost)",
    "a hash": "log.info('asked %s', hash(tenant_id))",
    "a constant": "log.info('asked', extra={'tenant_id': 'acme', 'cost': cost})",
    "an own class in memory": "Ledger().insert({'tenant_id': tenant_id, 'cost': cost})",
    "a row about something else": "self.db.session.add(Letter(tenant_id=tenant_id, text=answer))",
    "after the return": "return answer\nlog.info('asked', extra={'tenant_id': tenant_id, 'cost': cost})",
}
LEDGER = "class Ledger:\n    rows = []\n    def insert(self, row):\n        self.rows.append(row)\n"


@pytest.mark.parametrize("kind", NO_TENANT)
def test_what_records_no_tenant(kind: str, tmp_path: Path) -> None:
    assert judged(tmp_path, gateway(CALL + NO_TENANT[kind], head=LEDGER)) == (False, False)


NO_COST = {
    "tokens": "log.info('asked', extra={'tenant_id': tenant_id, 'tokens': usage.total_tokens})",
    "a constant": "log.info('asked', extra={'tenant_id': tenant_id, 'cost': 0.01})",
    "a product without usage": "log.info('asked', extra={'tenant_id': tenant_id, 'cost': 0.01 * self.factor})",
    "a parameter's default": "self.keep(tenant_id)",
    "a function that gives nothing": "log.info('asked', extra={'tenant_id': tenant_id, 'cost': price(usage)})",
}
KEEP = "def keep(self, tenant, cost=0.0):\n    log.info('asked', extra={'tenant_id': tenant, 'cost': cost})\n"


@pytest.mark.parametrize("kind", NO_COST)
def test_what_records_no_cost(kind: str, tmp_path: Path) -> None:
    head = "def price(usage):\n    return 0.0\n"
    assert judged(tmp_path, gateway(CALL + NO_COST[kind], KEEP, head)) == (True, False)


def test_each_call_needs_its_record(tmp_path: Path) -> None:
    second = (
        "def other(self, prompt):\n    return self.client.chat.completions.create(messages=[{'content': prompt}])\n"
    )
    body = CALL + WRITES["structlog"]
    assert judged(tmp_path, gateway(body, second)) == (False, False)


def test_a_context_manager_around_the_call(tmp_path: Path) -> None:
    head = (
        "from contextlib import contextmanager\n@contextmanager\ndef metered(tenant_id):\n    box = {}\n    yield box\n"
        "    log.info('model asked', extra={'tenant_id': tenant_id, 'cost': box['usage'].total_tokens * 0.1})\n"
    )
    body = f"with metered(tenant_id) as box:\n{textwrap.indent(CALL, '    ')}    box['usage'] = usage"
    assert judged(tmp_path, gateway(body, head=head)) == (True, True)


def test_a_subclass_that_records(tmp_path: Path) -> None:
    loud = (
        "from gateway import Gateway, log\nclass Loud(Gateway):\n    def ask(self, prompt, tenant_id):\n"
        "        answer = super().ask(prompt, tenant_id)\n"
        "        log.info('asked', extra={'tenant_id': tenant_id, 'cost': answer.usage.total_tokens * 0.1})\n"
        "        return answer\n"
    )
    assert judged(tmp_path, gateway(CALL), loud=loud) == (True, True)


@pytest.mark.parametrize(
    ("body", "is_together"),
    [
        ("first()\nsecond()", True),
        ("second()\nfirst()", True),
        ("x = (first(), second())", True),
        ("return first()\nsecond()", False),
        ("if a:\n    first()\nelse:\n    second()", False),
        ("if a:\n    second()\n    return\nfirst()", False),
        ("if a:\n    second()\nfirst()", True),
        ("try:\n    first()\nexcept E:\n    second()", False),
        ("try:\n    first()\nexcept E:\n    x()\nsecond()", True),
        ("try:\n    return first()\nfinally:\n    second()", True),
        ("try:\n    first()\nexcept E:\n    pass\nelse:\n    second()", True),
        ("second()\ntry:\n    x()\nexcept E:\n    first()", True),
        ("for a in b:\n    if a:\n        first()\n        break\nsecond()", True),
        ("for a in b:\n    if a:\n        first()\n        continue\n    second()", False),
        ("with a:\n    first()\nsecond()", True),
        ("if a:\n    first()\n    raise E\nsecond()", False),
        ("if a:\n    first()\n    if b:\n        return 1\n    else:\n        return 2\nsecond()", False),
        ("while a:\n    first()\nelse:\n    second()", True),
    ],
)
def test_what_runs_together(body: str, is_together: bool) -> None:
    module = Module("m.py", f"def f(a, b):\n{textwrap.indent(body, '    ')}\n")
    function = module.functions[0]
    calls = {call_name(c): c for c in function.calls}
    assert together(function, calls["first"], calls["second"]) is is_together
