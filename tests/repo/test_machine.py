"""The machine on paper: it follows code as Python would run it, and never ends in anything but a result."""

# ruff: noqa: E501 - code that is quoted stands on one line

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_readiness.repo import Repo
from pytest_readiness.repo.machine import Choices, Machine, Moment, Raised, Span, Stuck, Unknown, explore

Run = Callable[[str], object]


def machine_of(folder: Path, text: str) -> tuple[Machine, object]:
    """A machine, and the function `main` of a module with that text."""
    (folder / "code.py").write_text(textwrap.dedent(text))
    repo = Repo(folder)
    machine = Machine(repo.names, repo.imports, Choices())
    return machine, machine.name("main", machine.module_scope(repo.modules["code.py"]))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def running(text: str) -> object:
        machine, main = machine_of(tmp_path, text)
        return machine.finish(machine.call(main, [], {}))

    return running


@pytest.mark.parametrize(
    ("body", "result"),
    [
        ("return 1 + 2 * 3", 7),
        ("return [x * 2 for x in (1, 2, 3) if x > 1]", [4, 6]),
        ("return {k: v for k, v in {'a': 1}.items()}", {"a": 1}),
        ("a, b = 1, 2\n    return b - a", 1),
        ("total = 0\n    for n in range(4):\n        if n == 2:\n            continue\n        total += n\n    return total", 4),
        ("n = 0\n    while True:\n        n += 1\n        if n > 5:\n            break\n    return n", 6),
        ("try:\n        return {}['a']\n    except KeyError:\n        return 'missing'", "missing"),
        ("try:\n        None.x\n    except AttributeError as error:\n        return 'none'", "none"),
        ("try:\n        1 < None\n    except TypeError:\n        return 'type'", "type"),
        ("done = []\n    try:\n        done.append(1)\n    finally:\n        done.append(2)\n    return done", [1, 2]),
        ("match 'b':\n        case 'a' | 'b':\n            return 1\n    return 2", 1),
        ("def inner(a, *rest, b=3, **more):\n        return a, rest, b, more\n    return inner(1, 2, c=4)", (1, (2,), 3, {"c": 4})),
        ("return f'{1}-{\"x\"}'", "1-x"),
        ("x = [1, 2, 3]\n    return x[1:]", [2, 3]),
        ("return max(3, 1), min([4, 2]), sum((1, 2)), len('abc'), any([0, 1]), sorted([2, 1])", (3, 2, 3, 3, True, [1, 2])),
        ("return isinstance(1, int), isinstance('a', (int, str)), callable(main), getattr(None, 'x', 5)", (True, True, True, 5)),
    ],
)  # fmt: skip
def test_plain_code_gives_what_python_gives(run: Run, body: str, result: object) -> None:
    assert run(f"def main():\n    {body}\n") == result


CLASSES = """
import functools
from dataclasses import dataclass, field
from enum import Enum, StrEnum


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Size(StrEnum):
    BIG = "big"


@dataclass
class Point:
    x: int
    y: int = 2
    seen: list = field(default_factory=list)

    @property
    def total(self):
        return self.x + self.y


class Base:
    limit = 3

    def __init__(self, start=1):
        self.count = start

    def step(self):
        self.count += 1
        return self.count


class Twice(Base):
    def __init__(self):
        super().__init__(start=5)

    def step(self):
        super().step()
        return super().step()

    def __getattr__(self, name):
        return name.upper()


@functools.lru_cache
def made():
    return Base()


def twice(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args) * 2
    return wrapper


@twice
def doubled(n):
    return n
"""


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("Point(1).total", 3),
        ("Point(1, y=5).y", 5),
        ("Point(1).seen is Point(1).seen", False),
        ("Twice().step()", 7),
        ("Twice().anything", "ANYTHING"),
        ("Base.limit", 3),
        ("Colour.RED is Colour('red'), Colour.RED == 'red', Size.BIG == 'big'", (True, False, True)),
        ("Colour.BLUE.value, Colour['BLUE'].name, [c.value for c in Colour]", ("blue", "BLUE", ["red", "blue"])),
        ("made() is made()", True),
        ("doubled(4)", 8),
        ("(lambda a, b=1: a + b)(2)", 3),
        ("isinstance(Twice(), Base), type(Twice()) is Twice", (True, True)),
    ],
)
def test_objects_are_made_and_asked(run: Run, expression: str, result: object) -> None:
    assert run(f"{CLASSES}\ndef main():\n    return {expression}\n") == result


ASYNC = """
import asyncio
import contextlib
import time
from datetime import datetime, timedelta

order = []


@contextlib.asynccontextmanager
async def opened(name):
    order.append(f"open {name}")
    try:
        yield name
    finally:
        order.append(f"close {name}")


async def numbers():
    for n in (1, 2):
        order.append(f"give {n}")
        yield n


async def fails():
    raise ConnectionError
"""


