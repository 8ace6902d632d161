"""Credentials that stand in the repository's files. Values leave this module masked only."""

from __future__ import annotations

import ast
import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.redact import mask_value
from pytest_readiness.repo.credential_names import ENDINGS, ends_with
from pytest_readiness.repo.data_files import Datum, kind_of, lines_of
from pytest_readiness.repo.modules import Module
from pytest_readiness.repo.own_secrets import OwnSecrets
from pytest_readiness.secret_formats import credentials, is_placeholder

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

SHORTEST = 12
LEAST_ENTROPY = 3.0
"""Bits a character."""
_LOCK_FILES = frozenset(
    {
        "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lockb", "bun.lock", "go.sum",
        "poetry.lock", "pdm.lock", "uv.lock", "pipfile.lock", "cargo.lock", "composer.lock", "gemfile.lock",
        "podfile.lock", "packages.lock.json", "pubspec.lock", "flake.lock", "mix.lock", ".terraform.lock.hcl",
    }
)  # fmt: skip
_VENDORED = frozenset(
    {"vendor", "vendored", "third_party", "thirdparty", "third-party", "bower_components", "node_modules", "_vendor"}
)
_DOCUMENT = re.compile(r"\.(md|mdx|rst|txt|adoc|html?|ipynb|po|pot|csv|svg|map|min\.js|min\.css)$", re.IGNORECASE)
_DOCUMENT_FOLDERS = frozenset({"docs", "doc", "documentation", "wiki"})
_TEST_PATH = re.compile(
    r"(^|/)(__tests__|__mocks__|spec|specs|e2e|cypress|fixtures?|testdata|test-data)/|\.(test|spec|stories)\.\w+$"
)
_TEMPLATE = re.compile(
    r"^(example|sample)[._-]|[._-](example|sample|template|dist|tpl|tmpl|j2)([._-]|$)", re.IGNORECASE
)
_CODE = (".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".sh", ".bash", ".go", ".java", ".kt", ".rb", ".php", ".cs",
         ".rs", ".scala", ".swift", ".tf", ".tfvars", ".hcl", ".ps1", ".gradle")  # fmt: skip
_BINDING = re.compile(r"""([A-Za-z_$][\w$.-]*)["']?\]?\s*(?::=|=>|[:=])\s*(["'`])([^"'`\s]{12,})\2""")
_BARE_BINDING = re.compile(r"""^\s*(?:export\s+|ENV\s+|ARG\s+)?([A-Za-z_]\w*)[=\s]([^\s"'`]{12,})\s*$""")
_NAMED = re.compile(
    r"(?i)(?:key|secret|token|password|pwd|passphrase|credential|string|dsn)[\"']?\s*(?:[:=]|$)", re.MULTILINE
)
"""Something that may be the name of a credential, before a value or at the end of a line."""
_COMMENT = re.compile(r"^\s*(//|#|\*|/\*|--|<!--)")
_LOWER_WORDS = re.compile(r"[a-z0-9._-]*|[A-Z0-9._-]*")


@dataclass(frozen=True)
class Finding:
    """A credential in a file; `shown` is its masked value, `note` says what it is."""

    path: str
    line: int
    kind: str
    shown: str

    @property
    def note(self) -> str:
        return f"{self.kind}: {self.shown}"


class Credentials:
    """Looks for credentials in all text files."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._files, self._scope = repo.files, repo.scope

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, one a line and file, by path and line; a provider's format says more than a name."""
        found: dict[tuple[str, int], Finding] = {}
        for finding in (*self.issued, *self.bound, *self.own):
            found.setdefault((finding.path, finding.line), finding)
        return tuple(sorted(found.values(), key=lambda f: (f.path, f.line)))

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The files that are read: no lock files, nothing vendored or excluded."""
        return tuple(p for p in self._files.paths if not self._is_skipped(p))

    @cached_property
    def issued(self) -> tuple[Finding, ...]:
        """Values in a provider's full format, in every text file."""
        found = []
        for path in self.paths:
            text = self._files.text(path)
            hits = credentials(text) if text else []
            lines = _Lines(text or "") if hits else None
            found += [Finding(path, lines.of(h.start), h.kind, mask_value(h.value)) for h in hits if lines]
        return tuple(found)

    @cached_property
    def bound(self) -> tuple[Finding, ...]:
        """Strong literals that code and configuration bind to the name of a credential."""
        found: list[Finding] = []
        for path in self.paths:
            if self._is_code_or_configuration(path):
                named = ((n, v, line) for n, v, line in self._bindings(path) if is_named(n) and is_strong(v))
                found += [Finding(path, line, f"literal bound to {n}", mask_value(v)) for n, v, line in named]
        return tuple(found)

    @cached_property
    def own(self) -> tuple[Finding, ...]:
        """Literals that the program would use as its own secret."""
        found = OwnSecrets(self._repo.product, self._repo.names, self._repo.origins).found
        return tuple(
            Finding(f.module.path, f.node.lineno, f"literal that {f.name} is set to", mask_value(f.value))
            for f in found
            if f.module.path in self.paths
        )

    def _is_skipped(self, path: str) -> bool:
        *folders, name = path.split("/")
        if name.lower() in _LOCK_FILES or self._scope.excluded(path):
            return True
        return bool(_VENDORED & {f.lower() for f in folders})

    def _is_code_or_configuration(self, path: str) -> bool:
        """Neither test, document nor template."""
        *folders, name = path.split("/")
        if self._scope.is_test(path) or _TEST_PATH.search(path) or _DOCUMENT.search(name) or _TEMPLATE.search(name):
            return False
        return not _DOCUMENT_FOLDERS & {f.lower() for f in folders}

    def _bindings(self, path: str) -> Iterator[tuple[str, str, int]]:
        """Name, literal and line of every binding in the file."""
        if path.endswith(".py"):
            module = self._repo.modules.get(path)
            yield from python_bindings(module) if module else ()
        elif path.endswith(_CODE) or "dockerfile" in path.rsplit("/", 1)[-1].lower():
            yield from _code_bindings(self._files.text(path) or "")
        elif kind_of(path):
            yield from self._data_bindings(path)

    def _data_bindings(self, path: str) -> Iterator[tuple[str, str, int]]:
        if not _NAMED.search(self._files.text(path) or ""):
            return
        for document in self._repo.data.documents(path):
            for keys, datum in document.walk():
                if keys and datum.text:
                    yield keys[-1], datum.text, datum.line
            yield from _named_values(document.walk())


