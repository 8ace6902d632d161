"""Markdown as a CommonMark parser sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from markdown_it import MarkdownIt
from markdown_it.token import Token

from pytest_readiness.repo.data_files import lines_of
from pytest_readiness.repo.docs import words
from pytest_readiness.repo.docs.model import Document, Fence, Item, Link, Row, Text

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n((?:(?:[\w.-]+[ \t]*:|[ \t]|#|-[ \t]).*\n|[ \t]*\n)*?)---[ \t]*(?:\n|\Z)")
_TITLE = re.compile(r"""^title[ \t]*:[ \t]*(['"]?)(.+?)\1[ \t]*$""", re.MULTILINE)
_CALLOUT = re.compile(r"^([ \t]*)(?:!!!|\?\?\?\+?|===)[ \t]+\S")
_DIRECTIVE = frozenset({"code", "code-block", "code-cell", "sourcecode", "prompt"})


def markdown(path: str, text: str) -> Document:
    """The parsed text; an empty document where the parser gives up."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    body, caption = _without_front_matter(text)
    found = Document(path, text, caption=caption)
    try:
        tokens = MarkdownIt("commonmark").enable("table").parse(_unfolded(body))
    except (RecursionError, ValueError, IndexError):
        return found
    _Reader(found).read(tokens)
    found.sort()
    return found


def _without_front_matter(text: str) -> tuple[str, str]:
    """The text with blank lines for its front matter, and the title that stands in it."""
    found = _FRONT_MATTER.match(text)
    if not found:
        return text, ""
    title = _TITLE.search(found.group(1))
    return "\n" * found.group().count("\n") + text[found.end() :], title.group(2) if title else ""


def _unfolded(text: str) -> str:
    """Callouts and tabs of MkDocs (`!!! note`, `=== "Linux"`) with their body moved out to their own margin."""
    if not re.search(r"^[ \t]*(?:!!!|\?\?\?|===)[ \t]", text, re.MULTILINE):
        return text
    found, margins = [], [""]
    for line in lines_of(text):
        while len(margins) > 1 and line.strip() and not line.startswith(margins[-1]):
            margins.pop()
        shown = line[4 * (len(margins) - 1) :] if line.strip() else ""
        found.append(shown)
        if _CALLOUT.match(shown):
            indent = line[: len(line) - len(line.lstrip())]
            margins.append(indent + "    ")
    return "\n".join(found) + "\n"


class _Reader:
    """Fills a document from the parser's tokens."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._lists: list[bool] = []
        """Whether each list that is open is ordered."""
        self._item: tuple[int, int] | None = None
        """Line and number of the item that has begun and has said nothing yet."""
        self._row: list[str] | None = None
        self._head: tuple[str, ...] = ()
        self._in_head = False
        self._heading = 0

    def read(self, tokens: list[Token]) -> None:
        line = 1
        for token in tokens:
            line = token.map[0] + 1 if token.map else line
            match token.type:
                case "fence" | "code_block":
                    self._item = None
                    self._document.fences.append(_fence(token, line))
                case "heading_open":
                    self._heading = int(token.tag[1:])
                case "bullet_list_open" | "ordered_list_open":
                    self._lists.append(token.type.startswith("ordered"))
                case "bullet_list_close" | "ordered_list_close":
                    self._lists.pop()
                case "list_item_open":
                    self._item = line, int(token.info) if token.info.isdecimal() and len(token.info) < 10 else 0
                case "list_item_close":
                    self._item = None
                case "inline":
                    self._inline(token, line)
                case "html_block":
                    self._html(token, line)
                case _:
                    self._table(token, line)

    def _table(self, token: Token, line: int) -> None:
        match token.type:
            case "thead_open" | "tbody_open":
                self._in_head = token.type == "thead_open"
            case "tr_open":
                self._row = []
            case "tr_close":
                cells = tuple(self._row or ())
                self._head = cells if self._in_head else self._head
                self._document.rows.append(Row(cells, line, self._in_head, self._head))
                self._row = None

    def _inline(self, token: Token, line: int) -> None:
        self._document.links += _links(token, line)
        if self._heading:
            self._document.headings.append((self._heading, " ".join(_plain(token).split()), line))
            self._heading = 0
        elif self._row is not None:
            self._row.append(token.content)
        else:
            self._text(token, line)

    def _text(self, token: Token, line: int) -> None:
        given = token.content, line, _plain(token), _bold(token), _codes(token)
        if self._item is not None:
            at, number = self._item
            item = Item(given[0], at, *given[2:], self._lists[-1], len(self._lists), number)
            self._document.items.append(item)
            self._document.texts.append(item)
            self._item = None
            return
        text = Text(*given)
        self._document.texts.append(text)
        if not self._lists:
            self._document.paragraphs.append(text)

    def _html(self, token: Token, line: int) -> None:
        self._document.links += _html_links(token.content, line)
        plain = words.without_markup(token.content)
        if plain.strip():
            self._document.texts.append(Text(token.content, line, plain))


def _fence(token: Token, line: int) -> Fence:
    parts = re.split(r"[\s,;]+", re.sub(r"[{}]", " ", token.info).strip())
    names = [p.lower().lstrip(".") for p in parts]
    language = names[1] if names[0] in _DIRECTIVE and len(names) > 1 else names[0]
    return Fence(language, token.content, line + 1 if token.type == "fence" else line)


def _plain(token: Token) -> str:
    """The text without marks; a line for each of the source."""
    ends = ("softbreak", "hardbreak")
    kinds = ("text", "code_inline", *ends)
    return "".join("\n" if c.type in ends else c.content for c in token.children or () if c.type in kinds)


def _bold(token: Token) -> str:
    """What the text begins with in bold type."""
    children = [c for c in token.children or () if not (c.type == "text" and not c.content.strip())]
    if not children or children[0].type != "strong_open":
        return ""
    inside = []
    for child in children[1:]:
        if child.type == "strong_close":
            break
        inside.append(child.content)
    return "".join(inside).strip()


def _codes(token: Token) -> tuple[str, ...]:
    return tuple(c.content for c in token.children or () if c.type == "code_inline")


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
        elif child.type == "html_inline":
            yield from _html_links(child.content, line)


class _HtmlLinks(HTMLParser):
    """Collects the targets of `<a href>` and `<img src>`."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str, int, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        wanted = {"a": "href", "img": "src", "source": "srcset"}.get(tag)
        given = dict(attrs)
        if wanted and given.get(wanted):
            self.found.append((str(given[wanted]), str(given.get("alt") or ""), self.getpos()[0], tag != "a"))


def _html_links(html: str, line: int) -> list[Link]:
    reader = _HtmlLinks()
    try:
        reader.feed(html)
    except (AssertionError, ValueError, RecursionError):
        return []
    return [Link(target, text, line + at - 1, is_image) for target, text, at, is_image in reader.found]
