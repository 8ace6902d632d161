"""Caches: which classes are judged, what makes entries expire, what removes them, what counts hits."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from pytest_readiness.repo import Repo

HEAD = (
    "import os, time, redis\nfrom datetime import datetime, timedelta\nfrom cachetools import TTLCache, LRUCache\n"
    "class Settings:\n    ttl: int = 60\n    off: int | None = None\nsettings = Settings()\n"
)


def repo_of(folder: Path, files: dict[str, str]) -> Repo:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return Repo(folder)


def cache(write: str, built: str = "redis.Redis()", init: str = "", params: str = "") -> str:
    """A class that keeps its cache in `self.cache` and writes to it in `put`."""
    return (
        f"{HEAD}class Cache:\n    def __init__(self{init}):\n        self.cache = {built}\n"
        f"        self.ttl = {'ttl' if init else '60'}\n"
        f"    def put(self, key, value{params}):\n{textwrap.indent(write, '        ')}\n"
        "    def get(self, key):\n        entry = self.cache[key]\n        return entry\n"
    )


def expires(folder: Path, source: str) -> bool:
    repo = repo_of(folder, {"cache.py": source})
    (found,) = repo.caches.classes
    return repo.caches.expires(found).ok


WRITES = [
    cache("self.cache.set(key, value, ex=3600)"),
    cache("self.cache.set(key, value, px=60 * 1000)"),
    cache("self.cache.set(key, value, 60)"),
    cache("self.cache.setex(key, timedelta(hours=1), value)"),
    cache("self.cache.setex(name=key, time=self.ttl, value=value)"),
    cache("self.cache.set(key, value, ex=settings.ttl)"),
    cache("self.cache.set(key, value, ex=int(os.environ.get('TTL', '60')))"),
    cache("self.cache.set(key, value, ex=os.environ['TTL'])"),
    cache("self.cache.set(key, value, ex=ttl)", params=", ttl=60"),
    cache("self.cache.set(key, value, ex=ttl)", params=", ttl: int"),
    cache("self.cache.set(key, value, ex=ttl or 60)", params=", ttl=None"),
    cache("ttl = 60 if ttl is None else ttl\nself.cache.set(key, value, ex=ttl)", params=", ttl=None"),
    cache("if not ttl:\n    ttl = self.ttl\nself.cache.set(key, value, ex=ttl)", params=", ttl=None"),
    cache("if ttl:\n    self.cache.set(key, value, ex=ttl)", params=", ttl=None"),
    cache("self.cache.set(key, value, ex=max(1, self.ttl // 2))"),
    cache("self.cache.set(key, value)\nself.cache.expire(key, 60)"),
    cache("pipe = self.cache.pipeline()\npipe.set(key, value, ex=9)\npipe.execute()"),
    cache("self.cache[key] = value", "TTLCache(100, 60)"),
    cache("self.cache[key] = value", "TTLCache(maxsize=100, ttl=settings.ttl)"),
    cache("self.cache.set('health:ping', 'ok')\nself.cache.set(key, value, ex=1)"),
    cache("self.cache.set(key, value, ex=self.ttl)", init=", ttl=60"),
]
ENDLESS = [
    cache("self.cache.set(key, value)"),
    cache("self.cache.set(key, value, ex=None)"),
    cache("self.cache.set(key, value, ex=0)"),
    cache("self.cache.set(key, value, nx=True)"),
    cache("self.cache.set(key, value, ex=settings.off)"),
    cache("self.cache.set(key, value, ex=ttl)", params=", ttl=None"),
    cache("self.cache.set(key, value, ex=ttl)", params=", ttl: int | None"),
    cache("if ttl:\n    self.cache.set(key, value, ex=ttl)\nelse:\n    self.cache.set(key, value)", params=", ttl=60"),
    cache("self.cache.set(key, value)\nself.cache.expire('other', 60)"),
    cache("pipe = self.cache.pipeline()\npipe.set(key, value)\npipe.execute()"),
    cache("self.cache[key] = value", "LRUCache(100)"),
    cache("self.cache[key] = value", "{}"),
    cache("self.cache[key] = (value, time.time())", "{}"),
    cache("self.cache.set(key, value, ex=self.ttl)", init=", ttl=None"),
    cache("self.cache.set(key, value, ex=int(os.environ.get('TTL', '0')))"),
]


@pytest.mark.parametrize("source", WRITES, ids=range(len(WRITES)))
def test_writes_that_expire(source: str, tmp_path: Path) -> None:
    assert expires(tmp_path, source)


@pytest.mark.parametrize("source", ENDLESS, ids=range(len(ENDLESS)))
def test_writes_that_do_not(source: str, tmp_path: Path) -> None:
    assert not expires(tmp_path, source)


AGED = """
import time
class Cache:
    def __init__(self):
        self._cache, self._times = {}, {}
    def put(self, key, value):
        self._cache[key] = value
        self._times[key] = time.time()
    def get(self, key):
        if key in self._cache and self._fresh(key):
            return self._cache[key]
        return None
    def _fresh(self, key):
        return time.time() - self._times[key] < 60
