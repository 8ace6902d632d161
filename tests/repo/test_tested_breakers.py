"""What a test does to a circuit breaker: which steps are understood, and which show nothing."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from pytest_readiness.repo import Repo
from pytest_readiness.settings import settings_of

PRODUCT = {
    "app/__init__.py": "",
    "app/breaker.py": """
        import enum, time

        class State(enum.Enum):
            CLOSED = 1
            OPEN = 2
            HALF_OPEN = 3

        class BreakerError(Exception): ...
        class Refused(BreakerError): ...

        class Config:
            def __init__(self, threshold=1, recovery=30):
                self.threshold, self.recovery = threshold, recovery

        class Breaker:
            def __init__(self, config, clock=time.monotonic):
                self.config, self.clock = config, clock
                self.state, self.failures, self.opened_at = State.CLOSED, 0, 0

            def __enter__(self):
                if self.state is State.OPEN:
                    if self.clock() - self.opened_at < self.config.recovery:
                        raise Refused("open")
                    self.state = State.HALF_OPEN

            def __exit__(self, kind, error, trace):
                if kind is None:
                    self.state, self.failures = State.CLOSED, 0
                else:
                    self._fail()

            async def run(self, func, *args):
                self.__enter__()
                try:
                    result = await func(*args)
                except Exception:
                    self._fail()
                    raise
                self.state, self.failures = State.CLOSED, 0
                return result

            def get_state(self):
                return self.state

            def _fail(self):
                self.failures += 1
                if self.failures >= self.config.threshold:
                    self.state, self.opened_at = State.OPEN, self.clock()

            def reset(self):
                self.state = State.CLOSED
        """,
}
HEAD = """
import asyncio, time
from contextlib import suppress
from functools import partial
from unittest.mock import AsyncMock, Mock, patch
import pytest
from app.breaker import Breaker, BreakerError, Config, Refused, State

class Client:
    async def fail(self):
        raise OSError("down")

async def fine(x=1):
    return x

async def fail(x=1):
    raise OSError("down")

def run(breaker, func):
    return asyncio.run(breaker.run(func))

"""
NEW, FAIL, FINE = "breaker = Breaker(Config())", "with suppress(OSError): run(breaker, fail)", "run(breaker, fine)"
OPEN, CLOSED = "assert breaker.state is State.OPEN", "assert breaker.state is State.CLOSED"


def shown(folder: Path, *lines: str, head: str = "") -> set[str]:
    """The transitions that a test of these lines shows."""
    body = "def test_it(monkeypatch):\n" + "".join(f"    {line}\n" for line in lines)
    files = PRODUCT | {"tests/test_breaker.py": HEAD + head + body}
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(textwrap.dedent(text))
    repo = Repo(folder, settings_of({"source_roots": ["."]}))
    return {name for name, places in repo.tested.breakers.shown.items() if places}


@pytest.mark.parametrize(
    "failing",
    [
        "run(breaker, fail)", "run(breaker, AsyncMock(side_effect=OSError()))", "run(breaker, lambda: fail())",
        "run(breaker, lambda: 1 / 0)", "run(breaker, partial(fail, 2))", "run(breaker, Client().fail)",
        "asyncio.run(breaker.run(func=fail))",
    ],
)  # fmt: skip
def test_calls_that_fail(tmp_path: Path, failing: str) -> None:
    assert shown(tmp_path, NEW, f"with suppress(Exception): {failing}", OPEN) == {"OPENS"}


@pytest.mark.parametrize(
    "asserted",
    [
        OPEN, "assert breaker.get_state() == State.OPEN", "assert State.OPEN == breaker.state",
        "assert breaker.state.name == 'OPEN'", "assert breaker.failures and breaker.state is State.OPEN",
    ],
)  # fmt: skip
def test_ways_to_assert_the_state(tmp_path: Path, asserted: str) -> None:
    assert shown(tmp_path, NEW, FAIL, asserted) == {"OPENS"}


@pytest.mark.parametrize(
    "lines",
    [
        ["with pytest.raises(Refused): run(breaker, fine)"],
        ["with pytest.raises(BreakerError): run(breaker, fine)"],
        ["guarded = AsyncMock()", "with suppress(Refused): run(breaker, guarded)", "guarded.assert_not_called()"],
        ["guarded = AsyncMock()", "with suppress(Refused): run(breaker, guarded)", "assert guarded.call_count == 0"],
    ],
)
def test_ways_to_show_a_refusal(tmp_path: Path, lines: list[str]) -> None:
    assert shown(tmp_path, NEW, FAIL, *lines) == {"REJECTS"}
    assert shown(tmp_path, NEW, *lines) == set()


@pytest.mark.parametrize(
    "waiting",
    [
        "time.sleep(30)", "breaker.opened_at = -100", "monkeypatch.setattr('app.breaker.time.monotonic', lambda: 99)",
        "monkeypatch.setattr(time, 'monotonic', lambda: 99)", "monkeypatch.setattr(breaker, 'opened_at', 0)",
    ],
)  # fmt: skip
def test_ways_to_wait(tmp_path: Path, waiting: str) -> None:
    assert shown(tmp_path, NEW, FAIL, waiting, FINE, CLOSED) == {"RECOVERS"}
    assert shown(tmp_path, NEW, FAIL, FINE, waiting, CLOSED) == set()


def test_a_clock_of_the_test_s_own(tmp_path: Path) -> None:
    lines = ["now = [0]", "breaker = Breaker(Config(), clock=lambda: now[0])", FAIL, "now[0] = 31", FINE, CLOSED]
    assert shown(tmp_path, *lines) == {"RECOVERS"}


def test_no_time_to_wait_for(tmp_path: Path) -> None:
    assert shown(tmp_path, "breaker = Breaker(Config(1, recovery=0))", FAIL, FINE, CLOSED) == {"RECOVERS"}
    assert shown(tmp_path, "breaker = Breaker(Config(1, 0))", FAIL, FINE, CLOSED) == {"RECOVERS"}
    assert shown(tmp_path, "breaker = Breaker(Config(1, 9))", FAIL, FINE, CLOSED) == set()


def test_a_breaker_around_a_block(tmp_path: Path) -> None:
    failing = "with suppress(OSError):\n        with breaker:\n            raise OSError"
    refused = "with pytest.raises(Refused):\n        with breaker:\n            pass"
    assert shown(tmp_path, NEW, failing, OPEN, refused) == {"OPENS", "REJECTS"}


@pytest.mark.parametrize(
    "forcing",
    [
        "breaker.state = State.OPEN", "breaker._fail()", "breaker.failures = 9", "breaker.reset()",
        "monkeypatch.setattr(breaker, 'state', State.OPEN)", "with patch.object(breaker, 'failures', 3): pass",
    ],
)  # fmt: skip
def test_what_is_forced_shows_nothing(tmp_path: Path, forcing: str) -> None:
    assert shown(tmp_path, NEW, FAIL, forcing, OPEN) == set()


def test_each_breaker_has_its_own_story(tmp_path: Path) -> None:
    lines = [NEW, "other = Breaker(Config())", FAIL, "assert other.state is State.OPEN"]
    assert shown(tmp_path, *lines) == set()


def test_a_fixture_may_open_it(tmp_path: Path) -> None:
    head = """
@pytest.fixture
def opened():
    breaker = Breaker(Config())
    with pytest.raises(OSError):
        run(breaker, fail)
    return breaker

def test_opened(opened):
    assert opened.state is State.OPEN

"""
    assert shown(tmp_path, "assert Breaker", head=head) == {"OPENS"}
