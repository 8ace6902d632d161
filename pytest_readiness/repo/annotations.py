"""What annotations say, without a look at what their names mean."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache

WRAPPERS = frozenset({"Optional", "Union", "Annotated", "Final", "ClassVar", "Required", "NotRequired", "Mapped"})
"""Generics whose arguments stand for the annotated value itself."""
SEQUENCES = frozenset(
    {
        "list", "List", "set", "Set", "frozenset", "FrozenSet", "tuple", "Tuple", "deque", "Deque", "Sequence",
        "MutableSequence", "Iterable", "Iterator", "Collection", "AsyncIterable", "AsyncIterator", "Generator",
        "AsyncGenerator", "AbstractSet",
    }
)  # fmt: skip
MAPPINGS = frozenset({"dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "DefaultDict", "OrderedDict"})


def named_classes(annotation: ast.expr | None) -> Iterator[ast.expr]:
    """The class names in an annotation: Optional, unions, Annotated and strings are looked into."""
    for part in _alternatives(annotation):
        if isinstance(part, ast.Name | ast.Attribute):
            yield part


def items(annotation: ast.expr | None) -> Iterator[ast.expr]:
    """The annotations of what a container holds: the elements of a sequence, the values of a mapping."""
    for part in _alternatives(annotation):
        if isinstance(part, ast.Subscript):
            kind, inner = last_name(part.value), part.slice
            elements = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            if kind in SEQUENCES and elements:
                yield elements[0]
            elif kind in MAPPINGS and len(elements) == 2:
                yield elements[1]


def last_name(node: ast.expr) -> str:
    """`C` for C and a.b.C, "" for anything else."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _alternatives(annotation: ast.expr | None) -> Iterator[ast.expr]:
    todo = [annotation]
    while todo:
        match todo.pop(0):
            case ast.Constant(value=str() as text):
                todo.append(_expression(text))
            case ast.BinOp(op=ast.BitOr(), left=left, right=right):
                todo[:0] = [left, right]
            case ast.Subscript(value=value, slice=inner) if last_name(value) in WRAPPERS:
                arguments = inner.elts if isinstance(inner, ast.Tuple) else [inner]
                todo[:0] = arguments[:1] if last_name(value) == "Annotated" else arguments
            case ast.expr() as other:
                yield other


@lru_cache(maxsize=4096)
def _expression(text: str) -> ast.expr | None:
    """The expression in a string annotation; None where it is none."""
    try:
        return ast.parse(text, mode="eval").body if len(text) < 1000 else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
