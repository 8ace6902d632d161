"""Examples for the checks of the service facade."""

from pytest_readiness.authoring import Example

from .platform_examples import (
    ACCESSORS,
    CLOUD_SOURCE,
    DISPATCH,
    FACADE,
    HEAD,
    LOCAL_SOURCE,
    MAIN,
    SETTINGS,
    START,
    platform,
)
from .platform_styles import STYLES

READY = Example(platform(), "the services behind one class, a try for each, dispatch by mode", settings=SETTINGS)
NOTHING = Example({"app/main.py": "import boto3\n"}, "a managed service is used and there is no facade", score=0)
GONE = Example({"app/main.py": "x = 1\n"}, "the facade that the settings name is missing", settings=SETTINGS, score=0)
UNCONFIGURED = Example(
    {f"src/{p.removeprefix('app/')}" if p == FACADE else p: t for p, t in platform().items()},
    "the facade lies elsewhere and is found by its accessors",
    settings={"services": ["cache", "storage"]},
)
PLAIN = Example(
    {"app/main.py": "from fastapi import FastAPI\napp = FastAPI()\n"},
    "a web application that uses no managed service has nothing to put behind a facade",
    status="unknown",
)
BROKEN = Example(
    platform(HEAD.replace("from app.local", "from app.offline")),
    "a module that the facade imports is missing",
    settings=SETTINGS,
    score=0,
)


def changed(why: str, old: str, new: str, score: float | None = None, part: str = DISPATCH) -> Example:
    """The platform with one part of its facade changed."""
    assert old in part, why
    head, start, accessors, dispatch = (p.replace(old, new) if p is part else p for p in _PARTS)
    return Example(platform(head, start, accessors, dispatch), why, score, settings=SETTINGS)


_PARTS = (HEAD, START, ACCESSORS, DISPATCH)


def with_files(why: str, score: float | None = None, **files: str) -> Example:
    """The platform with other files beside the facade: `cloud=...` is app/cloud.py."""
    return Example(platform(**{f"app__{n}": t for n, t in files.items()}), why, score, settings=SETTINGS)


# facade_implemented

FACADES = [READY, UNCONFIGURED, *STYLES]
NO_FACADE = [
    NOTHING,
    GONE,
    BROKEN,
    Example(platform() | {"app/local.py": "class MemoryCache(:\n"}, "an import does not parse", 0, settings=SETTINGS),
    changed("a name that nothing binds", "class Unavailable(Exception)", "class Unavailable(Failure)", 0, HEAD),
]
FACADE_DECOYS = [
    PLAIN,
    changed("an accessor returns None", "return StorageFront(self)", "return None", 0, ACCESSORS),
    changed("an accessor returns a literal", "return StorageFront(self)", "return {}", 0, ACCESSORS),
    changed("an accessor passes", "return StorageFront(self)", "pass", 0, ACCESSORS),
    changed("an accessor is not written", "return StorageFront(self)", "raise NotImplementedError", 0, ACCESSORS),
    Example(
        {
            "README.md": "# Facade\nThe facade hands out cache and storage.\n",
            FACADE: '"""The facade: cache, storage."""\n',
        },
        "a README and a docstring describe the facade",
        0,
        settings=SETTINGS,
    ),
    Example(
        {
            FACADE: """
            from abc import ABC, abstractmethod

            class Facade(ABC):
                @abstractmethod
                def get_cache(self):
                    "The cache."

                @abstractmethod
                def get_storage(self):
                    "The storage."
            """
        },
        "an interface without bodies",
        0,
        settings=SETTINGS,
    ),
    changed("an accessor for half of the services", "get_storage", "open_storage", 0, ACCESSORS),
    with_files(
        "nothing real on either side",
        0,
        cloud="class RedisCache:\n    pass\nclass BucketStorage:\n    pass\n",
        local="class MemoryCache:\n    pass\nclass FolderStorage:\n    pass\n",
    ),
]

# all_services_covered

