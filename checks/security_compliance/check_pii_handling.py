"""Is personal data masked before it reaches logs and language models, and encrypted where it is kept?"""

from pytest_readiness.authoring import Example, Repo, Units, check, needs_models, unknown

from .privacy_examples import IDENTITY, MASKING, PATTERNS, served
from .store_examples import ENCRYPTED, TERRAFORM_ENCRYPTED, card, declared

NO_PERSONS = "no data of persons was found; if the system handles none, disable this check with that reason"

MASKED_ROUTE = """
from masking import mask

@router.post("/notes")
def add(note: dict) -> dict:
    return {"text": mask(note["message_text"])}
"""
GATEWAY = """
from openai import OpenAI
from masking import mask

class Gateway:
    def __init__(self) -> None:
        self.client = OpenAI()

    def ask(self, question: str) -> str:
        question = mask(question)
        answer = self.client.chat.completions.create(
            model="gpt-4o", messages=[{"role": "system", "content": "Be brief."}, {"role": "user", "content": question}]
        )
        return answer.choices[0].message.content
"""
USER_ROUTE = '@router.get("/me")\ndef me(email: str) -> dict:\n    return {"email": email}\n'


@check(
    severity="critical",
    effort_days=4,
    standard="GDPR Art. 25, Art. 32(1)(a); OWASP ASVS 5.0 V14.2.4",
    meets=[
        Example(served(MASKED_ROUTE, masking=MASKING), why="a handler masks what it gives back"),
        Example({"gateway.py": GATEWAY, "masking.py": MASKING}, why="the caller of the model masks"),
        Example(
            {
                "src/shop/privacy.py": PATTERNS
                + """
                STEPS = {"mail": EMAIL, "phone": PHONE, "number": PERSONAL_NUMBER}

                class Shield:
                    def apply(self, value):
                        for label, step in STEPS.items():
                            value = step.sub(f"<{label}>", value)
                        return value
                """.replace("\n                ", "\n"),
                "src/shop/app.py": """
                from flask import Flask, request
                from shop.privacy import Shield

                app = Flask(__name__)
                shield = Shield()

                @app.post("/ask")
                def ask():
                    return {"text": shield.apply(request.json["text"])}
                """,
            },
            why="another layout, another framework, other names, an object",
        ),
        Example(
            {
                "masking.py": """
                FIELDS = {"email", "phone", "personnummer", "password"}

                def hide(record: dict) -> dict:
                    return {key: "***" if key in FIELDS else value for key, value in record.items()}
                """,
                **served("from masking import hide\n\n@router.get('/x')\ndef x(row: dict):\n    return hide(row)\n"),
            },
            why="a mapping masker with a list of fields",
        ),
        Example(
            served(
                "from presidio_analyzer import AnalyzerEngine\nfrom presidio_anonymizer import AnonymizerEngine\n\n"
                "analyzer, engine = AnalyzerEngine(), AnonymizerEngine()\n\n@router.post('/x')\ndef x(text: str):\n"
                "    found = analyzer.analyze(text=text, language='sv')\n"
                "    return {'text': engine.anonymize(text=text, analyzer_results=found).text}\n"
            ),
            why="Presidio, its result returned",
        ),
        Example(
            {
                "masking.py": "import logging\n"
                + MASKING
                + "\nclass Masked(logging.Formatter):\n    def format(self, record):\n"
                "        return mask(super().format(record))\n",
                "main.py": "import logging\nfrom masking import Masked\nhandler = logging.StreamHandler()\n"
                "handler.setFormatter(Masked())\nlogging.getLogger().addHandler(handler)\n"
                "if __name__ == '__main__':\n    logging.info('up')\n",
            },
            why="the masker's own module holds the formatter that live code puts on the root handler",
        ),
        Example(
            served(
                MASKED_ROUTE,
                masking=MASKING.replace("def mask(", "def _replaced(")
                + "\nclass Masker:\n    def __call__(self, text):\n        return _replaced(text)\n\nmask = Masker()\n",
            ),
            why="an object that is called",
        ),
    ],
    falls_short=[
        Example(served(USER_ROUTE), why="no masker"),
        Example(served(USER_ROUTE, masking=MASKING), why="a masker that nothing calls"),
        Example(
            served(USER_ROUTE, masking=MASKING)
            | {"tests/test_masking.py": "from masking import mask\nx = mask('a')\n"},
            why="a masker that only tests call",
        ),
        Example(served(MASKED_ROUTE, masking=IDENTITY), why="an identity function named mask"),
    ],
    decoys=[
        Example(
            served(
                "from masking import mask\n\n@router.post('/x')\n"
                "def x(user_input: str):\n    mask(user_input)\n    return user_input\n",
                masking=MASKING,
            ),
            why="its result is dropped",
        ),
        Example(
            served(USER_ROUTE, masking=MASKING, old="from masking import mask\n\ndef show(x):\n    return mask(x)\n"),
            why="only dead code calls it",
        ),
        Example(
            served(USER_ROUTE, masking=MASKING + "\ndef show(text):\n    print(mask(text))\n"),
            why="only its own module calls it",
        ),
        Example(
            served(USER_ROUTE, config="MASK_PII = True\nSENSITIVE_FIELDS = ['email', 'phone', 'ssn']\n"),
            why="a flag and a list of sensitive fields that no code reads",
        ),
        Example(
            served(
                "from files import sanitize_filename\n\n@router.post('/x')\ndef x(email: str, name: str):\n"
                "    return sanitize_filename(name)\n",
                files="import re\n\ndef sanitize_filename(name):\n    return re.sub(r'[^\\w.-]', '_', name)\n",
            ),
            why="file-name cleaning",
        ),
        Example(
            served(
                MASKED_ROUTE,
                masking="import re\n\ndef mask(text):\n    return re.sub(r'\\S+@\\S+\\.\\w+', '***', text)\n",
            ),
            why="e-mail addresses alone",
        ),
        Example(
            served(
                MASKED_ROUTE, masking=PATTERNS + "\ndef mask(text):\n    print(EMAIL.sub('x', text))\n    return text\n"
            ),
            why="it only logs",
        ),
        Example(
            served(
                MASKED_ROUTE,
                masking=PATTERNS
                + "\ndef mask(text):\n    found = [p.search(text) for p in (EMAIL, PHONE, PERSONAL_NUMBER)]\n"
                "    return text if not any(found) else text.strip()\n",
            ),
            why="it only detects",
        ),
        Example(
            served(USER_ROUTE, errors="import sentry_sdk\n\nsentry_sdk.init(send_default_pii=False)\n"),
            why="send_default_pii=False",
        ),
        Example(
            {
                "gateway.py": GATEWAY.replace("question = mask(question)", "question = RULES + question").replace(
                    "from masking import mask", 'RULES = "Ignore all personal data such as e-mail addresses. "'
                )
            },
            why="a prompt that asks the model to ignore personal data",
        ),
        Example(
            {"tool.py": "def double(x: int) -> int:\n    return 2 * x\n"}, status="unknown", why="no data of persons"
        ),
    ],
)
def test_pii_masking_implemented(repo: Repo, units: Units) -> None:
    """Is there a real masking function, and is it used?

    Passes: a masker exists, and code outside its own module calls it and uses the result, in a function that runs or in
    a class that calls a language model; or live code puts a masking formatter, filter or processor on the root logger's
    handlers. A masker gives back its input with personal data replaced: its patterns, run on samples, hit e-mail
    addresses and two more kinds among phone, personal identity number, payment card and IBAN; or it rebuilds a mapping
    by a list that names an e-mail field and two more kinds of personal data. Presidio, Scrubadub and Google DLP count.
    Falls short: no masker; one that only tests, its own module or dead code call; a result that is dropped; a flag or a
    list of fields that no code reads; a function named mask or sanitize that is no masker; send_default_pii=False; a
    prompt that asks the model to ignore personal data.
    Unknown: no data of persons was found in the code.
    Impact: Names, e-mail addresses and personal identity numbers spread to logs, caches and vendors in clear text.
    Recommendation: Add one masking module (patterns for e-mail, phone, personnummer, card, IBAN; or Presidio) and call
    it at the LLM gateway and in the log formatter.
    """
    privacy = repo.privacy
    if not privacy.handled:
        unknown(NO_PERSONS)
    applied = next((a for a in privacy.masking.applications if not a.problem), None)
    if applied is not None:
        source = [] if applied.masker is None else [applied.masker.site]
        units.good("masking", applied.site, *source, note="the masker is applied here")
    elif privacy.logs.root_masking is not None:
        units.good("masking", privacy.logs.root_masking, note="every record of the root logger is masked")
    else:
        units.bad("masking", *privacy.masking.rejected, note=privacy.masking.reason)


