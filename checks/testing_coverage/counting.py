"""What the checks of numbers of tests share."""

from collections import Counter
from collections.abc import Iterator

from pytest_readiness.authoring import Evidence, Place, Repo, Units, needs_models, unknown

NO_TEST = "the repository has no test function that pytest would collect"


def judge_llm_tests(repo: Repo, units: Units) -> None:
    """Count the tests of the LLM integration against the number that there must be."""
    needs_models(repo)
    wanted, tests = repo.settings.tests.min_llm_tests, repo.tested.llm_tests
    found = sum(case.count for case in tests)
    total = sum(case.count for case in repo.suite.counted)
    told = f"{found} tests of the LLM integration count, of {wanted} ({total} tests count in all{_uncounted(repo)})"
    files = Counter[str]()
    for case in tests:
        files[case.path] += case.count
    places = [Evidence(path=p, line=1, note=f"{n} tests of the LLM integration count here") for p, n in files.items()]
    units.part(f"{wanted} tests of the LLM integration", found / wanted, *places, *_reasons(repo), note=told)


def _uncounted(repo: Repo) -> str:
    """For each reason how many test functions do not count, as `; not: 12 skipped by default`."""
    whys = [why.kind for case in repo.suite.cases if (why := repo.suite.why_not_counted(case)) is not None]
    told = ", ".join(f"{n} {kind}" for kind, n in Counter(whys).most_common())
    return f"; not counted: {told}" if told else "" if repo.suite.cases else f"; {NO_TEST}"


def _reasons(repo: Repo) -> Iterator[Place]:
    """One place for each file and reason for which test functions do not count."""
    found: dict[tuple[str, str], list[Evidence]] = {}
    for case in repo.suite.cases:
        why = repo.suite.why_not_counted(case)
        if why is not None:
            row = Evidence(path=why.path, line=why.line, note=why.note)
            found.setdefault((case.path, why.kind), []).append(row)
    for (path, kind), rows in found.items():
        here = "" if rows[0].path == path else f" of {path}"
        yield rows[0].model_copy(
            update={"note": f"{len(rows)} test functions{here} not counted, {kind}: {rows[0].note}"}
        )


def judge_unit_tests(repo: Repo, units: Units) -> None:
    """Count the unit tests and the modules they use against what there must be."""
    wanted, spread = repo.settings.tests.min_unit_tests, repo.settings.tests.min_unit_modules
    tests = repo.tested.unit_tests
    found = sum(case.count for case in tests)
    modules = Counter(m.path for case in tests for m in repo.suite.subjects(case))
    share = min(found / wanted, len(modules) / spread, 1)
    told = f"{found} unit tests of {wanted}, over {len(modules)} product modules of {spread}"
    if not repo.suite.cases:
        told = f"{told}; {NO_TEST}"
    places = [Evidence(path=p, line=1, note=f"{n} unit tests use this module") for p, n in modules.most_common()]
    units.part("unit tests", share, *places, *([] if share >= 1 else _reasons(repo)), note=told)


def judge_seams(repo: Repo, units: Units) -> None:
    """Count the seams of the system that a test joins for real."""
    seams = {"API": repo.tested.seams.api} if repo.web_objects.apps else {}
    if repo.llm.has_agents or repo.llm.calls.all:
        seams |= {
            "AGENT-SERVICE": repo.tested.seams.agent_service,
            "SERVICE-PROVIDER": repo.tested.seams.service_provider,
        }
    if not seams:
        unknown("no web application and no model was found: there is no seam to test; disable the check with a reason")
    for name, places in seams.items():
        units.decide(name, bool(places), *places, note="" if places else MISSING[name])


MISSING = {
    "API": "no test that counts sends a request through the product's application",
    "AGENT-SERVICE": "no test that counts asks an agent that has a real object of the product's LLM service class",
    "SERVICE-PROVIDER": "no test that counts asks the LLM service with only the vendor's client replaced",
}
