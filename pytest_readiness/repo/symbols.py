"""What a name can refer to."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from pytest_readiness.repo.finder import Folder, Missing, Opaque
from pytest_readiness.repo.modules import Class, Function, Module


@dataclass(frozen=True)
class External:
    """A thing outside the repository by its dotted name: `openai.AsyncOpenAI`, `builtins.len`."""

    name: str


@dataclass(frozen=True)
class Instance:
    """An object of a class of the repository or of an external one."""

    of: Class | External


@dataclass(frozen=True, eq=False)
class Parameter:
    """A parameter whose annotation says nothing."""

    function: Function
    name: str


@dataclass(frozen=True)
class Value:
    """Some other expression that a name is bound to: a constant, a container, an operation."""

    module: Module
    node: ast.expr


Symbol = Module | Folder | Opaque | Class | Function | External | Instance | Parameter | Value | Missing
Scope = Module | Class | Function
