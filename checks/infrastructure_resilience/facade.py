"""How the checks of the facade judge."""

from pytest_readiness.authoring import Place, Repo, Units

from .platform_units import bad_for_all, existing, needs_facade

FACADE = "facade"


def judge_facade(repo: Repo, units: Units) -> None:
    """Count the facade: importable, accessors for most services that hand out objects, something real behind it."""
    if not needs_facade(repo):
        bad_for_all(repo, units, (FACADE,))
        return
    model = repo.resilience
    assert model.cls is not None
    problems = [p for s in model.accessors if (p := model.coverages.accessor_problem(s)) is not None]
    if problems:
        units.bad(model.cls.name, *problems, note=problems[0].note)
    elif len(model.accessors) * 2 <= len(model.required):
        lacking = ", ".join(s for s in model.required if s not in model.accessors)
        units.bad(model.cls.name, model.cls, note=f"it has no accessor for {lacking}")
    elif not model.coverages.real:
        units.bad(model.cls.name, model.cls, note="no implementation that does anything is registered on either side")
    else:
        units.good(model.cls.name, model.cls, *model.accessors.values(), note="hands out the platform services")


def judge_coverage(repo: Repo, units: Units) -> None:
    """Count each required service that the facade has an accessor and a complete implementation for."""
    model = repo.resilience
    if not needs_facade(repo):
        bad_for_all(repo, units, model.required)
        return
    for service in model.services:
        sides = [model.coverages.on(service, side) for side in model.sides]
        good = [c for c in sides if c.holds]
        shown: list[Place] = [service.accessor] if service.accessor else []
        if service.accessor is None:
            units.bad(service.name, *existing(repo, model.place), note="the facade has no accessor for it")
        elif good:
            units.good(service.name, *shown, *good[0].shown, note="accessor and implementation with every operation")
        else:
            lacking = [p for c in sides for p in c.lacking]
            note = lacking[0].note if lacking else "no implementation is registered on either side"
            units.bad(service.name, *shown, *lacking[:3], note=note)


def judge_modes(repo: Repo, units: Units) -> None:
    """Count each operating mode in which every call goes where the mode says."""
    if not needs_facade(repo):
        bad_for_all(repo, units, ("modes",))
        return
    modes = repo.resilience.modes
    if len(modes) < 2:
        units.bad("modes", repo.resilience.place, note="the facade does not distinguish two operating modes")
    for mode in modes if len(modes) > 1 else ():
        found = repo.resilience.switching.judged(mode)
        note = found.wrong[0].note if found.wrong else "calls go to the sides that the mode names"
        units.decide(mode.name, not found.wrong, *(found.wrong[:3] or found.shown), note=note)


GUARANTEES = ("isolated", "reported", "configured", "consistent", "wired")


def judge_start(repo: Repo, units: Units) -> None:
    """Count each of the five guarantees that the start of the facade gives."""
    if not needs_facade(repo):
        bad_for_all(repo, units, GUARANTEES)
        return
    for guarantee in repo.resilience.starting.guarantees():
        places = guarantee.broken[:5] or guarantee.kept
        note = guarantee.broken[0].note if guarantee.broken else f"{guarantee.name} holds"
        units.decide(guarantee.name, guarantee.holds, *places, note=note)
