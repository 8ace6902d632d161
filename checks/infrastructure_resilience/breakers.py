"""What the checks of circuit breakers share: the breaker of each service, and what it does when it is driven."""

from collections.abc import Iterator

from pytest_readiness.authoring import Place, Repo, Units

from .platform_units import bad_for_all, needs_facade

COUNTS = (1, 100)
"""Failures after which a breaker may open; below 1 it is a share."""
SECONDS = (1, 900)
"""How long a breaker may stay open."""
PROPERTIES = {
    "opens": "failing calls do not open it at its threshold",
    "rejects": "open, it does not raise without running the callable",
    "probes": "once the wait is over it does not become half-open and run the callable",
    "closes": "successes in half-open do not close it and clear the failure count",
    "reopens": "a failure in half-open does not open it and start the wait anew",
}
"""Property of a breaker -> what is wrong where it is missing."""


def judge_guarded(repo: Repo, units: Units) -> None:
    """Count for each service whether every call of its primary implementation runs inside a breaker of its own."""
    if not needs_facade(repo):
        bad_for_all(repo, units, repo.resilience.required)
        return
    for name, guarding in repo.guarding.all.items():
        held = [b.place for b in guarding.breakers]
        idle = [b.place for b in guarding.idle]
        if not held:
            note = "a breaker is held for it, but none of its calls runs inside it" if idle else "it has no breaker"
            units.bad(name, *(idle or guarding.bare or accessors(repo, name)), *guarding.bare[:1], note=note)
        elif guarding.shared:
            units.bad(name, *held, note=f"its breaker is that of {', '.join(guarding.shared)} too")
        elif guarding.bare:
            units.bad(name, *dict.fromkeys(guarding.bare), note=guarding.bare[0].note)
        else:
            units.good(name, *held[:1], guarding.guarded[0], note="every call runs inside a breaker of its own")


def judge_threshold(repo: Repo, units: Units) -> None:
    """Count for each service whether its breaker opens after an explicit, sane number of failures."""
    for name, setting, driven, place in held_breakers(repo, units, "threshold"):
        where = [p for p in (setting.site, setting.compared) if p] if setting else [place]
        if setting is None:
            units.bad(name, *where, note="no threshold that was set decides when its breaker opens")
        elif not (COUNTS[0] <= setting.value <= COUNTS[1] or 0 < setting.value < 1):
            units.bad(name, *where, note=f"it opens after {setting.value:g} failures, outside 1-100")
        elif driven is not None and driven.failures is None:
            units.bad(name, *where, note="its breaker never opens")
        elif driven is not None and not driven.forgets:
            units.bad(name, *where, note="neither success nor time clears the failure count")
        else:
            units.good(name, *where, note=f"opens at {setting.value:g}")


def judge_recovery(repo: Repo, units: Units) -> None:
    """Count for each service whether its breaker stays open for an explicit, sane time."""
    for name, setting, _, place in held_breakers(repo, units, "recovery"):
        where = [p for p in (setting.site, setting.compared) if p] if setting else [place]
        if setting is None:
            units.bad(name, *where, note="no duration that was set decides when its breaker tries again")
        elif not SECONDS[0] <= setting.value <= SECONDS[1]:
            units.bad(name, *where, note=f"it stays open for {setting.value:g} s, outside 1-900 s")
        else:
            units.good(name, *where, note=f"stays open for {setting.value:g} s")


def held_breakers(repo: Repo, units: Units, setting: str) -> Iterator[tuple]:  # type: ignore[type-arg]
    """Name, setting, driven breaker and place of each service that holds a breaker; the others fall."""
    if not needs_facade(repo):
        bad_for_all(repo, units, repo.resilience.required)
        return
    for name, guarding in repo.guarding.all.items():
        if guarding.held is None:
            units.bad(name, *accessors(repo, name), note="it has no breaker")
            continue
        driven = repo.guarding.driven(guarding.held)
        source = repo.guarding.library(guarding.held) or driven
        yield name, getattr(source, setting, None), driven, guarding.held.place


def judge_recovers(repo: Repo, units: Units) -> None:
    """Count the properties of the state machine, and whether calls still reach a breaker that is open."""
    if not needs_facade(repo):
        bad_for_all(repo, units, (*PROPERTIES, "reachable"))
        return
    guarding = [g for g in repo.guarding.all.values() if g.breakers]
    if not guarding:
        for name in (*PROPERTIES, "reachable"):
            units.bad(name, *accessors(repo), note="no breaker guards a required service")
        return
    driven = {b: repo.guarding.driven(b) for g in guarding for b in g.breakers[:1]}
    for name, wrong in PROPERTIES.items():
        short = [b for b, d in driven.items() if d is not None and not getattr(d, name)]
        places = [p for b in (short or driven) for p in repo.guarding.evidence(b, name)]
        units.decide(name, not short, *dict.fromkeys(places), note=wrong if short else "")
    around = list(dict.fromkeys(repo.guarding.led_around.values()))
    note = around[0].note if around else "callers run every call through the breaker, whatever its state"
    units.decide("reachable", not around, *(around or guarding[0].guarded[:1]), note=note)


def accessors(repo: Repo, name: str = "") -> list[Place]:
    """Where the facade hands out the service, else the facade itself."""
    found = repo.resilience.accessors.get(name)
    return [found] if found else [repo.resilience.cls] if repo.resilience.cls else []
