"""Hooks for other plugins. They exist during an audit only: implement them with `optionalhook=True`.

Load the plugin into the audit by naming it: `pytest --readiness -p my_plugin`. What it is given cannot be changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_readiness.models import CheckResult, ProductionReadinessReport


@pytest.hookspec
def pytest_readiness_result(result: CheckResult, config: pytest.Config) -> None:
    """Called for each result as it arrives, in no particular order, in the process that gathers them.

    @pytest.hookimpl(optionalhook=True)
    def pytest_readiness_result(result):
        print(result.id, result.status)
    """


@pytest.hookspec
def pytest_readiness_report(report: ProductionReadinessReport, config: pytest.Config) -> None:
    """Called once, when the report is made and its files are written. Not called where no report could be made.

    @pytest.hookimpl(optionalhook=True)
    def pytest_readiness_report(report):
        send_to_dashboard(report.model_dump(mode="json"))
    """
