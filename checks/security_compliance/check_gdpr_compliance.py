"""Is personal data kept where, as long as, and under the rights that the law gives the persons?"""

from pytest_readiness.authoring import Example, Repo, Units, check, unknown

from .privacy_examples import AUTH, MODELS, served
from .secret_examples import stack
from .store_examples import IMPORTS, MODEL, POLICY, PURGE, RETAINED, TABLE_BY_API, TERRAFORM_RETAINED, declared

NO_PERSONS = "no data of persons was found; if the system handles none, disable this check with that reason"
NO_MODELS = "data of persons is handled, but no ORM class holds it: nothing shows how it is {done}"
AGENT = "backend/agents/agent_svea"
SERVER = "from . import llm\n\ndef main():\n    return llm.client\n\nif __name__ == '__main__':\n    main()\n"


def svea(llm: str, **files: str) -> dict[str, str]:
    """An agent with a server that is started, and the module of its language model."""
    files = {f"{AGENT}/__init__.py": "", f"{AGENT}/server.py": SERVER, f"{AGENT}/llm.py": llm} | files
    return {name.replace("__at__", "/"): text for name, text in files.items()}


BEDROCK = "import boto3\n\nclient = boto3.client('bedrock-runtime', region_name={})\n"
PROVIDER = """
import os

import boto3

class Provider:
    def __init__(self, region_name=None):
        self.region_name = region_name or os.getenv("AWS_REGION", "us-east-1")
        options = {"region_name": self.region_name}
        self.client = boto3.client("bedrock-runtime", **options)
"""
STACK = """
from aws_cdk import App, Environment, Stack, aws_lambda as functions

class SveaStack(Stack):
    def __init__(self, scope, id, **options):
        super().__init__(scope, id, **options)
        functions.Function(self, "Agent", handler="server.main", runtime=functions.Runtime.PYTHON_3_12,
                           code=functions.Code.from_asset("FOLDER"))

app = App()
SveaStack(app, "Svea", env=Environment(region="REGION"))
"""


def deployed(region: str, folder: str = AGENT) -> dict[str, str]:
    """The agent, and a stack that deploys a folder to a region."""
    stack = STACK.replace("REGION", region).replace("FOLDER", folder)
    return svea("client = None\n") | {"iac/cdk.json": '{"app": "python3 app.py"}', "iac/app.py": stack}


