"""Do the READMEs of the agent teams tell a newcomer what he needs?"""

from pytest_readiness.authoring import Repo, Units, check, count

from .api_examples import EXAMPLES_DECOYS, EXAMPLES_FALL, EXAMPLES_MEET
from .judged import judge_readme, skip_without_teams
from .readme_examples import readme_proof


@check(severity="medium", effort_days=1, standard="GitHub Docs, About READMEs; Diataxis", **readme_proof("meetmind"))
def test_meetmind_readme_complete(repo: Repo, units: Units) -> None:
    """Does the README of the MeetMind team tell a newcomer what the team is, how to configure, run and test it?

    Passes: a README directly in the team's folder has eight elements. Purpose: a paragraph of at least 20 words before
    the second section. Agents: every agent is named. Configuration: a section names an environment variable. Run: a
    section without dead references has a command that starts one of the team's service modules, or compose, docker run
    or make. LLM: a section names a provider and the fallback. Tests: a section runs pytest on a path that exists, or
    make test, unittest, npm test. Troubleshooting: at least two entries hold a fence or inline code. References: none
    in the whole README is dead.
    Falls short: an element is missing (score 100 x elements / 8); there is no README in the team's folder. Headings
    without body, TODO, a README in a sub-folder or a demo script of the same team, code files named instead of
    explained are not enough.
    Unknown: the repository has no agent team.
    Impact: Only the team that wrote MeetMind can run, test or repair it.
    Recommendation: Add the missing sections to the team's README and repair or remove each dead link, path and URL.
    """
    judge_readme(repo, units, "meetmind")


@check(severity="medium", effort_days=1, standard="GitHub Docs, About READMEs; Diataxis", **readme_proof("agent_svea"))
def test_agent_svea_readme_complete(repo: Repo, units: Units) -> None:
    """Does the README of the Agent Svea team tell a newcomer what the team is, how to configure, run and test it?

    Passes: a README directly in the team's folder has eight elements. Purpose: a paragraph of at least 20 words before
    the second section. Agents: every agent is named. Configuration: a section names an environment variable. Run: a
    section without dead references has a command that starts one of the team's service modules, or compose, docker run
    or make. LLM: a section names a provider and the fallback. Tests: a section runs pytest on a path that exists, or
    make test, unittest, npm test. Troubleshooting: at least two entries hold a fence or inline code. References: none
    in the whole README is dead.
    Falls short: an element is missing (score 100 x elements / 8); there is no README in the team's folder. Headings
    without body, TODO, a README in a sub-folder or a demo script of the same team, code files named instead of
    explained are not enough.
    Unknown: the repository has no agent team.
    Impact: Only the team that wrote Agent Svea can run, test or repair it.
    Recommendation: Add the missing sections to the team's README and repair or remove each dead link, path and URL.
    """
    judge_readme(repo, units, "agent_svea")


@check(
    severity="medium",
    effort_days=1,
    standard="GitHub Docs, About READMEs; Diataxis",
    **readme_proof("felicias_finance"),
)
def test_felicias_finance_readme_complete(repo: Repo, units: Units) -> None:
    """Does the README of the Felicia's Finance team tell a newcomer what the team is, how to configure, run, test it?

    Passes: a README directly in the team's folder has eight elements. Purpose: a paragraph of at least 20 words before
    the second section. Agents: every agent is named. Configuration: a section names an environment variable. Run: a
    section without dead references has a command that starts one of the team's service modules, or compose, docker run
    or make. LLM: a section names a provider and the fallback. Tests: a section runs pytest on a path that exists, or
    make test, unittest, npm test. Troubleshooting: at least two entries hold a fence or inline code. References: none
    in the whole README is dead.
    Falls short: an element is missing (score 100 x elements / 8); there is no README in the team's folder. Headings
    without body, TODO, a README in a sub-folder or a demo script of the same team, code files named instead of
    explained are not enough.
    Unknown: the repository has no agent team.
    Impact: Only the team that wrote Felicia's Finance can run, test or repair it.
    Recommendation: Add the missing sections to the team's README and repair or remove each dead link, path and URL.
    """
    judge_readme(repo, units, "felicias_finance")


@check(
    severity="medium",
    effort_days=1,
    standard="Diataxis, how-to guides; Python docs, ast",
    meets=EXAMPLES_MEET,
    falls_short=EXAMPLES_FALL,
    decoys=EXAMPLES_DECOYS,
)
def test_llm_integration_examples(repo: Repo, units: Units) -> None:
    """Does every agent team show a working example of calling the LLM service?

    Passes: a README in or below the team's folder has a Python fence that parses, imports at least one module of the
    repository, imports only what exists, and calls a method of the LLM service on some object with keyword arguments
    that the method takes, none of them an Ellipsis.
    Falls short: a team without one (score 100 x teams with / teams). A fence that does not parse or imports a module
    or name that does not exist, an example that calls a vendor SDK directly, pseudo-code, an untagged fence, a call
    with a parameter that the service does not have.
    Unknown: the repository has no agent team.
    Impact: New agents call the model in their own way, past caching, cost control and fallback.
    Recommendation: Put one runnable example per team in its README, importing the real service, and parse the examples
    in CI.
    """
    skip_without_teams(repo)
    count(units, [repo.handbook.examples.of_team(team) for team in repo.handbook.teams])
