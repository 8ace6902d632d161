"""ORM classes and the statements on them: SQLAlchemy, SQLModel, Flask-SQLAlchemy, Django, Tortoise, peewee."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from pytest_readiness.repo.modules import (
    Class,
    Function,
    Module,
    Site,
    argument,
    call_name,
    constant,
    own_nodes,
    text_of,
)
from pytest_readiness.repo.names import External, Instance, Names, Value

TENANT_COLUMNS = frozenset({"tenant", "tenant_id", "tenantId", "tenant_key"})
_COLUMN_CALLS = frozenset({"Column", "mapped_column", "Field", "deferred", "column_property"})
_RELATIONS = frozenset({"relationship", "Relationship", "ManyToManyField", "dynamic_loader", "association_proxy"})
_OBJECT_KEYS = frozenset({"ForeignKey", "OneToOneField", "ForeignKeyField"})
_OBJECT_BASES = ("django.", "tortoise.", "peewee.")
_ACTIVE_MODELS = frozenset({"django.db.models.Model", "tortoise.models.Model", "tortoise.Model", "peewee.Model"})
_GIVEN_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "django.contrib.auth.models.AbstractUser": ("username", "email", "first_name", "last_name", "password"),
    "django.contrib.auth.models.AbstractBaseUser": ("password", "last_login"),
    "fastapi_users.db.SQLAlchemyBaseUserTable": ("email", "hashed_password"),
    "fastapi_users.db.SQLAlchemyBaseUserTableUUID": ("email", "hashed_password"),
    "fastapi_users_db_sqlalchemy.SQLAlchemyBaseUserTable": ("email", "hashed_password"),
    "fastapi_users_db_sqlalchemy.SQLAlchemyBaseUserTableUUID": ("email", "hashed_password"),
}
"""Columns that a class of a library brings along."""
_FILTERS = frozenset({"filter", "where", "filter_by", "having", "get", "get_or_none", "first_or_404", "get_or_404"})
_STEPS = frozenset(
    {
        "first",
        "one",
        "one_or_none",
        "all",
        "scalar",
        "scalars",
        "scalar_one",
        "scalar_one_or_none",
        "unique",
        "get",
        "last",
    }
    | {"filter", "filter_by", "where", "order_by", "limit", "offset", "options", "join", "with_for_update", "latest"}
    | {"fetchone", "fetchall", "mappings", "execute", "exclude", "earliest", "select_related", "prefetch_related"}
    | {"first_or_404", "get_or_404", "one_or_404", "iterator", "aget", "afirst", "partitions", "distinct", "yield_per"}
)
"""Methods on a query or its result that give rows again."""
_ROWS = frozenset(
    {"first", "one", "one_or_none", "all", "scalar", "get", "aget", "afirst", "first_or_404", "get_or_404"}
)
"""Steps after which the value is a row or a list of rows, no longer a query."""
_RUNS = frozenset({"execute", "scalar", "scalars", "exec", "stream", "merge", "list", "iter", "next", "set", "sorted"})
_LOADS = frozenset({"get_object_or_404", "get_list_or_404", "aget_object_or_404"})
_SAME_COLUMN = frozenset({"col", "lower", "cast", "type_coerce"})
"""Functions around a column in a condition."""
_LITERALS = (ast.List, ast.Tuple, ast.Set)
_CORE = ("sqlalchemy", "sqlmodel")
_CHAIN_DEPTH = 60
"""Most steps of one chain that are followed."""
_TRACE_DEPTH = 6
"""Most names and calls followed from an object to the query it came from."""


@dataclass(frozen=True, eq=False)
class Column:
    """One stored field. `references` is the table or class that its foreign key names, `on_delete` in upper case."""

    name: str
    attribute: str
    cls: Class
    node: ast.AST
    type: str = ""
    value: ast.expr | None = None
    references: str | None = None
    on_delete: str | None = None

    @property
    def path(self) -> str:
        return self.cls.path

    @property
    def line(self) -> int:
        return int(getattr(self.node, "lineno", self.cls.line))


@dataclass(frozen=True, eq=False)
class Model:
    """An ORM class with its columns, inherited ones included."""

    cls: Class
    table: str
    columns: tuple[Column, ...]
    family: str
    """sqlalchemy, or active where rows are reached through the class itself (Django, Tortoise, peewee)."""
    cascades_to: tuple[str, ...] = ()
    """Names of classes whose rows the ORM deletes along with an object of this one (relationship cascades)."""
    relations: tuple[tuple[str, str, str | None], ...] = ()
    """Attributes that hold rows of another class: their name, that class's name, and the attribute back, if named."""

    @property
    def name(self) -> str:
        return self.cls.name

    @property
    def path(self) -> str:
        return self.cls.path

    @property
    def line(self) -> int:
        return self.cls.line

    def column(self, name: str) -> Column | None:
        """The column of that attribute or stored name."""
        return next((c for c in self.columns if name in (c.attribute, c.name)), None)

    @cached_property
    def tenant_column(self) -> Column | None:
        """The column that says whose tenant's row it is."""
        return next((c for c in self.columns if {c.name, c.attribute} & TENANT_COLUMNS), None)