@check(
    severity="critical",
    effort_days=2,
    standard="GDPR Art. 44-46; AWS Bedrock and Regions documentation",
    meets=[
        Example(svea(BEDROCK.format("'eu-north-1'")), why="a literal"),
        Example(svea("import os\n" + BEDROCK.format("os.getenv('SVEA_REGION', 'eu-central-1')")), why="a default"),
        Example(
            svea(
                "import os\nEU = ('eu-north-1', 'eu-west-1')\n\ndef region():\n    found = os.environ['AWS_REGION']\n"
                "    if found not in EU:\n        raise ValueError(found)\n    return found\n\n"
                + BEDROCK.format("region()")
            ),
            why="a check that raises for any other region",
        ),
        Example(
            svea("from backend.provider import Provider\n\nclient = Provider(region_name='eu-north-1')\n")
            | {"backend/provider.py": PROVIDER},
            why="through the system's own provider class",
        ),
        Example(
            svea(
                "from pydantic_settings import BaseSettings\nimport boto3\n\nclass Config(BaseSettings):\n"
                "    region: str = 'eu-north-1'\n\nconfig = Config()\n"
                "client = boto3.client('dynamodb', region_name=config.region)\n"
            ),
            why="configuration that the code loads",
        ),
        Example(deployed("eu-north-1"), why="the stack that deploys the agent"),
        Example(
            {
                "src/tax/agent.py": "import vertexai\n\nvertexai.init(project='p', location='europe-north1')\n"
                "if __name__ == '__main__':\n    print('up')\n"
            },
            settings={"paths": {"eu_agents": "src/tax"}},
            why="another folder, another cloud",
        ),
    ],
    falls_short=[
        Example(svea("import boto3\n\nclient = boto3.client('bedrock-runtime')\n"), score=0, why="no region at all"),
        Example(svea(BEDROCK.format("'us-east-1'")), score=0, why="outside the EU"),
        Example(svea(BEDROCK.format("'eu-west-2'")), score=0, why="London"),
        Example(
            svea(BEDROCK.format("'eu-north-1'") + "store = boto3.client('s3', region_name='us-east-1')\n"),
            score=0,
            why="one client in the EU, another outside",
        ),
        Example(
            svea("from backend.provider import Provider\n\nclient = Provider()\n") | {"backend/provider.py": PROVIDER},
            score=0,
            why="it inherits a global default",
        ),
        Example(deployed("us-east-1"), score=0, why="deployed outside the EU"),
        Example(
            {"backend/agents/other/a.py": "def plan(llm):\n    return llm.complete('x')\n"},
            score=0,
            why="no such agent",
        ),
    ],
    decoys=[
        Example(
            svea("client = None\n")
            | {f"{AGENT}/README.md": "Runs in eu-north-1.\n", ".env.example": "AWS_REGION=eu-north-1\n"},
            score=0,
            why="a README and a template",
        ),
        Example(svea("# region_name='eu-north-1'\nclient = None\n"), score=0, why="a comment"),
        Example(svea("client = 'You are an agent in eu-north-1, region=eu-north-1'\n"), score=0, why="a prompt"),
        Example(
            svea(
                "plan = {'region': 'eu-north-1', 'servers': 'EC2 in eu-north-1'}\nclient = dict(region='eu-north-1')\n"
            ),
            score=0,
            why="a dict that describes an architecture",
        ),
        Example(
            svea(
                "from dataclasses import dataclass\n\n@dataclass\nclass Plan:\n    region: str\n\n"
                "client = Plan(region='eu-north-1')\n"
            ),
            score=0,
            why="a record that describes an architecture",
        ),
        Example(svea("import os\n" + BEDROCK.format("os.getenv('AWS_REGION')")), score=0, why="an environment look-up"),
        Example(svea("import os\n" + BEDROCK.format("os.getenv('AWS_REGION', 'us-east-1')")), score=0),
        Example(
            svea(
                "import boto3\n\ndef make():\n"
                "    return boto3.client('s3', region_name='eu-north-1')\n\nclient = None\n"
            ),
            score=0,
            why="code that nothing calls",
        ),
        Example(deployed("eu-north-1", "backend/agents/other"), score=0, why="a stack that deploys something else"),
        Example(
            {"tool.py": "def double(x: int) -> int:\n    return 2 * x\n"}, status="unknown", why="no agents at all"
        ),
    ],
)
def test_agent_svea_uses_eu_region(repo: Repo, units: Units) -> None:
    """Does Agent Svea process personal data in an EU/EEA region by construction?

    Passes: in the live code below the folder of the setting `paths.eu_agents`, in configuration that it loads, or in
    the infrastructure code that deploys it, a region of the EU or EEA is really passed to a client or a stack: as a
    literal, as the default of an environment look-up, or after a check that raises for any other region; and none of
    these arguments holds a region outside.
    Falls short: no region is bound, so that a global default applies, or one outside the EU is (London and Zurich lie
    outside). A region in a README, a comment, .env.example, a prompt, or a dict or string that describes an
    architecture binds nothing; nor does an environment look-up without such a default or check.
    Unknown: there is no such folder, and the repository has neither agents nor a call of a model.
    Impact: Swedish personal data is processed outside the EU without a legal basis for the transfer.
    Recommendation: Build Agent Svea's LLM service and stores with an explicit EU region and refuse to start with any
    other.
    """
    folder = repo.settings.paths.eu_agents
    regions = repo.privacy.regions(folder)
    if not regions.modules and not repo.llm.calls.all and not repo.llm.agents:
        unknown(f"{folder} does not exist; set paths.eu_agents, or disable this check with a reason")
    outside = [b for b in regions.bound if b.region is not None and not b.is_eu]
    inside = [b for b in regions.bound if b.is_eu]
    if outside:
        units.bad(folder, *(b.site for b in outside), note="a region outside the EU is bound")
    elif inside:
        units.good(folder, *(b.site for b in inside), note="an EU region is bound")
    else:
        units.bad(folder, *regions.instead, note="no region is bound for this agent: a global default applies")


