"""Teams, the LLM service, tools and sections as the documentation checks see them."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.repo import Repo
from pytest_readiness.repo.docs import Section, document
from pytest_readiness.repo.handbook.sections import Element, below_title, lines_with, ordered_lists, own, text_of
from pytest_readiness.repo.handbook.teams import AgentName, letters, words_of
from pytest_readiness.repo.handbook.tools import has_word
from pytest_readiness.settings import settings_of

AGENTS = "backend/agents"
AGENT = "class CoordinatorAgent:\n    pass\n"
TEAM = {f"{AGENTS}/meetmind/adk_agents/coordinator_agent.py": AGENT}
Build = Callable[..., Repo]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    def write(files: Mapping[str, str], settings: Mapping[str, Any] | None = None) -> Repo:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text))
        return Repo(tmp_path, settings_of(settings or {}))

    return write


def whole(text: str) -> Section:
    return document("README.md", textwrap.dedent(text)).whole


def elements(repo: Repo, team: str = "meetmind") -> dict[str, Element]:
    (readme,) = repo.handbook.all_teams[team].readmes
    return {e.name: e for e in repo.handbook.readme(repo.handbook.all_teams[team], readme).elements}


class TestWords:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("QualityAssuranceAgent", ["quality", "assurance", "agent"]),
            ("quality_assurance", ["quality", "assurance"]),
            ("LLMService v2", ["llm", "service", "v2"]),
            ("återgång", ["återgång"]),
            ("", []),
        ],
    )
    def test_words_of_a_name(self, text: str, expected: list[str]) -> None:
        assert words_of(text) == expected

    def test_letters_are_what_names_are_compared_by(self) -> None:
        assert letters("Felicia's Finance") == letters("felicias_finance") == "feliciasfinance"

    @given(st.text(), st.text(min_size=1))
    def test_a_word_between_blanks_is_found(self, text: str, word: str) -> None:
        assert has_word(f"{text} {word} {text}", word)

    def test_a_part_of_a_word_is_no_word(self) -> None:
        assert not has_word("tenant_id", "tenant")
        assert has_word("(`tenant`)", "tenant")


class TestAgentNames:
    QUALITY = AgentName("quality assurance", "a/quality_assurance_agent.py")
    ARCHITECT = AgentName("architect", "a/architect_agent.py")

    @pytest.mark.parametrize(
        "text",
        ["quality assurance agent", "## Quality-Assurance", "`QualityAssuranceAgent`", "agenten för kvalitetssäkring",
         "`quality_assurance` finds gaps"],
    )  # fmt: skip
    def test_named(self, text: str) -> None:
        assert self.QUALITY.is_named(text)

    @pytest.mark.parametrize(
        "text",
        ["assurance of quality", "adk_agents/quality_assurance_agent.py", "├── quality_assurance/", "quality", ""],
    )
    def test_not_named(self, text: str) -> None:
        assert not self.QUALITY.is_named(text)

    @pytest.mark.parametrize("text", ["Samordnaren ordnar", "en samordnare", "Genomföraren gör", "GenomforareAgent"])
    def test_named_as_its_file_is(self, text: str) -> None:
        agents = (AgentName("x", "a", stem="samordnare"), AgentName("y", "b", stem="genomforare"))
        assert sum(a.is_named(text) for a in agents) == 1

    def test_architecture_names_no_architect(self) -> None:
        assert not self.ARCHITECT.is_named("## Agent Architecture\n\nArkitekturen")
        assert self.ARCHITECT.is_named("Arkitekten ritar")
        assert self.ARCHITECT.is_named("two architects")


class TestTeams:
    def test_the_folder_lies_below_the_agents_root(self, build: Build) -> None:
        repo = build(TEAM)
        assert repo.handbook.all_teams["meetmind"].folder == f"{AGENTS}/meetmind"
        assert [t.id for t in repo.handbook.teams] == ["meetmind"]

    @pytest.mark.parametrize(
        ("settings", "folder"),
        [
            ({"files": "app/meet/agents/<role>.py"}, "app/meet/agents"),
            ({"files": "app/meet/agents/<role>.py", "folder": "app/meet/"}, "app/meet"),
            ({"files": f"{AGENTS}/meet/deep/<role>_agent.py"}, f"{AGENTS}/meet"),
            ({"files": "<role>.py"}, ""),
        ],
    )
    def test_the_folder_follows_the_files(self, build: Build, settings: dict[str, str], folder: str) -> None:
        repo = build({"x.py": ""}, {"teams": {"meetmind": settings}})
        assert repo.handbook.all_teams["meetmind"].folder == folder

    def test_a_team_without_roles_is_none(self, build: Build) -> None:
        repo = build({f"{AGENTS}/meetmind/notes.py": ""}, {"teams": {"meetmind": {"roles": []}}})
        assert repo.handbook.teams == ()

    def test_agents_are_files_of_roles_and_agent_modules(self, build: Build) -> None:
        files = {f"{AGENTS}/meetmind/notes_agent.py": "", f"{AGENTS}/meetmind/tests/fake_agent.py": ""}
        agents = build(TEAM | files).handbook.all_teams["meetmind"].agents
        assert sorted(a.name for a in agents) == ["coordinator", "notes"]

    def test_without_such_files_classes_are_agents(self, build: Build) -> None:
        text = "class NoteTakerAgent:\n    pass\nclass Helper:\n    pass\n"
        agents = build({f"{AGENTS}/meetmind/team.py": text}).handbook.all_teams["meetmind"].agents
        assert [(a.name, a.line) for a in agents] == [("note taker", 1)]

    def test_readmes_lie_directly_in_the_folder(self, build: Build) -> None:
        files = {f"{AGENTS}/meetmind/{p}": "# T\n" for p in ("README.md", "README.sv.md", "docs/README.md", "NOTES.md")}
        readmes = build(TEAM | files).handbook.all_teams["meetmind"].readmes
        assert [d.name for d in readmes] == ["README.md", "README.sv.md"]


class TestReadme:
    PLACE = f"{AGENTS}/meetmind/README.md"

    def of(self, build: Build, text: str, **files: str) -> dict[str, Element]:
        server = {f"{AGENTS}/meetmind/server.py": "from fastapi import FastAPI\napp = FastAPI()\n"}
        return elements(build(TEAM | server | files | {self.PLACE: textwrap.dedent(text)}))

    @pytest.mark.parametrize(
        "command",
        ["python backend/agents/meetmind/server.py", "cd backend/agents/meetmind\nuvicorn server:app --reload",
         "docker run -p 80:80 meetmind", "poetry run python -m backend.agents.meetmind.server",
         "fastmcp run backend/agents/meetmind/server.py"],
    )  # fmt: skip
    def test_what_starts_the_team(self, build: Build, command: str) -> None:
        assert self.of(build, f"# T\n\n## Start\n\n```bash\n{command}\n```\n")["run"].ok

    @pytest.mark.parametrize(
        "command",
        ["python backend/agents/meetmind/adk_agents/coordinator_agent.py", "docker compose up", "make test", "true",
         "python backend/main.py", "# python backend/agents/meetmind/server.py", "echo server.py"],
    )  # fmt: skip
    def test_what_does_not(self, build: Build, command: str) -> None:
        assert not self.of(build, f"# T\n\n## Start\n\n```bash\n{command}\n```\n", Makefile="test:\n\techo\n")["run"].ok

    def test_compose_counts_where_it_is_there(self, build: Build) -> None:
        text = "# T\n\n## Start\n\n```bash\ndocker compose {}\n```\n"
        compose = {"compose.yaml": "services: {}\n"}
        assert self.of(build, text.format("up -d"), **compose)["run"].ok
        assert not self.of(build, text.format("logs"), **compose)["run"].ok

    @pytest.mark.parametrize(
        ("command", "ok"),
        [
            ("pytest backend/agents/meetmind/tests", True),
            ("cd backend/agents/meetmind && python -m pytest", True),
            ("python -m unittest discover", True),
            ("pytest backend/agents/meetmind/test_none.py", False),
            ("cd docs && pytest", False),
            ("make test", False),
        ],
    )
    def test_tests(self, build: Build, command: str, ok: bool) -> None:
        files = {f"{AGENTS}/meetmind/tests/test_a.py": "", "docs/a.md": ""}
        found = self.of(build, f"# T\n\n## Testing\n\n```sh\n{command}\n```\n", **files)
        assert found["tests"].ok is ok

    def test_the_purpose_stands_before_the_second_section(self, build: Build) -> None:
        sentence = "one two three four five " * 4
        assert self.of(build, f"# T\n\n## Contents\n\n- [a](#a)\n\n## About\n\n{sentence}\n\n## More\n")["purpose"].ok
        assert not self.of(build, f"# T\n\n## About\n\nShort.\n\n## More\n\n{sentence}\n")["purpose"].ok

    def test_reserved_is_no_reserve(self, build: Build) -> None:
        text = "# T\n\n## LLM\n\nGPT asks for {}.\n"
        assert not self.of(build, text.format("reserved capacity"))["LLM"].ok
        assert self.of(build, text.format("reservdrift"))["LLM"].ok


class TestLlmInterface:
    SERVICE = "class LLMService:\n    async def generate(self, prompt): ...\n    def _key(self): ...\n"

    def test_the_root_of_the_family(self, build: Build) -> None:
        base = "from backend.core.interfaces import LLMService\nclass BaseLLMService(LLMService):\n    pass\n"
        files = {"backend/core/interfaces.py": self.SERVICE, "backend/core/llm/base.py": base}
        interface = build(files).handbook.llm_interface
        assert interface.root is not None
        assert (interface.root.name, [m.name for m in interface.methods]) == ("LLMService", ["generate"])
        assert interface.folder == "backend/core/llm"

    def test_elsewhere_by_name(self, build: Build) -> None:
        interface = build(
            {"src/shop/llm_client.py": "class LlmClient:\n    def ask(self): ...\n"}
        ).handbook.llm_interface
        assert interface.root is not None
        assert interface.folder == "src/shop"

    def test_a_stand_in_for_a_failed_import_is_not_asked(self, build: Build) -> None:
        agent = """
            try:
                from backend.core.interfaces import LLMService
            except ImportError:
                class LLMService:
                    async def generate(self, **anything): ...
            """
        files = {"backend/core/interfaces.py": self.SERVICE, f"{AGENTS}/meetmind/a.py": agent}
        assert [m.path for m in build(files).handbook.llm_interface.calls["generate"]] == ["backend/core/interfaces.py"]


class TestTools:
    def offers(self, build: Build, code: str) -> list[tuple[str, list[str]]]:
        repo = build(TEAM | {f"{AGENTS}/meetmind/server.py": textwrap.dedent(code)})
        found = repo.handbook.tools.offered_by(repo.handbook.all_teams["meetmind"])
        return [(o.name, [p.name for p in o.parameters]) for o in found]

    @pytest.mark.parametrize(
        "code",
        [
            "@mcp.tool()\ndef plan(topic: str): ...",
            "@mcp.tool\nasync def plan(topic, ctx): ...",
            "@mcp.tool(name='plan')\ndef make_plan(topic: str, request: Context): ...",
            "@mcp.tool('plan')\ndef make_plan(topic): ...",
            "class Server:\n    def set_up(self):\n        @self.mcp.tool()\n        def plan(topic): ...",
            "mcp.add_tool(plan)\ndef plan(topic): ...",
            "Tool(name='plan', inputSchema={'type': 'object', 'properties': {'topic': {}}})",
            "SCHEMA = {'properties': {'topic': {}}}\nMCPTool(name='plan', input_schema=SCHEMA)",
            "class Args(BaseModel):\n    topic: str\nTool(name='plan', inputSchema=Args.model_json_schema())",
        ],
    )
    def test_one_tool(self, build: Build, code: str) -> None:
        assert self.offers(build, code) == [("plan", ["topic"])]

    @pytest.mark.parametrize(
        "code", ["def tool(topic): ...", "Tool(name=given)", "message.tool", "@tool\ndef f(x): ..."]
    )
    def test_none(self, build: Build, code: str) -> None:
        assert self.offers(build, code) == []

    def test_routes_where_there_is_no_tool(self, build: Build) -> None:
        code = """
            from fastapi import APIRouter, Depends, Request
            router = APIRouter(prefix="/meet")

            @router.get("/{id}")
            def show(id: str, long: bool, request: Request, db=Depends(print)): ...
            """
        assert self.offers(build, code) == [("/meet/{id}", ["long"])]

    def test_a_body_may_be_named_by_its_model_or_fields(self, build: Build) -> None:
        code = """
            from fastapi import FastAPI
            from pydantic import BaseModel
            app = FastAPI()

            class Order(BaseModel):
                symbol: str
                amount: float

            @app.post("/orders")
            def place(order: Order): ...
            """
        repo = build(TEAM | {f"{AGENTS}/meetmind/server.py": textwrap.dedent(code)})
        (offer,) = repo.handbook.tools.offered_by(repo.handbook.all_teams["meetmind"])
        (order,) = offer.parameters
        assert [order.is_named(t) for t in ("an order", "an Order", "symbol and amount", "a symbol")] == [
            True, True, True, False
        ]  # fmt: skip


class TestOffersInDocuments:
    CODE = TEAM | {
        f"{AGENTS}/meetmind/server.py": "from fastapi import FastAPI\napp = FastAPI()\n"
        "@app.get('/tasks/{task_id}/notes')\ndef notes(task_id: str): ...\n"
    }

    @pytest.mark.parametrize(
        ("text", "ok"),
        [
            ("## GET /tasks/{id}/notes\n\nThe notes of one of the tasks.", True),
            ("Ask `GET /tasks/:id/notes` for the notes.", True),
            ("Ask for notes:\n\n```bash\ncurl http://localhost:8000/tasks/42/notes?short=1\n```", True),
            ("Ask /tasks/{id}/notes for the notes of a task.", False),
            ("Ask `GET /api/tasks/{id}/notes` for the notes of it.", False),
            ("Ask `GET /tasks/{id}/notes/old` for the notes of it.", False),
            ("## GET /tasks/{id}/notes\n\nNotes.", False),
        ],
    )
    def test_routes(self, build: Build, text: str, ok: bool) -> None:
        repo = build(self.CODE | {f"{AGENTS}/meetmind/README.md": f"# T\n\n{text}\n"})
        team = repo.handbook.all_teams["meetmind"]
        (offer,) = repo.handbook.tools.offered_by(team)
        assert repo.handbook.references.of_offer(team, offer).ok is ok


class TestSections:
    def test_an_ordered_list_goes_on_behind_a_code_block(self) -> None:
        section = whole("1. one\n\n```sh\nls\n```\n\n2. two\n3. three\n\ntext\n\n1. again\n")
        assert [len(items) for items in ordered_lists(section)] == [3, 1]

    def test_headings_part_lists(self) -> None:
        assert [len(i) for i in ordered_lists(whole("# A\n\n1. one\n2. two\n\n## B\n\n3. three\n"))] == [2, 1]

    def test_bullets_are_no_ordered_list(self) -> None:
        assert ordered_lists(whole("- one\n- two\n- three\n")) == []

    def test_own_text_ends_at_the_first_subsection(self) -> None:
        first = document("a.md", "# A\n\nmine\n\n## B\n\nnot mine\n").sections[0]
        assert "not mine" not in text_of(own(first))
        assert "mine" in text_of(own(first))

    def test_what_stands_below_the_title(self) -> None:
        titles = [s.title for s in below_title(document("a.md", "# A\n\n## B\n\n# C\n"))]
        assert titles == ["B", "C"]

    def test_the_line_of_a_match_in_a_long_paragraph(self) -> None:
        import re

        (site,) = lines_with(whole("# A\n\none\ntwo\nthree\n"), re.compile("three"))
        assert (site.line, site.note) == (5, '"three"')


class TestFacade:
    CODE = """
        from enum import Enum

        class ServiceMode(str, Enum):
            AWS = "aws"
            LOCAL = "local"
            _ignored = 3

        class Mode:
            OTHER = 1

        class ServiceFacade:
            def get_search_service(self):
                return Front("search")

            def get_cache_service(self):
                return Front("cache")

            def get_system_health(self):
                return 3

        class Front:
            def __init__(self, name):
                self.name = name

        class BiggerFacade(ServiceFacade):
            def get_agent_files_service(self):
                return 4
        """

    def test_modes_and_accessors(self, build: Build) -> None:
        facade = build({"backend/infrastructure/service_facade.py": self.CODE}).handbook.facade
        assert sorted(facade.modes) == ["AWS", "LOCAL"]
        assert sorted(facade.accessors) == ["get_cache_service", "get_search_service"]


@given(st.text(max_size=400))
def test_no_document_breaks_the_elements(text: str) -> None:
    section = document("README.md", text).whole
    ordered_lists(section)
    text_of(own(section))
