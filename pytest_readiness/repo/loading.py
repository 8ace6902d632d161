"""Would Python import a module? Its module-level code is followed with every import in it; nothing is executed.

An import that points into the repository must find a module that can be imported itself and that binds the name;
everything else is taken as installed. Where the answer depends on itself (import cycles) it is yes.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from pytest_readiness.repo.execution import HOPE, Failure, Outcome, Run, Unit
from pytest_readiness.repo.finder import Finder, Found, Missing
from pytest_readiness.repo.modules import FunctionNode, Module

PATIENCE = 10
"""Rounds in which modules of a cycle may still recover; after them they can only be dropped."""


class Loading:
    """The outcome of importing each module, computed when asked for."""

    def __init__(self, finder: Finder) -> None:
        self.finder = finder
        self._outcomes: dict[Unit, Outcome] = {}
        self._settled: set[Unit] = set()
        self._edges: dict[Unit, tuple[Unit, ...]] = {}

    def failure(self, module: Module) -> Failure | None:
        """Why the module cannot be imported under any of its names; None where it can under one."""
        failures = [self.outcome(u).failure for u in self.units(module)]
        return None if None in failures else failures[0]

    def units(self, module: Module) -> list[Unit]:
        """The module under each of its names."""
        bases = [r for r in self.finder.roots if module.path.startswith(r) and module.path != f"{r}__init__.py"]
        return [Unit(module.path, b) for b in bases or [""]]

    def outcome(self, unit: Unit) -> Outcome:
        """What importing the unit gives."""
        if unit not in self._settled:
            for group in _components(unit, self.edges, self._settled):
                self._settle(group)
        return self._outcomes[unit]

    def known(self, unit: Unit) -> Outcome:
        """The outcome as far as it is known: hope, for what is still being computed."""
        return self._outcomes.get(unit, HOPE)

    def failing(self, statement: ast.Import | ast.ImportFrom, module: Module) -> Failure | None:
        """Why an import statement anywhere in the module fails when it runs; None where it succeeds."""
        failures = []
        for unit in self.units(module):
            for needed in self._needed(unit, [statement]):
                self.outcome(needed)
            failures.append(Run(self, unit, guards=self._guards(statement, module), late=True).importing(statement))
        return None if None in failures else failures[0]

    def _guards(self, statement: ast.stmt, module: Module) -> list[Failure]:
        """Failed imports of the try body in whose handler the statement stands."""
        handlers = [h for h in module.ancestors(statement) if isinstance(h, ast.ExceptHandler)]
        bodies = [s for h in handlers for s in module.parents[h].body]  # type: ignore[attr-defined]
        failures = (self.failing(s, module) for s in bodies if isinstance(s, ast.Import | ast.ImportFrom))
        return [f for f in failures if f]

    def edges(self, unit: Unit) -> tuple[Unit, ...]:
        """The units that importing this one may import, its packages first."""
        if unit not in self._edges:
            module = self.finder.modules[unit.path]
            statements = [s for s in _import_time(module) if isinstance(s, ast.Import | ast.ImportFrom)]
            self._edges[unit] = tuple(dict.fromkeys([*self.packages(unit), *self._needed(unit, statements)]))
        return self._edges[unit]

    def packages(self, unit: Unit) -> list[Unit]:
        """The packages above a unit, outermost first."""
        parts = unit.path.removeprefix(unit.base).split("/")[:-1]
        folders = [unit.base + "/".join(parts[: i + 1]) for i in range(len(parts))]
        inits = [f"{f}/__init__.py" for f in folders]
        return [Unit(p, unit.base) for p in inits if p in self.finder.modules and p != unit.path]

    def loaded_by(self, unit: Unit, statements: list[ast.Import | ast.ImportFrom]) -> set[Unit]:
        """Every unit that import statements of a unit may load, directly or through others."""
        found: set[Unit] = set()
        todo = list(self._needed(unit, statements))
        while todo:
            current = todo.pop()
            if current not in found:
                found.add(current)
                todo += self.edges(current) if current != unit else ()
        return found

    def _needed(self, unit: Unit, statements: list[ast.Import | ast.ImportFrom]) -> Iterator[Unit]:
        run = Run(self, unit)
        for statement in statements:
            for found, parts in run.wanted(statement):
                above = run.above(found.name) if isinstance(found, Missing) else None
                yield from run.chain(above) if above else ()
                if isinstance(found, Found):
                    yield from run.chain(found)
                    subs = (self.finder.submodule(found.target, p) for p in parts)
                    yield from (Unit(s.path, found.base) for s in subs if isinstance(s, Module))

    def _settle(self, group: list[Unit]) -> None:
        """The greatest fixpoint over a group of units that import each other: all loadable until proved otherwise."""
        alone = len(group) == 1 and group[0] not in self.edges(group[0])
        for turn in range(1 if alone else PATIENCE + len(group)):
            changed = False
            for unit in group:
                before, now = self._outcomes.get(unit), Run(self, unit).outcome()
                if before and (before.same(now) or (turn >= PATIENCE and before.failure)):
                    continue
                self._outcomes[unit], changed = now, True
            if not changed:
                break
        self._settled.update(group)


def _import_time(module: Module) -> Iterator[ast.stmt]:
    """Every statement that may run when the module is imported: not those in functions."""
    todo: list[ast.AST] = [module.tree] if module.tree else []
    while todo:
        node = todo.pop()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                yield child
            if isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case) and not isinstance(child, FunctionNode):
                todo.append(child)


def _components(start: Unit, edges: Callable[[Unit], tuple[Unit, ...]], settled: set[Unit]) -> Iterator[list[Unit]]:
    """Groups of units that import each other, those that others depend on first (Tarjan's algorithm, no recursion)."""
    number: dict[Unit, int] = {start: 0}
    low, path, open_, todo = {start: 0}, [start], {start}, [(start, iter(edges(start)))]
    while todo:
        unit, rest = todo[-1]
        for target in rest:
            if target in settled:
                continue
            if target not in number:
                number[target] = low[target] = len(number)
                path.append(target)
                open_.add(target)
                todo.append((target, iter(edges(target))))
                break
            if target in open_:
                low[unit] = min(low[unit], number[target])
        else:
            todo.pop()
            if todo:
                low[todo[-1][0]] = min(low[todo[-1][0]], low[unit])
            if low[unit] == number[unit]:
                group = path[path.index(unit) :]
                del path[-len(group) :]
                open_ -= set(group)
                yield group[::-1]
