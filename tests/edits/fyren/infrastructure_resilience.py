"""Edits of Fyren for the checks of infrastructure_resilience."""

from __future__ import annotations

from tests.edits.model import Edit, Pair

SRC = "src/fyren"
CATEGORY = "infrastructure_resilience"
FACADE, FAILOVER, BREAKERS, HEALTH = (
    f"{CATEGORY}.{n}" for n in ("service_facade", "failover", "circuit_breakers", "health_monitoring")
)
DOOR, LOCAL, CLOUD = (f"{SRC}/plattform/{name}.py" for name in ("fasad", "lokal", "moln"))
SETTINGS, PROBES, BOARD = f"{SRC}/settings.py", f"{SRC}/webb/halsa.py", "deploy/grafana/fyren.json"
RUN = "            return self.breaker.call(getattr(self.cloud, operation), *args)\n"
LOCALLY = '            log.warning("%s answers locally: %s", self.name, type(error).__name__)\n'
TRY = "        try:\n" + RUN
READ = '        return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()\n'
UP = 'up{job=\\"fyren-api\\"}'

PAIRS: dict[str, Pair] = {
    f"{FACADE}.facade_implemented": Pair(
        [Edit(DOOR, "    def __init__(self, settings: Settings) -> None:\n        self.storage = Storage(",
              "    def __init__(self, settings: Settings) -> None:\n        self.storage: Storage | None = None\n        self._storage = Storage(")],
        [Edit(DOOR, "Platform", "Door")],
        also=[f"{BREAKERS}.circuit_breaker_per_service", f"{BREAKERS}.failure_threshold_configured",
              f"{BREAKERS}.recovery_timeout_configured", f"{FAILOVER}.aws_to_local_failover",
              f"{HEALTH}.health_checks_implemented", f"{HEALTH}.health_status_accurate"],
    ),
    f"{FACADE}.all_services_covered": Pair(
        [Edit(DOOR, "RedisCache(settings.redis_url)", "BucketStorage(settings.bucket)"),
         Edit(DOOR, "MemoryCache(settings.cache_ttl_s)", "FolderStorage(settings.folder)")],
        [Edit(DOOR, "cloud=lambda: RedisCache(settings.redis_url)", "cloud=partial(RedisCache, settings.redis_url)"),
         Edit(DOOR, "from functools import cache\n", "from functools import cache, partial\n")],
        also=[f"{FAILOVER}.aws_to_local_failover", f"{FAILOVER}.functionality_maintained", f"{FACADE}.mode_switching_works",
              "performance_scalability.caching.cache_monitoring_exists"],
    ),
    f"{FACADE}.mode_switching_works": Pair(
        [Edit(DOOR, "            if self.mode is Mode.CLOUD:\n                raise\n", "")],
        [Edit(DOOR, "if self.mode is Mode.CLOUD:", "if self.mode != Mode.COMBINED:")],
    ),
    f"{FACADE}.initialization_robust": Pair(
        [Edit(DOOR, 'log.exception("one side of %s does not start", name)', 'log.debug("one side of %s does not start", name)')],
        [Edit(DOOR, 'log.exception("one side of %s does not start", name)', 'log.warning(f"one side of {name} does not start", exc_info=True)')],
    ),
    f"{FAILOVER}.aws_to_local_failover": Pair(
        [Edit(DOOR, "        except Exception as error:\n", "        except pybreaker.CircuitBreakerError as error:\n")],
        [Edit(CLOUD, READ, "        try:\n    " + READ + '        except ClientError as error:\n            log.error("%s: %s", key, error)\n            raise\n'),
         Edit(CLOUD, "import redis\n", "import redis\nfrom botocore.exceptions import ClientError\n"),
         Edit(CLOUD, "import boto3\n", "import logging\n\nimport boto3\n"),
         Edit(CLOUD, "\n\nclass BucketStorage", "\nlog = logging.getLogger(__name__)\n\n\nclass BucketStorage")],
        also=[f"{FAILOVER}.automatic_failover"],
    ),
    f"{FAILOVER}.automatic_failover": Pair(
        [Edit(DOOR, "        except Exception as error:\n", "        except pybreaker.CircuitBreakerError:\n            raise\n        except Exception as error:\n")],
        [Edit(SETTINGS, "platform_mode: str", 'platform_mode: Literal["cloud", "local", "combined"]'),
         Edit(SETTINGS, "from pydantic_settings", "from typing import Literal\n\nfrom pydantic_settings")],
        also=[f"{FAILOVER}.aws_to_local_failover"],
    ),
    f"{FAILOVER}.failover_logged": Pair(
        [Edit(DOOR, LOCALLY, '            log.warning("answering locally: %s", type(error).__name__)\n')],
        [Edit(DOOR, LOCALLY, '            log.warning(f"{self.name} answers locally", exc_info=error)\n')],
    ),
    f"{FAILOVER}.functionality_maintained": Pair(
        [Edit(DOOR, "local=lambda: FolderStorage(settings.folder)", "local=lambda: None")],
        [Edit(LOCAL, "        (self.folder / key).write_bytes(data)\n", '        with (self.folder / key).open("wb") as file:\n            file.write(data)\n')],
        also=[f"{FAILOVER}.aws_to_local_failover", f"{FAILOVER}.automatic_failover"],
    ),
    f"{BREAKERS}.circuit_breaker_per_service": Pair(
        [Edit(DOOR, '        self.run("forget", prefix)\n', "        self.cloud.forget(prefix)\n")],
        [Edit(DOOR, RUN, "            guarded = self.breaker(getattr(self.cloud, operation))\n            return guarded(*args)\n")],
        also=[f"{FAILOVER}.aws_to_local_failover", f"{FACADE}.mode_switching_works"],
    ),
    f"{BREAKERS}.failure_threshold_configured": Pair(
        [Edit(DOOR, "            fail_max=settings.breaker_failures,\n", "")],
        [Edit(SETTINGS, "breaker_failures: int = 5", "breaker_failures: int = Field(5, ge=1)"),
         Edit(SETTINGS, "from pydantic_settings", "from pydantic import Field\nfrom pydantic_settings")],
    ),
    f"{BREAKERS}.recovery_timeout_configured": Pair(
        [Edit(DOOR, "reset_timeout=settings.breaker_wait_s", "reset_timeout=settings.breaker_wait_s * 1000")],
        [Edit(SETTINGS, "breaker_wait_s: int = 30", "breaker_wait_s: float = 0.5 * 60")],
    ),
    f"{BREAKERS}.half_open_state_works": Pair(
        [Edit(DOOR, TRY, "        if self.breaker.current_state == pybreaker.STATE_OPEN:\n"
              '            log.warning("%s answers locally: it is cut off", self.name)\n'
              "            return getattr(self.local, operation)(*args)\n" + TRY)],
        [Edit(DOOR, TRY, "        if self.breaker.current_state == pybreaker.STATE_HALF_OPEN:\n"
              '            log.info("%s is tried again", self.name)\n' + TRY)],
        also=[f"{FAILOVER}.automatic_failover"],
    ),
    f"{HEALTH}.health_checks_implemented": Pair(
        [Edit(PROBES, 'state_of("cache", platform().cache.cloud.ping)', 'state_of("cache", platform().storage.cloud.ping)')],
        [Edit(CLOUD, "        self.redis.ping()\n", '        self.redis.exists("fyren")\n')],
    ),
    f"{HEALTH}.health_status_accurate": Pair(
        [Edit(PROBES, 'database = state_of("database", ask_database)', 'database = "healthy" if settings.database_url else "unhealthy"'),
         Edit(PROBES, "import platform\n", "import platform\nfrom fyren.settings import settings\n")],
        [Edit(PROBES, '"healthy"', '"ok"')],
    ),
    f"{HEALTH}.health_endpoints_available": Pair(
        [Edit(f"{SRC}/webb/identitet.py", 'OPEN = ("/healthz", "/metrics/")', 'OPEN = ("/metrics/",)')],
        [Edit(PROBES, "router = APIRouter()", 'router = APIRouter(prefix="/healthz")'), Edit(PROBES, '@router.get("/healthz")', '@router.get("")')],
    ),
    f"{HEALTH}.health_dashboard_exists": Pair(
        [Edit(BOARD, UP, 'service_up{job=\\"fyren-api\\"}'), Edit(BOARD, '"circuit_breaker_open"', '"circuit_breaker_state"')],
        [Edit(BOARD, UP, f"min({UP})"), Edit(BOARD, '"circuit_breaker_open"', '"max by (service) (circuit_breaker_open)"')],
    ),
}  # fmt: skip
