"""Command line and settings file -> Settings, read once, with a note for everything that was not as it should be.

A wrong value on the command line is the caller's to mend: UsageProblem, exit status 4. A wrong value in the settings
of the repository never stops an audit: the default takes its place and a note says so in the report.
"""

from __future__ import annotations

import copy
import math
import os
import stat
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pytest_readiness.bundled import data_dir
from pytest_readiness.check_modules import categories
from pytest_readiness.redact import mask
from pytest_readiness.settings import (
    LONGEST_TIMEOUT,
    FailOn,
    Settings,
    SettingsModel,
    Team,
    inside,
    settings_of,
)
from pytest_readiness.wording import closest

SETTINGS_FILE, PROJECT_FILE = "readiness.toml", "pyproject.toml"
LARGEST_SETTINGS_FILE = 1_000_000
"""Bytes; a larger settings file is not read."""
REPORT_TYPES = ("md", "json", "term")
SHOWN_VALUE = 60
"""Characters of a wrong value that a note shows."""


class UsageProblem(Exception):
    """The audit was asked for in a way that cannot be done; the text names the thing, the place and the way out."""


class Unreadable(Exception):
    """A settings file that cannot be used; the text says why."""


@dataclass(frozen=True)
class ReportTarget:
    """One report to write: its type, and the file to write it to (None: the type's usual place)."""

    type: str
    dest: Path | None = None


@dataclass(frozen=True)
class Loaded:
    """What rules an audit: settings after all fallbacks, the reports to write, and what was not as it should be."""

    settings: Settings
    reports: tuple[ReportTarget, ...]
    notes: tuple[str, ...]


# ---------------------------------------------------------------------------------------------------- option values


def parse_report_target(text: str) -> ReportTarget:
    """`TYPE` or `TYPE:FILE`. Raises ValueError on an unknown type, an empty file, or a file for `term`."""
    kind, colon, dest = text.partition(":")
    if kind not in REPORT_TYPES:
        raise ValueError(f"unknown report type {kind!r}{near(kind, REPORT_TYPES)}; types are {', '.join(REPORT_TYPES)}")
    if colon and kind == "term":
        raise ValueError("'term' is the terminal and takes no file")
    if colon and (not dest.strip() or not dest.isprintable()):
        raise ValueError(f"no usable file after '{kind}:'")
    return ReportTarget(kind, Path(dest) if colon else None)


def parse_fail_under(text: str) -> float:
    """A score from 0 to 100. Raises ValueError on anything else, NaN included."""
    value = _number(text)
    if not 0 <= value <= 100:
        raise ValueError("must be a score from 0 to 100")
    return value


def parse_timeout(text: str) -> float:
    """Seconds, more than 0 and at most a day. Raises ValueError on anything else."""
    value = _number(text)
    if not 0 < value <= LONGEST_TIMEOUT:
        raise ValueError(f"must be seconds, more than 0 and at most {LONGEST_TIMEOUT:g}")
    return value


def parse_fail_on(text: str) -> FailOn:
    """The least severe gap that closes the gate, or `never`. Raises ValueError on any other word."""
    if text not in get_args(FailOn):
        raise ValueError(f"must be one of {', '.join(get_args(FailOn))}{near(text, get_args(FailOn))}")
    return cast(FailOn, text)


def near(word: str, known: Iterable[str]) -> str:
    """` (did you mean 'x'?)` where a known word resembles this one, else nothing."""
    found = closest(word, known)
    return f" (did you mean {found!r}?)" if found else ""


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError("is not a number")
    return value


_PARSERS: dict[str, Callable[[str], Any]] = {
    "fail_under": parse_fail_under,
    "fail_on": parse_fail_on,
    "timeout": parse_timeout,
}


# ------------------------------------------------------------------------------------------------------- repository


def find_root(start: Path) -> Path:
    """The repository that holds a folder: the nearest one upwards with `.git`, readiness.toml or `[tool.readiness]`.

    Raises UsageProblem where the folder is missing, no folder, unreadable, or in no repository.
    """
    folder = _readable_folder(start)
    for candidate in (folder, *folder.parents):
        if _is_root(candidate):
            return candidate
    raise UsageProblem(
        f"no repository at {folder} or above it: there is no .git, no {SETTINGS_FILE} and no [tool.readiness] in a "
        f"{PROJECT_FILE}. Name the repository (pytest --readiness PATH), or put an empty {SETTINGS_FILE} at its root."
    )


