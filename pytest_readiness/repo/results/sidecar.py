"""`run.json`: what ties a result file to a commit, a time and a target."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from pytest_readiness.repo.results.rows import Unreadable

_COMMIT = r"^[0-9a-fA-F]{7,64}$"
_MOCK = re.compile(r"mock|stub|fake|httpbin", re.IGNORECASE)
Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Sidecar(BaseModel):
    """The facts of a run that its result files do not hold themselves."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    commit: Annotated[str, Field(pattern=_COMMIT)]
    started_at: AwareDatetime
    target: str = ""
    users: Count | None = None
    duration_s: Seconds | None = None
    hold_s: Seconds | None = None
    """Seconds at the full number of users."""
    requests: Count | None = None
    query: str | None = None
    unit: str | None = None

    @property
    def is_mock(self) -> bool:
        """No target is named, or one that is no system."""
        return not self.target.strip() or _MOCK.search(self.target) is not None

    def age_problem(self, now: datetime, max_age: timedelta) -> str:
        """Why the run's time does not count, "" where it does."""
        if self.started_at > now:
            return f"started at {_day(self.started_at)}, which is in the future"
        if now - self.started_at > max_age:
            return f"started at {_day(self.started_at)}, more than {max_age.days} days ago"
        return ""


def sidecar(text: str) -> Sidecar:
    """The sidecar of that text. Raises Unreadable, naming the field that is wrong."""
    try:
        return Sidecar.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the file"
        raise Unreadable(f"{field}: {first['msg']}") from error


def _day(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
