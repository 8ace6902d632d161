"""The facade: accessors, registrations, modes, and what happens on each call."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.repo import Repo
from pytest_readiness.repo.breakers import State
from pytest_readiness.repo.resilience import FAILS, WORKS, Conditions, Resilience, Side
from pytest_readiness.repo.resilience.words import names_service, service_of, side_of, sides_of_mode
from pytest_readiness.settings import settings_of

SIDES = """
class Cloud:
    def __init__(self, client):
        self.client = client

    def get(self, key):
        {cloud}

class Local:
    def get(self, key):
        return {{}}.get(key)
"""
BREAKER = """
class Breaker:
    def __init__(self):
        self.state, self.failures = "closed", 0

    def call(self, operation, *args):
        if self.state == "open":
            if self.waiting():
                raise RuntimeError("open")
            self.state = "half-open"
        try:
            result = operation(*args)
        except Exception:
            self.state = "open"
            raise
        self.state = "closed"
        return result
"""
FACADE = """
from enum import Enum

class Mode(Enum):
    CLOUD = "cloud"
    LOCAL = "local"
    COMBINED = "combined"

class Front:
    def __init__(self, facade):
        self.facade = facade

    def get(self, key):
        return self.facade.run("get", key)

class Facade:
    def __init__(self, mode: Mode = Mode.COMBINED):
        self.mode = mode
        self._cloud = {"cache": Cloud(None)}
        self._local = {"cache": Local()}
        self._breaker = Breaker()

    def get_cache(self):
        return Front(self)

    def run(self, operation, *args):
        if self.mode is Mode.LOCAL:
            return getattr(self._local["cache"], operation)(*args)
        try:
            return self._breaker.call(getattr(self._cloud["cache"], operation), *args)
        except Exception:
            if self.mode is Mode.CLOUD:
                raise
            return getattr(self._local["cache"], operation)(*args)
