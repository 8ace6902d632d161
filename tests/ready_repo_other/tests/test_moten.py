"""The team answers with the model, and from its rules when the model is gone."""

import pytest
from dubbletter import Answering, Broken

from fyren.agenter.moten.arkitekt import Architect
from fyren.agenter.moten.genomforare import Implementer
from fyren.agenter.moten.granskare import Reviewer
from fyren.agenter.moten.produktagare import ProductOwner
from fyren.agenter.moten.samordnare import Coordinator


async def test_samordnare() -> None:
    gateway = Answering()
    assert await Coordinator({"gateway": gateway}).plan(["rent", "Food"]) == {"items": ["ett", "två"], "source": "model"}


@pytest.mark.parametrize("services", [{}, {"gateway": Broken()}])
async def test_samordnare_without_the_model(services) -> None:
    assert await Coordinator(services).plan(["rent", "Food"]) == {"items": ["rent", "Food"], "source": "rules"}


async def test_arkitekt() -> None:
    gateway = Answering()
    assert await Architect({"gateway": gateway}).group(["rent", "Food"]) == {"items": ["ett", "två"], "source": "model"}


@pytest.mark.parametrize("services", [{}, {"gateway": Broken()}])
async def test_arkitekt_without_the_model(services) -> None:
    assert await Architect(services).group(["rent", "Food"]) == {"items": ["Food", "rent"], "source": "rules"}


async def test_produktagare() -> None:
    gateway = Answering()
    assert await ProductOwner({"gateway": gateway}).rank({"rent": 9, "food": 1}) == {"items": ["ett", "två"], "source": "model"}


@pytest.mark.parametrize("services", [{}, {"gateway": Broken()}])
async def test_produktagare_without_the_model(services) -> None:
    assert await ProductOwner(services).rank({"rent": 9, "food": 1}) == {"items": ["rent", "food"], "source": "rules"}


async def test_genomforare() -> None:
    gateway = Answering()
    assert await Implementer({"gateway": gateway}).promises("Eva will call.Who pays?") == {"items": ["ett", "två"], "source": "model"}


@pytest.mark.parametrize("services", [{}, {"gateway": Broken()}])
async def test_genomforare_without_the_model(services) -> None:
    assert await Implementer(services).promises("Eva will call.Who pays?") == {"items": ["Eva will call"], "source": "rules"}


async def test_granskare() -> None:
    gateway = Answering()
    assert await Reviewer({"gateway": gateway}).open_points("Eva will call.Who pays?") == {"items": ["ett", "två"], "source": "model"}


@pytest.mark.parametrize("services", [{}, {"gateway": Broken()}])
async def test_granskare_without_the_model(services) -> None:
    assert await Reviewer(services).open_points("Eva will call.Who pays?") == {"items": ["Who pays?"], "source": "rules"}
