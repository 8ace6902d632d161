"""Do cached answers expire, are wrong ones removed, and does anybody see whether the cache works?"""

from pytest_readiness.authoring import Example, Repo, Units, check, unknown

from .cache_examples import (
    BOARD,
    BOUND,
    COUNTED,
    ELASTICACHE,
    ENTRIES,
    HELPED,
    KEPT,
    LABELLED,
    MEASURED,
    MEMORY,
    PIPELINE,
    PROMPTS,
    REDIS,
    RULES,
    USER,
    changed,
)
from .run_examples import ran, run_json, unsettled
from .runs import SCRAPE, missing

ELSE_BRANCH = """
class RedisCache:
    def __init__(self, client):
        self.redis_client = client

    def set(self, key, value, ttl=None):
        if ttl:
            self.redis_client.setex(key, ttl, value)
        else:
            self.redis_client.set(key, value)
"""


@check(
    severity="medium",
    effort_days=1,
    standard="Redis documentation, EXPIRE and SET EX; AWS whitepaper Database Caching Strategies Using Redis (TTL)",
    meets=[
        Example({"cache.py": REDIS}, why="a default from the constructor"),
        Example({"src/shop/memory.py": MEMORY}, why="entries carry a time, and reading drops old ones"),
        Example(
            {"llm/models.py": BOUND, "settings.py": "CACHE_SECONDS = 300\n"}, why="a container with a time to live"
        ),
        Example({"llm/store.py": PIPELINE}, why="a pipeline, a timedelta from settings"),
        Example(
            {
                "cache.py": "class Cache:\n    def __init__(self, redis):\n        self.redis = redis\n\n"
                '    def ping(self):\n        self.redis.set("health_check", "ok")\n\n'
                "    def set(self, key, value, ttl: int):\n        self.redis.set(key, value, ttl)\n"
            },
            why="a key of a health check is left out; a time that every caller must give",
        ),
        Example(
            {
                "cache.py": REDIS,
                "llm/service.py": "from cache import AnswerCache\n\nclass Service:\n    def __init__(self):\n"
                '        self.cache = AnswerCache("redis://x")\n\n    def keep(self, key, value):\n'
                "        self.cache.set(key, value)\n",
            },
            why="a cache that expires by itself is written to",
        ),
        Example(
            {"cache.py": ENTRIES},
            why="an entry that knows when it is over",
        ),
    ],
    falls_short=[
        Example({"cache.py": ELSE_BRANCH}, score=0, why="a branch without expiry"),
        Example({"cache.py": REDIS, "other_cache.py": ELSE_BRANCH}, score=50, why="one class of two"),
        Example({"app.py": "def double(x):\n    return 2 * x\n"}, score=0, why="no cache class"),
    ],
    decoys=[
        Example(
            {"cache.py": REDIS.replace("ex=ttl or self.default_ttl", "ex=ttl")},
            score=0,
            why="a ttl parameter that defaults to None and leads there",
        ),
        Example(
            {
                "cache.py": REDIS.replace(", ex=ttl or self.default_ttl", ""),
                "settings.py": "CACHE_TTL = 3600\n",
                ".env.example": "CACHE_TTL=3600\n",
            },
            score=0,
            why="a TTL in settings that no write reads",
        ),
        Example(
            {"cache.py": "import nowhere.at_all\nfrom .gone import x\n" + REDIS},
            score=0,
            why="a module that cannot be imported",
        ),
        Example(
            {"cache.py": MEMORY.replace(' or time.monotonic() - entry["stored"] > self.LIMIT', "")},
            score=0,
            why="a time that nothing compares",
        ),
        Example({"cache.py": REDIS.replace("default_ttl=3600", "default_ttl=0")}, score=0, why="a default of 0"),
        Example(
            {"cache.py": BOUND.replace("TTLCache", "LRUCache").replace(", ttl=CACHE_SECONDS", "")},
            score=0,
            why="bounded in size alone",
        ),
    ],
)
def test_cache_ttl_configured(repo: Repo, units: Units) -> None:
    """Does everything written to a cache expire?

    Passes: the class's module can be imported, and each of its writes carries an expiry on every branch: an argument
    ttl, ex, px, timeout or expire (or setex's own) that is a positive number, a setting, or a parameter that is or
    falls back to one; or the cache was bound to a time to live when it was built; or the entry carries a time and
    reading drops entries that are too old. Cache classes are those in files named after caches or LLMs, or named after
    caches themselves, that write to one.
    Falls short: a write without expiry on any branch; a ttl that may be None; a TTL in settings that no write reads; a
    module that cannot be imported. No cache class: 0.
    Impact: Stale answers live for ever and the cache grows until it evicts what is still useful.
    Recommendation: Give every cache write a positive default TTL taken from settings and remove the branch without one.
    """
    assert repo.caches.classes, "no class writes to a cache"
    for cache in repo.caches.classes:
        found = repo.caches.expires(cache)
        units.decide(f"{cache.path} {cache.name}", found.ok, *found.places, note=found.note)


