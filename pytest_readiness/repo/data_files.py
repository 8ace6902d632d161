"""Data files (YAML, JSON, TOML, .env, ini) as trees in which every value knows its line.

Parsed without recursion and without building objects: depth, aliases and odd tags of a file cannot hurt.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import yaml

from pytest_readiness.repo.files import Files

DEPTH_LIMIT = 100
"""Deepest nesting that is read; a file that goes deeper is not read as data."""
SIZE_LIMIT = 2_000_000
"""Characters; a larger file is not read as data."""
MESSAGE = 120
"""Most characters of a parser's complaint that are kept."""
EXPRESSION = "expression"
"""Tag of a value that is computed; its text is the name it is computed from, where there is one."""
NAME = "name"
"""Tag of a value that is a name of a library: `aws_cdk.aws_logs.RetentionDays.ONE_MONTH`."""
EITHER = "either"
"""Tag of a value that may be one of several, as elements."""

Scalar = str | int | float | bool | None
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVER: Any = yaml.resolver.Resolver()
_BRACKETS = re.compile(r"[\[\]{}]")
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+')
_ENV_LINE = re.compile(r"^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*=[ \t]*(.*)$")
_INI_LINE = re.compile(r"^([A-Za-z_][^=:#;\[]*?)\s*[=:]\s*(.*)$")
_TOML_HEADER = re.compile(r"^\s*\[{1,2}\s*([^\]]+?)\s*\]{1,2}\s*(?:#.*)?$")
_TOML_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_.-]|"[^"]*"|'[^']*'|\s*\.\s*)+?)\s*=""")


@dataclass(frozen=True, eq=False)
class Datum:
    """A value of a data file or of infrastructure code, with the place it stands at (under a key: the key's line).

    `tag` is a YAML short tag (`!Ref`), the dotted name of what a call constructs, or EXPRESSION, NAME, EITHER.
    """

    path: str
    line: int
    value: Scalar | tuple[Datum, ...] | dict[str, Datum]
    tag: str = ""

    @property
    def text(self) -> str | None:
        """The value of a plain string, else None."""
        return self.value if isinstance(self.value, str) and not self.tag else None

    @property
    def is_true(self) -> bool:
        """Whether it is a literal true ("true" of templates that write everything as text too), whichever it is."""
        if self.tag == EITHER:
            return all(d.is_true for d in self.elements)
        return not self.tag and (self.value is True or self.value in ("true", "True", "yes"))

    @property
    def is_set(self) -> bool:
        """Whether it holds anything: a computed value does, null and the empty text do not."""
        if self.tag == EITHER:
            return all(d.is_set for d in self.elements)
        return self.tag == EXPRESSION or (self.value is not None and self.value not in ("", ()))

    @property
    def entries(self) -> dict[str, Datum]:
        """The entries of a mapping; none for anything else."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def elements(self) -> tuple[Datum, ...]:
        """The elements of a sequence; none for anything else."""
        return self.value if isinstance(self.value, tuple) else ()

    def get(self, *keys: str) -> Datum | None:
        """The value below these keys, compared by letters and digits alone (`StorageEncrypted` is `storage_encrypted`).

        A sequence on the way stands for its first element, as blocks of Terraform do.
        """
        found: Datum | None = self
        for key in keys:
            while found is not None and isinstance(found.value, tuple):
                found = found.value[0] if found.value else None
            if found is None:
                return None
            found = next((d for k, d in found.entries.items() if plain(k) == plain(key)), None)
        return found

    def walk(self) -> Iterator[tuple[tuple[str, ...], Datum]]:
        """Every value below (itself first) with the keys that lead there; what aliases share comes once."""
        seen: set[int] = set()
        todo: list[tuple[tuple[str, ...], Datum]] = [((), self)]
        while todo:
            keys, datum = todo.pop()
            if id(datum) in seen:
                continue
            seen.add(id(datum))
            yield keys, datum
            below = [((*keys, k), d) for k, d in datum.entries.items()] + [(keys, d) for d in datum.elements]
            todo += reversed(below)


def lines_of(text: str) -> list[str]:
    """The lines of a text as editors count them: form feeds and other separators of Unicode end none."""
    lines = text.replace("\r\n", "\n").split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def plain(name: str) -> str:
    """The name's letters and digits in lower case: equal for CamelCase, snake_case and kebab-case."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