@pytest.mark.parametrize(
    ("body", "result"),
    [
        ("async with opened('a') as name:\n        order.append(name)\n    return order", ["open a", "a", "close a"]),
        ("async for n in numbers():\n        order.append(f'take {n}')\n    return order",
         ["give 1", "take 1", "give 2", "take 2"]),
        ("lazy = numbers()\n    order.append('nothing yet')\n    return order", ["nothing yet"]),
        ("coroutine = fails()\n    return 'not awaited'", "not awaited"),
        ("try:\n        await fails()\n    except OSError:\n        return 'caught'", "caught"),
        ("with contextlib.suppress(OSError):\n        await fails()\n    return 'quiet'", "quiet"),
        ("return await asyncio.gather(asyncio.wait_for(asyncio.to_thread(lambda: 3), 5), asyncio.sleep(0))", [3, None]),
        ("before = time.monotonic()\n    await asyncio.sleep(5)\n    return time.monotonic() - before", 5),
        ("return (datetime.now() + timedelta(minutes=1) - datetime.now()).total_seconds()", 60.0),
        ("return datetime.now() - timedelta(seconds=1) < datetime.now()", True),
    ],
)  # fmt: skip
def test_coroutines_generators_contexts_and_time(run: Run, body: str, result: object) -> None:
    assert run(f"{ASYNC}\nasync def main():\n    {body}\n") == result


def test_a_lock_that_is_taken_twice_is_a_deadlock(run: Run) -> None:
    text = "import threading\n\nlock = threading.{}()\n\ndef main():\n    with lock:\n        with lock:\n            return 1\n"
    assert run(text.format("RLock")) == 1
    with pytest.raises(Stuck):
        run(text.format("Lock"))


@pytest.mark.parametrize(
    "text",
    [
        "def main():\n    while True:\n        pass\n",
        "def main():\n    return main()\n",
        "def main():\n    return [main() for _ in range(10)]\n",
        "def main():\n    for a in range(10**12):\n        for b in range(10**12):\n            a + b\n",
    ],
)
def test_what_does_not_end_is_stuck(run: Run, text: str) -> None:
    with pytest.raises(Stuck):
        run(text)


@pytest.mark.parametrize(
    "expression",
    ["10 ** 10 ** 10", "'x' * 10 ** 12", "[0] * 10 ** 12", "1 << 10 ** 9", "range(10 ** 18)[5]", "'%1000000000s' % 1"],
)
def test_nothing_grows_without_bounds(run: Run, expression: str) -> None:
    result = run(f"def main():\n    return {expression}\n")
    assert isinstance(result, Unknown | int)


def test_code_that_cannot_be_imported_raises_where_it_is_imported(run: Run) -> None:
    text = "def main():\n    try:\n        from code import gone\n    except ImportError:\n        return 'no'\n    return 'yes'\n"
    assert run(text) == "no"


def test_what_is_not_known_is_tried_both_ways(tmp_path: Path) -> None:
    text = "import os\n\ndef main():\n    if os.environ['A']:\n        return 'a'\n    return 'b' if os.environ['B'] else 'c'\n"
    (tmp_path / "code.py").write_text(text)
    repo = Repo(tmp_path)

    def once(choices: Choices) -> object:
        machine = Machine(repo.names, repo.imports, choices)
        return machine.call(machine.name("main", machine.module_scope(repo.modules["code.py"])), [], {})

    assert sorted(map(str, explore(once))) == ["a", "b", "c"]


def test_where_a_value_was_written_is_known(tmp_path: Path) -> None:
    text = "LIMIT = 5\n\n\nclass Fuse:\n    def __init__(self, limit):\n        self.limit = limit\n\n\ndef main():\n    return Fuse(LIMIT)\n"
    machine, main = machine_of(tmp_path, text)
    fuse = machine.call(main, [], {})
    site = machine.attribute_site(fuse, "limit")
    assert site is not None
    assert site.line == 1


def test_times_are_moments_and_spans(run: Run) -> None:
    head = "from datetime import datetime, timedelta\n\ndef main():\n    return "
    assert isinstance(run(head + "datetime.utcnow()"), Moment)
    assert run(head + "timedelta(minutes=2)") == Span(120)


STATEMENTS = st.sampled_from(
    [
        "x = y", "y = x + 1", "x.append(y)", "del x", "raise x", "raise ValueError(y)", "return x", "x = [y, *y]",
        "x = {y: x, **y}", "x, y = y", "x[y] = x", "y = x[1:y]", "x = lambda a: a(x)", "x = x(y)", "yield x",
        "x = await y", "x = (x for x in y)", "global x", "x: int = y", "x += y", "assert x", "x = not -y",
        "x = y if x else x", "with x as y: pass", "for x in y: y = x", "while x: x = y", "import os",
        "from nowhere import y", "x = f'{y!r:>{x}}'", "x = x < y < 3", "x = y and x or None", "x = y.x.y",
        "match x:\n        case [a, *b]: y = a\n        case {'k': c}: y = c\n        case _: pass",
        "try: x = y / 0\n    except (TypeError, x) as e: y = e\n    finally: x = 1",
        "class C(x): z = y\n    x = C(y)", "def g(a, /, b=x, *c, d, **e): return a\n    x = g(y, d=x)", "x = 1", "y = {}",
        "y = 'a' * x", "x = x ** y", "y = y % x", "x = int(y)", "x = sum(y, x)", "x = set(y) | {1}", "y = next(iter(x))",
    ]
)  # fmt: skip


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STATEMENTS, max_size=7), st.booleans())
def test_any_code_ends_in_a_result_or_an_exception(tmp_path: Path, body: list[str], is_async: bool) -> None:
    text = f"{'async ' if is_async else ''}def main(x=1, y=None):\n    " + "\n    ".join([*body, "return x"]) + "\n"
    try:
        compile(text, "code.py", "exec")
    except SyntaxError:
        return
    machine, main = machine_of(tmp_path, text)
    try:
        machine.finish(machine.call(main, [], {}))
    except (Raised, Stuck):
        return