def _readable_folder(start: Path) -> Path:
    try:
        folder = start.resolve(strict=True)
        with os.scandir(folder):
            return folder
    except NotADirectoryError:
        problem, way_out = "is not a directory", f"Name the folder of the repository, e.g. {start.parent}"
    except PermissionError:
        problem, way_out = "may not be read by this user", "Give read access, or run as the user who owns it"
    except (OSError, RuntimeError, ValueError):  # RuntimeError: a loop of links; ValueError: a NUL in the name
        problem, way_out = "does not exist", "Check the spelling; the path is relative to the current folder"
    raise UsageProblem(f"cannot audit {str(start)!r}: it {problem}. {way_out}.")


def _is_root(folder: Path) -> bool:
    if any(os.path.lexists(folder / name) for name in (".git", SETTINGS_FILE)):
        return True
    try:
        return _table(folder, PROJECT_FILE) is not None
    except Unreadable:
        return False


# ---------------------------------------------------------------------------------------------------- settings files


def _table(root: Path, name: str) -> object:
    """The readiness settings in a file of the root, None where there are none. Raises Unreadable."""
    path = root / name
    if not os.path.lexists(path):
        return None
    data = _toml(path, root)
    if name == SETTINGS_FILE:
        return data
    tool = data.get("tool")
    return tool.get("readiness") if isinstance(tool, dict) else None


