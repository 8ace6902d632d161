"""Which vendors the LLM service gets its answers from, what it does when one fails, what it answers by itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.llm import vendors
from pytest_readiness.repo.llm.agents import Agent, Role
from pytest_readiness.repo.llm.answers import carried
from pytest_readiness.repo.llm.calls import LlmCall
from pytest_readiness.repo.llm.computed import Level
from pytest_readiness.repo.llm.fallbacks import Fallbacks, Substitute, firing
from pytest_readiness.repo.llm.handles import Handles
from pytest_readiness.repo.llm.objects import Objects, Spot
from pytest_readiness.repo.llm.paths import Walk, World
from pytest_readiness.repo.modules import Class, Function, Module, Site, argument, call_name, text_of
from pytest_readiness.repo.names import External, Value

if TYPE_CHECKING:
    from pytest_readiness.repo.llm.model import Llm

LOCAL = "local"
_LOCAL_LIBRARIES = frozenset(
    {"transformers", "llama_cpp", "vllm", "gpt4all", "onnxruntime", "ctransformers", "mlx_lm", "ollama"}
)
_NETWORK = frozenset(
    {"httpx", "requests", "aiohttp", "urllib", "urllib3", "http", "grpc", "websockets", "boto3", "aioboto3", "redis"}
)
_STORES = frozenset({"get", "pop", "setdefault", "fetch", "fetchone", "load", "read", "search"})


@dataclass(frozen=True, eq=False)
class Ask:
    """One place where a class asks for a completion: a vendor's SDK, or another class of the repository."""

    site: LlmCall
    holder: Function
    kinds: frozenset[str]
    """bedrock, openai, local and so on; what the other class asks in its turn where it is one."""
    targets: tuple[Class, ...]
    returned: bool
    """Data of the answer is in what a completion method returns."""
    live: bool
    choice: bool = False
    """The same call asks one after the other: a loop over providers, or over methods that ask them."""

    @property
    def counts(self) -> bool:
        return self.returned and self.live

    def at(self, note: str) -> Site:
        """Where it stands."""
        return self.site.module.at(self.site.node, note)


