"""The repository's use of language models: calls, services, agents and what they fall back on."""

from pytest_readiness.repo.llm.calls import LlmCall, LlmCaller, LlmCalls
from pytest_readiness.repo.llm.model import Llm

__all__ = ["Llm", "LlmCall", "LlmCaller", "LlmCalls"]
