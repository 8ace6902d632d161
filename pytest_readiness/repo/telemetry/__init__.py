"""What the repository tells about itself in operation: metrics, dashboards, alarms."""

from pytest_readiness.repo.telemetry.metrics import Metric, Recording
from pytest_readiness.repo.telemetry.model import Telemetry

__all__ = ["Metric", "Recording", "Telemetry"]