class DataFiles:
    """The repository's data files, each parsed once, on demand."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._parsed: dict[str, tuple[Datum, ...]] = {}
        self.problems: dict[str, str] = {}
        """Files that were asked for and do not parse -> why."""

    def documents(self, path: str) -> tuple[Datum, ...]:
        """The documents of a file by its name's ending; none where it is no data file or does not parse."""
        if path not in self._parsed:
            self._parsed[path] = tuple(self._read(path))
        return self._parsed[path]

    def _read(self, path: str) -> list[Datum]:
        text = self._files.text(path)
        try:
            return read(path, text) if text is not None else []
        except NotDataError as error:
            self.problems[path] = str(error)
            return []

    @cached_property
    def yaml_paths(self) -> tuple[str, ...]:
        return tuple(self._files.ending(".yaml", ".yml"))

    @cached_property
    def json_paths(self) -> tuple[str, ...]:
        return tuple(self._files.ending(".json"))


class NotDataError(ValueError):
    """A file that does not parse as what its name says; the message tells why."""


def parsed(path: str, text: str) -> list[Datum]:
    """The documents of a text, by the ending of its path; none where it does not parse."""
    try:
        return read(path, text)
    except NotDataError:
        return []


def read(path: str, text: str) -> list[Datum]:
    """The documents of a text, by the ending of its path; none for another kind. Raises NotDataError."""
    if len(text) > SIZE_LIMIT:
        raise NotDataError(f"more than {SIZE_LIMIT // 1_000_000} million characters of data")
    try:
        return _documents(path, text)
    except (RecursionError, MemoryError) as error:
        raise NotDataError("nested too deeply") from error
    except (ValueError, yaml.YAMLError) as error:
        raise NotDataError(f"does not parse: {' '.join(str(error).split())[:MESSAGE]}") from error


def _documents(path: str, text: str) -> list[Datum]:
    match kind_of(path):
        case "yaml":
            return yaml_documents(path, text)
        case "json":
            return json_documents(path, text)
        case "toml":
            return [_Toml(path, text).document()]
        case "env":
            return [_lines_document(path, text, _ENV_LINE)]
        case "ini":
            return [_lines_document(path, text, _INI_LINE)]
    return []


def kind_of(path: str) -> str | None:
    """yaml, json, toml, env or ini; None for a file of another kind."""
    name = path.rsplit("/", 1)[-1].lower()
    if name.startswith(".env") or name.endswith(".env"):
        return "env"
    endings = {"yaml": "yaml", "yml": "yaml", "json": "json", "toml": "toml", "template": "yaml",
               "ini": "ini", "cfg": "ini", "conf": "ini", "properties": "ini"}  # fmt: skip
    return endings.get(name.rpartition(".")[2]) if "." in name else None


def yaml_documents(path: str, text: str) -> list[Datum]:
    """The documents of a YAML text. Raises ValueError or YAMLError where it does not parse."""
    if _deep_brackets(text):
        raise ValueError("nested too deeply")
    builder = _YamlBuilder(path)
    for event in yaml.parse(text, Loader=_LOADER):
        builder.add(event)
    return builder.documents


def json_documents(path: str, text: str) -> list[Datum]:
    """The value of a JSON text, as a list of one. Raises ValueError where it does not parse."""
    if _deep_brackets(text):
        raise ValueError("nested too deeply")
    json.loads(text)  # the tokens below are only trusted in a valid text
    return [_JsonBuilder(path, text).document()]


def _deep_brackets(text: str) -> bool:
    depth = 0
    for found in _BRACKETS.finditer(text):
        depth += 1 if found.group() in "[{" else -1
        if depth > DEPTH_LIMIT:
            return True
    return False


class _Frame:
    """A mapping or sequence that is being read."""

    def __init__(self, line: int, tag: str, anchor: str | None, is_mapping: bool) -> None:
        self.line, self.tag, self.anchor, self.is_mapping = line, tag, anchor, is_mapping
        self.key: Datum | None = None
        self.entries: dict[str, Datum] = {}
        self.merged: dict[str, Datum] = {}
        self.elements: list[Datum] = []

    def add(self, datum: Datum) -> None:
        if not self.is_mapping:
            self.elements.append(datum)
        elif self.key is None:
            self.key = datum
        elif self.key.value == "<<":
            self.merged |= {k: v for d in (datum, *datum.elements) for k, v in d.entries.items()}
            self.key = None
        else:
            self.entries[str(self.key.value)] = Datum(datum.path, self.key.line, datum.value, datum.tag)
            self.key = None

    def close(self, path: str) -> Datum:
        value = self.merged | self.entries if self.is_mapping else tuple(self.elements)
        return Datum(path, self.line, value, self.tag)


