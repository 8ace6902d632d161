"""Dockerfiles as stages of instructions."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pytest_readiness.repo.command_lines import shell_words, split
from pytest_readiness.repo.data_files import lines_of

_ESCAPE = re.compile(r"^#\s*escape\s*=\s*([\\`])\s*$", re.IGNORECASE)
_HEREDOC = re.compile(r"(?:^|(?<=\s))\d*<<(-?)(['\"]?)([A-Za-z0-9_.]+)\2(?=\s|$|[;&|>)])")
_TAKES_HEREDOC = frozenset({"RUN", "COPY", "ADD"})
_COMMANDS = frozenset({"RUN", "CMD", "ENTRYPOINT"})
_TAKES_FLAGS = frozenset({"FROM", "RUN", "COPY", "ADD", "HEALTHCHECK"})
_FLAG = re.compile(r"^--([a-z-]+)(?:=(\S*))?\s+")
_SOURCE_LIMIT = 1_000_000
_NO_DOCKERFILES = (".dockerignore", ".md", ".py", ".sh", ".j2", ".jinja", ".template", ".tmpl", ".tpl", ".example")
INSTRUCTIONS = frozenset(
    {
        "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER",
        "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Instruction:
    """One instruction: `COPY --from=build a b` is name COPY, flags {"from": "build"}, value `a b`."""

    name: str
    value: str
    line: int
    flags: dict[str, str] = field(default_factory=dict)
    """The last value of each flag."""
    heredocs: tuple[tuple[str, str], ...] = ()
    """Here-documents, data of the instruction: the word after `<<`, and the body."""
    mounts: tuple[str, ...] = ()
    """The values of all --mount flags of a RUN."""
    is_cut: bool = False
    """A here-document of it has no end."""

    @property
    def heredoc(self) -> str:
        """The bodies of all here-documents."""
        return "\n".join(body for _, body in self.heredocs)

    @property
    def triggered(self) -> Instruction:
        """What an ONBUILD runs in a build on top of the image."""
        name, _, rest = self.value.partition(" ")
        flags, _, value = _flags(rest.strip())
        return Instruction(name.upper(), value, self.line, flags)

    @property
    def words(self) -> list[str]:
        """The arguments: of the JSON form as they are, else split as a shell would."""
        form = json_form(self.value)
        if form is not None:
            return form
        return shell_words(self.value) if self.name in _COMMANDS else split(self.value)

    @property
    def is_json(self) -> bool:
        """Whether the arguments are given as a JSON array (no shell runs)."""
        return json_form(self.value) is not None


@dataclass(frozen=True)
class Stage:
    """One FROM and what follows it."""

    base: str
    name: str
    line: int
    instructions: tuple[Instruction, ...]
    words: tuple[str, ...] = ()
    """All arguments of FROM."""

    def last(self, name: str) -> Instruction | None:
        """The last instruction of that name: the one that counts for CMD, ENTRYPOINT, USER."""
        return next((i for i in reversed(self.instructions) if i.name == name), None)

    def named(self, *names: str) -> list[Instruction]:
        return [i for i in self.instructions if i.name in names]


@dataclass(frozen=True)
class Dockerfile:
    """A Dockerfile's stages; instructions before the first FROM (ARG) are in `head`."""

    path: str
    head: tuple[Instruction, ...]
    stages: tuple[Stage, ...]

    @property
    def folder(self) -> str:
        return posixpath.dirname(self.path)

    @property
    def instructions(self) -> list[Instruction]:
        """All instructions but FROM."""
        return [*self.head, *(i for s in self.stages for i in s.instructions)]

    def stage(self, target: str | None = None) -> Stage | None:
        """The stage of that name or number, else the last one; None in a file without FROM."""
        for number, stage in enumerate(self.stages):
            if target is not None and target in (stage.name, str(number)):
                return stage
        return self.stages[-1] if self.stages else None

    def lineage(self, stage: Stage) -> list[Stage]:
        """The stage, then the stages of this file that it builds on."""
        found = [stage]
        while (below := self._named_before(found[-1].base.lower(), found[-1])) is not None:
            found.append(below)
        return found

    def _named_before(self, name: str, stage: Stage) -> Stage | None:
        return next((s for s in self.stages if s.name and s.name == name and s.line < stage.line), None)

    def source(self, name: str) -> Stage | None:
        """The stage that `--from=name` means: a stage's name or its number; None for anything else."""
        by_name = next((s for s in self.stages if s.name and s.name == name.lower()), None)
        is_index = name.isdecimal() and int(name[:6]) < len(self.stages)
        return by_name or (self.stages[int(name[:6])] if is_index else None)

    def executed(self, stage: Stage) -> list[Instruction]:
        """The instructions that make up the stage, from the stages it builds on upwards; ONBUILD runs one above."""
        found: list[Instruction] = []
        waiting: list[Instruction] = []
        for part in reversed(self.lineage(stage)):
            found += waiting
            waiting = [i.triggered for i in part.named("ONBUILD")]
            found += [i for i in part.instructions if i.name != "ONBUILD"]
        return found

    def inherited(self, stage: Stage, name: str) -> Instruction | None:
        """The instruction of that name that counts: the stage's own last one, else that of a stage it builds on."""
        return next((i for i in reversed(self.executed(stage)) if i.name == name), None)


