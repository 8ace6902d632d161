"""The model of imports against Python itself, on generated trees of small modules.

Known differences, left out or weakened here: in a cycle Python may fail where the order matters, the model hopes for
the best; after `from x import *` any name counts as bound; a folder of scripts is searched only by a script in it.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from pytest_readiness.repo.execution import Unit
from pytest_readiness.repo.imports import Imports
from pytest_readiness.repo.modules import Module

ROOTS = (".", "lib")
PLACES = (
    "ma.py", "mb.py", "pk/__init__.py", "pk/mc.py", "pk/md.py", "pk/sub/__init__.py", "pk/sub/me.py", "pk/sub/mf.py",
    "lib/mr.py", "lib/ps/__init__.py", "lib/ps/mt.py",
)  # fmt: skip
TARGETS = ("ma", "mb", "pk", "pk.mc", "pk.md", "pk.sub", "pk.sub.me", "mr", "ps", "ps.mt", "lib.mr", "pk.gone", "json")
RELATIVE = (".", ".mc", ".md", ".me", ".mt", ".sub", ".sub.me", "..", "..mc", "..sub.mf", "...ma")
NAMES = ("x", "y", "mc", "me", "mt", "sub")
CAUGHT = (
    "ImportError",
    "ModuleNotFoundError",
    "Exception",
    "NameError",
    "SyntaxError",
    "(ValueError, ImportError)",
    "",
)

ORACLE = """
import json, os, sys, typing, contextlib
request = json.load(sys.stdin)
sys.path[:0] = request["path"]
sys.dont_write_bytecode = True
def tried(name):
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            __import__(name)
            os.write(writing, b"ok")
        except BaseException as error:
            os.write(writing, f"{type(error).__name__}: {error}".encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        answer = stream.read().decode()
    os.waitpid(child, 0)
    return answer
print(json.dumps({name: tried(name) for name in request["names"]}))
"""


def indented(lines: str) -> str:
    return textwrap.indent(lines, "    ")


names = st.sampled_from(NAMES)
imports = st.one_of(
    st.sampled_from(TARGETS).map(lambda m: f"import {m}\n"),
    st.sampled_from(TARGETS).map(lambda m: f"import {m} as x\n"),
    st.tuples(st.sampled_from(TARGETS[:-1] + RELATIVE), names).map(lambda t: f"from {t[0]} import {t[1]}\n"),
    st.tuples(st.sampled_from(RELATIVE), names, names).map(lambda t: f"from {t[0]} import {t[1]} as {t[2]}\n"),
)
stars = st.sampled_from(("pk", "mb", "ps.mt")).map(lambda m: f"from {m} import *\n")
exports = names.map(lambda n: f"__all__ = ['{n}']\n")
bindings = names.flatmap(
    lambda n: st.sampled_from((f"{n} = 1\n", f"def {n}(): ...\n", f"class {n}: ...\n", f"{n}: int = 1\n"))
)
deletions = names.map(lambda n: f"del {n}\n")
readings = names.flatmap(
    lambda n: st.sampled_from(
        (
            f"{n}\n",
            f"def f(a={n}): ...\n",
            f"z = [{n} for i in (1,)]\n",
            f"class K:\n    v = {n}\n",
            f"y += {n} and 0\n",
        )
    )
)
hooks = st.just("def __getattr__(name):\n    if name[0] == '_':\n        raise AttributeError\n")


def blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = st.lists(inner, min_size=1, max_size=2).map("".join).map(indented)
    rescue = st.one_of(body, st.just("    pass\n"), st.just("    raise\n"), st.just("    raise RuntimeError\n"))
    return st.one_of(
        st.tuples(body, st.sampled_from(CAUGHT), rescue).map(lambda t: f"try:\n{t[0]}except {t[1]}:\n{t[2]}"),
        st.tuples(body, body, body).map(
            lambda t: f"try:\n{t[0]}except ImportError:\n    pass\nelse:\n{t[1]}finally:\n{t[2]}"
        ),
        body.map(lambda b: f"from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n{b}"),
        st.tuples(body, body).map(lambda t: f"if 0:\n{t[0]}else:\n{t[1]}"),
        body.map(lambda b: f"if __name__ == '__main__':\n{b}"),
        body.map(lambda b: f"class K:\n{b}"),
        body.map(lambda b: f"def f():\n{b}"),
        body.map(lambda b: f"for i in (1,):\n{b}"),
        body.map(lambda b: f"import contextlib\nwith contextlib.suppress(ImportError):\n{b}"),
    )


simple = st.one_of(imports, imports, bindings, bindings, readings)
statement = st.one_of(simple, simple, blocks(st.one_of(simple, blocks(simple))), hooks, deletions, stars, exports)
module = st.one_of(st.lists(statement, max_size=4).map("".join), st.just("x = (\n"))
ALWAYS = dict.fromkeys(("ma.py", "mb.py", "pk/mc.py", "lib/mr.py", "lib/ps/mt.py"), "x = 1\n")
"""Without these a name would not be the repository's, and count as installed."""
trees = st.dictionaries(st.sampled_from(PLACES), module, min_size=2, max_size=7).map(lambda tree: ALWAYS | tree)


def names_of(path: str) -> list[str]:
    """The names by which Python can import the file."""
    parts = path.removesuffix(".py").removesuffix("/__init__").split("/")
    return [".".join(parts), *([".".join(parts[1:])] if parts[0] == "lib" else [])]


def python(files: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """What Python says to importing each file, under each of its names."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            file = Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        wanted = [n for p in files for n in names_of(p)]
        request = json.dumps({"path": [folder, f"{folder}/lib"], "names": wanted})
        command = [sys.executable, "-I", "-S", "-W", "ignore", "-c", ORACLE]
        done = subprocess.run(command, input=request, capture_output=True, text=True, check=True, timeout=60)
    said = json.loads(done.stdout)
    return {p: {n: said[n] for n in names_of(p)} for p in files}


def has_cycle(model: Imports) -> bool:
    """Whether some module imports itself through others. Its packages count where it takes names from them."""
    loading = model._loading
    graph = {}
    for module in model.modules.values():
        for unit in loading.units(module):
            packages = [p for p in loading.packages(unit) if not takes_from(module, p)]
            graph[unit] = {u for u in loading.edges(unit) if u != unit and u not in packages}
    return any(unit in reach(graph, unit) for unit in graph)


def takes_from(module: Module, package: Unit) -> bool:
    """Whether a from-import of the module may mean the package: by dots, or by its name."""
    name = package.path.split("/")[-2]
    return any(isinstance(s, ast.ImportFrom) and (s.level or (s.module or "").endswith(name)) for s in module.imports)


def reach(graph: Mapping[Unit, Iterable[Unit]], start: Unit) -> set[Unit]:
    found: set[Unit] = set()
    todo = list(graph.get(start, ()))
    while todo:
        unit = todo.pop()
        if unit not in found:
            found.add(unit)
            todo += graph.get(unit, ())
    return found


@pytest.mark.skipif(not hasattr(os, "fork"), reason="each module is imported in a fork")
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(trees)
def test_loadable_is_what_python_does(files: dict[str, str]) -> None:
    model = Imports({p: Module(p, t) for p, t in files.items()}, ROOTS, files)
    said = python(files)
    hopeful = has_cycle(model) or any("import *" in t for t in files.values())
    event("cycle or star" if hopeful else "exact")
    for path, answers in said.items():
        works = "ok" in answers.values()
        problem = model.problem(model.modules[path])
        event(f"loads: {works}")
        if works or not hopeful:
            assert (problem is None) == works, (path, answers, problem)