@check(
    severity="medium",
    effort_days=2,
    depends_on=["cache_ttl_configured"],
    standard="AWS whitepaper Database Caching Strategies Using Redis (cache validity)",
    meets=[
        Example(KEPT, why="removed where prompts change, and proved with fakeredis"),
        Example(
            {
                "src/shop/memory.py": MEMORY,
                "src/shop/__init__.py": "",
                "src/shop/tenants.py": "from shop.memory import PromptCache\n\nprompts = PromptCache()\n\n"
                "def erase(session, tenant_id):\n    session.delete(tenant_id)\n    session.commit()\n"
                "    prompts.forget(tenant_id)\n",
                "tests/test_memory.py": "import pytest\nfrom shop.memory import PromptCache\n\n@pytest.fixture\n"
                "def cache():\n    return PromptCache()\n\ndef test_forget(cache):\n    cache.put('a:1', 'x')\n"
                "    cache.forget('a:')\n    found = cache.get('a:1')\n    assert found is None\n",
            },
            why="another layout, in memory, a fixture",
        ),
        Example(
            changed(
                KEPT
                | {
                    "llm.py": "class Gateway:\n    def __init__(self, cache):\n        self.cache = cache\n\n"
                    "    def drop_answers(self, tenant_id):\n        self.cache.invalidate(tenant_id)\n"
                },
                "prompts.py",
                "self.cache.invalidate(tenant_id)",
                "self.cache.drop_answers(tenant_id)",
            ),
            why="through a method that hands the order on",
        ),
    ],
    falls_short=[
        Example({"cache.py": REDIS}, score=33.3, why="an operation that nobody calls and no test proves"),
        Example({"cache.py": REDIS, "prompts.py": PROMPTS}, score=66.7, why="no test"),
        Example({"cache.py": ELSE_BRANCH}, score=0, why="no operation at all"),
    ],
    decoys=[
        Example(
            changed(
                KEPT,
                "tests/test_cache.py",
                "    cache.redis = fakeredis.FakeRedis()\n",
                "    from unittest.mock import MagicMock\n    cache.redis = MagicMock()\n",
            ),
            score=66.7,
            why="a mock as the backend",
        ),
        Example(
            KEPT
            | {
                "tests/test_cache.py": "from unittest.mock import MagicMock\nfrom cache import AnswerCache\n\n"
                "def test_invalidate():\n    cache = AnswerCache('redis://x')\n    cache.redis = MagicMock()\n"
                "    cache.redis.scan_iter.return_value = ['a']\n    cache.invalidate('acme')\n"
                "    cache.redis.delete.assert_called_once_with('a')\n"
            },
            score=66.7,
            why="a test that asserts that a mock's delete was called",
        ),
        Example(
            changed(KEPT, "prompts.py", "        self.table.update(tenant_id, text)\n", ""),
            score=66.7,
            why="called by a wrapper that nothing calls",
        ),
        Example(
            {
                "cache.py": MEMORY.replace(
                    "            return None\n", "            self._entries.pop(key, None)\n            return None\n"
                ).split("    def forget")[0],
            },
            score=0,
            why="a read that drops expired entries",
        ),
        Example(
            {"cache.py": REDIS.split("    def invalidate")[0]},
            score=0,
            why="expiry alone",
        ),
        Example(
            changed(KEPT, "cache.py", "            self.redis.delete(key)\n", "            self.deleted.append(key)\n"),
            score=0,
            why="nothing is deleted on the backend",
        ),
        Example(
            changed(KEPT, "tests/test_cache.py", '    assert cache.get("acme:1") is None\n', ""),
            score=66.7,
            why="a test that never asks again",
        ),
    ],
)
def test_cache_invalidation_works(repo: Repo, units: Units) -> None:
    """Can wrong or outdated entries be removed, and are they?

    Passes: three properties. Removes: a cache class that can be imported has an operation that deletes entries on its
    backend by key, prefix, tenant or all. Called: code outside the class's module calls it where the cached data's
    source, prompt, model or tenant changes. Tested: a test writes an entry through the cache class, removes it and
    asserts that the next read misses, on a real or in-memory backend.
    Falls short: a property missing. A method that nobody calls, a wrapper that only hands the order on, a test that
    asserts that a mock's delete was called, expiry alone and a read that drops expired entries are no invalidation.
    Impact: After a correction, or after a customer's data is deleted, old answers keep being served.
    Recommendation: Call the cache's invalidate from the code that changes prompts, models and tenant data, and test
    set, hit, invalidate, miss against an in-memory backend.
    """
    caches = repo.caches
    for name, found in (
        ("removes", caches.removes),
        ("called", caches.removed_on_change),
        ("tested", caches.removal_tested),
    ):
        units.decide(name, found.ok, *found.places, note=found.note)


