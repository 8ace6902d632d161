"""The links between an agent and the central model service: CENTRAL, CALLED, USED, WIRED and DIRECT-FREE."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.llm.agents import Agent
from pytest_readiness.repo.llm.answers import Answers
from pytest_readiness.repo.llm.calls import LlmCall
from pytest_readiness.repo.llm.fallbacks import Fallbacks, Outage
from pytest_readiness.repo.llm.handles import Handles, Origin, Source
from pytest_readiness.repo.llm.prompts import Prompts
from pytest_readiness.repo.llm.services import has_body
from pytest_readiness.repo.llm.wiring import Supply, best
from pytest_readiness.repo.modules import Module, Site, dotted

if TYPE_CHECKING:
    from pytest_readiness.repo.llm.model import Llm

NO_CALL = "the agent makes no call of the model"


@dataclass(frozen=True)
class Link:
    """One link: whether it holds, the places that show it, and in which way it fails."""

    name: str
    ok: bool
    places: tuple[Site, ...]
    note: str = ""


class Links:
    """The links of one agent."""

    def __init__(self, agent: Agent, llm: Llm) -> None:
        self.agent, self._llm = agent, llm
        self._handles = Handles(agent, llm.names, llm.is_vendor)
        self._answers = Answers(agent, llm.settings.status_methods)

    @cached_property
    def sites(self) -> tuple[LlmCall, ...]:
        """The agent's own calls of the model."""
        return self.agent.sites

    @cached_property
    def outages(self) -> tuple[Outage, ...]:
        """What the agent answers when the model is away, for each of its calls."""
        return Fallbacks(self.agent, self._handles, self._llm).outages

    @cached_property
    def prompts(self) -> Prompts:
        """The texts of the agent's questions."""
        return Prompts(self.agent, self._llm.names)

    @cached_property
    def four(self) -> tuple[Link, ...]:
        """CENTRAL, CALLED, USED, WIRED."""
        if self.sites:
            return (self._central(), self._called(), self._used(), self.wired)
        if self.delegates:
            return (*(self._through(i) for i in range(3)), self.wired)
        where = (self.agent.cls.module.at(self.agent.cls.node),)
        missing = [Link(name, False, where, NO_CALL) for name in ("CENTRAL", "CALLED", "USED")]
        return (*missing, self.wired)

    @cached_property
    def delegates(self) -> tuple[Links, ...]:
        """Links of the roster agents that this one builds, handing its own handle on, and that call the model."""
        found = [k for k in self._llm.all_links if k is not self and k.sites and self._hands_on(k)]
        return tuple(found) if self._handles.stored() else ()

    def _hands_on(self, other: Links) -> bool:
        wiring = self._llm.wiring
        own = set(self.agent.own)
        for construction in wiring.constructions(other.agent.cls):
            if construction.function not in own:
                continue
            for origin in other.origins:
                value = wiring.argument(other.agent.cls, origin.name, construction)
                if value is not None and construction.function and self._handles.origins(construction.function, value):
                    return True
        return False

    def _through(self, index: int) -> Link:
        """A link taken from the agents that this one hands its handle to: it holds when it holds for each of them."""
        links = [(d, d.four[index]) for d in self.delegates]
        broken = [(d, k) for d, k in links if not k.ok]
        if broken:
            other, link = broken[0]
            return Link(link.name, False, link.places, f"judged through {other.agent.role.title}: {link.note}")
        return Link(links[0][1].name, True, tuple(p for _, k in links for p in k.places[:1]))

    @cached_property
    def origins(self) -> tuple[Origin, ...]:
        """Every origin of the handles that the agent asks through; without a call of its own, of the one it stores."""
        found = [o for s in self.sites for o in self.origins_of(s)] if self.sites else self._handles.stored()
        return tuple(dict.fromkeys(found))

    def origins_of(self, site: LlmCall) -> list[Origin]:
        """The origins of the handle that a call is made on."""
        if site.receiver is None:
            return []
        found = self._handles.origins(self.agent.holder(site), site.receiver)
        return found or self._assigned(site.receiver)

    def _assigned(self, receiver: ast.expr) -> list[Origin]:
        """An attribute that code outside fills: `agent.llm = service`."""
        name = (dotted(receiver) or "").removeprefix("self.")
        sites = self._llm.wiring.assignments(self.agent.cls, name) if name.isidentifier() else []
        return [Origin(Source.ASSIGNED, module.at(node), name=name) for module, node in sites]

    def _central(self) -> Link:
        problems = [(s, p) for s in self.sites if (p := self._not_central(s))]
        if problems:
            return Link("CENTRAL", False, tuple(s.module.at(s.node, p) for s, p in problems), problems[0][1])
        return Link(
            "CENTRAL", True, tuple(s.module.at(s.node, f"asks the central service: {s.name}") for s in self.sites)
        )

    def _not_central(self, site: LlmCall) -> str:
        """Why a call is not made on the central service; "" where it is."""
        origins = self.origins_of(site)
        if site.is_vendor or any(o.source is Source.VENDOR for o in origins):
            return f"calls a vendor SDK itself: {site.sdk or ast.unparse(site.method)}"
        if not origins:
            return "the handle that is called is never given anything"
        if all(o.source is Source.MISSING for o in origins):
            return f"the accessor `{origins[0].name}` does not exist"
        if site.name not in self._llm.offered_methods:
            return f"no loadable LLM service class has a completion method `{site.name}`"
        return ""

    def _called(self) -> Link:
        for site in self.sites:
            holder = self.agent.holder(site)
            dead = self._llm.why_dead(site.module, site.node)
            if dead is not None:
                note = f"this call can never run: line {dead.line} {dead.note}"
            elif holder not in self.agent.reached:
                note = f"no public method of the agent reaches `{holder.name}`, where the model is called"
            else:
                continue
            return Link("CALLED", False, (site.module.at(site.node, note),), note)
        places = [s.module.at(s.node, f"reached through `{self.agent.holder(s).name}`") for s in self.sites]
        return Link("CALLED", True, tuple(places))

    def _used(self) -> Link:
        uses = [self._answers.use(s) for s in self.sites]
        broken = [u.site for u in uses if not u.ok]
        if broken:
            return Link("USED", False, tuple(broken), broken[0].note)
        return Link("USED", True, tuple(u.site for u in uses))

    @cached_property
    def wired(self) -> Link:
        """Whether the central service really gets to the agent."""
        if not self.origins:
            note = "the agent stores no LLM service" if not self.sites else "the handle is never given anything"
            return Link("WIRED", False, (self.agent.cls.module.at(self.agent.cls.node, note),), note)
        groups = [self.origins_of(s) for s in self.sites] or [list(self.origins)]
        supplies = [best(self._supplies(group)) for group in groups]
        broken = [s for s in supplies if s is None or not s.ok]
        if broken:
            at = broken[0].site if broken[0] else self._unbuilt()
            return Link("WIRED", False, (at,), at.note)
        return Link("WIRED", True, tuple(dict.fromkeys(s.site for s in supplies if s)))

    def _unbuilt(self) -> Site:
        node = self.agent.cls.node
        return self.agent.cls.module.at(node, f"no product code builds {self.agent.cls.name} of this file")

    def _supplies(self, origins: list[Origin]) -> Iterator[Supply]:
        for origin in origins:
            match origin.source:
                case Source.VENDOR:
                    yield Supply(False, _noted(origin, "the handle is a vendor client that the agent builds itself"))
                case Source.MISSING:
                    yield Supply(False, _noted(origin, f"`{origin.name}` does not exist"))
                case Source.ACCESSOR:
                    yield self._accessed(origin)
                case Source.BUILT:
                    ok = origin.cls is not None and self._llm.services.is_service(origin.cls)
                    yield Supply(ok, _noted(origin, f"the agent builds {origin.name} itself"))
                case Source.ASSIGNED:
                    yield from self._llm.wiring.assigned(self.agent.cls, origin.name)
                case Source.PARAMETER:
                    yield from self._constructed(origin)

    def _accessed(self, origin: Origin) -> Supply:
        function = origin.function
        if function is not None and not (has_body(function) and self._llm.loadable(function.module)):
            return Supply(False, _noted(origin, f"the accessor `{function.name}` gives nothing or cannot be imported"))
        return Supply(True, _noted(origin, "the agent asks the accessor for the service"))

    def _constructed(self, origin: Origin) -> Iterator[Supply]:
        wiring = self._llm.wiring
        if origin.function is not None and origin.function.name != "__init__":
            found = wiring.method_supply(origin)
            note = f"no live code gives `{origin.function.name}` a `{origin.label}`"
            yield found or Supply(False, _noted(origin, note))
            return
        for construction in wiring.constructions(self.agent.cls):
            yield wiring.supply(self.agent.cls, origin, construction)

    @cached_property
    def direct_free(self) -> Link:
        """No vendor SDK is imported or built in the agent's file."""
        found = list(_vendor_uses(self.agent.module, self._llm))
        if found:
            return Link("DIRECT-FREE", False, tuple(found), found[0].note)
        return Link("DIRECT-FREE", True, (self.agent.module.at(self.agent.cls.node, "no vendor SDK in this file"),))


def _vendor_uses(module: Module, llm: Llm) -> Iterator[Site]:
    for node in module.nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            if _only_types(module, node):
                continue
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            if isinstance(node, ast.ImportFrom) and not node.level:
                names += [f"{node.module}.{a.name}" for a in node.names]
            found = [n for n in names if llm.is_sdk(n)] if not getattr(node, "level", 0) else []
            if found:
                yield module.at(node, f"imports the vendor SDK {found[0]}")
    for call in llm.bedrock_clients(module):
        yield module.at(call, "builds a Bedrock client")


def _noted(origin: Origin, note: str) -> Site:
    return Site(origin.site.path, origin.site.line, note)


def _only_types(module: Module, node: ast.AST) -> bool:
    """Under `if TYPE_CHECKING:`."""
    return any(isinstance(p, ast.If) and "TYPE_CHECKING" in ast.unparse(p.test) for p in module.ancestors(node))