class _YamlBuilder:
    """Builds documents from parser events."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.documents: list[Datum] = []
        self._stack: list[_Frame] = []
        self._anchors: dict[str, Datum] = {}

    def add(self, event: yaml.Event) -> None:
        match event:
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._open(event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                frame = self._stack.pop()
                self._put(frame.close(self.path), frame.anchor)
            case yaml.ScalarEvent():
                self._put(_scalar(self.path, event), event.anchor)
            case yaml.AliasEvent():
                self._put(self._aliased(event), None)
            case yaml.DocumentStartEvent():
                self._anchors = {}

    def _open(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        if len(self._stack) >= DEPTH_LIMIT:
            raise ValueError("nested too deeply")
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        self._stack.append(_Frame(_line(event), _short_tag(event.tag), event.anchor, is_mapping))

    def _aliased(self, event: yaml.AliasEvent) -> Datum:
        """What the alias stands for; null for one of a value that is still being read. Raises ValueError for none."""
        if event.anchor in self._anchors:
            return self._anchors[event.anchor]
        if not any(frame.anchor == event.anchor for frame in self._stack):
            raise ValueError(f"nothing is called {event.anchor}")
        return Datum(self.path, _line(event), None)

    def _put(self, datum: Datum, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = datum
        if self._stack:
            self._stack[-1].add(datum)
        else:
            self.documents.append(datum)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _scalar(path: str, event: yaml.ScalarEvent) -> Datum:
    line, tag = _line(event), _short_tag(event.tag)
    if tag or not event.implicit[0]:
        return Datum(path, line, event.value, tag)
    return Datum(path, line, _typed(event.value))


def _short_tag(tag: str | None) -> str:
    """A tag of the file's own (`!Ref`); standard ones and none are empty."""
    return tag if tag and tag != "!" and not tag.startswith("tag:yaml.org") else ""


def _typed(text: str) -> Scalar:
    """A plain YAML scalar as bool, number, null or text (dates stay text)."""
    kind = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False)).rpartition(":")[2]
    try:
        match kind:
            case "bool":
                return text.lower() in ("yes", "true", "on")
            case "int":
                return int(text.replace("_", ""), 0)
            case "float":
                return float(text.replace("_", ""))
    except ValueError:
        return text
    return None if kind == "null" else text


class _JsonBuilder:
    """Builds the value of a JSON text that is known to be valid."""

    def __init__(self, path: str, text: str) -> None:
        self._path, self._text = path, text
        self._stack = [_Frame(1, "", None, is_mapping=False)]
        self._line, self._at = 1, 0

    def document(self) -> Datum:
        for found in _JSON_TOKEN.finditer(self._text):
            self._line += self._text.count("\n", self._at, found.start())
            self._at = found.start()
            self._token(found.group())
        return self._stack[0].elements[0]

    def _token(self, token: str) -> None:
        if token in "{[":
            self._stack.append(_Frame(self._line, "", None, token == "{"))
        elif token in "}]":
            frame = self._stack.pop()
            self._stack[-1].add(frame.close(self._path))
        elif token not in ",:":
            is_plain = token.startswith('"') and "\\" not in token
            self._stack[-1].add(Datum(self._path, self._line, token[1:-1] if is_plain else json.loads(token)))


class _Toml:
    """A TOML text: values by tomllib, lines by looking the keys up in the text."""

    def __init__(self, path: str, text: str) -> None:
        self._path, self._text = path, text

    def document(self) -> Datum:
        return self._datum(tomllib.loads(self._text), (), 1)

    @cached_property
    def _lines(self) -> dict[tuple[str, ...], int]:
        """Key path -> first line that sets it."""
        found: dict[tuple[str, ...], int] = {}
        table: tuple[str, ...] = ()
        for number, line in enumerate(lines_of(self._text), start=1):
            if header := _TOML_HEADER.match(line):
                table = _toml_keys(header.group(1))
                found.setdefault(table, number)
            elif key := _TOML_KEY.match(line):
                found.setdefault((*table, *_toml_keys(key.group(1))), number)
        return found

    def _datum(self, value: Any, keys: tuple[str, ...], line: int) -> Datum:
        line = self._lines.get(keys, line)
        if isinstance(value, Mapping):
            return Datum(self._path, line, {k: self._datum(v, (*keys, k), line) for k, v in value.items()})
        if isinstance(value, list):
            return Datum(self._path, line, tuple(self._datum(v, keys, line) for v in value))
        return Datum(self._path, line, value if isinstance(value, str | int | float | bool) else str(value))


def _toml_keys(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in re.findall(r"""[^."']+|"[^"]*"|'[^']*'""", dotted))


def _lines_document(path: str, text: str, pattern: re.Pattern[str]) -> Datum:
    """NAME=value lines as one mapping; of a name that comes twice the last counts, sections are left out."""
    entries = {}
    for number, line in enumerate(lines_of(text), start=1):
        if found := pattern.match(line):
            entries[found.group(1).strip()] = Datum(path, number, _unquoted(found.group(2)))
    return Datum(path, 1, entries)


def _unquoted(value: str) -> str:
    """The value without its quotes, or without a trailing comment."""
    value = value.strip()
    if value[:1] in ("'", '"') and (end := value.find(value[0], 1)) > 0:
        return value[1:end]
    return re.split(r"\s+[#;]", value, maxsplit=1)[0].strip()
