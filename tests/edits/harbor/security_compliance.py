"""Edits of Harbor for the checks of security_compliance."""

from __future__ import annotations

from tests.edits.model import Edit, Pair

SRC = "src/harbor"
KEYS = "security_compliance.api_key_security"
TENANTS = "security_compliance.multi_tenant_isolation"
GDPR = "security_compliance.gdpr_compliance"
PII = "security_compliance.pii_handling"
PROVIDER_FILE = f"{SRC}/llm/providers.py"

PAIRS: dict[str, Pair] = {
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