class View:
    """A class with completion methods: what it asks, and what it answers when that fails."""

    def __init__(self, cls: Class, llm: Llm, foreign: frozenset[Class], providers: Providers) -> None:
        self.cls, self._llm, self._providers = cls, llm, providers
        role = Role("service", cls.name, cls.path)
        self.agent = Agent(role, cls, llm.names, llm.calls, foreign)
        self._handles = Handles(self.agent, llm.names, llm.is_vendor)

    @cached_property
    def completions(self) -> list[Function]:
        """Completion methods with a body."""
        return self._llm.services.methods(self.cls)

    @cached_property
    def reached(self) -> frozenset[Function]:
        """What a completion method reaches, itself included."""
        return self.agent.reaching(self.completions)

    @cached_property
    def asks(self) -> tuple[Ask, ...]:
        """Every ask that a completion method reaches."""
        single = [self._ask(s, h) for s, h in self._sites() if h in self.reached]
        return (*single, *(a for f in self.reached for a in self._loops(f, single)))

    def _sites(self) -> Iterator[tuple[LlmCall, Function]]:
        """Calls of the model, and of a completion method on what is known to be one of the repository's classes."""
        known = {s.node for s in self.agent.sites}
        yield from ((s, self.agent.holder(s)) for s in self.agent.sites)
        for function in self.agent.functions:
            for call in function.calls:
                method = call.func
                if call in known or not isinstance(method, ast.Attribute):
                    continue
                site = LlmCall(function.module, call, method, "", is_vendor=False)
                if method.attr in self._llm.calls.completion_names and self._targets(site, function):
                    yield site, function

    def _targets(self, site: LlmCall, function: Function) -> tuple[Class, ...]:
        return tuple(self._providers.targets(site, self._spot(function), self.cls))

    def _ask(self, site: LlmCall, holder: Function) -> Ask:
        targets = () if site.is_vendor else self._targets(site, holder)
        kinds = {k for t in targets for k in self._providers.kinds(t)}
        if site.is_vendor:
            kinds = set(self._providers.kinds_of(site, self._spot(holder)))
        live = self._llm.is_live(site.module, site.node)
        returned = self._returns(holder, lambda n: n is site.node, set())
        choice = len(targets) > 1 or (site.is_vendor and len(kinds) > 1)
        return Ask(site, holder, frozenset(kinds), targets, returned, live, choice)

    def _loops(self, function: Function, asks: list[Ask]) -> Iterator[Ask]:
        """Calls that run methods that ask one after the other: `for ask in (self._a, self._b): ask(x)`."""
        runs: dict[ast.AST, list[Function]] = {}
        for edge in self.agent.edges:
            if edge.source is function and edge.call is None:
                for node in firing(function, edge.node):
                    runs.setdefault(node, []).append(edge.target)
        for loop in (n for n in function.own_nodes if isinstance(n, ast.For | ast.AsyncFor)):
            if len(list(self._providers.elements(self._spot(function), loop.iter))) > 1:
                inside = set(ast.walk(loop))
                for edge in (e for e in self.agent.edges if e.source is function and e.call in inside):
                    runs.setdefault(edge.call, []).append(edge.target)  # type: ignore[arg-type]
        for node, methods in runs.items():
            below = [a for a in asks if a.counts and a.holder in self.agent.reaching(methods)]
            if isinstance(node, ast.Call) and len({k for a in below for k in a.kinds}) > 1:
                site = LlmCall(function.module, node, node.func, "", is_vendor=False)
                kinds = frozenset(k for a in below for k in a.kinds)
                live = self._llm.is_live(function.module, node)
                yield Ask(
                    site, function, kinds, (), self._returns(function, lambda n, c=node: n is c, set()), live, True
                )

    def _spot(self, function: Function) -> Spot:
        return Spot(function.module, function, self.cls if self.agent.is_method(function) else function.cls)

    def _returns(self, function: Function, seed: object, seen: set[Function]) -> bool:
        """Whether the answer gets to what a completion method returns, over any chain of callers."""
        seen.add(function)
        if not carried(function, seed):  # type: ignore[arg-type]
            return False
        if function in self.completions:
            return True
        for user in dict.fromkeys(e.source for e in self.agent.into(function) if e.source in self.reached):
            nodes = {e.node for e in self.agent.into(function) if e.source is user}
            if user not in seen and self._returns(user, nodes.__contains__, seen):
                return True
        return False

    @property
    def kinds(self) -> frozenset[str]:
        """What answers can come from."""
        found = {k for a in self.asks if a.counts for k in a.kinds}
        return frozenset(found | ({LOCAL} if self.is_local else set()))

    @cached_property
    def is_local(self) -> bool:
        """A completion method that asks nobody and works its answer out from the prompt, or asks a local model."""
        if self.asks or not self._llm.loadable(self.cls.module):
            return False
        for method in self.completions:
            level, answers = self._fallbacks(frozenset()).result(method)
            if answers and level is Level.COMPUTED and not self._providers.goes_out([method, *self.reached]):
                return True
        return any(self._providers.runs_model(f) for f in self.reached)

    def _fallbacks(self, asks: frozenset[ast.AST]) -> Fallbacks:
        return Fallbacks(self.agent, self._handles, self._llm, asks)

    @cached_property
    def remote(self) -> list[Ask]:
        """Asks whose answer comes from another host."""
        return [a for a in self.asks if a.live and a.kinds - {LOCAL}]

    def local_answers(self, *, failing_only: bool) -> Iterator[tuple[Ask, Site]]:
        """An ask, and the place that answers locally when it fails (or, unless `failing_only`, is not configured)."""
        nodes = frozenset(a.site.node for a in self.asks if LOCAL not in a.kinds)
        for ask in self.remote:
            if LOCAL in ask.kinds and ask.choice and ask.counts and (not failing_only or self._goes_on(ask)):
                yield ask, ask.at("asks a provider that answers locally, too")
            paths = self._fallbacks(nodes | {ask.site.node}).paths(ask.site)
            for substitute in [s for path in (paths[1:] if failing_only else paths) for s in path.substitutes]:
                if self._is_local_answer(substitute):
                    yield ask, replace(substitute.site, note="answers without any other host")

    @property
    def gives_up(self) -> Iterator[Site]:
        """Where a failing ask ends in a raise or an error value."""
        nodes = frozenset(a.site.node for a in self.remote)
        for ask in self.remote:
            for path in self._fallbacks(nodes).paths(ask.site):
                yield from (Site(m.path, m.line, "raises instead of answering locally") for m in path.missing)
                yield from (Site(s.site.path, s.site.line, s.error) for s in path.errors)

    def _is_local_answer(self, substitute: Substitute) -> bool:
        if substitute.error or substitute.at is None:
            return False
        led = self._led_to(substitute)
        if led:
            return all(a.kinds == {LOCAL} for a in led)
        return substitute.computed and not self._providers.fetches(substitute.at.function, substitute.parts)

    def hops(self, first: str, second: str) -> Iterator[tuple[Ask, Ask]]:
        """Asks of `first` whose failure hands the request on to an ask of `second`, whose answer is returned."""
        for ask in [a for a in self.asks if a.live and first in a.kinds]:
            if second in ask.kinds:
                if ask.counts and ask.choice and (self._goes_on(ask) or self._tries_again(ask)):
                    yield ask, ask
                continue
            same = frozenset(a.site.node for a in self.asks if a.kinds == ask.kinds)
            for substitute in self._fallbacks(same).paths(ask.site)[1].substitutes:
                led = self._led_to(substitute)
                yield from ((ask, a) for a in led if a.counts and second in a.kinds and first not in a.kinds)

    def _led_to(self, substitute: Substitute) -> list[Ask]:
        """The asks whose answer the substitute is: made in its value, in a method that the value calls, or its own."""
        where = substitute.at.function if substitute.at else None
        parts = substitute.parts
        calls = [p for p in parts if isinstance(p, ast.Call)] if where else []
        run = [f for c in calls if (f := self._fallbacks(frozenset()).callee(where, c)) is not None]  # type: ignore[arg-type]
        below = self.agent.reaching([f for f in run if f in self.agent.functions])
        inside = {f.cls for f in [*run, where] if f is not None and f.cls is not None}
        single = [a for a in self.asks if not (a.choice and not a.targets)]
        return [a for a in single if a.site.node in parts or a.holder in below or inside & set(a.targets)]

    def _tries_again(self, ask: Ask) -> bool:
        """Whether a method that keeps a failure to itself is called again, for the next provider, when it had one."""
        calls = [e for e in self.agent.into(ask.holder) if e.call is not None and e.source in self.reached]
        failure = self._fallbacks(frozenset({ask.site.node})).paths(ask.site)[1]
        if len(calls) < 2 or failure.missing:
            return False
        for first in calls:
            later = {e.call for e in calls if e.source is first.source and e is not first}
            if later & self._fallbacks(frozenset()).instead(ask.site, first.source, first.call):  # type: ignore[arg-type]
                return True
        return False

    def _goes_on(self, ask: Ask) -> bool:
        """Whether a loop over the providers tries the next one when an ask fails."""
        if argument(ask.site.node, "fallbacks") is not None:
            return True
        users = [e for e in self.agent.into(ask.holder) if e.call is not None and e.source in self.reached]
        return self._loops_on(ask.holder, ask.site.node) or any(self._loops_on(e.source, e.call) for e in users)

    def _loops_on(self, function: Function, call: ast.AST | None) -> bool:
        """Whether the call stands in a loop that goes on when it fails."""
        around = function.module.ancestors(call) if call is not None else ()
        loop = next((p for p in around if isinstance(p, ast.For | ast.AsyncFor)), None)
        if loop is None:
            return False
        world = World(
            lambda *_: False, self._fallbacks(frozenset()).catches, lambda *_: None, lambda *_: [], absent=False
        )
        world.hits = frozenset({call})  # type: ignore[arg-type]
        inside = {n for s in loop.body for n in ast.walk(s)}
        return any(e.state.failed and e.node not in inside for e in Walk(function, world).endings)


