"""Every investing agent answers from the request when the model is away or fails."""

import asyncio

from harbor.investing.architect import ArchitectAgent
from harbor.investing.banking import BankingAgent
from harbor.investing.coordinator import CoordinatorAgent
from harbor.investing.implementation import ImplementationAgent
from harbor.investing.product_manager import ProductManagerAgent
from harbor.investing.quality_assurance import QualityAssuranceAgent
from harbor.llm.model import ModelUnavailable


class FailingModel:
    """A model whose provider is down."""

    async def complete(self, prompt: str) -> str:
        raise ModelUnavailable(prompt)


def test_coordinator_without_the_model() -> None:
    answer = asyncio.run(CoordinatorAgent(llm=None).plan(["save", "pay"]))
    assert answer["steps"] == ["1. save", "2. pay"]


def test_architect_without_the_model() -> None:
    answer = asyncio.run(ArchitectAgent(llm=FailingModel()).design({"fund": 3.0, "bond": 1.0}))
    assert answer["shares"] == ["fund: 75%", "bond: 25%"]


def test_product_manager_without_the_model() -> None:
    answer = asyncio.run(ProductManagerAgent(llm=None).match({"stock": 7, "bond": 2}))
    assert answer["fitting"] == ["bond", "stock"]


def test_implementation_without_the_model() -> None:
    answer = asyncio.run(ImplementationAgent(llm=FailingModel()).orders({"fund": -2.0}))
    assert answer["orders"] == ["sell fund"]


def test_quality_assurance_without_the_model() -> None:
    answer = asyncio.run(QualityAssuranceAgent(llm=None).review([10.0, 20_000.0]))
    assert answer["suspicious"] == [20_000.0]


def test_banking_without_the_model() -> None:
    answer = asyncio.run(BankingAgent(llm=FailingModel()).read("Please PAY my rent"))
    assert answer["errands"] == ["pay"]
