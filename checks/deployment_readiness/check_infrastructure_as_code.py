"""Is the cloud declared as code that can be deployed?"""

from pytest_readiness.authoring import Example, Repo, Units, check, count_best, unknown

from .cloud_examples import APP, CDK, CLIENT, README, SAM, STORAGE, TERRAFORM, TYPESCRIPT, cdk, changed

MOST_DOUBTS = 3
ASSET = """        from aws_cdk import aws_lambda
        aws_lambda.Code.from_asset("{}")
"""
TABLE = 'import boto3\n\ntable = boto3.resource("dynamodb")\n'
TABLES = (
    STORAGE.replace("Storage", "Tables")
    .replace("s3.Bucket", "dynamodb.Table")
    .replace("s3 as s3", "dynamodb as dynamodb")
)


@check(
    severity="high",
    effort_days=8,
    standard="AWS CDK v2 Developer Guide, Apps and Stacks; AWS Well-Architected REL 8",
    meets=[
        Example(CDK),
        Example(
            cdk(
                app="""
                import aws_cdk as cdk
                from stacks import build

                def main() -> None:
                    app = cdk.App()
                    build(app)
                    app.synth()

                main()
                """,
                **{
                    "stacks/__init__": """
                    import aws_cdk as cdk
                    from stacks.storage import StorageStack

                    class Region(cdk.Stage):
                        def __init__(self, scope, name):
                            super().__init__(scope, name)
                            for kind in (StorageStack,):
                                kind(self, kind.__name__)

                    def build(app: cdk.App) -> None:
                        for region in ("eu-north-1", "eu-west-1"):
                            Region(app, region)
                    """,
                    "stacks/base": """
                    from aws_cdk import Stack, aws_sqs as sqs

                    class Base(Stack):
                        def __init__(self, scope, name):
                            super().__init__(scope, name)
                            self.fill()

                        def fill(self):
                            sqs.Queue(self, "Jobs")
                    """,
                    "stacks/storage": "from stacks.base import Base\n\nclass StorageStack(Base):\n    pass\n",
                },
            ),
            why="stacks in a stage, in loops, filled by a method of a base class",
        ),
        Example(
            {
                "cdk.json": '{"app": "uv run --frozen python -m deploy.app"}\n',
                "deploy/__init__.py": "",
                "deploy/app.py": """
                from aws_cdk import App, Stack, aws_s3

                app = App()
                stack = Stack(app, "Shop")
                aws_s3.Bucket(stack, "Uploads")
                """,
            },
            why="a plain stack, a module, another folder",
        ),
        Example(TYPESCRIPT, why="in TypeScript"),
        Example({"terraform/main.tf": TERRAFORM}, why="Terraform"),
        Example({"template.yaml": SAM}, why="a SAM template"),
        Example(
            {"deploy/k8s/api.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec: {}\n"},
            why="Kubernetes manifests",
        ),
    ],
    falls_short=[
        Example({"main.py": "print(1)\n"}, why="no such code"),
        Example(changed(CDK, "infra/cdk.json", "app.py", "main.py"), why="the app's entry is missing"),
        Example(cdk(app=APP + "def broken(:\n"), why="the app's entry does not parse"),
    ],
    decoys=[
        Example(cdk(app="from aws_cdk import App\n\nApp().synth()\n"), why="stack modules that no app instantiates"),
        Example(
            changed(CDK, "infra/stacks/storage.py", '        s3.Bucket(self, "Uploads")\n', ""),
            why="a stack that creates nothing",
        ),
        Example(
            changed(CDK, "infra/stacks/storage.py", "s3.Bucket", "from aws_cdk import CfnOutput; CfnOutput"),
            why="a stack with an output alone",
        ),
        Example(cdk(app=APP.replace("app = App()", "app = None")), why="no App is created"),
        Example(
            {
                "scripts/create.py": 'import boto3\nboto3.client("s3").create_bucket(Bucket="uploads")\n',
                "scripts/create.sh": "aws s3 mb s3://uploads\n",
                "README.md": "# Infrastructure\n\nThe buckets are made with `cdk deploy`.\n",
            },
            why="scripts that create resources, and a README",
        ),
        Example({p: t for p, t in CDK.items() if p != "infra/cdk.json"}, why="no cdk.json"),
        Example(
            changed(TYPESCRIPT, "infra/lib/storage-stack.ts", "    new s3", "    // new s3"),
            why="in TypeScript: the construct is a comment",
        ),
        Example({"terraform/main.tf": TERRAFORM.split("resource")[0]}, why="a Terraform root without resources"),
    ],
)
def test_cdk_code_exists(repo: Repo, units: Units) -> None:
    """Is the cloud infrastructure declared as code?

    Passes: the app that cdk.json starts creates an App and instantiates a stack whose class, or a base class, creates
    a construct; or a Terraform root, a CloudFormation or SAM template, or Kubernetes manifests declare resources.

    Falls short: no such code; stacks that no app instantiates, empty stacks, an app entry that is missing or does not
    parse, scripts that create resources, a README.

    Impact: Environments are built by hand, differ from each other and cannot be rebuilt after a loss.

    Recommendation: Declare the cloud resources in CDK stacks that one app instantiates per environment.
    """
    found = repo.delivery.iac
    units.decide("infrastructure code", not found.problem, *found.places, note=found.problem)


