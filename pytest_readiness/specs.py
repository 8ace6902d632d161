"""Decorator + docstring + place of the file -> CheckSpec, or a SpecError that names file, line and field."""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pytest_readiness.authoring.decorator import EXAMPLES_ATTRIBUTE, Proof
from pytest_readiness.models import CategorySpec, CheckSpec, ProvedBy

SECTIONS = {"Passes": "passes", "Falls short": "falls_short", "Unknown": "unknown", "Impact": "impact",
            "Recommendation": "recommendation"}  # fmt: skip
_HEADING = re.compile(rf"^({'|'.join(SECTIONS)}):[ \t]*", re.MULTILINE)
CHECK_PREFIX, FILE_PREFIX = "test_", "check_"


class SpecError(Exception):
    """A check declares itself wrongly; the message names file, line and field."""


def spec_of(function: Callable[..., Any], facts: Mapping[str, Any], path: Path) -> CheckSpec:
    """The spec of a check function. `facts` are its marker's keyword arguments, `path` the file it stands in.

    Raises SpecError where a fact is missing, misspelt or of the wrong type.
    """
    category, criterion = path.parent.name, path.stem.removeprefix(FILE_PREFIX)
    name = function.__name__.removeprefix(CHECK_PREFIX)
    source = f"{category}/{path.name}:{function.__code__.co_firstlineno}"
    prefix = f"{category}.{criterion}"
    declared = dict(facts)
    declared["depends_on"] = tuple(d if "." in d else f"{prefix}.{d}" for d in declared.get("depends_on", ()))
    known = {"id": f"{prefix}.{name}", "category": category, "criterion": criterion, "name": name, "source": source,
             "proved_by": proved_by(proof_of(function))}  # fmt: skip
    try:
        return CheckSpec.model_validate(declared | sections(inspect.getdoc(function) or "") | known)
    except ValidationError as error:
        raise SpecError(f"{source}: check '{name}': {_problems(error)}") from error


def sections(docstring: str) -> dict[str, str]:
    """Title and the labelled paragraphs of a check's docstring, each on one line."""
    parts = _HEADING.split(docstring)
    found = {"title": _one_line(parts[0])} if parts[0].strip() else {}
    labelled = zip(parts[1::2], parts[2::2], strict=True)
    return found | {SECTIONS[label]: _one_line(text) for label, text in labelled}


def proof_of(function: Callable[..., Any]) -> Proof:
    """The examples beside a check."""
    return getattr(function, EXAMPLES_ATTRIBUTE, Proof((), (), ()))


def proved_by(proof: Proof) -> ProvedBy:
    """How many examples and decoys stand beside a check."""
    return ProvedBy(examples=len(proof.meets) + len(proof.falls_short), decoys=len(proof.decoys))


def category_of(folder: Path) -> CategorySpec:
    """The category of a folder of checks, from its category.toml. Raises SpecError where it is missing or wrong."""
    file = folder / "category.toml"
    try:
        data = tomllib.loads(file.read_text("utf-8"))
        criteria = [{"id": key, **value} for key, value in data.pop("criteria", {}).items()]
        return CategorySpec.model_validate({**data, "id": folder.name, "criteria": criteria})
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise SpecError(f"{folder.name}/category.toml: {_problems(error)}") from error


def _problems(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())


def _one_line(text: str) -> str:
    return " ".join(text.split())