def _toml(path: Path, root: Path) -> dict[str, Any]:
    try:
        if not path.resolve(strict=True).is_relative_to(root.resolve()):
            raise Unreadable("it is a link to a file outside the repository")
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise Unreadable("it is not a regular file")
        if found.st_size > LARGEST_SETTINGS_FILE:
            raise Unreadable(f"it is larger than {LARGEST_SETTINGS_FILE} bytes")
        return tomllib.loads(path.read_text("utf-8"))
    except UnicodeDecodeError:
        raise Unreadable("it is not UTF-8 text") from None
    except RecursionError:
        raise Unreadable("it is nested too deeply") from None
    except ValueError as error:
        raise Unreadable(f"it is not valid TOML: {error}") from None
    except (OSError, RuntimeError) as error:
        raise Unreadable(f"it cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _read(root: Path) -> tuple[str, dict[str, Any], list[str]]:
    """Name of the settings file, what stands in it, and notes. readiness.toml wins over pyproject.toml."""
    source = SETTINGS_FILE if os.path.lexists(root / SETTINGS_FILE) else PROJECT_FILE
    notes = _overruled(root) if source == SETTINGS_FILE else []
    try:
        table = _table(root, source)
    except Unreadable as error:
        return source, {}, [*notes, f"{source}: {error}; default settings are used."]
    if table is not None and not isinstance(table, dict):
        return source, {}, [f"{source}: tool.readiness must be a table; default settings are used."]
    return source, cast(dict[str, Any], table or {}), notes


def _overruled(root: Path) -> list[str]:
    try:
        ignored = _table(root, PROJECT_FILE) is not None
    except Unreadable:
        return []
    why = f"{SETTINGS_FILE} stands beside it and wins; keep one of the two"
    return [f"{PROJECT_FILE}: [tool.readiness] is ignored, because {why}."] if ignored else []


# ---------------------------------------------------------------------------------------------------------- loading


def load(root: Path, cli: Mapping[str, Any], cwd: Path | None = None) -> Loaded:
    """What rules the audit of `root`. Command line wins over the settings file, that over the defaults.

    `cli` holds what was given on the command line, as typed: `report` (a list of TYPE[:DEST], relative to `cwd`),
    `fail_under`, `fail_on`, `timeout`; None or absent where it was not given. Raises UsageProblem on a wrong one.
    """
    given = {key: _typed(key, text) for key, text in cli.items() if key in _PARSERS and text is not None}
    source, table, notes = _read(root)
    settings, more = _validated(source, table, root)
    asked = [_asked(text, cwd or Path.cwd()) for text in cli.get("report") or ()]
    reports = asked or [_placed(parse_report_target(text), root) for text in settings.report]
    notes = [mask(note) for note in (*notes, *more)]
    return Loaded(settings.model_copy(update=given), tuple(dict.fromkeys(reports)), tuple(notes))


def _typed(key: str, text: str) -> Any:
    try:
        return _PARSERS[key](text)
    except ValueError as error:
        raise UsageProblem(f"--readiness-{key.replace('_', '-')}={text}: {error}") from None


def _asked(text: str, base: Path) -> ReportTarget:
    try:
        return _placed(parse_report_target(text), base)
    except ValueError as error:
        raise UsageProblem(f"--readiness-report={text}: {error}") from None


def _placed(target: ReportTarget, base: Path) -> ReportTarget:
    return target if target.dest is None else ReportTarget(target.type, base / target.dest)


def _validated(source: str, table: Mapping[str, Any], root: Path) -> tuple[Settings, list[str]]:
    """Settings from a table; what is wrong is dropped, smallest part first, until the rest is right."""
    kept = copy.deepcopy(dict(table))
    notes: list[str] = []
    while problems := dict([*_schema_problems(kept)] or [*_domain_problems(kept, root)]):
        notes += [_note(source, place, _drop(kept, place), problem) for place, problem in _deepest_first(problems)]
    return settings_of(kept), notes


def _deepest_first(problems: dict[tuple[str, ...], str]) -> list[tuple[tuple[str, ...], str]]:
    """So that no place is dropped before one that lies inside it."""
    return sorted(problems.items(), key=lambda item: -len(item[0]))


def _schema_problems(table: dict[str, Any]) -> Iterable[tuple[tuple[str, ...], str]]:
    """Where the table is not what Settings wants: the deepest key that stands in it, and what is wrong there."""
    try:
        settings_of(table)
    except ValidationError as error:
        yield from ((_existing(table, one["loc"]), _words(one)) for one in error.errors())


def _domain_problems(table: dict[str, Any], root: Path) -> Iterable[tuple[tuple[str, ...], str]]:
    """What types cannot say: report targets, weights that add up to nothing."""
    problems = [_report_problem(text, root) for text in table.get("report", ())]
    if any(problems):
        yield ("report",), next(filter(None, problems))
    ours = {category.id: category.weight for category in categories(data_dir("checks"))}
    weights = table.get("weights", {})
    if not any((ours | weights).values()):
        yield ("weights",), "every category weighs nothing"


def _report_problem(text: str, root: Path) -> str:
    try:
        dest = parse_report_target(text).dest
        if dest is not None and not (root / inside(str(dest))).resolve().is_relative_to(root.resolve()):
            return f"{text!r} writes through a link that leads out of the repository"
    except (ValueError, OSError, RuntimeError) as error:
        return f"{text!r}: {error}"
    return ""


# -------------------------------------------------------------------------------------- places in a table, and notes


def _existing(table: Mapping[str, Any], loc: Iterable[str | int]) -> tuple[str, ...]:
    """The longest beginning of a location that is a key path of the table; a list counts as one value."""
    place: list[str] = []
    here: Any = table
    for key in loc:
        if not isinstance(here, dict) or key not in here:
            break
        place.append(str(key))
        here = here[key]
    return tuple(place)


def _drop(table: dict[str, Any], place: tuple[str, ...]) -> Any:
    """Take the value at a key path out of the table."""
    for key in place[:-1]:
        table = table[key]
    return table.pop(place[-1])


def _words(error: ErrorDetails) -> str:
    """What is wrong, for people."""
    key = str(error["loc"][-1])
    match error["type"]:
        case "extra_forbidden":
            return f"unknown key{near(key, _fields(error['loc'][:-1]))}"
        case "missing":
            return f"needs {key!r}"
    return error["msg"].removeprefix("Value error, ").replace("Input should be", "must be")


def _fields(loc: tuple[str | int, ...]) -> Iterable[str]:
    """The keys that may stand in the table at a location."""
    kind = Settings.model_fields[str(loc[0])].annotation if loc else Settings
    table = isinstance(kind, type) and issubclass(kind, SettingsModel)
    return (kind if table else Team).model_fields  # type: ignore[union-attr]


def _instead(place: tuple[str, ...]) -> str:
    """What takes the place of a value that was dropped."""
    here: Any = Settings().model_dump()
    for key in place:
        if not isinstance(here, dict) or key not in here:
            return "it is ignored"
        here = here[key]
    return f"the default {_short(here)} is used"


def _note(source: str, place: tuple[str, ...], value: Any, problem: str) -> str:
    path = place if source == SETTINGS_FILE else ("tool", "readiness", *place)
    key = ".".join(part if part.isprintable() else repr(part) for part in path)
    return f"{source}: {key} = {_short(value)}: {problem}; {_instead(place)}."


def _short(value: Any) -> str:
    shown = repr(list(value) if isinstance(value, tuple) else value)
    return shown if len(shown) <= SHOWN_VALUE else f"{shown[:SHOWN_VALUE]}…"
