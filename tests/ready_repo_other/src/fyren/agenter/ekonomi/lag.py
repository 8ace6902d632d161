"""The team, made once at start."""

from fyren.agenter.ekonomi.arkitekt import Architect
from fyren.agenter.ekonomi.bank import Banker
from fyren.agenter.ekonomi.genomforare import Implementer
from fyren.agenter.ekonomi.granskare import Reviewer
from fyren.agenter.ekonomi.produktagare import ProductOwner
from fyren.agenter.ekonomi.samordnare import Coordinator
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
        "bank": Banker(services),
    }
