"""Answers are kept, and gone when they are to be forgotten."""

from harbor.llm.cache import AnswerCache


def test_a_forgotten_answer_is_gone() -> None:
    cache = AnswerCache()
    cache.put("nord", "Plan the day", "lunch")
    assert cache.get("nord", "Plan the day") == "lunch"
    cache.forget("nord")
    assert cache.get("nord", "Plan the day") is None


def test_tenants_do_not_share_answers() -> None:
    cache = AnswerCache()
    cache.put("nord", "Plan the day", "lunch")
    assert cache.get("syd", "Plan the day") is None
