"""The team answers from its rules when the model is gone."""

from fyren.agenter.bokforing.arkitekt import Architect
from fyren.agenter.bokforing.genomforare import Implementer
from fyren.agenter.bokforing.granskare import Reviewer
from fyren.agenter.bokforing.produktagare import ProductOwner
from fyren.agenter.bokforing.samordnare import Coordinator
from fyren.modell.fel import ModelError


class Broken:
    """A gateway whose providers are all down."""

    async def complete(self, prompt: str) -> str:
        raise ModelError(prompt)


async def test_samordnare() -> None:
    answer = await Coordinator({}).order(["rent", "Food"])
    assert answer == {"items": ["Food", "rent"], "source": "rules"}


async def test_arkitekt() -> None:
    answer = await Architect({"gateway": Broken()}).accounts(["rent", "Food"])
    assert answer == {"items": ["3000 rent", "3001 Food"], "source": "rules"}


async def test_produktagare() -> None:
    answer = await ProductOwner({}).reports({"rent": 9, "food": 1})
    assert answer == {"items": ["rent"], "source": "rules"}


async def test_genomforare() -> None:
    answer = await Implementer({"gateway": Broken()}).book(["rent", "Food"])
    assert answer == {"items": ["4000 rent", "4000 Food"], "source": "rules"}


async def test_granskare() -> None:
    answer = await Reviewer({}).check({"rent": 9, "food": 1})
    assert answer == {"items": ["rent", "food"], "source": "rules"}