@dataclass(frozen=True, eq=False)
class Condition:
    """A column that a statement compares, and with what."""

    column: str
    other: ast.expr
    node: ast.AST


@dataclass(frozen=True, eq=False)
class Statement:
    """One ORM statement: a query, select, update or delete on models, or the deletion of a loaded object.

    `node` is the outermost call of the chain. `conditions` hold on every path; one in an `or` or added under an `if`
    is left out. `kind` is select, get, update, delete or remove (`session.delete(obj)`, `obj.delete()`).
    """

    module: Module
    node: ast.expr
    kind: str
    models: tuple[Model, ...]
    conditions: tuple[Condition, ...] = ()
    is_count: bool = False
    sets: tuple[str, ...] = field(default=())
    """Columns that an update overwrites."""

    @property
    def path(self) -> str:
        return self.module.path

    @property
    def line(self) -> int:
        return self.node.lineno

    @cached_property
    def function(self) -> Function | None:
        """The function that it stands in."""
        return self.module.enclosing_function(self.node)

    def at(self, note: str = "") -> Site:
        return self.module.at(self.node, note)

    def compared(self, columns: Iterable[str]) -> list[ast.expr]:
        """What these columns are compared with."""
        wanted = set(columns)
        return [c.other for c in self.conditions if c.column in wanted]


Chain = list[tuple[str, ast.Call]]
"""Method names and calls, in the order in which they run."""


