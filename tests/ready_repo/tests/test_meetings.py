"""Every meetings agent answers from the request when the model is away or fails."""

import asyncio

from harbor.meetings.architect import ArchitectAgent
from harbor.meetings.coordinator import CoordinatorAgent
from harbor.meetings.implementation import ImplementationAgent
from harbor.meetings.product_manager import ProductManagerAgent
from harbor.meetings.quality_assurance import QualityAssuranceAgent
from harbor.llm.model import ModelUnavailable


class FailingModel:
    """A model whose provider is down."""

    async def complete(self, prompt: str) -> str:
        raise ModelUnavailable(prompt)


def test_coordinator_without_the_model() -> None:
    answer = asyncio.run(CoordinatorAgent(llm=None).plan(["budget for spring", "lunch"]))
    assert answer["agenda"] == ["lunch", "budget for spring"]


def test_architect_without_the_model() -> None:
    answer = asyncio.run(ArchitectAgent(llm=FailingModel()).group(["How much?", "How long?"]))
    assert answer["groups"] == ["How"]


def test_product_manager_without_the_model() -> None:
    answer = asyncio.run(ProductManagerAgent(llm=None).rank({"dark mode": 1, "export": 9}))
    assert answer["ranking"] == ["export", "dark mode"]


def test_implementation_without_the_model() -> None:
    answer = asyncio.run(ImplementationAgent(llm=FailingModel()).promises("Anna will call.It rained"))
    assert answer["promises"] == ["Anna will call"]


def test_quality_assurance_without_the_model() -> None:
    answer = asyncio.run(QualityAssuranceAgent(llm=None).open_points("Who pays?.We left"))
    assert answer["open"] == ["Who pays?"]
