"""Python modules as trees with an index: functions, classes, calls, parents. No names are resolved here."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from pytest_readiness.repo.parsing import Parsed, children, parsed, refused

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
NAME_WRITERS = frozenset({"globals", "locals", "vars", "exec", "setattr"})
IMPORT_SYSTEM = frozenset({"sys.modules", "sys.meta_path", "sys.path_hooks", "__path__"})
ScopeNode = FunctionNode | ast.ClassDef | ast.Lambda


@dataclass(frozen=True)
class Site:
    """A place in a module: the path and line of a node, with an optional reason."""

    path: str
    line: int | None
    note: str = ""


class AtNode:
    """Stands where a node of a module stands; for records that have both."""

    module: Module
    node: ast.AST

    @property
    def path(self) -> str:
        return self.module.path

    @property
    def line(self) -> int:
        return getattr(self.node, "lineno", 1)


class Module:
    """One Python file. `tree` is None where it does not parse.

    `nodes` are all of its nodes but operators and contexts, parents before children, level by level.
    """

    line = 1

    def __init__(self, path: str, text: str, unreadable: str = "") -> None:
        self.path, self.text = path, text
        self._parsed = Parsed(problem=unreadable, line=1) if unreadable else parsed(text)
        self.tree, self.nodes, self.parents = self._parsed.tree, self._parsed.nodes, self._parsed.parents

    def __repr__(self) -> str:
        return f"Module({self.path})"

    @property
    def problem(self) -> str | None:
        """Why Python refuses the file; None where it takes it. A file that follows the grammar may be refused too."""
        return self._refused[0]

    @property
    def problem_line(self) -> int | None:
        return self._refused[1]

    @cached_property
    def _refused(self) -> tuple[str | None, int | None]:
        if self.tree is None:
            return self._parsed.problem, self._parsed.line
        return refused(self.tree) or (None, None)

    @property
    def is_package(self) -> bool:
        return self.path.rsplit("/", 1)[-1] == "__init__.py"

    @property
    def folder(self) -> str:
        """Repo-relative folder, "" for the root."""
        return self.path.rpartition("/")[0]

    def at(self, node: ast.AST, note: str = "") -> Site:
        """Where a node of this module stands."""
        return Site(self.path, getattr(node, "lineno", 1), note)

    @cached_property
    def calls(self) -> tuple[ast.Call, ...]:
        return tuple(n for n in self.nodes if isinstance(n, ast.Call))

    @cached_property
    def imports(self) -> tuple[ast.Import | ast.ImportFrom, ...]:
        """All import statements, those inside functions too."""
        return tuple(n for n in self.nodes if isinstance(n, ast.Import | ast.ImportFrom))

    @cached_property
    def definitions(self) -> dict[str, FunctionNode | ast.ClassDef]:
        """The last function or class of each name that is defined at module level under no condition."""
        body = self.tree.body if self.tree else ()
        return {n.name: n for n in body if isinstance(n, FunctionNode | ast.ClassDef)}

    @cached_property
    def exports(self) -> tuple[str, ...]:
        """The names in `__all__`, where it is one literal list or tuple."""
        texts = [t for n in self.nodes if isinstance(n, ast.Name) and n.id == "__all__" and (t := self.parents.get(n))]
        if len(texts) != 1 or not isinstance(texts[0], ast.Assign) or self.parents.get(texts[0]) is not self.tree:
            return ()
        value = texts[0].value
        names = [text_of(e) for e in value.elts] if isinstance(value, ast.List | ast.Tuple) else []
        return tuple(n for n in names if n)

    @cached_property
    def declared_global(self) -> frozenset[str]:
        """Names that a function or class declares global: the module may have them without a statement of its own."""
        return frozenset(name for n in self.nodes if isinstance(n, ast.Global) for name in n.names)

    @cached_property
    def switches(self) -> dict[str, bool]:
        """Names that the module binds once, to True or False, and that nothing else in it binds: constants."""
        stored = Counter(n.id for n in self.nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store | ast.Del))
        taken = self.declared_global | self._other_names
        pairs = (_switch(s) for s in (self.tree.body if self.tree else ()))
        return {name: value for name, value in pairs if value is not None and stored[name] == 1 and name not in taken}

    @cached_property
    def _other_names(self) -> frozenset[str]:
        """Names bound by anything but an assignment: parameters, imports, functions, classes, handlers."""
        found = {n.arg for n in self.nodes if isinstance(n, ast.arg)}
        found |= {n.name for n in self.nodes if isinstance(n, FunctionNode | ast.ClassDef)}
        found |= {n.name or "" for n in self.nodes if isinstance(n, ast.ExceptHandler | ast.MatchAs | ast.MatchStar)}
        return frozenset(found | {a.asname or a.name for n in self.imports for a in n.names})

    @cached_property
    def writes_names_by_call(self) -> bool:
        """Some call may bind names that no statement names: `setattr(module, ...)`, `exec(...)`."""
        return any(isinstance(c.func, ast.Name) and c.func.id in NAME_WRITERS for c in self.calls)

    @cached_property
    def writes_globals(self) -> bool:
        """Some code, in a function maybe, may bind any name: `globals().update(...)`, `@enum.global_enum`."""
        calls = (c for c in self.calls if isinstance(c.func, ast.Name) and c.func.id == "globals")
        decorators = (d for c in self.classes for d in c.node.decorator_list)
        enums = any((dotted(d) or "").rpartition(".")[2] == "global_enum" for d in decorators)
        return enums or any(not _only_reads(self.parents.get(c)) for c in calls)

    @cached_property
    def changes_imports(self) -> bool:
        """It touches sys.modules, sys.meta_path, sys.path_hooks or its own __path__: what it offers cannot be read."""
        named = (n for n in self.nodes if isinstance(n, ast.Name | ast.Attribute) and not isinstance(n.ctx, ast.Del))
        touched = [n for n in named if dotted(n) in IMPORT_SYSTEM]
        return any(not _only_reads(self.parents.get(n)) or isinstance(n.ctx, ast.Store) for n in touched)

    @cached_property
    def has_walrus(self) -> bool:
        """`(x := ...)` occurs in it."""
        return any(isinstance(n, ast.NamedExpr) for n in self.nodes)

    @cached_property
    def postpones_annotations(self) -> bool:
        """`from __future__ import annotations`: no annotation is evaluated."""
        future = (n for n in self.imports if isinstance(n, ast.ImportFrom) and n.module == "__future__")
        return any(a.name == "annotations" for n in future for a in n.names)

    @cached_property
    def classes(self) -> tuple[Class, ...]:
        """All classes, nested ones too, in source order."""
        found = (n for n in self.nodes if isinstance(n, ast.ClassDef))
        return tuple(sorted((Class(self, n) for n in found), key=lambda c: c.line))

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """All functions: methods and nested ones too, in source order."""
        found = (n for n in self.nodes if isinstance(n, FunctionNode))
        return tuple(sorted((Function(self, n) for n in found), key=lambda f: f.line))

    @cached_property
    def _class_of(self) -> dict[ast.AST, Class]:
        return {c.node: c for c in self.classes}

    @cached_property
    def _function_of(self) -> dict[ast.AST, Function]:
        return {f.node: f for f in self.functions}

    def class_of(self, node: ast.AST) -> Class:
        """The Class of a ClassDef node of this module."""
        return self._class_of[node]

    def function_of(self, node: ast.AST) -> Function:
        """The Function of a function node of this module."""
        return self._function_of[node]

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """From the parent up to the module."""
        while (parent := self.parents.get(node)) is not None:
            yield parent
            node = parent

    def enclosing_function(self, node: ast.AST) -> Function | None:
        """The innermost function whose body (not decorators or defaults) holds the node."""
        child = node
        for parent in self.ancestors(node):
            if isinstance(parent, FunctionNode) and child in parent.body:
                return self.function_of(parent)
            child = parent
        return None

    def enclosing_class(self, node: ast.AST) -> Class | None:
        """The innermost class that holds the node, functions in between allowed."""
        parent = next((p for p in self.ancestors(node) if isinstance(p, ast.ClassDef)), None)
        return self.class_of(parent) if parent else None

    def statement_of(self, node: ast.AST) -> ast.stmt:
        """The innermost statement that holds the node (or is it)."""
        if isinstance(node, ast.stmt):
            return node
        return next(p for p in self.ancestors(node) if isinstance(p, ast.stmt))

    @cached_property
    def main_guards(self) -> tuple[ast.If, ...]:
        """Top-level `if __name__ == "__main__":` statements."""
        return tuple(n for n in (self.tree.body if self.tree else ()) if is_main_guard(n))  # type: ignore[misc]

    def in_main_guard(self, node: ast.AST) -> bool:
        return any(p in self.main_guards for p in self.ancestors(node))


@dataclass(frozen=True, eq=False)
class Class:
    """A class statement."""

    module: Module
    node: ast.ClassDef

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def path(self) -> str:
        return self.module.path

    @property
    def line(self) -> int:
        return self.node.lineno

    @property
    def is_top_level(self) -> bool:
        return self.module.enclosing_function(self.node) is None and self.module.enclosing_class(self.node) is None

    @cached_property
    def methods(self) -> dict[str, Function]:
        """The functions defined in the class body itself (also under if/try), by name; the last definition wins.

        A property is what reads it, not its `@name.setter`.
        """
        defined = (n for n in own_nodes(self.node) if isinstance(n, FunctionNode) and not _sets_property(n))
        return {n.name: self.module.function_of(n) for n in defined}

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """Every function defined in the class body itself, setters and earlier definitions of a name too."""
        return tuple(self.module.function_of(n) for n in own_nodes(self.node) if isinstance(n, FunctionNode))

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """What a call of the class fills, in order: __init__'s parameters, else the annotated names of its body."""
        if "__init__" in self.methods:
            return tuple(p.arg for p in self.methods["__init__"].params[1:])
        nodes = (n for n in self.node.body if isinstance(n, ast.AnnAssign))
        return tuple(n.target.id for n in nodes if isinstance(n.target, ast.Name))