class Orm:
    """The models of the product code, and the statements on them."""

    def __init__(self, product: tuple[Module, ...], names: Names) -> None:
        self._product, self._names = product, names

    @cached_property
    def models(self) -> tuple[Model, ...]:
        """Every ORM class that stands for a table, in order of path and line."""
        made = (self._model(c) for m in self._product for c in m.classes)
        return tuple(m for m in made if m is not None)

    @cached_property
    def _by_class(self) -> dict[ast.AST, Model]:
        return {m.cls.node: m for m in self.models}

    def model_of(self, cls: Class) -> Model | None:
        """The model that a class is."""
        return self._by_class.get(cls.node)

    def referenced(self, column: Column) -> list[Model]:
        """The models that a column's foreign key points to."""
        wanted = column.references
        return [m for m in self.models if wanted is not None and wanted in (m.table, m.name)]

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """Every statement on a model, in order of path and line."""
        if not self.models:
            return ()
        found = [s for m in self._product for s in self._statements_of(m)]
        return tuple(sorted(found, key=lambda s: (s.path, s.line)))

    @cached_property
    def _by_function(self) -> dict[ast.AST, list[Statement]]:
        found: dict[ast.AST, list[Statement]] = {}
        for statement in self.statements:
            if statement.function:
                found.setdefault(statement.function.node, []).append(statement)
        return found

    def statements_in(self, function: Function) -> list[Statement]:
        """The statements that stand in a function itself."""
        return self._by_function.get(function.node, [])

    def named(self, module: Module, node: ast.expr) -> list[Model]:
        """The models that an expression names: `User`, `User.id`, `func.count(User.id)`, `(User, Order)`."""
        match node:
            case ast.Call():
                return _once(m for a in node.args for m in self.named(module, a))
            case ast.Tuple() | ast.List():
                return _once(m for e in node.elts for m in self.named(module, e))
            case ast.Starred():
                return self.named(module, node.value)
        expression: ast.expr | None = node
        while isinstance(expression, ast.Name | ast.Attribute):
            classes = self._names.classes(module, expression)
            found = [m for c in classes if (m := self.model_of(c))] or self._looped(module, expression)
            if found:
                return _once(found)
            expression = expression.value if isinstance(expression, ast.Attribute) else None
        return []

    def _looped(self, module: Module, node: ast.expr) -> list[Model]:
        """What a loop over a literal collection of models gives the name."""
        found = self._names.lookup(module, node) if isinstance(node, ast.Name) and node in module.parents else None
        loops = [b.node.iter for b in found[1] if isinstance(b.node, ast.For | ast.comprehension)] if found else []
        tables = (s for i in loops for s in self._names.resolve(module, i) if isinstance(s, Value))
        elements = [(t.module, e) for t in tables if isinstance(t.node, _LITERALS) for e in t.node.elts]
        return [m for home, e in elements for m in self._classes(home, e)]

    def instances(self, module: Module, node: ast.expr, depth: int = _TRACE_DEPTH) -> list[Model]:
        """The models that a value may be a row of (or a list of rows): followed back to its query or annotation."""
        root = self._root(module, node) if depth > 0 else None
        if depth <= 0 or root:
            return list(root[1]) if root else []
        match node:
            case ast.Await() | ast.Starred() | ast.Subscript() | ast.NamedExpr():
                return self.instances(module, node.value, depth)
            case ast.BoolOp():
                return _once(m for v in node.values for m in self.instances(module, v, depth - 1))
            case ast.IfExp():
                return _once(m for v in (node.body, node.orelse) for m in self.instances(module, v, depth - 1))
            case ast.Call():
                return self._fetched(module, node, depth) or self._typed(module, node)
            case ast.Name():
                traced = [m for v in self._sources(module, node) for m in self.instances(module, v, depth - 1)]
                return _once(traced) or self._typed(module, node)
            case ast.Attribute():
                return self._related(module, node, depth) or self._typed(module, node)
        return []

    def _related(self, module: Module, node: ast.Attribute, depth: int) -> list[Model]:
        """`user.orders`: the rows behind a relationship."""
        if node.attr not in self._relation_names:
            return []
        return _once(n for m in self.instances(module, node.value, depth - 1) for n in self.behind(m, node.attr))

    def behind(self, model: Model, attribute: str) -> list[Model]:
        """The models whose rows a relationship of the model holds, declared on it or as a way back from the other."""
        own = {target for name, target, _ in model.relations if name == attribute}
        back = [m for m in self.models for _, target, way in m.relations if way == attribute and target == model.name]
        return _once([*(m for m in self.models if m.name in own), *back])

    @cached_property
    def _relation_names(self) -> frozenset[str]:
        found = (n for m in self.models for name, _, back in m.relations for n in (name, back))
        return frozenset(n for n in found if n)

    def _typed(self, module: Module, node: ast.expr) -> list[Model]:
        found = (s.of for s in self._names.resolve(module, node) if isinstance(s, Instance))
        return _once(m for c in found if isinstance(c, Class) and (m := self.model_of(c)))

    def _fetched(self, module: Module, call: ast.Call, depth: int) -> list[Model]:
        """The rows that a call gives back: a step of a query, the run of a statement, a helper's result."""
        name = call_name(call)
        found = [m for f in self._names.functions(module, call.func) for m in self.returned(f, depth - 1)]
        if name in _LOADS and call.args:
            found += self.named(module, call.args[0])
        if name in _RUNS:
            found += [m for a in call.args[:1] for m in self.instances(module, a, depth - 1)]
        if name in _STEPS and isinstance(call.func, ast.Attribute):
            found += self.instances(module, call.func.value, depth - 1)
        return _once(found)

    def returned(self, function: Function, depth: int = _TRACE_DEPTH) -> list[Model]:
        """The models whose rows a function gives back."""
        values = [r.value for r in function.returns if r.value is not None]
        return _once(m for v in values for m in self.instances(function.module, v, depth))

    def _sources(self, module: Module, name: ast.Name) -> list[ast.expr]:
        """The expressions that a local name was bound to in its function, loops included."""
        function = module.enclosing_function(name)
        if function is None:
            return []
        bindings = self._names.bindings(function).get(name.id, [])
        loops = [b.node.iter for b in bindings if isinstance(b.node, ast.For | ast.AsyncFor | ast.comprehension)]
        return [b.value for b in bindings if b.value is not None and b.value is not name] + loops

    def _model(self, cls: Class) -> Model | None:
        ancestry = self._names.ancestry(cls)
        own = [c for c in ancestry if isinstance(c, Class)]
        given = [c.name for c in ancestry if isinstance(c, External)]
        family = self._family(cls, own, given)
        if family is None:
            return None
        columns = {c.name: c for k in reversed(own) for c in self._columns(k)}
        columns |= {
            n: Column(n, n, cls, cls.node) for e in given for n in _GIVEN_COLUMNS.get(e, ()) if n not in columns
        }
        cascades = tuple(n for k in own for n in _cascades(k))
        relations = tuple(r for k in own for r in _relations(k))
        return Model(cls, _table(own), tuple(columns.values()), family, cascades, relations) if columns else None

    def _family(self, cls: Class, own: list[Class], given: list[str]) -> str | None:
        if any(n in _ACTIVE_MODELS or n.startswith("django.contrib.") for n in given):
            return None if _is_abstract(cls) else "active"
        if "__abstract__" in _assigned(cls) or "__tablename__" in cls.methods:
            return None
        table = any({"__tablename__", "__table__"} & (_assigned(k).keys() | k.methods.keys()) for k in own)
        flagged = any(k.arg == "table" and constant(k.value) is True for k in cls.node.keywords)
        brought = any(n in _GIVEN_COLUMNS or n.endswith("SQLAlchemy.Model") for n in given)
        return "sqlalchemy" if table or flagged or brought else None

    def _columns(self, cls: Class) -> Iterator[Column]:
        for node in own_nodes(cls.node):
            match node:
                case ast.Assign(targets=[ast.Name(id="__table__")], value=ast.Call() as table):
                    yield from _table_columns(cls, table)
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    yield from _column(cls, name, node, value, None)
                case ast.AnnAssign(target=ast.Name(id=name)) if cls.module.parents.get(node) is cls.node:
                    yield from _column(cls, name, node, node.value, node.annotation)
                case ast.FunctionDef(name=name) if _is_declared(node):
                    values = [n.value for n in own_nodes(node) if isinstance(n, ast.Return)]
                    yield from (c for v in values for c in _column(cls, name, node, v, None))

    def _statements_of(self, module: Module) -> Iterator[Statement]:
        roots = [n for n in module.nodes if isinstance(n, ast.Call | ast.Attribute)]
        used: set[ast.AST] = set()
        for node in roots:
            root = self._root(module, node)
            if root:
                chain = list(_whole_chain(module, node))
                used |= {call for _, call in chain} | {node}
                yield self._statement(module, node, chain, *root)
        for node in roots:
            if isinstance(node, ast.Call) and node not in used and call_name(node) in _REMOVALS:
                yield from self._removal(module, node)

    def _root(self, module: Module, node: ast.expr) -> tuple[str, tuple[Model, ...]] | None:
        """Kind and models where the expression starts a statement."""
        match node:
            case ast.Call(func=ast.Attribute(attr="query"), args=[_, *_]):
                return _rooted("select", _once(m for a in node.args for m in self.named(module, a)))
            case ast.Call(
                func=ast.Attribute(attr="get" | "get_one"), args=[ast.Name() | ast.Attribute() as first, _, *_]
            ):
                return _rooted("get", self._classes(module, first))
            case ast.Call(args=[_, *_]) if call_name(node) in {"select", "update", "delete"}:
                return self._core(module, node)
            case ast.Attribute(attr="query" | "objects" | "_default_manager" | "all_objects"):
                return _rooted("select", self._classes(module, node.value))
            case ast.Call(func=ast.Attribute(attr=name, value=owner)) if name in _ACTIVE_KINDS:
                active = [m for m in self._classes(module, owner) if m.family == "active"]
                return _rooted(_ACTIVE_KINDS[name], active)
        return None

    def _core(self, module: Module, node: ast.Call) -> tuple[str, tuple[Model, ...]] | None:
        """`select(M)`, `update(M)`, `delete(M)` of SQLAlchemy or SQLModel; the select may name M in select_from."""
        if not any(d.split(".")[0] in _CORE for d in self._names.dotted(module, node.func)):
            return None
        models = _once(m for a in node.args for m in self.named(module, a))
        if not models:
            froms = (c for n, c in _chain(module, node) if n == "select_from")
            models = _once(m for c in froms for a in c.args for m in self.named(module, a))
        return _rooted(call_name(node), models)

    def _classes(self, module: Module, node: ast.expr) -> list[Model]:
        if not isinstance(node, ast.Name | ast.Attribute):
            return []
        return [m for c in self._names.classes(module, node) if (m := self.model_of(c))]

    def _statement(
        self, module: Module, root: ast.expr, chain: Chain, kind: str, models: tuple[Model, ...]
    ) -> Statement:
        own = [(call_name(root), root)] if isinstance(root, ast.Call) else []
        conditions = [c for n, call in [*own, *chain] if n in _FILTERS for c in self._conditions(module, call)]
        if kind == "get" and isinstance(root, ast.Call):
            conditions = [Condition("id", root.args[1], root)]
        methods = [n for n, _ in chain]
        kind = next((k for k in ("delete", "update") if k in methods), kind)
        outer = _outermost(module, root)
        return Statement(module, outer, kind, models, tuple(conditions), _is_count(root, methods), _set_by(own + chain))

    def _conditions(self, module: Module, call: ast.Call) -> Iterator[Condition]:
        for keyword in call.keywords:
            if keyword.arg:
                yield Condition(keyword.arg.removesuffix("__exact").replace("__", "."), keyword.value, call)
        for node in call.args:
            yield from self._compared(module, node, _TRACE_DEPTH)

    def _compared(self, module: Module, node: ast.expr, depth: int) -> Iterator[Condition]:
        """The comparisons that must hold for the condition to hold."""
        if depth <= 0:
            return
        match node:
            case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
                yield from self._pair(module, left, right, node)
                yield from self._pair(module, right, left, node)
            case ast.BinOp(op=ast.BitAnd()):
                yield from self._compared(module, node.left, depth - 1)
                yield from self._compared(module, node.right, depth - 1)
            case ast.Call(func=ast.Attribute(attr="in_", value=column), args=[other, *_]):
                yield from self._pair(module, column, other, node)
            case ast.Call() if call_name(node) in {"and_", "Q"}:
                yield from self._conditions(module, node)
            case ast.Starred(value=value):
                yield from self._listed(module, value, depth)
            case ast.Name():
                yield from (c for v in self._sources(module, node) for c in self._compared(module, v, depth - 1))

    def _listed(self, module: Module, value: ast.expr, depth: int) -> Iterator[Condition]:
        """The conditions of a list that is unpacked: those that stand in its literal."""
        lists = self._sources(module, value) if isinstance(value, ast.Name) else [value]
        for node in lists:
            if isinstance(node, ast.List | ast.Tuple):
                yield from (c for e in node.elts for c in self._compared(module, e, depth - 1))

    def _pair(self, module: Module, column: ast.expr, other: ast.expr, node: ast.expr) -> Iterator[Condition]:
        if isinstance(column, ast.Call) and call_name(column) in _SAME_COLUMN and column.args:
            column = column.args[0]
        if isinstance(column, ast.Attribute) and self.named(module, column.value):
            yield Condition(column.attr, other, node)

    @cached_property
    def _removers(self) -> tuple[Function, ...]:
        """Real methods with a removing name: what an interface of that name may stand for."""
        functions = (f for m in self._product for f in m.functions if f.name in _REMOVALS)
        return tuple(f for f in functions if f.cls is not None and f.is_real)

    def _reaches_session(self, module: Module, call: ast.Call, depth: int) -> bool:
        """A method of the repository named `delete` counts where it hands its argument to one that deletes."""
        known = self._names.functions(module, call.func)
        if not known or depth <= 0:
            return not known
        own = [f for f in known if f.is_real] or [f for f in self._removers if f.name == known[0].name]
        inner = ((f, c) for f in own for c in f.calls if call_name(c) in _REMOVALS and _passed_on(f, c))
        return any(self._reaches_session(f.module, c, depth - 1) for f, c in inner)

    def _removal(self, module: Module, call: ast.Call) -> Iterator[Statement]:
        """`session.delete(obj)`, `obj.delete()`, `obj.delete_instance()`."""
        if not isinstance(call.func, ast.Attribute):
            return
        subject = call.args[0] if call.args else call.func.value
        models = self.instances(module, subject)
        if not call.args:
            models = [m for m in models if m.family == "active"]
        if models and self._reaches_session(module, call, _TRACE_DEPTH):
            yield Statement(module, call, "remove", tuple(models))