def _named_values(pairs: Iterable[tuple[tuple[str, ...], Datum]]) -> Iterator[tuple[str, str, int]]:
    """`- name: DB_PASSWORD` with `value: ...` beside it, and `- DB_PASSWORD=...`, as containers are configured."""
    for _keys, datum in pairs:
        name, value = datum.entries.get("name"), datum.entries.get("value")
        if name is not None and value is not None and name.text and value.text:
            yield name.text, value.text, value.line
        for element in datum.elements:
            variable, equals, text = (element.text or "").partition("=")
            if equals and variable.isidentifier():
                yield variable, text, element.line


def python_bindings(module: Module) -> Iterator[tuple[str, str, int]]:
    """Assignments, keywords, defaults and dict entries of a module whose value is a literal text."""
    for node in module.nodes:
        for target, value in _bound_pairs(node):
            text = _literal(value)
            name = _target_name(target)
            if text is not None and name:
                yield name, text, value.lineno


def _bound_pairs(node: ast.AST) -> Iterator[tuple[ast.expr | str, ast.expr]]:
    match node:
        case ast.Assign():
            yield from ((t, node.value) for t in node.targets)
        case ast.AnnAssign(value=ast.expr() as value) | ast.NamedExpr(value=value):
            yield node.target, value
        case ast.keyword(arg=str() as name):
            yield name, node.value
        case ast.arguments():
            yield from _defaults(node)
        case ast.Dict():
            yield from ((k, v) for k, v in zip(node.keys, node.values, strict=True) if k is not None)


def _defaults(node: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    positional = [*node.posonlyargs, *node.args]
    tail = positional[len(positional) - len(node.defaults) :]
    yield from ((a.arg, d) for a, d in zip(tail, node.defaults, strict=True))
    yield from ((a.arg, d) for a, d in zip(node.kwonlyargs, node.kw_defaults, strict=True) if d is not None)


def _target_name(target: ast.expr | str) -> str:
    """The last name of what is bound; the key of a subscript or dict."""
    match target:
        case str():
            return target
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Constant(value=str() as key) | ast.Subscript(slice=ast.Constant(value=str() as key)):
            return key
    return ""


def _literal(node: ast.expr) -> str | None:
    """A literal text or bytes; the fallback of `x or "literal"` and of a second argument is a literal too."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.Constant(value=bytes() as data):
            return data.decode("utf-8", "replace")
        case ast.BoolOp(op=ast.Or()):
            return next((t for v in node.values if (t := _literal(v))), None)
        case ast.IfExp():
            return _literal(node.body) or _literal(node.orelse)
        case ast.Call(func=ast.Attribute(attr="get" | "getenv" | "pop"), args=[_, default]):
            return _literal(default)
        case ast.Call(func=ast.Name(id="getenv"), args=[_, default]):
            return _literal(default)
        case ast.Call(keywords=keywords) if any(k.arg == "default" for k in keywords):
            return next((t for k in keywords if k.arg == "default" and (t := _literal(k.value))), None)
    return None


def _code_bindings(text: str) -> Iterator[tuple[str, str, int]]:
    """Bindings of quoted literals in code of other languages, line by line; comments are left out."""
    for number, line in enumerate(lines_of(text), start=1):
        if len(line) > 2000 or _COMMENT.match(line):
            continue
        for found in _BINDING.finditer(line):
            yield found.group(1).split(".")[-1], found.group(3), number
        if bare := _BARE_BINDING.match(line):
            yield bare.group(1), bare.group(2), number


def is_named(name: str) -> bool:
    """Whether a name says that it holds a credential."""
    return ends_with(name, ENDINGS)


def is_strong(value: str) -> bool:
    """Whether a literal has what a generated credential has, and is neither placeholder, address nor identifier."""
    if len(value) < SHORTEST or re.search(r"\s", value) or is_placeholder(value) or _is_address(value):
        return False
    if not re.search(r"[A-Za-z]", value) or entropy(value) < LEAST_ENTROPY:
        return False
    return any(sum(c.isdigit() for c in part) > 1 for part in re.split(r"[_.-]", value))


def _is_address(value: str) -> bool:
    """A URL, ARN or path; a key in base64 has slashes too, but mixes capitals and small letters between them."""
    if "://" in value or value.startswith(("arn:", "/", "./", "../", "~/")):
        return True
    parts = value.split("/")
    return len(parts) > 1 and all(_LOWER_WORDS.fullmatch(part) for part in parts)


def entropy(value: str) -> float:
    """Shannon entropy in bits a character."""
    counts = Counter(value).values()
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts)


class _Lines:
    """Line numbers of offsets."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(m.end() for m in re.finditer("\n", text))]

    def of(self, offset: int) -> int:
        return bisect_right(self._starts, offset)
