"""What a test puts in the place of something else: patches, monkeypatch.setattr, attributes that are assigned."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pytest_readiness.repo.modules import Function, argument, call_name, dotted
from pytest_readiness.repo.suite.cases import TestCase

_PATCH_NAMES = frozenset({"patch", "mock.patch", "mocker.patch", "unittest.mock.patch"})


@dataclass(frozen=True, eq=False)
class Replacement:
    """One of them. Either `target` is a dotted text, or `owner` the object whose attribute `name` is replaced."""

    function: Function
    node: ast.Call | ast.Assign
    target: str
    owner: ast.expr | None
    value: ast.expr | None
    """What takes the place; None: a fresh mock that the patch makes, `node` configures it."""

    @property
    def name(self) -> str:
        """The last name of what is replaced."""
        return self.target.rpartition(".")[2]


Read = Callable[[Function, ast.expr], str | None]


def replacements(functions: Iterable[Function], read: Read) -> list[Replacement]:
    """All of them in functions of test code, those of their decorators too; `read` gives the text of an expression."""
    return [found for function in functions for found in _in(function, read)]


def _in(function: Function, read: Read) -> Iterator[Replacement]:
    for node in (n for statement in function.node.body for n in ast.walk(statement)):
        if isinstance(node, ast.Call):
            yield from _patched(function, node, read)
        elif isinstance(node, ast.Assign):
            yield from _assigned(function, node)
    for decorator in decorating_calls(function):
        yield from _patched(function, decorator, read)


def decorating_calls(function: Function) -> list[ast.Call]:
    """The calls that decorate the function and its class."""
    written = [*function.node.decorator_list, *(function.cls.node.decorator_list if function.cls else ())]
    return [d for d in written if isinstance(d, ast.Call)]


def _assigned(function: Function, node: ast.Assign) -> Iterator[Replacement]:
    for target in node.targets:
        if isinstance(target, ast.Attribute) and dotted(target.value) not in ("self", "cls"):
            yield Replacement(function, node, target.attr, target.value, node.value)


def _patched(function: Function, call: ast.Call, read: Read) -> Iterator[Replacement]:
    """`patch("a.B")`, `patch.object(b, "c", new)`, `monkeypatch.setattr(b, "c", new)`, `setattr(b, "c", new)`."""
    kind = patch_kind(call)
    text = read(function, call.args[0]) if kind in ("patch", "setattr") and call.args else None
    if kind == "patch" and text is not None:
        yield Replacement(function, call, text, None, argument(call, "new", 1))
    elif kind == "setattr" and text is not None:
        yield Replacement(function, call, text, None, argument(call, "value", 1))
    elif kind in ("object", "setattr") and len(call.args) >= 2 and (name := read(function, call.args[1])) is not None:
        yield Replacement(function, call, name, call.args[0], argument(call, "new" if kind == "object" else "value", 2))


def patch_kind(call: ast.Call) -> str:
    """patch, object or setattr; "" for any other call."""
    name = dotted(call.func) or ""
    if name in _PATCH_NAMES:
        return "patch"
    if name.endswith("patch.object"):
        return "object"
    return "setattr" if call_name(call) == "setattr" else ""


def injected(case: TestCase) -> dict[str, ast.Call]:
    """Parameter -> the `@patch(…)` whose mock it is given: the lowest decorator fills the first parameter."""
    decorators = [*reversed(case.function.node.decorator_list)]
    decorators += [*reversed(case.cls.node.decorator_list)] if case.cls else []
    calls = [d for d in decorators if isinstance(d, ast.Call) and _makes_mock(d)]
    names = [p.arg for p in (*case.function.node.args.posonlyargs, *case.function.node.args.args)]
    return dict(zip(names[1:] if case.cls else names, calls, strict=False))


def _makes_mock(call: ast.Call) -> bool:
    """Whether a patch decorator makes a mock of its own, and so hands it to the test."""
    kind = patch_kind(call)
    return kind in ("patch", "object") and argument(call, "new", 1 if kind == "patch" else 2) is None
