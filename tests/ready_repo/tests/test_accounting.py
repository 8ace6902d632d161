"""Every accounting agent answers from the request when the model is away or fails."""

import asyncio

from harbor.accounting.architect import ArchitectAgent
from harbor.accounting.coordinator import CoordinatorAgent
from harbor.accounting.implementation import ImplementationAgent
from harbor.accounting.product_manager import ProductManagerAgent
from harbor.accounting.quality_assurance import QualityAssuranceAgent
from harbor.llm.model import ModelUnavailable


class FailingModel:
    """A model whose provider is down."""

    async def complete(self, prompt: str) -> str:
        raise ModelUnavailable(prompt)


def test_coordinator_without_the_model() -> None:
    answer = asyncio.run(CoordinatorAgent(llm=None).plan(["moms", "bokslut"]))
    assert answer["plan"] == ["bokslut", "moms"]


def test_architect_without_the_model() -> None:
    answer = asyncio.run(ArchitectAgent(llm=FailingModel()).accounts(["bageri"]))
    assert answer["accounts"] == ["3000 bageri"]


def test_product_manager_without_the_model() -> None:
    answer = asyncio.run(ProductManagerAgent(llm=None).deadlines({"moms": "2026-02-12", "skatt": "2026-01-12"}))
    assert answer["deadlines"] == ["skatt", "moms"]


def test_implementation_without_the_model() -> None:
    answer = asyncio.run(ImplementationAgent(llm=FailingModel()).book({"kaffe": 45}))
    assert answer["ledger"] == ["kaffe: 45 kr"]


def test_quality_assurance_without_the_model() -> None:
    answer = asyncio.run(QualityAssuranceAgent(llm=None).audit([100, -90]))
    assert answer["findings"] == ["differens 10"]
