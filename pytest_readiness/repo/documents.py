"""Markdown documents as a CommonMark parser sees them: sections, fences, tables, lists and links, with their lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from markdown_it import MarkdownIt
from markdown_it.token import Token

from pytest_readiness.repo.containers import split
from pytest_readiness.repo.data_files import lines_of
from pytest_readiness.repo.files import Files
from pytest_readiness.repo.scope import Scope
from pytest_readiness.settings import Settings

SIZE_LIMIT = 1_000_000
"""Characters; of a longer document the rest is not read."""
SHELL = frozenset({"bash", "sh", "shell", "console", "zsh", "shell-session", "terminal"})
"""Languages of fences that hold commands."""
_FOLDERS = frozenset({"docs", "doc", "documentation", "wiki", "runbooks", "ops"})
_REPORT_WORDS = frozenset(
    {
        "summary", "report", "complete", "completed", "changelog", "status", "review", "audit", "retrospective",
        "sammanfattning", "rapport", "granskning",
    }
)  # fmt: skip
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)([A-Za-z0-9_]+)\1")
_PROMPT = re.compile(r"^\s*[$>#%]\s+")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Text:
    """A paragraph, a list item's own text, or a table's cell row, as source text with code and link marks."""

    text: str
    line: int


@dataclass(frozen=True)
class Item(Text):
    """A list item."""

    ordered: bool = False
    depth: int = 1


@dataclass(frozen=True)
class Row:
    """A row of a table."""

    cells: tuple[str, ...]
    line: int
    is_header: bool = False


@dataclass(frozen=True)
class Link:
    """A link or image and its target as written."""

    target: str
    text: str
    line: int
    is_image: bool = False


@dataclass(frozen=True)
class Command:
    """A command of a fence; continued lines are joined."""

    text: str
    line: int

    @property
    def words(self) -> list[str]:
        """The words as a shell would see them."""
        return split(self.text)


@dataclass(frozen=True)
class Fence:
    """A code block. `line` is that of its first line of content."""

    language: str
    text: str
    line: int

    @property
    def lines(self) -> list[tuple[int, str]]:
        """Line number and text of each line of content."""
        return list(enumerate(lines_of(self.text), start=self.line))

    @property
    def commands(self) -> list[Command]:
        """The commands of a shell fence; bodies of here-documents and shown output are none."""
        return list(_commands(self)) if self.language in SHELL else []


@dataclass(frozen=True, eq=False)
class Section:
    """A heading and everything up to the next heading of the same or a higher level."""

    document: Document
    title: str
    level: int
    line: int
    end: int
    """The first line that no longer belongs to it."""

    @property
    def path(self) -> str:
        return self.document.path

    def holds(self, line: int) -> bool:
        """Whether a line lies below the heading, inside the section."""
        return self.line < line < self.end

    @property
    def fences(self) -> list[Fence]:
        return [f for f in self.document.fences if self.holds(f.line)]

    @property
    def items(self) -> list[Item]:
        return [i for i in self.document.items if self.holds(i.line)]

    @property
    def rows(self) -> list[Row]:
        return [r for r in self.document.rows if self.holds(r.line)]

    @property
    def paragraphs(self) -> list[Text]:
        return [p for p in self.document.paragraphs if self.holds(p.line)]

    @property
    def links(self) -> list[Link]:
        return [x for x in self.document.links if self.holds(x.line)]

    @property
    def subsections(self) -> list[Section]:
        """Sections inside this one, of any level."""
        return [s for s in self.document.sections if self.holds(s.line)]

    @property
    def commands(self) -> list[Command]:
        return [c for f in self.fences for c in f.commands]


@dataclass(eq=False)
class Document:
    """A parsed Markdown file."""

    path: str
    text: str
    line: int = 1
    fences: list[Fence] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    paragraphs: list[Text] = field(default_factory=list)
    """Paragraphs outside lists and tables."""
    links: list[Link] = field(default_factory=list)
    headings: list[tuple[int, str, int]] = field(default_factory=list)
    """Level, text and line of each heading."""

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[-1]

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """A section for each heading, in order."""
        last = len(lines_of(self.text)) + 1
        found = []
        for index, (level, title, line) in enumerate(self.headings):
            end = next((at for lv, _, at in self.headings[index + 1 :] if lv <= level), last)
            found.append(Section(self, title, level, line, end))
        return tuple(found)

    @property
    def title(self) -> str:
        """The text of the first level-1 heading, "" where there is none."""
        return next((t for lv, t, _ in self.headings if lv == 1), "")

    def matching(self, pattern: str) -> list[Section]:
        """Sections whose heading matches, ignoring case."""
        return [s for s in self.sections if re.search(pattern, s.title, re.IGNORECASE)]

    def outermost(self, pattern: str) -> list[Section]:
        """Matching sections that lie in no other matching one."""
        found = self.matching(pattern)
        return [s for s in found if not any(o.holds(s.line) for o in found)]

    @property
    def commands(self) -> list[Command]:
        return [c for f in self.fences for c in f.commands]


class Documents:
    """The repository's Markdown files, each parsed once, on demand."""

    def __init__(self, files: Files, scope: Scope, settings: Settings) -> None:
        self._files, self._scope, self._settings = files, scope, settings
        self._parsed: dict[str, Document | None] = {}

    @cached_property
    def markdown(self) -> tuple[str, ...]:
        """Paths of all Markdown files outside excluded folders."""
        return tuple(p for p in self._files.ending(".md", ".markdown", ".MD") if not self._scope.excluded(p))

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Paths of the documents: Markdown that says how the system works, no work reports."""
        return tuple(p for p in self.markdown if self.is_document(p))

    def is_document(self, path: str) -> bool:
        """In the root, a README, in a folder of documents or below the backend; no hidden, vendored or test file."""
        folders = path.split("/")[:-1]
        if any(f.startswith(".") for f in folders) or self._scope.is_test(path) or "vendor" in folders:
            return False
        if is_report(path):
            return False
        is_below = path.startswith(self._settings.paths.backend.rstrip("/") + "/")
        return not folders or is_readme(path) or bool(_FOLDERS & set(folders)) or is_below

    @cached_property
    def handbooks(self) -> tuple[str, ...]:
        """Documents that are a README or lie below a docs folder."""
        return tuple(p for p in self.paths if is_readme(p) or "docs" in p.split("/")[:-1])

    def get(self, path: str) -> Document | None:
        """The parsed file; None where it cannot be read."""
        if path not in self._parsed:
            text = self._files.text(path)
            self._parsed[path] = None if text is None else document(path, text[:SIZE_LIMIT])
        return self._parsed[path]

    def all(self, paths: Sequence[str] | None = None) -> Iterator[Document]:
        """The documents, or the parsed files of these paths."""
        for path in self.paths if paths is None else paths:
            found = self.get(path)
            if found is not None:
                yield found


def is_report(path: str) -> bool:
    """A work report by the last word of its name: it says what somebody did, not how the system works."""
    words = _WORD.findall(PurePosixPath(path).stem.lower())
    return bool(words) and words[-1] in _REPORT_WORDS


def is_readme(path: str) -> bool:
    """`README*`, in any case."""
    return path.rsplit("/", 1)[-1].lower().startswith("readme")


def document(path: str, text: str) -> Document:
    """The parsed text; an empty document where the parser gives up."""
    found = Document(path, text)
    try:
        tokens = MarkdownIt("commonmark").enable("table").parse(text)
    except (RecursionError, ValueError, IndexError):
        return found
    _Reader(found).read(tokens)
    return found


class _Reader:
    """Fills a document from the parser's tokens."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._lists: list[bool] = []
        """Whether each list that is open is ordered."""
        self._item_line: int | None = None
        self._row: list[str] | None = None
        self._in_head = False
        self._heading = 0

    def read(self, tokens: list[Token]) -> None:
        line = 1
        for token in tokens:
            line = token.map[0] + 1 if token.map else line
            match token.type:
                case "fence" | "code_block":
                    self._fence(token, line)
                case "heading_open":
                    self._heading = int(token.tag[1:])
                case "bullet_list_open" | "ordered_list_open":
                    self._lists.append(token.type.startswith("ordered"))
                case "bullet_list_close" | "ordered_list_close":
                    self._lists.pop()
                case "list_item_open":
                    self._item_line = line
                case "list_item_close":
                    self._item_line = None
                case "thead_open" | "tbody_open":
                    self._in_head = token.type == "thead_open"
                case "tr_open":
                    self._row = []
                case "tr_close":
                    self._document.rows.append(Row(tuple(self._row or ()), line, self._in_head))
                    self._row = None
                case "inline":
                    self._inline(token, line)

    def _fence(self, token: Token, line: int) -> None:
        language = token.info.strip().split()[0].lower().strip("{}.") if token.info.strip() else ""
        first = line + 1 if token.type == "fence" else line
        self._document.fences.append(Fence(language, token.content, first))

    def _inline(self, token: Token, line: int) -> None:
        self._document.links += _links(token, line)
        if self._heading:
            self._document.headings.append((self._heading, _plain(token), line))
            self._heading = 0
        elif self._row is not None:
            self._row.append(token.content)
        elif self._item_line is not None:
            depth = len(self._lists)
            self._document.items.append(Item(token.content, self._item_line, self._lists[-1], depth))
            self._item_line = None
        elif not self._lists:
            self._document.paragraphs.append(Text(token.content, line))


