"""What names and expressions refer to. In each example `ask(...)` holds the expression that is asked about."""

from __future__ import annotations

import ast
import time

import pytest

from pytest_readiness.repo.imports import Imports
from pytest_readiness.repo.modules import Class, Module, call_name
from pytest_readiness.repo.names import External, Instance, Missing, Names, Parameter, Symbol, Value


def label(symbol: Symbol) -> str:
    """`A` for a class, `A()` for an instance, `f()`... in words that tests can compare."""
    match symbol:
        case External():
            return symbol.name.removeprefix("builtins.")
        case Instance():
            return f"{label(symbol.of)}()"
        case Value():
            return "value"
        case Parameter():
            return f"parameter {symbol.name}"
        case Missing():
            return f"missing {symbol.name}"
        case Class():
            return symbol.name
        case Module():
            return f"module {symbol.path}"
    return getattr(symbol, "qualname", None) or str(symbol)


def names_of(files: dict[str, str]) -> tuple[Names, dict[str, Module]]:
    modules = {p: Module(p, t) for p, t in files.items()}
    assert all(m.tree for m in modules.values())
    return Names(Imports(modules, (".",), list(modules))), modules


def asked(text: str, others: dict[str, str] | None = None) -> str:
    """The answers to each ask(...) of the module, separated by "; "."""
    names, modules = names_of({"m.py": text, **{f"{k}.py": t for k, t in (others or {}).items()}})
    calls = sorted((c for c in modules["m.py"].calls if call_name(c) == "ask"), key=lambda c: c.lineno)
    assert calls
    return "; ".join(", ".join(label(s) for s in names.resolve(modules["m.py"], c.args[0])) for c in calls)


SCOPES = {
    "class scope is not seen in methods": ("class A: ...\nclass B:\n    A = 1\n    def f(self):\n        ask(A)", "A"),
    "class scope is seen in the class body": ("class A: ...\nclass B:\n    A = 1\n    ask(A)", "value"),
    "a default is evaluated outside": ("class A: ...\ndef f(A, b=ask(A)): ...", "A"),
    "a decorator is evaluated outside": (
        "def d(f): ...\nclass B:\n    def d(self): ...\n    @ask(d)\n    def g(self): ...",
        "B.d",
    ),
    "parameter": ("def f(x):\n    ask(x)", "parameter x"),
    "star parameters": ("def f(*x, **y):\n    ask(x)\n    ask(y)", "parameter x; parameter y"),
    "local before global": ("x = len\ndef f():\n    x = print\n    ask(x)", "print"),
    "enclosing function": ("def f():\n    x = len\n    def g():\n        ask(x)", "len"),
    "global": ("class A: ...\nx = None\ndef f():\n    global x\n    x = A()\ndef g():\n    ask(x)", "value, A()"),
    "nonlocal": (
        "x = print\ndef f():\n    x = len\n    def g():\n        nonlocal x\n        x = x\n        ask(x)",
        "len",
    ),
    "lambda parameter": ("x = len\nask(x)\ny = lambda x: ask(x)", "len; "),
    "lambda body": ("y = lambda z: ask(len)", "len"),
    "comprehension variable": ("x = len\ny = [ask(x) for x in z]\nask(x)", "; len"),
    "first iterable of a comprehension": ("x = [len]\ny = [1 for x in ask(x)]", "value"),
    "walrus": ("class A: ...\nif (x := A()):\n    ask(x)", "A()"),
    "deleted name": ("x = len\ndel x\nask(x)", "len"),
    "builtin": ("ask(len)", "len"),
    "unbound": ("ask(nothing)", ""),
    "exception": ("class E(Exception): ...\ntry: ...\nexcept (E, ValueError) as e:\n    ask(e)", "E(), ValueError()"),
    "try and except": (
        "try:\n    from json import loads\nexcept ImportError:\n    loads = len\nask(loads)",
        "json.loads, len",
    ),
    "both branches": ("if a:\n    x = len\nelse:\n    x = print\nask(x)", "len, print"),
    "unpacking": ("a, (b, c) = len, (print, 1)\nask(a)\nask(b)\nd, e = f()\nask(d)", "len; print; "),
    "itself": ("def f(x):\n    x = x or len\n    ask(x)", "parameter x, len"),
}

