"""Every meetings agent answers with the model's lines, and from the request when the model is away or fails."""

import asyncio

import pytest
from doubles import AnsweringModel, FailingModel

from harbor.meetings.architect import ArchitectAgent
from harbor.meetings.coordinator import CoordinatorAgent
from harbor.meetings.implementation import ImplementationAgent
from harbor.meetings.product_manager import ProductManagerAgent
from harbor.meetings.quality_assurance import QualityAssuranceAgent

CASES = [
    (CoordinatorAgent, "plan", ["budget for spring", "lunch"], "agenda", ["lunch", "budget for spring"]),
    (ArchitectAgent, "group", ["How much?", "How long?"], "groups", ["How"]),
    (ProductManagerAgent, "rank", {"dark mode": 1, "export": 9}, "ranking", ["export", "dark mode"]),
    (ImplementationAgent, "promises", "Anna will call.It rained", "promises", ["Anna will call"]),
    (QualityAssuranceAgent, "open_points", "Who pays?.We left", "open", ["Who pays?"]),
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
