"""A machine on paper: it follows the syntax trees of a repository step by step, with a clock and callables of ours.

Nothing is executed or imported. What the machine does not know is `Unknown`; a condition over it is a choice, and
`explore` runs every combination of choices up to a bound. Libraries are known as far as circuit breakers, facades and
their configuration use them (time, locks, asyncio, dataclasses, enums, pydantic); other calls give Unknown.
"""

from pytest_readiness.repo.machine.choices import Choices, explore
from pytest_readiness.repo.machine.machine import Budget, Hooks, Machine
from pytest_readiness.repo.machine.values import (
    Bound,
    Coroutine,
    Ext,
    ExtObj,
    Fn,
    Member,
    Moment,
    NamedInt,
    Native,
    Obj,
    Raised,
    Reading,
    Span,
    Stream,
    Stuck,
    Unknown,
)

__all__ = [
    "Bound", "Budget", "Choices", "Coroutine", "Ext", "ExtObj", "Fn", "Hooks", "Machine", "Member", "Moment",
    "NamedInt", "Native", "Obj", "Raised", "Reading", "Span", "Stream", "Stuck", "Unknown", "explore",
]  # fmt: skip
