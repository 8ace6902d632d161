"""One Python file: its tree, its bounds, and what is asked about its nodes."""

from __future__ import annotations

import ast
import gc
import time
from pathlib import Path

import pytest

from pytest_readiness.repo import Repo
from pytest_readiness.repo.imports import Imports
from pytest_readiness.repo.modules import Module, argument, call_name, dotted
from pytest_readiness.repo.parsing import DEEPEST, TOO_DEEP, many_objects

DEEP = {
    "attributes": "x = a" + ".b" * 100_000,
    "sum": "x = " + "1 + " * 100_000 + "1",
    "not": "x = " + "not " * 100_000 + "1",
    "minus": "x = " + "-" * 100_000 + "1",
    "elif": "if a:\n  pass\n" + "elif a:\n  pass\n" * 20_000,
    "lambda": "x = " + "lambda: " * 100_000 + "1",
    "choice": "x = " + "a if b else " * 100_000 + "1",
    "calls": "x = a" + "()" * 100_000,
    "strings": "x = " + " + ".join(["'a'"] * 20_000),
}
BROKEN = {
    "brackets": "x = " + "[" * 100_000,
    "braces": "x = " + "{1:" * 100_000,
    "indentation": "".join(f"{' ' * i}if a:\n" for i in range(200)),
    "zero byte": "x = 1\0",
    "surrogate": "x = '\udc80'",
    "not closed": "x = '''",
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_a_tree_that_is_too_deep_is_not_analysed(text: str) -> None:
    start = time.process_time()
    module = Module("a.py", text)
    assert (module.tree, module.problem, module.nodes) == (None, TOO_DEEP, ())
    assert not Imports({"a.py": module}, (".",)).loadable(module)
    assert time.process_time() - start < 10


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_file_that_does_not_parse(text: str) -> None:
    module = Module("a.py", text)
    assert module.tree is None
    assert module.problem
    assert module.problem_line


def test_a_tree_as_deep_as_may_be_is_analysed(tmp_path: Path) -> None:
    Repo(tmp_path)  # makes room for the recursion
    for text in (
        "x = a" + ".b" * (DEEPEST - 4),
        "x = " + "1 + " * (DEEPEST - 5) + "a",
        "x = [a" + ",[1]" * 50_000 + "]",
    ):
        module = Module("a.py", text)
        assert module.tree is not None
        problem = Imports({"a.py": module}, (".",)).problem(module)
        assert problem is not None
        assert problem.note == "reads a, which nothing has bound by then"
        assert len(module.nodes) == len(module.parents) + 1


REFUSED = {
    "return outside a function": "x = 1\nreturn x",
    "await outside an async function": "def f():\n    await x",
    "break outside a loop": "if x:\n    break",
    "nonlocal at module level": "nonlocal x",
    "two parameters of one name": "def f(a, a): ...",
    "late future": "x = 1\nfrom __future__ import annotations",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_a_file_that_follows_the_grammar_may_be_refused(text: str) -> None:
    module = Module("a.py", text)
    assert module.tree is not None
    assert (module.problem or "").startswith("SyntaxError: ")
    assert module.problem_line == text.count("\n") + 1
    assert not Imports({"a.py": module}, (".",)).loadable(module)


def test_nodes_and_parents() -> None:
    module = Module("a.py", "class A:\n    def f(self, x=1):\n        return x + g(-x)\n\nlambda y: y\n")
    kinds = {type(n) for n in module.nodes}
    assert {ast.Module, ast.ClassDef, ast.FunctionDef, ast.BinOp, ast.UnaryOp, ast.Lambda, ast.arg} <= kinds
    assert not kinds & {ast.Load, ast.Store, ast.Add, ast.USub}
    call = module.calls[0]
    assert [type(a).__name__ for a in module.ancestors(call)] == [
        "BinOp",
        "Return",
        "FunctionDef",
        "ClassDef",
        "Module",
    ]
    function = module.enclosing_function(call)
    assert function is module.functions[0]
    assert module.enclosing_function(function.defaults["x"]) is None
    assert module.enclosing_class(call) is module.classes[0]
    assert isinstance(module.statement_of(call), ast.Return)


def test_switches_are_names_that_are_always_true_or_false() -> None:
    text = "A = True\nB: bool = False\nC = True\nC = False\nD = 1\nE = F = True\ndef g(A2=True):\n    H = True\n"
    assert Module("a.py", text).switches == {"A": True, "B": False}


def test_a_call_and_its_arguments() -> None:
    call = Module("a.py", "a.b.c(1, x, *y, k=2)").calls[0]
    assert (dotted(call.func), call_name(call)) == ("a.b.c", "c")
    shown = [ast.unparse(a) if (a := argument(call, "k", i)) else None for i in (None, 0)]
    assert shown == ["2", "2"]
    shown = [ast.unparse(a) if (a := argument(call, "z", i)) else None for i in range(4)]
    assert shown == ["1", "x", None, None]


def test_the_garbage_collector_is_as_it_was() -> None:
    with many_objects():
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    try:
        with many_objects():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
