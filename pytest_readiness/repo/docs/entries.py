"""Entries of troubleshooting sections, and what in them is a remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_readiness.repo.docs.model import SHELL, Fence, Section, Text

_LABEL = re.compile(
    r"^(?:symptoms?|solutions?|causes?|root causes?|resolutions?|fix(?:es)?|remed(?:y|ies)|workarounds?|diagnos[ei]s"
    r"|steps?|issues?|problems?|errors?|error messages?|expected(?: output| result)?|output|examples?|notes?|impact"
    r"|description|verif(?:y|ication)|prevention|action|what to do|symtom|gör så här|att göra|lösning(?:ar)?"
    r"|orsak(?:er)?|åtgärd(?:er)?"
    r"|problem|fel|felmeddelande|förväntat(?: resultat)?|anmärkning|steg|kontroll|exempel|påverkan"
    r"|beskrivning)\b[^\w]*$",
    re.IGNORECASE,
)
_SYMPTOM = re.compile(
    r"\b(?:symptoms?|symtom|error messages?|felmeddelande|output|expected(?: result)?|förväntat(?: resultat)?"
    r"|logs? shows?|you (?:will )?see|loggen visar)\b[^\w]*$",
    re.IGNORECASE,
)
_PROBLEM = re.compile(r"\b(?:causes?|orsak(?:er)?|problems?|issues?|errors?|fel)\b[^\w]*$", re.IGNORECASE)
"""Labels below which commands may stand that look into it."""
_COMMENT = re.compile(r"^\s*(?:#|//|--\s|;|<!--|rem\b)", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Entry:
    """One problem of a troubleshooting section: a lowest-level subsection or what begins with bold type."""

    section: Section
    title: str
    line: int
    end: int
    """The first line that no longer belongs to it."""

    @property
    def path(self) -> str:
        return self.section.path

    def holds(self, line: int) -> bool:
        return self.line <= line < self.end

    @property
    def texts(self) -> list[Text]:
        return [t for t in self.section.texts if self.holds(t.line)]

    @property
    def fences(self) -> list[Fence]:
        """All of its fences."""
        return [f for f in self.section.fences if self.holds(f.line)]

    @property
    def remedies(self) -> list[Fence]:
        """Fences that hold something to do: more than comments, and not what a symptom looks like."""
        return [f for f in self.fences if says_something(f) and not self._is_shown(f)]

    @property
    def codes(self) -> list[str]:
        """Inline code of its sentences, that of its title left out."""
        body = (t for t in self.texts if t.line != self.line or not t.bold)
        inside = [c for t in self.texts if t.line == self.line and t.bold for c in t.codes if c not in t.bold]
        return [c for t in body for c in t.codes] + inside

    def _is_shown(self, fence: Fence) -> bool:
        """Whether the last label before the fence says that it shows the symptom."""
        before = [t for t in self.texts if t.line < fence.line]
        labels = [t for t in before if _labels(t)]
        last = labels[-1] if labels else None
        if last is None or any(last.line < f.line < fence.line for f in self.fences):
            return False
        label = _label_of(last)
        is_problem = fence.language not in SHELL and _PROBLEM.search(label) is not None
        return is_problem or _SYMPTOM.search(label) is not None


def entries(section: Section) -> list[Entry]:
    """The entries of a section, in order."""
    starts = sorted(_starts(section))
    ends = [line for line, _ in starts] + [s.line for s in section.subsections] + [section.end]
    return [Entry(section, title, line, min(e for e in ends if e > line)) for line, title in starts]


def says_something(fence: Fence) -> bool:
    """More than blank lines and comments; in a shell fence a command."""
    if fence.language in SHELL:
        return bool(fence.commands)
    return any(text.strip() and not _COMMENT.match(text) for _, text in fence.lines)


def _starts(section: Section) -> Iterator[tuple[int, str]]:
    for subsection in section.subsections:
        if not subsection.subsections:
            yield subsection.line, subsection.title
    for text in section.texts:
        if text.bold and not _LABEL.match(text.bold):
            yield text.line, text.bold


def _labels(text: Text) -> bool:
    """Whether the text introduces what follows it: in bold type, or with a colon at its end."""
    return bool(text.bold) or text.plain.rstrip().endswith(":")


def _label_of(text: Text) -> str:
    return text.bold or text.plain.strip().rsplit("\n", 1)[-1]
