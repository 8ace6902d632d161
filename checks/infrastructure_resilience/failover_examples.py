"""Examples for the checks of failover."""

from pytest_readiness.authoring import Example

from .facade_examples import GONE, LAZY_IMPORT, NOTHING, PLAIN, READY, changed, with_files
from .platform_examples import BREAKER_SOURCE, CLOUD_SOURCE, DISPATCH, HEAD, LOCAL_SOURCE, SETTINGS, START, platform
from .platform_styles import NAMED, STYLES

LOCAL_RUN = "            return self._on(self._local, service, operation, *args)\n\n    def _guarded"
WARNING = '            log.warning("%s goes to the local side: %s", service, error)\n'
GET = "        return self.client.get(key)\n"
BY_HAND = DISPATCH.replace(
    "        try:\n            return self._guarded(service, operation, *args)\n        except Exception as error:\n",
    "        if not self.forced:\n            return self._guarded(service, operation, *args)\n"
    "        error = None\n        if True:\n",
)
FORCED = HEAD.replace("self.mode = mode", "self.mode = mode\n        self.forced = False")
SWITCH = "\n    def force_fallback(self):\n        self.forced = True\n"
PASSED_BY = DISPATCH.replace(
    "        try:\n            return self._guarded",
    "        if self._breakers[service].state.value == 'open':\n"
    '            log.warning("%s is open", service)\n'
    "            return self._on(self._local, service, operation, *args)\n"
    "        try:\n            return self._guarded",
)
UNAWAITED = """
    async def run(self, service, operation, *args):
        if self.mode is Mode.LOCAL_ONLY:
            return await self._on(self._local, service, operation, *args)
        if self.mode is Mode.CLOUD_ONLY:
            return await self._guarded(service, operation, *args)
        try:
            return self._guarded(service, operation, *args)
        except Exception as error:
            log.warning("%s goes to the local side: %s", service, error)
            return await self._on(self._local, service, operation, *args)

    async def _guarded(self, service, operation, *args):
        return self._breakers[service].call(self._plain, self._cloud, service, operation, *args)

    def _plain(self, side, service, operation, *args):
        return getattr(side[service], operation)(*args)

    async def _on(self, side, service, operation, *args):
        return self._plain(side, service, operation, *args)
"""


def swallowing(why: str, handler: str, score: float = 50) -> Example:
    """The platform with a cache whose get handles failures."""
    lines = "".join(f"        {line}\n" for line in handler.splitlines())
    body = "        try:\n            return self.client.get(key)\n" + lines
    return with_files(why, score, cloud=CLOUD_SOURCE.replace(GET, body))


def local(why: str, method: str, score: float) -> Example:
    """The platform with another local cache."""
    return with_files(why, score, local=LOCAL_SOURCE.replace("        return self.entries.get(key)\n", method))


# aws_to_local_failover

FAILING_OVER = [
    READY,
    *STYLES,
    swallowing(
        "not found is an answer, anything else goes out",
        "except redis.RedisError as error:\n    if error.code == 404:\n        return None\n    raise",
        100,
    ),
    swallowing(
        "the failure goes out under another name", "except Exception as error:\n    raise OSError(key) from error", 100
    ),
]
NOT_FAILING_OVER = [
    NOTHING,
    GONE,
    changed(
        "a fallback branch that logs and returns None", LOCAL_RUN, "            return None\n\n    def _guarded", 0
    ),
    changed("an open breaker that no handler expects", "except Exception as error", "except OSError as error", 0),
    changed("without the arguments", LOCAL_RUN, LOCAL_RUN.replace(", *args", ", *args[:1]"), 0),
    changed("another operation", LOCAL_RUN, LOCAL_RUN.replace("operation, *args", '"get", *args')),
    changed("no breaker", "self._breakers[service].call(self._on, self._cloud,", "self._on(self._cloud,", 0),
    Example(
        platform(start=LAZY_IMPORT), "a local class that is registered for one service only", 50, settings=SETTINGS
    ),
    Example(platform(dispatch=UNAWAITED), "a coroutine that is not awaited in the try", 0, settings=SETTINGS),
]
FAILOVER_DECOYS = [
    PLAIN,
    swallowing("an adapter turns an outage into None", "except Exception:\n    return None"),
    swallowing(
        "an adapter turns an outage into False", "except redis.RedisError:\n    print('no cache')\n    return False"
    ),
    swallowing("an adapter turns an outage into a list", "except OSError:\n    pass\nreturn []"),
    swallowing(
        "an adapter turns an outage into an error dict", "except Exception as error:\n    return {'error': str(error)}"
    ),
    local("a local operation that returns a literal", "        return None\n", 50),
    local("a local operation that is not written", "        raise NotImplementedError\n", 50),
    Example(
        platform()
        | {"app/local.py": LOCAL_SOURCE.replace("class MemoryCache", "import app.gone\n\n\nclass MemoryCache")},
        "a local class in a module that cannot be imported",
        0,
        settings=SETTINGS,
    ),
    with_files(
        "an empty stand-in class",
        50,
        local=LOCAL_SOURCE.split("class MemoryCache")[0]
        + "class MemoryCache:\n    pass\n\n\nclass Folder"
        + LOCAL_SOURCE.split("class Folder")[1],
    ),
]

# automatic_failover

