"""The team answers from its rules when the model is gone."""

from fyren.agenter.moten.arkitekt import Architect
from fyren.agenter.moten.genomforare import Implementer
from fyren.agenter.moten.granskare import Reviewer
from fyren.agenter.moten.produktagare import ProductOwner
from fyren.agenter.moten.samordnare import Coordinator
from fyren.modell.fel import ModelError


class Broken:
    """A gateway whose providers are all down."""

    async def complete(self, prompt: str) -> str:
        raise ModelError(prompt)


async def test_samordnare() -> None:
    answer = await Coordinator({}).plan(["rent", "Food"])
    assert answer == {"items": ["rent", "Food"], "source": "rules"}


async def test_arkitekt() -> None:
    answer = await Architect({"gateway": Broken()}).group(["rent", "Food"])
    assert answer == {"items": ["Food", "rent"], "source": "rules"}


async def test_produktagare() -> None:
    answer = await ProductOwner({}).rank({"rent": 9, "food": 1})
    assert answer == {"items": ["rent", "food"], "source": "rules"}


async def test_genomforare() -> None:
    answer = await Implementer({"gateway": Broken()}).promises("Eva will call.Who pays?")
    assert answer == {"items": ["Eva will call"], "source": "rules"}


async def test_granskare() -> None:
    answer = await Reviewer({}).open_points("Eva will call.Who pays?")
    assert answer == {"items": ["Who pays?"], "source": "rules"}
