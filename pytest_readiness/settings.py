"""Settings of an audit: `[tool.readiness]` of pyproject.toml, or `readiness.toml`. Defaults are HappyOS's layout.

Plain validated data. Reading the files, falling back on bad values and writing the notes is `options`' work.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath, PureWindowsPath
from typing import Annotated, Any, Literal

from pathspec import GitIgnoreSpec
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

RowKind = Literal["cache", "llm", "health", "api"]
FailOn = Literal["critical", "high", "medium", "low", "never"]
LONGEST_TIMEOUT = 86_400.0
"""Most seconds that one check may be given: a day."""
ROLES = ("coordinator", "architect", "product_manager", "implementation", "quality_assurance")


def inside(path: str) -> str:
    """The path, where it stays in the repository. Raises ValueError on an absolute one, `..` and control characters."""
    if not path.strip() or not path.isprintable():
        raise ValueError("is empty or holds a control character")
    if PurePosixPath(path).is_absolute() or PureWindowsPath(path).drive or path.startswith(("\\", "~")):
        raise ValueError("is an absolute path; write it relative to the repository")
    if ".." in PurePosixPath(path.replace("\\", "/")).parts:
        raise ValueError("leaves the repository ('..')")
    return path


def stated(reason: str) -> str:
    """The reason on one line. Raises ValueError where there is none."""
    if not reason.strip():
        raise ValueError("needs a reason; without one nothing is disabled")
    return " ".join(reason.split())


def pattern(line: str) -> str:
    """A line of a .gitignore that can be matched. Raises ValueError on any other."""
    GitIgnoreSpec.from_lines([line])
    return line


RepoPath = Annotated[str, AfterValidator(inside)]
Pattern = Annotated[str, AfterValidator(pattern)]
Reason = Annotated[str, AfterValidator(stated)]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False, strict=True)]


class SettingsModel(BaseModel):
    """Base: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Team(SettingsModel):
    """A team of agents: where each role's agent class stands."""

    files: RepoPath = Field(description="Path pattern of an agent's file; <role> stands for the role.")
    roles: tuple[str, ...] = ROLES
    role_files: dict[str, RepoPath] = Field(
        default_factory=dict, description="Role -> file, where the pattern does not fit."
    )
    language: str | None = Field(default=None, description="Language the team's prompts must ask answers in, e.g. sv.")
    folder: RepoPath | None = Field(
        default=None, description="Folder of the team's code and README; unset: below `paths.agents`, by `files`."
    )
    names: tuple[str, ...] = Field(
        default=(), description="What documents call the team, one name is enough; unset: the words of its id."
    )

    def file_of(self, role: str) -> str:
        """Repo-relative path of the file that holds the role's agent class."""
        return self.role_files.get(role) or self.files.replace("<role>", role)


def _teams() -> dict[str, Team]:
    agents = "backend/agents"
    return {
        "meetmind": Team(files=f"{agents}/meetmind/adk_agents/<role>_agent.py", names=("MeetMind",)),
        "agent_svea": Team(files=f"{agents}/agent_svea/adk_agents/<role>_agent.py", names=("Svea",), language="sv"),
        "felicias_finance": Team(
            files=f"{agents}/felicias_finance/adk_agents/agents/<role>_agent.py",
            names=("Felicia",),
            roles=(*ROLES, "banking"),
        ),
    }


class LlmSettings(SettingsModel):
    """What a call of the model looks like."""

    completion_methods: tuple[str, ...] = (
        "generate_completion", "generate_streaming_completion", "complete", "acomplete",
        "chat_completion", "generate", "ainvoke", "invoke",
    )  # fmt: skip
    vendor_sdks: tuple[str, ...] = (
        "openai", "anthropic", "google.generativeai", "google.genai", "vertexai", "cohere", "mistralai",
        "groq", "litellm", "ollama", "langchain_*",
    )  # fmt: skip
    status_methods: tuple[str, ...] = ("get_status", "status", "health", "get_health", "health_check", "ping")


class Paths(SettingsModel):
    """Where things lie; every path is relative to the repository root."""

    agents: RepoPath = "backend/agents"
    llm: RepoPath = Field(default="backend/core/llm", description="Folder of the LLM service and its documentation.")
    llm_interface: RepoPath = Field(
        default="backend/core/interfaces.py", description="Module of the LLM service's interface."
    )
    iac: RepoPath = Field(default="backend/infrastructure/aws/iac", description="Folder of cdk.json.")
    api_app: RepoPath = Field(default="backend/main.py", description="Module that creates the API app.")
    eu_agents: RepoPath = Field(default="backend/agents/agent_svea", description="Agents that must run in the EU.")
    backend: RepoPath = "backend"
    facade: RepoPath = Field(
        default="backend/infrastructure/service_facade.py", description="Module of the facade to the platform services."
    )


