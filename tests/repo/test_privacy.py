"""Where personal data is logged, sent, erased: what the examples of the checks leave open."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from pytest_readiness.repo import Repo
from pytest_readiness.repo.privacy.regions import is_eu, looks_like_region

MASKING = r"""
import logging
import re
RULES = [re.compile(p) for p in (r"\S+@\S+\.\w+", r"\+46[\d ]+\d", r"\d{6}-\d{4}")]
def mask(text):
    for rule in RULES:
        text = rule.sub("***", text)
    return text
class Filter(logging.Filter):
    def filter(self, record):
        record.msg = mask(record.getMessage())
        record.args = ()
        return True
class Formatter(logging.Formatter):
    def format(self, record):
        return mask(super().format(record))
class Inline(logging.Filter):
    def filter(self, record):
        for rule in RULES:
            record.msg = rule.sub("***", str(record.msg))
        return True
class Idle(logging.Filter):
    def filter(self, record):
        mask(record.getMessage())
        return True
def factory(*args, **options):
    record = logging.LogRecord(*args, **options)
    record.msg = mask(str(record.msg))
    return record
def processor(logger, name, event):
    event["event"] = mask(event["event"])
    return event
"""
ROOT = "root = logging.getLogger()\n"
HANDLER = "handler = logging.StreamHandler()\n"


def repo_of(folder: Path, **files: str) -> Repo:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(textwrap.dedent(text))
    return Repo(folder)


def logged(folder: Path, body: str, head: str = "") -> tuple[list[str], list[str]]:
    """What the log calls of a function `f(email, user, text)` disclose, and what they hide."""
    lines = textwrap.indent(textwrap.dedent(body), "    ")
    source = f"import json, logging\nfrom masking import mask\nlogger = logging.getLogger()\n{head}\n"
    repo = repo_of(folder, masking=MASKING, app=f"{source}def f(email, user, text):\n{lines}\n")
    places = [p for p in repo.privacy.logs.places if p.path == "app.py"]
    return [n for p in places for n in p.held.bare], [n for p in places for n in p.held.hidden]


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("logger.info(email)", ["email"]),
        ("logger.info('%s', email[:3])", ["email"]),
        ("logger.info('to ' + email.lower())", ["email"]),
        ("logger.info('{}'.format(user.phone_number))", ["phone_number"]),
        ("logger.info(','.join(u.email for u in user))", ["email"]),
        ("logger.info(getattr(user, 'ssn'))", ["ssn"]),
        ("logger.info(f'{user.transcript.text}')", ["transcript"]),
        ("logger.log(20, 'x', extra={'email': user.address_line})", ["email"]),
        ("logger.info('x', email=text)", ["email"]),
        ("logger.bind(email=email).info('x')", ["email"]),
        ("self.logger.warning(dict(a=email))", ["email"]),
        ("logging.getLogger('x').error(email)", ["email"]),
        ("print(json.dumps({'a': [email]}))", ["email"]),
        ("line = f'to {email}'\nlogger.info(line)", ["line"]),
        ("lines = []\nlines.append(email)\nlogger.info(lines)", ["lines"]),
        ("for prompt in text:\n    logger.info(prompt)", ["prompt"]),
        ("email = email or text\nlogger.info(email)", ["email"]),
        ("def inner():\n    logger.info(email)\ninner()", ["email"]),
        ("a = same(email)\nlogger.info(a)", ["a"]),
        ("logger.info(email if user else '')", ["email"]),
    ],
)
def test_personal_data_in_a_log_call(tmp_path: Path, body: str, names: list[str]) -> None:
    assert logged(tmp_path, body, "def same(x):\n    return x.strip()\n")[0] == names


@pytest.mark.parametrize(
    "body",
    [
        "logger.info('email')",
        "logger.info(user.id)",
        "logger.info('%s', email == text)",
        "logger.info('%s', email is None)",
        "logger.info('yes' if email else 'no')",
        "logger.info(find(email))",
        "logger.info(user.email_id)",
        "logger.info('x', extra={'email': None})",
        "logger.info('x', extra={'email_count': 3})",
        "prompt = 'Be brief.'\nlogger.info(prompt)",
        "row = {'id': 1, 'email': email}\nlogger.info(row['id'])",
        "row = {'id': 1, 'email': email}\nnumber = row.get('id')\nlogger.info(number)",
        "logger.info(settings.SUPPORT_EMAIL)",
        "user.info(email)",
        "math.log(email)",
        "email = 'nobody'\nlogger.info(email)",
    ],
)
def test_log_calls_without_personal_data(tmp_path: Path, body: str) -> None:
    assert logged(tmp_path, body, "def find(x):\n    return db[len(x)]\n") == ([], [])


@pytest.mark.parametrize(
    "body",
    [
        "logger.info(mask(email))",
        "logger.info('%d %s', len(email), type(email))",
        "logger.info(hashlib.sha256(email.encode()).hexdigest()[:8])",
        "email = mask(email)\nlogger.info(email)",
        "email = f'<{mask(email)}>'\nlogger.info(email)",
    ],
)
def test_hidden_personal_data(tmp_path: Path, body: str) -> None:
    bare, hidden = logged(tmp_path, body)
    assert bare == []
    assert "email" in hidden


def root_masking(folder: Path, body: str) -> bool:
    lines = textwrap.indent(body, "    ")
    source = (
        "import logging, logging.config\nimport structlog\nfrom loguru import logger\nimport masking\n"
        f"def set_up():\n{lines}\nif __name__ == '__main__':\n    set_up()\n"
    )
    return repo_of(folder, masking=MASKING, main=source).privacy.logs.root_masking is not None


DICT_CONFIG = """logging.config.dictConfig({
    "filters": {"pii": {"()": FILTER}},
    "handlers": {"out": {"class": "logging.StreamHandler", "filters": ["pii"]}, "plain": {}},
    "root": {"handlers": [ROOTS]},
})
"""


@pytest.mark.parametrize(
    "body",
    [
        ROOT + HANDLER + "handler.addFilter(masking.Filter())\nroot.addHandler(handler)",
        ROOT + HANDLER + "handler.setFormatter(masking.Formatter())\nroot.addHandler(handler)",
        ROOT + HANDLER + "handler.addFilter(masking.Inline())\nroot.addHandler(handler)",
        HANDLER + "handler.addFilter(masking.Filter())\nlogging.basicConfig(handlers=[handler])",
        "for handler in logging.getLogger().handlers:\n    handler.addFilter(masking.Filter())",
        "logging.root.handlers[0].addFilter(masking.Filter())",
        "logging.setLogRecordFactory(masking.factory)",
        "structlog.configure(processors=[masking.processor, structlog.processors.JSONRenderer()])",
        DICT_CONFIG.replace("FILTER", "masking.Filter").replace("ROOTS", '"out"'),
        DICT_CONFIG.replace("FILTER", '"masking.Filter"').replace("ROOTS", '"out"'),
    ],
)
def test_masking_of_every_record(tmp_path: Path, body: str) -> None:
    assert root_masking(tmp_path, body)


@pytest.mark.parametrize(
    "body",
    [
        "logging.getLogger().addFilter(masking.Filter())",
        ROOT + HANDLER + "handler.addFilter(masking.Idle())\nroot.addHandler(handler)",
        HANDLER + "handler.addFilter(masking.Filter())\nlogging.getLogger('app').addHandler(handler)",
        HANDLER + "handler.addFilter(masking.Filter())",
        ROOT + HANDLER + "handler.addFilter(masking.Filter())\nroot.addHandler(handler)\nroot.addHandler(other())",
        "for handler in logging.getLogger('x').handlers:\n    handler.addFilter(masking.Filter())",
        "structlog.configure(processors=[structlog.processors.JSONRenderer()])",
        DICT_CONFIG.replace("FILTER", "masking.Filter").replace("ROOTS", '"plain"'),
        DICT_CONFIG.replace("FILTER", "masking.Filter").replace("ROOTS", '"out", "plain"'),
        DICT_CONFIG.replace("FILTER", "masking.Idle").replace("ROOTS", '"out"'),
    ],
)
def test_masking_that_misses_records(tmp_path: Path, body: str) -> None:
    assert not root_masking(tmp_path, body)


def sources(folder: Path, **files: str) -> list[str | None]:
    """Where unmasked text comes from, for each call of a model; None where there is none."""
    repo = repo_of(folder, masking=MASKING, **files)
    sent = [s for c in repo.llm.calls.callers for s in repo.privacy.prompts.sent(c)]
    return [s.source.note.removeprefix("unmasked text: ") if s.source else None for s in sent]


ASK = "from openai import OpenAI\nfrom masking import mask\nclient = OpenAI()\n"


@pytest.mark.parametrize(
    ("body", "source"),
    [
        ("def ask(text):\n    return client.responses.create(model='m', input=mask(text))", None),
        ("def ask(text):\n    return client.responses.create(model='m', input=text)", "the parameter text"),
        ("def ask(n: int):\n    return client.responses.create(model='m', input=f'{n} words, {mask(t())}')", None),
        (
            "class A:\n    def __init__(self, transcript):\n        self.transcript = transcript\n"
            "    def ask(self):\n        return client.responses.create(model='m', input=self.transcript)",
            "self.transcript",
        ),
        (
            "class A:\n    def __init__(self, transcript):\n        self.transcript = mask(transcript)\n"
            "    def ask(self):\n        return client.responses.create(model='m', input=f'Read {self.transcript}')",
            None,
        ),
        (
            "def masked(f):\n    def run(text):\n        return f(mask(text))\n    return run\n"
            "@masked\ndef ask(text):\n    return client.responses.create(model='m', input=text)",
            None,
        ),
        (
            "def plain(f):\n    def run(text):\n        return f(text)\n    return run\n"
            "@plain\ndef ask(text):\n    return client.responses.create(model='m', input=text)",
            "the parameter text",
        ),
        (
            "def ask(*, options):\n    return client.responses.create(model='m', **options)\n"
            "def go(text):\n    return ask(options={'input': mask(text)})",
            None,
        ),
        (
            "def ask(prompt):\n    return client.responses.create(model='m', input=prompt)\n"
            "def a(x):\n    return ask(mask(x))\ndef b(x):\n    return a(x)",
            None,
        ),
        (
            "def ask(prompt):\n    return client.responses.create(model='m', input=prompt)\n"
            "def a(x):\n    return ask(x)\ndef b(x):\n    return a(mask(x))",
            None,
        ),
        (
            "def ask(prompt):\n    return client.responses.create(model='m', input=prompt)\n"
            "def a(x):\n    return breaker.call(ask, prompt=x)\n",
            "the parameter x",
        ),
        (
            "def ask(path):\n    text = open(path).read()\n    return client.responses.create(model='m', input=text)",
            "open(path).read()",
        ),
        (
            "def ask(x):\n    rules = open('rules.txt').read()\n"
            "    return client.responses.create(model='m', input=rules + mask(x))",
            None,
        ),
        (
            "def ask(messages):\n    safe = [{**m, 'content': mask(m['content'])} for m in messages]\n"
            "    return client.responses.create(model='m', input=safe)",
            None,
        ),
        (
            "def ask(messages):\n    safe = [{**m, 'content': m['content']} for m in messages]\n"
            "    return client.responses.create(model='m', input=safe)",
            "the parameter messages",
        ),
        (
            "def ask(messages):\n    for m in messages:\n        m['content'] = mask(m['content'])\n"
            "    return client.responses.create(model='m', input=messages)",
            None,
        ),
        (
            "def ask(messages, more):\n    for m in messages:\n        m['content'] = mask(m['content'])\n"
            "    messages = messages + more\n    return client.responses.create(model='m', input=messages)",
            "the parameter more",
        ),
        (
            "def ask(messages):\n    for m in messages:\n        if m['role'] == 'user':\n"
            "            m['content'] = mask(m['content'])\n"
            "    return client.responses.create(model='m', input=messages)",
            "the parameter messages",
        ),
    ],
)
def test_what_is_sent_to_a_model(tmp_path: Path, body: str, source: str | None) -> None:
    found = sources(tmp_path, app=ASK + body)
    assert len(found) == 1
    assert found[0] == source or (source is not None and found[0] is not None and source in found[0])


@pytest.mark.parametrize(
    "region", ["eu-north-1", "eu-west-1", "europe-north1", "europe-west3-a", "swedencentral", "eu"]
)
def test_regions_inside(region: str) -> None:
    assert is_eu(region)


@pytest.mark.parametrize(
    "region", ["eu-west-2", "eu-central-2", "europe-west2", "europe-west6", "us-east-1", "uksouth", ""]
)
def test_regions_outside(region: str) -> None:
    assert not is_eu(region)


@pytest.mark.parametrize(("text", "expected"), [("us-central1", True), ("eastus2", True), ("upper left", False)])
def test_the_form_of_a_region(text: str, expected: bool) -> None:
    assert looks_like_region(text) is expected