def _plain(token: Token) -> str:
    """The text without marks."""
    return "".join(c.content for c in token.children or () if c.type in ("text", "code_inline", "softbreak"))


def _links(token: Token, line: int) -> Iterator[Link]:
    children = token.children or []
    for index, child in enumerate(children):
        if child.type in ("softbreak", "hardbreak"):
            line += 1
        elif child.type == "image":
            yield Link(str(child.attrs.get("src", "")), child.content, line, is_image=True)
        elif child.type == "link_open":
            inner = children[index + 1].content if index + 1 < len(children) else ""
            yield Link(str(child.attrs.get("href", "")), inner, line)


def _commands(fence: Fence) -> Iterator[Command]:
    """The commands of a shell fence. Where lines carry a prompt, only those are commands."""
    lines = fence.lines
    has_prompts = any(re.match(r"^\s*\$\s+\S", text) for _, text in lines)
    joined, start, until = "", 0, ""
    for number, text in lines:
        if until:
            until = "" if text.strip() == until else until
            continue
        if not joined and has_prompts and not re.match(r"^\s*\$\s", text):
            continue
        start = start if joined else number
        joined += (" " if joined else "") + (_PROMPT.sub("", text) if has_prompts else text).strip()
        if joined.endswith("\\"):
            joined = joined[:-1].rstrip()
            continue
        if heredoc := _HEREDOC.search(joined):
            until = heredoc.group(2)
        if joined and not joined.startswith("#"):
            yield Command(joined, start)
        joined = ""
    if joined and not joined.startswith("#"):
        yield Command(joined, start)
