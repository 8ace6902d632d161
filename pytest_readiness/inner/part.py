"""What a run found, as plain facts: of the packaged checks, and of each folder of the user's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import fmean
from typing import Any

from pydantic import ValidationError

from pytest_readiness.check_modules import check_files
from pytest_readiness.engine.assemble import NO_RESULT
from pytest_readiness.inner.audit import Audit
from pytest_readiness.inner.runfolder import IMPORTS
from pytest_readiness.judging import broken
from pytest_readiness.models import CategorySpec, CheckResult, CheckSpec, CollectionError, Model
from pytest_readiness.specs import SpecError, category_of

LISTED = 5


@dataclass(frozen=True)
class Found:
    """What a run left behind; keys of the mappings are node ids."""

    specs: Mapping[str, CheckSpec]
    selected: Sequence[str]
    results: Mapping[str, CheckResult]
    crashed: Mapping[str, str]
    unread: Mapping[str, str]
    """File of checks -> why it could not be collected."""
    ended_early: str
    began_at: datetime
    duration_s: float


class Part(Model):
    """What the checks of one folder found."""

    specs: tuple[CheckSpec, ...] = ()
    results: tuple[CheckResult, ...] = ()
    categories: tuple[CategorySpec, ...] = ()
    errors: tuple[CollectionError, ...] = ()
    partial: tuple[str, ...] = ()
    """Why not all of the checks ran, empty if they did."""


def part_of(found: Found, audit: Audit) -> Part:
    """The facts of a run."""
    categories, errors = categories_of(audit.checks)
    return Part(
        specs=tuple(found.specs.values()),
        results=tuple(results_of(found)),
        categories=tuple(categories),
        errors=(*errors, *unread_files(found, categories)),
        partial=tuple(partial_reasons(found, audit)),
    )


def results_of(found: Found) -> Iterable[CheckResult]:
    """A result for every check that was to run: its own, or that it broke. After an early end: only those there are."""
    yield from (result for node, result in found.results.items() if node not in found.crashed)
    for node in dict.fromkeys([*found.crashed, *found.selected]):
        spec = found.specs.get(node)
        missing = node not in found.results and not found.ended_early
        if spec is not None and (node in found.crashed or missing):
            yield broken(spec, found.crashed.get(node, NO_RESULT))


def partial_reasons(found: Found, audit: Audit) -> Iterable[str]:
    """Why the audit is not a whole one, empty if it is."""
    if found.ended_early:
        yield f"{found.ended_early}, {len(found.results)} of {len(found.specs)} checks ran"
    left_out = len(set(found.specs) - {*found.selected, *found.results, *found.crashed})
    if left_out:
        yield f"{left_out} of {len(found.specs)} checks were deselected"
    seen = {note.what for note in audit.folder.journal.notes() if note.mark == IMPORTS}
    files = [f"{p.parent.name}/{p.name}" for p in check_files(audit.checks) if str(p) not in {*seen, *audit.quarantine}]
    if files and not found.ended_early:
        yield f"{len(files)} files of checks were left out ({', '.join(files[:LISTED])})"


def categories_of(folder: Path) -> tuple[list[CategorySpec], list[CollectionError]]:
    """The categories of a folder of checks. One whose category.toml is wrong weighs as much as the others do."""
    known: list[CategorySpec] = []
    errors: list[CollectionError] = []
    for name in sorted({path.parent.name for path in [*check_files(folder), *folder.glob("*/category.toml")]}):
        try:
            known.append(category_of(folder / name))
        except SpecError as error:
            errors.append(CollectionError(file=f"{name}/category.toml", category=name, message=str(error)))
    weight = fmean([c.weight for c in known]) if known else 1.0
    titles = {str(error.category) for error in errors}
    return [*known, *(CategorySpec(id=t, title=t.replace("_", " "), weight=weight) for t in sorted(titles))], errors


def unread_files(found: Found, categories: Iterable[CategorySpec]) -> Iterable[CollectionError]:
    """Files of checks that could not be collected; the first folder of a node id is the category."""
    known = {category.id for category in categories}
    for node, message in found.unread.items():
        category = node.partition("/")[0]
        yield CollectionError(file=node, category=category if category in known else None, message=message)


def joined(packaged: Part, own: Mapping[str, Any]) -> Part:
    """The packaged checks together with the user's own (folder -> what its run handed over, None for nothing)."""
    for folder, data in own.items():
        packaged = _added(packaged, _beside(packaged, Path(folder).name, data))
    return packaged


def _beside(packaged: Part, folder: str, data: Any) -> Part:
    """What a user's own checks may add: results under ids of their own, categories of their own, errors that zero no
    packaged category."""
    try:
        part = Part.model_validate_json(data)
    except ValidationError:
        lost = "the run of these checks ended without results"
        return Part(errors=(CollectionError(file=folder, category=None, message=lost),))
    ours, taken = {c.id for c in packaged.categories}, {s.id for s in packaged.specs}
    specs = tuple(s for s in part.specs if s.id not in taken)
    theirs = {s.id for s in specs}
    return Part(
        specs=specs,
        results=tuple(r for r in part.results if r.id in theirs),
        categories=tuple(c for c in part.categories if c.id not in ours),
        errors=(
            *(_moved(error, folder, ours) for error in part.errors if not _needs_no_toml(error, ours)),
            *(_clash(spec, folder) for spec in part.specs if spec.id in taken),
        ),
        partial=tuple(f"{folder}: {reason}" for reason in part.partial),
    )


def _moved(error: CollectionError, folder: str, ours: set[str]) -> CollectionError:
    category = None if error.category in ours else error.category
    return error.model_copy(update={"file": f"{folder}/{error.file}", "category": category})


def _needs_no_toml(error: CollectionError, ours: set[str]) -> bool:
    """A folder of a packaged category's name needs no category.toml: the packaged one stands."""
    return error.category in ours and error.file == f"{error.category}/category.toml"


def _clash(spec: CheckSpec, folder: str) -> CollectionError:
    message = f"{spec.id} is the id of a packaged check; rename the function"
    return CollectionError(file=f"{folder}/{spec.source}", category=None, message=message)


def _added(one: Part, other: Part) -> Part:
    return Part(**{name: (*getattr(one, name), *getattr(other, name)) for name in Part.model_fields})
