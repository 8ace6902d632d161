"""The two fixtures of a check."""

from __future__ import annotations

import pytest

from pytest_readiness.authoring import Repo, Units
from pytest_readiness.inner.audit import AUDIT

UNITS = pytest.StashKey[Units]()


@pytest.fixture(scope="session")
def repo(request: pytest.FixtureRequest) -> Repo:
    """The audited repository."""
    audit = request.config.stash[AUDIT]
    return Repo(audit.root, audit.settings)


@pytest.fixture
def units(request: pytest.FixtureRequest) -> Units:
    """What the check ranges over; settles its score when the body has returned."""
    item: pytest.Item = request.node
    return item.stash.setdefault(UNITS, Units())