def _passed_on(function: Function, call: ast.Call) -> bool:
    """Whether a function removes what it was given: `self.session.delete(item)`."""
    given = call.args[0] if call.args else None
    return isinstance(given, ast.Name) and any(p.arg == given.id for p in function.params)


_REMOVALS = frozenset({"delete", "delete_instance", "adelete"})
_ACTIVE_KINDS = dict.fromkeys(("select", "filter", "get", "get_or_none", "all"), "select") | {
    "update": "update",
    "delete": "delete",
}


def _rooted(kind: str, models: Iterable[Model]) -> tuple[str, tuple[Model, ...]] | None:
    found = tuple(models)
    return (kind, found) if found else None


def _once(models: Iterable[Model]) -> list[Model]:
    return list(dict.fromkeys(models))


def _assigned(cls: Class) -> dict[str, ast.expr | None]:
    """Names that the class body itself assigns."""
    found: dict[str, ast.expr | None] = {}
    for node in cls.node.body:
        if isinstance(node, ast.Assign):
            found |= {t.id: node.value for t in node.targets if isinstance(t, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found[node.target.id] = node.value
    return found


def _table(own: list[Class]) -> str:
    """The stored name of the table, else the class name in lower case (SQLModel's and Flask-SQLAlchemy's rule)."""
    for cls in own:
        assigned = _assigned(cls)
        named = text_of(assigned.get("__tablename__"))
        table = assigned.get("__table__")
        if isinstance(table, ast.Call) and table.args:
            named = named or text_of(table.args[0])
        if named:
            return named
    return own[0].name.lower()


def _is_abstract(cls: Class) -> bool:
    """Django's and Tortoise's `class Meta: abstract = True`."""
    metas = (n for n in cls.node.body if isinstance(n, ast.ClassDef) and n.name == "Meta")
    return any(constant(_assigned(cls.module.class_of(m)).get("abstract")) is True for m in metas)


def _is_declared(node: ast.FunctionDef) -> bool:
    marks = (d.value if isinstance(d, ast.Attribute) else d for d in node.decorator_list)
    return any(isinstance(m, ast.Name) and m.id == "declared_attr" for m in marks)


def _column(
    cls: Class, name: str, node: ast.AST, value: ast.expr | None, annotation: ast.expr | None
) -> Iterator[Column]:
    """The column that a line of a class body declares."""
    if name.startswith("__"):
        return
    call = value if isinstance(value, ast.Call) else None
    kind = call_name(call) if call else ""
    mapped = isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value).endswith("Mapped")
    if kind in _RELATIONS or "relation" in kind.lower() or "ClassVar" in _text(annotation):
        return
    called = kind in _COLUMN_CALLS or kind in _OBJECT_KEYS or kind.endswith("Field")
    plain = annotation is not None and _has_plain_fields(cls) and (call is None or called)
    if called or mapped or plain:
        yield _described(cls, name, node, call, annotation)


def _has_plain_fields(cls: Class) -> bool:
    """SQLModel: annotated fields are columns, of the class itself or of the classes below it."""
    flagged = any(k.arg == "table" for k in cls.node.keywords)
    return flagged or any(ast.unparse(b).endswith(("SQLModel", "Base", "Mixin")) for b in cls.node.bases)


def _text(node: ast.expr | None) -> str:
    return ast.unparse(node) if node is not None else ""


def _described(cls: Class, name: str, node: ast.AST, call: ast.Call | None, annotation: ast.expr | None) -> Column:
    kind = call_name(call) if call else ""
    key = _foreign_key(call) if call else None
    references, on_delete = key or (None, None)
    stored = name
    if kind in _OBJECT_KEYS:
        stored = f"{name}_id"
    elif call and kind in _COLUMN_CALLS and call.args and text_of(call.args[0]):
        stored = text_of(call.args[0]) or name
    return Column(stored, name, cls, node, _type(call, annotation), call, references, on_delete)


def _type(call: ast.Call | None, annotation: ast.expr | None) -> str:
    """The last name of the column's type."""
    if call and call_name(call) in {"Column", "mapped_column"}:
        for node in (*call.args, *(k.value for k in call.keywords if k.arg in {"type_", "sa_type"})):
            named = node.func if isinstance(node, ast.Call) else node
            last = named.attr if isinstance(named, ast.Attribute) else named.id if isinstance(named, ast.Name) else ""
            if last and last != "ForeignKey":
                return last
    if call and (call_name(call).endswith("Field") or call_name(call) in _OBJECT_KEYS) and call_name(call) != "Field":
        return call_name(call)
    return _text(annotation)


def _foreign_key(call: ast.Call) -> tuple[str | None, str | None] | None:
    """Referenced table or class, and what happens on deletion, of a column's declaration."""
    if call_name(call) in _OBJECT_KEYS:
        return _last(argument(call, "to", 0) or argument(call, "model", 0) or argument(call, "model_name", 0)), _rule(
            argument(call, "on_delete", 1)
        )
    sqlmodel = text_of(argument(call, "foreign_key"))
    if sqlmodel:
        return sqlmodel.rpartition(".")[0].split(".")[-1] or sqlmodel, _rule(argument(call, "ondelete"))
    for node in ast.walk(call):
        if isinstance(node, ast.Call) and call_name(node) == "ForeignKey" and node.args:
            target = node.args[0]
            named = text_of(target)
            table = named.rpartition(".")[0].split(".")[-1] if named else _owner(target)
            return table, _rule(argument(node, "ondelete"))
    return None


def _owner(node: ast.expr) -> str | None:
    """`User` of `User.id`."""
    return _last(node.value) if isinstance(node, ast.Attribute) else None


def _last(node: ast.expr | None) -> str | None:
    named = text_of(node)
    if named:
        return named.split(".")[-1]
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else None


def _rule(node: ast.expr | None) -> str | None:
    named = _last(node)
    return named.upper() if named else None


def _cascades(cls: Class) -> Iterator[str]:
    """Class names behind `relationship(..., cascade="all, delete")` and `Relationship(cascade_delete=True)`."""
    for node in cls.node.body:
        value = getattr(node, "value", None)
        if not isinstance(value, ast.Call) or call_name(value) not in _RELATIONS:
            continue
        rule = {w.strip() for w in (text_of(argument(value, "cascade")) or "").split(",")}
        if rule & {"all", "delete"} or constant(argument(value, "cascade_delete")) is True:
            target = value.args[0] if value.args else None
            yield from _class_names(target, getattr(node, "annotation", None))


def _relations(cls: Class) -> Iterator[tuple[str, str, str | None]]:
    """Relationship attributes: `orders = relationship("Order", backref="user")`."""
    for node in cls.node.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if not isinstance(target, ast.Name) or not isinstance(value, ast.Call):
            continue
        if call_name(value) in _RELATIONS:
            named = _class_names(value.args[0] if value.args else None, getattr(node, "annotation", None))
            back = argument(value, "backref")
            way = text_of(back) or (text_of(back.args[0]) if isinstance(back, ast.Call) and back.args else None)
            yield from ((target.id, name, way) for name in named)
        elif call_name(value) in _OBJECT_KEYS and (
            other := _last(argument(value, "to", 0) or argument(value, "model", 0))
        ):
            way = text_of(argument(value, "related_name")) or text_of(argument(value, "backref"))
            yield target.id, other, way or f"{cls.name.lower()}_set"


def _class_names(target: ast.expr | None, annotation: ast.expr | None) -> Iterator[str]:
    if target is not None and (named := _last(target)):
        yield named
    for node in ast.walk(annotation) if annotation is not None else ():
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value.strip("'\"").split(".")[-1]


def _table_columns(cls: Class, table: ast.Call) -> Iterator[Column]:
    for node in table.args:
        if isinstance(node, ast.Call) and call_name(node) == "Column" and node.args:
            name = text_of(node.args[0])
            if name:
                yield _described(cls, name, node, node, None)


def _chain(module: Module, node: ast.expr) -> Iterator[tuple[str, ast.Call]]:
    """The method calls that follow on an expression: `.filter(...)`, `.first()`."""
    for _ in range(_CHAIN_DEPTH):
        attribute = module.parents.get(node)
        call = module.parents.get(attribute) if isinstance(attribute, ast.Attribute) else None
        if not isinstance(attribute, ast.Attribute) or attribute.value is not node:
            return
        if isinstance(call, ast.Call) and call.func is attribute:
            yield attribute.attr, call
            node = call
        else:
            node = attribute


def _outermost(module: Module, node: ast.expr) -> ast.expr:
    *_, (_, last) = [("", node), *_chain(module, node)]
    return last


def _whole_chain(module: Module, root: ast.expr) -> Iterator[tuple[str, ast.Call]]:
    """The chain on the root, and the calls that later lines surely add to it through its name."""
    direct = list(_chain(module, root))
    yield from direct
    statement = module.statement_of(root)
    function = module.enclosing_function(root)
    if (
        function is None
        or _ROWS & {name for name, _ in direct}
        or not isinstance(statement, ast.Assign | ast.AnnAssign)
    ):
        return
    target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
    if isinstance(target, ast.Name):
        for node in _later(module, function, statement, target.id):
            yield from _chain(module, node)


def _later(module: Module, function: Function, start: ast.stmt, name: str) -> Iterator[ast.Name]:
    """Uses of the name after `start` that run whenever `start` ran, up to its next binding to something else."""
    around = [*module.ancestors(start)]
    for node in function.own_nodes:
        if not isinstance(node, ast.stmt) or node.lineno <= start.lineno or module.parents.get(node) not in around:
            continue
        uses = [n for n in _heads(node) if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load)]
        if _same_branch(module, start, node):
            yield from uses
        if (
            not uses
            and isinstance(node, ast.Assign)
            and any(isinstance(t, ast.Name) and t.id == name for t in node.targets)
        ):
            return


