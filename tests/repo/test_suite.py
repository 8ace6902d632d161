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
HEAD = "import asyncio, contextlib, os, pytest, sys, unittest\nfrom app.plans import plan\n"


def repository(folder: Path, test: str, **files: str) -> Repo:
    """A product module and tests/test_plans.py; further files by path, `/` written as two underscores."""
    more = {_path(name): text for name, text in files.items()}
    for path, text in (PRODUCT | {"tests/test_plans.py": test} | more).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(textwrap.dedent(text))
    return Repo(folder)


def _path(name: str) -> str:
    return name if "/" in name else name.replace("__", "/").replace("_DOT_", ".")


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


PLAIN = "def test_it():\n    assert plan('a')"


def test_only_sets_that_are_run_and_written_out_count(tmp_path: Path) -> None:
    body = """
        CASES = [1, 2, 3]
        GROWING = [1]
        GROWING += [2]

        @pytest.mark.parametrize("a", CASES)
        def test_named(a): assert plan([a])
        @pytest.mark.parametrize("a", GROWING)
        def test_growing(a): assert plan([a])
        @pytest.mark.parametrize("a", [pytest.param(1, id="x"), pytest.param(1, id="y"),
                                       pytest.param(2, marks=pytest.mark.skip)])
        def test_params(a): assert plan([a])
        @pytest.mark.parametrize("a", range(9))
        def test_range(a): assert plan([a])
        """
    counts = {c.name: c.count for c in repository(tmp_path, HEAD + textwrap.dedent(body)).suite.cases}
    assert counts == {"test_named": 3, "test_growing": 1, "test_params": 1, "test_range": 1}


def test_a_name_that_is_defined_twice_is_one_test(tmp_path: Path) -> None:
    body = "def test_it():\n    assert plan('a')\n\ndef test_it():\n    plan('a')\n"
    assert "no effective assertion" in reason(tmp_path, body)


@pytest.mark.parametrize(
    "body",
    [
        f"slow = pytest.mark.skipif(os.getenv('SLOW', '0') != '1', reason='x')\n\n@slow\n{PLAIN}",
        f"def slow(test):\n    return pytest.mark.skip(reason='x')(test)\n\n@slow\n{PLAIN}",
        f"from tests.marks import slow\n\n@slow\n{PLAIN}",
        f"pytestmark = [pytest.mark.skipif('API_KEY' not in os.environ, reason='x')]\n{PLAIN}",
        f"@pytest.mark.skipif(\"not os.getenv('KEY')\", reason='x')\n{PLAIN}",
        f"@unittest.skipUnless(os.environ.get('KEY'), 'x')\n{PLAIN}",
        f"@pytest.mark.skipif(int(os.getenv('N', '0')) == 0 or FOUND, reason='x')\n{PLAIN}",
        f"@pytest.mark.skipif(os.getenv('CI', '').lower() not in ('1', 'true'), reason='x')\n{PLAIN}",
        "def test_it():\n    key = os.getenv('KEY')\n    if not key:\n        pytest.skip('x')\n    assert plan('a')",
        "@pytest.fixture\ndef key():\n    if not os.environ.get('KEY'):\n        pytest.skip('x')\n\n"
        "def test_it(key):\n    assert plan('a')",
        f"if not os.getenv('KEY'):\n    pytest.skip('x', allow_module_level=True)\n\n{PLAIN}",
        "class Base:\n    pytestmark = pytest.mark.skip\n\n"
        "class TestIt(Base):\n    def test_it(self):\n        assert plan('a')",
        "@pytest.mark.parametrize('a', [])\ndef test_it(a):\n    assert plan(a)",
    ],
)
def test_skipped_by_default(tmp_path: Path, body: str) -> None:
    marks = "import os\nimport pytest\nslow = pytest.mark.skipif(not os.getenv('SLOW'), reason='x')\n"
    assert "skipped by default" in reason(tmp_path, body, tests__marks_DOT_py=marks)


@pytest.mark.parametrize(
    "body",
    [
        f"@pytest.mark.skipif(sys.platform == 'win32', reason='x')\n{PLAIN}",
        "FOUND = False\ntry:\n    import gone\n    FOUND = True\nexcept ImportError:\n    pass\n\n"
        f"@pytest.mark.skipif(not FOUND, reason='x')\n{PLAIN}",
        f"@pytest.mark.skipif('sys.platform ==', reason='broken')\n{PLAIN}",
        "def test_it():\n    if os.getenv('KEY'):\n        pytest.skip('x')\n    assert plan('a')",
        f"@pytest.mark.skipif(os.getenv('FAST', '0') == '1', reason='x')\n{PLAIN}",
    ],
)
def test_not_skipped_by_default(tmp_path: Path, body: str) -> None:
    assert reason(tmp_path, body) == ""


@pytest.mark.parametrize(
    "assertion",
    [
        "assert plan('a') or True", "assert 1 == 1", "assert not False", "assert [1]", "found = True\n    assert found",
        "found = plan('a')\n    assert found == found", "assert len(plan('a')) >= 0", "assert (lambda: plan('a'))",
        "unittest.TestCase().assertTrue(True)", "unittest.TestCase().assertEqual(1, 1)",
        "if False:\n        assert plan('a')",
        "with contextlib.suppress(Exception):\n        assert plan('a')",
        "def check():\n        assert plan('a')",
        "try:\n        assert plan('a')\n    except AssertionError:\n        print('no')",
    ],
)  # fmt: skip
def test_assertions_that_cannot_fail(tmp_path: Path, assertion: str) -> None:
    assert "no effective assertion" in reason(tmp_path, f"def test_it():\n    plan('a')\n    {assertion}\n")


