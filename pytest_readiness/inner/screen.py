"""What the terminal shows of an audit, drawn through pytest's reporter; its looks are those of `report.terminal`."""

from __future__ import annotations

import os
import shutil
import textwrap
import time
from collections import Counter
from collections.abc import Generator
from typing import Any

import pytest

from pytest_readiness.inner.gather import Gatherer
from pytest_readiness.models import Status
from pytest_readiness.report.terminal import MARKUP, Line, Look, Piece, Style, finished_category, progress, scoreboard

PAUSE = 0.05
"""Least seconds between two drawings of the progress line."""
GLYPHS = "✓✗‼█░…–"
REPEATED = -2
"""What pytest itself puts in `currentfspath` while a line is open that the next text must not continue."""


class Screen:
    """Hooks around pytest's terminal reporter, which may be switched off."""

    def __init__(self, config: pytest.Config, gatherer: Gatherer) -> None:
        self.gatherer = gatherer
        self.verbosity = int(getattr(config.option, "verbose", 0))
        self.reporter: Any = None
        self.look = Look()
        self.rewrites = False
        self.drawn, self.drawn_at = 0, 0.0
        self.told: set[str] = set()

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """pytest's reporter is there by now, unless switched off. File names are no part of what we draw."""
        self.reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        if self.reporter is None:
            return
        self.look = look_of(session.config)
        self.rewrites = rewrites(self.reporter)
        if self.verbosity <= 0:
            self.reporter.showfspath = False

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_report_teststatus(self) -> Generator[None, Any, Any]:
        """Mute pytest's letters, not its statistics."""
        status = yield
        return (status[0], "", "") if status and self.verbosity <= 0 else status

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Draw how far the audit is."""
        if self.reporter is None or self.verbosity != 0:
            return
        if self.rewrites:
            self._draw(report.nodeid)
        elif report.when in ("teardown", "???"):
            self._tell(report.nodeid)

    def _draw(self, node: str) -> None:
        """Rewrite the progress line, not more often than anybody can see."""
        counts = self._counts(self.gatherer.selected)
        done, total = counts.total(), len(self.gatherer.selected)
        now = time.monotonic()
        if done == self.drawn or (now - self.drawn_at < PAUSE and done < total):
            return
        self.drawn, self.drawn_at = done, now
        spec = self.gatherer.specs.get(node)
        look = Look(self.look.width - 1, self.look.unicode)  # a full last column would begin a new line
        line = progress(done, total, counts, spec.category if spec else "", look)
        self.reporter.write("\r")
        self._write(line)
        self.reporter.write(" " * max(0, look.width - sum(len(piece.text) for piece in line)), flush=True)
        self.reporter.currentfspath = REPEATED

    def _tell(self, node: str) -> None:
        """One line for a category, once all its checks are done."""
        spec = self.gatherer.specs.get(node)
        if spec is None or spec.category in self.told:
            return
        nodes = [n for n in self.gatherer.selected if self.gatherer.specs[n].category == spec.category]
        counts = self._counts(nodes)
        if counts.total() < len(nodes):
            return
        self.told.add(spec.category)
        self._line(finished_category(spec.category, len(nodes), counts, self.look))

    def _counts(self, nodes: list[str]) -> Counter[Status]:
        """Outcomes so far, in the order of the statuses."""
        found = [self.gatherer.status_of(node) for node in nodes]
        return Counter({status: found.count(status) for status in Status})

    def pytest_terminal_summary(self) -> None:
        """The scoreboard, and what was odd about the configuration."""
        done = self.gatherer.conclusion
        if done is None or self.reporter is None or self.verbosity < -1:
            return
        self.reporter.section("production readiness")
        for note in [*self.gatherer.audit.notes, *self.gatherer.audit.warnings]:
            for text in textwrap.wrap(f"Note: {self.look.plain(note)}", self.look.width, break_long_words=False):
                self._line((Piece(text, Style.DOUBT),))
        for line in scoreboard(done.report, done.files, self.look):
            self._line(line)

    def _line(self, line: Line) -> None:
        self.reporter.ensure_newline()
        self._write(line)
        self.reporter.write("\n")

    def _write(self, line: Line) -> None:
        for piece in line:
            self.reporter.write(piece.text, **MARKUP[piece.style])


def look_of(config: pytest.Config) -> Look:
    """Width and glyphs of the terminal. pytest's own width is at least 80, the real one may be less."""
    encoding = getattr(getattr(config.get_terminal_writer(), "_file", None), "encoding", None) or "ascii"
    try:
        GLYPHS.encode(encoding)
    except (UnicodeError, LookupError):
        return Look(shutil.get_terminal_size().columns, unicode=False)
    return Look(shutil.get_terminal_size().columns, unicode=True)


def rewrites(reporter: Any) -> bool:
    """Whether a line can be drawn over."""
    return bool(reporter.isatty) and os.environ.get("TERM") != "dumb" and not os.environ.get("CI")