class Providers:
    """The views of all classes with completion methods."""

    def __init__(self, llm: Llm, modules: Iterable[Module]) -> None:
        self._llm = llm
        classes = (c for m in modules for c in m.classes)
        self._classes = [c for c in classes if llm.services.methods(c) and not llm.in_agent_folder(c)]
        self._views: dict[Class, View] = {}
        self._busy: set[Class] = set()

    @cached_property
    def _objects(self) -> Objects:
        return Objects(self._llm.names, self._llm.wiring)

    def view(self, cls: Class) -> View:
        """The view of one class."""
        if cls not in self._views:
            family = self._llm.names.ancestry(cls)
            self._views[cls] = View(cls, self._llm, frozenset(c for c in self._classes if c not in family), self)
        return self._views[cls]

    @cached_property
    def services(self) -> list[View]:
        """The views of the loadable service classes."""
        return [self.view(c) for c in self._llm.services.classes]

    @cached_property
    def serving(self) -> list[View]:
        """The service classes, and all classes that they ask."""
        found = dict.fromkeys(self.services)
        todo = list(found)
        while todo:
            further = [self.view(t) for a in todo.pop().asks if a.live for t in a.targets]
            todo += [v for v in further if v not in found]
            found |= dict.fromkeys(further)
        return list(found)

    @cached_property
    def dead(self) -> list[Site]:
        """Service classes that cannot be imported, and the imports that break them."""
        found = [(c, self._llm.problem_of(c.module)) for c in self._llm.services.candidates]
        return [Site(p.path, p.line, f"{c.name} cannot be imported: {p.note}") for c, p in found if p is not None]

    def local(self) -> list[tuple[Ask, Site]]:
        """Local answers of the service when a remote one is not configured or fails."""
        return [pair for v in self.serving for pair in v.local_answers(failing_only=False)]

    def hops(self, first: str, second: str) -> list[tuple[Ask, Site]]:
        """Asks of `first` whose failure is handed on to `second`, and where that answers."""
        if second == LOCAL:
            return [pair for v in self.serving for pair in v.local_answers(failing_only=True)]
        return [(a, b.at(f"asks {second} when {first} fails")) for v in self.serving for a, b in v.hops(first, second)]

    @cached_property
    def gives_up(self) -> list[Site]:
        """Where the service raises, or returns an error, when its remote asks fail."""
        return list(dict.fromkeys(s for v in self.serving for s in v.gives_up))

    def asking(self, kind: str) -> list[tuple[View, Ask]]:
        """PROVIDER: classes outside the agents whose completion method returns the answer of that vendor's SDK."""
        views = [self.view(c) for c in self._classes]
        return [(v, a) for v in views for a in v.asks if a.site.is_vendor and kind in a.kinds and a.counts]

    def selecting(self, kind: str) -> list[tuple[View, Ask]]:
        """SELECTED: service classes whose completion method gets that vendor's answers."""
        return [(v, a) for v in self.services for a in v.asks if kind in a.kinds and a.counts]

    def kinds(self, cls: Class) -> frozenset[str]:
        """What the class's answers can come from; nothing for one that asks itself in a circle."""
        if cls in self._busy:
            return frozenset()
        self._busy.add(cls)
        try:
            return self.view(cls).kinds if self._llm.loadable(cls.module) else frozenset()
        finally:
            self._busy.discard(cls)

    def targets(self, site: LlmCall, spot: Spot, cls: Class) -> Iterator[Class]:
        """Concrete classes of the objects that a completion method is called on."""
        if site.receiver is not None:
            for found in self._objects.behind(spot, site.receiver):
                if isinstance(found, Class) and found is not cls and self._llm.services.methods(found):
                    yield found

    def elements(self, spot: Spot, node: ast.expr) -> Iterator[ast.expr]:
        """What a container holds that is written out, or filled by live code."""
        return (value for _, value in self._objects.elements(spot, node))

    def kinds_of(self, site: LlmCall, spot: Spot) -> Iterator[str]:
        """The provider that a vendor SDK's call asks."""
        known = site.sdk or next(iter(self._external(site, spot)), "")
        root = known.partition(".")[0]
        if root == "litellm":
            yield from self._litellm(site)
        elif root in vendors.AWS_SDKS:
            if self._is_runtime(site.module):
                yield "bedrock"
        elif known:
            yield self._base_url(site.module, root) or vendors.provider_of(known) or root

    def _is_runtime(self, module: Module) -> bool:
        """Whether a client of AWS that the module makes is Bedrock's runtime; a client made elsewhere may be."""
        named = [c for c in module.calls if call_name(c) in ("client", "create_client")]
        services = [s for c in named if (s := argument(c, "service_name", 0)) is not None]
        texts = [self._constant(module, s) for s in services]
        return not services or any(text in ("bedrock-runtime", None) for text in texts)

    def _constant(self, module: Module, node: ast.expr) -> str | None:
        found = [text_of(s.node) for s in self._llm.names.resolve(module, node) if isinstance(s, Value)]
        return found[0] if found else None

    def _external(self, site: LlmCall, spot: Spot) -> list[str]:
        """For a client that is handed over: the SDK's class that it is an object of."""
        if site.receiver is None:
            return []
        return [s.name for s in self._objects.behind(spot, site.receiver) if isinstance(s, External)]

    def _litellm(self, site: LlmCall) -> Iterator[str]:
        given = [argument(site.node, "model", 0), argument(site.node, "fallbacks")]
        texts = [text_of(n) or "" for g in given if g is not None for n in ast.walk(g)]
        if not any(texts):
            texts = [text_of(n) or "" for n in site.module.nodes]
        for text in texts:
            if text.startswith("bedrock/"):
                yield "bedrock"
            elif text.startswith(("openai/", "gpt-", "azure/", "o1", "o3")):
                yield "openai"
            elif text.startswith("ollama"):
                yield LOCAL

    def _base_url(self, module: Module, root: str) -> str:
        """What the SDK's clients are pointed at where that is written down: local, or the other host."""
        clients = [c for c in module.calls if root in self._roots(module, c.func)]
        urls = [u for c in clients if (u := argument(c, "base_url")) is not None]
        text = " ".join(text_of(n) or "" for u in urls for n in ast.walk(u))
        if vendors.LOCAL_HOST.search(text):
            return LOCAL
        hosts = re.findall(r"://([^/\s]+)", text)
        return "" if not hosts else vendors.provider_of(hosts[0]) or "another host"

    def goes_out(self, functions: Iterable[Function]) -> bool:
        """Whether one of the functions calls a network library or a vendor's SDK."""
        return any(self._is_network(f, c) for f in functions for c in f.calls)

    def runs_model(self, function: Function) -> bool:
        """Whether the function returns what a library for local models gives."""
        local = {c for c in function.calls if self._roots(function.module, c.func) & _LOCAL_LIBRARIES}
        return bool(local) and bool(carried(function, lambda n: n in local))

    def fetches(self, function: Function, parts: set[ast.AST]) -> bool:
        """Whether a value is fetched from elsewhere, another host or a store, rather than worked out."""
        calls = [p for p in parts if isinstance(p, ast.Call)]
        return any(self._is_network(function, c) or self._is_store(function, c) for c in calls)

    def _is_network(self, function: Function, call: ast.Call) -> bool:
        roots = self._roots(function.module, call.func)
        return bool(roots & _NETWORK) or any(self._llm.is_sdk(n) for n in roots)

    def _is_store(self, function: Function, call: ast.Call) -> bool:
        """`self.cache.get(key)`: a lookup in what the object keeps, unless that is a table written in the code."""
        base = call.func.value if isinstance(call.func, ast.Attribute) else None
        if not isinstance(base, ast.Attribute) or getattr(call.func, "attr", "") not in _STORES:
            return False
        return not any(True for _ in self._table(function, base))

    def _table(self, function: Function, base: ast.Attribute) -> Iterator[ast.Dict]:
        spot = Spot(function.module, function, function.cls)
        for _, value in self._objects.elements(spot, base):
            if isinstance(value, ast.Constant | ast.List | ast.Dict | ast.JoinedStr):
                yield ast.Dict([], [value])

    def _roots(self, module: Module, node: ast.expr) -> set[str]:
        return {name.partition(".")[0] for name in self._llm.names.dotted(module, node)}
