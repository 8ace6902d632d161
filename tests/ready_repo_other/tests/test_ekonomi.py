"""The team answers with the model, and from its rules when the model is gone."""

import pytest
from dubbletter import Answering, Broken

from fyren.agenter.ekonomi.arkitekt import Architect
from fyren.agenter.ekonomi.bank import Banker
from fyren.agenter.ekonomi.genomforare import Implementer
from fyren.agenter.ekonomi.granskare import Reviewer
from fyren.agenter.ekonomi.produktagare import ProductOwner
from fyren.agenter.ekonomi.samordnare import Coordinator


async def test_samordnare() -> None:
    gateway = Answering()
    assert await Coordinator({"gateway": gateway}).plan({"rent": 9, "food": 1}) == {"items": ["ett", "två"], "source": "model"}


@pytest.mark.parametrize("services", [{}, {"gateway": Broken()}])
async def test_samordnare_without_the_model(services) -> None:
    assert await Coordinator(services).plan({"rent": 9, "food": 1}) == {"items": ["food", "rent"], "source": "rules"}


async def test_arkitekt() -> None:
    gateway = Answering()
    assert await Architect({"gateway": gateway}).spread({"rent": 9, "food": 1}) == {"items": ["ett", "två"], "source": "model"}


@pytest.mark.parametrize("services", [{}, {"gateway": Broken()}])
async def test_arkitekt_without_the_model(services) -> None:
    assert await Architect(services).spread({"rent": 9, "food": 1}) == {"items": ["rent: 4", "food: 0"], "source": "rules"}


async def test_produktagare() -> None:
    gateway = Answering()
    assert await ProductOwner({"gateway": gateway}).rank({"rent": 9, "food": 1}) == {"items": ["ett", "två"], "source": "model"}


@pytest.mark.parametrize("services", [{}, {"gateway": Broken()}])
async def test_produktagare_without_the_model(services) -> None:
    assert await ProductOwner(services).rank({"rent": 9, "food": 1}) == {"items": ["food", "rent"], "source": "rules"}


async def test_genomforare() -> None:
    gateway = Answering()
    assert await Implementer({"gateway": gateway}).orders({"rent": 9, "food": 1}) == {"items": ["ett", "två"], "source": "model"}


@pytest.mark.parametrize("services", [{}, {"gateway": Broken()}])
async def test_genomforare_without_the_model(services) -> None:
    assert await Implementer(services).orders({"rent": 9, "food": 1}) == {"items": ["buy 9 rent", "buy 1 food"], "source": "rules"}


async def test_granskare() -> None:
    gateway = Answering()
    assert await Reviewer({"gateway": gateway}).risks({"rent": 9, "food": 1}) == {"items": ["ett", "två"], "source": "model"}


@pytest.mark.parametrize("services", [{}, {"gateway": Broken()}])
async def test_granskare_without_the_model(services) -> None:
    assert await Reviewer(services).risks({"rent": 9, "food": 1}) == {"items": ["rent"], "source": "rules"}


async def test_bank() -> None:
    gateway = Answering()
    assert await Banker({"gateway": gateway}).payments(["rent", "Food"]) == {"items": ["ett", "två"], "source": "model"}


@pytest.mark.parametrize("services", [{}, {"gateway": Broken()}])
async def test_bank_without_the_model(services) -> None:
    assert await Banker(services).payments(["rent", "Food"]) == {"items": ["Food", "rent"], "source": "rules"}