ERASE = """
from auth import current_user
from models import Note, User
from sqlalchemy import delete

@router.delete("/me")
def erase(db: object, user_id: str = Depends(current_user)) -> dict:
    db.execute(delete(Note).where(Note.user_id == user_id))
    db.execute(delete(User).where(User.id == user_id))
    db.commit()
    return {"erased": True}
"""
CASCADING = MODELS.replace('ForeignKey("users.id")', 'ForeignKey("users.id", ondelete="CASCADE")')
ERASE_USER = """
from auth import current_user
from models import Note, User

@router.delete("/me")
def erase(db: object, user_id: str = Depends(current_user)) -> None:
    user = db.query(User).filter(User.id == user_id).one()
    BODY
    db.commit()
"""


def people(route: str, models: str = MODELS, **modules: str) -> dict[str, str]:
    """An application with users and their notes."""
    return served(route, models=models, auth=AUTH, **modules)


@check(
    severity="high",
    effort_days=5,
    standard="GDPR Art. 17",
    meets=[
        Example(people(ERASE), why="an authenticated handler deletes the rows of both models"),
        Example(people(ERASE_USER.replace("BODY", "db.delete(user)"), CASCADING), why="declared cascade"),
        Example(
            people(
                ERASE_USER.replace("BODY", "db.delete(user)"),
                MODELS.replace("import DeclarativeBase", "import DeclarativeBase, relationship").replace(
                    "    email = Column(String)\n",
                    '    email = Column(String)\n    notes = relationship("Note", cascade="all, delete-orphan")\n',
                ),
            ),
            why="a relationship that cascades",
        ),
        Example(
            people(
                ERASE_USER.replace("BODY", "user.email = None\n    db.query(Note).filter_by(user_id=user_id).delete()"),
            ),
            why="personal columns are overwritten",
        ),
        Example(
            people(
                "from auth import current_user\nfrom erasing import Eraser\n\n"
                "@router.post('/account/erase')\n"
                "def erase(db: object, user_id: str = Depends(current_user)):\n    Eraser(db).run(user_id)\n",
                erasing="from models import Note, User\n"
                "from sqlalchemy import delete\n\nOWNED = (Note,)\n\nclass Eraser:\n"
                "    def __init__(self, db):\n        self.db = db\n\n    def run(self, user):\n"
                "        for model in OWNED:\n            self.db.execute(delete(model).where(model.user_id == user))\n"
                "        self.db.execute(delete(User).where(User.id == user))\n",
            ),
            why="through a service, over a list of models",
        ),
        Example(
            {
                "models.py": MODELS,
                "erase.py": """
                import click
                from models import Note, User
                from sqlalchemy import text

                @click.command()
                @click.argument("user_id")
                def erase(user_id):
                    for table, column in (("notes", "user_id"), ("users", "id")):
                        session().execute(text(f"DELETE FROM {table} WHERE {column} = :user"), {"user": user_id})

                if __name__ == "__main__":
                    erase()
                """,
            },
            why="a command with SQL",
        ),
        Example(
            {
                "shop/models.py": """
                from django.db import models

                class Customer(models.Model):
                    email = models.EmailField()

                class Order(models.Model):
                    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
                """,
                "shop/views.py": """
                from django.contrib.auth.decorators import login_required
                from shop.models import Customer

                @login_required
                def erase(request):
                    Customer.objects.filter(email=request.user.email).delete()
                """,
                "shop/urls.py": "from django.urls import path\n"
                "from shop import views\n\nurlpatterns = [path('me', views.erase)]\n",
                "shop/wsgi.py": "from django.core.wsgi import get_wsgi_application\nfrom shop import urls\n\n"
                "application = get_wsgi_application()\n",
            },
            why="Django",
        ),
    ],
    falls_short=[
        Example(people("@router.get('/notes')\ndef notes():\n    return []\n"), score=0, why="no such operation"),
        Example(people(ERASE.replace("    db.execute(delete(Note).where(Note.user_id == user_id))\n", "")), score=50),
        Example(
            people(ERASE) | {"app.py": "from fastapi import FastAPI\n\napp = FastAPI()\n"}, score=0, why="not included"
        ),
        Example(
            {
                **served("@router.post('/ask')\ndef ask(email: str):\n    return store.put(email)\n"),
            },
            score=0,
            why="user data without a model",
        ),
    ],
    decoys=[
        Example(
            people(ERASE.replace("user_id: str = Depends(current_user)", "user_id: str")),
            score=0,
            why="nobody asks who it is",
        ),
        Example(people(ERASE_USER.replace("BODY", "user.status = 'deleted'")), score=0, why="it sets a status"),
        Example(people(ERASE_USER.replace("BODY", "user.is_hidden = True")), score=0, why="it hides"),
        Example(
            people(
                "from auth import current_user\nfrom models import Note\nfrom sqlalchemy import update\n\n"
                "@router.delete('/me')\ndef erase(db: object, user_id: str = Depends(current_user)):\n"
                "    db.execute(update(Note).where(Note.user_id == user_id).values(user_id=None))\n"
            ),
            score=0,
            why="it unlinks",
        ),
        Example(
            people(
                "from auth import current_user\n\n@router.delete('/me')\n"
                "def erase(user_id: str = Depends(current_user)):\n    return True\n"
            ),
            score=0,
            why="it returns True without deleting",
        ),
        Example(
            people(
                "from auth import current_user\nfrom models import Note\nfrom sqlalchemy import delete\n\n"
                "@router.delete('/notes/{note_id}')\n"
                "def remove(note_id: str, db: object, user_id: str = Depends(current_user)):\n"
                "    db.execute(delete(Note).where(Note.id == note_id, Note.user_id == user_id))\n"
            ),
            score=0,
            why="a single object",
        ),
        Example(
            people(
                "from auth import current_user\nfrom models import Note\n\n@router.delete('/notes/{note_id}')\n"
                "def remove(note_id: str, db: object, user_id: str = Depends(current_user)):\n"
                "    note = db.query(Note).filter(Note.id == note_id).first()\n    db.delete(note)\n"
            ),
            score=0,
            why="a single loaded object",
        ),
        Example(
            people(
                ERASE_USER.replace("BODY", "user.email = payload.email").replace(
                    "db: object,", "db: object, payload: dict,"
                )
            ),
            score=0,
            why="a changed address is no erasure",
        ),
        Example(people(ERASE.replace('@router.delete("/me")\n', "")), score=0, why="a function that nothing calls"),
        Example(
            people(
                ERASE.replace("    db.execute(delete(Note)", "    return {'erased': True}\n    db.execute(delete(Note)")
            ),
            score=0,
            why="statements after the return",
        ),
        Example(
            {"tool.py": "def double(x: int) -> int:\n    return 2 * x\n"}, status="unknown", why="no data of persons"
        ),
    ],
)
def test_right_to_deletion(repo: Repo, units: Units) -> None:
    """Can a person's data really be erased on request?

    Passes: for every ORM class that holds personal data or an owner's id, a live operation (a handler that knows who is
    asking, a command or a job) takes a subject and, itself or through what it calls, deletes that subject's rows, by a
    statement, an object, SQL or a declared cascade, or overwrites all columns with personal data.
    Falls short: no such operation; one on a router that no app includes; one that sets a status, hides, unlinks or
    returns True; deletion of single objects. Data of persons without such a class.
    Unknown: no data of persons was found in the code.
    Impact: An erasure request cannot be met within the legal month, which exposes the company to fines.
    Recommendation: Add one authenticated erase-my-data operation that walks every personal data model, cache, file and
    index, and test it.
    """
    privacy = repo.privacy
    if not privacy.handled:
        unknown(NO_PERSONS)
    assert privacy.models, NO_MODELS.format(done="erased")
    for model in privacy.models:
        erased, rejected = privacy.erasure.erased.get(model), privacy.erasure.untrusted.get(model)
        if erased is not None:
            units.good(model.name, erased.site, erased.operation.site)
        elif rejected is not None:
            units.bad(model.name, rejected.operation.site, note=f"erased, but {rejected.operation.problem}")
        else:
            units.bad(model.name, model, note="no operation erases a person's rows of it")


