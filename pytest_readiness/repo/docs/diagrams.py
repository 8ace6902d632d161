"""Diagrams in documents: Mermaid, PlantUML, boxes drawn in text, images."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pytest_readiness.repo.docs.boxes import boxes_problem
from pytest_readiness.repo.docs.model import Document, Fence, Link, Section

_FRONT = re.compile(r"\A\s*---\n.*?\n---\n", re.DOTALL)
_MERMAID = re.compile(
    r"^(?:graph|flowchart|flowchart-elk|sequenceDiagram|classDiagram(?:-v2)?|stateDiagram(?:-v2)?|erDiagram"
    r"|C4(?:Context|Container|Component|Dynamic|Deployment)|requirementDiagram|architecture(?:-beta)?|block(?:-beta)?"
    r"|journey|gantt|pie|mindmap|timeline|gitGraph|quadrantChart|sankey(?:-beta)?|xychart(?:-beta)?|packet(?:-beta)?"
    r"|kanban|zenuml|radar(?:-beta)?)\b"
)
_EDGE = re.compile(
    r"[<ox]?(?:-{2,}|={2,}|-\.+-?|~{3})(?:[>ox]|\||\s|\w)|-?->>?|--?[x)]\s*\S|[|}][|o]?(?:--|\.\.)[|o]|<\|(?:--|\.\.)|[*o]--|--[*o]"
    r"|\.\.>|\.\.\|>|\bRel\w*\(|\bBiRel\w*\(|:[LRTB]\s*<?--?>?\s*[LRTB]:"
)
_QUOTED = re.compile(r'"[^"\n]*"')
_ER_MARKS = re.compile(r"[|}][|o](?:--|\.\.)[|o][|{]")
_SHAPE = re.compile(r">(?=[^\[\]\n>-]*\])")
_OPENS_BLOCK = {
    "graph": r"^subgraph\b",
    "flowchart": r"^subgraph\b",
    "sequence": r"^(?:alt|opt|loop|par|critical|break|rect|box)\b",
    "block": r"^block\b(?!-beta)",
}
_PAIRS = {")": "(", "]": "[", "}": "{"}
_PLANTUML = re.compile(r"@start\w*(.*)@end\w*", re.DOTALL)
_PLANT_EDGE = re.compile(r"\S\s*[<*o#x|]*(?:-[-\[\]\w#]*-|-|\.+|=+)[>|*o#x\\/]+\s*\S|\bRel\w*\(")
_TEXT = frozenset({"", "text", "txt", "ascii", "plaintext", "plain", "diagram", "asciiart"})
_PICTURE = (".png", ".svg", ".jpg", ".jpeg", ".gif", ".webp", ".avif")


@dataclass(frozen=True)
class Diagram:
    """Something drawn. `text` is what it names: the source, or an image's text and file name."""

    kind: str
    """mermaid, plantuml, boxes or image."""
    text: str
    path: str
    line: int
    problem: str = ""
    """Why it is none; "" for a diagram."""


def diagrams(part: Document | Section, size: Callable[[Link], int | None]) -> Iterator[Diagram]:
    """The diagrams of a document or section, and what only looks like one. `size` gives the bytes of an image's file,
    None where it does not exist."""
    path = part.path
    for fence in part.fences:
        if kind := _kind(fence):
            yield Diagram(kind, fence.text, path, fence.line, _PROBLEMS[kind](fence.text))
    for link in part.links:
        if link.is_image and re.split(r"[?#]", link.target.lower())[0].endswith(_PICTURE) and "://" not in link.target:
            bytes_ = size(link)
            problem = "" if bytes_ else "the image is empty" if bytes_ == 0 else f"{link.target} does not exist"
            yield Diagram("image", f"{link.text} {link.target}", path, link.line, problem)


def _kind(fence: Fence) -> str:
    if fence.language == "mermaid":
        return "mermaid"
    if fence.language in ("plantuml", "puml", "uml") or "@startuml" in fence.text:
        return "plantuml"
    drawn = fence.language in _TEXT and re.search(r"[┌╔╭┏]|\+-{2,}", fence.text)
    return "boxes" if drawn else ""


def mermaid_problem(text: str) -> str:
    """Why a Mermaid fence is no diagram; "" for one."""
    body = _FRONT.sub("", text)
    lines = [line.strip() for line in re.split(r"[\n;]", body) if line.strip() and not line.strip().startswith("%%")]
    if not lines or not _MERMAID.match(lines[0]):
        return "the first line names no type of Mermaid diagram"
    kind = lines[0]
    bare = [_ER_MARKS.sub(" ", _QUOTED.sub('""', line)) for line in lines]
    if not _balanced("\n".join(_SHAPE.sub("[", line) for line in bare)) and not kind.startswith("sequence"):
        return "its brackets do not balance"
    opening = next((p for k, p in _OPENS_BLOCK.items() if kind.startswith(k)), None)
    if opening and sum(bool(re.match(opening, x)) for x in lines[1:]) != sum(x == "end" for x in lines):
        return "a block of it is not closed by end"
    if not any(_EDGE.search(line) for line in lines[1:]):
        return "it has no edge"
    return ""


def plantuml_problem(text: str) -> str:
    """Why a PlantUML fence is no diagram; "" for one."""
    body = _PLANTUML.search(text)
    if not body:
        return "it does not stand between @startuml and @enduml"
    return "" if any(_PLANT_EDGE.search(line) for line in body.group(1).split("\n")) else "it has no relation"


def _balanced(text: str) -> bool:
    open_: list[str] = []
    for char in text:
        if char in "([{":
            open_.append(char)
        elif char in _PAIRS and (not open_ or open_.pop() != _PAIRS[char]):
            return False
    return not open_


_PROBLEMS: dict[str, Callable[[str], str]] = {
    "mermaid": mermaid_problem,
    "plantuml": plantuml_problem,
    "boxes": boxes_problem,
}
