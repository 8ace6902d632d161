"""The controller's side of xdist: what workers are told, and what is made of one that dies."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from pytest_readiness.inner.audit import WORKERINPUT, Audit
from pytest_readiness.inner.gather import Gatherer
from pytest_readiness.inner.runfolder import RunFolder


class Workers:
    """Hooks of the controller."""

    def __init__(self, audit: Audit, gatherer: Gatherer) -> None:
        self.audit = audit
        self.gatherer = gatherer

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker, or the replacement of one, what it must know."""
        node.workerinput[WORKERINPUT] = self.audit.for_worker()

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self) -> None:
        """The first worker has written down what it collected."""
        self.gatherer.learn()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """A worker that died while importing a file: its replacement leaves that file alone."""
        if not error:
            return
        for what in self.audit.folder.journal.unfinished(node.gateway.id):
            if "::" not in what:
                self.audit.quarantine[what] = cause_of(node, self.audit.folder)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: Any) -> None:
        """xdist reports a check that killed its worker in a phase called `???`."""
        if report.when == "???":
            node = getattr(report, "node", None)
            cause = cause_of(node, self.audit.folder) if node else "its process died"
            self.gatherer.crashed[report.nodeid] = cause


def cause_of(node: Any, folder: RunFolder) -> str:
    """How a worker died."""
    code = None
    with suppress(Exception):  # private parts of execnet: without them the cause is told less well
        code = node.gateway._io.popen.wait(2)
    return folder.cause(code, node.gateway.id)
