"""What the terminal shows of an audit."""

from __future__ import annotations

import pytest

from pytest_readiness.inner.gather import Gatherer


class Screen:
    """Hooks around pytest's own terminal reporter."""

    def __init__(self, config: pytest.Config, gatherer: Gatherer) -> None:
        self.gatherer = gatherer
        self.reporter = config.pluginmanager.get_plugin("terminalreporter")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """The scoreboard."""
        done = self.gatherer.conclusion
        if done is None:
            return
        terminalreporter.section("production readiness")
        for audit in done.report.audit_results:
            terminalreporter.write_line(f"{audit.category} {audit.score}")
        terminalreporter.write_line(f"gate {done.report.gate}")
        for file in done.files:
            terminalreporter.write_line(str(file))
