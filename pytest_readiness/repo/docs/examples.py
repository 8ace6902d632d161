"""Python fences of documents: do they parse, and do they import what the repository has?"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.repo.docs.model import Document, Fence, Section
from pytest_readiness.repo.finder import Folder, Opaque, Target
from pytest_readiness.repo.modules import Module

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

PYTHON = frozenset({"python", "py", "python3"})
_PROMPT = re.compile(r"^(?:>>>|\.\.\.)(?: |$)")
_HEADER = re.compile(r"^[ \t]*(?:async[ \t]+def|def|class)\b")


@dataclass(frozen=True, eq=False)
class PythonExample:
    """A fence of Python. `tree` is None where it does not parse."""

    fence: Fence
    path: str
    tree: ast.Module | None
    imported: tuple[Module, ...] = ()
    """Modules of the repository that it imports, found and with all the names it takes from them."""
    problem: str = ""
    """Why it is not sound; "" for a sound one."""
    problem_line: int | None = None

    @property
    def line(self) -> int:
        """The line of the problem, else that of the fence's first line."""
        return self.problem_line or self.fence.line

    @property
    def is_sound(self) -> bool:
        return not self.problem


class Examples:
    """Judges the Python fences of documents."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._judged: dict[tuple[str, int], PythonExample] = {}

    def of(self, part: Document | Section) -> list[PythonExample]:
        """The Python fences of a document or section."""
        document = part if isinstance(part, Document) else part.document
        return [self._example(document, f) for f in part.fences if f.language in PYTHON]

    def _example(self, document: Document, fence: Fence) -> PythonExample:
        key = (document.path, fence.line)
        if key not in self._judged:
            self._judged[key] = self._new(document, fence)
        return self._judged[key]

    def _new(self, document: Document, fence: Fence) -> PythonExample:
        tree, problem, at = parse_example(fence.text)
        if tree is None:
            return PythonExample(fence, document.path, None, (), problem, fence.line + (at or 1) - 1)
        imported: list[Module] = []
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                found, problem = self._imported(node, document)
                imported += found
                if problem:
                    at = fence.line + node.lineno - 1
                    return PythonExample(fence, document.path, tree, tuple(imported), problem, at)
        return PythonExample(fence, document.path, tree, tuple(imported))

    def _imported(self, node: ast.Import | ast.ImportFrom, document: Document) -> tuple[list[Module], str]:
        """The repository's modules that the statement imports, and what is wrong with it."""
        if isinstance(node, ast.Import):
            results = [self._module(a.name, document) for a in node.names]
            return [m for found, _ in results for m in found], next((p for _, p in results if p), "")
        if node.level or not node.module:
            return [], ""
        found, problem = self._module(node.module, document)
        targets = self._targets(node.module, document)
        if problem or not targets:
            return found, problem
        missing = [a.name for a in node.names if a.name != "*" and not any(self._has(t, a.name) for t in targets)]
        below = [m for a in node.names for t in targets if isinstance(m := self._submodule(t, a.name), Module)]
        broken = [m.path for m in below if m.tree is None]
        if missing:
            return found, f"{node.module} does not define {missing[0]}"
        return [*found, *below], f"{broken[0]} does not parse" if broken else ""

    def _module(self, dotted: str, document: Document) -> tuple[list[Module], str]:
        if not self._is_own(dotted.partition(".")[0], document):
            return [], ""
        targets = self._targets(dotted, document)
        if not targets:
            return [], f"there is no module {dotted}"
        modules = [t for t in targets if isinstance(t, Module)]
        parsed = [m for m in modules if m.tree is not None]
        if modules and not parsed and len(modules) == len(targets):
            return [], f"{modules[0].path} does not parse"
        return parsed, ""

    def _bases(self, document: Document) -> list[str]:
        """Folders that modules may be imported from: the source roots and those above the document."""
        folder, above = document.folder, []
        while folder:
            above.append(folder + "/")
            folder = folder.rpartition("/")[0]
        return list(dict.fromkeys([*self._repo.imports.roots, "", *above]))

    def _is_own(self, first: str, document: Document) -> bool:
        """Whether the name is a package or module of the repository, and no library that it also depends on."""
        found = [t for b in self._bases(document) if (t := self._repo.imports.at(b + first)) is not None]
        if any(isinstance(t, Module | Opaque) for t in found):
            return True
        return bool(found) and first not in self._repo.dependencies.imported_as

    def _targets(self, dotted: str, document: Document) -> list[Target]:
        """What the name may mean; modules before mere folders."""
        tail = dotted.replace(".", "/")
        found = [t for b in self._bases(document) if (t := self._repo.imports.within(b, tail)) is not None]
        return sorted(found, key=lambda t: isinstance(t, Folder))

    def _has(self, target: Target, name: str) -> bool:
        if isinstance(target, Opaque) or self._submodule(target, name) is not None:
            return True
        if not isinstance(target, Module) or target.tree is None:
            return False
        is_bound = name in self._repo.names.bindings(target) or bool(self._repo.names.exported(target, name))
        return is_bound or "__getattr__" in target.definitions

    def _submodule(self, target: Target, name: str) -> Target | None:
        return None if isinstance(target, Opaque) else self._repo.imports.submodule(target, name)


def parse_example(text: str) -> tuple[ast.Module | None, str, int | None]:
    """The tree of a Python example; else the problem and its line within the text.

    It may be a module or the body of an async function; prompts are left out, a bare signature may lack its body.
    """
    bare = _without_prompts(textwrap.dedent(text))
    problem, line = "", None
    for candidate in _readings(bare):
        try:
            return ast.parse(candidate), "", None
        except SyntaxError as error:
            problem, line = problem or f"does not parse: {error.msg}", line or error.lineno
        except (ValueError, RecursionError, MemoryError, OverflowError) as error:
            problem, line = problem or f"does not parse: {type(error).__name__}", line or 1
    return None, problem, line


def _readings(text: str) -> Iterator[str]:
    yield text
    lines = text.rstrip().split("\n")
    if any(_HEADER.match(line) for line in lines):
        yield "\n".join(_with_bodies(lines))


def _with_bodies(lines: list[str]) -> Iterator[str]:
    """The lines with `: ...` behind each signature that lacks its body. The number of lines stays the same."""
    for index, (header, end) in enumerate(_headers(lines)):
        del index
        following = next((x for x in lines[end + 1 :] if x.strip() and not x.lstrip().startswith("#")), "")
        has_body = len(following) - len(following.lstrip()) > len(header) - len(header.lstrip()) and following
        code = lines[end].split("  #")[0].rstrip()
        if not has_body:
            lines = [*lines[:end], code.removesuffix(":") + ": ...", *lines[end + 1 :]]
    yield from lines


def _headers(lines: list[str]) -> Iterator[tuple[str, int]]:
    """Each signature with the place of its last line."""
    for start, line in enumerate(lines):
        if not _HEADER.match(line):
            continue
        depth = 0
        for end in range(start, len(lines)):
            depth += sum(lines[end].count(c) for c in "([{") - sum(lines[end].count(c) for c in ")]}")
            if depth <= 0:
                yield line, end
                break


def _without_prompts(text: str) -> str:
    """The input of an interactive session; what it printed becomes blank."""
    lines = text.split("\n")
    if not any(line.startswith(">>> ") for line in lines):
        return text
    return "\n".join(_PROMPT.sub("", line) if _PROMPT.match(line) else "" for line in lines)
