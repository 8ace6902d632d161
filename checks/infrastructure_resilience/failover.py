"""How the checks of failover judge."""

from pytest_readiness.authoring import Repo, Units

from .platform_units import bad_for_all, needs_facade

ENOUGH = 0.7
PROPERTIES = ("default_on", "on_error", "on_open", "fail_back")
EVENTS = ("opened", "used_fallback", "recovered")
LOCAL = "local side"


def judge_failover(repo: Repo, units: Units) -> None:
    """Count each required service whose calls succeed on a local implementation when the managed one fails."""
    model = repo.resilience
    if not needs_facade(repo):
        bad_for_all(repo, units, model.required)
        return
    for service in model.services:
        parts = model.failover.of(service)
        lacking = [(f.name, s) for f in parts for s in f.missing[:2]]
        shown = [s for f in parts for s in f.shown]
        note = f"{lacking[0][0]}: {lacking[0][1].note}" if lacking else "fails over to a complete local implementation"
        units.decide(service.name, not lacking, *([s for _, s in lacking] or shown), note=note)


def judge_automatic(repo: Repo, units: Units) -> None:
    """Count each property of failover that needs nobody to do anything."""
    _judge_findings(repo, units, PROPERTIES)


def judge_logs(repo: Repo, units: Units) -> None:
    """Count each event of a failover that the logs tell."""
    _judge_findings(repo, units, EVENTS)


def _judge_findings(repo: Repo, units: Units, names: tuple[str, ...]) -> None:
    if not needs_facade(repo):
        bad_for_all(repo, units, names)
        return
    model = repo.resilience.failover
    for finding in model.automatic() if names is PROPERTIES else model.events():
        places = finding.missing[:5] or finding.shown
        note = finding.missing[0].note if finding.missing else f"{finding.name} holds"
        units.decide(finding.name, finding.holds, *places, note=note)


def judge_share(repo: Repo, units: Units) -> None:
    """Count the share of all operations that is left on the local side."""
    if not needs_facade(repo):
        bad_for_all(repo, units, (LOCAL,))
        return
    share, findings = repo.resilience.failover.share()
    places = [s for f in findings for s in (*f.missing, *f.shown)]
    said = f"{100 * share:.0f} % of the operations are left on the local side"
    units.part(said, share, *places, note=said, enough=ENOUGH)
