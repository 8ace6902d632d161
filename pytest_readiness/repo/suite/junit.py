"""JUnit XML files of test runs: what a run reported, read without trusting the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

if TYPE_CHECKING:
    from pytest_readiness.repo.files import Files

LIMIT = 50_000_000
"""Bytes; a larger file is not read."""
MOST_NESTED = 50
"""Most elements within elements."""


@dataclass(frozen=True)
class Testcase:
    """One entry: the dotted module and class, the function without its parameters, and how it ended."""

    __test__ = False

    classname: str
    name: str
    outcome: str
    """passed, failed, error or skipped."""
    message: str = ""

    @property
    def title(self) -> str:
        return f"{self.classname}.{self.name}".strip(".")


@dataclass(frozen=True)
class JunitRun:
    """What a JUnit file reports, or why it cannot be read."""

    path: str
    problem: str = ""
    entries: tuple[Testcase, ...] = ()
    timestamp: str = ""

    @property
    def line(self) -> int:
        return 1

    def count(self, outcome: str) -> int:
        """How many entries ended so."""
        return sum(e.outcome == outcome for e in self.entries)

    @property
    def summary(self) -> str:
        """For people: `12 passed, 1 failed, 2 skipped, of 2026-11-20T02:00:00`."""
        counts = [(self.count(o), o) for o in ("passed", "failed", "error", "skipped")]
        told = ", ".join(f"{n} {outcome}" for n, outcome in counts if n or outcome == "passed")
        return f"{told}; run at {self.timestamp}" if self.timestamp else told

    @cached_property
    def by_name(self) -> dict[tuple[str, str], list[Testcase]]:
        """Module and class, and function -> its entries, one for each set of parameters."""
        found: dict[tuple[str, str], list[Testcase]] = {}
        for entry in self.entries:
            found.setdefault((entry.classname, entry.name), []).append(entry)
        return found


def read_run(files: Files, path: str) -> JunitRun | None:
    """The run in the JUnit file at the path; None where there is no such file."""
    data = files.artifact(path, LIMIT)
    if data is None:
        return JunitRun(path, problem=reason) if (reason := files.unread.get(path)) else None
    try:
        root = ElementTree.fromstring(data)
    except DefusedXmlException as error:
        return JunitRun(path, problem=f"holds what no JUnit file needs ({type(error).__name__})")
    except (ParseError, ValueError, RecursionError, LookupError) as error:
        return JunitRun(path, problem=f"is no XML that can be read: {error}"[:200])
    return _run(path, root)


def _run(path: str, root: Element) -> JunitRun:
    if root.tag not in ("testsuites", "testsuite"):
        return JunitRun(path, problem=f"is no JUnit file: its root is <{root.tag[:40]}>")
    times = [e.get("timestamp", "") for e in _elements(root) if e.tag == "testsuite"]
    entries = tuple(_testcase(e) for e in _elements(root) if e.tag == "testcase")
    return JunitRun(path, entries=entries, timestamp=max([t[:40] for t in times], default=""))


def _elements(root: Element) -> Iterator[Element]:
    """The suites and testcases of the file, whatever nests in what."""
    todo = [(root, 0)]
    while todo:
        element, depth = todo.pop()
        yield element
        if element.tag in ("testsuites", "testsuite") and depth < MOST_NESTED:
            todo += [(child, depth + 1) for child in reversed(element)]


def _testcase(element: Element) -> Testcase:
    outcome = next((o for tag, o in _OUTCOMES if element.find(tag) is not None), "passed")
    told = next((element.find(tag) for tag, _ in _OUTCOMES if element.find(tag) is not None), None)
    message = (told.get("message") or "") if told is not None else ""
    name = (element.get("name") or "").partition("[")[0]
    return Testcase(element.get("classname") or "", name, outcome, " ".join(message.split())[:200])


_OUTCOMES = (("error", "error"), ("failure", "failed"), ("skipped", "skipped"))
