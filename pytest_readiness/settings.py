"""Settings of an audit: `[tool.readiness]` of pyproject.toml, or `readiness.toml`. Defaults are HappyOS's layout.

Plain validated data. Reading the files, falling back on bad values and writing the notes is `options`' work.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

ROLES = ("coordinator", "architect", "product_manager", "implementation", "quality_assurance")


class SettingsModel(BaseModel):
    """Base: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Team(SettingsModel):
    """A team of agents: where each role's agent class stands."""

    files: str = Field(description="Path pattern of an agent's file; <role> stands for the role.")
    roles: tuple[str, ...] = ROLES
    role_files: dict[str, str] = Field(
        default_factory=dict, description="Role -> file, where the pattern does not fit."
    )
    language: str | None = Field(default=None, description="Language the team's prompts must ask answers in, e.g. sv.")

    def file_of(self, role: str) -> str:
        """Repo-relative path of the file that holds the role's agent class."""
        return self.role_files.get(role) or self.files.replace("<role>", role)


def _teams() -> dict[str, Team]:
    agents = "backend/agents"
    return {
        "meetmind": Team(files=f"{agents}/meetmind/adk_agents/<role>_agent.py"),
        "agent_svea": Team(files=f"{agents}/agent_svea/adk_agents/<role>_agent.py", language="sv"),
        "felicias_finance": Team(
            files=f"{agents}/felicias_finance/adk_agents/agents/<role>_agent.py", roles=(*ROLES, "banking")
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

    agents: str = "backend/agents"
    iac: str = Field(default="backend/infrastructure/aws/iac", description="Folder of cdk.json.")
    api_app: str = Field(default="backend/main.py", description="Module that creates the API app.")
    eu_agents: str = Field(default="backend/agents/agent_svea", description="Agents that must run in the EU.")
    backend: str = "backend"


class Settings(SettingsModel):
    """All that a repository may set. Unset fields keep these defaults."""

    name: str | None = Field(default=None, description="The system's name in the report's title.")
    source_roots: tuple[str, ...] = (".", "src", "backend")
    exclude: tuple[str, ...] = Field(
        default=("backend/core/production_audit/",),
        description="gitignore-style patterns of files that no check reads as the system's own code.",
    )
    weights: dict[str, float] = Field(default_factory=dict, description="Category -> weight; normalised to sum 1.")
    teams: dict[str, Team] = Field(default_factory=_teams)
    llm: LlmSettings = LlmSettings()
    paths: Paths = Paths()
    export_names: tuple[str, ...] = ("export", "portab", "takeout", "download", "dsar", "my-data")
    disable: dict[str, str] = Field(
        default_factory=dict, description="Check, criterion or category id -> why it does not apply here."
    )
    fail_under: float = Field(default=80.0, ge=0, le=100)
    fail_on: str = Field(default="critical", pattern="^(critical|high|medium|low|never)$")
    report: tuple[str, ...] = Field(default=("md", "json"), description="TYPE[:DEST] as in --readiness-report.")
    timeout: float = Field(default=60.0, gt=0, description="Seconds one check may take.")
