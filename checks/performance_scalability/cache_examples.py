"""Fragments of caches, of what uses and tests them, and of what counts their hits."""

REDIS = """
import json

import redis

class AnswerCache:
    def __init__(self, url, default_ttl=3600):
        self.redis = redis.from_url(url)
        self.default_ttl = default_ttl

    def get(self, key):
        found = self.redis.get(key)
        return json.loads(found) if found else None

    def set(self, key, value, ttl=None):
        self.redis.set(key, json.dumps(value), ex=ttl or self.default_ttl)

    def invalidate(self, tenant_id):
        for key in self.redis.scan_iter(f"{tenant_id}:*"):
            self.redis.delete(key)
"""
MEMORY = """
import time

class PromptCache:
    LIMIT = 600

    def __init__(self):
        self._entries = {}

    def get(self, key):
        entry = self._entries.get(key)
        if entry is None or time.monotonic() - entry["stored"] > self.LIMIT:
            return None
        return entry["answer"]

    def put(self, key, answer):
        self._entries[key] = {"answer": answer, "stored": time.monotonic()}

    def forget(self, prefix):
        for key in [k for k in self._entries if k.startswith(prefix)]:
            del self._entries[key]
"""
BOUND = """
from cachetools import TTLCache

from settings import CACHE_SECONDS

class ModelCache:
    def __init__(self):
        self._cache = TTLCache(maxsize=1000, ttl=CACHE_SECONDS)

    def get(self, key):
        return self._cache.get(key)

    def set(self, key, value):
        self._cache[key] = value

    def drop(self, key):
        self._cache.pop(key, None)
"""
ENTRIES = """
import time
from dataclasses import dataclass

@dataclass
class Entry:
    value: object
    expires_at: float

    def is_expired(self):
        return time.time() >= self.expires_at

class LocalCache:
    def __init__(self, ttl=60):
        self.ttl, self._cache = ttl, {}

    def set(self, key, value):
        self._cache[key] = Entry(value, time.time() + self.ttl)

    def get(self, key):
        entry = self._cache.get(key)
        if entry is None or entry.is_expired():
            return None
        return entry.value
"""
PIPELINE = """
from datetime import timedelta

from redis.asyncio import Redis

class Store:
    def __init__(self, redis: Redis, settings):
        self._client, self._settings = redis, settings

    async def keep(self, pairs, ttl: timedelta | None = None):
        if ttl is None:
            ttl = timedelta(seconds=self._settings.cache_ttl)
        async with self._client.pipeline() as pipe:
            for key, value in pairs.items():
                pipe.setex(key, ttl, value)
            await pipe.execute()
"""
PROMPTS = """
from cache import AnswerCache

class Prompts:
    def __init__(self, table, cache: AnswerCache):
        self.table, self.cache = table, cache

    def change(self, tenant_id, text):
        self.table.update(tenant_id, text)
        self.cache.invalidate(tenant_id)
"""
TESTED = """
import fakeredis

from cache import AnswerCache

def test_removed_entries_are_gone():
    cache = AnswerCache("redis://x")
    cache.redis = fakeredis.FakeRedis()
    cache.set("acme:1", {"text": "old"})
    assert cache.get("acme:1") == {"text": "old"}
    cache.invalidate("acme")
    assert cache.get("acme:1") is None
"""
KEPT = {"cache.py": REDIS, "prompts.py": PROMPTS, "tests/test_cache.py": TESTED}
"""A cache whose entries expire, are removed when prompts change, and are proved to be gone."""
COUNTED = """
import redis
from prometheus_client import Counter

HITS = Counter("answer_cache_hits_total", "Answers found")
MISSES = Counter("answer_cache_misses_total", "Answers not found")

class AnswerCache:
    def __init__(self, url):
        self.redis = redis.from_url(url)

    def get(self, key):
        found = self.redis.get(key)
        if found is None:
            MISSES.inc()
            return None
        HITS.inc()
        return found

    def set(self, key, value):
        self.redis.set(key, value, ex=600)
"""
_BRANCHES = """        if found is None:
            MISSES.inc()
            return None
        HITS.inc()
"""
HELPED = (
    COUNTED.replace(_BRANCHES, "        self._count(found is not None)\n")
    + """
    def _count(self, hit):
        if hit:
            HITS.inc()
        else:
            MISSES.inc()
"""
)
LABELLED = COUNTED.replace(
    'MISSES = Counter("answer_cache_misses_total", "Answers not found")',
    'LOOKUPS = Counter("answer_cache_lookups_total", "Lookups", ["result"])',
).replace(_BRANCHES, '        LOOKUPS.labels(result="hit" if found else "miss").inc()\n')
USER = """
from cache import AnswerCache

cache = AnswerCache("redis://cache")

def answer(question):
    return cache.get(question)
"""
BOARD = """{
  "title": "Caches",
  "schemaVersion": 39,
  "panels": [
    {"type": "timeseries", "title": "Hit rate", "targets": [
      {"expr": "rate(answer_cache_hits_total[5m]) / rate(answer_cache_requests_total[5m])"}
    ]}
  ]
}
"""
MEASURED = {"cache.py": COUNTED, "app.py": USER, "grafana/caches.json": BOARD}
"""A cache in use whose hits and misses are counted and charted."""
RULES = """
groups:
  - name: caches
    rules:
      - alert: CacheUseless
        expr: rate(answer_cache_hits_total[1h]) < 1
        labels: {severity: warning}
"""
ELASTICACHE = """
Resources:
  Misses:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/ElastiCache
      MetricName: CacheMisses
      Statistic: Sum
      Period: 300
      EvaluationPeriods: 3
      Threshold: 5000
      ComparisonOperator: GreaterThanThreshold
      AlarmActions: [!Ref Topic]
"""


def changed(files: dict[str, str], path: str, old: str, new: str) -> dict[str, str]:
    """The files with one text replaced in one of them."""
    assert old in files[path], f"{path} does not hold {old!r}"
    return files | {path: files[path].replace(old, new)}
