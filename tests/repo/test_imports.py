"""Which modules can be imported, and why others cannot."""

from __future__ import annotations

import ast

import pytest

from pytest_readiness.repo.finder import Folder, Missing, Opaque
from pytest_readiness.repo.imports import Imports
from pytest_readiness.repo.modules import Module

ROOTS = (".", "src", "backend")


def imports(files: dict[str, str], *others: str, third_party: tuple[str, ...] = ()) -> Imports:
    """The imports of a repository that holds these files; `others` are there and not read."""
    modules = {path: Module(path, text) for path, text in files.items()}
    return Imports(modules, ROOTS, [*files, *others], third_party)


def reason(files: dict[str, str], path: str, *others: str, third_party: tuple[str, ...] = ()) -> str:
    """`line reason` of why the module cannot be imported, "" where it can."""
    model = imports(files, *others, third_party=third_party)
    site = model.problem(model.modules[path])
    assert model.loadable(model.modules[path]) is (site is None)
    return f"{site.path}:{site.line} {site.note}" if site else ""


LOADABLE = {
    "third party": {"a.py": "import openai\nfrom langchain import x"},
    "standard library": {"a.py": "import os, queue\nfrom collections import OrderedDict"},
    "relative": {"p/__init__.py": "", "p/a.py": "from . import b\nfrom .b import x", "p/b.py": "x = 1"},
    "cycle": {"a.py": "import b", "b.py": "import a"},
    "cycle of names": {"a.py": "from b import y\nx = 1", "b.py": "from a import x\ny = 1"},
    "under TYPE_CHECKING": {
        "a.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from b import c",
        "b.py": "",
    },
    "under __main__": {"a.py": "import b\nif __name__ == '__main__':\n    from b import c", "b.py": ""},
    "in a function": {"a.py": "import b\ndef f():\n    from b import c", "b.py": ""},
    "under a false constant": {"a.py": "if 0:\n    from b import c", "b.py": ""},
    "guarded": {"a.py": "try:\n    from b import c\nexcept ImportError:\n    c = None\nc", "b.py": ""},
    "guarded by suppress": {
        "a.py": "import contextlib\nwith contextlib.suppress(ImportError):\n    from b import c",
        "b.py": "",
    },
    "star": {"a.py": "from b import *\nx\nimport c\nfrom c import y", "b.py": "", "c.py": "from b import *"},
    "module __getattr__": {"a.py": "from b import y", "b.py": "def __getattr__(name): ..."},
    "submodule": {"p/__init__.py": "", "p/b.py": "", "a.py": "from p import b"},
    "namespace package": {"p/q/b.py": "x = 1", "a.py": "from p.q.b import x\nfrom p.q import b\nimport p.q"},
    "second source root": {
        "backend/core/__init__.py": "",
        "backend/core/b.py": "x = 1",
        "backend/a.py": "from core.b import x",
    },
    "beside the script": {"tools/a.py": "from b import x", "tools/b.py": "x = 1"},
    "alternative in the handler": {
        "p/a.py": "try:\n    from .b import x\nexcept ImportError:\n    from p.c import x",
        "p/c.py": "x = 1",
    },
    "annotation that is not evaluated": {"a.py": "from __future__ import annotations\ndef f(x: Foo) -> Bar: ..."},
    "bound in a branch": {"a.py": "import sys\nif sys.argv:\n    x = 1\nprint(x)"},
    "below a folder above": {
        "parts/shop/app/__init__.py": "",
        "parts/shop/app/a.py": "from app.b import x\nfrom app import b",
        "parts/shop/app/b.py": "x = 1",
        "parts/other/app/__init__.py": "",
        "parts/other/app/b.py": "",
    },
    "globals": {"a.py": "from b import y", "b.py": "def f():\n    globals().update(y=1)\nf()\ny"},
    "module that replaces itself": {
        "a.py": "from b import y\nimport b.c",
        "b.py": "import sys\nsys.modules[__name__] = x()",
    },
    "package that finds its own modules": {
        "a.py": "import p.q.r\nfrom p import q\nfrom p.s import t",
        "p/__init__.py": "import sys\nsys.meta_path.append(1)",
    },
    "generated from an interface": {"p/a.py": "from p import shop_pb2\nfrom .shop_pb2_grpc import X", "p/b.py": ""},
    "everything that is exported": {
        "p/__init__.py": "__all__ = ['x', 'b']\nx = 1",
        "p/b.py": "",
        "a.py": "from p import *\nb",
    },
    "submodule deleted": {"p/__init__.py": "from .b import x\ndel b", "p/b.py": "x = 1"},
    "submodule read": {"p/__init__.py": "import p.b\nb.x", "p/b.py": "x = 1"},
    "switched off": {"a.py": "ON = False\nif ON:\n    from b import c", "b.py": ""},
    "own name as in a library": {"p/redis.py": "import redis\nx = redis.Redis", "p/__init__.py": ""},
}