@check(
    severity="critical",
    effort_days=3,
    standard="AWS CDK v2 Developer Guide, cdk synth and Migrating to v2",
    depends_on=["cdk_code_exists"],
    mode="exec",
    meets=[
        Example(CDK, why="nothing is wrong that can be seen", status="unknown"),
        Example(
            cdk(
                app="""
                from pathlib import Path

                from aws_cdk import App, Stack, aws_lambda as lambda_

                try:
                    from .stacks.storage import StorageStack
                except ImportError:
                    from stacks.storage import StorageStack

                HERE = Path(__file__).resolve().parent
                app = App()
                StorageStack(app, "Storage")
                stack = Stack(app, "Code")
                for name in ("mail", "sms"):
                    lambda_.Function(
                        stack,
                        name,
                        handler="main.handler",
                        runtime=lambda_.Runtime.PYTHON_3_12,
                        code=lambda_.Code.from_asset(str(HERE.parent / "functions" / name)),
                    )
                """
            )
            | {
                "functions/mail/main.py": "",
                "functions/sms/main.py": "",
                "infra/requirements.txt": "aws-cdk-lib>=2.100\naws-cdk.aws-lambda-python-alpha>=2.100.0a0\n",
            },
            why="a fallback import, computed asset paths that exist, a package that is named so in version 2",
            status="unknown",
        ),
        Example({"terraform/main.tf": TERRAFORM}, why="Terraform without a visible defect", status="unknown"),
        Example(
            CDK
            | {
                "infra/cdk.out/run.json": '{"commit": "8c1f4e2"}\n',
                "infra/cdk.out/Storage.template.json": '{"Resources": {"A": {"Type": "AWS::S3::Bucket"}}}\n',
            },
            why="the templates of this commit are there",
        ),
    ],
    falls_short=[
        Example({"main.py": "print(1)\n"}, why="no such code", score=0),
        Example(cdk(app=APP.replace("from stacks", "from .stacks")), why="a script with a relative import", score=0),
        Example(changed(CDK, "infra/stacks/storage.py", "aws_s3 as s3", "aws_s3 as s3\nimport ("), score=0),
    ],
    decoys=[
        Example(cdk(app=APP.replace("StorageStack\n", "Storage\n", 1)), why="a name that the module does not have"),
        Example(cdk(app="from stacks.network import NetworkStack\n" + APP), why="a module that does not exist"),
        Example(
            cdk(
                app=APP.replace("from stacks", "try:\n    from .stacks").replace(
                    "\napp =", "except ImportError:\n    pass\n\napp ="
                )
            ),
            why="a handler that imports nothing instead",
        ),
        Example(cdk(**{"stacks/storage": STORAGE + ASSET.format("../web")}), why="an asset that does not exist"),
        Example(
            cdk(**{"stacks/storage": STORAGE + ASSET.format("../../web")}) | {"web/main.py": ""},
            why="an asset that exists as seen from the stack's file, not from where the app runs",
        ),
        Example(
            CDK | {"infra/requirements.txt": "aws-cdk-lib>=2\naws-cdk.aws-s3>=2.0.0\n"}, why="a pin that none meets"
        ),
        Example(
            cdk(
                **{"stacks/storage": STORAGE.replace("from constructs", "from ..settings import NAME\nfrom constructs")}
            )
            | {"infra/settings.py": 'NAME = "x"\n'},
            why="a relative import that leaves the package of the script's folder",
        ),
        Example(
            CDK | {"infra/cdk.out/Storage.template.json": '{"Resources": {}}\n'}, why="old output", status="unknown"
        ),
    ],
)
def test_cdk_synthesizes(repo: Repo, units: Units) -> None:
    """Does the CDK app produce CloudFormation templates?

    Passes: the repository holds the templates that `cdk synth` made of this commit, with resources for every stack, and
    nothing is visibly wrong.

    Falls short: no infrastructure code; an app file that is missing, a module that does not parse, a relative import in
    a file that is run as a script, an import that names nothing, an asset that does not exist where the app runs, a pin
    of a package of version 1 at version 2.

    Unknown: no defect is visible and no templates of this commit are there; only running the app settles it.

    Impact: The documented production deployment stops at its first command.

    Recommendation: Make `cdk synth` run in CI on every change; fix the cited imports, asset paths and pins first.
    """
    delivery = repo.delivery
    assert not delivery.iac.problem, delivery.iac.problem
    defects = delivery.synth_defects
    if defects:
        units.bad("synthesis", *defects, note="; ".join(d.note for d in defects[:5]))
    elif delivery.synth_output:
        units.good("synthesis", *delivery.synth_output)
    else:
        doubts = "".join(f"{s.path}:{s.line} {s.note}; " for s in delivery.synth_suspicions[:MOST_DOUBTS])
        unknown(f"{doubts}no certain defect is visible; only a run settles it: {delivery.synth_command}")