@dataclass(frozen=True, eq=False)
class Function:
    """A function or method."""

    module: Module
    node: FunctionNode

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def path(self) -> str:
        return self.module.path

    @property
    def line(self) -> int:
        return self.node.lineno

    @cached_property
    def cls(self) -> Class | None:
        """The class whose body holds this function directly; None for plain and nested functions."""
        for parent in self.module.ancestors(self.node):
            if isinstance(parent, ast.ClassDef):
                return self.module.class_of(parent)
            if isinstance(parent, FunctionNode):
                return None
        return None

    @property
    def qualname(self) -> str:
        return f"{self.cls.name}.{self.name}" if self.cls else self.name

    @cached_property
    def params(self) -> tuple[ast.arg, ...]:
        """All parameters in order, self, *args and **kwargs too."""
        a = self.node.args
        stars = [x for x in (a.vararg, a.kwarg) if x]
        return (*a.posonlyargs, *a.args, *a.kwonlyargs, *stars)

    @cached_property
    def defaults(self) -> dict[str, ast.expr]:
        """Parameter name -> default expression."""
        a = self.node.args
        positional = [*a.posonlyargs, *a.args]
        tail = positional[len(positional) - len(a.defaults) :]
        found = {p.arg: d for p, d in zip(tail, a.defaults, strict=True)}
        return found | {p.arg: d for p, d in zip(a.kwonlyargs, a.kw_defaults, strict=True) if d is not None}

    @cached_property
    def own_nodes(self) -> tuple[ast.AST, ...]:
        """The nodes of the body, without those of nested functions and classes (lambdas and comprehensions stay)."""
        return tuple(own_nodes(self.node))

    @cached_property
    def calls(self) -> tuple[ast.Call, ...]:
        return tuple(n for n in self.own_nodes if isinstance(n, ast.Call))

    @cached_property
    def returns(self) -> tuple[ast.Return, ...]:
        return tuple(n for n in self.own_nodes if isinstance(n, ast.Return))

    @cached_property
    def is_real(self) -> bool:
        """The body is more than docstring, pass, ..., raise NotImplementedError or the return of a constant."""
        return any(not _is_stub(s) for s in self.node.body)


