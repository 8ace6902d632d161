"""Which names are personal data, and which functions mask it."""

from __future__ import annotations

import ast
import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_readiness.repo import Repo
from pytest_readiness.repo.pii import pii_part, pii_phrase
from pytest_readiness.repo.privacy.patterns import SAMPLES, kinds_hit

PATTERNS = r"""
import re
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
PHONE = re.compile(r"(?:\+46|\b0)[ -]?\d{1,3}[ -]?\d[\d -]{4,9}\d")
PNR = re.compile(r"\b(?:\d{2})?\d{6}[-+]\d{4}\b")
"""


@pytest.mark.parametrize(
    ("name", "phrase"),
    [
        ("email", "email"),
        ("user_email", "email"),
        ("userEmails", "email"),
        ("EMAIL", "email"),
        ("e_mail", "e mail"),
        ("email_address", "email address"),
        ("personnummer", "personnummer"),
        ("SSN", "ssn"),
        ("customerPhoneNumber", "phone number"),
        ("home_addresses", "home address"),
        ("firstname", "first name"),
        ("memories", "memories"),
        ("transcript_content", "transcript content"),
        ("system_prompt", "prompt"),
        ("user-input", "user input"),
        ("email2", "email"),
        ("is_email", None),
        ("num_memories", None),
        ("max_prompt", None),
        ("email_id", None),
        ("email_hash", None),
        ("user_id", None),
        ("ip_address", None),
        ("name", None),
        ("prompt_tokens", None),
        ("mail", None),
        ("__", None),
        ("", None),
    ],
)
def test_the_last_words_decide(name: str, phrase: str | None) -> None:
    assert pii_phrase(name) == phrase


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("email", "email"),
        ("user.email", "email"),
        ("row['ssn']", "ssn"),
        ("row.get('phone', '')", "phone"),
        ("transcript.text", "transcript"),
        ("self.memories.items", "memories"),
        ("email.id", None),
        ("emails[0]", None),
        ("get('phone')", None),
        ("message.content", None),
        ("'email'", None),
    ],
)
def test_parts_of_records(source: str, name: str | None) -> None:
    assert pii_part(ast.parse(source, mode="eval").body) == name


@given(st.text())
def test_any_name_is_answered(name: str) -> None:
    assert pii_phrase(f"is_{name}") is None


@pytest.mark.parametrize(
    ("pattern", "kinds"),
    [
        (r"[\w.+-]+@[\w-]+\.[\w.]+", {"email"}),
        (r"^[^@]+@[^@]+$", {"email"}),
        (r"\b\d{6}[-+]\d{4}\b", {"personal identity number"}),
        (r"\b(?:\d{4}[ -]?){3}\d{4}\b", {"payment card"}),
        (r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4})+", {"IBAN"}),
        (r"EMAIL", set()),
        (r"@", set()),
        (r".", set()),
        (r"\w+", set()),
        (r"[^\w.-]+", set()),
        (r"(unclosed", set()),
        (r"\bpassword=\S+", set()),
    ],
)
def test_patterns_are_run_on_samples(pattern: str, kinds: set[str]) -> None:
    assert kinds_hit(pattern) - {"IBAN"} == kinds - {"IBAN"}
    assert ("IBAN" in kinds_hit(pattern)) >= ("IBAN" in kinds)


def test_flags_are_honoured() -> None:
    verbose = "[A-Z.]+ @ [A-Z.]+  # an address"
    assert kinds_hit(verbose) == frozenset()
    assert kinds_hit(verbose, ("X", "I")) == {"email"}


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "pattern",
    [
        r"(\w+\s?)+$|(.*a){25}b",
        r"((((a{100}){100}){100}){100})",
        r"(?:(?:a?){1000}){1000}",
        r"[\w\W]{1000000000}",
        "(" * 3000 + "a" + ")" * 3000,
        "a" * 100_000,
        "{" * 50,
        "[",
        "\\",
    ],
)
def test_a_hostile_pattern_hits_nothing_and_ends(pattern: str) -> None:
    assert kinds_hit(pattern) == frozenset()


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="ab(){}[]|*+?\\^$.,0123456789:<>=!-", max_size=40))
def test_any_pattern_is_answered(pattern: str) -> None:
    assert kinds_hit(pattern) <= SAMPLES.keys()


def repo_of(folder: Path, **files: str) -> Repo:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(textwrap.dedent(text))
    return Repo(folder)


def masking(folder: Path, body: str, **files: str) -> set[str]:
    """Qualified names of the maskers among the functions of a module with patterns at hand."""
    repo = repo_of(folder, masking=PATTERNS + textwrap.dedent(body), **files)
    return {m.function.qualname for m in repo.privacy.maskers.all}