IMPORTS = {
    "module": ("import a.b\nask(a.b.f)", {"a/b": "def f(): ..."}, "f"),
    "module under another name": ("import a.b as c\nask(c.f)", {"a/b": "def f(): ..."}, "f"),
    "name under another name": ("from a.b import f as g\nask(g)", {"a/b": "def f(): ..."}, "f"),
    "submodule": ("from a import b\nask(b)", {"a/b": "", "a/__init__": ""}, "module a/b.py"),
    "submodule of a folder": ("from a import b\nask(b)", {"a/b": ""}, "module a/b.py"),
    "through a package": ("from a import f\nask(f)", {"a/__init__": "from .b import f", "a/b": "def f(): ..."}, "f"),
    "through a star": ("from a import *\nask(f)", {"a": "from b import *", "b": "def f(): ..."}, "f"),
    "star of a library": ("from numpy import *\nask(array)", {}, "numpy.array"),
    "library": (
        "import os.path as p\nfrom openai import X\nask(p.join)\nask(X().y.z)",
        {},
        "os.path.join; openai.X.y.z",
    ),
    "library with a dotted name": ("import a.b\nask(a.b.c)", {}, "a.b.c"),
    "missing name": ("from a import f\nask(f)", {"a": ""}, "missing a.py:f"),
    "missing module": ("from a.b import f\nask(f)", {"a/c": ""}, "missing a.b"),
    "cycle": ("from a import f\nask(f)", {"a": "from b import f", "b": "from a import f"}, "missing a.py:f"),
    "inside a function": ("def g():\n    from a import f\n    ask(f)", {"a": "def f(): ..."}, "f"),
}

CLASSES = {
    "method": ("class A:\n    def f(self): ...\nask(A().f)\nask(A.f)", "A.f; A.f"),
    "self": ("class A:\n    def f(self):\n        ask(self)\n        ask(self.f)", "A(); A.f"),
    "cls": ("class A:\n    @classmethod\n    def f(cls):\n        ask(cls)\n        ask(cls())", "A; A()"),
    "static": ("class A:\n    @staticmethod\n    def f(x):\n        ask(x)", "parameter x"),
    "class of itself": (
        "class A:\n    def f(self):\n        ask(self.__class__())\n        ask(type(self)())",
        "A(); A()",
    ),
    "attribute of another method": (
        "class A: ...\nclass B:\n    def __init__(self):\n        self.a = A()\n    def f(self):\n        ask(self.a)",
        "A()",
    ),
    "attribute over a class default": (
        "class A: ...\nclass B:\n    a = None\n    def open(self):\n"
        "        self.a = A()\n    def f(self):\n        ask(self.a)",
        "A(), value",
    ),
    "attribute unpacked": (
        "class A: ...\nclass B:\n    def __init__(self, x):\n        self.x, self.a = x, A()\n    def f(self):\n"
        "        ask(self.a)\n        ask(self.x)",
        "A(); parameter x",
    ),
    "attribute of a base class": (
        "class A: ...\nclass B:\n    def __init__(self):\n"
        "        self.a = A()\nclass C(B):\n    def f(self):\n        ask(self.a)",
        "A()",
    ),
    "property": ("class A: ...\nclass B:\n    @property\n    def a(self):\n        return A()\nask(B().a)", "A()"),
    "field": (
        "class A: ...\n@dataclass\nclass B:\n    a: 'A'\n    b: A | None = None\nask(B().a)\nask(B().b)",
        "A(); A()",
    ),
    "inherited": ("class A:\n    def f(self): ...\nclass B(A): ...\nask(B().f)", "A.f"),
    "overridden": ("class A:\n    def f(self): ...\nclass B(A):\n    def f(self): ...\nask(B().f)", "B.f"),
    "super": (
        "class A:\n    def f(self): ...\nclass B(A):\n    def f(self):\n"
        "        ask(super().f)\n        ask(super(B, self).f)",
        "A.f; A.f",
    ),
    "diamond": (
        "class A:\n    def f(self): ...\nclass B(A): ...\nclass C(A):\n"
        "    def f(self): ...\nclass D(B, C): ...\nask(D().f)",
        "C.f",
    ),
    "cycle of bases": ("class A(B):\n    def f(self): ...\nclass B(A): ...\nask(B().f)\nask(B().g)", "A.f; "),
    "external base": (
        "from httpx import Client\nclass A(Client): ...\nask(A().get)\nask(A.x)",
        "httpx.Client.get; httpx.Client.x",
    ),
    "generic base": ("class A(Generic[T]):\n    def f(self): ...\nclass B(A[int]): ...\nask(B().f)", "A.f"),
    "called object": ("class A:\n    def __call__(self) -> 'B': ...\nclass B: ...\nask(A()())", "B()"),
    "with": (
        "class A:\n    def __enter__(self):\n        return B()\n"
        "class B: ...\nwith A() as x, B() as y:\n    ask(x)\n    ask(y)",
        "B(); B()",
    ),
    "nested class": ("class A:\n    class B: ...\nask(A.B())", "B()"),
}