AUTOMATIC = [
    READY,
    *STYLES,
    changed(
        "a default of the environment",
        "self.mode = mode",
        'self.mode = Mode(os.environ.get("MODE", "combined"))',
        part=HEAD,
    ),
]
NOT_AUTOMATIC = [
    NOTHING,
    GONE,
    changed("the default is cloud only", "mode=Mode.COMBINED", "mode=Mode.CLOUD_ONLY", 75, HEAD),
    changed(
        "an open breaker ends without a call",
        WARNING,
        WARNING + "            if isinstance(error, OpenError):\n                return None\n",
        75,
    ),
    changed("no default", "mode=Mode.COMBINED", "mode", 75, HEAD),
]
AUTOMATIC_DECOYS = [
    PLAIN,
    Example(
        platform(FORCED, dispatch=BY_HAND + SWITCH), "failover only through an operator's method", 50, settings=SETTINGS
    ),
    Example(
        platform(dispatch=PASSED_BY), "an open breaker is passed by, so that it is never tried", 75, settings=SETTINGS
    ),
    Example(
        platform(
            start=START,
            app__main=(
                "from app.facade import Facade\nfacade = Facade()\n\n\ndef recover():\n    print('trying again')\n"
            ),
            dispatch=PASSED_BY,
        ),
        "a recovery loop that only prints and is never started",
        75,
        settings=SETTINGS,
    ),
]

# failover_logged

OPENED = '            log.warning("breaker %s opened", self.name)\n'
CLOSED = '            log.info("breaker %s closed again", self.name)\n'


def breaker(why: str, old: str, new: str, score: float) -> Example:
    """The platform with another breaker."""
    assert old in BREAKER_SOURCE, why
    files = platform() | {"app/breaker.py": BREAKER_SOURCE.replace(old, new)}
    return Example(files, why, score, settings=SETTINGS)


THIRD = 100 / 3
LOGGED = [
    READY,
    *NAMED,
    breaker(
        "the log stands in what calls the change",
        OPENED,
        "            self._say()\n\n    def _say(self):\n        log.error(f'{self.name} is open')\n",
        100,
    ),
]
NOT_LOGGED = [
    NOTHING,
    GONE,
    breaker("no log on opening", OPENED, "", 2 * THIRD),
    breaker("no log on closing", CLOSED, "            pass\n", 2 * THIRD),
    changed("no log where the local side is used", WARNING, "", 2 * THIRD),
    changed("no dispatch", "return self.facade.run", "return print", 0, HEAD),
]
LOGGED_DECOYS = [
    PLAIN,
    breaker("print is no log", OPENED, "            print('breaker', self.name, 'opened')\n", 2 * THIRD),
    breaker("a lower level", OPENED, OPENED.replace("warning", "info"), 2 * THIRD),
    breaker(
        "every breaker writes the same line", OPENED, "            log.warning('circuit breaker opened')\n", 2 * THIRD
    ),
    breaker(
        "a line that is written on every failure", OPENED, "        log.warning('%s failed', self.name)\n", 2 * THIRD
    ),
    breaker(
        "a log in a method nobody calls",
        OPENED,
        "\n    def log_opened(self):\n        log.warning('%s opened', self.name)\n",
        2 * THIRD,
    ),
    changed(
        "the fallback without the service's name",
        WARNING,
        '            log.warning("going local: %s", error)\n',
        2 * THIRD,
    ),
]

# functionality_maintained

THREE_OF_FOUR = local("three of four operations are left", "        raise NotImplementedError\n", 75)
LEFT = [READY, *STYLES, Example(THREE_OF_FOUR.files, THREE_OF_FOUR.why, 75, "pass", SETTINGS)]
NOT_LEFT = [
    NOTHING,
    GONE,
    with_files(
        "half of the operations",
        50,
        local=LOCAL_SOURCE.replace("def write", "def save").replace("def put", "def store"),
    ),
    Example(
        platform(
            HEAD.replace("    def get(", "    def _get(")
            .replace("    def put(", "    def _put(")
            .replace("    def read(", "    def _read(")
            .replace("    def write(", "    def _write(")
        ),
        "no operation at all",
        0,
        settings=SETTINGS,
    ),
]
LEFT_DECOYS = [
    PLAIN,
    with_files(
        "stand-in classes",
        0,
        local=(
            "class MemoryCache:\n    pass\n\n\nclass FolderStorage:\n"
            "    def __init__(self, folder):\n        self.folder = folder\n"
        ),
    ),
    with_files(
        "methods that return a literal or are not written",
        25,
        local=LOCAL_SOURCE.replace("return self.entries.get(key)", "return None")
        .replace("self.entries[key] = value", "raise NotImplementedError")
        .replace("return (self.folder / name).read_bytes()", "return b''"),
    ),
    Example(
        platform() | {"app/local.py": "import app.gone\n" + LOCAL_SOURCE},
        "classes in a module that cannot be imported",
        0,
        settings=SETTINGS,
    ),
    Example(
        platform(
            start=LAZY_IMPORT.replace('self._local["cache"]', 'import app.gone\n            self._local["cache"]')
        ),
        "registered where no run gets to",
        0,
        settings=SETTINGS,
    ),
    Example(
        platform()
        | {
            "app/local.py": (
                "class MemoryCache:\n    def read_entry(self, key):\n"
                "        return self.entries[key]\nclass FolderStorage(MemoryCache):\n"
                "    def __init__(self, folder):\n        self.entries = {}\n"
            ),
            "README.md": "# Offline\n100 % of all operations work offline.\n",
        },
        "operations under another name, and a claim in a document",
        0,
        settings=SETTINGS,
    ),
]