@pytest.mark.parametrize(
    "body",
    [
        """
        def clean(text):
            text = EMAIL.sub("[email]", text)
            text = PHONE.sub("[phone]", text)
            return PNR.sub("[pnr]", text)
        """,
        """
        def clean(text: str) -> str:
            if not text:
                return text
            for pattern in (EMAIL, PHONE, PNR):
                text = pattern.sub("***", text)
            return text
        """,
        """
        RULES = {"mail": EMAIL, "phone": PHONE, "pnr": PNR}
        def clean(text):
            for name, pattern in RULES.items():
                text = pattern.sub(f"<{name}>", text)
            return text
        """,
        r"""
        RULES = {"mail": r"\S+@\S+\.\w+", "phone": r"\+46[\d ]+\d", "pnr": r"\d{6}-\d{4}"}
        COMPILED = {name: re.compile(p, re.I) for name, p in RULES.items()}
        def clean(text):
            for name, pattern in COMPILED.items():
                text = pattern.sub("x", text)
            return text
        """,
        r"""
        RULES = [(r"\S+@\S+\.\w+", "<mail>"), (r"\+46[\d ]+\d", "<phone>"), (r"\d{6}-\d{4}", "<pnr>")]
        def clean(text):
            for pattern, label in RULES:
                text = re.sub(pattern, label, text)
            return text
        """,
        r"""
        from dataclasses import dataclass
        @dataclass
        class Rule:
            label: str
            pattern: re.Pattern
        RULES = [Rule("mail", EMAIL), Rule(label="phone", pattern=PHONE), Rule("pnr", PNR)]
        def clean(text):
            for rule in RULES:
                text = rule.pattern.sub(rule.label, text)
            return text
        """,
        """
        def _mail(text):
            return EMAIL.sub("x", text)
        def _phone(text):
            return PHONE.sub("x", text)
        def _pnr(text):
            return PNR.sub("x", text)
        def clean(text):
            return _pnr(_phone(_mail(text)))
        """,
        """
        def _mail(text):
            return EMAIL.sub("x", text)
        def _phone(text):
            return PHONE.sub("x", text)
        def _pnr(text):
            return PNR.sub("x", text)
        STEPS = [_mail, _phone, _pnr]
        def clean(text):
            for step in STEPS:
                text = step(text)
            return text
        """,
        """
        def clean(text):
            for pattern in (EMAIL, PHONE, PNR):
                for found in pattern.findall(text):
                    text = text.replace(found, "***")
            return text
        """,
        """
        def clean(text):
            joined = re.compile("|".join([r"\\S+@\\S+", r"\\+46[\\d ]+", r"\\d{6}-\\d{4}"]))
            return joined.sub(lambda m: m.group()[:2] + "***", text)
        """,
        """
        HIDDEN = {"email", "phone", "ssn", "password"}
        def clean(record):
            return {k: "***" if k.lower() in HIDDEN else v for k, v in record.items()}
        """,
        """
        HIDDEN = frozenset(["customer_email", "phone_number", "iban"])
        def clean(record):
            out = dict(record)
            for name in HIDDEN:
                if name in out:
                    out[name] = "***"
            return out
        """,
        """
        HIDDEN = ("email", "phone", "ssn")
        def _hidden(key):
            return any(h in key for h in HIDDEN)
        def clean(record):
            out = {}
            for key, value in record.items():
                if _hidden(key):
                    out[key] = "***"
                else:
                    out[key] = value
            return out
        """,
    ],
)
def test_a_masker_is_known_by_what_it_does(tmp_path: Path, body: str) -> None:
    assert "clean" in masking(tmp_path, body)