@check(
    severity="medium",
    effort_days=1,
    standard="Amazon ElastiCache documentation, which metrics should I monitor; Google SRE book ch. 6",
    meets=[
        Example(MEASURED, why="two counters and a panel"),
        Example({"cache.py": COUNTED, "app.py": USER, "alerts.yaml": RULES}, why="an alert rule instead of a panel"),
        Example(
            {"cache.py": HELPED, "app.py": USER, "grafana/caches.json": BOARD},
            why="through a helper",
        ),
        Example({"template.yaml": ELASTICACHE}, why="an alarm on a managed cache's own metric"),
        Example(
            {
                "cache.py": LABELLED,
                "app.py": USER,
                "grafana/caches.json": BOARD.replace("cache_hits_total", "cache_lookups_total"),
            },
            why="one counter with a label",
        ),
    ],
    falls_short=[
        Example({"cache.py": COUNTED, "app.py": USER}, score=0, why="no panel"),
        Example({"cache.py": REDIS, "app.py": USER}, score=0, why="nothing is counted"),
        Example({"tool.py": "def double(x):\n    return 2 * x\n"}, score=0, why="no cache at all"),
    ],
    decoys=[
        Example(
            {"cache.py": COUNTED, "grafana/caches.json": BOARD},
            score=0,
            why="counters in a class that nothing builds",
        ),
        Example(
            changed(
                changed(MEASURED, "cache.py", "            MISSES.inc()\n", ""), "cache.py", "        HITS.inc()\n", ""
            ),
            score=0,
            why="metrics that are declared but never updated where the cache is read",
        ),
        Example(
            changed(MEASURED, "grafana/caches.json", "answer_cache_hits_total", "cache_hits").copy()
            | {"grafana/caches.json": BOARD.replace("answer_cache_", "llm_cache_")},
            score=0,
            why="a panel on a metric that nobody emits",
        ),
        Example(
            {
                "cache.py": COUNTED.replace("MISSES.inc()", "self.misses += 1").replace("HITS.inc()", "self.hits += 1"),
                "app.py": USER,
                "grafana/caches.json": BOARD,
            },
            score=0,
            why="integers in memory",
        ),
        Example(
            {
                "cache.py": COUNTED.replace("MISSES.inc()", 'log.info("miss")').replace(
                    "HITS.inc()", 'log.info("hit")'
                ),
                "app.py": USER,
                "grafana/caches.json": BOARD,
            },
            score=0,
            why="log lines",
        ),
        Example(changed(MEASURED, "cache.py", "            MISSES.inc()\n", ""), score=0, why="hits alone"),
        Example(
            {
                "cache.py": COUNTED.replace("MISSES.inc()", "pass").replace("        HITS.inc()\n", ""),
                "app.py": USER,
                "grafana/caches.json": BOARD,
                "scripts/monitor.py": "from cache import HITS\n\nif __name__ == '__main__':\n    HITS.inc()\n",
            },
            score=0,
            why="a script that somebody must start by hand",
        ),
    ],
)
def test_cache_monitoring_exists(repo: Repo, units: Units) -> None:
    """Are cache hits and misses measured in a cache that is in use, and shown?

    Passes: where a cache class that can be imported and that code outside its module uses reads its cache, the branch
    of a hit and that of a miss each update a metric (Prometheus, OpenTelemetry or CloudWatch; through helpers too), and
    a dashboard panel, alarm or alert rule asks for one of them by name. Or, for a managed cache, a dashboard or alarm
    asks for CacheHits, CacheMisses, CacheHitRate or Evictions of AWS/ElastiCache.
    Falls short: counters in a class that nothing builds; metrics that reading never updates; a panel on a metric that
    nobody emits; hits and misses only as log lines or integers in memory; a script that somebody must start by hand.
    Impact: Nobody notices when the cache stops working and costs double.
    Recommendation: Increment hit and miss counters in the cache's read path and chart their ratio.
    """
    found = repo.caches.counted
    units.decide("cache monitoring", found.ok, *found.places, note=found.note)


