"""Data flow in one function, rule by rule, and straight-line programs against a plain interpreter."""

from __future__ import annotations

import ast
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.repo.flow import Flow
from pytest_readiness.repo.modules import Module, call_name


def carried(text: str, name: str = "secret") -> set[int]:
    """Lines of calls of `use` whose argument carries the parameter."""
    function = Module("m.py", text).functions[0]
    flow = Flow(function, names=[name])
    calls = (c for c in function.calls if isinstance(c.func, ast.Name) and c.func.id == "use")
    return {c.lineno for c in calls if flow.carries(c.args[0])}


RULES = {
    "assignment": "x = secret\nuse(x)  # carries\nx = 1\nuse(x)",
    "chain of targets": "x = y = secret\nuse(x)  # carries\nuse(y)  # carries",
    "annotated": "x: str = secret\nuse(x)  # carries",
    "augmented": "x = 1\nx += secret\nuse(x)  # carries\nx += 1\nuse(x)  # carries",
    "unpacking": "x, (y, *z) = secret\nuse(y)  # carries\nuse(z)  # carries",
    "unpacking of a display": "x, (y, z) = 1, (secret, 2)\nuse(x)\nuse(y)  # carries\nuse(z)",
    "swap": "x = 1\ny = secret\nx, y = y, x\nuse(x)  # carries\nuse(y)",
    "subscript": "use(secret['k'])  # carries\nuse(secret[1:2])  # carries\nuse(table[secret])",
    "attribute": "use(secret.a.b)  # carries",
    "attribute set": "x.a = secret\nuse(x.a)  # carries\nuse(x.b)\nuse(x)  # carries\nx.a = 1\nuse(x.a)",
    "attribute of self": "self.a = secret\nuse(self.a)  # carries\nuse(self.b)\nuse(self)",
    "name set anew": "x.a = secret\nx = make()\nuse(x.a)",
    "call": "use(f(1, secret))  # carries\nuse(f(k=secret))  # carries\nuse(f(*secret))  # carries\nuse(f(1))",
    "receiver": "use(secret.strip().lower())  # carries",
    "formatting": "use(f'a {secret!r:>3}')  # carries\nuse('%s' % secret)  # carries\nuse('a' + secret)  # carries",
    "choice": "use(secret or 1)  # carries\nuse(secret if a else 1)  # carries\nuse(1 if secret else 2)",
    "test": "use(not secret)\nuse(secret == 1)\nuse(secret in x)\nuse(bool(secret))\nuse(isinstance(secret, str))",
    "display": "use([1, secret])  # carries\nuse({'k': secret})  # carries\nuse((1,))\nuse({**secret})  # carries",
    "put into": "x = []\nuse(x)\nx.append(secret)\nuse(x)  # carries\ny = {}\ny['k'] = secret\nuse(y)  # carries",
    "put into an attribute": "self.x['k'] = secret\nuse(self.x)  # carries\nuse(self.y)",
    "put into on the side": "x = {}\ny = x.setdefault('k', secret)\nuse(x)  # carries\nuse(y)  # carries",
    "loop": "for x in secret:\n    use(x)  # carries\nuse(x)  # carries",
    "loop over the clean": "for x in y:\n    use(x)",
    "next round": "x = y = z = 1\nfor _ in a:\n    use(z)  # carries\n    z = y\n    y = x\n    x = secret",
    "while": "while x := f(secret):\n    use(x)  # carries",
    "walrus": "if (x := secret):\n    use(x)  # carries\nuse((y := 1) and y)\nuse((z := secret) and z)  # carries",
    "walrus binds anew": "x = secret\nif (x := 1):\n    use(x)",
    "branches": "x = 1\nif a:\n    x = secret\n    use(x)  # carries\nelse:\n    use(x)\nuse(x)  # carries",
    "branch that returns": "x = 1\nif a:\n    x = secret\n    return\nuse(x)",
    "branch that raises": "x = secret\nif a:\n    x = 1\nelse:\n    raise E\nuse(x)",
    "break": "x = 1\nfor _ in a:\n    if b:\n        x = secret\n        break\nuse(x)  # carries",
    "with": "with secret as x, f() as y:\n    use(x)  # carries\n    use(y)",
    "handler": "try:\n    x = secret\n    x = load()\nexcept E:\n    use(x)  # carries\n    x = 0\nuse(x)",
    "handler after a branch that raises": "x = 1\ntry:\n    if a:\n        x = secret\n        raise E\nexcept E:\n"
    "    use(x)  # carries\nuse(x)  # carries",
    "exception": "e = secret\ntry:\n    f()\nexcept E as e:\n    use(e)",
    "finally": "x = 1\ntry:\n    x = secret\nfinally:\n    use(x)  # carries",
    "match": "match secret:\n    case {'a': x, **rest}:\n        use(x)  # carries\n        use(rest)  # carries\n"
    "    case [y] if (z := y):\n        use(z)  # carries",
    "match of the clean": "x = secret\nmatch y:\n    case [x]:\n        use(x)",
    "comprehension": "use([x for x in secret])  # carries\n"
    "use([1 for x in secret])\nuse({x: 1 for x in secret})  # carries",
    "variable of a comprehension": "x = secret\nuse([x for x in y])\nuse(x)  # carries",
    "lambda": "use(lambda: secret)  # carries\nuse(lambda secret: secret)",
    "deleted": "x = secret\ndel x\nuse(x)",
    "nested function": "def g():\n    return secret\ndef h(secret):\n    return secret\nuse(g())  # carries\nuse(h(1))",
    "awaited": "use(await secret)  # carries",
}


