"""Matters that a system may not have at all: a check that needs one ends in `unknown`, with the way out."""

from __future__ import annotations

from pytest_readiness.authoring.units import unknown
from pytest_readiness.repo import Repo


def needs_models(repo: Repo) -> None:
    """End the check where the repository has neither an agent of a team nor a call of a language model."""
    if not repo.llm.in_use:
        unknown(
            "no agent of a team and no call of a language model was found: set [tool.readiness.teams.<team>] files, "
            "or disable the check with the reason that there is none"
        )


def needs_agents(repo: Repo) -> None:
    """End the check where no agent of a team exists."""
    if not repo.llm.has_agents:
        unknown(
            "no agent of a team was found: set [tool.readiness.teams.<team>] files, "
            "or disable the check with the reason that there is none"
        )


def needs_cloud(repo: Repo) -> None:
    """End the check where neither code nor infrastructure code uses a cloud provider."""
    if not repo.uses_cloud:
        unknown(
            "neither an SDK nor infrastructure code of a cloud provider was found: set [tool.readiness.paths] iac, "
            "or disable the check with the reason that there is no cloud"
        )
