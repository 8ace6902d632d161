"""How the body of a check ends: in time, and without a value that nobody would look at."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from pytest_readiness.inner.guard import CheckTimeout

SOONER = 0.9
"""Share of the time limit after which an event loop cancels a check, so that it is left in order."""


class CheckReturned(Exception):
    """The check returned a value, which nobody would look at."""


def minded(body: Callable[..., Any], seconds: float) -> Callable[..., Any]:
    """The function of a check, limited in time where it is a coroutine, and refused where it returns something."""
    if inspect.iscoroutinefunction(body):

        @functools.wraps(body)
        async def minded_async(**given: Any) -> None:
            refuse(await within(seconds, body(**given)))

        return minded_async

    @functools.wraps(body)
    def minded_body(**given: Any) -> None:
        refuse(body(**given))

    return minded_body


async def within(seconds: float, body: Awaitable[Any]) -> Any:
    """What the body returns. Raises CheckTimeout where the limit is over, and the body's own TimeoutError as it is."""
    clock = asyncio.timeout(seconds * SOONER)
    try:
        async with clock:
            return await body
    except TimeoutError:
        if clock.expired():
            raise CheckTimeout(f"took longer than {seconds:g} s") from None
        raise


def refuse(returned: object) -> None:
    """Raise CheckReturned where a check returned something."""
    if returned is not None:
        if inspect.iscoroutine(returned):
            returned.close()
        raise CheckReturned(f"the check returned {type(returned).__name__}; a check asserts or names units")
