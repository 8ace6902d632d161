"""How statements bind names, without a look at what the names mean."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pytest_readiness.repo.modules import Function, Module

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_BINDERS = frozenset(
    {
        ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign,
        ast.NamedExpr, ast.For, ast.AsyncFor, ast.comprehension, ast.AugAssign, ast.withitem, ast.ExceptHandler,
        ast.MatchAs, ast.MatchStar,
    }
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Binding:
    """One way in which a scope binds a name. `value` is the bound expression where there is one."""

    node: ast.AST
    value: ast.expr | None = None
    annotation: ast.expr | None = None


def parameters(arguments: ast.arguments) -> list[ast.arg]:
    """All parameters, *args and **kwargs too."""
    stars = [a for a in (arguments.vararg, arguments.kwarg) if a]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *stars]


def bindings_of(nodes: Iterable[ast.AST]) -> dict[str, list[Binding]]:
    """The names that these nodes bind, in their order."""
    found: dict[str, list[Binding]] = {}
    for node in nodes:
        if type(node) in _BINDERS:
            for name, binding in _bound(node):
                found.setdefault(name, []).append(binding)
    return found


def shared_names(nodes: Iterable[ast.AST], kind: type[ast.Global] | type[ast.Nonlocal]) -> set[str]:
    """Names that `global` or `nonlocal` statements give to another scope."""
    return {name for node in nodes if isinstance(node, kind) for name in node.names}


def globals_of(module: Module) -> Iterator[tuple[str, Binding]]:
    """What functions assign to names they declare global."""
    for node in module.nodes:
        function = module.enclosing_function(node) if isinstance(node, ast.Global) else None
        if function and isinstance(node, ast.Global):
            found = bindings_of(function.own_nodes)
            yield from ((name, b) for name in node.names for b in found.get(name, []))


def comprehension_bindings(node: Comprehension, name: str) -> list[Binding]:
    """How the loops of a comprehension bind the name."""
    return [b for g in node.generators for n, b in _targets(g, g.target, None) if n == name]


def matched(module: Module, node: ast.AST) -> ast.expr | None:
    """What `match x: case name:` binds the name to; None for any other node."""
    case = module.parents.get(node)
    found = module.parents.get(case) if isinstance(case, ast.match_case) else None
    whole = isinstance(node, ast.MatchAs) and node.pattern is None
    return found.subject if whole and isinstance(found, ast.Match) else None


def own_attributes(method: Function) -> Iterator[tuple[str, Binding]]:
    """`self.<name>` assignments of a method, by whatever name it calls its first parameter."""
    owner = method.params[0].arg if method.params else ""
    for node in method.own_nodes:
        for target, value, annotation in _assignments(node):
            if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == owner:
                yield target.attr, Binding(node, value, annotation)


def _assignments(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr | None, ast.expr | None]]:
    """Target, value and annotation of each single assignment; unpacking of a display is taken apart."""
    if isinstance(node, ast.AnnAssign):
        yield node.target, node.value, node.annotation
    elif isinstance(node, ast.Assign):
        yield from ((t, v, None) for target in node.targets for t, v in target_values(target, node.value))


def _bound(node: ast.AST) -> Iterator[tuple[str, Binding]]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name, Binding(node)
        case ast.Import():
            yield from ((a.asname or a.name.split(".")[0], Binding(node)) for a in node.names)
        case ast.ImportFrom():
            yield from ((a.asname or a.name, Binding(node)) for a in node.names)
        case ast.Assign():
            for target in node.targets:
                yield from _targets(node, target, node.value)
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name, Binding(node, node.value, node.annotation)
        case ast.NamedExpr(target=ast.Name(id=name)):
            yield name, Binding(node, node.value)
        case ast.For() | ast.AsyncFor() | ast.comprehension() | ast.AugAssign():
            yield from _targets(node, node.target, None)
        case ast.withitem(optional_vars=ast.expr() as target):
            yield from _targets(node, target, node.context_expr)
        case ast.ExceptHandler(name=str() as name):
            yield name, Binding(node)
        case ast.MatchAs(name=str() as name) | ast.MatchStar(name=str() as name):
            yield name, Binding(node)


def _targets(node: ast.AST, target: ast.expr, value: ast.expr | None) -> Iterator[tuple[str, Binding]]:
    for element, part in target_values(target, value):
        if isinstance(element, ast.Name):
            yield element.id, Binding(node, part)


def target_values(target: ast.expr, value: ast.expr | None) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    """Each single target with its value: None where an unpacked value is no display of the same length."""
    if isinstance(target, ast.Starred):
        yield from target_values(target.value, None)
    elif isinstance(target, ast.Tuple | ast.List):
        fits = isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts)
        plain = fits and not any(isinstance(e, ast.Starred) for e in (*target.elts, *value.elts))  # type: ignore[union-attr]
        for index, element in enumerate(target.elts):
            yield from target_values(element, value.elts[index] if plain else None)  # type: ignore[union-attr]
    else:
        yield target, value
