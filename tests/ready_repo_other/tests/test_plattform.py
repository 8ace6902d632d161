"""Storage and cache while the cloud is away."""

from unittest.mock import MagicMock

import pybreaker
import pytest

from fyren.plattform.fasad import Storage
from fyren.plattform.lokal import FolderStorage, MemoryCache
from fyren.settings import Settings

SETTINGS = {"breaker_failures": 3, "breaker_wait_s": 0}


def storage_of(cloud, folder, **settings) -> Storage:
    """A storage with that cloud."""
    return Storage("storage", Settings(**SETTINGS | settings), cloud=lambda: cloud, local=lambda: FolderStorage(folder))


def test_files_stay_here_while_the_cloud_fails(tmp_path) -> None:
    storage = storage_of(MagicMock(put=MagicMock(side_effect=OSError), get=MagicMock(side_effect=OSError)), tmp_path)
    storage.put("plan", b"lunch")
    assert storage.get("plan") == b"lunch"


def test_the_breaker_opens_and_spares_the_cloud(tmp_path) -> None:
    cloud = MagicMock(put=MagicMock(side_effect=OSError))
    storage = storage_of(cloud, tmp_path, breaker_wait_s=60)
    for _ in range(3):
        storage.put("plan", b"lunch")
    assert storage.breaker.current_state == pybreaker.STATE_OPEN
    with pytest.raises(pybreaker.CircuitBreakerError):
        storage.breaker.call(cloud.put, "plan", b"lunch")
    assert cloud.put.call_count == 3


def test_the_breaker_closes_when_the_cloud_is_back(tmp_path) -> None:
    cloud = MagicMock(put=MagicMock(side_effect=OSError))
    storage = storage_of(cloud, tmp_path)
    for _ in range(3):
        storage.put("plan", b"lunch")
    cloud.put.side_effect = None
    storage.put("plan", b"lunch")
    assert storage.breaker.current_state == pybreaker.STATE_CLOSED


def test_what_is_forgotten_is_gone() -> None:
    cache = MemoryCache(60)
    cache.put("answer:1", "lunch")
    assert cache.get("answer:1") == "lunch"
    cache.forget("answer:")
    assert cache.get("answer:1") is None