NO_WRITE = "\n    def write(self, name, data):\n        (self.folder / name).write_bytes(data)\n"
CLOUD_WRITE = (
    "\n    def write(self, name, data):\n        self.client.put_object(Bucket=self.bucket, Key=name, Body=data)\n"
)
LAZY_IMPORT = """
    def start(self):
        for service in CLOUD:
            self._breakers[service] = Breaker(service)
        try:
            self._cloud["cache"] = RedisCache(os.environ["REDIS_URL"])
            from app.gone import Anything
            self._cloud["storage"] = BucketStorage(os.environ["BUCKET"])
        except Exception:
            log.exception("cloud")
        try:
            self._local["cache"] = MemoryCache()
        except Exception:
            log.exception("local")
"""
STAND_IN = """
try:
    from app.offline import FolderStorage
except ImportError:
    log.warning("no local storage")

    class FolderStorage:
        pass
"""
ONE_SIDE = START.replace("            self._build(self._cloud, service, CLOUD[service])\n", "")
COVERED = [
    READY,
    *STYLES,
    Example(platform(start=ONE_SIDE), "one side is enough", settings=SETTINGS),
    with_files(
        "an operation that a base class of the repository has",
        local=LOCAL_SOURCE.replace(
            "class FolderStorage:", "class Writing:" + NO_WRITE + "\n\nclass FolderStorage(Writing):"
        )
        .replace(NO_WRITE + "\n\nclass FolderStorage(Writing)", NO_WRITE + "\n\nclass FolderStorage(Writing)")
        .rsplit("\n    def write", 1)[0]
        + "\n",
    ),
]
NOT_COVERED = [
    NOTHING,
    GONE,
    changed("no accessor for storage", "get_storage", "open_storage", 50, ACCESSORS),
    with_files(
        "the operation write has no body on either side",
        50,
        cloud=CLOUD_SOURCE.replace(
            CLOUD_WRITE, "\n    def write(self, name, data):\n        raise NotImplementedError\n"
        ),
        local=LOCAL_SOURCE.replace(NO_WRITE, "\n    def write(self, name, data):\n        return {}\n"),
    ),
]
UNCOVERED_DECOYS = [
    PLAIN,
    Example(
        platform(start=LAZY_IMPORT), "registered after a statement of its block that must raise", 50, settings=SETTINGS
    ),
    Example(
        platform(
            HEAD.replace(
                "from app.local import FolderStorage, MemoryCache", "from app.local import MemoryCache"
            ).replace("\n\nclass Mode(", STAND_IN + "\n\nclass Mode("),
            START.replace(
                "self._build(self._cloud, service, CLOUD[service])", "self._build(self._cloud, 'cache', CLOUD['cache'])"
            ),
        ),
        "an empty stand-in is registered",
        50,
        settings=SETTINGS,
    ),
    Example(
        platform(
            HEAD.replace('    "storage": lambda: BucketStorage(os.environ["BUCKET"]),\n', "")
            .replace('    "storage": lambda: FolderStorage(os.environ.get("DATA", "data")),\n', "")
            .replace("log = logging", 'SERVICES = ["cache", "storage"]  # storage is covered\nlog = logging')
        ),
        "a service name in a list and in a comment",
        50,
        settings=SETTINGS,
    ),
]

# mode_switching_works

OUTSIDE = "self.mode = mode"
SWITCHING = [
    READY,
    *STYLES,
    changed("a mode of the environment", OUTSIDE, 'self.mode = Mode(os.environ.get("MODE", "combined"))', part=HEAD),
    changed(
        "a mode that decides what is constructed",
        "            self._build(self._cloud, service, CLOUD[service])\n"
        "            self._build(self._local, service, LOCAL[service])\n",
        "            if self.mode is not Mode.LOCAL_ONLY:\n"
        "                self._build(self._cloud, service, CLOUD[service])\n"
        "            if self.mode is not Mode.CLOUD_ONLY:\n"
        "                self._build(self._local, service, LOCAL[service])\n",
        part=START,
    ),
]
FALLS_OFF = DISPATCH.replace(
    "        if self.mode is Mode.LOCAL_ONLY:\n            return self._on(self._local, service, operation, *args)\n",
    "",
).replace(
    "        try:\n            return self._guarded",
    "        try:\n            if self.mode is Mode.COMBINED:\n                return self._guarded",
)
NOT_SWITCHING = [
    NOTHING,
    GONE,
    Example(
        platform(
            dispatch=FALLS_OFF.replace(
                "            return self._on(self._local, service, operation, *args)\n\n",
                "            if self.mode is Mode.COMBINED:\n"
                "                return self._on(self._local, service, operation, *args)\n\n",
            )
        ),
        "local-only falls off the end",
        200 / 3,
        settings=SETTINGS,
    ),
    changed("local-only runs the cloud", "return self._on(self._local", "return self._on(self._cloud", 200 / 3),
    changed(
        "cloud-only runs the local side when the cloud fails",
        "        if self.mode is Mode.CLOUD_ONLY:\n            return self._guarded(service, operation, *args)\n",
        "",
        200 / 3,
    ),
    changed(
        "combined tries the local side first",
        "            return self._guarded(service, operation, *args)\n        except Exception as error:\n",
        "            return self._on(self._local, service, operation, *args)\n        except Unavailable as error:\n",
        200 / 3,
    ),
]
MODE_DECOYS = [
    PLAIN,
    changed("a mode setting that dispatch never reads", "self.mode is Mode.LOCAL_ONLY", "service is None"),
    changed("the mode is written down", OUTSIDE, "self.mode = Mode.COMBINED", 0, HEAD),
    changed(
        "only one mode",
        '    CLOUD_ONLY = "cloud-only"\n    LOCAL_ONLY = "local-only"\n',
        "",
        0,
        HEAD,
    ),
    changed(
        "local-only answers nothing where nothing is registered",
        "            raise Unavailable(service)",
        "            return None",
        0,
    ),
]

