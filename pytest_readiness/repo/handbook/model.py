"""Entry to the facts of the documentation checks: `repo.handbook`."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.docs import Document
from pytest_readiness.repo.handbook.examples import LlmExamples
from pytest_readiness.repo.handbook.facade import FacadeDocs
from pytest_readiness.repo.handbook.flows import Flows
from pytest_readiness.repo.handbook.guides import Guides
from pytest_readiness.repo.handbook.llm_interface import LlmInterface
from pytest_readiness.repo.handbook.pictures import Pictures
from pytest_readiness.repo.handbook.readmes import TeamReadme
from pytest_readiness.repo.handbook.references import References
from pytest_readiness.repo.handbook.teams import AgentTeam, teams_of
from pytest_readiness.repo.handbook.tools import Tools
from pytest_readiness.repo.telemetry.alarms import Alarm

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo


class Handbook:
    """What the documents must say, each fact computed once."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @cached_property
    def all_teams(self) -> dict[str, AgentTeam]:
        """Every team of the settings, whether the repository has it or not."""
        return teams_of(self._repo)

    @cached_property
    def teams(self) -> tuple[AgentTeam, ...]:
        """The teams that the repository has."""
        return tuple(t for t in self.all_teams.values() if t.exists)

    @cached_property
    def llm_interface(self) -> LlmInterface:
        """The LLM service as its users see it."""
        return LlmInterface(self._repo)

    @cached_property
    def tools(self) -> Tools:
        """What teams offer to others."""
        return Tools(self._repo)

    @cached_property
    def agent_folders(self) -> tuple[str, ...]:
        """The agents root where it exists, and the teams' folders outside it."""
        root = self._repo.settings.paths.agents.strip("/")
        below = [t.folder for t in self.teams if not f"{t.folder}/".startswith(root + "/")]
        return (*([root] if root in self._repo.files.folders else []), *below)

    @cached_property
    def alarms(self) -> tuple[Alarm, ...]:
        """The alarms that infrastructure code and rule files define, each name once; what programs create is none."""
        named = (a for a in self._repo.telemetry.alarms if a.name and a.language != "boto3")
        return tuple({a.name: a for a in named}.values())

    @cached_property
    def references(self) -> References:
        """Which methods, tools and routes the documents explain."""
        return References(self._repo)

    @cached_property
    def examples(self) -> LlmExamples:
        """Examples of calling the LLM service."""
        return LlmExamples(self._repo)

    @cached_property
    def facade(self) -> FacadeDocs:
        """What documents say of the service facade."""
        return FacadeDocs(self._repo)

    @cached_property
    def pictures(self) -> Pictures:
        """Diagrams of the system and of teams."""
        return Pictures(self._repo)

    @cached_property
    def flows(self) -> Flows:
        """Data flow, deployed architecture, failover."""
        return Flows(self._repo)

    @cached_property
    def guides(self) -> Guides:
        """Deployment, troubleshooting, monitoring, runbook."""
        return Guides(self._repo)

    def readme(self, team: AgentTeam, document: Document) -> TeamReadme:
        """The elements of one of the team's READMEs."""
        return TeamReadme(self._repo, team, document)
