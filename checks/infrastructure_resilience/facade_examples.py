"""Examples for the checks of the service facade."""

from pytest_readiness.authoring import Example

from .platform_examples import ACCESSORS, DISPATCH, FACADE, HEAD, SETTINGS, START, platform

READY = Example(platform(), settings=SETTINGS)
FACADES = [READY]
NO_FACADE = [Example({}, settings=SETTINGS)]
FACADE_DECOYS: list[Example] = []
COVERED = [READY]
NOT_COVERED = [Example({}, settings=SETTINGS)]
UNCOVERED_DECOYS: list[Example] = []
SWITCHING = [READY]
NOT_SWITCHING = [Example({}, settings=SETTINGS)]
MODE_DECOYS: list[Example] = []
ROBUST = [READY]
NOT_ROBUST = [Example({}, settings=SETTINGS)]
START_DECOYS: list[Example] = []
__all__ = ["ACCESSORS", "DISPATCH", "FACADE", "HEAD", "START"]
