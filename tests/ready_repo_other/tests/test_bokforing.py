"""The team answers with the model, and from its rules when the model is gone."""

import pytest
from dubbletter import Answering, Broken

from fyren.agenter.bokforing.arkitekt import Architect
from fyren.agenter.bokforing.genomforare import Implementer
from fyren.agenter.bokforing.granskare import Reviewer
from fyren.agenter.bokforing.produktagare import ProductOwner
from fyren.agenter.bokforing.samordnare import Coordinator


async def test_samordnare() -> None:
    gateway = Answering()
    assert await Coordinator({"gateway": gateway}).order(["rent", "Food"]) == {"items": ["ett", "två"], "source": "model"}
    assert "svenska" in gateway.asked[0]


@pytest.mark.parametrize("services", [{}, {"gateway": Broken()}])
async def test_samordnare_without_the_model(services) -> None:
    assert await Coordinator(services).order(["rent", "Food"]) == {"items": ["Food", "rent"], "source": "rules"}


async def test_arkitekt() -> None:
    gateway = Answering()
    assert await Architect({"gateway": gateway}).accounts(["rent", "Food"]) == {"items": ["ett", "två"], "source": "model"}
    assert "svenska" in gateway.asked[0]


@pytest.mark.parametrize("services", [{}, {"gateway": Broken()}])
async def test_arkitekt_without_the_model(services) -> None:
    assert await Architect(services).accounts(["rent", "Food"]) == {"items": ["3000 rent", "3001 Food"], "source": "rules"}


async def test_produktagare() -> None:
    gateway = Answering()
    assert await ProductOwner({"gateway": gateway}).reports({"rent": 9, "food": 1}) == {"items": ["ett", "två"], "source": "model"}
    assert "svenska" in gateway.asked[0]


@pytest.mark.parametrize("services", [{}, {"gateway": Broken()}])
async def test_produktagare_without_the_model(services) -> None:
    assert await ProductOwner(services).reports({"rent": 9, "food": 1}) == {"items": ["rent"], "source": "rules"}


async def test_genomforare() -> None:
    gateway = Answering()
    assert await Implementer({"gateway": gateway}).book(["rent", "Food"]) == {"items": ["ett", "två"], "source": "model"}
    assert "svenska" in gateway.asked[0]


@pytest.mark.parametrize("services", [{}, {"gateway": Broken()}])
async def test_genomforare_without_the_model(services) -> None:
    assert await Implementer(services).book(["rent", "Food"]) == {"items": ["4000 rent", "4000 Food"], "source": "rules"}


async def test_granskare() -> None:
    gateway = Answering()
    assert await Reviewer({"gateway": gateway}).check({"rent": 9, "food": 1}) == {"items": ["ett", "två"], "source": "model"}
    assert "svenska" in gateway.asked[0]


@pytest.mark.parametrize("services", [{}, {"gateway": Broken()}])
async def test_granskare_without_the_model(services) -> None:
    assert await Reviewer(services).check({"rent": 9, "food": 1}) == {"items": ["rent", "food"], "source": "rules"}
