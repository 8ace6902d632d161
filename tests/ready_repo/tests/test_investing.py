"""Every investing agent answers with the model's lines, and from the request when the model is away or fails."""

import asyncio

import pytest
from doubles import AnsweringModel, FailingModel

from harbor.investing.architect import ArchitectAgent
from harbor.investing.banking import BankingAgent
from harbor.investing.coordinator import CoordinatorAgent
from harbor.investing.implementation import ImplementationAgent
from harbor.investing.product_manager import ProductManagerAgent
from harbor.investing.quality_assurance import QualityAssuranceAgent

CASES = [
    (CoordinatorAgent, "plan", ["save", "pay"], "steps", ["1. save", "2. pay"]),
    (ArchitectAgent, "design", {"fund": 3.0, "bond": 1.0}, "shares", ["fund: 75%", "bond: 25%"]),
    (ProductManagerAgent, "match", {"stock": 7, "bond": 2}, "fitting", ["bond", "stock"]),
    (ImplementationAgent, "orders", {"fund": -2.0}, "orders", ["sell fund"]),
    (QualityAssuranceAgent, "review", [10.0, 20_000.0], "suspicious", [20_000.0]),
    (BankingAgent, "read", "Please PAY my rent", "errands", ["pay"]),
]


@pytest.mark.parametrize("model", [None, FailingModel()])
@pytest.mark.parametrize(("agent", "method", "about", "key", "expected"), CASES)
def test_without_the_model(agent, method, about, key, expected, model) -> None:
    answer = asyncio.run(getattr(agent(llm=model), method)(about))
    assert answer == {key: expected, "source": "rules"}


@pytest.mark.parametrize(("agent", "method", "about", "key", "expected"), CASES)
def test_with_the_model(agent, method, about, key, expected) -> None:
    model = AnsweringModel()
    answer = asyncio.run(getattr(agent(llm=model), method)(about))
    assert answer == {key: ["one", "two"], "source": "model"}
