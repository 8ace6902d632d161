"""Can the system be set up, deployed and mended by those who did not build it?"""

from pytest_readiness.authoring import Repo, Units, check, count_best

from .guide_examples import (
    CLOUD_DECOYS,
    CLOUD_FALLS,
    CLOUD_MEETS,
    GUIDE_DECOYS,
    GUIDE_FALLS,
    GUIDE_MEETS,
    LOCAL_DECOYS,
    LOCAL_FALLS,
    LOCAL_MEETS,
)
from .trouble_examples import TROUBLE_DECOYS, TROUBLE_FALLS, TROUBLE_MEETS


@check(
    severity="high",
    effort_days=2,
    standard="AWS Well-Architected OPS 7; Google SRE book ch. 32 (Production Readiness Review)",
    meets=GUIDE_MEETS,
    falls_short=GUIDE_FALLS,
    decoys=GUIDE_DECOYS,
)
def test_deployment_guide_exists(repo: Repo, units: Units) -> None:
    """Is there a deployment guide of substance?

    Passes: a document whose title or file name is about deployment (it counts as a whole), or the largest section on
    deployment of another, has at least 150 words, a section on prerequisites of at least 10 words in the document, at
    least 5 commands, and at least 3 subsections or an ordered list of at least 3 steps.
    Falls short: an element is missing from the best document (score 25 per element). A title and a table of contents,
    TODO sections, commands quoted in prose, a checklist of ticked boxes, a work report are not enough. Dead references
    are judged by documentation.operational_documentation.deployment_guide_complete.
    Impact: Only those who built the system can put it into production.
    Recommendation: Write a deployment guide with prerequisites, numbered steps and the exact commands.
    """
    count_best(units, repo.instructions.setup.deployment, "no document or section is about deployment")


@check(
    severity="medium",
    effort_days=1,
    standard="The Twelve-Factor App, X Dev/prod parity; Diataxis, tutorials and how-to guides",
    meets=LOCAL_MEETS,
    falls_short=LOCAL_FALLS,
    decoys=LOCAL_DECOYS,
)
def test_local_setup_documented(repo: Repo, units: Units) -> None:
    """Can a new developer get the system running locally from the documentation?

    Passes: one section on local set-up has a section on prerequisites of at least 8 words in its document, a command
    that installs, a command or text that makes an .env file or sets variables, a command that starts the system (a
    service program of the repository, uvicorn or gunicorn, npm start, compose up, make dev), a command that checks it
    (curl, wget, pytest, make test, npm test), and substance without a dead reference.
    Falls short: an element is missing from the best section (score 100 x elements / 6). A start step that names a
    missing folder, make target or compose file, a curl to a route that no code has, "see the wiki" are not enough.
    Impact: New team members lose days before they can run the system.
    Recommendation: Walk through the local setup on a clean machine and correct every step that does not run as written.
    """
    count_best(units, repo.instructions.setup.local, "no section is about local set-up")


@check(
    severity="high",
    effort_days=1,
    standard="AWS Well-Architected OPS 7, SEC 2 and SEC 3",
    meets=CLOUD_MEETS,
    falls_short=CLOUD_FALLS,
    decoys=CLOUD_DECOYS,
)
def test_aws_setup_documented(repo: Repo, units: Units) -> None:
    """Is the set-up of the cloud account and its resources documented?

    Passes: one section whose heading names the cloud and its set-up has a command for credentials (aws configure, aws
    sso login, az login, gcloud auth), a command that makes resources (aws ... create-, cdk deploy, terraform apply, sam
    deploy, a deploy script of the repository), a command that stores a secret, an aws iam command or a step on an IAM
    role, policy or permission, a command that looks at the result, and substance without a dead reference.
    Falls short: an element is missing from the best section (score 100 x elements / 6). A list of AWS services used, a
    checklist, console URLs without steps are not enough.
    Impact: A production account cannot be prepared without the people who did it last time.
    Recommendation: Document credentials, provisioning, secrets, permissions and verification as commands in one
    section.
    """
    count_best(units, repo.instructions.setup.cloud, "no section is about the set-up of the cloud")


@check(
    severity="medium",
    effort_days=1,
    standard="Google SRE book ch. 12 (Effective Troubleshooting); AWS Well-Architected OPS 7",
    meets=TROUBLE_MEETS,
    falls_short=TROUBLE_FALLS,
    decoys=TROUBLE_DECOYS,
)
def test_troubleshooting_guide(repo: Repo, units: Units) -> None:
    """Is there a troubleshooting guide for deploying and operating the system?

    Passes: in a document in the root, in a folder of documents or of the infrastructure code, or about deployment or
    trouble by its title or name, one section on troubleshooting has substance, at least 3 entries, at least 3 entries
    with a code fence as remedy, and no dead reference.
    Falls short: an element is missing from the best section (score 25 per element). A list of error names, remedies
    that say only "check the logs" in prose, scripts or routes that do not exist, an FAQ on features are not enough.
    Impact: Each known problem is solved again from scratch, during an outage.
    Recommendation: Add entries with symptom, cause and the command that fixes it, and remove steps that name missing
    scripts or routes.
    """
    count_best(units, repo.instructions.trouble.sections, "no document on operation has a section on troubleshooting")
