"""Procedures for rolling back, backups and disasters."""

from pytest_readiness.authoring import Example

ROLLBACK = """# Operating the shop

## Rollback

When a release goes wrong, put the previous version of the task definition back. The registry keeps ten images.

```bash
aws ecs update-service --cluster shop --service api --task-definition shop-api:41
aws ecs wait services-stable --cluster shop --services api
```

The database is never rolled back: migrations are written so that two versions can run beside each other.
"""
SWEDISH_ROLLBACK = """Drift
=====

Återgång
--------

Om en driftsättning går fel lägger vi tillbaka föregående version med Helm. Det tar en minut och kräver inget beslut.

~~~sh
helm rollback butik 0
~~~

### Kontroll

Vänta tills alla poddar är klara, och titta sedan på felen i en kvart.
"""
SCRIPTED_ROLLBACK = """# Runbook

## Rolling back a release

> [!WARNING]
> Tell the people on call first.

| release | script |
| --- | --- |
| API | `ops/rollback.py` |

    This block is indented: it shows output and is no command.

The script takes the tag of the release that is to come back, and nothing else; it asks before it does anything.

```console
$ python ops/rollback.py --tag v1.4.2
rolling back to v1.4.2 ... done
$ curl --fail https://shop.example.com/health
{"version": "v1.4.2"}
```
"""
PLAIN_ROLLBACK = """# Drift

## Gå tillbaka till en äldre version

Blev det fel är det bara att backa. Varje version ligger kvar i registret, så den förra är ett kommando bort, och
databasen behöver inte röras: nya kolumner stör inte gammal kod.

```bash
kubectl rollout undo deployment/butik
kubectl rollout status deployment/butik
```
"""
VAGUE_ROLLBACK = """# Drift

## Återgång

Återgång sker som tidigare beskrivits. Varje driftsättning kan tas tillbaka om det behövs, och detta har gjorts många
gånger utan besvär av dem som kan systemet.
"""
ROLLBACK_MEETS = [
    Example({"docs/operations.md": ROLLBACK}, why="one section with a command and a wait"),
    Example({"docs/drift.md": SWEDISH_ROLLBACK}, why="Swedish, setext headings, a subsection that confirms"),
    Example(
        {"docs/drift.md": PLAIN_ROLLBACK}, why="the version that is there still is called the last one, in Swedish"
    ),
    Example(
        {"runbooks/release.md": SCRIPTED_ROLLBACK, "ops/rollback.py": "print(1)\n"},
        why="a script of the repository, with shown output, an admonition and a table",
    ),
    Example(
        {"docs/operations.md": "# Releases\n\n" + ROLLBACK.replace("# ", "## ").replace("### ", "#### ")},
        why="deeper headings",
    ),
]
ROLLBACK_FALLS = [
    Example({"app.py": "x = 1\n"}, why="no such section", score=0),
    Example({"docs/operations.md": ROLLBACK.replace("```bash", "```")}, why="no command", score=50),
    Example(
        {
            "docs/operations.md": ROLLBACK.replace("the previous version of the task", "the task").replace(
                "images", "days"
            )
        },
        why="it does not say what it goes back to",
        score=75,
    ),
    Example({"docs/operations.md": ROLLBACK.replace("aws ecs wait", "aws ecs tag")}, why="no confirmation", score=75),
    Example({"runbooks/release.md": SCRIPTED_ROLLBACK}, why="the script does not exist", score=75),
]
ROLLBACK_DECOYS = [
    Example({"docs/drift.md": VAGUE_ROLLBACK}, why='"tidigare" that speaks of no version, and no command', score=25),
    Example(
        {"docs/release.md": "# Release\n\n## Checklist\n\n- [x] Rollback plan documented\n- [ ] Backup verified\n"},
        why="a checklist item",
        score=0,
    ),
    Example(
        {"docs/flags.md": "# Flags\n\n## Settings\n\n- `ENABLE_ROLLBACK`: back to the previous version, with a tag\n"},
        why="a flag name",
        score=0,
    ),
    Example(
        {"README.md": "# Shop\n\n## Contents\n\n1. [Rollback](#rollback)\n\n## Rollback\n\nTODO\n"},
        why="a heading in a table of contents",
        score=0,
    ),
    Example({"README.md": "# Shop\n", "scripts/rollback.sh": "helm rollback shop 0\n"}, why="only a script", score=0),
    Example({"docs/ROLLBACK_REPORT.md": ROLLBACK}, why="a work report", score=0),
    Example(
        {
            "docs/operations.md": ROLLBACK.replace(
                "aws ecs wait", "curl -X POST https://shop.example.com/reset #"
            ).replace("--services", "")
        },
        why="a request that changes something confirms nothing",
        score=75,
    ),
    Example(
        {"docs/operations.md": ROLLBACK.replace("aws ecs wait", "aws ecs tag") + "\n### Verification\n\nTODO: write\n"},
        why="a heading on verification with nothing below it",
        score=75,
    ),
]

