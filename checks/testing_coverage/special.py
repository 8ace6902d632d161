"""What the checks of tenants' and breakers' tests need."""

from pytest_readiness.authoring import Repo, Units, unknown

NO_DATA = "no test that counts writes under one tenant's id, looks under another's and asserts that nothing is there"
NO_REQUEST = "no test that counts asks for another tenant's resource and asserts that it is refused"
NOT_SHOWN = {
    "OPENS": "no test that counts makes failing calls through a breaker and asserts that it is open",
    "REJECTS": "no test that counts asserts that the breaker, opened by failing calls, refuses a further one",
    "RECOVERS": "no test that counts lets the recovery time pass, makes a call that works and asserts the closed state",
}


def judge_tenants(repo: Repo, units: Units) -> None:
    """Count the two ways of keeping tenants apart that a test tries."""
    if not repo.tenants.exist:
        unknown("nothing in the product code knows tenants: disable the check with a reason")
    data, request = repo.tested.tenants.data, repo.tested.tenants.request
    units.decide("DATA", bool(data), *data, note="" if data else NO_DATA)
    units.decide("REQUEST", bool(request), *request, note="" if request else NO_REQUEST)


def judge_breakers(repo: Repo, units: Units) -> None:
    """Count the transitions of a circuit breaker that tests show."""
    serves = repo.web_objects.apps or repo.llm.has_agents or repo.llm.calls.all
    if not repo.tested.breakers.exist and not serves:
        unknown("no circuit breaker, no web application and no model was found: disable the check with a reason")
    places = repo.breakers.classes
    for name, shown in repo.tested.breakers.shown.items():
        units.decide(name, bool(shown), *(shown or places), note="" if shown else NOT_SHOWN[name])
