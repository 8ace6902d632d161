"""Edits of `tests/ready_repo`: for each check one that must make it fall, and one that only looks as if it should."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

AGENT_FOLDERS = {"meetmind": "meetings", "agent_svea": "accounting", "felicias_finance": "investing"}
SRC = "src/harbor"


@dataclass(frozen=True)
class Edit:
    """Replace `old` by `new` in a file; no `old` creates the file, no `new` deletes it."""

    path: str
    old: str | None = None
    new: str | None = None

    def apply(self, root: Path) -> None:
        """Change the copy of the tree at root; text that is not there is an error of the test."""
        file = root / self.path
        if self.old is None:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(self.new or "", "utf-8")
        elif self.new is None:
            file.unlink()
        else:
            text = file.read_text("utf-8")
            assert self.old in text, f"{self.path} does not hold {self.old!r}"
            file.write_text(text.replace(self.old, self.new), "utf-8")


@dataclass(frozen=True)
class Pair:
    """What must make a check fall, what must not, and which other checks rest on the same fact."""

    falls: Sequence[Edit]
    holds: Sequence[Edit]
    also: Sequence[str] = ()


def _agent(team: str, role: str, name: str) -> tuple[str, Pair]:
    """The answer is thrown away, against an answer that takes one more step to the caller."""
    path = f"{SRC}/{AGENT_FOLDERS[team]}/{role}.py"
    thrown = Edit(path, "answer.splitlines()", '["as planned"]')
    longer = Edit(path, "answer.splitlines()", "[line.strip() for line in str(answer).splitlines()]")
    return f"llm_integration.{team}_integration.{name}", Pair([thrown], [longer])


def _agents() -> dict[str, Pair]:
    roles = ("coordinator", "architect", "product_manager", "implementation", "quality_assurance")
    names = {"meetmind": "{}_llm_integration", "agent_svea": "{}_llm_integration", "felicias_finance": "{}_refactored"}
    found = dict(_agent(team, role, name.format(role)) for team, name in names.items() for role in roles)
    return found | dict([_agent("felicias_finance", "banking", "banking_agent_refactored")])


FALLBACK = "llm_integration.fallback_logic"
PROVIDERS = "llm_integration.multi_provider_support"
KEYS = "security_compliance.api_key_security"
TENANTS = "security_compliance.multi_tenant_isolation"
GDPR = "security_compliance.gdpr_compliance"
PII = "security_compliance.pii_handling"
PROVIDER_FILE, SERVICE_FILE = f"{SRC}/llm/providers.py", f"{SRC}/llm/service.py"

PAIRS: dict[str, Pair] = _agents() | {
    "llm_integration.agent_svea_integration.swedish_language_support": Pair(
        [Edit(f"{SRC}/accounting/architect.py", "Föreslå konton för dessa verksamheter och svara på svenska",
              "Suggest accounts (BAS, Skatteverket)")],
        [Edit(f"{SRC}/accounting/architect.py", "Föreslå konton för dessa verksamheter och svara på svenska",
              "Suggest accounts for these trades; answer in Swedish")],
    ),
    f"{FALLBACK}.all_agents_have_fallback": Pair(
        [Edit(f"{SRC}/meetings/architect.py", "except ModelUnavailable:\n            return self._by_rules(questions)",
              'except ModelUnavailable as error:\n            return {"error": str(error)}')],
        [Edit(f"{SRC}/meetings/architect.py", "except ModelUnavailable:", "except Exception:")],
        also=[f"{FALLBACK}.fallback_maintains_functionality"],
    ),
    f"{FALLBACK}.fallback_tested": Pair(
        [Edit("tests/test_meetings.py", "    assert answer[\"ranking\"] == [\"export\", \"dark mode\"]\n", "")],
        [Edit("tests/test_meetings.py", "CoordinatorAgent(llm=None)", "CoordinatorAgent(llm=FailingModel())")],
    ),
    f"{FALLBACK}.fallback_maintains_functionality": Pair(
        [Edit(f"{SRC}/investing/product_manager.py", "sorted(products, key=lambda p: products[p])",
              '["index fund", "bond"]')],
        [Edit(f"{SRC}/investing/product_manager.py", "sorted(products, key=lambda p: products[p])",
              "[p for p in products if products[p] < 3]")],
    ),
    f"{PROVIDERS}.bedrock_support": Pair(
        [Edit(PROVIDER_FILE, 'return json.loads(answer["body"].read())["content"][0]["text"]',
              'return "done"')],
        [Edit(PROVIDER_FILE, "answer = self._runtime.invoke_model(", "answer = self._runtime.converse(")],
        also=[f"{PROVIDERS}.automatic_failover"],
    ),
    f"{PROVIDERS}.openai_support": Pair(
        [Edit(SERVICE_FILE, "        self._openai = OpenAIProvider()\n", ""),
         Edit(SERVICE_FILE, "return await self._openai.complete(prompt)", "return await self._bedrock.complete(prompt)")],
        [Edit(PROVIDER_FILE, "from openai import AsyncOpenAI", "from openai import AsyncOpenAI as Client"),
         Edit(PROVIDER_FILE, "AsyncOpenAI(api_key", "Client(api_key")],
        also=[f"{PROVIDERS}.automatic_failover"],
    ),
    f"{PROVIDERS}.local_fallback": Pair(
        [Edit(PROVIDER_FILE, 'return ". ".join(sorted(sentences, key=len, reverse=True)[:3])',
              'return "Sorry, no model can be reached."')],
        [Edit(PROVIDER_FILE, "sorted(sentences, key=len, reverse=True)[:3]", "sentences[-3:]")],
        also=[f"{PROVIDERS}.automatic_failover"],
    ),
    f"{PROVIDERS}.automatic_failover": Pair(
        [Edit(SERVICE_FILE, 'log.warning("openai failed, answering from rules", exc_info=True)',
              'log.warning("openai failed, trying next provider")\n            raise')],
        [Edit(SERVICE_FILE, 'log.warning("openai failed, answering from rules", exc_info=True)',
              "return await self._rules.complete(prompt)")],
        also=[f"{PROVIDERS}.local_fallback"],
    ),
    f"{KEYS}.no_hardcoded_keys": Pair(
        [Edit(f"{SRC}/web/auth.py", "bearer = HTTPBearer()", 'bearer = HTTPBearer()\nSIGNING_KEY = "tide-4821-anchor-77x9"')],
        [Edit(f"{SRC}/web/auth.py", "bearer = HTTPBearer()", 'bearer = HTTPBearer()\nTOKEN_NAME = "oauth2_access_token"')],
    ),
    f"{KEYS}.secrets_manager_used": Pair(
        [Edit(PROVIDER_FILE, 'secret("OPENAI_API_KEY")', 'os.environ["OPENAI_API_KEY"]'),
         Edit(PROVIDER_FILE, "import json\n", "import json\nimport os\n")],
        [Edit(f"{SRC}/secrets.py", "    client = boto3", '    if os.environ.get("HARBOR_OFFLINE"):\n        raise RuntimeError(name)\n'
              "    client = boto3"),
         Edit(f"{SRC}/secrets.py", "from functools", "import os\nfrom functools"),
         Edit(".env.example", "LOG_LEVEL=", "LOG_LEVEL=\n# Set in tests only.\nHARBOR_OFFLINE=")],
        also=[f"{KEYS}.env_vars_documented"],
    ),
    f"{KEYS}.env_vars_documented": Pair(
        [Edit(".env.example", "LOG_LEVEL=", "")],
        [Edit(".env.example", "LOG_LEVEL=", "# LOG_LEVEL=DEBUG")],
    ),
    f"{KEYS}.key_rotation_possible": Pair(
        [Edit("docs/operations.md", "--force-new-deployment", "--desired-count 2"),
         Edit("docs/operations.md", "The second command restarts the running tasks, which read the new value when they start. ", "")],
        [Edit("docs/operations.md", "## Key rotation", "## Nyckelrotation: att rotera nycklar")],
    ),
    f"{TENANTS}.tenant_id_required": Pair(
        [Edit(f"{SRC}/data/notes.py", "def notes_of(session: Session, tenant_id: str)",
              'def notes_of(session: Session, tenant_id: str = "default")')],
        [Edit(f"{SRC}/data/notes.py", "def notes_of(session: Session, tenant_id: str) -> list[Note]:\n"
              '    """All notes of the tenant."""\n',
              "def notes_of(session: Session, tenant_id: str | None = None) -> list[Note]:\n"
              '    """All notes of the tenant."""\n    if tenant_id is None:\n        raise ValueError("no tenant")\n')],
    ),
    f"{TENANTS}.data_isolation_enforced": Pair(
        [Edit(f"{SRC}/data/notes.py", "select(Note).where(Note.tenant_id == tenant_id)", "select(Note)")],
        [Edit(f"{SRC}/data/notes.py", "select(Note).where(Note.tenant_id == tenant_id)",
              "select(Note).filter_by(tenant_id=tenant_id)")],
    ),
    f"{TENANTS}.middleware_validates_tenant": Pair(
        [Edit(f"{SRC}/web/app.py", ", dependencies=[Depends(same_tenant)])", ")")],
        [Edit(f"{SRC}/web/tenancy.py", "status_code=403", "status_code=status.HTTP_403_FORBIDDEN"),
         Edit(f"{SRC}/web/tenancy.py", "HTTPException, Request", "HTTPException, Request, status")],
        also=[f"{TENANTS}.cross_tenant_access_prevented"],
    ),
    f"{TENANTS}.cross_tenant_access_prevented": Pair(
        [Edit(f"{SRC}/web/tenancy.py", "if requested != caller.tenant_id:", "if requested not in KNOWN:"),
         Edit(f"{SRC}/web/tenancy.py", "\n\ndef same_tenant", '\nKNOWN = {"nord", "syd"}\n\n\ndef same_tenant')],
        [Edit(f"{SRC}/web/tenancy.py", "if requested != caller.tenant_id:", "if not caller.tenant_id == requested:")],
        also=[f"{TENANTS}.middleware_validates_tenant"],
    ),
    f"{GDPR}.agent_svea_uses_eu_region": Pair(
        [Edit(f"{SRC}/accounting/team.py", "eu-north-1", "us-east-1")],
        [Edit(f"{SRC}/accounting/team.py", 'llm_service("eu-north-1")', 'llm_service(region="eu-central-1")')],
    ),
    f"{GDPR}.data_retention_policy": Pair(
        [Edit("infra/storage.py", ', lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(90))]', "")],
        [Edit("infra/storage.py", "logs.RetentionDays.ONE_MONTH", "logs.RetentionDays.TWO_WEEKS")],
    ),
    f"{GDPR}.right_to_deletion": Pair(
        [Edit(f"{SRC}/web/app.py", "    service.include_router(me.router)\n", "")],
        [Edit(f"{SRC}/web/me.py", '@router.delete("", status_code=204)', '@router.post("/erase", status_code=204)')],
        also=[f"{GDPR}.data_portability"],
    ),
    f"{GDPR}.data_portability": Pair(
        [Edit(f"{SRC}/data/subject.py", '"notes": [{"created": n.created_at.isoformat(), "minutes": n.minutes} for n in notes]',
              '"notes": 0'),
         Edit(f"{SRC}/data/subject.py",
              "    notes = session.scalars(select(Note).where(Note.tenant_id == tenant_id, Note.owner_id == user_id))\n", "")],
        [Edit(f"{SRC}/web/me.py", '"/export"', '"/takeout"')],
    ),
    f"{PII}.pii_masking_implemented": Pair(
        [Edit(f"{SRC}/masking.py", "        text = pattern.sub(f\"<{kind}>\", text)\n",
              "        if pattern.search(text):\n            continue\n")],
        [Edit(f"{SRC}/masking.py", 'pattern.sub(f"<{kind}>", text)', 're.sub(pattern, "***", text)')],
        also=[f"{PII}.pii_not_logged", f"{PII}.pii_not_sent_to_llm"],
    ),
    f"{PII}.pii_not_logged": Pair(
        [Edit(f"{SRC}/web/notes.py", 'log.info("note %s added", added.id)', 'log.info("added for %s", caller.email)'),
         Edit(f"{SRC}/masking.py", "        handler.addFilter(MaskingFilter())\n", "        handler.setLevel(level)\n")],
        [Edit(f"{SRC}/web/notes.py", 'log.info("note %s added", added.id)', 'log.info("added for %s", caller.email)')],
    ),
    f"{PII}.pii_not_sent_to_llm": Pair(
        [Edit(PROVIDER_FILE, "question = masked(prompt)", "question = prompt"),
         Edit(PROVIDER_FILE, "        answer = await self", '        log.info("asked %s", masked(prompt))\n        answer = await self'),
         Edit(PROVIDER_FILE, "import boto3\n", "import logging\n\nimport boto3\n"),
         Edit(PROVIDER_FILE, "\n\nclass BedrockProvider", "\nlog = logging.getLogger(__name__)\n\n\nclass BedrockProvider")],
        [Edit(PROVIDER_FILE, "question = masked(prompt)", 'question = "Answer briefly. " + masked(prompt)')],
    ),
    f"{PII}.pii_encryption": Pair(
        [Edit("infra/storage.py", "            storage_encrypted=True,\n", "")],
        [Edit("infra/storage.py", "storage_encrypted=True", "storage_encrypted=True, deletion_protection=True")],
    ),
}  # fmt: skip
