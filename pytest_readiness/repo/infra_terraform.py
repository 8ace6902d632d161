"""Terraform files: blocks with labels, their arguments and lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from pytest_readiness.repo.data_files import EXPRESSION, Datum, Scalar
from pytest_readiness.repo.infra_model import TERRAFORM, Resource

SIZE_LIMIT = 400_000
"""Characters; a larger file is not read (the parser is slow)."""
_SIMPLE: dict[str, Callable[[str], Scalar]] = {"int_lit": int, "float_lit": float}
_LITERALS: dict[str, Scalar] = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, eq=False)
class Block:
    """A top-level block: `resource "aws_s3_bucket" "logs" { ... }`."""

    kind: str
    labels: tuple[str, ...]
    body: Datum


def blocks(path: str, text: str) -> list[Block]:
    """The top-level blocks of a file; none where it does not parse."""
    if len(text) > SIZE_LIMIT:
        return []
    try:
        tree = _parser()(text)
        return [_block(path, b) for body in _trees(tree, "body") for b in _trees(body, "block")]
    except Exception:  # the parser raises what its grammar library does, and trips over its own on odd input
        return []


def resources(found: Iterable[Block]) -> Iterator[Resource]:
    """The resources among blocks (data sources are lookups of what exists elsewhere)."""
    variables = _defaults(found := list(found))
    for block in found:
        if block.kind == "resource" and len(block.labels) == 2:
            kind, name = block.labels
            settings = _with_variables(block.body, variables)
            yield Resource(TERRAFORM, kind, name, block.body.path, block.body.line, settings)


def regions(found: Iterable[Block]) -> Iterator[tuple[str, Datum]]:
    """The region or location of each provider block, with the provider's name."""
    variables = _defaults(found := list(found))
    for block in found:
        value = block.body.get("region") or block.body.get("location")
        if block.kind == "provider" and value is not None:
            yield block.labels[0] if block.labels else "", _variable(value, variables)


@cache
def _parser() -> Callable[[str], Any]:
    import hcl2  # builds its grammar on import

    return hcl2.parses_to_tree


def _defaults(found: Iterable[Block]) -> dict[str, Datum]:
    """`var.x` -> default of the variable, `local.x` -> its value."""
    found = list(found)
    values = {f"var.{b.labels[0]}": b.body.get("default") for b in found if b.kind == "variable" and b.labels}
    values |= {f"local.{name}": d for b in found if b.kind == "locals" for name, d in b.body.entries.items()}
    return {n: v for n, v in values.items() if v is not None}


def _with_variables(datum: Datum, variables: dict[str, Datum], depth: int = 40) -> Datum:
    if isinstance(datum.value, dict) and depth:
        below = {k: _with_variables(d, variables, depth - 1) for k, d in datum.value.items()}
        return Datum(datum.path, datum.line, below, datum.tag)
    if isinstance(datum.value, tuple) and depth:
        elements = tuple(_with_variables(d, variables, depth - 1) for d in datum.value)
        return Datum(datum.path, datum.line, elements, datum.tag)
    return _variable(datum, variables)


def _variable(datum: Datum, variables: dict[str, Datum]) -> Datum:
    default = variables.get(str(datum.value)) if datum.tag == EXPRESSION else None
    return datum if default is None else Datum(datum.path, datum.line, default.value, default.tag)


def _trees(tree: Any, kind: str) -> list[Any]:
    return [c for c in tree.children if getattr(c, "data", None) == kind]


def _block(path: str, tree: Any) -> Block:
    kind, *labels = [_text(c) for c in tree.children if getattr(c, "data", None) in ("identifier", "string")]
    return Block(kind, tuple(labels), _body(path, tree))


def _body(path: str, block: Any) -> Datum:
    """Arguments by name, nested blocks as sequences (`dynamic "rule"` as rule with its content)."""
    entries: dict[str, Datum] = {}
    nested: dict[str, list[Datum]] = {}
    for body in _trees(block, "body"):
        for child in body.children:
            match getattr(child, "data", None):
                case "attribute":
                    name = _text(child.children[0])
                    entries[name] = _value(path, child.children[-1], _line(child))
                case "block":
                    inner = _block(path, child)
                    name, datum = _nested(inner)
                    nested.setdefault(name, []).append(datum)
    for name, several in nested.items():
        entries[name] = Datum(path, several[0].line, tuple(several))
    return Datum(path, _line(block), entries)


def _nested(block: Block) -> tuple[str, Datum]:
    content = block.body.get("content")
    if block.kind == "dynamic" and block.labels and content is not None:
        return block.labels[0], content.elements[0] if content.elements else content
    return block.kind, block.body


def _value(path: str, tree: Any, line: int) -> Datum:
    while getattr(tree, "data", None) == "expr_term" and len(tree.children) == 1:
        tree = tree.children[0]
    match getattr(tree, "data", None):
        case "literal_value":
            return Datum(path, line, _LITERALS.get(_text(tree)))
        case "int_lit" | "float_lit" as kind:
            return Datum(path, line, _SIMPLE[kind](_text(tree)))
        case "string" if not list(tree.find_data("interpolation")):
            return Datum(path, line, _text(tree))
        case "function_call" if _text(tree.children[0]) == "jsonencode":
            arguments = [c for a in _trees(tree, "arguments") for c in _trees(a, "expr_term")]
            return _value(path, arguments[0], line) if arguments else Datum(path, line, "", EXPRESSION)
        case "tuple":
            elements = [_value(path, c, _line(c)) for c in _trees(tree, "expr_term")]
            return Datum(path, line, tuple(elements))
        case "object":
            pairs = ([c for c in e.children if hasattr(c, "data")] for e in _trees(tree, "object_elem"))
            return Datum(path, line, {_text(p[0]): _value(path, p[-1], _line(p[0])) for p in pairs if len(p) > 1})
    return Datum(path, line, _text(tree), EXPRESSION)


def _line(tree: Any) -> int:
    token = next(iter(tree.scan_values(lambda _: True)), None) if hasattr(tree, "data") else tree
    return getattr(token, "line", None) or 1


def _text(tree: Any) -> str:
    """The source text, without the quotes of a string."""
    tokens = tree.scan_values(lambda _: True) if hasattr(tree, "data") else [tree]
    return "".join(str(t) for t in tokens).strip().strip('"')