@pytest.mark.parametrize("files", LOADABLE.values(), ids=LOADABLE)
def test_loadable(files: dict[str, str]) -> None:
    assert [reason(files, path, "protos/shop.proto") for path in files] == [""] * len(files)


BROKEN = {
    "missing module": ({"a.py": "import p.b", "p/__init__.py": ""}, "a.py:1 imports p.b, which is missing"),
    "missing name": ({"a.py": "from b import c", "b.py": ""}, "a.py:1 imports c from b, which does not bind it"),
    "syntax error": ({"a.py": "x = ("}, "a.py:1 SyntaxError: '(' was never closed"),
    "chain": (
        {"a.py": "\nimport b", "b.py": "import c", "c.py": "from c2 import x", "c2.py": ""},
        "a.py:2 imports b, which cannot be imported (through b.py): c.py:1 imports x from c2, which does not bind it",
    ),
    "package above": (
        {"p/__init__.py": "from .c import x", "p/c.py": "", "p/a.py": ""},
        "p/a.py:1 is in a package, which cannot be imported: "
        "p/__init__.py:1 imports x from p.c, which does not bind it",
    ),
    "above the top": ({"a.py": "from .. import x"}, "a.py:1 imports .., which is above the top-level package"),
    "unbound decorator": ({"a.py": "@deco\ndef f(): ..."}, "a.py:1 reads deco, which nothing has bound by then"),
    "unbound base": ({"a.py": "class A(B): ..."}, "a.py:1 reads B, which nothing has bound by then"),
    "bound too late": ({"a.py": "y = x\nx = 1"}, "a.py:1 reads x, which nothing has bound by then"),
    "annotation for the type checker only": (
        {"a.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from b import C\ndef f(x: C): ..."},
        "a.py:4 reads C, which nothing has bound by then",
    ),
    "exported and not there": (
        {"a.py": "try:\n    from b import *\nexcept ImportError: ...", "b.py": "__all__ = ['x']"},
        "a.py:2 imports x from b, which does not bind it",
    ),
    "only looked into": (
        {"a.py": "from b import y", "b.py": "import sys\ndef f(n):\n    return globals()[n], sys.modules.get(n)"},
        "a.py:1 imports y from b, which does not bind it",
    ),
    "submodule that nothing has loaded": (
        {"p/__init__.py": "b.x", "p/b.py": "x = 1"},
        "p/__init__.py:1 reads b, which nothing has bound by then",
    ),
    "file that the language refuses": ({"a.py": "x = 1\nreturn x"}, "a.py:2 SyntaxError: 'return' outside function"),
    "in a class body": (
        {"a.py": "class A:\n    from b import c", "b.py": ""},
        "a.py:2 imports c from b, which does not bind it",
    ),
    "handler for another kind": (
        {"a.py": "try:\n    import b\nexcept ImportError:\n    b = None", "b.py": "x = ("},
        "a.py:2 imports b, which cannot be imported: b.py:1 SyntaxError: '(' was never closed",
    ),
    "handler that raises again": (
        {"a.py": "try:\n    from b import c\nexcept ImportError as e:\n    raise RuntimeError from e", "b.py": ""},
        "a.py:2 imports c from b, which does not bind it",
    ),
    "the same import in the handler": (
        {
            "svc/core/y.py": "",
            "svc/a.py": "try:\n    from .core.x import y\nexcept ImportError:\n    from core.x import y",
        },
        "svc/a.py:4 imports core.x, which is missing",
    ),
    "gone, but imported elsewhere through the source root": (
        {"backend/a.py": "from core.x import y", "b.py": "try:\n    import backend.core.x\nexcept ImportError: ..."},
        "backend/a.py:1 imports core.x, which is missing",
    ),
}


