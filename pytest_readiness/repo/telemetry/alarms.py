"""Alarms in one shape, whatever declares them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from pytest_readiness.repo.data_files import EITHER, EXPRESSION, NAME, Datum
from pytest_readiness.repo.telemetry.panels import Use

NO_ACTION, NO_THRESHOLD = "it has no action", "it compares with no number"
NO_OPERATOR, NO_METRIC = "it says no comparison", "it names no metric"


@dataclass(frozen=True, eq=False)
class Alarm:
    """An alarm that the repository declares, complete or not."""

    language: str
    """cdk, cloudformation, terraform, boto3, prometheus or grafana."""
    name: str
    path: str
    line: int
    uses: tuple[Use, ...]
    threshold: str
    """The number as text, or the expression that it is computed from."""
    operators: tuple[str, ...]
    """How the metric is compared: `>`, `>=`, `<`, `<=`, `==`, `!=`; empty where it is not known."""
    action: str
    """What is told or done, in words."""
    lacks: tuple[str, ...] = ()
    """What an alarm needs and this one has not."""

    @property
    def complete(self) -> bool:
        """Whether it has metric, comparison, numeric threshold and action."""
        return not self.lacks

    @property
    def rises(self) -> bool:
        """Whether it fires on high values: not where it only compares with "less than"."""
        return not self.operators or any(o in (">", ">=", "==", "!=") for o in self.operators)


@dataclass(frozen=True, eq=False)
class Budget:
    """A budget, or a subscription to anomalies of cost."""

    name: str
    path: str
    line: int
    limit: str
    subscriber: str
    lacks: tuple[str, ...] = ()
    of_anomalies: bool = False
    """A subscription to anomalies."""

    @property
    def complete(self) -> bool:
        return not self.lacks


def operator_of(datum: Datum | None) -> tuple[str, ...]:
    """The comparison that a CloudWatch operator names; nothing where it is not known."""
    text = str(datum.value).upper().replace("_", "") if datum is not None and datum.tag in ("", NAME) else ""
    if "GREATER" in text:
        return (">=",) if "OREQUAL" in text else (">",)
    if "LESSTHAN" in text and "ORGREATER" not in text:
        return ("<=",) if "OREQUAL" in text else ("<",)
    return ()


def is_number(datum: Datum | None) -> bool:
    """A number, text that is one, or a value that is computed; not true and false."""
    if datum is None or isinstance(datum.value, bool):
        return False
    if datum.tag == EITHER:
        return any(is_number(d) for d in datum.elements)
    if datum.tag:
        return True
    return isinstance(datum.value, int | float) or _is_numeric(datum.text)


def _is_numeric(text: str | None) -> bool:
    try:
        return text is not None and math.isfinite(float(text))
    except ValueError:
        return False


def is_filled(datum: Datum | None) -> bool:
    """A value that holds something: a list with an element that is set, a computed value."""
    if datum is None:
        return False
    if datum.tag == EITHER:
        return any(is_filled(d) for d in datum.elements)
    if isinstance(datum.value, tuple):
        return any(is_filled(d) for d in datum.elements)
    if datum.tag == EXPRESSION or datum.entries:
        return True
    return datum.value not in (None, "", False)


def shown(datum: Datum | None) -> str:
    """The value in a few characters, for a note."""
    if datum is None:
        return ""
    if isinstance(datum.value, tuple):
        return ", ".join(dict.fromkeys(s for d in datum.elements if (s := shown(d))))[:80]
    if isinstance(datum.value, dict):
        return datum.tag.rpartition(".")[2]
    return str(datum.value if datum.value is not None else "").rpartition("aws_cdk.")[2][:80]


def lacking(*problems: str | None, of: Iterable[str] = ()) -> tuple[str, ...]:
    """What is said of an incomplete alarm, empty words left out."""
    return tuple(p for p in (*problems, *of) if p)