COUNTERS = """
# TYPE NAME_hits_total counter
NAME_hits_total{tenant="a"} 200
NAME_hits_total{tenant="b"} 100
# TYPE NAME_misses_total counter
NAME_misses_total MISSES
"""


def counted(misses: int, name: str = "response_cache") -> str:
    """300 hits and so many misses."""
    return COUNTERS.replace("NAME", name).replace("MISSES", str(misses))


@check(
    severity="medium",
    effort_days=2,
    standard="Amazon ElastiCache documentation, CacheHits, CacheMisses and CacheHitRate",
    mode="artifact",
    depends_on=["cache_monitoring_exists"],
    meets=[
        ran({"metrics.prom": counted(700)}, "counters of an application"),
        ran({"redis.txt": "# Stats\r\nkeyspace_hits:500\r\nkeyspace_misses:500\r\n"}, "INFO of Redis"),
        ran({"metrics.prom": counted(9000) + counted(100, "llm_cache")}, "only the cache of the model counts"),
        ran({"hits.json": '{"MetricDataResults": [{"Id": "h", "Label": "CacheHits", "Values": [100, 200]}, '
             '{"Id": "m", "Label": "CacheMisses", "Values": [300, 100]}]}'}, "CloudWatch"),
    ],
    falls_short=[
        ran({"metrics.prom": counted(1200)}, "exactly 20 % is not over 20 %", 0),
        ran({"redis.txt": "keyspace_hits:10\nkeyspace_misses:500\n"}, "2 %", 0),
        ran({"a.prom": counted(100), "b.prom": counted(4000)}, "the worst run decides", 0),
    ],
    decoys=[
        unsettled({"redis.txt": "keyspace_hits:50\nkeyspace_misses:20\n"}, "fewer than 100 lookups"),
        unsettled({"metrics.prom": counted(100, "goal")}, "hits and misses of no cache"),
        unsettled({"metrics.prom": counted(100)}, "too old", run_json(40)),
        unsettled({"q.json": '{"status": "success", "data": {"result": [{"value": [1, "35"]}]}}'},
                  "a ratio without a unit", run_json(query="cache_hit_rate", requests=900)),
        ran({"q.json": '{"status": "success", "data": {"result": [{"value": [1, "35"]}]}}'}, "a ratio in percent", 100,
            run_json(query="cache_hit_rate", unit="percent", requests=900)),
    ],
)  # fmt: skip
def test_cache_hit_rate_over_20(repo: Repo, units: Units) -> None:
    """Does the cache answer more than 20 % of its lookups?

    Passes: hits / (hits + misses) is over 0.20 in every fresh run, from counters of the same prefix with a cache's
    name, Redis INFO, or CloudWatch. Where metrics of a language model's cache exist, only they count. A ready ratio
    counts only with its unit.
    Falls short: the rate is 20 % or lower in any fresh run.
    Unknown: no fresh run, fewer than 100 lookups, or a ratio whose unit cannot be told.
    Impact: Most requests pay the full price of the model, and wait.
    Recommendation: Count hits and misses on the read path, export both, and keep the scrape of the load test;
    normalise prompts and raise the TTL until the rate is over 20 %.
    """
    found = repo.results.lookups
    if not found:
        unknown(missing(repo, "hits and misses of a cache, at least 100 lookups", SCRAPE))
    run, worst = min(found, key=lambda pair: pair[1].share)
    units.decide("the hit rate", worst.share > 0.2, run.at(worst), note=worst.figures)
