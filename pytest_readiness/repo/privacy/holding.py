"""Does this expression hold personal data, and which? By name, and by where a local's value came from."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pytest_readiness.repo.flow import Flow
from pytest_readiness.repo.modules import Function, FunctionNode, Module, call_name
from pytest_readiness.repo.names import Binding, Names
from pytest_readiness.repo.origins import is_static
from pytest_readiness.repo.pii import TRAILING, part_name, part_owner, pii_part, pii_phrase
from pytest_readiness.repo.privacy.maskers import Maskers
from pytest_readiness.repo.privacy.passing import HARMLESS, PASSING

_SETTINGS = frozenset({"settings", "config", "conf", "cfg", "app_settings", "app_config"})
_LONGEST_KEY = 60
"""Characters; a longer text is no key."""
_NOT_DATA = frozenset({"id", "ids", "count", "length", "len", "hash", "hashed", "masked", "redacted", "size", "key"})
"""Last words of names whose value is no personal data even under a telling key."""


@dataclass(frozen=True)
class Held:
    """Names of personal data in an expression: as it is, and hidden by a masker, a length or a hash."""

    bare: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()

    def __or__(self, other: Held) -> Held:
        return Held(_once(self.bare + other.bare), _once(self.hidden + other.hidden))

    def __bool__(self) -> bool:
        return bool(self.bare or self.hidden)


NOTHING = Held()


class Holding:
    """Answers for the code of one function, or for a module's own statements."""

    def __init__(self, module: Module, function: Function | None, names: Names, maskers: Maskers) -> None:
        self._module, self._names, self._maskers = module, names, maskers
        self._function = function
        self._given = self._assigned_to_names() if function else frozenset()
        self._flow = self._walk(function) if function else None

    def held(self, node: ast.expr | None) -> Held:
        """The personal data that the value of the expression discloses."""
        match node:
            case None | ast.Constant() | ast.Compare() | ast.Lambda() | ast.UnaryOp(op=ast.Not()):
                return NOTHING
            case ast.Call():
                return self._call(node)
            case ast.Name():
                return self._name(node)
            case ast.Attribute() | ast.Subscript():
                return self._part(node)
            case ast.IfExp():
                return self.held(node.body) | self.held(node.orelse)
            case ast.Dict():
                pairs = zip(node.keys, node.values, strict=True)
                return self._all(self.under(part_key(k), v) for k, v in pairs)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                return self.held(node.elt)
            case ast.DictComp():
                return self.held(node.value)
        return self._all(self.held(c) for c in ast.iter_child_nodes(node) if isinstance(c, ast.expr))

    def under(self, key: str | None, value: ast.expr) -> Held:
        """What a value discloses that is logged under a key or keyword: a telling key tells what the value is."""
        found = self.held(value)
        if found or key is None or not pii_phrase(key) or not self._may_be_data(value):
            return found
        return Held(bare=(key,))

    def _may_be_data(self, value: ast.expr) -> bool:
        if not isinstance(value, ast.Name | ast.Attribute | ast.Subscript):
            return False
        if isinstance(value, ast.Name) and not self._open(value):
            return False
        name = part_name(value) or ""
        return name.split("_")[-1].lower() not in _NOT_DATA

    def _call(self, node: ast.Call) -> Held:
        if pii_part(node):
            return Held(bare=(pii_part(node) or "",))
        name = call_name(node)
        if self._maskers.applies(self._module, node) or name in HARMLESS:
            inner = self._all(self.held(a) for a in _inputs(node))
            return Held(hidden=_once(inner.bare + inner.hidden))
        if name in PASSING or self._hands_back(node):
            return self._all([*(self.held(a) for a in _inputs(node))])
        return NOTHING

    def _name(self, node: ast.Name) -> Held:
        if self._flow is not None and self._flow.carries(node):
            return Held(bare=(node.id,))
        if self._function is not None and self._is_local(node):
            return Held(hidden=(node.id,)) if pii_phrase(node.id) and self._cleaned(node) else NOTHING
        return Held(bare=(node.id,)) if pii_phrase(node.id) and self._open(node) else NOTHING

    def _part(self, node: ast.Attribute | ast.Subscript) -> Held:
        name = pii_part(node)
        if name:
            return NOTHING if _is_setting(node) else Held(bare=(name,))
        if isinstance(node, ast.Subscript) and part_name(node) is None:
            return self.held(node.value)
        return self.held(node.value) if part_name(node) in TRAILING else NOTHING

    def _all(self, parts: Iterable[Held]) -> Held:
        found = NOTHING
        for part in parts:
            found = found | part
        return found

    def _walk(self, function: Function) -> Flow:
        names = {p.arg for p in function.params if pii_phrase(p.arg)}
        return Flow(function, self._starts, names, self._ends, self._other_field)

    def _starts(self, node: ast.expr) -> bool:
        if node in self._given:
            return True
        if isinstance(node, ast.Name):
            return bool(pii_phrase(node.id)) and not self._is_local(node) and self._open(node)
        return pii_part(node) is not None and not _is_setting(node)

    def _ends(self, call: ast.Call) -> bool:
        """Only what surely hands its input on does."""
        if self._maskers.applies(self._module, call) or call_name(call) in HARMLESS:
            return True
        return call_name(call) not in PASSING and not self._hands_back(call) and pii_part(call) is None

    def _other_field(self, node: ast.expr) -> bool:
        """`user["id"]` of a record that holds an e-mail address too."""
        if not isinstance(node, ast.Attribute | ast.Subscript) or pii_part(node):
            return False
        parent = self._module.parents.get(node)
        if isinstance(parent, ast.Call) and parent.func is node:
            return False
        name = part_name(node)
        return name is not None and name not in TRAILING

    def _hands_back(self, call: ast.Call) -> bool:
        """A function of the repository that returns what it is given."""
        return any(self._returns_input(f) for f in self._maskers.called(self._module, call))

    def _returns_input(self, function: Function) -> bool:
        bound = function.cls is not None and not is_static(function)
        inputs = [p.arg for p in function.params[bound:]]

        def ends(call: ast.Call) -> bool:
            return call_name(call) not in PASSING or self._maskers.applies(function.module, call)

        return bool(Flow(function, names=inputs, cleans=ends).returned)

    def _is_local(self, node: ast.Name) -> bool:
        found = self._names.lookup(self._module, node)
        return found is not None and self._function is not None and found[0] is self._function

    def _open(self, node: ast.Name) -> bool:
        """Whether the name may hold more than constants and clean values."""
        found = self._names.lookup(self._module, node)
        return found is None or any(self._may_hold(b) for b in found[1])

    def _may_hold(self, binding: Binding) -> bool:
        if isinstance(binding.node, ast.Import | ast.ImportFrom | FunctionNode | ast.ClassDef):
            return False
        return binding.value is None or self._unclean(binding.value)

    def _unclean(self, value: ast.expr) -> bool:
        match value:
            case ast.Constant() | ast.Compare() | ast.Lambda():
                return False
            case (
                ast.JoinedStr() | ast.List() | ast.Tuple() | ast.Set() | ast.Dict() | ast.BinOp() | ast.FormattedValue()
            ):
                return any(self._unclean(c) for c in ast.iter_child_nodes(value) if isinstance(c, ast.expr))
            case ast.Await():
                return self._unclean(value.value)
            case ast.Call():
                return not self._maskers.applies(self._module, value) and call_name(value) not in HARMLESS
        return True

    def _cleaned(self, node: ast.Name) -> bool:
        """Whether one of the name's bindings is the result of a masker or a hash."""
        found = self._names.lookup(self._module, node)
        values = [b.value for b in found[1]] if found else []
        return any(
            isinstance(n, ast.Call) and not self._unclean(n) for v in values if v is not None for n in ast.walk(v)
        )

    def _assigned_to_names(self) -> frozenset[ast.AST]:
        """Values that are assigned to a local with a telling name, unless they are constants or clean."""
        nodes = self._function.own_nodes if self._function else ()
        return frozenset(v for n in nodes for t, v in _assignments(n) if pii_phrase(t) and self._unclean(v))


