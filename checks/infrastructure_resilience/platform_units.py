"""What the checks of the facade and of failover share."""

from pytest_readiness.authoring import Place, Repo, Units, unknown


def needs_facade(repo: Repo) -> bool:
    """Whether there is a facade to judge. Ends the check where the repository has nothing to do with one."""
    if not repo.resilience.applies:
        path = repo.settings.paths.facade
        way_out = "set paths.facade and services, or disable the check"
        unknown(f"no facade at {path}, and neither a cloud nor a language model is used: {way_out}")
    return repo.resilience.problem is None


def bad_for_all(repo: Repo, units: Units, names: tuple[str, ...]) -> None:
    """Count every unit as bad, since there is no facade that could be used."""
    problem = repo.resilience.problem
    assert problem is not None
    for name in names:
        units.bad(name, *existing(repo, problem), note=problem.note)


def existing(repo: Repo, place: Place) -> list[Place]:
    """The place, where its file exists; nothing for a file that is missing."""
    return [place] if place.path in repo.files.path_set else []
