"""The team, made once at start."""

from fyren.agenter.bokforing.arkitekt import Architect
from fyren.agenter.bokforing.genomforare import Implementer
from fyren.agenter.bokforing.granskare import Reviewer
from fyren.agenter.bokforing.produktagare import ProductOwner
from fyren.agenter.bokforing.samordnare import Coordinator
from fyren.agenter.bas import Agent
from fyren.modell.gateway import Gateway


def make() -> dict[str, Agent]:
    """Every agent of the team."""
    services = {"gateway": Gateway.in_region("eu-north-1")}
    return {
        "samordnare": Coordinator(services),
        "arkitekt": Architect(services),
        "produktagare": ProductOwner(services),
        "genomforare": Implementer(services),
        "granskare": Reviewer(services),
    }