"""


def test_times_beside_the_entries(tmp_path: Path) -> None:
    assert expires(tmp_path / "one", AGED)
    assert not expires(tmp_path / "two", AGED.replace(" and self._fresh(key)", ""))


def test_a_purge_that_reading_does_not_run_is_no_expiry(tmp_path: Path) -> None:
    source = AGED.replace(" and self._fresh(key)", "") + (
        "    def purge(self):\n        for key in list(self._cache):\n            if not self._fresh(key):\n"
        "                del self._cache[key]\n"
    )
    assert not expires(tmp_path, source)


READER = "class Reader:\n    def mark(self, k):\n        cached = self.cache.get(k)\n        cached['x'] = 1\n"
ALIAS = "class Alias:\n    def put(self, k, v):\n        cache = self._cache\n        cache[k] = v\n"


@pytest.mark.parametrize(
    ("path", "source", "names"),
    [
        ("app.py", "class Store:\n    def put(self, k, v):\n        self.redis.set(k, v)\n", []),
        ("llm/store.py", "class Store:\n    def put(self, k, v):\n        self.redis.set(k, v)\n", ["Store"]),
        ("app.py", "class AnswerCache:\n    def put(self, k, v):\n        self._rows[k] = v\n", ["AnswerCache"]),
        ("cache.py", "class Stats:\n    def hit(self):\n        self.cache_stats['hits'] = 1\n", []),
        ("cache.py", "class Gauge:\n    def put(self, n):\n        self.cache_size.labels(a=1).set(n)\n", []),
        ("cache.py", READER, []),
        ("cache.py", ALIAS, ["Alias"]),
        ("cache.py", "class Field:\n    def mark(self, k):\n        self._cache[k]['seen'] = 1\n", []),
        ("tests/test_cache.py", "class Cache:\n    def put(self, k, v):\n        self.redis.set(k, v)\n", []),
    ],
)  # fmt: skip
def test_which_classes_are_caches(path: str, source: str, names: list[str], tmp_path: Path) -> None:
    assert [c.name for c in repo_of(tmp_path, {path: source}).caches.classes] == names


REMOVERS = [
    "def drop(self, key):\n    del self._cache[key]",
    "def drop(self, key):\n    self._cache.pop(key, None)",
    "def drop_all(self):\n    self._cache.clear()",
    "def drop_all(self):\n    self._cache = {}",
    "def drop(self, key):\n    self.redis.delete(key)",
    "def drop(self, key):\n    pipe = self.redis.pipeline()\n    pipe.unlink(key)\n    pipe.execute()",
    "def drop(self, key):\n    self.redis.expire(key, 0)",
]
KEEPERS = [
    "def drop(self, key):\n    self.dropped.append(key)",
    "def drop(self, key):\n    raise NotImplementedError",
    "def purge(self):\n    for k, (v, at) in list(self._cache.items()):\n        if time.time() - at > 60:\n"
    "            del self._cache[k]",
    "def take(self, key):\n    value = self._cache.get(key)\n    del self._cache[key]\n    return value",
    "def replace(self, key, value):\n    self._cache.pop(key, None)\n    self._cache[key] = value",
]
PLAIN = (
    "import time\nclass Cache:\n    def __init__(self):\n        self._cache = {}\n"
    "    def put(self, k, v):\n        self._cache[k] = v\n"
)


@pytest.mark.parametrize("method", REMOVERS)
def test_operations_that_remove(method: str, tmp_path: Path) -> None:
    repo = repo_of(tmp_path, {"cache.py": PLAIN + textwrap.indent(method, "    ")})
    assert repo.caches.removes.ok


@pytest.mark.parametrize("method", KEEPERS)
def test_operations_that_do_not(method: str, tmp_path: Path) -> None:
    repo = repo_of(tmp_path, {"cache.py": PLAIN + textwrap.indent(method, "    ")})
    assert not repo.caches.removes.ok


CACHE = (
    PLAIN
    + "    def get(self, k):\n        return self._cache.get(k)\n    def drop(self, k):\n        del self._cache[k]\n"
)


@pytest.mark.parametrize(
    ("body", "is_called"),
    [
        ("def save(self, k, v):\n    self.rows[k] = v\n    self.cache.drop(k)", True),
        ("def save(self, k, v):\n    self.db.execute('update')\n    self.cache.drop(k)", True),
        ("def on_prompt_changed(self, event):\n    self.cache.drop(event)", True),
        ("def forget(self, k):\n    self.cache.drop(k)", False),
        ("def forget(self, k):\n    log.info('x')\n    self.cache.drop(k)", False),
        (
            "def forget(self, k):\n    self.cache.drop(k)\n"
            "def save(self, k, v):\n    self.db.save(v)\n    self.forget(k)",
            True,
        ),
    ],
)
def test_where_entries_are_removed(body: str, is_called: bool, tmp_path: Path) -> None:
    user = (
        "import logging\nfrom cache import Cache\nlog = logging.getLogger()\nclass Prompts:\n"
        "    def __init__(self, db):\n"
        f"        self.cache, self.db, self.rows = Cache(), db, {{}}\n{textwrap.indent(body, '    ')}\n"
    )
    repo = repo_of(tmp_path, {"cache.py": CACHE, "prompts.py": user})
    assert repo.caches.removed_on_change.ok is is_called


FACADE = """
from cache import Cache