BACKUP = """# Operating the shop

## Backups

| store | how often | kept for |
| --- | --- | --- |
| Postgres | every night | 35 days |
| S3 uploads | continuous versioning | 90 days |

Bring the database back into a new instance, look at the number of orders, and point the service at it:

```bash
aws rds restore-db-instance-to-point-in-time --source-db-instance-identifier shop --target-db-instance-identifier shop-2
```
"""
SWEDISH_BACKUP = """# Drift

## Säkerhetskopiering

Databasen säkerhetskopieras varje natt, och kopiorna sparas i 30 dagar på ett annat konto.

### Återläsning

Hämta kopian och läs in den i en tom databas. Övas en gång i kvartalet.

```bash
pg_restore --clean --dbname butik kopia.dump
```
"""
NIGHTLY_BACKUP = """# Drift

## Återställning av databasen

Databasen kopieras en gång om dygnet, och kopiorna raderas efter 14 dagar. Så här tar man fram en kopia igen:

```bash
pg_restore --clean --dbname butik kopia.dump
```
"""
VAGUE_BACKUP = """# Drift

## Säkerhetskopior

Varje databas säkerhetskopieras enligt våra rutiner. Kopiorna sparas på en säker plats, och vi kan hämta dem när som
helst om något skulle hända med tjänsten eller med dem som sköter den.
"""
BACKUP_MEETS = [
    Example({"docs/operations.md": BACKUP}, why="a table of stores"),
    Example({"docs/drift.md": SWEDISH_BACKUP}, why="Swedish"),
    Example({"docs/drift.md": NIGHTLY_BACKUP}, why="Swedish: when copies are deleted says how long they are kept"),
    Example(
        {
            "docs/data.md": "# Data\n\n## Backup schedule\n\nDynamoDB tables have point-in-time recovery; on "
            "top of that AWS Backup "
            "takes a copy of each table daily, and the retention of these copies is five weeks in every environment.\n",
            "docs/recovery.md": "# Recovery\n\n## Restoring a table\n\nA table is brought back under a new "
            "name, which the service "
            "is then told by configuration. It takes half an hour for our largest table.\n\n"
            "```bash\naws dynamodb restore-table-to-point-in-time --source-table-name a --target-table-name b\n```\n",
        },
        why="two documents taken together",
    ),
]
BACKUP_MEETS += [
    Example(
        {"docs/operations.md": BACKUP.replace("| S3 uploads |", "| S3: the access log |")},
        why="a log that is backed up, in a table",
    ),
]
BACKUP_FALLS = [
    Example({"app.py": "x = 1\n"}, why="no such section", score=0),
    Example({"docs/operations.md": BACKUP.replace("kept for", "size")}, why="no retention", score=75),
    Example(
        {
            "docs/operations.md": BACKUP.replace("every night", "yes")
            .replace("continuous versioning", "yes")
            .replace("-to-point-in-time", "-from-s3")
        },
        why="no schedule",
        score=75,
    ),
    Example({"docs/operations.md": BACKUP.replace("restore-db-instance-to-point-in-time", "describe")}, score=75),
]
BACKUP_DECOYS = [
    Example({"docs/drift.md": VAGUE_BACKUP}, why="every database, but nothing on how often or how long", score=25),
    Example(
        {
            "docs/release.md": "# Release\n\n## Checklist\n\n- [ ] Backup and recovery plan in place: daily, "
            "keep 30 days\n"
        },
        why='"backup and recovery plan in place" in a checklist',
        score=0,
    ),
    Example(
        {
            "docs/release.md": "# Release\n\n## Backup before the release\n\nTake a copy of the data before "
            "anything else is touched, so "
            "that nothing is lost when it goes wrong and has to be undone again.\n\n"
            "```bash\npg_dump shop > shop.sql\naws rds create-db-snapshot --db-snapshot-identifier before\n```\n"
        },
        why="one-off backup commands before a release",
        score=25,
    ),
    Example(
        {
            "infra/main.tf": 'resource "aws_db_instance" "shop" {\n  backup_retention_period = 35\n}\n',
            "README.md": "# Shop\n\nBackups are in the code.\n",
        },
        why="backups configured in code but explained nowhere",
        score=0,
    ),
    Example(
        {"docs/operations.md": BACKUP.replace("kept for", "size") + "\nThe retention of all logs is 30 days.\n"},
        why="log retention",
        score=75,
    ),
    Example(
        {
            "docs/operations.md": BACKUP.replace("kept for", "size")
            + "\n```bash\naws logs put-retention-policy \\\n  --log-group-name shop \\\n  --retention-in-days 30\n```\n"
        },
        why="a command for log retention, over several lines",
        score=75,
    ),
    Example(
        {"docs/operations.md": BACKUP + "\n```bash\npython scripts/restore.py\n```\n"},
        why="a section with a dead reference does not count",
        score=0,
    ),
]

