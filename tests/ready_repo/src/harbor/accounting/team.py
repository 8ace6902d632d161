"""The accounting team, built once at start."""

from harbor.accounting.architect import ArchitectAgent
from harbor.accounting.coordinator import CoordinatorAgent
from harbor.accounting.implementation import ImplementationAgent
from harbor.accounting.product_manager import ProductManagerAgent
from harbor.accounting.quality_assurance import QualityAssuranceAgent
from harbor.llm.service import llm_service


def build() -> dict[str, object]:
    """Every agent of the team with the shared model service.

    Personal data of Swedish customers stays in Sweden: the region is no setting.
    """
    model = llm_service("eu-north-1")
    return {
        "coordinator": CoordinatorAgent(llm=model),
        "architect": ArchitectAgent(llm=model),
        "product_manager": ProductManagerAgent(llm=model),
        "implementation": ImplementationAgent(llm=model),
        "quality_assurance": QualityAssuranceAgent(llm=model),
    }