def _is_setting(node: ast.expr) -> bool:
    """`settings.SUPPORT_EMAIL`: the system's own address."""
    owner = part_owner(node)
    return owner is not None and (part_name(owner) or "").lower().strip("_") in _SETTINGS


def mentions(scope: ast.AST) -> bool:
    """Whether a name or text of personal data occurs at all."""
    for node in ast.walk(scope):
        name = node.arg if isinstance(node, ast.arg | ast.keyword) else part_key(node) or part_name(node)
        if name and len(name) < _LONGEST_KEY and pii_phrase(name):
            return True
    return False


def part_key(node: ast.AST | None) -> str | None:
    """The literal text of a key."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _inputs(call: ast.Call) -> Iterator[ast.expr]:
    """What goes into a call: its arguments, and what a method is called on."""
    yield from call.args
    yield from (k.value for k in call.keywords)
    if isinstance(call.func, ast.Attribute):
        yield call.func.value


def _assignments(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Names bound by a statement, each with the value that it is bound to or taken from."""
    match node:
        case ast.Assign():
            for target in node.targets:
                yield from _targets(target, node.value)
        case ast.AnnAssign(value=ast.expr() as value) | ast.AugAssign(value=value) | ast.NamedExpr(value=value):
            yield from _targets(node.target, value)
        case ast.For() | ast.AsyncFor() | ast.comprehension():
            yield from _targets(node.target, node.iter)


def _targets(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple | ast.List):
        same = isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts)
        for index, element in enumerate(target.elts):
            part = value.elts[index] if same and isinstance(value, ast.Tuple | ast.List) else value
            yield from _targets(element, part)


def _once(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
