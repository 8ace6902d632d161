"""Where does a part of the system run? The regions that its own live code and its deployment really pass on."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.data_files import Datum
from pytest_readiness.repo.flow import Flow
from pytest_readiness.repo.infra_model import RegionBinding
from pytest_readiness.repo.modules import Class, Function, Module, Site, argument, call_name, text_of
from pytest_readiness.repo.pii import part_name, words_of

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

REGION_KEYWORDS = frozenset(
    {"region_name", "aws_region", "region", "location", "aws_region_name", "vertex_location", "gcp_region"}
)
EU_REGIONS = frozenset(
    {
        "eu-north-1", "eu-west-1", "eu-west-3", "eu-central-1", "eu-south-1", "eu-south-2", "eu", "eusc-de-east-1",
        "swedencentral", "swedensouth", "northeurope", "westeurope", "francecentral", "francesouth",
        "germanywestcentral", "germanynorth", "norwayeast", "norwaywest", "polandcentral", "italynorth",
        "spaincentral", "denmarkeast", "finlandcentral", "austriaeast", "belgiumcentral", "eur3", "eur4", "eur5",
    }
)  # fmt: skip
"""Regions of AWS, Azure and Google in the EU and EEA; Google's europe-* besides."""
_GOOGLE = re.compile(r"^europe-(?:north|west|central|southwest)\d+(?:-[a-z])?$")
_FORM = re.compile(
    r"^(?:(?:us|eu|ap|ca|sa|me|af|il|mx|cn|asia|australia|europe|northamerica|southamerica|africa)(?:-[a-z]+)+-?\d[a-z]?"
    r"|(?:east|west|central|north|south|northcentral|southcentral|westcentral)us\d?|uk(?:south|west)|us|global"
    r"|(?:japan|korea|australia|canada|brazil|switzerland|uae|qatar|israel)[a-z]+|(?:south|west|central)?india"
    r"|(?:southeast|east)asia)$"
)
"""Regions of AWS, Google and Azure, wherever they are."""
_OUTSIDE = ("europe-west2", "europe-west6")
_SURE = REGION_KEYWORDS - {"location"}
_NO_SINKS = ("builtins.", "dataclasses.", "typing.", "pydantic.", "collections.", "logging.", "json.", "structlog.")
_LOADERS = frozenset({"safe_load", "load", "loads", "full_load"})
_LOOKUPS = frozenset({"getenv", "get", "config", "pop"})
_DEPTH = 5


@dataclass(frozen=True)
class Bound:
    """A region that is passed on. `region` is the literal text; None where it is only known when the system runs."""

    site: Site
    region: str | None
    is_checked: bool = False
    """The code raises for any region outside the EU and EEA."""

    @property
    def is_eu(self) -> bool:
        return self.is_checked or (self.region is not None and is_eu(self.region))


def is_eu(region: str) -> bool:
    """Whether a cloud region lies in the EU or EEA. London and Zurich do not."""
    name = region.strip().lower()
    return name in EU_REGIONS or (bool(_GOOGLE.match(name)) and not name.startswith(_OUTSIDE))


def looks_like_region(text: str) -> bool:
    """Whether a text has the form of a cloud region."""
    return is_eu(text) or bool(_FORM.match(text))


