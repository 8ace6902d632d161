"""Edits of Harbor for the checks of infrastructure_resilience."""

from __future__ import annotations

from tests.edits.model import Edit, Pair

SRC = "src/harbor"
CATEGORY = "infrastructure_resilience"
FACADE_FILE, LOCAL_FILE = f"{SRC}/platform/facade.py", f"{SRC}/platform/local.py"
CLOUD_FILE, BREAKER_FILE = f"{SRC}/platform/cloud.py", f"{SRC}/platform/breaker.py"
FACADE, FAILOVER, BREAKERS = (f"{CATEGORY}.{n}" for n in ("service_facade", "failover", "circuit_breakers"))
LOCAL_MODE = "        if self.mode is Mode.LOCAL:\n            return self._on(self._local, operation, *args)\n"
WARNING = '            log.warning("%s of %s runs on this machine: %r", operation, self.name, error)\n'
FACADE_PAIRS: dict[str, Pair] = {
    f"{FACADE}.facade_implemented": Pair(
        [Edit(FACADE_FILE, "        self.uploads = Uploads(", "        self._uploads = Uploads("),
         Edit(FACADE_FILE, "(self.uploads, self.sessions)", "(self._uploads, self.sessions)"),
         Edit("tests/test_platform.py", ".uploads\n", "._uploads\n")],
        [Edit(FACADE_FILE, "        self.uploads = Uploads(", "        self._uploads = Uploads("),
         Edit(FACADE_FILE, "(self.uploads, self.sessions)", "(self._uploads, self.sessions)"),
         Edit(FACADE_FILE, "local=MemorySessions\n        )\n",
              "local=MemorySessions\n        )\n\n    @property\n    def uploads(self) -> Uploads:\n        return self._uploads\n")],
        also=[f"{FACADE}.all_services_covered", f"{FAILOVER}.aws_to_local_failover", f"{BREAKERS}.circuit_breaker_per_service",
              f"{BREAKERS}.failure_threshold_configured", f"{BREAKERS}.recovery_timeout_configured",
              f"{FAILOVER}.functionality_maintained", f"{CATEGORY}.health_monitoring.health_checks_implemented"],
    ),
    f"{FACADE}.all_services_covered": Pair(
        [Edit(LOCAL_FILE, "        self._expiry.pop((tenant_id, session_id), None)", "        raise NotImplementedError"),
         Edit(CLOUD_FILE, '        self._table.delete_item(Key={"id": f"{tenant_id}/{session_id}"})', "        pass")],
        [Edit(LOCAL_FILE, "\n    def end(self, tenant_id: str, session_id: str) -> None:\n        self._expiry.pop((tenant_id, session_id), None)\n", ""),
         Edit(LOCAL_FILE, "class MemorySessions:", "class Ending:\n    _expiry: dict[tuple[str, str], int]\n\n"
              "    def end(self, tenant_id: str, session_id: str) -> None:\n        self._expiry.pop((tenant_id, session_id), None)\n\n\nclass MemorySessions(Ending):")],
        also=[f"{FAILOVER}.aws_to_local_failover", f"{FAILOVER}.functionality_maintained"],
    ),
    f"{FACADE}.mode_switching_works": Pair(
        [Edit(FACADE_FILE, LOCAL_MODE, "        if self.mode is Mode.LOCAL:\n            return None\n")],
        [Edit(FACADE_FILE, LOCAL_MODE, "        match self.mode:\n            case Mode.LOCAL:\n                return self._on(self._local, operation, *args)\n")],
    ),
    f"{FACADE}.initialization_robust": Pair(
        [Edit(FACADE_FILE, 'BucketUploads(os.environ["UPLOADS_BUCKET"])', 'BucketUploads("harbor-uploads-prod")'),
         Edit(".env.example", "UPLOADS_BUCKET=\n", "")],
        [Edit(FACADE_FILE, 'log.exception("%s is not available", name)', 'log.error("%s is not available", name, exc_info=True)')],
    ),
    f"{FAILOVER}.aws_to_local_failover": Pair(
        [Edit(CLOUD_FILE, '        return self._s3.get_object(Bucket=self._bucket, Key=f"{tenant_id}/{name}")["Body"].read()',
              '        try:\n            return self._s3.get_object(Bucket=self._bucket, Key=f"{tenant_id}/{name}")["Body"].read()\n'
              '        except Exception:\n            return b""')],
        [Edit(CLOUD_FILE, '        return self._s3.get_object(Bucket=self._bucket, Key=f"{tenant_id}/{name}")["Body"].read()',
              '        try:\n            return self._s3.get_object(Bucket=self._bucket, Key=f"{tenant_id}/{name}")["Body"].read()\n'
              '        except ClientError as error:\n            if error.response["Error"]["Code"] == "NoSuchKey":\n                return b""\n            raise'),
         Edit(CLOUD_FILE, "import boto3\n", "import boto3\nfrom botocore.exceptions import ClientError\n")],
    ),
    f"{FAILOVER}.automatic_failover": Pair(
        [Edit(FACADE_FILE, 'os.environ.get("PLATFORM_MODE", "combined")', 'os.environ.get("PLATFORM_MODE", "cloud")')],
        [Edit(FACADE_FILE, 'os.environ.get("PLATFORM_MODE", "combined")', 'os.getenv("PLATFORM_MODE", "combined")')],
    ),
    f"{FAILOVER}.failover_logged": Pair(
        [Edit(FACADE_FILE, WARNING, WARNING.replace("log.warning", "log.info"))],
        [Edit(FACADE_FILE, WARNING, '            log.error(f"{self.name} runs on this machine", exc_info=error)\n')],
    ),
    f"{FAILOVER}.functionality_maintained": Pair(
        [Edit(LOCAL_FILE, "        return self._path(tenant_id, name).read_bytes()", '        return b""'),
         Edit(LOCAL_FILE, "        self._expiry.pop((tenant_id, session_id), None)", "        pass")],
        [Edit(LOCAL_FILE, "        self._expiry.pop((tenant_id, session_id), None)", "        del self._expiry[tenant_id, session_id]")],
        also=[f"{FAILOVER}.aws_to_local_failover"],
    ),
}  # fmt: skip
HEALTH = f"{CATEGORY}.health_monitoring"
HEALTH_FILE, APP_FILE, BOARD = f"{SRC}/web/health.py", f"{SRC}/web/app.py", "infra/grafana/harbor.json"
SETTINGS = "FAILURES, WAIT = 5, 30.0\n"
GUARDED = "return self._breaker.call(self._on, self._cloud, operation, *args)"
SILENT = '        log.warning("the database does not answer: %r", error)\n        return "unhealthy"\n'
BREAKER_PAIRS: dict[str, Pair] = {
    f"{BREAKERS}.circuit_breaker_per_service": Pair(
        [Edit(FACADE_FILE, SETTINGS, SETTINGS + 'SHARED = Breaker("platform", FAILURES, WAIT)\n'),
         Edit(FACADE_FILE, "self._breaker = Breaker(name, FAILURES, WAIT)", "self._breaker = SHARED")],
        [Edit(FACADE_FILE, GUARDED, "breaker = self._breaker\n            return breaker.call(lambda: self._on(self._cloud, operation, *args))")],
        also=[f"{FAILOVER}.failover_logged"],
    ),
    f"{BREAKERS}.failure_threshold_configured": Pair(
        [Edit(FACADE_FILE, SETTINGS, "FAILURES, WAIT = 500, 30.0\n")],
        [Edit(BREAKER_FILE, "self.failures >= self.threshold", "not self.failures < self.threshold")],
    ),
    f"{BREAKERS}.recovery_timeout_configured": Pair(
        [Edit(FACADE_FILE, SETTINGS, "FAILURES, WAIT = 5, 3600.0\n")],
        [Edit(BREAKER_FILE, "time.monotonic() - self.opened_at < self.wait", "self.opened_at + self.wait > time.monotonic()")],
    ),
    f"{BREAKERS}.half_open_state_works": Pair(
        [Edit(BREAKER_FILE, "self.opened_at = time.monotonic()", "self.opened_at = self.opened_at or time.monotonic()")],
        [Edit(BREAKER_FILE, "        if self.state is State.HALF_OPEN or self.failures", "        trial = self.state is State.HALF_OPEN\n        if trial or self.failures")],
    ),
    f"{HEALTH}.health_checks_implemented": Pair(
        [Edit(CLOUD_FILE, "        self._table.load()\n", '        if not self._table.name:\n            raise ValueError("no table is set")\n')],
        [Edit(CLOUD_FILE, "self._s3.head_bucket(Bucket=self._bucket)", "self._s3.list_objects_v2(Bucket=self._bucket, MaxKeys=1)")],
        also=[f"{HEALTH}.health_status_accurate"],
    ),
    f"{HEALTH}.health_status_accurate": Pair(
        [Edit(HEALTH_FILE, SILENT, SILENT.replace("unhealthy", "healthy"))],
        [Edit(HEALTH_FILE, SILENT, SILENT.replace("unhealthy", "down")), Edit(HEALTH_FILE, '("unhealthy", "degraded")', '("down", "unhealthy", "degraded")'),
         Edit(HEALTH_FILE, 'if worst == "unhealthy"', 'if worst in ("down", "unhealthy")')],
    ),
    f"{HEALTH}.health_endpoints_available": Pair(
        [Edit(APP_FILE, 'service.add_route("/health", health)', 'service.add_api_route("/health", health)')],
        [Edit(APP_FILE, 'service.add_route("/health", health)', 'service.add_route("/health", health, methods=["GET"])')],
    ),
    f"{HEALTH}.health_dashboard_exists": Pair(
        [Edit(BOARD, "max by (service) (harbor_breaker_open)", "sum(harbor_agents)")],
        [Edit(BOARD, "max by (service) (harbor_breaker_open)", "sum by (service) (harbor_breaker_open == 1)")],
    ),
}  # fmt: skip
PAIRS: dict[str, Pair] = FACADE_PAIRS | BREAKER_PAIRS
