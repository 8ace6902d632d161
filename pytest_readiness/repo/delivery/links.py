"""Which resource does a setting of another one refer to, in templates, Terraform and CDK code?"""

from __future__ import annotations

import posixpath
import re

from pytest_readiness.repo.data_files import Datum
from pytest_readiness.repo.infra_model import CLOUDFORMATION, TERRAFORM, Resource


def mentions(datum: Datum | None, resource: Resource, by: Resource) -> bool:
    """Whether the setting of `by` (or something in it) names the resource of the same template or Terraform folder."""
    if datum is None or resource.language != by.language or not _is_near(resource, by):
        return False
    name = f"{resource.kind}.{resource.name}" if resource.language == TERRAFORM else resource.name
    pattern = re.compile(rf"(?<![A-Za-z0-9_-]){re.escape(name)}(?![A-Za-z0-9_-])")
    texts = (d.value for _, d in datum.walk() if isinstance(d.value, str))
    return any(pattern.search(t) for t in texts)


def _is_near(resource: Resource, other: Resource) -> bool:
    if resource.language == CLOUDFORMATION:
        return resource.path == other.path
    return posixpath.dirname(resource.path) == posixpath.dirname(other.path)


def number(datum: Datum | None) -> float | None:
    """The number that the setting is; None where it is none that is known."""
    if datum is None or datum.tag:
        return None
    if isinstance(datum.value, bool):
        return None
    try:
        return float(datum.value) if isinstance(datum.value, int | float | str) else None
    except ValueError:
        return None