class Regions:
    """The regions that the code below one folder, and its deployment, are bound to."""

    def __init__(self, repo: Repo, folder: str) -> None:
        self._repo, self._folder = repo, folder.rstrip("/") + "/"

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        """The product code below the folder."""
        return tuple(m for m in self._repo.product if m.path.startswith(self._folder))

    @cached_property
    def bound(self) -> tuple[Bound, ...]:
        """Every region that live code below the folder, or what deploys it, passes on."""
        code = (b for m in self.modules for c in m.calls for b in self._call(m, c))
        return tuple(dict.fromkeys((*code, *self._deployed())))

    @cached_property
    def defaults(self) -> tuple[Site, ...]:
        """Regions outside the EU that the rest of the system falls back on, those of callers of models first."""
        callers = {c.module for c in self._repo.llm.calls.vendor}
        found: list[Site] = []
        for module in sorted(self._repo.product, key=lambda m: m not in callers):
            for call in module.calls:
                for _, value in self._passed(module, call):
                    found += [
                        module.at(value, f"the default region here is {b.region}")
                        for b in self._values(module, value, _DEPTH)
                        if b.region is not None and not b.is_eu and self._is_external(module, call)
                    ]
        return tuple(dict.fromkeys(found))[:2]

    @property
    def instead(self) -> list[Site]:
        """Where no region is bound: what is looked up only when the system runs, and the defaults that apply."""
        first = sorted(self.modules, key=lambda m: (not m.main_guards, m.is_package))[:1]
        here = [Site(m.path, 1, "no live code below this folder binds a region") for m in first]
        return [b.site for b in self.bound] or [*here, *self.defaults]

    def _call(self, module: Module, call: ast.Call) -> Iterator[Bound]:
        for name, value in self._passed(module, call):
            if self._is_sink(module, call, name) and self._repo.live.runs(module, call):
                found = self._values(module, value, _DEPTH)
                yield from (b for b in found if b.region is None or name in _SURE or looks_like_region(b.region))

    def _passed(self, module: Module, call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
        """Region arguments: by keyword, by the position of such a parameter, or in a dict that is unpacked."""
        yield from _region_arguments(call)
        for function in self._callee(module, call):
            for name in (p.arg for p in function.params if p.arg in REGION_KEYWORDS):
                given = self._repo.origins.argument_of(function, call, name)
                if given is not None and all(k.value is not given for k in call.keywords):
                    yield name, given
        for keyword in call.keywords:
            for origin in self._repo.origins.of(module, keyword.value) if keyword.arg is None else ():
                if isinstance(origin.node, ast.Dict):
                    pairs = zip(origin.node.keys, origin.node.values, strict=True)
                    yield from ((str(text_of(k)), v) for k, v in pairs if text_of(k) in REGION_KEYWORDS)

    def _callee(self, module: Module, call: ast.Call) -> list[Function]:
        found: list[Function] = []
        for symbol in self._repo.names.resolve(module, call.func):
            if isinstance(symbol, Function):
                found.append(symbol)
            elif isinstance(symbol, Class):
                start = self._repo.names.method(symbol, "__init__")
                found += [start] if start else []
        return found

    def _is_external(self, module: Module, call: ast.Call) -> bool:
        """A call of a library that can be given a region; none that only builds a record."""
        found = self._repo.names.dotted(module, call.func)
        return any(not d.startswith(_NO_SINKS) for d in found)

    def _is_sink(self, module: Module, call: ast.Call, name: str, depth: int = _DEPTH) -> bool:
        """Whether the region reaches a library's client, directly or through the functions that the call runs."""
        if self._is_external(module, call):
            return True
        return depth > 0 and any(self._hands_on(f, name, depth - 1) for f in self._callee(module, call))

    def _hands_on(self, function: Function, name: str, depth: int) -> bool:
        """Whether a function passes its parameter on to a client, itself or through an attribute of its object."""
        if all(p.arg != name for p in function.params):
            return False
        flow = Flow(function, names=[name])
        if any(self._reaches(function.module, c, flow.carries, depth) for c in function.calls):
            return True
        kept = {n for n in flow.at_exit if n.startswith("self.")}
        others = [m for m in function.cls.methods.values() if m is not function] if function.cls and kept else []
        flows = ((m, Flow(m, names=kept)) for m in others)
        return any(self._reaches(m.module, c, f.carries, depth) for m, f in flows for c in m.calls)

    def _reaches(self, module: Module, call: ast.Call, carries: Callable[[ast.AST | None], bool], depth: int) -> bool:
        for keyword in call.keywords:
            named = keyword.arg in REGION_KEYWORDS or keyword.arg is None
            if named and carries(keyword.value) and self._is_sink(module, call, keyword.arg or "", depth):
                return True
        return any(
            carries(given) and self._hands_on(f, p.arg, depth - 1)
            for f in (self._callee(module, call) if depth > 0 else ())
            for p in f.params
            if (given := self._repo.origins.argument_of(f, call, p.arg)) is not None and p.arg in REGION_KEYWORDS
        )

    def _values(self, module: Module, node: ast.expr, depth: int) -> list[Bound]:
        """What the argument may be: literal regions, and defaults of look-ups."""
        if self._checked(module, node):
            return [Bound(module.at(node, "any region outside the EU is refused"), None, is_checked=True)]
        found = [Bound(site, value) for site, value in self._texts(module, node, depth)]
        return found or [Bound(module.at(node, "the region is not known before the system runs"), None)]

    def _texts(self, module: Module, node: ast.expr, depth: int) -> Iterator[tuple[Site, str]]:
        if depth <= 0:
            return
        if isinstance(node, ast.BoolOp):
            for value in node.values:
                yield from self._texts(module, value, depth - 1)
            return
        for origin in self._repo.origins.of(module, node):
            yield from self._literal(origin.module, origin.node, depth)

    def _literal(self, module: Module, node: ast.expr, depth: int) -> Iterator[tuple[Site, str]]:
        match node:
            case ast.Constant(value=str() as text) if text:
                yield module.at(node, f"the region is {text}"), text
            case ast.Call() if call_name(node) == "Field" or call_name(node) == "field":
                default = argument(node, "default", 0)
                yield from self._texts(module, default, depth - 1) if default is not None else ()
            case ast.Call(args=[key, *_]) if call_name(node) in _LOOKUPS and text_of(key) is not None:
                default = argument(node, "default", 1)
                yield from self._texts(module, default, depth - 1) if default is not None else ()
                yield from self._configured(module, node)
            case ast.Subscript():
                yield from self._configured(module, node)

    def _configured(self, module: Module, node: ast.expr) -> Iterator[tuple[Site, str]]:
        """A key of a data file below the folder that the same module names and loads."""
        key = part_name(node)
        if key is None or not any(call_name(c) in _LOADERS for c in module.calls):
            return
        texts = {t.rpartition("/")[2] for n in module.nodes if (t := text_of(n))}
        for path in self._repo.files.paths:
            if path.startswith(self._folder) and path.rpartition("/")[2] in texts:
                for document in self._repo.data.documents(path):
                    found = (d for keys, d in document.walk() if keys and keys[-1] == key and d.text)
                    yield from ((Site(d.path, d.line, f"the region is {d.text}"), d.text or "") for d in found)

    def _checked(self, module: Module, node: ast.expr) -> bool:
        """Whether other regions are refused before: where the value is used, kept, or made."""
        name, function = part_name(node), module.enclosing_function(node)
        if function is not None and self._refuses(function, {name}):
            return True
        if isinstance(node, ast.Attribute) and function is not None and function.cls is not None:
            return any(self._refuses(m, {name}) for m in function.cls.methods.values())
        made = [n for v in self._made(function, node) for n in ast.walk(v) if isinstance(n, ast.Call)]
        called = (f for c in made for f in self._repo.names.functions(module, c.func))
        return any(self._refuses(f, {part_name(r.value) for r in f.returns if r.value is not None}) for f in called)

    def _made(self, function: Function | None, node: ast.expr) -> list[ast.expr]:
        """The expression, and what a local name was bound to."""
        if function is None or not isinstance(node, ast.Name):
            return [node]
        return [b.value for b in self._repo.names.bindings(function).get(node.id, []) if b.value is not None]

    def _refuses(self, function: Function, names: set[str | None]) -> bool:
        """`if region not in EU_REGIONS: raise`, whatever the name; every allowed region lies in the EU."""
        for node in function.own_nodes:
            if isinstance(node, ast.If) and any(isinstance(s, ast.Raise) for s in node.body):
                allowed = self._allowed(function, node.test, names)
                if allowed and all(is_eu(a) for a in allowed):
                    return True
        return False

    def _allowed(self, function: Function, test: ast.expr, names: set[str | None]) -> list[str]:
        match test:
            case ast.Compare(left=left, ops=[ast.NotIn()], comparators=[allowed]) if _about_region(left, names):
                return self._repo.privacy.sources.names_in(function.module, allowed)
            case ast.Compare(left=left, ops=[ast.NotEq()], comparators=[allowed]) if _about_region(left, names):
                return self._repo.privacy.sources.texts(function.module, allowed)
        return []

    def _deployed(self) -> Iterator[Bound]:
        """Regions of what deploys the folder: its stack, its provider, the environment of its container."""
        resources = [r for r in self._repo.infra.resources if self._mentions(r.settings) or self._is_named(r.name)]
        owners = {r.module.enclosing_class(r.call) for r in resources if r.module is not None and r.call is not None}
        stacks = {c.name for c in owners if c is not None}
        folders = {r.path.rpartition("/")[0] for r in resources if r.language == "terraform"}
        for binding in self._repo.infra.regions:
            of_folder = binding.place.path.endswith(".tf") and binding.place.path.rpartition("/")[0] in folders
            if binding.owner in stacks or self._is_named(binding.owner) or of_folder:
                yield from self._declared(binding)
        for resource in resources:
            for setting in (*resource.all_settings("AWS_REGION"), *resource.all_settings("AWS_DEFAULT_REGION")):
                if setting.text:
                    yield Bound(Site(setting.path, setting.line, f"its container runs in {setting.text}"), setting.text)

    def _declared(self, binding: RegionBinding) -> Iterator[Bound]:
        """The region of a stack or provider; in CDK code the default of a look-up counts too."""
        text, place = binding.value.text, binding.place
        if text is None and binding.module is not None and binding.node is not None:
            yield from self._values(binding.module, binding.node, _DEPTH)
        else:
            yield Bound(Site(place.path, place.line, f"deployed to {text or 'a computed region'}"), text)

    def _mentions(self, settings: Datum) -> bool:
        return any(d.text and self._folder.rstrip("/") in d.text for _, d in settings.walk())

    def _is_named(self, name: str) -> bool:
        """The name holds the folder's own name: `AgentSveaStack` for agent_svea."""
        own, words = words_of(self._folder.rstrip("/").rpartition("/")[2]), words_of(name)
        return bool(own) and any(words[i : i + len(own)] == own for i in range(len(words)))


def _region_arguments(call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    yield from ((k.arg, k.value) for k in call.keywords if k.arg in REGION_KEYWORDS and k.arg)


def _about_region(node: ast.expr, names: set[str | None]) -> bool:
    held = part_name(node) or ""
    return held in names or "region" in words_of(held) or "location" in words_of(held)
