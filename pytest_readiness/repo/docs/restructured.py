"""reStructuredText, read as Markdown is. docutils parses it; it may read no file, and is imported only when needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, ClassVar

from docutils import nodes
from docutils.frontend import get_default_settings
from docutils.parsers.rst import Directive, Parser, directives
from docutils.utils import new_document

from pytest_readiness.repo.docs.model import Document, Fence, Item, Link, Row, Text

_FENCES = ("code", "code-block", "sourcecode", "prompt", "console", "code-tab")
_DRAWINGS = {"mermaid": "mermaid", "uml": "plantuml", "plantuml": "plantuml", "graphviz": "dot"}
_AROUND = (
    "tabs", "tab", "tab-set", "tab-item", "group-tab", "dropdown", "details", "collapse", "seealso", "versionadded",
    "versionchanged", "deprecated", "only", "grid", "grid-item", "grid-item-card", "card", "container",
)  # fmt: skip
"""Directives of Sphinx around ordinary text."""
_BLOCKS = (
    nodes.paragraph,
    nodes.literal_block,
    nodes.doctest_block,
    nodes.row,
    nodes.title,
    nodes.image,
    nodes.comment,
)


def restructured(path: str, text: str) -> Document:
    """The parsed text; an empty document where the parser gives up."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    found = Document(path, text)
    try:
        _Reader(found).read(_parsed(text))
        found.sort()
    except Exception:  # docutils raises all kinds on broken input; such a document says nothing
        return Document(path, text)
    return found


def _parsed(text: str) -> nodes.document:
    _know_directives()
    settings = get_default_settings(Parser)
    settings.file_insertion_enabled = settings.raw_enabled = False
    settings.report_level = settings.halt_level = 5
    settings.syntax_highlight, settings.warning_stream = "none", False
    document = new_document("", settings)
    Parser().parse(text, document)
    return document


class _Options(dict[str, Callable[[str], Any]]):
    """Takes every option of a directive."""

    def __missing__(self, name: str) -> Callable[[str], Any]:
        return lambda value: value or ""


_ANY = _Options(name=lambda value: value or "")


class _Fence(Directive):
    """A block of code: its language is the first argument, else the directive's name."""

    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Callable[[str], Any]] | None] = _ANY
    has_content = True

    def run(self) -> list[nodes.Node]:
        words = self.arguments[0].split() if self.arguments else [""]
        language = _DRAWINGS.get(self.name, words[0].lower())
        text = "\n".join(self.content) + "\n"
        block = nodes.literal_block(text, text, language=language)
        block.line = self.content_offset + 1
        return [block]


class _Around(Directive):
    """A container: what stands in it is read as if it stood outside."""

    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Callable[[str], Any]] | None] = _ANY
    has_content = True

    def run(self) -> list[nodes.Node]:
        around = nodes.container()
        self.state.nested_parse(self.content, self.content_offset, around)
        return [around]


class _Highlight(Directive):
    """`.. highlight:: bash`: the language of the plain blocks that follow."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, Callable[[str], Any]] | None] = _ANY

    def run(self) -> list[nodes.Node]:
        return [nodes.comment("", "", highlight=self.arguments[0].strip().lower())]


@cache
def _know_directives() -> None:
    """Make Sphinx's directives known to docutils; they stay so in this process."""
    for name in (*_FENCES, *_DRAWINGS):
        directives.register_directive(name, _Fence)
    for name in _AROUND:
        directives.register_directive(name, _Around)
    directives.register_directive("highlight", _Highlight)


class _Reader:
    """Fills a document from docutils' nodes."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._language = ""
        self._head: tuple[str, ...] = ()
        self._begun: set[int] = set()
        """Items whose own text is read."""

    def read(self, tree: nodes.document) -> None:
        self._targets = {name: t["refuri"] for t in tree.findall(nodes.target) if "refuri" in t for name in t["names"]}
        for node in tree.findall(lambda n: isinstance(n, _BLOCKS)):
            above = list(_ancestors(node))
            if any(isinstance(a, nodes.system_message) for a in above):
                continue
            if isinstance(node, nodes.comment):
                self._language = node.get("highlight", self._language)
            elif isinstance(node, nodes.literal_block | nodes.doctest_block):
                self._fence(node)
            elif isinstance(node, nodes.title):
                self._title(node, above)
            elif isinstance(node, nodes.row):
                self._row(node)
            elif isinstance(node, nodes.image):
                self._image(node)
            elif isinstance(node, nodes.paragraph):
                self._paragraph(node, above)

    def _fence(self, node: nodes.Element) -> None:
        language = "pycon" if isinstance(node, nodes.doctest_block) else node.get("language", self._language)
        self._document.fences.append(Fence(language, node.astext() + "\n", node.line or 1))

    def _title(self, node: nodes.title, above: list[nodes.Node]) -> None:
        if above and isinstance(above[0], nodes.section):
            level = sum(isinstance(a, nodes.section) for a in above)
            line = max((node.line or 2) - 1, 1)
            self._document.headings.append((min(level, 6), " ".join(node.astext().split()), line))

    def _row(self, node: nodes.row) -> None:
        cells = tuple(e.astext().replace("\n", " ") for e in node.children if isinstance(e, nodes.entry))
        is_header = isinstance(node.parent, nodes.thead)
        self._head = cells if is_header else self._head if node.parent.index(node) or self._has_head(node) else ()
        line = next((p.line for p in node.findall(nodes.paragraph) if p.line), 1)
        self._document.rows.append(Row(cells, line, is_header, self._head))

    @staticmethod
    def _has_head(node: nodes.row) -> bool:
        group = node.parent.parent
        return any(isinstance(c, nodes.thead) for c in group.children)

    def _image(self, node: nodes.image) -> None:
        self._document.links.append(Link(node["uri"], node.get("alt", ""), node.line or _line(node), is_image=True))

    def _paragraph(self, node: nodes.paragraph, above: list[nodes.Node]) -> None:
        self._document.links += self._links(node)
        if any(isinstance(a, nodes.row) for a in above):
            return
        line = node.line or _line(node)
        first = node.children[0] if node.children else None
        bold = first.astext().strip() if isinstance(first, nodes.strong) else ""
        codes = tuple(c.astext() for c in node.findall(nodes.literal))
        item = next((a for a in above if isinstance(a, nodes.list_item)), None)
        if item is not None and id(item) not in self._begun:
            self._begun.add(id(item))
            lists = [a for a in above if isinstance(a, nodes.bullet_list | nodes.enumerated_list)]
            is_ordered = isinstance(lists[0], nodes.enumerated_list)
            number = lists[0].get("start", 1) + lists[0].index(item) if is_ordered else 0
            text = Item(node.rawsource, line, node.astext(), bold, codes, is_ordered, len(lists), number)
            self._document.items.append(text)
            self._document.texts.append(text)
            return
        plain = Text(node.rawsource, line, node.astext(), bold, codes)
        self._document.texts.append(plain)
        if item is None:
            self._document.paragraphs.append(plain)

    def _links(self, node: nodes.paragraph) -> Iterator[Link]:
        for reference in node.findall(nodes.reference):
            named = self._targets.get(nodes.fully_normalize_name(reference.get("refname", "")), "")
            target = reference.get("refuri", named)
            if target:
                yield Link(target, reference.astext(), node.line or _line(node))


def _ancestors(node: nodes.Node) -> Iterator[Any]:
    above = node.parent
    while above is not None:
        yield above
        above = above.parent


def _line(node: nodes.Node) -> int:
    """The line of the nearest node around it that knows one."""
    return next((a.line for a in _ancestors(node) if a.line), 1)