def wanted(text: str) -> set[int]:
    return {i for i, line in enumerate(text.splitlines(), 1) if line.endswith("# carries")}


@pytest.mark.parametrize("body", RULES.values(), ids=RULES)
def test_rules(body: str) -> None:
    lines = "\n    ".join(body.splitlines())
    text = f"async def f(self, secret):\n    {lines}\n"
    assert carried(text) == wanted(text)


def test_what_cleans_and_what_stops() -> None:
    function = Module(
        "m.py", "def f(a, b):\n    use(mask(a))\n    use(a.id)\n    use(a.name)\n    return load(b)"
    ).functions[0]
    flow = Flow(
        function,
        seed=lambda n: isinstance(n, ast.Call) and call_name(n) == "load",
        names=["a"],
        cleans=lambda c: call_name(c) == "mask",
        stops=lambda n: isinstance(n, ast.Attribute) and n.attr == "id",
    )
    assert [flow.carries(c.args[0]) for c in function.calls if call_name(c) == "use"] == [False, False, True]
    assert [r.lineno for r in flow.returned if isinstance(r, ast.Return)] == [5]


def test_what_carries_at_the_end() -> None:
    text = "def f(a, self):\n    if a:\n        self.x = a\n        return 1\n"
    text += "    if b:\n        y = a\n        raise E\n    z = a\n"
    assert Flow(Module("m.py", text).functions[0], names=["a"]).at_exit == {"a", "self.x", "z"}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("head", ["for _ in x:", "while x:", "try:"])
def test_deep_nesting_is_quick(head: str) -> None:
    depth = 40
    inner = [" " * (depth + 1) + line for line in ("use(c)", "c = b", "b = a", "a = secret")]
    lines = ["def f(secret, x):", " a = b = c = 1", *(f"{' ' * (i + 1)}{head}" for i in range(depth)), *inner]
    if head == "try:":
        lines += [f"{' ' * (i + 1)}except E: pass" for i in reversed(range(depth))]
    assert carried("\n".join(lines)) == (set() if head == "try:" else {depth + 3})


# Straight-line programs: sources in a small language, with what each line does to the set of names that carry.


@dataclass(frozen=True)
class Expression:
    """Its source, the names whose data is in its value, and the names it reads only to test them."""

    source: str
    data: frozenset[str]


NAMES = ("secret", "a", "b", "c")
atoms = st.one_of(
    st.sampled_from(NAMES).map(lambda n: Expression(n, frozenset({n}))),
    st.sampled_from(("1", "'k'", "None")).map(lambda c: Expression(c, frozenset())),
)


def larger(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    one = st.sampled_from(
        ("f({0})", "[{0}]", "({0}).x", "({0})[0]", "({0}).m(1)", "(lambda: {0})()", "'{{}}'.format({0})")
    )
    none = st.sampled_from(("(not ({0}))", "(({0}) == 1)", "bool({0})", "t[{0}]", "(2 if {0} else 3)"))
    both = st.sampled_from(("({0} + {1})", "f({0}, k={1})", "({0} or {1})", "({0}, {1})", "({0} if t else {1})"))
    return st.one_of(
        st.tuples(one, inner).map(lambda p: Expression(p[0].format(p[1].source), p[1].data)),
        st.tuples(none, inner).map(lambda p: Expression(p[0].format(p[1].source), frozenset())),
        st.tuples(both, inner, inner).map(
            lambda p: Expression(p[0].format(p[1].source, p[2].source), p[1].data | p[2].data)
        ),
    )


expressions = st.recursive(atoms, larger, max_leaves=4)
lines = st.tuples(
    st.sampled_from(("=", "+=", "append", "[]", "swap", "del", "for")), st.sampled_from(NAMES), expressions
)


def effect(kind: str, name: str, value: Expression, tainted: set[str]) -> tuple[str, set[str]]:
    """The line's source, and the names that carry the data after it."""
    carries = bool(value.data & tainted)
    others = tainted - {name}
    match kind:
        case "=":
            return f"{name} = {value.source}", others | ({name} if carries else set())
        case "+=":
            return f"{name} += {value.source}", tainted | ({name} if carries else set())
        case "append":
            return f"{name}.append({value.source})", tainted | ({name} if carries else set())
        case "[]":
            return f"{name}['k'] = {value.source}", tainted | ({name} if carries else set())
        case "swap":
            return f"{name}, d = {value.source}, {name}", others - {"d"} | ({name} if carries else set()) | (
                {"d"} if name in tainted else set()
            )
        case "del":
            return f"del {name}", others
    return f"for {name} in ({value.source},): pass", tainted | ({name} if carries else set())


@given(st.lists(lines, max_size=8))
def test_straight_line_programs(program: list[tuple[str, str, Expression]]) -> None:
    tainted, source = {"secret"}, ["def f(secret):"]
    for kind, name, value in program:
        line, tainted = effect(kind, name, value, tainted)
        source.append(f"    {line}")
    source += [f"    use({name})" for name in (*NAMES, "d")]
    text = "\n".join(source)
    found = carried(text)
    assert {n for i, n in enumerate((*NAMES, "d"), len(program) + 2) if i in found} == tainted, text
