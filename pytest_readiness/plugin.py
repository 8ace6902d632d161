"""Hooks of the plugin. Without `--readiness` it adds its options and nothing else, and imports nothing of its own."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

OPTIONS = (
    ("--readiness", "store_true", None, "audit the repository that PATH (default: this folder) lies in"),
    ("--readiness-report", "append", "TYPE[:DEST]", "report to write: md, json or term; repeatable"),
    ("--readiness-fail-under", "store", "MIN", "lowest overall score (0-100) that passes the gate"),
    ("--readiness-fail-on", "store", "SEVERITY", "least severe gap that closes the gate, or 'never'"),
    ("--readiness-list", "store_true", None, "list the checks and exit"),
    ("--readiness-explain", "store", "CHECK", "explain one check and exit"),
    ("--readiness-timeout", "store", "SECONDS", "time that one check may take (default 60)"),
    ("--readiness-checks", "append", "DIR", "folder of your own checks, which is code that will run; repeatable"),
)
TAKES_OVER = ("readiness", "readiness_list", "readiness_explain")
MARKER = "readiness(severity, effort_days, standard, depends_on, weight, mode): a readiness check; use @check"


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Add the options of group `readiness`."""
    group = parser.getgroup("readiness", "production readiness")
    for name, action, metavar, text in OPTIONS:
        shown = {"metavar": metavar} if metavar else {}
        group.addoption(name, action=action, help=text, **shown)
    _forgive_required_plugins(pluginmanager.get_plugin("pytestconfig"))


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, so that checks can be imported and proved in ordinary test runs too."""
    config.addinivalue_line("markers", MARKER)


def _forgive_required_plugins(config: pytest.Config | None) -> None:
    """Let an audit start where the repository requires plugins that are not installed: pytest asks before any hook."""
    typed = map(str, config.invocation_params.args) if config else ()
    cache = getattr(config, "_inicache", None)
    if "--readiness" in typed and isinstance(cache, dict):
        cache["required_plugins"] = []


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Outside: take over, before anything of the repository is loaded. In the inner run: set up the audit."""
    options = early_config.known_args_namespace
    inner = os.environ.get("READINESS_RUN")
    if inner:
        from pytest_readiness.inner.start import begin

        begin(early_config.pluginmanager, inner)
    elif any(getattr(options, name) for name in TAKES_OVER):
        from pytest_readiness import launch

        raise SystemExit(launch.run([str(arg) for arg in early_config.invocation_params.args]))
    else:
        _refuse_lonely_options(early_config)
    return (yield)


def _refuse_lonely_options(config: pytest.Config) -> None:
    """Raise UsageError where an option of ours was typed without --readiness: the tests would run instead, unseen."""
    typed = [str(arg).partition("=")[0] for arg in config.invocation_params.args]
    lonely = [arg for arg in typed if arg.startswith("--readiness-")]
    if lonely:
        raise pytest.UsageError(f"{lonely[0]} has no effect without --readiness; add --readiness")
