"""What the checks of whole runs share."""

from pytest_readiness.authoring import Repo, Units

SUITE = "the test suite"


def judge_run(repo: Repo, units: Units, path: str, how: str) -> None:
    """Decide whether the suite is known to pass: by what cannot run, and by the JUnit file at the path.

    `how` says under which circumstances the run must be made.
    """
    run = repo.tested.run(path)
    total, proof = len(repo.suite.cases), run.proof
    if run.run is not None and not run.run.problem:
        units.cite(run.run, note=f"{path}: {run.run.summary}")
    if not repo.suite.files:
        units.bad(SUITE, note="the repository has no test function that pytest would collect")
    elif run.unrunnable:
        what = "test functions or files of them" if run.unparsed else f"of {total} test functions"
        note = f"{len(run.unrunnable)} {what} cannot run: {run.unrunnable[0].note}"
        units.bad(SUITE, *run.unrunnable, note=note)
    elif proof is None or (proof.doubt and proof.passed == proof.judged):
        wanted = f"run `python -m pytest --continue-on-collection-errors --junitxml {path}` {how} and keep the file"
        units.unknown(SUITE, note=f"{proof.doubt if proof else 'no result of a run'}: {wanted}")
    else:
        note = f"{proof.passed} of {proof.judged} tests passed in {path}"
        units.part(SUITE, proof.passed / proof.judged, *run.failures, note=note)