"""


def model(folder: Path, facade: str = FACADE, cloud: str = "return self.client.get(key)") -> Resilience:
    """The model of a repository of one module."""
    (folder / "facade.py").write_text(textwrap.dedent(BREAKER + SIDES.format(cloud=cloud) + facade))
    return Repo(folder, settings_of({"services": ["cache"], "paths": {"facade": "facade.py"}})).resilience


def sides(found: Resilience, mode: str, breaker: State, fate: str) -> set[tuple[str, tuple[Side | None, ...]]]:
    """How the ways through the operation end, and which sides they call."""
    fixed = next(m.fixed for m in found.modes if m.name == mode)
    ways = found.ways("cache", "get", Conditions(fixed, breaker, (fate,)))
    return {(w.kind, tuple(w.run.side(c.target) for c in w.calls)) for w in ways}


@pytest.mark.parametrize(
    ("mode", "breaker", "fate", "expected"),
    [
        ("COMBINED", State.CLOSED, WORKS, {("return", (Side.PRIMARY,))}),
        ("COMBINED", State.CLOSED, FAILS, {("return", (Side.PRIMARY, Side.LOCAL))}),
        ("COMBINED", State.OPEN, FAILS, {("return", (Side.LOCAL,)), ("return", (Side.PRIMARY, Side.LOCAL))}),
        ("CLOUD", State.CLOSED, FAILS, {("raise", (Side.PRIMARY,))}),
        ("LOCAL", State.CLOSED, FAILS, {("return", (Side.LOCAL,))}),
    ],
)
def test_each_mode_breaker_and_fate_has_its_ways(
    tmp_path: Path, mode: str, breaker: State, fate: str, expected: set[object]
) -> None:
    assert sides(model(tmp_path), mode, breaker, fate) == expected


def test_calls_know_the_breaker_they_run_inside(tmp_path: Path) -> None:
    found = model(tmp_path)
    assert found.combined is not None
    (way,) = found.ways("cache", "get", Conditions(found.combined.fixed, primary=(WORKS,)))
    assert [len(c.guards) for c in way.calls] == [1]


def test_a_call_beside_the_breaker_is_not_guarded(tmp_path: Path) -> None:
    beside = FACADE.replace(
        'self._breaker.call(getattr(self._cloud["cache"], operation), *args)',
        'self._breaker.call(lambda: None) or getattr(self._cloud["cache"], operation)(*args)',
    )
    found = model(tmp_path, beside)
    assert found.combined is not None
    ways = found.ways("cache", "get", Conditions(found.combined.fixed, primary=(WORKS,)))
    assert {c.guards for w in ways for c in w.calls_on(Side.PRIMARY)} == {()}


def test_registrations_tell_service_and_side(tmp_path: Path) -> None:
    found = {(r.service, r.side, r.name) for r in model(tmp_path).registrations}
    assert found == {("cache", Side.PRIMARY, "Cloud"), ("cache", Side.LOCAL, "Local")}


def test_the_default_mode_is_the_one_nobody_sets(tmp_path: Path) -> None:
    found = model(tmp_path)
    assert found.combined is not None
    assert found.default_modes == (found.combined.fixed.value,)


@pytest.mark.parametrize(
    ("cloud", "lets_out"),
    [
        ("return self.client.get(key)", True),
        ("try:\n            return self.client.get(key)\n        except Exception:\n            return None", False),
        ("try:\n            return self.client.get(key)\n        except KeyError:\n            return None", True),
        (
            "try:\n            return self.client.get(key)\n        except Exception as error:\n"
            "            if error.code == 404:\n                return None\n            raise",
            True,
        ),
        (
            "try:\n            return self.client.get(key)\n        except Exception as error:\n"
            "            if error.code != 404:\n                return None\n            raise",
            False,
        ),
    ],
)
def test_adapters_let_failures_out(tmp_path: Path, cloud: str, lets_out: bool) -> None:
    found = model(tmp_path, cloud=cloud)
    assert found.failover.of(found.services[0])[3].holds is lets_out


@pytest.mark.parametrize(
    "facade",
    [
        "class Facade:\n    def get_cache(self):\n        return self.get_cache()\n",
        "class Base:\n    x = 1\nclass Facade(Base):\n    def get_cache(self):\n        return super().get_cache()\n",
        "class Facade:\n    def __init__(self):\n        self.cache = self.cache\n",
        "x = []\nx = [x for x in x]\nclass Facade:\n    cache = x\n",
        "class Facade:\n    cache = " + "(" * 80 + "1" + ")" * 80 + "\n",
        "class Facade:\n    def get_cache(self):\n        while True:\n            yield from self.get_cache()\n",
    ],
)
def test_code_that_turns_in_circles_ends(tmp_path: Path, facade: str) -> None:
    found = model(tmp_path, facade)
    assert [s.name for s in found.services] == ["cache"]
    assert {w.kind for w in found.all_ways(Conditions())} <= {"return", "raise"}


@pytest.mark.parametrize(
    ("name", "service"),
    [("get_cache_service", "cache"), ("create_llm", "llm"), ("storage", "storage"), ("build_agent_core", "agent_core")],
)
def test_accessors_are_known_by_name(name: str, service: str) -> None:
    assert service_of(name) == service


@pytest.mark.parametrize(
    ("name", "side"),
    [
        ("_aws_services", Side.PRIMARY),
        ("localCache", Side.LOCAL),
        ("fallback", Side.LOCAL),
        ("locale", None),
        ("x", None),
    ],
)
def test_sides_are_words_of_a_name(name: str, side: Side | None) -> None:
    assert side_of([name]) is side


@pytest.mark.parametrize(
    ("name", "expected"),
    [("AWS_ONLY", {Side.PRIMARY}), ("local", {Side.LOCAL}), ("HYBRID", set(Side)), ("CLOUD_WITH_FALLBACK", set(Side))],
)
def test_modes_name_sides(name: str, expected: set[Side]) -> None:
    assert sides_of_mode(name) == frozenset(expected)


@given(st.text(max_size=40), st.text(max_size=20))
def test_names_of_any_kind_are_read(name: str, service: str) -> None:
    assert service_of(name) in name
    assert isinstance(names_service(name, service), bool)
    assert side_of([name]) in (None, *Side)