def _heads(statement: ast.stmt) -> Iterator[ast.AST]:
    """The nodes of a statement without those of the statements below it."""
    todo: list[ast.AST] = [statement]
    while todo:
        node = todo.pop()
        yield node
        todo += [c for c in ast.iter_child_nodes(node) if not isinstance(c, ast.stmt)]


def _same_branch(module: Module, start: ast.stmt, later: ast.stmt) -> bool:
    """Whether `later` stands in a block that also holds `start`: not in the other arm of an if or try."""
    parent = module.parents[later]
    blocks = (getattr(parent, f, []) for f in ("body", "orelse", "finalbody", "handlers"))
    block = next((b for b in blocks if later in b), [])
    return start in block or any(a in block for a in module.ancestors(start))


def _is_count(root: ast.expr, methods: list[str]) -> bool:
    """Only rows are counted."""
    counted = isinstance(root, ast.Call) and any(isinstance(a, ast.Call) and call_name(a) == "count" for a in root.args)
    return "count" in methods or counted


def _set_by(chain: Chain) -> tuple[str, ...]:
    """Column names given to `.values(...)` or `.update(...)`."""
    found: list[str] = []
    for name, call in chain:
        if name in {"values", "update"}:
            found += [k.arg for k in call.keywords if k.arg]
            tables = [a for a in call.args if isinstance(a, ast.Dict)]
            found += [n for t in tables for k in t.keys if k is not None and (n := _last(k))]
    return tuple(found)