LOGGING = "import logging\n\nlogger = logging.getLogger(__name__)\n"


def logged(body: str, **modules: str) -> dict[str, str]:
    """A program whose function logs; it runs."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    source = (
        f"{LOGGING}\ndef handle(user, email, transcript):\n{lines}\n\nif __name__ == '__main__':\n    handle(1, 2, 3)\n"
    )
    return {"main.py": source} | {f"{name}.py": text for name, text in modules.items()}


ROOT_FILTER = (
    "import logging\nfrom masking import mask\n\nclass Masked(logging.Filter):\n    def filter(self, record):\n"
    "        record.msg, record.args = mask(record.getMessage()), ()\n        return True\n\n"
    "def set_up():\n    for handler in logging.getLogger().handlers:\n        handler.addFilter(Masked())\n"
)
STAGE = """
from aws_cdk import App, Stack, aws_apigateway as gateway

class Api(Stack):
    def __init__(self, scope, id):
        super().__init__(scope, id)
        gateway.RestApi(self, "Api", deploy_options=gateway.StageOptions(data_trace_enabled=TRACED))

app = App()
Api(app, "Api")
"""


@check(
    severity="high",
    effort_days=2,
    depends_on=["pii_masking_implemented"],
    standard="OWASP ASVS 5.0 V16.2.5; CWE-532; GDPR Art. 5(1)(c)",
    meets=[
        Example(logged('logger.info("user %s asked", user)'), why="no such place at all"),
        Example(logged('logger.info("%d characters", len(transcript))\nlogger.debug(f"{bool(email)} {type(email)}")')),
        Example(
            logged('from masking import mask\nlogger.info("mail to %s", mask(email))', masking=MASKING),
            why="masked in the call",
        ),
        Example(
            logged('from masking import mask\nemail = mask(email)\nlogger.info(f"mail to {email}")', masking=MASKING),
            why="masked before, under the same name",
        ),
        Example(
            logged('import hashlib\nlogger.info("u=%s", hashlib.sha256(email.encode()).hexdigest())'), why="a hash"
        ),
        Example(
            logged(
                'from setup import set_up\nset_up()\nlogger.info("mail to %s", email)',
                masking=MASKING,
                setup=ROOT_FILTER,
            ),
            why="a masking filter on the root logger's handlers",
        ),
        Example(
            logged(
                "import structlog\nfrom masking import mask\n"
                "def hide(logger, method, event):\n    event['event'] = mask(event['event'])\n    return event\n"
                "structlog.configure(processors=[hide, structlog.processors.JSONRenderer()])\n"
                "structlog.get_logger().info(f'mail to {email}')",
                masking=MASKING,
            ),
            why="a masking structlog processor",
        ),
        Example({"cdk.json": '{"app": "python3 stack.py"}', "stack.py": STAGE.replace("TRACED", "False")}),
    ],
    falls_short=[
        Example(logged('logger.info(f"mail to {email}")'), score=0),
        Example(logged('logger.info("user %s, mail %s", user, user.email)'), score=0),
        Example(logged('print("said: " + transcript)'), score=0),
        Example(logged('logger.info("sent", extra={"email": email})'), score=0),
        Example(logged('logger.info("sent to %s", user["personnummer"])\nlogger.info("%d", len(email))'), score=50),
        Example(
            {"cdk.json": '{"app": "python3 stack.py"}', "stack.py": STAGE.replace("TRACED", "True")},
            score=0,
            why="data tracing of API Gateway",
        ),
    ],
    decoys=[
        Example(
            logged('import json\nline = json.dumps({"user": user, "mail": email})\nlogger.info(line)'),
            score=0,
            why="a local that is built from it",
        ),
        Example(
            logged("from masking import mask\nlogger.info(mask(email))", masking=IDENTITY), score=0, why="no masker"
        ),
        Example(
            logged("from masking import mask\nmask(email)\nlogger.info(email)", masking=MASKING),
            score=0,
            why="the masker's result is dropped",
        ),
        Example(
            logged('logger.info("mail to %s", email)', masking=MASKING, setup=ROOT_FILTER),
            score=0,
            why="a filter that nothing attaches",
        ),
        Example(
            logged(
                'import logging as log\nfrom setup import Masked\nlog.getLogger("other").addFilter(Masked())\n'
                'logger.info("mail to %s", email)',
                masking=MASKING,
                setup=ROOT_FILTER,
            ),
            score=0,
            why="a filter on another logger",
        ),
        Example(
            logged(
                'record = {"id": user, "email": email}\nlogger.info("%s", record["id"])\nlogger.info(user.email_id)\n'
                'logger.info("none" if email is None else "mail")\nlogger.info("tokens: %d", user.prompt_tokens)'
            ),
            score=100,
            why="other fields, comparisons and counts",
        ),
        Example(
            logged('from setup import find\nfound = find(email)\nlogger.info("found %s", found.id)', setup=""),
            score=100,
            why="what a call with it gives back is another thing",
        ),
        Example(
            {"main.py": "import math\n\ndef area(email):\n    return math.log(email)\n"}, score=100, why="no logger"
        ),
        Example(
            {"tests/test_x.py": "def test_x(email):\n    print(email)\n", "main.py": "x = 1\n"}, score=100, why="a test"
        ),
    ],
)
def test_pii_not_logged(repo: Repo, units: Units) -> None:
    """Is personal data kept out of the logs?

    Passes: each log call (or print) whose arguments hold personal data by name hides it with a masker, len, bool, type
    or a hash; or live code puts a masking filter, formatter or structlog processor on the root logger's handlers. No
    such call at all passes too.
    Falls short: an e-mail address, a transcript, a prompt or other personal data reaches the log call as it is:
    directly, in an f-string, argument, extra or keyword, or in a local built from it; API Gateway data tracing, which
    writes whole request bodies to the log.
    Impact: Everyone with log access, and the log vendor, can read customers' personal data, often for years.
    Recommendation: Log ids instead of values, mask in the log formatter, and switch API Gateway data tracing off.
    """
    units.none_is_fine("no log call holds personal data, and no API Gateway traces data")
    for place in repo.privacy.logs.places:
        units.decide(place.name, place.is_clean, place, note=place.note)
    for setting in repo.privacy.traced:
        units.bad(f"{setting.path}:{setting.line}", setting, note="data tracing writes whole requests to the log")


ASK = """
from openai import AsyncOpenAI

