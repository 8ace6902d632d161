"""Examples for the checks of failover."""

from pytest_readiness.authoring import Example

from .platform_examples import SETTINGS, platform

READY = Example(platform(), settings=SETTINGS)
EMPTY = Example({}, settings=SETTINGS)
FAILING_OVER = [READY]
NOT_FAILING_OVER = [EMPTY]
FAILOVER_DECOYS: list[Example] = []
AUTOMATIC = [READY]
NOT_AUTOMATIC = [EMPTY]
AUTOMATIC_DECOYS: list[Example] = []
LOGGED = [READY]
NOT_LOGGED = [EMPTY]
LOGGED_DECOYS: list[Example] = []
LEFT = [READY]
NOT_LEFT = [EMPTY]
LEFT_DECOYS: list[Example] = []
