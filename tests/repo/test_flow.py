"""Flow stays quick on nesting, and still finds what a second round of a loop brings."""

from __future__ import annotations

import ast

import pytest

from pytest_readiness.repo.flow import Flow
from pytest_readiness.repo.modules import Module


def carried(text: str, name: str = "secret") -> set[int]:
    """Lines of calls of `use` whose argument carries the parameter."""
    function = Module("m.py", text).functions[0]
    flow = Flow(function, names=[name])
    calls = (c for c in function.calls if isinstance(c.func, ast.Name) and c.func.id == "use")
    return {c.lineno for c in calls if flow.carries(c.args[0])}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("head", ["for _ in x:", "while x:", "try:"])
def test_deep_nesting_is_quick(head: str) -> None:
    depth = 40
    lines = ["def f(secret, x):", *(f"{' ' * (i + 1)}{head}" for i in range(depth)), f"{' ' * (depth + 1)}use(secret)"]
    if head == "try:":
        lines += [f"{' ' * (i + 1)}except E: pass" for i in reversed(range(depth))]
    assert carried("\n".join(lines)) == {depth + 2}


def test_a_loop_brings_data_to_its_next_round() -> None:
    assert carried("def f(secret):\n  x = 1\n  for _ in range(3):\n    use(x)\n    x = secret\n") == {4}


def test_a_handler_sees_what_any_statement_of_the_body_left() -> None:
    text = "def f(secret):\n  try:\n    x = secret\n    x = load()\n  except E:\n    use(x)\n    x = 0\n  use(x)\n"
    assert carried(text) == {6}
