"""Edits of Fyren for the checks of security_compliance."""

from __future__ import annotations

from tests.edits.model import Edit, Pair

SRC = "src/fyren"
KEYS = "security_compliance.api_key_security"
TENANTS = "security_compliance.multi_tenant_isolation"
GDPR = "security_compliance.gdpr_compliance"
PII = "security_compliance.pii_handling"
VENDORS, DATA = f"{SRC}/modell/leverantorer.py", f"{SRC}/data/protokoll.py"
IDENTITY, SERVER = f"{SRC}/webb/identitet.py", f"{SRC}/webb/server.py"
ALL = "self.session.query(Protocol).filter(Protocol.tenant_id == self.tenant_id).all()"
LOGGED = Edit(
    f"{SRC}/webb/protokoll.py",
    "    texts = [",
    '    log.info("%s took a copy", kept.person(identity.person_id).email)\n    texts = [',
)

PAIRS: dict[str, Pair] = {
    f"{KEYS}.no_hardcoded_keys": Pair(
        [Edit(IDENTITY, 'read_secret("jwt-signing-secret")', 'JWT_SECRET'),
         Edit(IDENTITY, "\n\n@dataclass", '\nJWT_SECRET = "lykta-4417-fyr-x29q"\n\n\n@dataclass')],
        [Edit(IDENTITY, 'read_secret("jwt-signing-secret")', 'read_secret(JWT_SECRET)'),
         Edit(IDENTITY, "\n\n@dataclass", '\nJWT_SECRET = "jwt-signing-secret"\n\n\n@dataclass')],
    ),
    f"{KEYS}.secrets_manager_used": Pair(
        [Edit(VENDORS, 'AsyncOpenAI(api_key=read_secret("openai-api-key"))', "AsyncOpenAI(api_key=settings.openai_api_key)"),
         Edit(VENDORS, "from fyren.hemligheter import read_secret\n", "from fyren.settings import settings\n"),
         Edit(f"{SRC}/settings.py", "    vault_addr", '    openai_api_key: str = ""\n    vault_addr'),
         Edit(".env.example", "# Var Vault", "# Nyckel till OpenAI.\nFYREN_OPENAI_API_KEY=\n# Var Vault")],
        [Edit(f"{SRC}/settings.py", "    vault_addr", '    openai_base_url: str = ""\n    vault_addr'),
         Edit(".env.example", "# Var Vault", "# Adress till OpenAI. Förval: leverantörens egen.\nFYREN_OPENAI_BASE_URL=\n# Var Vault")],
    ),
    f"{KEYS}.env_vars_documented": Pair(
        [Edit(f"{SRC}/settings.py", "    vault_addr", '    queue_url: str = ""\n    vault_addr')],
        [Edit(f"{SRC}/settings.py", "    vault_addr", '    queue_url: str = ""\n    vault_addr'),
         Edit("docs/drift.md", "## Gallring", "Köns adress står i `FYREN_QUEUE_URL`.\n\n## Gallring"),
         Edit(".env.example", "# Var Vault", "# FYREN_QUEUE_URL=\n# Var Vault")],
    ),
    f"{KEYS}.key_rotation_possible": Pair(
        [Edit("docs/drift.md", "## Nyckelrotation", "## Nycklar")],
        [Edit("docs/drift.md", "## Nyckelrotation", "## Så roteras nycklar: rotering")],
    ),
    f"{TENANTS}.tenant_id_required": Pair(
        [Edit(DATA, "session: Session, tenant_id: str)", 'session: Session, tenant_id: str = "demo")')],
        [Edit(DATA, "session: Session, tenant_id: str)", "session: Session, *, tenant_id: str)"),
         Edit(f"{SRC}/webb/protokoll.py", "Protocols(db, tenant_id)", "Protocols(db, tenant_id=tenant_id)"),
         Edit(f"{SRC}/webb/protokoll.py", "Protocols(db, identity.tenant_id)", "Protocols(db, tenant_id=identity.tenant_id)")],
    ),
    f"{TENANTS}.data_isolation_enforced": Pair(
        [Edit(DATA, ALL, "self.session.query(Protocol).all()")],
        [Edit(DATA, ALL, "self.session.query(Protocol).filter_by(tenant_id=self.tenant_id).all()")],
    ),
    f"{TENANTS}.middleware_validates_tenant": Pair(
        [Edit(f"{SRC}/webb/protokoll.py", ', dependencies=[Depends(own_company)])', ")")],
        [Edit(f"{SRC}/webb/protokoll.py", ', dependencies=[Depends(own_company)])', ")"),
         Edit(SERVER, "include_router(protokoll.companies)", "include_router(protokoll.companies, dependencies=[Depends(own_company)])"),
         Edit(SERVER, "from fastapi import FastAPI", "from fastapi import Depends, FastAPI"),
         Edit(SERVER, "import IdentityMiddleware", "import IdentityMiddleware, own_company")],
        also=[f"{TENANTS}.cross_tenant_access_prevented"],
    ),
    f"{TENANTS}.cross_tenant_access_prevented": Pair(
        [Edit(IDENTITY, "    raise HTTPException(403", '    log.warning("another company")\n    if not tenant_id:\n        raise HTTPException(403'),
         Edit(IDENTITY, "\n\n@dataclass", "\nlog = logging.getLogger(__name__)\n\n\n@dataclass"),
         Edit(IDENTITY, "from dataclasses", "import logging\nfrom dataclasses")],
        [Edit(IDENTITY, "    if request.state.identity.tenant_id == tenant_id:\n        return\n    raise HTTPException(403",
              "    if request.state.identity.tenant_id != tenant_id:\n        raise HTTPException(403")],
        also=[f"{TENANTS}.middleware_validates_tenant"],
    ),
    f"{GDPR}.agent_svea_uses_eu_region": Pair(
        [Edit(f"{SRC}/agenter/bokforing/lag.py", "eu-north-1", "us-west-2")],
        [Edit(f"{SRC}/agenter/bokforing/lag.py", "eu-north-1", "eu-west-3")],
    ),
    f"{GDPR}.data_retention_policy": Pair(
        [Edit("deploy/terraform/data.tf", "  retention_in_days = 60\n", "")],
        [Edit("deploy/terraform/data.tf", "days = 30", "days = 14")],
    ),
    f"{GDPR}.right_to_deletion": Pair(
        [Edit(DATA, "        self.session.query(Person).filter_by(tenant_id=self.tenant_id, id=person_id).delete()\n", "")],
        [Edit(f"{SRC}/webb/protokoll.py", '@me.delete("", status_code=204)', '@me.post("/forget", status_code=204)')],
    ),
    f"{GDPR}.data_portability": Pair(
        [Edit(f"{SRC}/webb/protokoll.py", '"/export"', '"/overview"'),
         Edit(f"{SRC}/webb/protokoll.py", "def export(", "def overview(")],
        [Edit(f"{SRC}/webb/protokoll.py", '"/export"', '"/download"'),
         Edit(f"{SRC}/webb/protokoll.py", "def export(", "def overview(")],
    ),
    f"{PII}.pii_masking_implemented": Pair(
        [Edit(f"{SRC}/maskning.py", "return PERSONAL.sub(kind, text)", "return text if PERSONAL.search(text) else kind(text)"),
         Edit(f"{SRC}/maskning.py", "def kind(found: Match[str]) -> str:\n        return f\"[{found.lastgroup}]\"",
              "def kind(found: str) -> str:\n        return found")],
        [Edit(f"{SRC}/maskning.py", "return PERSONAL.sub(kind, text)", "return re.sub(PERSONAL, kind, text)")],
        also=[f"{PII}.pii_not_logged", f"{PII}.pii_not_sent_to_llm"],
    ),
    f"{PII}.pii_not_logged": Pair(
        [LOGGED,
         Edit(f"{SRC}/loggning.py", "return mask(super().format(record))", "return super().format(record)")],
        [LOGGED],
    ),
    f"{PII}.pii_not_sent_to_llm": Pair(
        [Edit(VENDORS, "input=mask(prompt)", "input=prompt")],
        [Edit(VENDORS, "input=mask(prompt)", 'input="Answer briefly. " + mask(prompt)')],
    ),
    f"{PII}.pii_encryption": Pair(
        [Edit("deploy/terraform/data.tf", "  storage_encrypted           = true\n", "")],
        [Edit("deploy/terraform/data.tf", 'sse_algorithm = "aws:kms"', 'sse_algorithm = "AES256"')],
    ),
}  # fmt: skip
