"""How the system is delivered: its components, the images that start them, and the cloud they are put into."""

from pytest_readiness.repo.delivery.components import Component, EntryModule
from pytest_readiness.repo.delivery.model import Delivery
from pytest_readiness.repo.delivery.roots import IacRoot, Stack

__all__ = ["Component", "Delivery", "EntryModule", "IacRoot", "Stack"]
