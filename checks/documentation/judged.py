"""What the checks of this category share: the elements of a team's README, repositories without teams."""

from pytest_readiness.authoring import Repo, Units, count_best, unknown


def skip_without_teams(repo: Repo) -> None:
    """End the check where the repository has no agent team."""
    if not repo.handbook.teams:
        unknown(
            "no agent team exists in this repository: set [tool.readiness.teams.<team>] files (or folder), "
            "or disable the check with a reason"
        )


def judge_readme(repo: Repo, units: Units, name: str) -> None:
    """Count the eight elements of the team's README."""
    team = repo.handbook.all_teams.get(name)
    if team is None or not team.roles:
        unknown(f"the settings have no roles for team {name}: disable the check with a reason, or set its files")
    skip_without_teams(repo)
    assert team.exists, f"there is no team {name} at {team.path}"
    readmes = [repo.handbook.readme(team, document).elements for document in team.readmes]
    count_best(units, readmes, f"there is no README directly in {team.path}")
