"""What literal values can an expression have? Patterns and lists of names, followed to where they are written."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterable, Iterator

from pytest_readiness.repo.modules import Module, argument, call_name, constant, text_of
from pytest_readiness.repo.names import Names
from pytest_readiness.repo.origins import Origin, Origins

Pattern = tuple[str, tuple[str, ...]]
"""A regular expression's text and the names of its flags."""
_DEPTH = 6
_MOST = 200
"""Most values of one expression."""
_COLLECTIONS = frozenset({"set", "frozenset", "tuple", "list", "sorted", "dict", "MappingProxyType"})


class Sources:
    """Literal values behind expressions."""

    def __init__(self, names: Names, origins: Origins) -> None:
        self._names, self._origins = names, origins

    def patterns(self, module: Module, node: ast.expr | None, depth: int = _DEPTH) -> list[Pattern]:
        """The regular expressions that the expression may hold, as text or compiled."""
        found = (p for o in self._behind(module, node, depth) for p in self._pattern(o, depth))
        return list(dict.fromkeys(itertools.islice(found, _MOST)))

    def names_in(self, module: Module, node: ast.expr | None, depth: int = _DEPTH) -> list[str]:
        """The strings of a literal collection, the keys of a literal dict."""
        found = (t for o in self._behind(module, node, depth) for t in self._strings(o, depth))
        return list(dict.fromkeys(itertools.islice(found, _MOST)))

    def texts(self, module: Module, node: ast.expr | None, depth: int = _DEPTH) -> list[str]:
        """The texts that the expression may have: literals, joined and formatted ones too."""
        found = (t for o in self._behind(module, node, depth) for t in self._text(o, depth))
        return list(dict.fromkeys(itertools.islice(found, _MOST)))

    def _behind(self, module: Module, node: ast.expr | None, depth: int) -> Iterator[Origin]:
        """The expressions that the value was written as; parts of records and of comprehensions looked into."""
        if node is None or depth <= 0:
            return
        for origin in self._origins.of(module, node):
            match origin.node:
                case ast.Name():
                    yield from self._looped(origin, depth)
                case ast.Attribute():
                    yield from self._field(origin, depth)
                case ast.Subscript():
                    yield from self._item(origin, depth)
                case _:
                    yield origin

    def _pattern(self, origin: Origin, depth: int) -> Iterator[Pattern]:
        module, node = origin
        if isinstance(node, ast.Call) and call_name(node) == "compile" and node.args:
            flags = _flags([*node.args[1:], *(k.value for k in node.keywords if k.arg == "flags")])
            inner = self.patterns(module, node.args[0], depth - 1)
            yield from ((text, tuple(sorted({*own, *flags}))) for text, own in inner)
        else:
            yield from ((text, ()) for text in self._text(origin, depth))

    def _text(self, origin: Origin, depth: int) -> Iterator[str]:
        module, node = origin
        match node:
            case ast.Constant(value=str() as text):
                yield text
            case ast.BinOp(op=ast.Add()):
                sides = (self.texts(module, n, depth - 1) for n in (node.left, node.right))
                yield from map("".join, itertools.product(*sides))
            case ast.JoinedStr():
                parts = (self._part(module, p, depth) for p in node.values)
                yield from map("".join, itertools.product(*parts))
            case ast.Call(func=ast.Attribute(attr="join", value=separator), args=[parts]):
                yield (text_of(separator) or "").join(self.names_in(module, parts, depth - 1))

    def _part(self, module: Module, node: ast.expr, depth: int) -> list[str]:
        inner = node.value if isinstance(node, ast.FormattedValue) else node
        return self.texts(module, inner, depth - 1)

    def _strings(self, origin: Origin, depth: int) -> Iterator[str]:
        module, node = origin
        match node:
            case ast.List() | ast.Tuple() | ast.Set():
                yield from (t for e in node.elts for t in self.texts(module, e, depth - 1))
            case ast.Dict():
                yield from (t for k in node.keys for t in self.texts(module, k, depth - 1))
            case ast.BinOp(op=ast.BitOr() | ast.Add()):
                yield from (t for n in (node.left, node.right) for t in self.names_in(module, n, depth - 1))
            case ast.Call(args=[first, *_]) if call_name(node) in _COLLECTIONS:
                yield from self.names_in(module, first, depth - 1)
            case ast.Call(func=ast.Attribute(attr="keys", value=table)):
                yield from self.names_in(module, table, depth - 1)
            case ast.Call(args=[pattern, *_]) if call_name(node) == "compile":
                yield from (w for t in self.texts(module, pattern, depth - 1) for w in re.split(r"\W+", t) if w)

    def _looped(self, origin: Origin, depth: int) -> Iterator[Origin]:
        """A loop's name over a collection that a comprehension builds."""
        module, node = origin
        found = self._names.lookup(module, node) if isinstance(node, ast.Name) and node in module.parents else None
        for binding in found[1] if found else []:
            loop = binding.node
            if isinstance(loop, ast.For | ast.AsyncFor | ast.comprehension) and isinstance(node, ast.Name):
                for part in self._elements(module, loop.iter):
                    yield from self._behind(part.module, _at(loop.target, part.node, node.id), depth - 1)

    def _elements(self, module: Module, node: ast.expr) -> Iterator[Origin]:
        """The expressions that a comprehension behind the iterable evaluates for each element."""
        items = isinstance(node, ast.Call) and call_name(node) == "items"
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and call_name(node) in {"items", "values"}
        ):
            node = node.func.value
        for origin in self._origins.of(module, node):
            match origin.node:
                case ast.ListComp() | ast.GeneratorExp() | ast.SetComp() as made:
                    yield Origin(origin.module, made.elt)
                case ast.DictComp() as made:
                    pair = ast.Tuple([made.key, made.value], ast.Load())
                    yield Origin(origin.module, pair if items else made.value)

    def _field(self, origin: Origin, depth: int) -> Iterator[Origin]:
        """`rule.pattern`, where `rule` is one of some constructor calls."""
        module, node = origin
        if not isinstance(node, ast.Attribute):
            return
        for made in self._origins.of(module, node.value):
            if isinstance(made.node, ast.Call):
                yield from self._behind(made.module, self._given(made.module, made.node, node.attr), depth - 1)

    def _given(self, module: Module, call: ast.Call, name: str) -> ast.expr | None:
        """What a constructor call passes for a field, by keyword or in the order of the class's fields."""
        for cls in self._names.constructed(module, call):
            return argument(call, name, cls.fields.index(name) if name in cls.fields else None)
        return argument(call, name)

    def _item(self, origin: Origin, depth: int) -> Iterator[Origin]:
        """`rules["email"]`, `rule[0]`; with a key that is not literal, every value."""
        module, node = origin
        if not isinstance(node, ast.Subscript):
            return
        key = constant(node.slice)
        for table in self._origins.of(module, node.value):
            for value in _entries(table.node, key):
                yield from self._behind(table.module, value, depth - 1)


def _entries(table: ast.expr, key: object) -> list[ast.expr]:
    match table:
        case ast.Dict():
            pairs = zip(table.keys, table.values, strict=True)
            return [v for k, v in pairs if key is None or constant(k) == key]
        case ast.List() | ast.Tuple():
            wanted = isinstance(key, int) and -len(table.elts) <= key < len(table.elts)
            return [table.elts[key]] if wanted and isinstance(key, int) else table.elts if key is None else []
        case ast.DictComp():
            return [table.value]
    return []


def _at(target: ast.expr, element: ast.expr, name: str) -> ast.expr | None:
    """The part of an element that a loop binds to the name."""
    if isinstance(target, ast.Name):
        return element if target.id == name else None
    if isinstance(target, ast.Tuple | ast.List) and isinstance(element, ast.Tuple | ast.List):
        pairs = zip(target.elts, element.elts, strict=False)
        return next((p for p in (_at(t, e, name) for t, e in pairs) if p is not None), None)
    return None


def _flags(nodes: Iterable[ast.expr]) -> set[str]:
    """`re.I | re.X` -> {"I", "X"}."""
    return {n.attr for top in nodes for n in ast.walk(top) if isinstance(n, ast.Attribute)}