@pytest.mark.parametrize(
    "body",
    [
        "def mask(text):\n    return text\n",
        "def mask(text):\n    # TODO: mask\n    return text.strip()\n",
        "def mask(text):\n    return EMAIL.sub('x', text)\n",
        "def mask(t):\n    EMAIL.sub('x', t)\n    PHONE.sub('x', t)\n    PNR.sub('x', t)\n    return t\n",
        "def mask(t):\n    clean = PNR.sub('x', PHONE.sub('x', EMAIL.sub('x', t)))\n    print(clean)\n    return t\n",
        "def mask(text):\n    return text\n    return PNR.sub('x', PHONE.sub('x', EMAIL.sub('x', text)))\n",
        "def mask(t):\n    a = EMAIL.sub('x', t)\n    a = PHONE.sub('x', t)\n    a = PNR.sub('x', t)\n    return a\n",
        "def mask(text):\n    return bool(EMAIL.search(text) or PHONE.search(text) or PNR.search(text))\n",
        "def mask(text):\n    return PNR.sub(r'\\g<0>', PHONE.sub(lambda m: m.group(0), EMAIL.sub('x', text)))\n",
        "def mask(text, debug=False):\n    if debug:\n        return PNR.sub('', PHONE.sub('', EMAIL.sub('', text)))\n"
        "    return text\n",
        "def mask(text):\n    return PNR.sub('x', PHONE.sub('x', EMAIL.sub('x', 'a constant')))\n",
        "def sanitize(name):\n    return re.sub(r'[^A-Za-z0-9_.-]', '_', name)\n",
        "FIELDS = {'email', 'phone', 'ssn'}\ndef mask(record):\n    for k in record:\n        if k in FIELDS:\n"
        "            print('found')\n    return record\n",
        "FIELDS = {'email', 'phone', 'ssn'}\ndef mask(record):\n"
        "    hidden = {k: '*' if k in FIELDS else v for k, v in record.items()}\n    return record\n",
        "FIELDS = {'password', 'token', 'secret'}\ndef mask(record):\n"
        "    return {k: '*' if k in FIELDS else v for k, v in record.items()}\n",
    ],
)
def test_a_name_makes_no_masker(tmp_path: Path, body: str) -> None:
    assert masking(tmp_path, body) == set()


def test_a_masker_that_walks_nested_values(tmp_path: Path) -> None:
    body = """
    class Privacy:
        def __init__(self):
            self._patterns = [EMAIL, PHONE, PNR]

        def text(self, value):
            for pattern in self._patterns:
                value = pattern.sub("***", value)
            return value

        def any(self, value):
            if isinstance(value, str):
                return self.text(value)
            if isinstance(value, dict):
                return {k: self.any(v) for k, v in value.items()}
            if isinstance(value, list):
                return [self.any(v) for v in value]
            return value
    """
    assert masking(tmp_path, body) == {"Privacy.text", "Privacy.any"}


def test_patterns_may_stand_in_another_module(tmp_path: Path) -> None:
    use = """
    from masking import EMAIL as MAIL, PHONE
    import masking
    def clean(text):
        return masking.PNR.sub("", PHONE.sub("", MAIL.sub("", text)))
    """
    assert masking(tmp_path, "", use=use) == {"clean"}


@pytest.mark.parametrize(
    ("use", "applied"),
    [
        ("from masking import clean\ndef f(x):\n    return clean(x)\n", True),
        ("import masking as m\ndef f(x):\n    return m.clean(x)\n", True),
        ("from masking import other\ndef f(x):\n    return other(x)\n", False),
        (
            "from presidio_anonymizer import AnonymizerEngine\nengine = AnonymizerEngine()\n"
            "def f(x):\n    return engine.anonymize(text=x, analyzer_results=[])\n",
            True,
        ),
        ("import scrubadub\ndef f(x):\n    return scrubadub.clean(x)\n", True),
        (
            "class Form:\n    def clean(self, x):\n        return x\ndef f(x):\n    return Form().clean(x)\n",
            False,
        ),
    ],
)
def test_calls_that_mask(tmp_path: Path, use: str, applied: bool) -> None:
    body = "def clean(t):\n    return PNR.sub('', PHONE.sub('', EMAIL.sub('', t)))\ndef other(t):\n    return t\n"
    repo = repo_of(tmp_path, masking=PATTERNS + body, use=use)
    module = repo.modules["use.py"]
    calls = [r.value for f in module.functions if f.name == "f" for r in f.returns]
    assert [repo.privacy.maskers.applies(module, c) for c in calls if c is not None] == [applied]


def test_an_injected_masker(tmp_path: Path) -> None:
    use = """
    from masking import Privacy
    class Gateway:
        def __init__(self, privacy):
            self.privacy = privacy
        def ask(self, x):
            return self.privacy.clean(x)
    gateway = Gateway(Privacy())
    """
    body = "class Privacy:\n    def clean(self, t):\n        return PNR.sub('', PHONE.sub('', EMAIL.sub('', t)))\n"
    repo = repo_of(tmp_path, masking=PATTERNS + body, use=use)
    module = repo.modules["use.py"]
    ask = next(f for f in module.functions if f.name == "ask")
    assert repo.privacy.maskers.applies(module, ask.returns[0].value or ast.Constant(None))


@pytest.mark.timeout(60)
def test_functions_in_circles_end(tmp_path: Path) -> None:
    names = [f"f{i}" for i in range(14)]
    functions = "\n".join(
        f"def {n}(x):\n    x = EMAIL.sub('', x)\n" + "".join(f"    x = {m}(x)\n" for m in names) + "    return x"
        for n in names
    )
    assert masking(tmp_path, functions) == set()