CALLS = {
    "constructed": ("class A: ...\ndef f():\n    return A()\nask(f())", "A()"),
    "annotated": ("class A: ...\ndef f() -> 'A | None':\n    return make()\nask(f())", "A()"),
    "more exact than annotated": ("class A: ...\nclass B(A): ...\ndef f() -> A:\n    return B()\nask(f())", "A(), B()"),
    "awaited": ("class A: ...\nasync def f():\n    return A()\nasync def g():\n    ask(await f())", "A()"),
    "recursive": ("class A: ...\ndef f(n):\n    return f(n - 1) if n else A()\nask(f(1))", "A()"),
    "mutually recursive": ("def f():\n    return g()\ndef g():\n    return f()\nask(f())", ""),
    "context manager": ("class A: ...\n@contextmanager\ndef f():\n    yield A()\nwith f() as x:\n    ask(x)", "A()"),
    "annotated by an alias": (
        "from typing import Annotated\nclass A: ...\nCurrent = Annotated[A, 1]\nMaybe = A | None\n"
        "def f(a: Current, b: Maybe):\n    ask(a)\n    ask(b)",
        "A(); A()",
    ),
    "annotated context manager": (
        "class A: ...\n@contextlib.asynccontextmanager\nasync def f() -> AsyncIterator[A]:\n    yield x\n"
        "async def g():\n    async with f() as y:\n        ask(y)",
        "A()",
    ),
    "partial": ("from functools import partial\ndef f(): ...\nask(partial(f, 1))", "f"),
    "getattr": ("class A:\n    def f(self): ...\nask(getattr(A(), 'f'))\nask(getattr(A(), 'g', None))", "A.f; "),
    "cast": ("from typing import cast\nclass A: ...\nask(cast('A', x))", "A()"),
    "either": (
        "class A: ...\ndef f(x: A | None = None):\n    ask(x or A())\n    ask(x if x else len)",
        "A(); A(), len",
    ),
    "annotated parameters": (
        "from typing import Optional, Annotated\nclass A: ...\n"
        "def f(a: A, b: Optional[A], c: 'Annotated[A, 1]', d: str):\n"
        "    ask(a)\n    ask(b)\n    ask(c)\n    ask(d)",
        "A(); A(); A(); parameter d",
    ),
    "postponed annotations": (
        "from __future__ import annotations\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from a import B\n"
        "def f(b: B):\n    ask(b)",
        "a.B()",
    ),
}

CONTAINERS = {
    "dict": ("class A: ...\nR = {'a': A, 'b': len}\nask(R['a']())\nask(R.get('a'))\nask(R['c'])", "A(); A; "),
    "dict under any key": (
        "class A: ...\nR = {'a': A, 'b': len}\ndef f(k):\n    ask(R[k])\n    ask(R.get(k, None))",
        "A, len; A, len",
    ),
    "dict with more in it": ("R = {**x, 'b': len}\nask(R['a'])", "len"),
    "list": ("R = [len, print]\nask(R[0])\nask(R[-1])\nask(R[5])\nask(R[1:])", "len; print; ; "),
    "loop": ("for f in [len, print]:\n    ask(f)", "len, print"),
    "loop over values": (
        "R = {'a': len}\nfor f in R.values():\n    ask(f)\nfor k, f in R.items():\n    ask(f)\n    ask(k)",
        "len; len; ",
    ),
    "loop with a number": (
        "for i, f in enumerate([len]):\n    ask(f)\nfor a, b in zip([len], (print,)):\n    ask(b)",
        "len; print",
    ),
    "loop over pairs": ("for n, f in [('a', len), ('b', print)]:\n    ask(f)\n    ask(n)", "len, print; value, value"),
    "comprehension": ("x = [ask(f) for f in (len, print)]", "len, print"),
    "comprehension as container": ("class A: ...\nx = [A() for i in y]\nfor a in x:\n    ask(a)", "A()"),
    "annotated list": (
        "class A: ...\ndef f(x: list[A], y: 'dict[str, A] | None'):\n"
        "    ask(x[0])\n    ask(y['k'])\n    ask(y.get('k'))",
        "A(); A(); A()",
    ),
    "annotated attribute": (
        "class A: ...\nclass B:\n    def __init__(self):\n        self.r: dict[str, A] = {}\n    def f(self, k):\n"
        "        ask(self.r[k])\n        for a in list(self.r.values()):\n            ask(a)",
        "A(); A()",
    ),
    "annotated field": (
        "class A: ...\nclass B:\n    r: list[A]\ndef f(b: B):\n    for a in sorted(b.r):\n        ask(a)",
        "A()",
    ),
    "annotated result": ("class A: ...\ndef f() -> list[A]: ...\nfor a in f():\n    ask(a)", "A()"),
    "of another module": ("import m\nR = [len]\nfor f in m.R:\n    ask(f)", "len"),
    "itself": ("x = [1]\nx = x[0]\nask(x)\nfor y in y:\n    ask(y)", "value, value; "),
}


