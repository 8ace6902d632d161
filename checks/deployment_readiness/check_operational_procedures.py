"""Is it written down, and set up, what keeps the system running when something goes wrong?"""

from pytest_readiness.authoring import Repo, Units, check

from .elements import count, count_best
from .procedure_examples import (
    BACKUP_DECOYS,
    BACKUP_FALLS,
    BACKUP_MEETS,
    DISASTER_DECOYS,
    DISASTER_FALLS,
    DISASTER_MEETS,
    ROLLBACK_DECOYS,
    ROLLBACK_FALLS,
    ROLLBACK_MEETS,
)


@check(
    severity="high",
    effort_days=2,
    standard="AWS Well-Architected OPS 6 (How do you mitigate deployment risks?); Google SRE book ch. 8",
    depends_on=["deployment_readiness.documentation.deployment_guide_exists"],
    meets=ROLLBACK_MEETS,
    falls_short=ROLLBACK_FALLS,
    decoys=ROLLBACK_DECOYS,
)
def test_rollback_procedure_documented(repo: Repo, units: Units) -> None:
    """Is there a rollback procedure that can be followed and confirmed?

    Passes: one section on rollback with substance has a command, names what it goes back to (a previous version, last
    known good, revision, tag, snapshot, backup), confirms the result (a subsection on verification, or a command that
    checks: curl, validate, verify, health, rollout status, wait, smoke), and has no dead reference.
    Falls short: an element is missing from the best section (score 25 per element); there is no such section with
    substance. A checklist item, a flag name, a heading in a table of contents, a script that exists but that no
    document explains are not enough.
    Impact: A bad release stays in production while the team works out how to undo it.
    Recommendation: Describe for each release type how to return to the last good version and how to confirm that it
    worked, with commands that exist.
    """
    count_best(units, repo.instructions.procedures.rollback, "no section with substance is about rolling back")


@check(
    severity="high",
    effort_days=2,
    standard="AWS Well-Architected REL 9 (How do you back up data?); NIST SP 800-34 Rev. 1; Google SRE book ch. 26",
    meets=BACKUP_MEETS,
    falls_short=BACKUP_FALLS,
    decoys=BACKUP_DECOYS,
)
def test_backup_strategy_documented(repo: Repo, units: Units) -> None:
    """Is it documented what is backed up, how often, how long it is kept and how it is restored?

    Passes: the sections on backups that have substance and no dead reference name, taken together, a data store, a
    schedule, how long backups are kept, and a command that restores.
    Falls short: an element is missing (score 25 per element); there is no such section. "Backup and recovery plan in
    place" in a checklist, one-off backup commands before a release, backups configured in code but explained nowhere,
    log retention are not enough.
    Impact: Customer data may be lost for good, and nobody knows how much.
    Recommendation: Write for each store what is backed up, when, for how long, and the tested restore commands.
    """
    procedures = repo.instructions.procedures
    if not procedures.backup:
        units.bad("backups", *procedures.dead_backup, note="no live section with substance is about backups")
    count(units, procedures.backup)


@check(
    severity="high",
    effort_days=4,
    standard="AWS Well-Architected REL 13 (How do you plan for disaster recovery?); NIST SP 800-34; GDPR Art. 32(1)(c)",
    depends_on=["backup_strategy_documented"],
    meets=DISASTER_MEETS,
    falls_short=DISASTER_FALLS,
    decoys=DISASTER_DECOYS,
)
def test_disaster_recovery_plan(repo: Repo, units: Units) -> None:
    """Is there a disaster recovery plan with objectives and steps?

    Passes: one section on disaster recovery with substance has a recovery time objective with a number, a recovery
    point objective with a number, a command and no dead reference, a second region, zone, account or site (or two
    regions by name), and says how and when it is exercised.
    Falls short: an element is missing from the best section (score 20 per element); there is no such section with
    substance. A checklist item, the words in a list of benefits, failover code, an empty template are not enough.
    Impact: After the loss of a region or an account the business does not know when, or if, the service returns.
    Recommendation: Agree on RTO and RPO per service, write the recovery steps for the second region and exercise them
    twice a year.
    """
    count_best(units, repo.instructions.procedures.disaster, "no section with substance is about disaster recovery")