@check(
    severity="high",
    effort_days=4,
    standard="AWS Well-Architected REL 8 (How do you implement change?); AWS CDK v2 Developer Guide, Constructs",
    depends_on=["cdk_code_exists"],
    meets=[
        Example(CDK | {"store.py": CLIENT}),
        Example({"terraform/main.tf": TERRAFORM, "src/shop/store.py": CLIENT}, why="Terraform"),
        Example({"template.yaml": SAM, "src/main.py": CLIENT}, why="SAM"),
        Example(
            CDK | {"store.py": CLIENT, "ai.py": 'import boto3\n\nmodel = boto3.client("bedrock-runtime")\n'},
            why="a pure API needs no resource",
        ),
        Example({"template.yaml": SAM, "src/main.py": "def handler(event, context): ...\n"}, why="compute alone"),
        Example(
            changed(CDK, "infra/stacks/storage.py", "Uploads", "Out")
            | {
                "store.py": CLIENT + 'queue = boto3.client(service_name="sqs")\n',
                "infra/cdk.out/Storage.template.json": '{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}\n',
            },
            why="what cdk synth put out",
        ),
    ],
    falls_short=[
        Example({"store.py": CLIENT}, why="no infrastructure code", score=0),
        Example(CDK | {"store.py": CLIENT + 'table = boto3.resource("dynamodb")\n'}, why="one of two", score=50),
        Example(CDK, why="no service is used, and nothing is declared that runs code", score=0),
    ],
    decoys=[
        Example(
            cdk(**{"stacks/storage": STORAGE + "        self.table: dynamodb.Table | None = None\n"})
            | {"store.py": TABLE},
            why="a type hint",
            score=0,
        ),
        Example(
            cdk(**{"stacks/tables": TABLES}) | {"store.py": TABLE},
            why="a stack that no app instantiates",
            score=0,
        ),
        Example(
            changed(
                CDK,
                "infra/stacks/storage.py",
                "s3.Bucket(self",
                's3.Bucket.from_bucket_name(self, "B", "b"); print("x"',
            )
            | {"store.py": CLIENT},
            why="a lookup of a bucket that exists elsewhere",
            score=0,
        ),
        Example(
            CDK
            | {
                "store.py": TABLE,
                "scripts/tables.py": 'import boto3\n\nboto3.client("dynamodb").create_table(TableName="t")\n',
            },
            why="a table that a script creates",
            score=0,
        ),
        Example(
            {
                "terraform/main.tf": TERRAFORM.split("resource")[0],
                "terraform/old/s3.tf": 'resource "aws_s3_bucket" "u" {}\n',
                "store.py": CLIENT,
            },
            why="a Terraform module that no root calls",
            score=0,
        ),
    ],
)
def test_all_resources_defined(repo: Repo, units: Units) -> None:
    """Are the cloud resources that the code uses defined in the infrastructure code?

    Passes: for every AWS service that the application makes a client of (tables, buckets, queues, topics, streams,
    caches, search domains, secrets, functions, APIs, logs, keys, databases, user pools, clusters, registries, events)
    deployed infrastructure code declares a resource; without such a client something that runs code is declared.

    Falls short: a service without a resource (score 100 x defined / used); no infrastructure code. Type hints, stacks
    that no app instantiates, lookups of existing resources and scripts declare nothing.

    Impact: The application starts in a new environment and fails at the first table or bucket that nobody created.

    Recommendation: Add a construct for each undefined service to a stack and hand its name to the application as
    configuration.
    """
    delivery = repo.delivery
    assert not delivery.iac.problem, delivery.iac.problem
    if not delivery.cloud_services:
        computes = delivery.runs_code
        assert computes, "the application uses no AWS service, and nothing that runs code is declared"
        units.good("compute", *computes)
    for service in delivery.cloud_services:
        if service.provided_at:
            units.good(service.name, service.used_at[0], *service.provided_at)
        else:
            units.bad(service.name, *service.used_at, note="no deployed infrastructure code declares it")


