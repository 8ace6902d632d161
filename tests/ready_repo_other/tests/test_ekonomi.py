"""The team answers from its rules when the model is gone."""

from fyren.agenter.ekonomi.arkitekt import Architect
from fyren.agenter.ekonomi.bank import Banker
from fyren.agenter.ekonomi.genomforare import Implementer
from fyren.agenter.ekonomi.granskare import Reviewer
from fyren.agenter.ekonomi.produktagare import ProductOwner
from fyren.agenter.ekonomi.samordnare import Coordinator
from fyren.modell.fel import ModelError


class Broken:
    """A gateway whose providers are all down."""

    async def complete(self, prompt: str) -> str:
        raise ModelError(prompt)


async def test_samordnare() -> None:
    answer = await Coordinator({}).plan({"rent": 9, "food": 1})
    assert answer == {"items": ["food", "rent"], "source": "rules"}


async def test_arkitekt() -> None:
    answer = await Architect({"gateway": Broken()}).spread({"rent": 9, "food": 1})
    assert answer == {"items": ["rent: 4", "food: 0"], "source": "rules"}


async def test_produktagare() -> None:
    answer = await ProductOwner({}).rank({"rent": 9, "food": 1})
    assert answer == {"items": ["food", "rent"], "source": "rules"}


async def test_genomforare() -> None:
    answer = await Implementer({"gateway": Broken()}).orders({"rent": 9, "food": 1})
    assert answer == {"items": ["buy 9 rent", "buy 1 food"], "source": "rules"}


async def test_granskare() -> None:
    answer = await Reviewer({}).risks({"rent": 9, "food": 1})
    assert answer == {"items": ["rent"], "source": "rules"}


async def test_bank() -> None:
    answer = await Banker({"gateway": Broken()}).payments(["rent", "Food"])
    assert answer == {"items": ["Food", "rent"], "source": "rules"}