# initialization_robust

SHARED = """
    def start(self):
        for service in CLOUD:
            self._breakers[service] = Breaker(service)
        try:
            self._cloud["cache"] = RedisCache(os.environ["REDIS_URL"])
            self._cloud["storage"] = BucketStorage(os.environ["BUCKET"])
            self._local["cache"] = MemoryCache()
            self._local["storage"] = FolderStorage(os.environ["DATA"])
        except Exception:
            log.exception("the services cannot be built")
"""
LOOP_INSIDE = """
    def start(self):
        try:
            for service in CLOUD:
                self._breakers[service] = Breaker(service)
                self._cloud[service] = CLOUD[service]()
                self._local[service] = LOCAL[service]()
        except Exception:
            log.exception("the services cannot be built")
"""
WRITTEN_OUT = """
    def start(self):
        for service in CLOUD:
            self._breakers[service] = Breaker(service)
        self._local["cache"] = MemoryCache()
        try:
            self._cloud["cache"] = RedisCache(os.environ["REDIS_URL"])
        except Exception as error:
            log.error("cache: %s", error)
        try:
            self._cloud["storage"] = BucketStorage(os.environ["BUCKET"])
        except Exception as error:
            log.error("storage: %s", error)
        try:
            from app.local import FolderStorage
            self._local["storage"] = FolderStorage(os.environ["DATA"])
        except Exception as error:
            log.error("local storage: %s", error)
"""
GUARDED_IMPORT = """
try:
    from app.local import FolderStorage
except ImportError:

    class FolderStorage:
        pass
"""
IMPORTS = "from app.local import FolderStorage, MemoryCache"
ROBUST = [READY, *STYLES, Example(platform(start=WRITTEN_OUT), "a try for each, written out", settings=SETTINGS)]
NOT_ROBUST = [
    NOTHING,
    GONE,
    Example(platform(start=SHARED), "one try around all services", 80, settings=SETTINGS),
    changed("a failure that is not logged", 'log.exception("%s cannot be built", service)', "pass", 80, START),
    changed("a failure that is logged too low", "log.exception", "log.info", 80, START),
    changed("a keyword that nothing takes", "Breaker(service)", "Breaker(service, expected=OSError)", 80, START),
    changed(
        "an argument that is missing",
        "self._build(self._local, service, LOCAL[service])",
        "self._build(self._local, service)",
        80,
        START,
    ),
]
START_DECOYS = [
    PLAIN,
    Example(platform(start=LOOP_INSIDE), "one try around the loop over all services", 80, settings=SETTINGS),
    Example(
        platform(
            HEAD.replace(IMPORTS, "from app.local import MemoryCache").replace(
                "\n\nclass Mode(", GUARDED_IMPORT + "\n\nclass Mode("
            )
        ),
        "a stand-in class in except ImportError",
        80,
        settings=SETTINGS,
    ),
    changed(
        'a placeholder beside a comment "should be configurable"',
        'RedisCache(os.environ["REDIS_URL"])',
        'RedisCache("redis://cache.internal:6379")',
        80,
        HEAD,
    ),
    changed(
        "a bucket by its name", 'BucketStorage(os.environ["BUCKET"])', 'BucketStorage(bucket="notes-prod")', 80, HEAD
    ),
    Example(
        platform(
            app__main=MAIN.replace("    facade.start()\n", ""),
            tests__test_facade="from app.facade import Facade\ndef test_start():\n    Facade().start()\n",
        ),
        "an initialiser that only tests call",
        80,
        settings=SETTINGS,
    ),
    Example(
        platform(
            app__main=MAIN.replace("    facade.start()\n    yield", "    yield\n\n\ndef restart():\n    facade.start()")
        ),
        "an initialiser that nothing calls",
        80,
        settings=SETTINGS,
    ),
]
