"""Swedish headings and sentences are read as a Swede reads them."""

from __future__ import annotations

import pytest

from pytest_readiness.repo.costs.amounts import states_amount, unit_price
from pytest_readiness.repo.docs.selection import document
from pytest_readiness.repo.docs.vocabulary import VOCABULARY
from pytest_readiness.repo.docs.words import count, is_placeholder

HEADINGS = [
    ("deploy", "Rulla ut en ny version"),
    ("prereq", "Innan du börjar"),
    ("prereq", "Det här behöver du"),
    ("local", "Komma igång"),
    ("local", "Kör på din egen dator"),
    ("setup", "Förbereda AWS-kontot"),
    ("setup", "Sätta upp molnet"),
    ("config", "Hemligheter"),
    ("trouble", "När något går fel"),
    ("trouble", "Kända problem"),
    ("rollback", "Gå tillbaka till en tidigare version"),
    ("rollback", "Återställ till en tidigare version"),
    ("rollback", "Rulla tillbaka"),
    ("backup", "Återställning av databasen"),
    ("disaster", "Haveriplan"),
    ("architecture", "Systemets uppbyggnad"),
    ("flow", "Hur data flödar"),
    ("failover", "Reservlösning"),
    ("monitor", "Mätvärden"),
    ("runbook", "Jourens handbok"),
    ("runbook", "Drifthandbok"),
    ("verify", "Validering"),
    ("run", "Körning"),
    ("tests", "Enhetstester"),
]
OTHERS = [
    ("deploy", "Utrustning"),
    ("local", "Kommande ändringar"),
    ("rollback", "Tillbakablick på året"),
    ("backup", "Återställ lösenordet"),
    ("runbook", "Journaler"),
    ("tests", "De senaste ändringarna"),
    ("trouble", "Felaktiga fakturor"),
    ("setup", "Möjligheter"),
    ("failover", "Reserverade ord"),
]


@pytest.mark.parametrize(("key", "title"), HEADINGS)
def test_a_heading_is_known_by_its_subject(key: str, title: str) -> None:
    assert VOCABULARY[key].search(title)


@pytest.mark.parametrize(("key", "title"), OTHERS)
def test_a_heading_on_something_else_is_not(key: str, title: str) -> None:
    assert not VOCABULARY[key].search(title)


@pytest.mark.parametrize(
    ("path", "key"),
    [("docs/driftsattning.md", "deploy"), ("docs/driftsättning.md", "deploy"), ("docs/felsokning.md", "trouble")],
)
def test_a_file_name_goes_without_its_accents(path: str, key: str) -> None:
    assert document(path, "# Butiken\n").is_about(key)


def test_a_title_keeps_its_accents() -> None:
    assert not document("docs/a.md", "# Atersta allt\n").is_about("rollback")


@pytest.mark.parametrize("line", ["Kommer.", "- Kompletteras", "Ska skrivas senare", "**Att göra**", "Ej klart"])
def test_a_promise_says_nothing(line: str) -> None:
    assert is_placeholder(line)
    assert count(line) == 0


@pytest.mark.parametrize("line", ["Kommer fram till kön", "Skrivaren är av", "Kompletteras av agenten"])
def test_a_sentence_that_begins_like_a_promise_says_something(line: str) -> None:
    assert not is_placeholder(line)


def test_a_price_may_stand_behind_what_it_is_for() -> None:
    price = unit_price("1 miljon tokens kostar 2,50 kr")
    assert price is not None
    assert price.each == pytest.approx(2.5e-6)
    assert not states_amount("1 miljon tokens kostar 2,50 kr", "Vad en kund kostar per månad")


def test_what_a_user_pays_for_requests_is_an_amount() -> None:
    text = "All requests cost $0.12 per user and month"
    assert unit_price(text) is None
    assert states_amount(text)