def is_dockerfile(path: str) -> bool:
    """`Dockerfile`, `Dockerfile.prod`, `api.Dockerfile`, `Containerfile`."""
    name = path.rsplit("/", 1)[-1].lower()
    if name.endswith(_NO_DOCKERFILES):
        return False
    return name.split(".")[0] in ("dockerfile", "containerfile") or name.endswith((".dockerfile", "-dockerfile"))


def dockerfile(path: str, text: str) -> Dockerfile:
    """The parsed file; whatever is no instruction is left out."""
    head: list[Instruction] = []
    stages: list[tuple[Instruction, list[Instruction]]] = []
    for instruction in _instructions(text[:_SOURCE_LIMIT]):
        if instruction.name == "FROM":
            stages.append((instruction, []))
        elif stages:
            stages[-1][1].append(instruction)
        else:
            head.append(instruction)
    return Dockerfile(path, tuple(head), tuple(_stage(f, body) for f, body in stages))


def _stage(first: Instruction, body: list[Instruction]) -> Stage:
    words = first.value.split()
    is_named = len(words) >= 3 and words[1].lower() == "as"
    name = words[2].lower() if is_named else ""
    return Stage(words[0] if words else "", name, first.line, tuple(body), tuple(words))


def _instructions(text: str) -> Iterator[Instruction]:
    lines = lines_of(text)
    escape = _escape(lines)
    number = 0
    while number < len(lines):
        start = number
        logical, number = _logical_line(lines, number, escape)
        name, _, rest = logical.strip().partition(" ")
        if not name or name.startswith("#"):
            continue
        heredocs: list[tuple[str, str]] = []
        is_cut = False
        for dash, _quote, word in _HEREDOC.findall(rest) if name.upper() in _TAKES_HEREDOC else ():
            body, number, ends = _heredoc(lines, number, word, bool(dash))
            heredocs.append((word, body))
            is_cut = is_cut or not ends
        takes_flags = name.upper() in _TAKES_FLAGS
        flags, mounts, value = _flags(rest.strip()) if takes_flags else ({}, (), rest.strip())
        yield Instruction(name.upper(), value, start + 1, flags, tuple(heredocs), mounts, is_cut)


def _escape(lines: list[str]) -> str:
    """The escape character that a parser directive at the top sets."""
    for line in lines:
        if not line.startswith("#"):
            break
        if found := _ESCAPE.match(line.strip()):
            return found.group(1)
    return "\\"


def _logical_line(lines: list[str], number: int, escape: str) -> tuple[str, int]:
    """The joined line that starts here, and the number of the next; comments and blank lines between are dropped."""
    parts: list[str] = []
    while number < len(lines):
        line = lines[number].rstrip()
        number += 1
        if parts and (not line.strip() or line.lstrip().startswith("#")):
            continue
        if not line.endswith(escape) or line.lstrip().startswith("#"):
            parts.append(line.strip())
            break
        parts.append(line[:-1].strip())
    return " ".join(parts).replace("\t", " "), number


def _heredoc(lines: list[str], number: int, word: str, dash: bool) -> tuple[str, int, bool]:
    """The body, the number of the line behind it, and whether it has an end."""
    body: list[str] = []
    while number < len(lines):
        line = lines[number].lstrip("\t") if dash else lines[number]
        number += 1
        if line.rstrip("\r") == word:
            return "\n".join(body), number, True
        body.append(line)
    return "\n".join(body), number, False


def _flags(rest: str) -> tuple[dict[str, str], tuple[str, ...], str]:
    """The flags, the values of --mount, and the rest."""
    flags, mounts = {}, []
    while found := _FLAG.match(rest):
        flags[found.group(1)] = value = found.group(2) or ""
        mounts += [value] if found.group(1) == "mount" else []
        rest = rest[found.end() :]
    return flags, tuple(mounts), rest


def json_form(value: str) -> list[str] | None:
    """The words of a JSON array of texts, else None."""
    if not value.lstrip().startswith("["):
        return None
    try:
        words = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return words if isinstance(words, list) and all(isinstance(w, str) for w in words) else None