SWEDISH_WORDS = (
    "och", "att", "inte", "svar", "svara", "svenska", "svensk", "svenskt", "krav", "obligatoriska", "anpassningar",
    "prioritet", "konto", "moms", "regelverk", "steg", "kommun", "belopp",
)  # fmt: skip


class SuiteSettings(SettingsModel):
    """What is asked of the repository's own tests."""

    min_llm_tests: int = Field(default=48, gt=0, description="Tests of the LLM integration that there must be.")
    min_unit_tests: int = Field(default=10, gt=0)
    min_unit_modules: int = Field(default=3, gt=0, description="Modules that the unit tests must be spread over.")
    junit_with_keys: RepoPath = Field(
        default="reports/junit-with-keys.xml", description="JUnit file of a run with LLM API keys set."
    )
    junit_without_keys: RepoPath = Field(
        default="reports/junit-without-keys.xml", description="JUnit file of a run without any LLM API key."
    )
    swedish_words: tuple[str, ...] = Field(default=SWEDISH_WORDS, description="Words by which a text is Swedish.")


class PerformanceSettings(SettingsModel):
    """Which results of runs count, and what is asked of them."""

    artifacts: tuple[RepoPath, ...] = Field(
        default=("readiness-artifacts", "perf-results", "load-test-results", "reports"),
        description="Folders of result files.",
    )
    max_age_days: int = Field(default=30, gt=0, description="Oldest run that counts.")
    min_requests: int = Field(default=100, gt=0, description="Fewest requests behind a figure.")
    target_users: int = Field(default=100, gt=0, description="Concurrent users that the system must serve.")
    slo_p95_ms: float = Field(default=1000.0, gt=0, allow_inf_nan=False, description="Overall p95 at those users.")
    row_names: dict[str, RowKind] = Field(
        default_factory=dict, description="Part of a row's name -> cache, llm, health or api: what the row measures."
    )


class Settings(SettingsModel):
    """All that a repository may set. Unset fields keep these defaults."""

    name: str | None = Field(default=None, description="The system's name in the report's title.")
    source_roots: tuple[RepoPath, ...] = (".", "src", "backend")
    exclude: tuple[Pattern, ...] = Field(
        default=("backend/core/production_audit/",),
        description="gitignore-style patterns of files that no check reads as the system's own code.",
    )
    weights: dict[str, Weight] = Field(default_factory=dict, description="Category -> weight; normalised to sum 1.")
    teams: dict[str, Team] = Field(default_factory=_teams)
    llm: LlmSettings = LlmSettings()
    paths: Paths = Paths()
    services: tuple[str, ...] = Field(
        default=("agent_core", "search", "compute", "cache", "storage", "secrets", "llm"),
        description="The platform services that the facade must offer.",
    )
    tests: SuiteSettings = SuiteSettings()
    performance: PerformanceSettings = PerformanceSettings()
    export_names: tuple[str, ...] = ("export", "portab", "takeout", "download", "dsar", "my-data")
    disable: dict[str, Reason] = Field(
        default_factory=dict, description="Check, criterion or category id -> why it does not apply here."
    )
    fail_under: float = Field(default=80.0, ge=0, le=100, allow_inf_nan=False, strict=True)
    fail_on: FailOn = "critical"
    report: tuple[str, ...] = Field(default=("md", "json"), description="TYPE[:DEST] as in --readiness-report.")
    timeout: float = Field(
        default=60.0, gt=0, le=LONGEST_TIMEOUT, allow_inf_nan=False, strict=True,
        description="Seconds one check may take.",
    )  # fmt: skip


def over_defaults(data: Mapping[str, Any]) -> dict[str, Any]:
    """The same settings with `teams` laid over the default teams, team by team and field by field."""
    teams = data.get("teams", {})
    if not isinstance(teams, Mapping):
        return dict(data)
    base = {name: team.model_dump() for name, team in _teams().items()}
    laid = {name: {**base.get(name, {}), **team} if isinstance(team, Mapping) else team for name, team in teams.items()}
    return {**data, "teams": base | laid}


def settings_of(data: Mapping[str, Any]) -> Settings:
    """Settings from `[tool.readiness]` keys. Raises pydantic's ValidationError where one is not right."""
    return Settings.model_validate(over_defaults(data))
