"""The team, made once at start."""

from fyren.agenter.moten.arkitekt import Architect
from fyren.agenter.moten.genomforare import Implementer
from fyren.agenter.moten.granskare import Reviewer
from fyren.agenter.moten.produktagare import ProductOwner
from fyren.agenter.moten.samordnare import Coordinator
from fyren.agenter.bas import Agent
from fyren.modell.gateway import Gateway


def make() -> dict[str, Agent]:
    """Every agent of the team."""
    services = {"gateway": Gateway.in_region("eu-west-1")}
    return {
        "samordnare": Coordinator(services),
        "arkitekt": Architect(services),
        "produktagare": ProductOwner(services),
        "genomforare": Implementer(services),
        "granskare": Reviewer(services),
    }
