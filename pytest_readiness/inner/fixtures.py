"""The two fixtures of a check."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pytest_readiness.authoring import Repo, Units
from pytest_readiness.inner.audit import AUDIT
from pytest_readiness.inner.runfolder import UNREAD
from pytest_readiness.models import encodable

UNITS = pytest.StashKey[Units]()


@pytest.fixture(scope="session")
def repo(request: pytest.FixtureRequest) -> Iterator[Repo]:
    """The audited repository; afterwards, which of its files this process could not read is handed on."""
    audit = request.config.stash[AUDIT]
    model = Repo(audit.root, audit.settings)
    yield model
    audit.folder.write(f"{UNREAD}{audit.who}", {encodable(path): why for path, why in model.not_read().items()})


@pytest.fixture
def units(request: pytest.FixtureRequest) -> Units:
    """What the check ranges over; settles its score when the body has returned."""
    item: pytest.Item = request.node
    return item.stash.setdefault(UNITS, Units())