EXPORT = """
from auth import current_user
from models import Note, User
from sqlalchemy import select

@router.get("/me/export")
def export(db: object, user_id: str = Depends(current_user)) -> dict:
    notes = db.scalars(select(Note).where(Note.user_id == user_id)).all()
    user = db.get(User, user_id)
    return {"user": user.email, "notes": [{"id": n.id, "text": n.text} for n in notes]}
"""


@check(
    severity="medium",
    effort_days=3,
    standard="GDPR Art. 20, Art. 15(3)",
    meets=[
        Example(people(EXPORT), why="a handler returns the rows of both models"),
        Example(
            people(
                "import csv, io\nfrom auth import current_user\nfrom collecting import collect\n"
                "from fastapi.responses import StreamingResponse\n\n@router.get('/takeout')\n"
                "def give(user_id: str = Depends(current_user)):\n    out = io.StringIO()\n"
                "    csv.writer(out).writerows(collect(user_id))\n    out.seek(0)\n"
                "    return StreamingResponse(out, media_type='text/csv')\n",
                collecting="from models import Note, User\nfrom sqlalchemy import select\n\ndef collect(user):\n"
                "    rows = session.execute(select(Note).where(Note.user_id == user)).all()\n"
                "    rows += session.execute(select(User).where(User.id == user)).all()\n    return rows\n",
            ),
            why="CSV, collected elsewhere, under another name",
        ),
        Example(
            people(
                EXPORT, MODELS + "\nclass RefreshToken(Base):\n    __tablename__ = 't'\n    user_id = Column(String)\n"
            ),
            why="tokens are not asked for",
        ),
        Example(
            {
                "models.py": MODELS,
                "export_person.py": """
                import json

                import click
                from models import Note, User

                @click.command()
                @click.argument("user_id")
                def export_person(user_id):
                    notes = session.query(Note).filter_by(user_id=user_id).all()
                    users = session.query(User).filter_by(id=user_id).all()
                    rows = [vars(row) for row in [*notes, *users]]
                    with open("out.json", "w") as stream:
                        json.dump(rows, stream)

                if __name__ == "__main__":
                    export_person()
                """,
            },
            why="a command that writes JSON",
        ),
    ],
    falls_short=[
        Example(people("@router.get('/notes')\ndef notes():\n    return []\n"), score=0, why="no such operation"),
        Example(
            people(EXPORT) | {"app.py": "from fastapi import FastAPI\n\napp = FastAPI()\n"}, score=0, why="not included"
        ),
        Example(
            people(EXPORT.replace('"notes": [{"id": n.id, "text": n.text} for n in notes]', '"notes": len(notes)')),
            score=50,
            why="only one model is in the answer",
        ),
        Example(
            people(EXPORT.replace("user_id: str = Depends(current_user)", "user_id: str")), score=0, why="anybody may"
        ),
    ],
    decoys=[
        Example(
            people(EXPORT.replace("/me/export", "/me").replace("def export", "def profile")),
            score=0,
            why="a profile endpoint",
        ),
        Example(
            people(
                EXPORT.replace(
                    '    return {"user": user.email, "notes": [{"id": n.id, "text": n.text} for n in notes]}',
                    "    return Response(make_pdf(user, notes), media_type='application/pdf')",
                )
            ),
            score=0,
            why="a PDF",
        ),
        Example(
            people(
                EXPORT.replace(
                    '    return {"user": user.email, "notes": [{"id": n.id, "text": n.text} for n in notes]}',
                    "    send_mail(user, notes)\n    return {'sent': True}",
                )
            ),
            score=0,
            why="an e-mail",
        ),
        Example(
            people(
                "from auth import current_user\nfrom models import Note, User\n\n@router.get('/admin/export')\n"
                "def export(db: object, user_id: str = Depends(current_user)):\n"
                "    return {'users': db.query(User).all(), 'notes': db.query(Note).all()}\n"
            ),
            score=0,
            why="an admin dump without a subject",
        ),
        Example(
            people(
                "from auth import current_user\nfrom models import Note\n\n@router.get('/notes/{note_id}/download')\n"
                "def download(note_id: str, db: object, user_id: str = Depends(current_user)):\n"
                "    return db.query(Note).filter(Note.id == note_id, Note.user_id == user_id).one()\n"
            ),
            score=0,
            why="a single object",
        ),
        Example(
            {"tool.py": "def double(x: int) -> int:\n    return 2 * x\n"}, status="unknown", why="no data of persons"
        ),
    ],
)
def test_data_portability(repo: Repo, units: Units) -> None:
    """Can a person get a machine-readable copy of the data about them?

    Passes: for every ORM class that holds personal data or an owner's id (but for tokens, sessions, quotas, usage and
    rate limits), a live handler that knows who is asking, or a command, whose path or name says export, takeout,
    download and the like (setting `export_names`) selects the subject's rows and returns or writes them as JSON, CSV
    or XML.
    Falls short: no such operation; a profile endpoint that returns only the account; a PDF, e-mail or summary; an
    export on a router that no app includes; an admin dump without a subject. Data of persons without such a class.
    Unknown: no data of persons was found in the code.
    Impact: Customers cannot take their data with them, a right they can enforce.
    Recommendation: Add an authenticated export endpoint that returns the subject's records of every model as JSON or
    CSV.
    """
    privacy = repo.privacy
    if not privacy.handled:
        unknown(NO_PERSONS)
    assert privacy.models, NO_MODELS.format(done="given to the person")
    for model in privacy.portability.models:
        exported, rejected = privacy.portability.exported.get(model), privacy.portability.untrusted.get(model)
        if exported is not None:
            units.good(model.name, exported.site, exported.operation.site)
        elif rejected is not None:
            units.bad(model.name, rejected.operation.site, note=f"exported, but {rejected.operation.problem}")
        else:
            units.bad(model.name, model, note="no export gives a person's rows of it")