@pytest.mark.parametrize(
    "assertion",
    [
        "assert plan('a') == ['a'], 'never'", "mock = Mock()\n    plan(mock)\n    mock.assert_called_once()",
        "try:\n        assert plan('a')\n    except AssertionError:\n        raise",
        "try:\n        assert plan('a')\n    except KeyError:\n        pass",
        "def check():\n        assert plan('a')\n    check()", "np.testing.assert_allclose(plan('a'), 1)",
    ],
)  # fmt: skip
def test_assertions_that_can_fail(tmp_path: Path, assertion: str) -> None:
    head = "import numpy as np\nfrom unittest.mock import Mock\n"
    assert reason(tmp_path, f"{head}def test_it():\n    plan('a')\n    {assertion}\n") == ""


def test_a_helper_named_assert_counts_by_what_it_asserts(tmp_path: Path) -> None:
    body = "def assert_fine(x):\n    {0}\n\ndef test_it():\n    assert_fine(plan('a'))\n"
    assert "no effective assertion" in reason(tmp_path / "a", body.format("print(x)"))
    assert reason(tmp_path / "b", body.format("assert x")) == ""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("from app import planned\ndef test_it():\n    assert planned('a')", {"app/plans.py"}),
        ("import app.plans\ndef test_it():\n    assert app.plans.plan('a')", {"app/plans.py"}),
        ("import app\ndef test_it():\n    assert app.planned('a')", {"app/plans.py"}),
        ("from app import plans as p\ndef test_it():\n    assert p.plan('a')", {"app/plans.py"}),
        ("from app.plans import *\ndef test_it():\n    assert plan('a')", {"app/plans.py"}),
        ("from app.plans import Planner\nclass Mine(Planner): ...\ndef test_it():\n    assert Mine().plan",
         {"app/plans.py"}),
        ("from app.plans import Planner\ndef test_it(p: Planner):\n    assert p", set()),
        ("from app.plans import Planner\ndef test_it():\n    assert Mock(spec=Planner)", set()),
        ("from app.plans import plan\ndef test_it():\n    assert 'plan' in 'app.plans.plan'", set()),
        ("def test_it():\n    with patch('app.plans.plan') as p:\n        assert p()", set()),
        ("from tests.helpers import planned\ndef test_it():\n    assert planned('a')", {"app/plans.py"}),
    ],
)  # fmt: skip
def test_subjects(tmp_path: Path, body: str, expected: set[str]) -> None:
    helpers = "from app.plans import plan\n\ndef planned(x):\n    return plan(x)\n"
    init = "from app.plans import plan as planned\nfrom . import plans\n"
    repo = repository(tmp_path, body, tests__helpers_DOT_py=helpers, **{"app/__init__.py": init})
    assert {m.path for m in repo.suite.subjects(repo.suite.cases[0])} == expected


@pytest.mark.parametrize(
    "files",
    [
        {"tests__conftest_DOT_py": "collect_ignore = ['test_plans.py']\n"},
        {"conftest_DOT_py": "collect_ignore_glob = ['tests/*']\n"},
        {"pytest_DOT_ini": "[pytest]\naddopts = --ignore=tests\n"},
        {"pytest_DOT_ini": "[pytest]\nnorecursedirs = tests\n"},
        {"pytest_DOT_ini": "[pytest]\npython_files = check_*.py\n"},
    ],
)
def test_what_is_not_collected(tmp_path: Path, files: dict[str, str]) -> None:
    assert repository(tmp_path, HEAD + "def test_it():\n    assert plan('a')\n", **files).suite.cases == ()


def test_a_conftest_that_marks_everything_runs_async_tests(tmp_path: Path) -> None:
    hook = "import pytest\n\ndef pytest_collection_modifyitems(items):\n    for item in items:\n" \
           "        item.add_marker(pytest.mark.asyncio)\n"  # fmt: skip
    assert reason(tmp_path, "async def test_it():\n    assert plan('a')", tests__conftest_DOT_py=hook) == ""


def test_a_conftest_that_cannot_be_imported_stops_the_tests_below_it(tmp_path: Path) -> None:
    found = reason(tmp_path, "def test_it():\n    assert plan('a')", tests__conftest_DOT_py="from app.gone import x\n")
    assert "app.gone" in found


def test_an_import_in_a_test_that_pytest_cannot_find_gives_no_subject(tmp_path: Path) -> None:
    test = "def test_it():\n    from plans import plan\n    assert plan('a')\n"
    repo = repository(tmp_path, "", app__test_it_DOT_py=test)
    assert reasons(repo)["test_it"] == "uses nothing of the product"


@pytest.mark.parametrize(
    "line",
    [
        "sys.path.append(str(Path(__file__).parent.parent / 'app'))",
        "sys.path.extend([os.path.join(os.path.dirname(__file__), os.pardir, 'app')])",
        "sys.path += [os.path.abspath(os.path.join(os.path.dirname(__file__), '../app'))]",
        "sys.path[:0] = [str(Path(__file__).resolve().parents[1].joinpath('app'))]",
        "ROOT = Path(__file__).parent.parent\nsys.path.insert(0, str(ROOT / 'app'))",
    ],
)
def test_ways_to_extend_sys_path(tmp_path: Path, line: str) -> None:
    test = f"import os, sys\nfrom pathlib import Path\n{line}\nfrom plans import plan\n{PLAIN}\n"
    assert reasons(repository(tmp_path, test)) == {"test_it": ""}