DISASTER = """# Operating the shop

## Disaster recovery

| service | RTO | RPO |
| --- | --- | --- |
| API | 4 hours | 15 minutes |
| reports | 2 days | 24 hours |

If Stockholm is lost, the stacks are put up in the second region from the copies that lie there:

```bash
cd infra
cdk deploy --all --context region=eu-west-1
aws rds restore-db-instance-from-db-snapshot --db-instance-identifier shop --db-snapshot-identifier latest
```

We hold a drill twice a year and write down how long each step took.
"""
INFRA = {"infra/cdk.json": "{}\n"}
SWEDISH_DISASTER = """# Drift

## Kontinuitetsplan

Återställningstid (RTO): 4 timmar. Återställningspunkt (RPO): 15 minuter.

1. Flytta trafiken från `europe-north1` till `europe-west1`.
2. Läs tillbaka databasen:

   ```bash
   gcloud sql backups restore 17 --restore-instance=butik
   ```

### Övning

Planen övas varje kvartal, och protokollet sparas.
"""
DRILLED_DISASTER = """# Drift

## Haveriplan

Vi har lovat kunderna högst fyra timmars avbrott (RTO: 4 timmar) och får förlora en timmes data (RPO: 1 timme). Faller
Stockholm bort startar vi i en annan AWS-region:

```bash
AWS_REGION=eu-central-1 cdk deploy --all
```

Planen provas skarpt två gånger per år.
"""
UNDECIDED_DISASTER = """# Drift

## Katastrofplan

RTO: ej bestämd. RPO: bestäms i oktober 2025. Planen övas inte ännu. Allt kan flyttas till en annan plats om det skulle
behövas, och då ringer vi Anna, som vet vad som ska göras.
"""
DISASTER_MEETS = [
    Example({"docs/operations.md": DISASTER, **INFRA}, why="objectives for each service in a table"),
    Example({"docs/drift.md": SWEDISH_DISASTER}, why="Swedish: two regions by name, a heading on exercises"),
    Example({"docs/drift.md": DRILLED_DISASTER}, why="Swedish: a region of AWS, a plan that is tried"),
    Example(
        {
            "docs/dr.md": """
            # Business continuity

            ## Objectives

            ### RTO

            The business can be without the service for four hours.

            ### RPO

            It can lose 15 minutes of orders.

            ## Fail over to the standby account

            ```bash
            terraform apply -var account=standby
            ```

            ## Exercises

            - 2025-03-04: game day, 3 h 10 min
            - 2025-09-02: game day, 2 h 45 min
            """
        },
        why="a document as a whole, objectives under headings of their own",
    ),
]
DISASTER_FALLS = [
    Example({"app.py": "x = 1\n"}, why="no such section", score=0),
    Example({"docs/operations.md": DISASTER}, why="the folder does not exist", score=80),
    Example({"docs/operations.md": DISASTER.replace("RPO", "SLA"), **INFRA}, why="no RPO", score=80),
    Example({"docs/operations.md": DISASTER.replace("second region", "cloud"), **INFRA}, why="nowhere to go", score=80),
    Example(
        {"docs/operations.md": DISASTER.replace("We hold a drill", "We meet"), **INFRA}, why="never exercised", score=80
    ),
]
DISASTER_DECOYS = [
    Example({"docs/drift.md": UNDECIDED_DISASTER}, why="objectives to be decided in a year that is a number", score=0),
    Example(
        {"docs/a.md": "# Release\n\n## Checks\n\n- [x] Disaster recovery plan: RTO 4 h, RPO 1 h\n"},
        why="a checklist item",
        score=0,
    ),
    Example(
        {
            "README.md": "# Shop\n\n## Benefits\n\n- Disaster recovery in a second region within 4 hours, RPO "
            "15 minutes\n"
        },
        why="the words disaster recovery in a list of benefits",
        score=0,
    ),
    Example(
        {"failover.py": "REGIONS = ['eu-west-1', 'eu-north-1']\nRTO = 4\n\n\ndef disaster_recovery(): ...\n"},
        why="failover code",
        score=0,
    ),
    Example(
        {
            "docs/dr.md": "# Disaster recovery\n\n- RTO: TBD\n- RPO: TBD (owner: team 2)\n- Region: TBD\n\n"
            "This template is to be filled in by the team that owns the service, together with the business and "
            "the people on call.\n"
        },
        why="an empty template with RTO - TBD",
        score=0,
    ),
    Example(
        {
            "docs/operations.md": DISASTER.replace("We hold a drill twice", "No drill was ever held; we meet twice"),
            **INFRA,
        },
        why="a drill that was never held",
        score=80,
    ),
    Example(
        {"docs/operations.md": DISASTER.replace("put up in the second region", "put up; there is no second region")}
        | INFRA,
        why="a region that does not exist",
        score=80,
    ),
]
