"""Try a check on an example without starting pytest. For everyone who writes checks.

from pytest_readiness.testing import load_checks, check_example_problems

@pytest.mark.parametrize("loaded", load_checks(Path("readiness_checks")), ids=lambda loaded: loaded.spec.id)
def test_examples(loaded, tmp_path):
    assert check_example_problems(loaded, tmp_path) == []
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_readiness.authoring import Example, Repo, Units
from pytest_readiness.authoring.decorator import Proof
from pytest_readiness.check_modules import LOCAL_PACKAGE, check_files, check_functions, facts_of, import_check_module
from pytest_readiness.judging import ending_of, judge
from pytest_readiness.models import CheckResult, CheckSpec, Status
from pytest_readiness.settings import inside, settings_of
from pytest_readiness.specs import proof_of, spec_of


@dataclass(frozen=True)
class LoadedCheck:
    """A check read from its file: what it declares, its function, its examples and where it stands."""

    spec: CheckSpec
    function: Callable[..., Any]
    proof: Proof
    path: Path


@dataclass(frozen=True)
class Trial:
    """One example of a check, and the list that it stands in: `meets`, `falls_short` or `decoys`."""

    check: LoadedCheck
    kind: str
    number: int
    example: Example

    @property
    def name(self) -> str:
        """`category.criterion.check/kind-number`, for test ids and messages."""
        return f"{self.check.spec.id}/{self.kind}-{self.number}"


def load_checks(folder: Path, package: str = LOCAL_PACKAGE) -> list[LoadedCheck]:
    """Every check below a folder. Raises SpecError, or what importing one of its files raises."""
    return [check for path in check_files(folder) for check in load_file(folder, path, package)]


def load_file(folder: Path, path: Path, package: str = LOCAL_PACKAGE) -> list[LoadedCheck]:
    """The checks of one file of the folder. Raises SpecError, or what importing the file raises."""
    return [loaded(function, path) for function in check_functions(import_check_module(package, folder, path))]


def loaded(function: Callable[..., Any], path: Path) -> LoadedCheck:
    """A check function as if it stood in the file `path`. Raises SpecError where it declares itself wrongly."""
    return LoadedCheck(spec_of(function, facts_of(function), path), function, proof_of(function), path)


def run_check(function: Callable[..., Any], example: Example, folder: Path) -> CheckResult:
    """The check's result on the example, whose files are written into `folder` (made if need be).

    Raises SpecError where the check declares itself wrongly, ValueError where the example does.
    """
    return _run(loaded(function, Path(inspect.getfile(function))), example, folder)


def _run(check: LoadedCheck, example: Example, folder: Path) -> CheckResult:
    write_example(example, folder)
    return run_on(check, Repo(folder, settings_of(example.settings)))


def run_on(check: LoadedCheck, repo: Repo) -> CheckResult:
    """The check's result on a repository."""
    units = Units()
    started = time.perf_counter()
    error = _outcome(check.function, repo, units)
    return judge(check.spec, units, *ending_of(error), duration_s=time.perf_counter() - started)


def write_example(example: Example, folder: Path) -> None:
    """Write the example's files. Raises ValueError where one would lie outside the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in example.contents().items():
        path = folder / inside(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def trials(check: LoadedCheck) -> Iterator[Trial]:
    """Every example of a check."""
    for kind in ("meets", "falls_short", "decoys"):
        for number, example in enumerate(getattr(check.proof, kind), start=1):
            yield Trial(check, kind, number, example)


def check_example_problems(check: LoadedCheck, folder: Path) -> list[str]:
    """What is wrong with a check's examples: what was expected and what came, one text each, empty if all is well."""
    runs = ((trial, folder / f"{trial.kind}-{trial.number}") for trial in trials(check))
    return [problem for trial, place in runs for problem in trial_problems(trial, place)]


def trial_problems(trial: Trial, folder: Path) -> list[str]:
    """Where the verdict on one example, or its evidence, is not what the example says."""
    result = _run(trial.check, trial.example, folder)
    problems = [*_verdict_problems(trial, result), *_evidence_problems(trial.example, result)]
    why = f" ({trial.example.why})" if trial.example.why else ""
    return [f"{trial.name}{why}: {problem}\n  got {result.status} {result.score:g}: {result.details}"
            for problem in problems]  # fmt: skip


def _outcome(function: Callable[..., Any], repo: Repo, units: Units) -> BaseException | None:
    """What the body raised, if anything. An interruption by the user passes through."""
    given = {"repo": repo, "units": units}
    wanted = {name: given[name] for name in inspect.signature(function).parameters}
    try:
        returned = function(**wanted)
        if inspect.isawaitable(returned):
            asyncio.run(_awaited(returned))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # skip and fail derive from BaseException
        return error
    return None


async def _awaited(value: Any) -> None:
    await value


def _verdict_problems(trial: Trial, result: CheckResult) -> Iterator[str]:
    """Expected against got."""
    example = trial.example
    score = 100.0 if trial.kind == "meets" and example.score is None and example.status is None else example.score
    if example.status is not None and result.status != example.status:
        yield f"expected status {example.status}"
    if example.status is None and (result.status is Status.PASS) != (score == 100):
        yield "expected status pass" if score == 100 else "expected it not to pass"
    if example.status is None and result.status in (Status.ERROR, Status.UNKNOWN):
        yield "expected a verdict"
    if score is not None and abs(result.score - score) > 0.05:
        yield f"expected score {score:g}"


def _evidence_problems(example: Example, result: CheckResult) -> Iterator[str]:
    """Evidence that names no file of the example, or a line that the file does not have."""
    lines = {path: content.count(b"\n") + 1 for path, content in example.contents().items()}
    for evidence in result.evidence:
        known = evidence.path in lines or any(path.startswith(f"{evidence.path.rstrip('/')}/") for path in lines)
        if not known:
            yield f"evidence {evidence} names no file of the example"
        elif evidence.line is not None and not 1 <= evidence.line <= lines.get(evidence.path, 0):
            yield f"evidence {evidence} names a line that the file does not have"