def _sets_property(node: FunctionNode) -> bool:
    """`@name.setter` or `@name.deleter` above `def name`."""
    found = {dotted(d) for d in node.decorator_list}
    return bool(found & {f"{node.name}.setter", f"{node.name}.deleter"})


def _only_reads(parent: ast.AST | None) -> bool:
    """Whether the mapping that stands here is only looked into."""
    if isinstance(parent, ast.Attribute):
        return parent.attr in {"get", "items", "keys", "values", "copy"}
    if isinstance(parent, ast.Subscript):
        return isinstance(parent.ctx, ast.Load)
    return isinstance(parent, ast.Compare)


def _switch(statement: ast.stmt) -> tuple[str, bool | None]:
    """`NAME = True` as ("NAME", True); the value is None for any other statement."""
    match statement:
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=bool() as value))
            | ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=bool() as value))
        ):
            return name, value
    return "", None


def own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """Nodes below a scope's body, nested function and class statements themselves included but not entered."""
    todo: list[ast.AST] = list(reversed(getattr(scope, "body", [])))
    while todo:
        node = todo.pop()
        yield node
        if isinstance(node, FunctionNode | ast.ClassDef):
            continue
        todo += children(node)[::-1]


def is_main_guard(node: ast.AST) -> bool:
    """`if __name__ == "__main__":`, either way round."""
    if not isinstance(node, ast.If) or not isinstance(node.test, ast.Compare):
        return False
    sides = [node.test.left, *node.test.comparators]
    names = {n.id for n in sides if isinstance(n, ast.Name)}
    values = {n.value for n in sides if isinstance(n, ast.Constant)}
    return names == {"__name__"} and values == {"__main__"} and isinstance(node.test.ops[0], ast.Eq)


