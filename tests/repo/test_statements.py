"""Which statements can run. In each example the calls of `dead` cannot, those of `live` can."""

from __future__ import annotations

import ast

import pytest

from pytest_readiness.repo.imports import Imports
from pytest_readiness.repo.modules import Module, call_name
from pytest_readiness.repo.statements import Statements

FUNCTIONS = {
    "after return": "live()\nreturn live()\ndead()",
    "after raise": "raise ValueError\ndead()",
    "after continue": "for x in y:\n    if x:\n        continue\n        dead()\n    live()\nlive()",
    "after break": "while x:\n    break\n    dead()\nlive()",
    "return in a branch": "if x:\n    return\nlive()",
    "return in both branches": "if x:\n    return\nelse:\n    raise E\ndead()",
    "endless loop": "while True:\n    live()\ndead()",
    "endless loop with break": "while True:\n    for y in z:\n        break\n    else:\n        break\nlive()",
    "false constant": "if False:\n    dead()\nelse:\n    live()\nlive()",
    "true constant": "if 1:\n    live()\nelse:\n    dead()",
    "and of constants": "if x and False:\n    dead()\nif x or 1:\n    live()\nelse:\n    dead()",
    "named constant": "if OFF:\n    dead()\nwhile OFF:\n    dead()\nif not OFF:\n    live()",
    "type checking": "if TYPE_CHECKING:\n    dead()",
    "unknown condition": "if x:\n    live()\nelse:\n    live()",
    "expressions": "live(dead() if False else live())\nlive(False and dead())\nlive(True or dead(), x and live())",
    "failing import": "live()\nfrom b import gone\ndead()\nif x:\n    dead()",
    "failing import in a branch": "if x:\n    from b import gone\n    dead()\nlive()",
    "failing import in try": (
        "try:\n    from b import gone\n    dead()\nexcept ImportError:\n    live()\nelse:\n    dead()\nlive()"
    ),
    "failing import, handler for others": (
        "try:\n    from b import gone\nexcept ValueError:\n    live()\nfinally:\n    live()\ndead()"
    ),
    "failing import, handler returns": "try:\n    from b import gone\nexcept Exception:\n    return live()\ndead()",
    "failing import, handler fails too": (
        "try:\n    from b import gone\nexcept Exception:\n    import b.x\n    dead()\ndead()"
    ),
    "failing import under with": "with x:\n    import b.x\n    dead()\ndead()",
    "failing import under suppress": "with suppress(ImportError):\n    import b.x\n    dead()\nlive()",
    "return under with": "with x:\n    return\n    dead()\nlive()",
    "return in try": "try:\n    return live()\nexcept E:\n    live()\nlive()",
    "return in try and handler": "try:\n    return live()\nexcept E:\n    raise\ndead()",
    "return in finally": "try:\n    live()\nfinally:\n    return\ndead()",
    "nested function": "def f():\n    return\n    dead()\nlive()\nreturn f\ndef g():\n    dead()",
    "import that succeeds": "from b import there\nimport openai\nlive()",
    "case": "match x:\n    case 1:\n        return\n        dead()\nlive()",
}


def statements(text: str) -> tuple[Statements, Module]:
    module = Module("a.py", text)
    other = Module("b.py", "there = 1")
    return Statements(Imports({"a.py": module, "b.py": other}, (".",))), module


def check(model: Statements, module: Module) -> None:
    calls = [c for c in module.calls if call_name(c) in {"live", "dead"}]
    assert calls
    assert [(c.lineno, model.is_live(module, c)) for c in calls] == [(c.lineno, call_name(c) == "live") for c in calls]


@pytest.mark.parametrize("body", FUNCTIONS.values(), ids=FUNCTIONS)
def test_in_a_function(body: str) -> None:
    lines = "\n    ".join(body.splitlines())
    check(
        *statements(
            f"OFF = False\nfrom typing import TYPE_CHECKING\nfrom contextlib import suppress\ndef f(x):\n    {lines}\n"
        )
    )


def test_at_module_level() -> None:
    text = (
        "def live(): ...\ndef dead(): ...\ntry:\n    from b import gone\n    dead()\nexcept ImportError:\n    live()\n"
    )
    check(*statements(text + "class A:\n    x = live()\n    def f(self):\n        return live()\n        dead()\n"))


def test_a_module_that_cannot_be_imported_is_dead() -> None:
    model, module = statements("from b import gone\ndef f():\n    dead()")
    assert not model.is_live(module, module.calls[0])


def test_a_name_that_is_bound_twice_is_no_constant() -> None:
    check(*statements("ON = False\ndef f():\n    global ON\n    ON = True\ndef g():\n    if ON:\n        live()"))
    check(*statements("ON = False\ndef g(ON):\n    if ON:\n        live()"))
    check(
        *statements(
            "ON = False\ntry:\n    import x\n    ON = True\nexcept Exception: ...\ndef g():\n    if ON:\n        live()"
        )
    )


def test_the_reason_names_what_ends_the_block() -> None:
    model, module = statements("def f():\n    import b.gone\n    g()\n    h()")
    site = model.why_dead(module, next(n for n in module.nodes if isinstance(n, ast.Name) and n.id == "h"))
    assert site is not None
    assert (site.line, site.note) == (2, "an import that fails")
