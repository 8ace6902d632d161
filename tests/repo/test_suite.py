"""Which tests of a repository are found, can run, count, and why others do not."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from pytest_readiness.repo import Repo

PRODUCT = {
    "app/__init__.py": "",
    "app/plans.py": "def plan(x):\n    return sorted(x)\n\nclass Planner:\n    plan = plan\n",
}
SWITCH = "ON = os.getenv('ON', '0') == '1'\n"
FIXTURE = "@pytest.fixture\nasync def it():\n    return plan('a')\n\n"
HEAD = "import asyncio, os, pytest, unittest\nfrom app.plans import plan\n"


def repository(folder: Path, test: str, **files: str) -> Repo:
    """A product module and tests/test_plans.py; further files by path, `/` written as two underscores."""
    more = {name.replace("__", "/").replace("_DOT_", "."): text for name, text in files.items()}
    for path, text in (PRODUCT | {"tests/test_plans.py": test} | more).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(textwrap.dedent(text))
    return Repo(folder)


def reasons(repo: Repo) -> dict[str, str]:
    """Test function -> why it does not count, "" where it does."""
    found = {case.name: repo.suite.why_not_counted(case) for case in repo.suite.cases}
    return {name: site.note if site else "" for name, site in found.items()}


def reason(folder: Path, body: str, **files: str) -> str:
    """Why the one test of a file with the usual imports does not count."""
    (found,) = reasons(repository(folder, HEAD + textwrap.dedent(body), **files)).values()
    return found


@pytest.mark.parametrize(
    "body",
    [
        "def test_it():\n    assert plan('ba') == ['a', 'b']",
        "class TestIt:\n    def test_it(self):\n        assert plan('ba')",
        "class It(unittest.TestCase):\n    def test_it(self):\n        self.assertEqual(plan('b'), ['b'])",
        "def test_it():\n    with pytest.raises(TypeError):\n        plan(None)",
        "def check(x):\n    assert x\n\ndef test_it():\n    check(plan('a'))",
        "@pytest.fixture\ndef planned():\n    return plan('a')\n\ndef test_it(planned):\n    assert planned",
        "@pytest.mark.asyncio\nasync def test_it():\n    assert plan('a')",
        "pytestmark = [pytest.mark.anyio]\nasync def test_it():\n    assert plan('a')",
        "class It(unittest.IsolatedAsyncioTestCase):\n    async def test_it(self):\n        assert plan('a')",
        "@pytest.mark.skipif(os.getenv('FAST') == '1', reason='slow')\ndef test_it():\n    assert plan('a')",
        "def test_it():\n    try:\n        assert plan('a')\n    except Exception:\n        pytest.fail('no')",
    ],
)
def test_what_counts(tmp_path: Path, body: str) -> None:
    assert reason(tmp_path, body) == ""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("async def test_it():\n    assert plan('a')", "nothing runs"),
        ("from app.gone import x\ndef test_it():\n    assert plan('a')", "app.gone"),
        ("def test_it():\n    plan('a')", "no effective assertion"),
        ("def test_it():\n    assert True\n    plan('a')", "no effective assertion"),
        ("def test_it():\n    plan('a')\n    assert (1, 'never empty')", "no effective assertion"),
        ("def test_it():\n    return plan('a')\n    assert plan('b')", "no effective assertion"),
        ("def test_it():\n    try:\n        assert plan('a')\n    except Exception:\n        pass", "no effective"),
        ("def test_it():\n    assert sorted('a')", "nothing of the product"),
        ("@pytest.mark.skip\ndef test_it():\n    assert plan('a')", "skipped"),
        ("def test_it():\n    pytest.skip('later')\n    assert plan('a')", "skipped"),
        (f"{SWITCH}@pytest.mark.skipif(not ON, reason='x')\ndef test_it():\n    assert plan('a')", "skipped"),
        (f"{FIXTURE}@pytest.mark.asyncio\nasync def test_it(it):\n    assert it", "async fixture"),
    ],
)  # fmt: skip
def test_what_does_not_count(tmp_path: Path, body: str, expected: str) -> None:
    assert expected in reason(tmp_path, body)


def test_what_is_no_test(tmp_path: Path) -> None:
    body = """
        @pytest.fixture
        def test_data(): return plan("a")
        class TestBuilt:
            def __init__(self): ...
            def test_it(self): assert plan("a")
        class Helper:
            def test_it(self): assert plan("a")
        def main():
            assert plan("a")
        """
    assert reasons(repository(tmp_path, HEAD + textwrap.dedent(body))) == {}


@pytest.mark.parametrize(
    "files",
    [
        {"pytest_DOT_ini": "[pytest]\nasyncio_mode = auto\n"},
        {"pyproject_DOT_toml": "[tool.pytest.ini_options]\nasyncio_mode = 'auto'\n"},
        {"setup_DOT_cfg": "[tool:pytest]\naddopts = -q --asyncio-mode=auto\n"},
        {"tests__pytest_DOT_ini": "[pytest]\nanyio_mode = auto\n"},
    ],
)
def test_auto_mode_runs_async_tests(tmp_path: Path, files: dict[str, str]) -> None:
    assert reason(tmp_path, "async def test_it():\n    assert plan('a')", **files) == ""


@pytest.mark.parametrize("broken", ["[pytest\nasyncio_mode", "[[[", "\x00"])
def test_a_broken_configuration_is_the_default(tmp_path: Path, broken: str) -> None:
    files = {"pytest_DOT_ini": broken, "pyproject_DOT_toml": broken, "setup_DOT_cfg": broken}
    assert reason(tmp_path, "def test_it():\n    assert plan('a')", **files) == ""


PATH = (
    "import os, sys\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'app'))\nfrom plans import plan\n"
)


def test_a_folder_on_sys_path_is_searched_first(tmp_path: Path) -> None:
    repo = repository(tmp_path, PATH + "def test_it():\n    assert plan('a')\n")
    assert reasons(repo) == {"test_it": ""}
    assert {m.path for m in repo.suite.subjects(repo.suite.cases[0])} == {"app/plans.py"}


def test_a_module_found_that_way_has_no_parent_package(tmp_path: Path) -> None:
    files = {"app__plans_DOT_py": "from .x import plan\n", "app__x_DOT_py": "plan = sorted\n"}
    repo = repository(tmp_path, PATH + "def test_it():\n    assert plan('a')\n", **files)
    assert reasons(repo)["test_it"].startswith("imports plans, which cannot be imported")


def test_a_folder_with_init_is_not_on_sys_path(tmp_path: Path) -> None:
    test = "from plans import plan\ndef test_it():\n    assert plan('a')\n"
    repo = repository(tmp_path, "", app__test_it_DOT_py=test)
    assert "does not put on sys.path" in reasons(repo)["test_it"]
    assert reasons(repository(tmp_path, "", pytest_DOT_ini="[pytest]\npythonpath = app\n")) == {"test_it": ""}


def test_parameters_count_once_each(tmp_path: Path) -> None:
    body = """
        @pytest.mark.parametrize("a", [1, 2, 2])
        @pytest.mark.parametrize("b", [1, 2])
        def test_it(a, b): assert plan([a, b])
        @pytest.mark.parametrize("a", make())
        def test_other(a): assert plan([a])
        """
    counts = {c.name: c.count for c in repository(tmp_path, HEAD + textwrap.dedent(body)).suite.cases}
    assert counts == {"test_it": 4, "test_other": 1}