@check(
    severity="high",
    effort_days=5,
    standard="GDPR Art. 5(1)(e); OWASP ASVS 5.0 V14.2.7",
    meets=[
        Example({"PRIVACY.md": POLICY, **declared(RETAINED)}, why="every store in CDK"),
        Example(
            {
                "docs/gdpr.md": "# Gallring\n\n- Mötesanteckningar: 90 dagar\n- Loggar: 1 år\n",
                "main.tf": TERRAFORM_RETAINED,
            },
            why="every store in Terraform, the policy in Swedish",
        ),
        Example(
            {
                "README.md": POLICY,
                "template.yaml": """
                Resources:
                  Logs:
                    Type: AWS::Logs::LogGroup
                    Properties: {RetentionInDays: 30}
                  Files:
                    Type: AWS::S3::Bucket
                    Properties:
                      LifecycleConfiguration:
                        Rules: [{Status: Enabled, ExpirationInDays: 90}]
                  Sessions:
                    Type: AWS::DynamoDB::Table
                    Properties:
                      TimeToLiveSpecification: {AttributeName: expires, Enabled: true}
                """,
            },
            why="every store in CloudFormation",
        ),
        Example(
            {"README.md": POLICY, "src/x/tables.py": TABLE_BY_API}, why="a table by API, its TTL in the same class"
        ),
        Example({"README.md": POLICY, "models.py": MODEL, "purge.py": PURGE}, why="a schema and a purge command"),
        Example({"docs/privacy.md": POLICY}, why="a policy, and no store"),
    ],
    falls_short=[
        Example({"README.md": "# App\n"}, why="no policy", score=0),
        Example({"README.md": POLICY, **declared('logs.LogGroup(self, "L")')}, why="no retention", score=50),
        Example(
            {"README.md": POLICY, **declared('logs.LogGroup(self, "L", retention=logs.RetentionDays.INFINITE)')},
            why="kept for ever",
            score=50,
        ),
        Example(
            {"README.md": POLICY, "main.tf": 'resource "aws_s3_bucket" "files" {\n  bucket = "files"\n}\n'}, score=50
        ),
        Example({"README.md": POLICY, "models.py": MODEL}, why="a schema without a purge", score=50),
        Example(declared(RETAINED), why="stores that expire, and no policy", score=75),
    ],
    decoys=[
        Example({"README.md": "# Retention\n\nWe keep data as long as needed.\n"}, why="a policy without periods"),
        Example({"docs/GDPR_SUMMARY.md": POLICY}, why="a summary that says it exists"),
        Example(
            {
                "README.md": POLICY,
                "log.py": "import boto3\nLOG_RETENTION_DAYS = 30\n\nclass Writer:\n"
                '    def __init__(self):\n        self.client = boto3.client("logs")\n'
                "        self.retention_days = 30\n\n"
                '    def ensure(self):\n        self.client.create_log_group(logGroupName="app")\n',
            },
            why="stored *_retention_days values that nothing applies",
            score=50,
        ),
        Example(
            {"README.md": POLICY, "tables.py": TABLE_BY_API.replace("        self._expire()\n", "")},
            why="a TTL that nothing applies",
            score=50,
        ),
        Example(
            {
                "README.md": POLICY,
                **declared(
                    "rule = s3.LifecycleRule(enabled=False, expiration=Duration.days(3))\n"
                    's3.Bucket(self, "B", lifecycle_rules=[rule])'
                ),
            },
            why="a rule that is off",
            score=50,
        ),
        Example(
            {
                "README.md": POLICY,
                "models.py": MODEL,
                "purge.py": PURGE.replace("Visitor.created_at < cutoff", "Visitor.id == cutoff"),
            },
            why="a deletion without a bound",
            score=50,
        ),
        Example(
            {
                "README.md": POLICY,
                "models.py": MODEL,
                "purge.py": PURGE.replace("Visitor.created_at < cutoff", "Visitor.created_at > cutoff"),
            },
            why="the newest rows are deleted, not the old ones",
            score=50,
        ),
        Example(
            {
                "README.md": POLICY,
                "models.py": MODEL,
                "purge.py": PURGE.replace(
                    "    session.execute(delete(Visitor)", "    if cutoff > 0:\n        session.execute(delete(Visitor)"
                ).replace("Visitor.created_at < cutoff", "Visitor.id == cutoff"),
            },
            why="a comparison beside the deletion is no bound",
            score=50,
        ),
        Example(
            {
                "README.md": POLICY,
                "models.py": MODEL,
                "purge.py": PURGE.replace(
                    "    session.execute(delete(Visitor).where(Visitor.created_at < cutoff))",
                    "    for row in session.query(Visitor).all():\n        age = now() - row.created_at\n"
                    "        if age > cutoff:\n            session.delete(row)",
                ),
            },
            why="rows are deleted one by one, by their age",
            score=100,
        ),
        Example(
            {"README.md": POLICY, "infra/stray.py": stack('logs.LogGroup(self, "L")', IMPORTS)},
            why="a stack that no app instantiates is no store",
            score=100,
        ),
        Example(
            {
                "README.md": POLICY,
                **declared('b = s3.Bucket(self, "B")\nb.add_lifecycle_rule(expiration=Duration.days(30))'),
            },
            why="the rule is added afterwards",
            score=100,
        ),
    ],
)
def test_data_retention_policy(repo: Repo, units: Units) -> None:
    """Is there a retention policy, written and enforced, for every store?

    Passes: a README, PRIVACY or SECURITY file or a document below docs has a section on retention that gives a period
        for at least two kinds of data; log groups have a retention, buckets a rule that expires objects, DynamoDB
        tables a time to live, each where the store is created; a live job or command deletes rows of the relational
        schema that are older than a bound, where there is a model of persons.
    Falls short: a store without expiry; a stored value, field or TTL that nothing applies; a policy without periods; a
        summary or report that says it exists.
    Impact: Personal data piles up for ever, which breaks storage limitation and enlarges every breach.
    Recommendation: Write a retention table per data type and put the same periods into lifecycle rules, TTLs, log
        retention and a purge job.
    """
    retention = repo.retention
    policy, purge = retention.policy, retention.purge
    places = [policy] if policy else retention.without_periods
    units.decide("written policy", policy is not None, *places, note="" if policy else "no section gives periods")
    for store in repo.stores.of("log group", "bucket", "DynamoDB table"):
        if (expiry := retention.expiry(store)) is not None:
            units.good(store.label, store, expiry)
        else:
            units.bad(store.label, store, note="nothing makes its data expire")
    if repo.privacy.models:
        found = [purge] if purge else repo.privacy.models[:1]
        units.decide("relational schema", purge is not None, *found, note="" if purge else "no job deletes old rows")