class Door:
    def __init__(self):
        self.local = Cache()

    def run(self, operation, *args):
        return getattr(self.local, operation)(*args)

    def drop_answers(self, key):
        self.run("drop", key)


door = Door()


def rename(db, key, name):
    db.execute("update names", name)
    door.drop_answers(key)
"""


@pytest.mark.parametrize(("said", "is_called"), [('"drop"', True), ('"get"', False), ("key", False)])
def test_a_method_that_is_run_by_its_name(said: str, is_called: bool, tmp_path: Path) -> None:
    repo = repo_of(tmp_path, {"cache.py": CACHE, "door.py": FACADE.replace('"drop"', said)})
    assert repo.caches.removed_on_change.ok is is_called


COUNTED = """
from prometheus_client import Counter, start_http_server
from cachetools import TTLCache

HITS = Counter("answer_cache_hits_total", "Found.")
MISSES = Counter("answer_cache_misses_total", "Not found.")
OTHER = Counter("answer_cache_other_total", "Other.")


class Cache:
    def __init__(self):
        self.cache = TTLCache(100, 60)

    def put(self, key, value):
        self.cache[key] = value

    def get(self, key):
        found = self.cache.get(key)
        COUNT
        return found
"""
RULES = """
groups:
  - name: cache
    rules:
      - alert: ColdCache
        expr: rate(answer_cache_hits_total[1h]) / rate(answer_cache_misses_total[1h]) < 0.1
        labels: {severity: warning}