def dotted(node: ast.AST) -> str | None:
    """`a.b.c` for a chain of attributes on a name, else None."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else None


def call_name(call: ast.Call) -> str:
    """The last name of what is called: `f` for f(), `m` for a.b.m(); "" for anything else."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def constant(node: ast.AST | None) -> object:
    """The value of a constant node, else None."""
    return node.value if isinstance(node, ast.Constant) else None


def text_of(node: ast.AST | None) -> str | None:
    """The value of a string constant, else None."""
    value = constant(node)
    return value if isinstance(value, str) else None


def argument(call: ast.Call, name: str, position: int | None = None) -> ast.expr | None:
    """The argument passed by keyword `name`, or at the 0-based position where no star stands before it."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    if position is None or position >= len(call.args):
        return None
    before = call.args[: position + 1]
    return None if any(isinstance(a, ast.Starred) for a in before) else call.args[position]


def _is_stub(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Return(value=None | ast.Constant()):
            return True
        case ast.Raise(exc=ast.Name(id="NotImplementedError") | ast.Call(func=ast.Name(id="NotImplementedError"))):
            return True
    return False


def imported_names(node: ast.AST) -> list[str]:
    """Dotted names that an import statement names, relative ones left out: the module, and what is taken from it."""
    if isinstance(node, ast.Import):
        return [a.name for a in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level and node.module:
        return [node.module, *(f"{node.module}.{a.name}" for a in node.names)]
    return []
