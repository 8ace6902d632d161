"""What the repository does with language models, each fact computed once."""

from __future__ import annotations

import ast
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.llm import vendors
from pytest_readiness.repo.llm.agents import Agent, Role, agent_class, instances, roster
from pytest_readiness.repo.llm.calls import LlmCalls
from pytest_readiness.repo.llm.exercises import Exercises
from pytest_readiness.repo.llm.links import Links
from pytest_readiness.repo.llm.providers import Providers
from pytest_readiness.repo.llm.services import LlmServices
from pytest_readiness.repo.llm.wiring import Wiring
from pytest_readiness.repo.modules import Class, Function, Module, Site, call_name, text_of
from pytest_readiness.repo.names import Names
from pytest_readiness.repo.reach import console_scripts
from pytest_readiness.settings import LlmSettings

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo


class Llm:
    """Entry to the facts about language models: `repo.llm`."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @property
    def names(self) -> Names:
        return self._repo.names

    @property
    def settings(self) -> LlmSettings:
        return self._repo.settings.llm

    @cached_property
    def calls(self) -> LlmCalls:
        """Calls of a model in product code."""
        return LlmCalls(self._repo.product, self.names, self.settings)

    @cached_property
    def roster(self) -> tuple[Role, ...]:
        """Every role of every team."""
        return tuple(roster(self._repo.settings.teams))

    def role(self, team: str, name: str) -> Role | None:
        """The role of that name in the team, where the roster has it."""
        return next((r for r in self.roster if (r.team, r.name) == (team, name)), None)

    @cached_property
    def has_agents(self) -> bool:
        """Whether any file of the roster exists."""
        return any(self._repo.files.exists(r.path) for r in self.roster)

    @cached_property
    def agents(self) -> dict[str, Agent]:
        """Role title -> agent, where the file parses and holds the agent's class."""
        foreign = frozenset([*self._classes.values(), *self.services.candidates])
        roles = {r.title: r for r in self.roster}
        return {
            title: Agent(roles[title], cls, self.names, self.calls, foreign - {cls})
            for title, cls in self._classes.items()
        }

    @cached_property
    def _classes(self) -> dict[str, Class]:
        found = {r.title: self._class_of(r) for r in self.roster}
        return {title: cls for title, cls in found.items() if cls is not None}

    def _class_of(self, role: Role) -> Class | None:
        module = self._repo.modules.get(role.path)
        return agent_class(module, role.name) if module is not None and module.tree is not None else None

    def problem(self, role: Role) -> Site | None:
        """Why the role has no agent that can be loaded: no file, no such class in it, or an import that fails."""
        module = self._repo.modules.get(role.path)
        if module is None:
            return Site(role.path, None, "the agent's file does not exist")
        failure = self._repo.imports.problem(module)
        if failure is not None:
            return failure
        return None if role.title in self._classes else Site(role.path, 1, "the file holds no agent class")

    @property
    def in_use(self) -> bool:
        """Whether there is anything of the kind: an agent of the roster, or a call of a model."""
        return self.has_agents or bool(self.calls.all)

    def is_unreadable(self, role: Role) -> bool:
        """Whether the role's file exists, but cannot be read as Python."""
        module = self._repo.modules.get(role.path)
        return self._repo.files.exists(role.path) and (module is None or module.tree is None)

    @cached_property
    def links(self) -> dict[str, Links]:
        """Role title -> links, for agents that can be loaded."""
        return {t: Links(a, self) for t, a in self.agents.items() if self._repo.imports.loadable(a.module)}

    @property
    def all_links(self) -> tuple[Links, ...]:
        return tuple(self.links.values())

    @cached_property
    def agent_folders(self) -> frozenset[str]:
        """Folders of the agents, with a slash at their end: per team the folder below what all teams share."""
        folders = [path.rpartition("/")[0].split("/") for path in {r.path for r in self.roster}]
        if not folders:
            return frozenset()
        shared = 0
        while all(len(f) > shared for f in folders) and len({f[shared] for f in folders}) == 1:
            shared += 1
        return frozenset("/".join(f[: max(shared + 1, 1)]) + "/" for f in folders if f != [""])

    @cached_property
    def services(self) -> LlmServices:
        """The LLM service classes and interfaces."""
        return LlmServices(
            self._repo.product, self.names, self._repo.imports, self.calls, self.agent_folders, self._supplied
        )

    @cached_property
    def _supplied(self) -> tuple[Class, ...]:
        """Classes of the objects that live code hands to the roster's agents when it builds them."""
        built = (c for cls in self._classes.values() for c in self.wiring.constructions(cls))
        live = [c for c in built if self.is_live(c.module, c.call) and self.wiring.placed(c)]
        given = ((c.module, a) for c in live for a in (*c.call.args, *(k.value for k in c.call.keywords)))
        return tuple(dict.fromkeys(c for module, argument in given for c in self._held(module, argument)))

    def _held(self, module: Module, node: ast.expr) -> list[Class]:
        """Classes of the object, or of what the written-out mapping holds."""
        found: list[Class] = []
        for origin in self._repo.origins.of(module, node):
            values = origin.node.values if isinstance(origin.node, ast.Dict) else [origin.node]
            found += [c for value in values for c in instances(self.names, origin.module, value)]
        return found

    @cached_property
    def providers(self) -> Providers:
        """Which vendors the service can get its answers from."""
        return Providers(self, self._repo.product)

    @cached_property
    def exercises(self) -> Exercises:
        """Which tests drive the agents, and how the agents are built in them."""
        return Exercises(self._repo.suite, self)

    def in_agent_folder(self, cls: Class) -> bool:
        """Whether the class stands in a folder of the agents."""
        return any(cls.path.startswith(folder) for folder in self.agent_folders)

    @cached_property
    def offered_methods(self) -> frozenset[str]:
        """Names of the completion methods that a loadable service class offers."""
        return frozenset(m.name for c in self.services.classes for m in self.services.methods(c))

    @cached_property
    def service_errors(self) -> frozenset[Class]:
        """Exceptions that a service class, or a class with a completion method, raises; their base classes too."""
        owners = [c for m in self._repo.product for c in m.classes if self.calls.declares_completion(c)]
        raised = [
            (c, r.exc) for c in owners for r in ast.walk(c.node) if isinstance(r, ast.Raise) and r.exc is not None
        ]
        kinds = [(c, e.func if isinstance(e, ast.Call) else e) for c, e in raised]
        found = [k for c, e in kinds for k in self.names.classes(c.module, e)]
        return frozenset(b for k in found for b in self.names.ancestry(k) if isinstance(b, Class))

    @cached_property
    def wiring(self) -> Wiring:
        return Wiring(self._repo.product, self.names, self.is_live, self._started)

    def _started(self, function: Function) -> bool:
        """Named by a console script."""
        target = f"{function.module.path.removesuffix('.py').replace('/', '.')}:{function.name}"
        return any(f".{target}".endswith(f".{script}") for script in self._scripts)

    @cached_property
    def _scripts(self) -> list[str]:
        return console_scripts(self._repo.files)

    def is_live(self, module: Module, node: ast.AST) -> bool:
        """Whether the statement that holds the node can run (LIVE of the catalogue)."""
        return self._repo.statements.is_live(module, node)

    def why_dead(self, module: Module, node: ast.AST) -> Site | None:
        """What keeps the node from ever running."""
        return self._repo.imports.problem(module) or self._repo.statements.why_dead(module, node)

    def problem_of(self, module: Module) -> Site | None:
        """Why the module cannot be imported."""
        return self._repo.imports.problem(module)

    def loadable(self, module: Module) -> bool:
        return self._repo.imports.loadable(module)

    def is_sdk(self, dotted: str) -> bool:
        """A module or class of a vendor SDK that does nothing else; boto3 alone is none."""
        return vendors.is_vendor(dotted, self.settings.vendor_sdks) and dotted.partition(".")[0] not in vendors.AWS_SDKS

    def is_vendor(self, dotted: str) -> bool:
        """A vendor SDK's name, the client factories of AWS included."""
        if dotted.partition(".")[0] in vendors.AWS_SDKS:
            return dotted.endswith((".client", ".create_client"))
        return self.is_sdk(dotted)

    def bedrock_clients(self, module: Module) -> list[ast.Call]:
        """Calls that make a Bedrock runtime client: `boto3.client("bedrock-runtime")`, a session's too."""
        named = (c for c in module.calls if call_name(c) in ("client", "create_client"))
        return [c for c in named if any(text_of(a) == "bedrock-runtime" for a in ast.walk(c))]
