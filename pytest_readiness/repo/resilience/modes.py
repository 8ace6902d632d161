"""The operating modes that a facade distinguishes: members of an enumeration, or literals that it compares with."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pytest_readiness.repo.annotations import last_name
from pytest_readiness.repo.modules import Class, Module, Site
from pytest_readiness.repo.names import Names
from pytest_readiness.repo.resilience.words import Side, sides_of_mode, words_of
from pytest_readiness.repo.symbolic.objects import ENUMS
from pytest_readiness.repo.symbolic.values import Const, Member
from pytest_readiness.repo.symbolic.world import Mode

KIND_WORDS = frozenset({"mode", "modes", "operation", "operating", "deployment", "runtime"})
Tests = dict[str, dict[str, Site]]


@dataclass(frozen=True)
class OperatingMode:
    """One mode, what it is held fixed as, and the sides it names; None where it tells none."""

    name: str
    fixed: Mode
    sides: frozenset[Side] | None
    place: Site

    @property
    def is_combined(self) -> bool:
        return self.sides == frozenset(Side)

    def place_of(self, note: str) -> Site:
        """Where the mode is named, with a note."""
        return Site(self.place.path, self.place.line, note)


def operating_modes(modules: Iterable[Module], names: Names) -> tuple[OperatingMode, ...]:
    """The modes that code of these modules distinguishes; those of an enumeration go before literals."""
    modules = tuple(modules)
    enums = sorted(_enums(modules, names), key=lambda c: -_weight(c, modules, names))
    for cls in enums:
        found = _told(_members(cls))
        if len({m.sides for m in found}) > 1 and _weight(cls, modules, names) > 0:
            return found
    return _literal_modes(modules)


def _enums(modules: tuple[Module, ...], names: Names) -> Iterator[Class]:
    """The enumerations that the modules define or import."""
    seen: set[ast.AST] = set()
    for module in modules:
        nodes = (n for n in module.nodes if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name))
        classes = [*module.classes, *(c for n in nodes for c in names.classes(module, n.value))]
        for cls in classes:
            if cls.node not in seen and names.inherits(cls, *ENUMS):
                seen.add(cls.node)
                yield cls


def _weight(cls: Class, modules: tuple[Module, ...], names: Names) -> int:
    """How much speaks for an enumeration of modes: its name, a mode for both sides, what is annotated with it."""
    named = bool(set(words_of(cls.name)) & KIND_WORDS)
    combined = any(m.is_combined for m in _members(cls))
    arguments = ((m, n) for m in modules for n in m.nodes if isinstance(n, ast.arg | ast.AnnAssign))
    given = any(cls in names.annotated(m, n.annotation) for m, n in arguments)
    made = any(cls in names.classes(m, c.func) for m in modules for c in m.calls)
    return 3 * named + 2 * combined + 2 * given + made


def _members(cls: Class) -> list[OperatingMode]:
    found = []
    for node in cls.node.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            value = node.value.value if isinstance(node.value, ast.Constant) else ""
            sides = sides_of_mode(name, value if isinstance(value, str) else "")
            found.append(OperatingMode(name, Mode(Member(cls, name)), sides, cls.module.at(node)))
    return found


def _told(found: list[OperatingMode]) -> tuple[OperatingMode, ...]:
    """The one mode that tells no side names both, where others name each side."""
    silent = [m for m in found if m.sides is None]
    told = {m.sides for m in found if m.sides is not None}
    if len(silent) != 1 or told != {frozenset({s}) for s in Side}:
        return tuple(found)
    both = frozenset(Side)
    return tuple(OperatingMode(m.name, m.fixed, m.sides or both, m.place) for m in found)


def _literal_modes(modules: tuple[Module, ...]) -> tuple[OperatingMode, ...]:
    tests: Tests = {}
    for module in modules:
        for name, text, node in _literal_tests(module):
            tests.setdefault(name, {}).setdefault(text, module.at(node))
    for name, texts in sorted(tests.items(), key=lambda t: -len(t[1])):
        known = [sides_of_mode(t) for t in texts]
        mode_like = bool(set(words_of(name)) & KIND_WORDS)
        if len({k for k in known if k}) > 1 or (mode_like and any(known)):
            for module in modules:
                for text, node in _default_texts(module, name):
                    texts.setdefault(text, module.at(node))
            return _told(_of_literals(name, texts))
    return ()


def _of_literals(name: str, texts: dict[str, Site]) -> list[OperatingMode]:
    literals = frozenset(Const(t) for t in texts)
    names = frozenset({name})
    return [OperatingMode(t, Mode(Const(t), names, literals), sides_of_mode(t), p) for t, p in texts.items()]


def _literal_tests(module: Module) -> Iterator[tuple[str, str, ast.AST]]:
    """Name of what is compared, the text it is compared with, and where."""
    for node in module.nodes:
        match node:
            case ast.Compare(left=left, comparators=[right]):
                yield from ((last_name(left), t, node) for t in _texts(right))
                yield from ((last_name(right), t, node) for t in _texts(left))
            case ast.Match():
                patterns = [p for c in node.cases for p in ast.walk(c.pattern) if isinstance(p, ast.MatchValue)]
                yield from ((last_name(node.subject), t, p) for p in patterns for t in _texts(p.value))
            case ast.Subscript(value=ast.Dict() as table, slice=key):
                yield from ((last_name(key), t, k) for k in table.keys if k is not None for t in _texts(k))
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.arg(arg=name):
                yield from ((name, t, node) for t in _literal_type(node.annotation))


def _default_texts(module: Module, wanted: str) -> Iterator[tuple[str, ast.AST]]:
    """Texts that the name is given where nobody sets it: a default, `os.getenv(NAME, "text")`."""
    for node in module.nodes:
        pairs: list[tuple[str, ast.expr | None]] = []
        match node:
            case ast.Assign(targets=[target], value=value) | ast.AnnAssign(target=target, value=value):
                pairs = [(last_name(target), value)]
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                pairs = list(module.function_of(node).defaults.items())
        for name, value in pairs:
            if name == wanted and value is not None:
                yield from ((t, node) for t in _given_texts(value))


def _given_texts(value: ast.expr) -> list[str]:
    match value:
        case ast.Constant():
            return _texts(value)
        case ast.Call(func=ast.Attribute(attr="get" | "getenv") | ast.Name(id="getenv"), args=[_, default]):
            return _texts(default)
        case ast.Call(keywords=keywords) if last_name(value.func) in ("Field", "field"):
            return [t for k in keywords if k.arg == "default" for t in _texts(k.value)]
    return []


def _literal_type(annotation: ast.expr | None) -> Iterator[str]:
    for node in ast.walk(annotation) if annotation is not None else ():
        if isinstance(node, ast.Subscript) and last_name(node.value) == "Literal":
            yield from _texts(node.slice)


def _texts(node: ast.expr) -> list[str]:
    parts = node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else [node]
    return [p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str)]
