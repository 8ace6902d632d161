"""The meetings team, built once at start."""

from harbor.meetings.architect import ArchitectAgent
from harbor.meetings.coordinator import CoordinatorAgent
from harbor.meetings.implementation import ImplementationAgent
from harbor.meetings.product_manager import ProductManagerAgent
from harbor.meetings.quality_assurance import QualityAssuranceAgent
from harbor.llm.service import llm_service


def build() -> dict[str, object]:
    """Every agent of the team with the shared model service."""
    model = llm_service("eu-west-1")
    return {
        "coordinator": CoordinatorAgent(llm=model),
        "architect": ArchitectAgent(llm=model),
        "product_manager": ProductManagerAgent(llm=model),
        "implementation": ImplementationAgent(llm=model),
        "quality_assurance": QualityAssuranceAgent(llm=model),
    }
