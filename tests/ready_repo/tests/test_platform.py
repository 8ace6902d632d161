"""The platform's services with the cloud failing below them."""

from unittest.mock import Mock

import pytest
from botocore.exceptions import EndpointConnectionError

from harbor.platform.breaker import Breaker, BreakerOpen, State
from harbor.platform.facade import FAILURES, Mode, Platform

OUTAGE = EndpointConnectionError(endpoint_url="s3")


@pytest.fixture
def clock(monkeypatch) -> Mock:
    """The time that breakers see."""
    clock = Mock(return_value=0.0)
    monkeypatch.setattr("harbor.platform.breaker.time.monotonic", clock)
    return clock


@pytest.fixture
def s3(monkeypatch, tmp_path) -> Mock:
    """A bucket that does not answer."""
    client = Mock()
    client.put_object.side_effect = client.get_object.side_effect = OUTAGE
    monkeypatch.setattr("boto3.client", Mock(return_value=client))
    monkeypatch.setenv("UPLOADS_BUCKET", "uploads")
    monkeypatch.setenv("UPLOADS_FOLDER", str(tmp_path))
    return client


def test_a_breaker_opens_after_as_many_failures_as_it_is_told(clock) -> None:
    breaker = Breaker("uploads", 3, 30.0)
    for _ in range(3):
        with pytest.raises(EndpointConnectionError):
            breaker.call(Mock(side_effect=OUTAGE))
    assert breaker.state is State.OPEN


def test_an_open_breaker_runs_nothing(clock) -> None:
    breaker = Breaker("uploads", 1, 30.0)
    with pytest.raises(EndpointConnectionError):
        breaker.call(Mock(side_effect=OUTAGE))
    operation = Mock()
    with pytest.raises(BreakerOpen):
        breaker.call(operation)
    operation.assert_not_called()


def test_a_breaker_closes_after_a_trial_that_works(clock) -> None:
    breaker = Breaker("uploads", 1, 30.0)
    with pytest.raises(EndpointConnectionError):
        breaker.call(Mock(side_effect=OUTAGE))
    clock.return_value = 31.0
    assert breaker.call(Mock(return_value="back")) == "back"
    assert breaker.state is State.CLOSED


def test_uploads_go_to_this_machine_while_the_bucket_is_away(s3, clock) -> None:
    uploads = Platform(Mode.COMBINED).uploads
    uploads.save("nord", "plan.txt", b"lunch")
    assert uploads.load("nord", "plan.txt") == b"lunch"


def test_an_open_breaker_leaves_the_bucket_alone(s3, clock) -> None:
    uploads = Platform(Mode.COMBINED).uploads
    for _ in range(FAILURES + 1):
        uploads.save("nord", "plan.txt", b"lunch")
    assert s3.put_object.call_count == FAILURES


@pytest.mark.parametrize(("mode", "asked"), [(Mode.CLOUD, 1), (Mode.LOCAL, 0)])
def test_a_mode_uses_its_own_side(s3, clock, mode, asked) -> None:
    uploads = Platform(mode).uploads
    if mode is Mode.CLOUD:
        with pytest.raises(EndpointConnectionError):
            uploads.save("nord", "plan.txt", b"lunch")
    else:
        uploads.save("nord", "plan.txt", b"lunch")
    assert s3.put_object.call_count == asked