@pytest.mark.parametrize(("text", "expected"), SCOPES.values(), ids=SCOPES)
def test_scopes(text: str, expected: str) -> None:
    assert asked(text) == expected


@pytest.mark.parametrize(("text", "others", "expected"), IMPORTS.values(), ids=IMPORTS)
def test_imports(text: str, others: dict[str, str], expected: str) -> None:
    assert asked(text, others) == expected


@pytest.mark.parametrize(("text", "expected"), CLASSES.values(), ids=CLASSES)
def test_classes(text: str, expected: str) -> None:
    assert asked(text) == expected


@pytest.mark.parametrize(("text", "expected"), CALLS.values(), ids=CALLS)
def test_calls(text: str, expected: str) -> None:
    assert asked(text) == expected


@pytest.mark.parametrize(("text", "expected"), CONTAINERS.values(), ids=CONTAINERS)
def test_containers(text: str, expected: str) -> None:
    assert asked(text) == expected


def test_ancestry_is_in_the_order_of_the_language() -> None:
    names, modules = names_of({"m.py": "class A: ...\nclass B(A): ...\nclass C(A, X): ...\nclass D(B, C, Y.Z): ...\n"})
    d = next(c for c in modules["m.py"].classes if c.name == "D")
    assert [label(c) for c in names.ancestry(d)] == ["D", "B", "C", "A"]
    assert names.inherits(d, "x.Y") is False


def test_annotated_classes() -> None:
    names, modules = names_of({"m.py": "class A: ...\ndef f(x: 'A | int | None', y: list[A]): ..."})
    x, y = modules["m.py"].functions[0].params
    assert [c.name for c in names.annotated(modules["m.py"], x.annotation)] == ["A"]
    assert names.annotated(modules["m.py"], y.annotation) == []


HOSTILE = {
    "many assignments of one name": "x = 1\n" + "x = x or y\ny = y or x\n" * 5000 + "ask(x)\n" * 500,
    "names in a ring": "".join(f"x{i} = x{(i + 1) % 2000} or x{(i + 7) % 2000}\n" for i in range(2000)) + "ask(x0)\n",
    "functions in a ring": "".join(
        f"def f{i}(a):\n    return f{(i + 1) % 500}(a) or f{(i + 3) % 500}(a) or [f{(i + 5) % 500}(a)]\n"
        for i in range(500)
    )
    + "ask(f0(1))\n",
    "tower of diamonds": "class A0: ...\nclass B0: ...\n"
    + "".join(f"class A{i}(A{i - 1}, B{i - 1}): ...\nclass B{i}(A{i - 1}, B{i - 1}): ...\n" for i in range(1, 300))
    + "ask(A299().f)\n",
    "long line of classes": "class A0: ...\n"
    + "".join(f"class A{i}(A{i - 1}): ...\n" for i in range(1, 3000))
    + "ask(A2999().f)\n",
    "attributes of themselves": "class A:\n    def f(self):\n"
    + "".join(f"        self.a{i} = self.a{(i + 1) % 300} or self.a{(i + 7) % 300}.b\n" for i in range(300))
    + "        ask(self.a0)\n",
    "long chain": "x = a" + ".b" * 400 + "\nask(x)\n",
    "containers in a ring": "".join(
        f"x{i} = [y for y in x{(i + 1) % 300}] or x{(i + 2) % 300}[0]\n" for i in range(300)
    )
    + "ask(x0)\n",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_modules_are_answered_in_time(text: str) -> None:
    names, modules = names_of({"m.py": text})
    start = time.process_time()
    for node in modules["m.py"].nodes:
        if isinstance(node, ast.expr):
            names.resolve(modules["m.py"], node)
    assert time.process_time() - start < 20