@check(
    severity="medium",
    effort_days=1,
    standard="AWS Well-Architected OPS 7 (How do you know that you are ready to support a workload?)",
    depends_on=["cdk_code_exists"],
    meets=[
        Example(CDK | {"infra/README.md": README}),
        Example(
            CDK | {"docs/cloud.md": README.replace("# Infra", "# Infra in `infra`, infra")}, why="a document elsewhere"
        ),
        Example(
            {
                "terraform/main.tf": TERRAFORM,
                "terraform/README.md": README.replace("cdk deploy --all", "terraform -chdir=terraform apply"),
            },
            why="Terraform",
        ),
        Example(
            CDK
            | {
                "infra/README.md": README.replace("cdk deploy --all", "python scripts/deploy.py --all"),
                "infra/scripts/deploy.py": "",
            },
            why="a deploy script of the repository",
        ),
    ],
    falls_short=[
        Example(CDK, why="no document", score=0),
        Example(
            CDK | {"infra/README.md": README.replace("Storage", "Data")}, why="a stack that is not named", score=80
        ),
        Example(CDK | {"infra/README.md": "# Infrastructure\n\nTODO\n"}, why="a title", score=20),
    ],
    decoys=[
        Example(
            CDK | {"infra/README.md": README.replace("```bash\nnpm install -g aws-cdk\n```", "Node.")},
            why="prerequisites without commands",
            score=80,
        ),
        Example(
            CDK | {"infra/README.md": README.replace("cdk deploy --all", "make deploy")},
            why="a make target that does not exist",
            score=60,
        ),
        Example(
            CDK | {"infra/README.md": README + "\nSee [scripts](scripts/README.md).\n"}, why="a dead link", score=80
        ),
        Example(
            CDK
            | {"infra/README.md": README.replace("| Storage | uploads of customers |", "| `network.py` | `app.py` |")},
            why="a tree of files that names no stack",
            score=80,
        ),
    ],
)
def test_cdk_documented(repo: Repo, units: Units) -> None:
    """Can an engineer deploy the infrastructure from its documentation?

    Passes: one document in the folder of the infrastructure code, or that names it, has a section on prerequisites with
    commands, one on deployment with a command or script that deploys, one on configuration with substance, names every
    stack, and has no dead reference.

    Falls short: an element is missing from the best document (score 20 per element); headings without commands, make
    targets that no Makefile defines, a tree of files that names no stack.

    Impact: Only the author can change the infrastructure.

    Recommendation: Keep one README beside the CDK app with prerequisites, commands that run as written, configuration
    and a table of stacks.
    """
    count_best(units, repo.delivery.iac_documented, "no document tells how the infrastructure is deployed")
