"""Is it documented how the system's services are called?"""

from pytest_readiness.authoring import Place, Repo, Units, check, count, count_best, unknown

from .api_examples import REFERENCE_DECOYS, REFERENCE_FALL, REFERENCE_MEET
from .facade_examples import FACADE_DECOYS, FACADE_FALL, FACADE_MEET
from .fence_examples import FENCES_DECOYS, FENCES_FALL, FENCES_MEET
from .judged import skip_without_teams
from .tool_examples import TOOLS_DECOYS, TOOLS_FALL, TOOLS_MEET

SOUND = "it parses, and what it imports exists"


@check(
    severity="medium",
    effort_days=1,
    standard="Diataxis, reference; PEP 257",
    meets=REFERENCE_MEET,
    falls_short=REFERENCE_FALL,
    decoys=REFERENCE_DECOYS,
)
def test_llm_service_api_documented(repo: Repo, units: Units) -> None:
    """Is every public method of the LLM service documented with its parameters and result?

    Passes: for every public method of the interface that the LLM services derive from, a document in the service's
    folder or in docs/ has a section with substance whose heading names the method, and which names every parameter as a
    whole word and says what comes back.
    Falls short: a method without one (score 100 x documented / methods); no interface in the code; no such document.
    The method in a summary table only, a docstring only, a heading with an example that uses some of the parameters, an
    adapter's own README elsewhere.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: Agent developers guess what the central service takes and returns.
    Recommendation: Write one section per public method with signature, parameters, result, errors and an example.
    """
    interface = repo.handbook.llm_interface
    if interface.root is None and not repo.handbook.teams and not repo.llm.calls.all:
        unknown("there is no LLM service: set [tool.readiness.paths] llm, or disable the check with a reason")
    assert interface.methods, (
        "no interface of an LLM service with public methods was found: set [tool.readiness.paths] llm"
    )
    count(units, [repo.handbook.references.of_method(method) for method in interface.methods])


@check(
    severity="medium",
    effort_days=1,
    standard="Diataxis, reference; PEP 257",
    meets=FACADE_MEET,
    falls_short=FACADE_FALL,
    decoys=FACADE_DECOYS,
)
def test_service_facade_documented(repo: Repo, units: Units) -> None:
    """Is the service facade documented - its modes, its services and how to use it?

    Passes: an outermost section headed "service facade" (or with the facade class's name, or tjänstefasad) has
    substance, names every member of the mode enum in the facade module, names every public get_<x>_service accessor of
    the facade class, and holds a Python example that parses, imports from the facade module and calls something.
    Falls short: an element is missing from the best section (score 25 per element); there is no facade module, or no
    such section with substance. Docstrings alone, a work report on how the facade was built, the facade as a box in a
    diagram are not enough.
    Unknown: the repository has neither a facade nor a client of a managed service.
    Impact: Teams bypass the facade and lose failover and tenant isolation.
    Recommendation: Write docs/service_facade.md with the modes, a table of services and a usage example that imports
    the real module.
    """
    if not repo.resilience.applies:
        unknown("there is neither a facade nor a client of a managed service: disable the check with a reason")
    assert repo.handbook.facade.module is not None, (
        "there is no service facade in the code: set its path in the settings"
    )
    count_best(units, repo.handbook.facade.sections, "no section with substance is about the service facade")


@check(
    severity="medium",
    effort_days=2,
    standard="Model Context Protocol specification, Tools; Diataxis, reference",
    meets=TOOLS_MEET,
    falls_short=TOOLS_FALL,
    decoys=TOOLS_DECOYS,
)
def test_agent_interfaces_documented(repo: Repo, units: Units) -> None:
    """Are the tools that each agent team offers to others documented with their parameters?

    Passes: every MCP tool of the team's code (decorated with @<x>.tool, or an object of a class *Tool with a name)
    stands in a heading, as inline code or in a fence of a section, in the team's documents or in docs/, that also names
    each of its parameters. For a team without tools the same holds for the paths of its HTTP routes.
    Falls short: a team with an undocumented tool, or with neither tools nor routes (score 100 x documented teams /
    teams). Internal method names of agents, tool names in a tree of files, a generic "exposes MCP tools".
    Unknown: the repository has no agent team.
    Impact: Other teams and partners cannot call an agent without reading its source.
    Recommendation: Add a section per tool with its parameters, result and an example call to each team's README,
    generated from the tool schemas.
    """
    skip_without_teams(repo)
    for team in repo.handbook.teams:
        offers = repo.handbook.tools.offered_by(team)
        told = [repo.handbook.references.of_offer(team, offer) for offer in offers]
        missing = [e for e in told if not e.ok]
        note = (
            "; ".join(f"{e.name}: {e.note}" for e in missing[:3])
            if offers
            else "the team offers neither tools nor routes"
        )
        places: list[Place] = [p for e in missing or told for p in e.places] or [team]
        units.decide(team.title, bool(offers) and not missing, *places, note=note if missing or not offers else "")


@check(
    severity="low",
    effort_days=1,
    standard="Diataxis; Python docs, ast",
    meets=FENCES_MEET,
    falls_short=FENCES_FALL,
    decoys=FENCES_DECOYS,
)
def test_code_examples_provided(repo: Repo, units: Units) -> None:
    """Do the code examples of the API documentation parse and import what exists?

    Passes: the READMEs in or below the LLM service's folder and the agents root hold at least one Python fence, and
    every one parses and imports only modules and names of the repository that exist.
    Falls short: a fence tagged as Python that does not parse (an ellipsis after keyword arguments, metric lines, JSON
    with true and false where it does not parse) or that imports a module or name of the repository that does not exist;
    no such fence at all. Fences with another tag or none are not counted. Score 100 x sound / fences.
    Unknown: the repository has neither agents nor an LLM service.
    Impact: Copied examples fail, and developers stop trusting the documentation.
    Recommendation: Parse and import-check every Python fence in CI; tag output, metrics and configuration with their
    own language.
    """
    if not repo.handbook.agent_folders and repo.handbook.llm_interface.folder is None:
        unknown("there are neither agents nor an LLM service: set [tool.readiness.paths] agents and llm")
    for example in repo.handbook.examples.in_reference():
        name = f"{example.path}:{example.fence.line}"
        units.decide(name, example.is_sound, example, note=example.problem or SOUND)