@pytest.mark.parametrize(("files", "expected"), BROKEN.values(), ids=BROKEN)
def test_broken(files: dict[str, str], expected: str) -> None:
    assert reason(files, expected.partition(":")[0]) == expected


def test_statements_in_functions_resolve_or_not() -> None:
    model = imports(
        {
            "a.py": "def f():\n    from b import x\n    from b import y\n    import c.d\n    import openai",
            "b.py": "x = 1",
            "c/e.py": "",
        }
    )
    module = model.modules["a.py"]
    assert [model.resolves(s, module) for s in module.imports] == [True, False, False, True]
    problem = model.import_problem(module.imports[1], module)
    assert problem is not None
    assert (problem.line, problem.note) == (3, "imports y from b, which does not bind it")


def test_what_a_name_means() -> None:
    model = imports({"p/q/a.py": "", "p/b.py": ""}, "p/fast.pyx", "p/so.cpython-311-darwin.so", "excluded/c.py")
    origin = model.modules["p/b.py"]
    assert model.find("p.q.a", origin) is model.modules["p/q/a.py"]
    assert model.find("p.q", origin) == Folder("p/q")
    assert model.find("p.gone", origin) == Missing("p.gone")
    assert model.find("p.fast", origin) == Opaque("p/fast.pyx")
    assert model.find("p.so", origin) == Opaque("p/so.cpython-311-darwin.so")
    assert model.find("excluded.c", origin) == Opaque("excluded/c.py")
    assert model.find("numpy.linalg", origin) is None


def test_a_relative_import_means_a_folder() -> None:
    model = imports({"src/p/q/a.py": "from ..b import x\nfrom . import c\nfrom ... import d", "src/p/b.py": ""})
    origin = model.modules["src/p/q/a.py"]
    sources = [model.source(s, origin) for s in ast.walk(ast.parse(origin.text)) if isinstance(s, ast.ImportFrom)]
    assert sources == [model.modules["src/p/b.py"], Folder("src/p/q"), Folder("src")]


def test_the_standard_library_and_what_stands_before_it() -> None:
    """A module of the first source root does; a folder, other roots and files beside do not."""
    files = {
        "secrets.py": "",
        "queue/x.py": "",
        "src/logging.py": "",
        "tools/a.py": "",
        "tools/json.py": "",
        "sys.py": "",
    }
    model = imports(files)
    origin = model.modules["tools/a.py"]
    assert model.find("secrets", origin) is model.modules["secrets.py"]
    assert [model.find(n, origin) for n in ("queue", "logging", "json", "sys")] == [None] * 4


def test_a_declared_dependency_and_what_stands_before_it() -> None:
    files = {
        "redis.py": "",
        "alembic/env.py": "",
        "backend/jwt.py": "",
        "backend/core/openai.py": "",
        "backend/core/a.py": "",
    }
    model = imports(files, third_party=("redis", "alembic", "jwt", "openai"))
    origin = model.modules["backend/core/a.py"]
    assert model.find("redis", origin) is model.modules["redis.py"]
    assert [model.find(n, origin) for n in ("alembic", "alembic.op", "jwt", "openai")] == [None] * 4


def test_each_part_of_a_repository_means_its_own_package() -> None:
    files = {f"{part}/app/{name}.py": "" for part in ("backend", "parts/shop", "parts/bank") for name in ("a", "b")}
    model = imports(files)
    for part in ("backend", "parts/shop", "parts/bank"):
        assert model.find("app.b", model.modules[f"{part}/app/a.py"]) is model.modules[f"{part}/app/b.py"]
