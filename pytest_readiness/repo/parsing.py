"""Text to syntax tree, within bounds: nothing that a file holds may crash the analysis or make it run for hours."""

from __future__ import annotations

import ast
import gc
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

DEEPEST = 1000
"""Levels of a syntax tree; a deeper one is not analysed. People stay under 50, generated code under 200."""
MANY = 500_000
"""Objects; a repository of a hundred modules makes a million."""
_PLAIN = frozenset(
    {"arg", "asname", "attr", "conversion", "ctx", "id", "is_async", "kind", "level", "module", "op", "ops", "simple"}
)
"""Fields of nodes that hold text, numbers, operators or contexts."""
_KINDS = [k for k in vars(ast).values() if isinstance(k, type) and issubclass(k, ast.AST)]
_HOLDING = {k: tuple(f for f in k._fields if f not in _PLAIN and k is not ast.Constant) for k in _KINDS}
"""Kind of node -> its fields that may hold other nodes."""
TOO_DEEP = "nested too deeply to be analysed"


@dataclass(frozen=True)
class Parsed:
    """A tree with its nodes, level by level, and the parent of each; or the problem, with its 1-based line."""

    tree: ast.Module | None = None
    nodes: tuple[ast.AST, ...] = ()
    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)
    problem: str | None = None
    line: int | None = None


def parsed(text: str) -> Parsed:
    """The tree of a Python file. Operators and contexts of expressions (Add, Load) are no nodes."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except SyntaxError as error:
        return Parsed(problem=f"SyntaxError: {error.msg}", line=error.lineno or 1)
    except (RecursionError, MemoryError):
        return Parsed(problem=TOO_DEEP, line=1)
    except (ValueError, OverflowError) as error:
        return Parsed(problem=f"{type(error).__name__}: {error}", line=1)
    return _indexed(tree)


def refused(tree: ast.Module) -> tuple[str, int] | None:
    """Why Python refuses a file that follows the grammar (a `return` outside a function), and the line."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(tree, "<file>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return f"SyntaxError: {error.msg}", error.lineno or 1
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        return f"{type(error).__name__}: {error}", 1
    return None


def _indexed(tree: ast.Module) -> Parsed:
    nodes: list[ast.AST] = []
    parents: dict[ast.AST, ast.AST] = {}
    level: list[ast.AST] = [tree]
    for _ in range(DEEPEST):
        nodes += level
        below: list[ast.AST] = []
        for node in level:
            found = children(node)
            parents.update(dict.fromkeys(found, node))
            below += found
        if not below:
            return Parsed(tree, tuple(nodes), parents)
        level = below
    return Parsed(problem=TOO_DEEP, line=getattr(level[0], "lineno", 1))


def children(node: ast.AST) -> list[ast.AST]:
    """As ast.iter_child_nodes, without operators and contexts; in a fifth of the time."""
    found: list[ast.AST] = []
    for name in _HOLDING[type(node)]:
        value = getattr(node, name, None)
        if type(value) is list:
            found += [v for v in value if isinstance(v, ast.AST)]
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


@contextmanager
def many_objects() -> Iterator[None]:
    """Keeps the garbage collector from going through new nodes again and again: a fifth of the time.

    Where there are many, it leaves them out for good: they live as long as the audit, and each pass takes a second.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if gc.get_count()[0] > MANY:
            gc.freeze()
        if was_on:
            gc.enable()
