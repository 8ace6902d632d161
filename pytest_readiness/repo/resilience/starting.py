"""How the facade starts: five guarantees that one bad dependency neither stops the others nor goes unnoticed."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.annotations import last_name
from pytest_readiness.repo.modules import Class, Function, FunctionNode, Module, Site, call_name, text_of
from pytest_readiness.repo.names import External
from pytest_readiness.repo.reach import console_scripts
from pytest_readiness.repo.resilience.registrations import Registration
from pytest_readiness.repo.resilience.runs import Conditions
from pytest_readiness.repo.resilience.signatures import Signatures
from pytest_readiness.repo.resilience.words import words_of

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo
    from pytest_readiness.repo.resilience.model import Resilience

LOUD = frozenset({"warning", "warn", "error", "exception", "critical", "fatal"})
PLACES = frozenset({"endpoint", "url", "uri", "host", "hostname", "bucket", "address", "dsn", "server", "cluster"})
_ADDRESS = re.compile(r"^[a-z][a-z0-9+.-]*://|^[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?(/|$)|^localhost\b", re.IGNORECASE)
_FILE = re.compile(r"\.(json|ya?ml|toml|db|sqlite3?|txt|log|py|env|ini|cfg|csv)$", re.IGNORECASE)
MOST_SHOWN = 5
Step = tuple[Module, ast.AST]
Block = ast.Try | ast.TryStar | ast.With | ast.AsyncWith


@dataclass(frozen=True)
class Guarantee:
    """One of the five: what keeps it, and what breaks it."""

    name: str
    kept: tuple[Site, ...]
    broken: tuple[Site, ...]

    @property
    def holds(self) -> bool:
        return not self.broken


class Starting:
    """Judges how the implementations behind the facade are constructed."""

    def __init__(self, repo: Repo, resilience: Resilience) -> None:
        self._repo, self._resilience = repo, resilience
        self._signatures = Signatures(repo.names)

    def guarantees(self) -> tuple[Guarantee, ...]:
        """isolated, reported, configured, consistent, wired."""
        return (
            Guarantee("isolated", self._guards(), tuple(dict.fromkeys(self._shared()))),
            Guarantee("reported", self._handlers(), tuple(dict.fromkeys(self._unreported()))),
            Guarantee("configured", self._shown(), tuple(dict.fromkeys(self._literals()))),
            Guarantee("consistent", (self._resilience.place,), tuple(dict.fromkeys(self._mismatches()))),
            self._wired(),
        )

    # Construction

    @cached_property
    def _chains(self) -> dict[Registration, tuple[Step, ...]]:
        """Registration -> the calls that lead to its construction, outermost first."""
        made = self._resilience.run(Conditions()).machine.made
        found = {r: made.get(r.obj.key, ((r.obj.module, r.obj.node),)) for r in self._resilience.registrations}
        return {r: c for r, c in found.items() if isinstance(c[-1][1], ast.Call)}

    @cached_property
    def _constructions(self) -> tuple[Step, ...]:
        """Calls that construct implementations, those that no run gets to among them."""
        found: dict[ast.AST, Module] = {c[-1][1]: c[-1][0] for c in self._chains.values()}
        kinds = {r.of for r in self._resilience.registrations}
        for module in self._resilience.modules[:1]:
            for call in module.calls:
                found |= {call: module} if self._makes_one(module, call, kinds) else {}
        return tuple((m, n) for n, m in found.items())

    def _makes_one(self, module: Module, call: ast.Call, kinds: set[Class | External]) -> bool:
        """Whether the call constructs a registered class, or stands in a statement like those that register one."""
        if any(s in kinds for s in self._repo.names.resolve(module, call.func)):
            return True
        statement = module.statement_of(call)
        if not isinstance(statement, ast.Assign) or statement.value is not call:
            return False
        return any(isinstance(t, ast.Subscript) and self._is_service(t) for t in statement.targets)

    def _is_service(self, target: ast.Subscript) -> bool:
        return text_of(target.slice) in self._resilience.required and last_name(target.value) in self._stores

    @cached_property
    def _stores(self) -> set[str]:
        """The names of what the registered implementations are put into."""
        found = set()
        for module, call in (c[-1] for c in self._chains.values()):
            parent = module.parents.get(call)
            for target in parent.targets if isinstance(parent, ast.Assign) else ():
                if isinstance(target, ast.Subscript):
                    found.add(last_name(target.value))
        return found

    def _guards(self) -> tuple[Site, ...]:
        """The tries around constructions."""
        steps = ((s, b) for c in self._chains.values() for s in c for b in _blocks(*s))
        return (
            tuple(dict.fromkeys(s[0].at(b, "guards what is constructed") for s, b in steps))[:MOST_SHOWN]
            or self._shown()
        )

    def _handlers(self) -> tuple[Site, ...]:
        steps = ((s[0], b) for c in self._chains.values() for s in c for b in _blocks(*s) if isinstance(b, ast.Try))
        found = dict.fromkeys(m.at(h, "reports what cannot be constructed") for m, b in steps for h in b.handlers)
        return tuple(found)[:MOST_SHOWN] or self._shown()

    def _shown(self) -> tuple[Site, ...]:
        return tuple(dict.fromkeys(c[0][0].at(c[0][1]) for c in self._chains.values()))[:MOST_SHOWN]

    # isolated

    def _shared(self) -> Iterator[Site]:
        """Constructions without a try of their own."""
        for registration, chain in self._chains.items():
            if self._cannot_fail(registration.of) or any(self._own(b, s, chain) for s in chain for b in _blocks(*s)):
                continue
            module, node = chain[-1]
            around = next((b for s in chain for b in _blocks(*s)), None)
            said = "shares one try with others" if around is not None else "is constructed outside of any try"
            yield module.at(node, f"{registration.name} for {registration.service} {said}")
        yield from self._shared_imports()

    def _own(self, block: Block, step: Step, chain: tuple[Step, ...]) -> bool:
        """Whether the try guards one construction only: in each round of a loop, in each call of a helper, or alone."""
        module, node = step
        between = _between(module, node, block)
        if any(isinstance(p, ast.For | ast.AsyncFor | ast.While) for p in between):
            return False
        others = {s[1] for c in self._chains.values() if c is not chain for s in c if block in _blocks(*s)}
        others |= {n for m, n in self._constructions if n is not chain[-1][1] and block in _blocks(m, n)}
        return not others - {node, chain[-1][1]} or self._is_alone(node, others)

    def _is_alone(self, node: ast.AST, others: set[ast.AST]) -> bool:
        """Only the construction itself, and what is constructed to be handed to it, stands in the try."""
        return all(other is node or node in ast.walk(other) or other in ast.walk(node) for other in others)

    def _cannot_fail(self, of: Class | External) -> bool:
        """A class of the repository whose construction only stores what it is given."""
        if isinstance(of, External) or not self._repo.imports.loadable(of.module):
            return False
        if any(
            isinstance(b, External) and not b.name.startswith(("builtins.object", "abc.", "typing."))
            for b in self._repo.names.ancestry(of)
        ):
            return False
        init = self._repo.names.method(of, "__init__")
        return init is None or not any(isinstance(n, ast.Call | ast.Subscript) for n in _evaluated(init))

    def _shared_imports(self) -> Iterator[Site]:
        """Imports of implementations in the initialiser that stand in a try with other services."""
        names = {r.name for r in self._resilience.registrations}
        module = self._resilience.modules[0]
        for statement in module.imports:
            imported = {a.asname or a.name for a in statement.names}
            if module.enclosing_function(statement) is None or not self._concerns(module, imported, names):
                continue
            blocks = _blocks(module, statement)
            own = [b for b in blocks if not self._guards_others(b, module, imported)]
            if not own:
                yield module.at(statement, f"the import of {', '.join(sorted(imported))} has no try of its own")

    def _concerns(self, module: Module, imported: set[str], names: set[str]) -> bool:
        """Whether an implementation is imported: one that is registered, or that the same block constructs."""
        if imported & names:
            return True
        return any(call_name(n) in imported for m, n in self._constructions if m is module and isinstance(n, ast.Call))

    def _guards_others(self, block: Block, module: Module, imported: set[str]) -> bool:
        """Whether constructions of anything but the imported classes stand in the try."""
        inside = [n for m, n in self._constructions if m is module and block in _blocks(m, n)]
        return any(isinstance(n, ast.Call) and call_name(n) not in imported for n in inside)

    # reported

    def _unreported(self) -> Iterator[Site]:
        blocks: dict[Block, Module] = {}
        for module, node in (s for c in self._chains.values() for s in c):
            blocks |= dict.fromkeys(_blocks(module, node), module)
        for module, node in self._constructions:
            blocks |= dict.fromkeys(_blocks(module, node), module)
        for module, block in self._import_blocks():
            blocks[block] = module
        for block, module in blocks.items():
            yield from self._silent(module, block)

    def _silent(self, module: Module, block: Block) -> Iterator[Site]:
        if isinstance(block, ast.With | ast.AsyncWith):
            if any(
                isinstance(i.context_expr, ast.Call) and call_name(i.context_expr) == "suppress" for i in block.items
            ):
                yield module.at(block, "a failing construction is suppressed without a log")
            return
        for handler in block.handlers:
            if not self._reports(module, handler):
                yield module.at(handler, f"this handler {self._does(handler)} without a log at warning or above")

    def _does(self, handler: ast.ExceptHandler) -> str:
        puts = any(isinstance(n, ast.ClassDef) for n in handler.body)
        return "puts an empty class in an implementation's place" if puts else "goes on"

    def _reports(self, module: Module, handler: ast.ExceptHandler) -> bool:
        """Whether every way through the handler logs at warning or above, or raises."""
        return _every_way(handler.body, lambda s: self._is_report(module, s))

    def _is_report(self, module: Module, statement: ast.stmt) -> bool:
        if isinstance(statement, ast.Raise):
            return True
        if isinstance(statement, FunctionNode | ast.ClassDef):
            return False
        return any(self._is_loud(module, c) for c in ast.walk(statement) if isinstance(c, ast.Call))

    def _is_loud(self, module: Module, call: ast.Call) -> bool:
        if self._repo.logging.calls.is_log(module, call):
            return call_name(call).removeprefix("a") in LOUD or call_name(call) in LOUD or _level(call) in LOUD
        inner = (f for f in self._repo.names.functions(module, call.func) if len(f.own_nodes) < 200)
        return any(
            self._repo.logging.calls.is_log(f.module, c) and call_name(c) in LOUD for f in inner for c in f.calls
        )

    def _import_blocks(self) -> Iterator[tuple[Module, Block]]:
        """Tries, at module level too, that import implementations or put something in their place."""
        for module in self._resilience.modules:
            for node in module.nodes:
                if isinstance(node, ast.Try) and any(self._imports_one(module, s) for s in node.body):
                    yield module, node

    def _imports_one(self, module: Module, statement: ast.stmt) -> bool:
        if not isinstance(statement, ast.ImportFrom):
            return False
        names = {a.asname or a.name for a in statement.names}
        made = {call_name(n) for _, n in self._constructions if isinstance(n, ast.Call)}
        return bool(names & made) and module is self._resilience.modules[0]

    # configured

    def _literals(self) -> Iterator[Site]:
        """Hosts, URLs and buckets that are written down where an implementation is constructed."""
        for module, call in self._constructions:
            if not isinstance(call, ast.Call):
                continue
            for name, given in self._arguments(module, call):
                literal = self._literal(module, given)
                if literal is not None and self._is_place(name, literal):
                    what = name or "an address"
                    yield module.at(given, f"{what} of {call_name(call)} is written down here")

    def _arguments(self, module: Module, call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
        classes = self._repo.names.classes(module, call.func)
        names = [p for c in classes[:1] for p in self._parameters(c)]
        for index, given in enumerate(call.args):
            yield names[index] if index < len(names) else "", given
        yield from ((k.arg or "", k.value) for k in call.keywords)

    def _parameters(self, cls: Class) -> list[str]:
        init = self._repo.names.method(cls, "__init__")
        return [p.arg for p in init.params[1:]] if init is not None else list(cls.fields)

    def _literal(self, module: Module, node: ast.expr) -> str | None:
        """The text that the expression is, followed through names of the module; None where it comes from outside."""
        match node:
            case ast.Constant(value=str() as text):
                return text
            case ast.JoinedStr():
                return "".join(text_of(v) or "x" for v in node.values)
            case ast.BoolOp(op=ast.Or()):
                return self._literal(module, node.values[0])
            case ast.Name():
                found = self._repo.names.lookup(module, node)
                values = [b.value for b in found[1]] if found else []
                texts = [self._literal(module, v) for v in values if v is not None]
                return texts[0] if texts and len(texts) == len(values) and None not in texts else None
        return None

    def _is_place(self, name: str, text: str) -> bool:
        if not text or _FILE.search(text):
            return False
        return bool(set(words_of(name)) & PLACES) or _ADDRESS.search(text) is not None

    # consistent

    def _mismatches(self) -> Iterator[Site]:
        facade = self._resilience.cls
        for module in self._repo.product:
            for cls in module.classes:
                if facade is not None and facade in self._repo.names.ancestry(cls):
                    calls = (n for n in ast.walk(cls.node) if isinstance(n, ast.Call))
                    yield from (m for c in calls if (m := self._signatures.mismatch(module, c)) is not None)

    # wired

    def _wired(self) -> Guarantee:
        """Start-up code runs what constructs the implementations."""
        places = [c[0] for c in self._chains.values()] or self._facade_calls()
        for module, node in dict.fromkeys(places):
            started = self._started(module, node)
            if started is not None:
                return Guarantee("wired", (started,), ())
        function = next((m.enclosing_function(n) for m, n in places), None)
        place = function.module.at(function.node) if function else self._resilience.place
        said = "no start-up code of the application (lifespan, startup handler, main) calls this"
        return Guarantee("wired", (), (Site(place.path, place.line, said),))

    def _facade_calls(self) -> list[Step]:
        return [(m, c) for m, c in self._resilience.constructions]

    def _started(self, module: Module, node: ast.AST) -> Site | None:
        """Where a start of the system leads to the node; None where none does. Each function is looked at once."""
        found = self._starts_here(module, node)
        todo, seen = [(module, node)], set[ast.AST]()
        while found is None and todo:
            current, place = todo.pop(0)
            function = current.enclosing_function(place)
            if function is None or function.node in seen:
                continue
            seen.add(function.node)
            for caller, call in self._callers(function):
                todo.append((caller, call))
                if found is None and self._starts_here(caller, call) is not None:
                    found = caller.at(call, "start-up code calls the initialiser")
        return found

    def _starts_here(self, module: Module, node: ast.AST) -> Site | None:
        """The node, where it runs when the application or program starts."""
        starts = self._repo.logging.starts
        if any(starts.runs(s, module, node) for s in starts.services):
            return module.at(node, "runs when the application starts")
        function = module.enclosing_function(node)
        begins = module.in_main_guard(node) if function is None else function.name in self._scripts
        return module.at(node, "runs when the program starts") if begins else None

    def _callers(self, function: Function) -> Iterator[Step]:
        """Calls of the function; those of a class run its __init__, also an inherited one."""
        yield from self._repo.origins.calls_of(function)
        if function.name == "__init__" and function.cls is not None:
            heirs = {c.name for c in self._heirs(function)}
            calls = ((m, c) for m in self._repo.product for c in m.calls if call_name(c) in heirs)
            yield from ((m, c) for m, c in calls if any(self._runs(k, function) for k in self._constructed(m, c)))

    def _heirs(self, function: Function) -> list[Class]:
        return [c for m in self._repo.product for c in m.classes if self._runs(c, function)]

    def _runs(self, cls: Class, function: Function) -> bool:
        """Whether the construction of an object of the class runs that __init__ of a base class."""
        if cls is function.cls or function.cls not in self._repo.names.ancestry(cls):
            return False
        own = cls.methods.get("__init__")
        return own is None or any(isinstance(c.func, ast.Attribute) and c.func.attr == "__init__" for c in own.calls)

    def _constructed(self, module: Module, call: ast.Call) -> list[Class]:
        return self._repo.names.constructed(module, call)

    @cached_property
    def _scripts(self) -> frozenset[str]:
        """The names of functions that console scripts run."""
        return frozenset(s.rpartition(":")[2] for s in console_scripts(self._repo.files))


def _blocks(module: Module, node: ast.AST) -> list[Block]:
    """The tries whose body, and the `with` statements whose block, hold the node in its own function."""
    found: list[Block] = []
    child = node
    for parent in module.ancestors(node):
        if isinstance(parent, FunctionNode | ast.Lambda | ast.ClassDef):
            break
        if isinstance(parent, ast.Try | ast.TryStar) and child in parent.body:
            found.append(parent)
        if isinstance(parent, ast.With | ast.AsyncWith) and child in parent.body and _suppresses(parent):
            found.append(parent)
        child = parent
    return found


def _suppresses(node: ast.With | ast.AsyncWith) -> bool:
    return any(isinstance(i.context_expr, ast.Call) and call_name(i.context_expr) == "suppress" for i in node.items)


def _between(module: Module, node: ast.AST, block: ast.AST) -> Iterator[ast.AST]:
    for parent in module.ancestors(node):
        if parent is block:
            return
        yield parent


def _evaluated(init: Function) -> Iterator[ast.AST]:
    """What an __init__ evaluates, without annotations and `super().__init__()`."""
    for statement in init.node.body:
        match statement:
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="__init__"))) | ast.Expr(value=ast.Constant()):
                continue
            case ast.AnnAssign(value=ast.expr() as value):
                yield from ast.walk(value)
            case _:
                yield from ast.walk(statement)


def _every_way(body: list[ast.stmt], reports: Callable[[ast.stmt], bool]) -> bool:
    """Whether each way through the statements passes one that reports."""
    for statement in body:
        if isinstance(statement, ast.If):
            if statement.orelse and _every_way(statement.body, reports) and _every_way(statement.orelse, reports):
                return True
        elif isinstance(statement, ast.With | ast.AsyncWith | ast.Try):
            if _every_way(statement.body, reports):
                return True
        elif reports(statement):
            return True
    return False


def _level(call: ast.Call) -> str:
    """The level of `log(logging.WARNING, ...)`."""
    return last_name(call.args[0]).lower() if call_name(call) == "log" and call.args else ""