"""
USER = "from cache import Cache\ncache = Cache()\ndef answer(key):\n    return cache.get(key)\n"


@pytest.mark.parametrize(
    ("count", "is_counted"),
    [
        ("if found is None: MISSES.inc()\n        else: HITS.inc()", True),
        ("(MISSES if found is None else HITS).inc()", True),
        ("(OTHER if found is None else HITS).inc()", False),
        ("counter = HITS if found else MISSES\n        counter.inc()", True),
        ("HITS.inc()\n        MISSES.inc()", False),
        ("HITS.inc()", False),
    ],
)
def test_what_counts_hits_and_misses(count: str, is_counted: bool, tmp_path: Path) -> None:
    files = {"cache.py": COUNTED.replace("COUNT", count), "app.py": USER, "prometheus/rules.yml": RULES}
    assert repo_of(tmp_path, files).caches.counted.ok is is_counted


def test_a_count_of_another_class_does_not_count(tmp_path: Path) -> None:
    bare = (
        "from cachetools import TTLCache\nclass PlainCache:\n    def __init__(self):\n"
        "        self.cache = TTLCache(9, 9)\n    def put(self, key, value):\n        self.cache[key] = value\n"
        "    def get(self, key):\n        return self.cache.get(key)\n"
    )
    counted = COUNTED.replace("COUNT", "(MISSES if found is None else HITS).inc()")
    user = USER.replace("from cache import Cache", "from plain import PlainCache as Cache")
    files = {"cache.py": counted, "plain.py": bare, "app.py": user, "prometheus/rules.yml": RULES}
    assert not repo_of(tmp_path, files).caches.counted.ok


TEST = "from cache import Cache\ndef test_drop():\n    cache = Cache()\n    cache.put('a', 1)\n    cache.drop('a')\n"
MISS = "    assert cache.get('a') is None\n"
MOCK = "from unittest.mock import MagicMock\n"
FIXTURE = "import pytest\n@pytest.fixture\ndef cache():\n    return Cache()\n"
PROOFS = [
    (TEST + MISS, True),
    (TEST + "    assert not cache.get('a')\n", True),
    (TEST + "    found = cache.get('a')\n    assert found is None\n", True),
    (TEST + "    assert cache.get('a') != 1\n", True),
    (TEST + "    assert cache.get('a') == 1\n", False),
    (TEST + "    assert cache.get('a') is not None\n", False),
    (TEST + "    cache.get('a')\n    assert cache\n", False),
    (TEST.replace("    cache.put('a', 1)\n", "") + MISS, False),
    (TEST.replace("    cache.drop('a')\n", "") + MISS, False),
    (FIXTURE + TEST.replace("test_drop():\n    cache = Cache()", "test_drop(cache):") + MISS, True),
    (MOCK + TEST.replace("cache = Cache()", "cache = MagicMock(spec=Cache)") + MISS, False),
    (MOCK + TEST.replace("    cache.put", "    cache._cache = MagicMock()\n    cache.put") + MISS, False),
    (TEST.replace("def test_drop", "def drop") + MISS, False),
]


@pytest.mark.parametrize(("source", "is_proof"), PROOFS, ids=range(len(PROOFS)))
def test_what_proves_the_removal(source: str, is_proof: bool, tmp_path: Path) -> None:
    repo = repo_of(tmp_path, {"cache.py": CACHE, "tests/test_cache.py": source})
    assert repo.caches.removal_tested.ok is is_proof


def test_a_proof_through_a_loop_of_its_own(tmp_path: Path) -> None:
    source = (
        "import asyncio\nfrom cache import Cache\ndef test_drop():\n    async def run():\n        cache = Cache()\n"
        "        cache.put('a', 1)\n        cache.drop('a')\n        assert cache.get('a') is None\n"
        "    asyncio.run(run())\n"
    )
    repo = repo_of(tmp_path, {"cache.py": CACHE, "tests/test_cache.py": source})
    assert repo.caches.removal_tested.ok
