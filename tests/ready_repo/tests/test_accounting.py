"""Every accounting agent asks in Swedish, and answers with the model's lines, and from the request when the model is away or fails."""

import asyncio

import pytest
from doubles import AnsweringModel, FailingModel

from harbor.accounting.architect import ArchitectAgent
from harbor.accounting.coordinator import CoordinatorAgent
from harbor.accounting.implementation import ImplementationAgent
from harbor.accounting.product_manager import ProductManagerAgent
from harbor.accounting.quality_assurance import QualityAssuranceAgent

CASES = [
    (CoordinatorAgent, "plan", ["moms", "bokslut"], "plan", ["bokslut", "moms"]),
    (ArchitectAgent, "accounts", ["bageri"], "accounts", ["3000 bageri"]),
    (ProductManagerAgent, "deadlines", {"moms": "2026-02-12", "skatt": "2026-01-12"}, "deadlines", ["skatt", "moms"]),
    (ImplementationAgent, "book", {"kaffe": 45}, "ledger", ["kaffe: 45 kr"]),
    (QualityAssuranceAgent, "audit", [100, -90], "findings", ["differens 10"]),
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
    assert "svenska" in model.prompts[0]
