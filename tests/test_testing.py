"""The generic proof of examples can fail, and says how."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_readiness.authoring import Example, Repo, Units, check, unknown
from pytest_readiness.specs import SpecError
from pytest_readiness.testing import check_example_problems, load_checks, loaded, run_check

HERE = Example({"a.py": "x = 1\n"}, why="it is there")
ELSEWHERE = Example({"b.py": "x = 1\n"}, why="it is not")
DOCSTRING = """Is it there?

Passes: a.py exists.
Falls short: it does not.
Impact: none.
Recommendation: write it.
"""
PLACE = Path("category/check_criterion.py")


class Place:
    """A line of a.py."""

    path = "a.py"

    def __init__(self, line: int) -> None:
        self.line = line


def there(repo: Repo, units: Units) -> None:
    units.decide("a.py", (repo.root / "a.py").exists())


def always(units: Units) -> None:
    units.good("anything")


def never(units: Units) -> None:
    units.bad("anything", note="never")


def broken(repo: Repo) -> None:
    raise KeyError(repo.root.name)


def undecided() -> None:
    unknown("nothing to go by")


def cites_line_9(units: Units) -> None:
    units.good("a", Place(9))


def cites_b(units: Units) -> None:
    units.bad("a", Place(1), note="there")


async def later(repo: Repo, units: Units) -> None:
    there(repo, units)


def half(units: Units) -> None:
    units.good("one")
    units.bad("two", note="no")


def problems(
    body: Callable[..., object],
    folder: Path,
    *,
    meets: tuple[Example, ...] = (),
    falls_short: tuple[Example, ...] = (),
    decoys: tuple[Example, ...] = (),
) -> list[str]:
    """All that is wrong with a check of this body and these examples."""

    def test_made(**given: object) -> object:
        return body(**given)

    test_made.__wrapped__ = body  # type: ignore[attr-defined]
    test_made.__doc__ = DOCSTRING
    marked = check(severity="low", effort_days=1, standard="none", meets=meets, falls_short=falls_short, decoys=decoys)(
        test_made
    )
    return check_example_problems(loaded(marked, PLACE), folder)


@pytest.mark.parametrize("body", [there, later])
def test_right_examples_have_no_problem(body: Callable[..., object], tmp_path: Path) -> None:
    assert problems(body, tmp_path, meets=(HERE,), falls_short=(ELSEWHERE,), decoys=(ELSEWHERE,)) == []


@pytest.mark.parametrize(
    ("body", "kind", "example", "words"),
    [
        (never, "meets", HERE, "category.criterion.made/meets-1 (it is there): expected status pass\n  got fail 0: "),
        (always, "falls_short", ELSEWHERE, "falls_short-1 (it is not): expected it not to pass\n  got pass 100"),
        (always, "decoys", ELSEWHERE, "decoys-1 (it is not): expected it not to pass\n  got pass 100"),
        (never, "decoys", Example({"c": ""}, score=100), "expected status pass"),
        (broken, "falls_short", HERE, "expected a verdict\n  got error 0: KeyError: "),
        (broken, "decoys", HERE, "expected a verdict"),
        (undecided, "falls_short", HERE, "expected a verdict\n  got unknown 0: nothing to go by"),
        (half, "falls_short", Example({"c": ""}, score=40), "expected score 40"),
        (half, "falls_short", Example({"c": ""}, status="unknown"), "expected status unknown"),
        (cites_line_9, "meets", HERE, "evidence a.py:9 a names a line that the file does not have"),
        (cites_b, "falls_short", ELSEWHERE, "evidence a.py:1 there names no file of the example"),
    ],
)
def test_a_wrong_example_is_named(
    body: Callable[..., object], kind: str, example: Example, words: str, tmp_path: Path
) -> None:
    assert words in "\n".join(problems(body, tmp_path, **{kind: (example,)}))


@pytest.mark.parametrize(
    ("body", "kind", "example"),
    [
        (half, "falls_short", Example({"c": ""}, score=50)),
        (undecided, "falls_short", Example({"c": ""}, status="unknown")),
        (always, "decoys", Example({"c": ""}, score=100)),
    ],
)
def test_an_example_may_state_its_verdict(
    body: Callable[..., object], kind: str, example: Example, tmp_path: Path
) -> None:
    assert problems(body, tmp_path, **{kind: (example,)}) == []


@pytest.mark.parametrize("name", ["../out.py", "/out.py"])
def test_an_example_stays_in_its_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="repository"):
        problems(there, tmp_path / "repo", meets=(Example({name: ""}),))
    assert not (tmp_path / "out.py").exists()


def test_an_example_s_settings_reach_the_check(tmp_path: Path) -> None:
    def test_named(repo: Repo) -> None:
        assert repo.settings.teams["meetmind"].files == "x/<role>.py", "settings did not arrive"

    test_named.__doc__ = DOCSTRING
    example = Example({"a": ""}, settings={"teams": {"meetmind": {"files": "x/<role>.py"}}})
    marked = check(severity="low", effort_days=1, standard="none", meets=(), falls_short=())(test_named)
    assert run_check(marked, Example({"a": ""}), tmp_path / "1").details == "settings did not arrive"
    assert run_check(marked, example, tmp_path / "2").details != "settings did not arrive"


CHECK_FILE = f'''
from pytest_readiness.authoring import Example, Repo, Units, check
from .helpers import FILE


@check(
    severity="low", effort_days=1, standard="none",
    meets=[Example({{FILE: ""}})], falls_short=[Example({{"b": ""}})],
)
def test_there(repo: Repo, units: Units) -> None:
    """{DOCSTRING}"""
    units.decide(FILE, (repo.root / FILE).exists())


@check(severity="low", effort_days=1, standard="none", meets=[], falls_short=[], depends_on=["there", "a.b.c"])
def test_second(units: Units) -> None:
    """{DOCSTRING}"""
    units.good("x")
'''


def folder_with(folder: Path, text: str) -> Path:
    """A folder of checks with one file of this text and a helper beside it."""
    (folder / "house").mkdir(parents=True)
    (folder / "house" / "check_rules.py").write_text(text)
    (folder / "house" / "helpers.py").write_text('FILE = "a"\n')
    return folder


def test_a_folder_of_checks_is_read(tmp_path: Path) -> None:
    first, second = load_checks(folder_with(tmp_path, CHECK_FILE))
    assert (first.spec.id, second.spec.id) == ("house.rules.there", "house.rules.second")
    assert second.spec.depends_on == ("house.rules.there", "a.b.c")
    assert check_example_problems(first, tmp_path / "out") == []


def test_two_folders_are_not_mixed_up(tmp_path: Path) -> None:
    load_checks(folder_with(tmp_path / "one", CHECK_FILE))
    other = folder_with(tmp_path / "two", CHECK_FILE.replace("test_second", "test_other"))
    assert [one.spec.name for one in load_checks(other)] == ["there", "other"]


@pytest.mark.parametrize(
    ("text", "error"),
    [("import nowhere_to_be_found", ImportError), ("def", SyntaxError), ("def test_x():\n    'Title'\n", SpecError)],
)
def test_a_file_that_does_not_load_says_why(tmp_path: Path, text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        load_checks(folder_with(tmp_path, text))
