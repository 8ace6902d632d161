"""How the body of a check ends: it returns nothing, its units settle the verdict, and pytest is told the same."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from pytest_readiness.authoring import Units
from pytest_readiness.inner.audit import SPEC
from pytest_readiness.inner.fixtures import UNITS
from pytest_readiness.inner.guard import CheckTimeout
from pytest_readiness.judging import Ending, judge
from pytest_readiness.models import Status

SOONER = 0.9
"""Share of the time limit after which an event loop cancels a check, so that it is left in order."""


class UnitsFellShort(AssertionError):
    """The body returned; units of it fell short."""


class UnitsAreOpen(pytest.skip.Exception):  # type: ignore[name-defined,misc]
    """The body returned; none of its units fell short, some could not be judged."""


class CheckReturned(Exception):
    """The check returned a value, which nobody would look at."""


def settling(item: pytest.Function, seconds: float) -> Callable[..., Any]:
    """The check's function, followed by the verdict of its units."""
    body = item.obj
    if inspect.iscoroutinefunction(body):

        @functools.wraps(body)
        async def settled_async(**given: Any) -> None:
            settle(item, await within(seconds * SOONER, body(**given)))

        return settled_async

    @functools.wraps(body)
    def settled(**given: Any) -> None:
        settle(item, body(**given))

    return settled


async def within(seconds: float, body: Awaitable[Any]) -> Any:
    """What the body returns. Raises CheckTimeout where the limit is over, and the body's own TimeoutError as it is."""
    clock = asyncio.timeout(seconds)
    try:
        async with clock:
            return await body
    except TimeoutError:
        if clock.expired():
            raise CheckTimeout(f"took longer than {seconds:g} s") from None
        raise


def settle(item: pytest.Item, returned: object) -> None:
    """Raise what pytest shall see: a failure or a skip, as the units say."""
    if returned is not None:
        if inspect.iscoroutine(returned):
            returned.close()
        raise CheckReturned(f"the check returned {type(returned).__name__}; a check asserts or names units")
    result = judge(item.stash[SPEC], item.stash.get(UNITS, Units()), Ending.RETURNED)
    if result.status is Status.FAIL:
        raise UnitsFellShort(result.details)
    if result.status is Status.UNKNOWN:
        raise UnitsAreOpen(result.details)
