"""Examples of systems that have a matter: a file that asks a model, an agent, a use of a cloud."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pytest_readiness.authoring.examples import Example

_ASKS = """
import openai

def ask(prompt):
    return openai.OpenAI().chat.completions.create(model="m", messages=[{"content": prompt}], max_tokens=9)
"""
_AGENT = {"backend/agents/meetmind/adk_agents/coordinator_agent.py": "class CoordinatorAgent:\n    name = 'c'\n"}
_CLOUD = {"stores/uploads.py": "import boto3\n\n\ndef uploads():\n    return boto3.client('s3')\n"}


def asking(examples: Sequence[Example]) -> list[Example]:
    """The examples in a system that asks a language model."""
    return _added(examples, {"asks/model.py": _ASKS})


def with_agents(examples: Sequence[Example]) -> list[Example]:
    """The examples in a system that has an agent of a team."""
    return _added(examples, _AGENT)


def in_cloud(examples: Sequence[Example]) -> list[Example]:
    """The examples in a system that uses a cloud provider."""
    return _added(examples, _CLOUD)


def _added(examples: Sequence[Example], files: Mapping[str, str]) -> list[Example]:
    return [replace(example, files={**files, **example.files}) for example in examples]