client = AsyncOpenAI()

async def ask(text):
    BODY
"""


def asking(body: str, **modules: str) -> dict[str, str]:
    """A module whose function asks a model."""
    source = ASK.replace("BODY", body.replace("\n", "\n    "))
    return {"ask.py": source} | {f"{name}.py": text for name, text in modules.items()}


CREATE = 'await client.chat.completions.create(model="m", messages=[{"role": "user", "content": text}])'
CALLER = (
    "from ask import ask\nfrom masking import mask\n\nasync def run(document):\n    return await ask(mask(document))\n"
)


@check(
    severity="critical",
    effort_days=4,
    depends_on=["pii_masking_implemented"],
    standard="OWASP LLM Top 10 2025 LLM02; GDPR Art. 25, Art. 32(1)(a); OWASP ASVS 5.0 V14.2.3",
    meets=[
        Example({"gateway.py": GATEWAY, "masking.py": MASKING}, why="masked earlier in the same method"),
        Example(asking(f"return {CREATE}", masking=MASKING, run=CALLER), why="every caller passes a masked value"),
        Example(
            {
                "agent.py": """
                import anthropic
                from masking import mask

                class Agent:
                    def __init__(self, system_prompt="Summarise."):
                        self.client = anthropic.Anthropic()
                        self.system = system_prompt

                    def _prompt(self, meeting):
                        return f"Meeting {meeting.id}: {mask(meeting.transcript)}"

                    def run(self, meeting):
                        prompt = self._prompt(meeting)
                        return self.client.messages.create(
                            model="c", max_tokens=10, system=self.system, messages=[{"role": "user", "content": prompt}]
                        )
                """,
                "masking.py": MASKING,
            },
            why="masked where the prompt is built",
        ),
        Example(
            asking(
                "import boto3, json\nfrom masking import mask\nbody = json.dumps({'prompt': mask(text), 'max': 5})\n"
                "return boto3.client('bedrock-runtime').invoke_model(modelId='m', body=body)",
                masking=MASKING,
            ),
            why="a body that is built of masked text",
        ),
        Example(
            {
                "base.py": "from masking import mask\n\nclass Base:\n    def run(self, text):\n"
                "        return self._send(mask(text))\n\n"
                "    def _send(self, prompt):\n        raise NotImplementedError\n",
                "openai_model.py": "from openai import OpenAI\nfrom base import Base\n\nclass Model(Base):\n"
                "    def _send(self, prompt):\n        client = OpenAI()\n"
                "        return client.responses.create(model='m', input=prompt)\n",
                "masking.py": MASKING,
            },
            why="the base class masks before its subclass sends",
        ),
    ],
    falls_short=[
        Example(asking(f"return {CREATE}"), score=0, why="a parameter as it comes"),
        Example(
            {**asking(f"return {CREATE}", masking=MASKING), "gateway.py": GATEWAY}, score=50, why="one caller of two"
        ),
        Example(
            asking(f"import json\ntext = json.dumps({{'document': text}})\nreturn {CREATE}"),
            score=0,
            why="json.dumps of it",
        ),
        Example(
            asking(
                f"return {CREATE}",
                masking=MASKING,
                run=CALLER,
                other="from ask import ask\n\nasync def run(document):\n    return await ask(document)\n",
            ),
            score=0,
            why="one of its callers does not mask",
        ),
        Example(
            {"agents/planner.py": "class Planner:\n    def plan(self, llm, x):\n        return llm.complete(x)\n"},
            score=0,
            why="agents, but nobody who calls a provider",
        ),
    ],
    decoys=[
        Example(
            asking(
                f"import logging\nfrom masking import mask\nlogging.info(mask(text))\nreturn {CREATE}", masking=MASKING
            ),
            score=0,
            why="only the logged copy is masked",
        ),
        Example(
            asking(f"from masking import mask\nsafe = mask(text)\nreturn {CREATE}", masking=MASKING),
            score=0,
            why="the cached copy is masked, the text is sent",
        ),
        Example(
            asking(
                f"from masking import mask\nanswer = {CREATE}\nreturn mask(answer.choices[0].message.content)",
                masking=MASKING,
            ),
            score=0,
            why="the answer is masked instead of the prompt",
        ),
        Example(asking(f"from masking import mask\nreturn {CREATE}", masking=MASKING), score=0, why="only imported"),
        Example(asking(f"from masking import mask\ntext = mask(text)\nreturn {CREATE}", masking=IDENTITY), score=0),
        Example(
            asking(
                f"from masking import mask\nif len(text) > 10:\n    text = mask(text)\nreturn {CREATE}", masking=MASKING
            ),
            score=0,
            why="unmasked on one path",
        ),
        Example(
            asking(
                f"from masking import mask\ntext = mask(text)\ntext = await history.search(text)\nreturn {CREATE}",
                masking=MASKING,
            ),
            score=0,
            why="other text is fetched and sent",
        ),
        Example(
            {
                "chat.py": "from openai import OpenAI\n\nclass Chat:\n"
                "    def __init__(self):\n        self.log = []\n\n    def say(self, text):\n"
                "        self.log.append({'role': 'user', 'content': text})\n\n"
                "    def reply(self):\n        return OpenAI().responses.create(model='m', input=self.log)\n"
            },
            score=0,
            why="a history that another method fills",
        ),
        Example(
            asking(
                "async def once():\n    return await client.responses.create(model='m', input=text)\n"
                "return await retry(once)"
            ),
            score=0,
            why="sent by a function inside the function",
        ),
        Example(
            {
                "ping.py": "from openai import OpenAI\n\ndef healthy():\n"
                "    return OpenAI().responses.create(model='m', input='ping')\n",
                "gateway.py": GATEWAY,
                "masking.py": MASKING,
            },
            score=100,
            why="a health ping of constants is no caller",
        ),
        Example(
            {"tool.py": "def double(x: int) -> int:\n    return 2 * x\n"}, status="unknown", why="no model, no agents"
        ),
    ],
)
def test_pii_not_sent_to_llm(repo: Repo, units: Units) -> None:
    """Is personal data masked before a prompt leaves for an LLM provider?

    Passes: in each call of a provider's SDK, all that flows into the prompt is masked before, apart from constants,
    numbers and ids: by a masker earlier in the function or in what it calls, or, for a parameter, by every caller
    (followed by name up to three calls).
    Falls short: a payload, transcript, document or user message reaches the call unmasked on some path; only the logged
    or cached copy is masked; the answer is masked instead of the prompt; a masker is imported and not applied; agents,
    but nobody who calls a provider.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: Customers' personal data is disclosed to outside model providers with every prompt.
    Recommendation: Send all prompts through one gateway that masks before the provider call, and remove direct SDK
    clients from the agents.
    """
    needs_models(repo)
    for caller in repo.llm.calls.callers:
        sent = repo.privacy.prompts.sent(caller)
        raw = [s for s in sent if s.source is not None]
        places = [p for s in raw for p in (s.source, s.call) if p is not None]
        if raw:
            units.bad(caller.name, *places, note="text is sent here unmasked")
        else:
            units.good(caller.name, *(s.call for s in sent), note="nothing is sent unmasked")


@check(
    severity="high",
    effort_days=2,
    standard="GDPR Art. 32(1)(a); AWS Well-Architected SEC 8; CWE-311",
    meets=[
        Example(declared(ENCRYPTED), why="every store in CDK"),
        Example({"main.tf": TERRAFORM_ENCRYPTED}, why="every store in Terraform"),
        Example(
            {
                "template.json": '{"Resources": {"Db": {"Type": "AWS::RDS::DBInstance", "Properties":'
                ' {"StorageEncrypted": true}}, "Bucket": {"Type": "AWS::S3::Bucket"}}}'
            },
            why="CamelCase keys of a template; S3 by platform default",
        ),
        Example(
            {
                "src/ops/cache.py": "import boto3\n\ndef make():\n    client = boto3.client('elasticache')\n"
                "    options = dict(AtRestEncryptionEnabled=True, TransitEncryptionEnabled=True)\n"
                "    client.create_replication_group(ReplicationGroupId='x', **options)\n"
            },
            why="API parameters",
        ),
        Example(
            card("Column(StringEncryptedType(String, 'k'))", "from sqlalchemy_utils import StringEncryptedType"),
            why="an encrypting column type",
        ),
        Example(
            card("Column(LargeBinary)")
            | {
                "pay.py": "from cryptography.fernet import Fernet\nfrom models import Payment\n\n"
                "box = Fernet(load())\n\n"
                "def hide(text):\n    return box.encrypt(text.encode())\n\n"
                "def store(number):\n    return Payment(card_number=hide(number))\n"
            },
            why="encryption in the writer",
        ),
        Example(
            card(
                "Column(Hidden)",
                "from sqlalchemy.types import TypeDecorator\nfrom cryptography.fernet import Fernet\n\n"
                "class Hidden(TypeDecorator):\n    impl = String\n\n"
                "    def process_bind_param(self, value, dialect):\n        return Fernet(self.key).encrypt(value)\n",
            ),
            why="a column type of the repository that encrypts",
        ),
    ],
    falls_short=[
        Example(declared('rds.DatabaseInstance(self, "D", engine=engine)'), why="absent, off by default", score=0),
        Example(declared('efs.FileSystem(self, "F", encrypted=False)'), why="switched off", score=0),
        Example(
            declared('cache.CfnCacheCluster(self, "C", engine="redis")\ns3.Bucket(self, "B")'),
            why="a Redis cluster that cannot encrypt at rest",
            score=50,
        ),
        Example(
            declared('search.Domain(self, "S", node_to_node_encryption=True, enforce_https=True)'),
            why="two of three",
            score=0,
        ),
        Example({"main.tf": 'resource "aws_ebs_volume" "v" {\n  size = 8\n}\n'}, score=0),
        Example(card("Column(String)"), why="a column in clear text", score=0),
        Example(served(USER_ROUTE), why="personal data, and no store at all", score=0),
    ],
    decoys=[
        Example(
            declared('kms.Key(self, "K")\nrds.DatabaseInstance(self, "D", engine=engine)'),
            why="a KMS key that is attached to no store",
        ),
        Example(
            declared('rds.DatabaseInstance(self, "D", engine=engine)')
            | {"README.md": "All data is encrypted at rest with KMS.\n"},
            why="a sentence in a README",
        ),
        Example(
            card("Column(LargeBinary)")
            | {"pay.py": "from models import Payment\n\ndef store(number):\n    return Payment(card_number=number)\n"},
            why="a writer that stores clear text",
        ),
        Example(
            card("Column(LargeBinary)")
            | {
                "pay.py": "from models import Payment\n\ndef encrypt(x):\n    return x\n\n"
                "def store(number):\n    return Payment(card_number=encrypt(number))\n"
            },
            why="a function named encrypt that does not",
        ),
        Example(
            {
                "main.tf": 'resource "aws_rds_cluster" "c" {\n  storage_encrypted = var.safe\n}\n\n'
                'resource "aws_rds_cluster_instance" "i" {\n  cluster_identifier = aws_rds_cluster.c.id\n}\n\n'
                'variable "safe" {\n  default = true\n}\n'
            },
            why="a variable with a default; a member of the cluster is no store",
            score=100,
        ),
        Example(
            declared('rds.DatabaseCluster(self, "D", storage_encryption_key=kms.Key(self, "K"))'),
            why="encrypted by its key",
            score=100,
        ),
        Example({"cdk.py": "x = 1\n"}, why="neither stores nor personal data", score=100),
    ],
)
def test_pii_encryption(repo: Repo, units: Units) -> None:
    """Are the stores that hold personal data encrypted?

    Passes: RDS and Aurora have storage_encrypted; ElastiCache encrypts at rest and in transit; OpenSearch at rest, from
        node to node, and enforces HTTPS; EFS, EBS and Redshift are encrypted; DynamoDB and S3 are by default. Columns
        of identity, passport, account and card numbers have an encrypting type, or their writers encrypt.
    Falls short: a setting that is off, or absent where the platform's default is off; a Redis cache cluster; a KMS key
        that is attached to no store; a sentence in a README. Nothing to be seen where personal data is kept.
    Impact: A stolen disk, snapshot or network capture exposes customers' personal data in clear text.
    Recommendation: Turn on encryption at rest and in transit for each listed store, with a KMS key of your own.
    """
    for store in repo.encryption.stores:
        verdict = repo.encryption.of(store)
        places = (store, verdict.place) if verdict.place else (store,)
        units.decide(store.label, verdict.ok, *places, note=verdict.why)
    for column in repo.encryption.columns:
        verdict = repo.encryption.of_column(column)
        units.decide(f"column {column.name}", verdict.ok, verdict.place or column, note=verdict.why)
    if not repo.privacy.handled:
        units.none_is_fine("no store is created, and no data of persons was found")
