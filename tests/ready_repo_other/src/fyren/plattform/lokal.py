"""Storage and cache on this machine, for outages and for development."""

from pathlib import Path

from cachetools import TTLCache


class FolderStorage:
    """A folder."""

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)

    def put(self, key: str, data: bytes) -> None:
        (self.folder / key).write_bytes(data)

    def get(self, key: str) -> bytes:
        return (self.folder / key).read_bytes()

    def ping(self) -> None:
        self.folder.stat()


class MemoryCache:
    """A dictionary that forgets."""

    def __init__(self, seconds: int) -> None:
        self.cache = TTLCache(maxsize=10_000, ttl=seconds)

    def put(self, key: str, value: str) -> None:
        self.cache[key] = value

    def get(self, key: str) -> str | None:
        return self.cache.get(key)

    def forget(self, prefix: str) -> None:
        for key in [k for k in self.cache if k.startswith(prefix)]:
            del self.cache[key]

    def ping(self) -> None:
        len(self.cache)
