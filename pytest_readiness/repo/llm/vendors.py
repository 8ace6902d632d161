"""What is known of model vendors' Python SDKs: their names, the methods that generate, and which provider answers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

AWS_SDKS = ("boto3", "aioboto3", "botocore", "aiobotocore")
"""Only their Bedrock runtime client generates; its method names are found nowhere else."""

_CREATED = ("create", "acreate", "parse", "stream", "with_raw_response")
_CREATORS = ("completions", "responses", "messages", "ChatCompletion", "Completion")
_BEDROCK = ("invoke_model", "invoke_model_with_response_stream", "converse", "converse_stream")
_CONTENT = ("generate_content", "generate_content_async", "generate_content_stream")
_GENERAL = frozenset(
    (
        "acompletion", "completion", "text_completion", "atext_completion", "aresponses",
        "chat", "achat", "chat_stream", "complete", "complete_async", "acomplete", "stream", "stream_async", "astream",
        "generate", "agenerate", "generate_text", "send_message", "send_message_async", "send_message_stream",
        "invoke", "ainvoke", "batch", "abatch", "predict", "apredict", "run", "arun",
    )
)  # fmt: skip
METHODS = frozenset({*_CREATED, *_BEDROCK, *_CONTENT, *_GENERAL})
"""Names that a generating method can have."""
_CHAT_CLASS = re.compile(r"chat|llm|openai|bedrock|anthropic|gemini|ollama|mistral|cohere|groq|vertex", re.IGNORECASE)
_OTHER_CLASS = re.compile(r"embedding|retriever|vectorstore|splitter|loader|parser", re.IGNORECASE)
_UNMISTAKABLE = frozenset(
    {"chat.completions.create", "chat.completions.parse", "chat.completions.stream", *_CONTENT,
     "invoke_model", "invoke_model_with_response_stream", "converse_stream"}
)  # fmt: skip
_TELLING_KEYWORDS = frozenset({"model", "messages", "prompt", "modelId", "max_tokens", "max_output_tokens", None})
_HTTP_METHODS = frozenset({"post", "request", "stream", "urlopen", "fetch"})
_HTTP_PATH = re.compile(
    r"/chat/completions|/v1/(responses|messages|completions)|:generateContent|/api/(chat|generate)\b|/(invoke|converse)\b"
)
_HTTP_HOST = re.compile(
    r"api\.(openai|anthropic|mistral|cohere|groq)\.(com|ai)|openai\.azure\.com|bedrock-runtime\.|generativelanguage\.googleapis"
)
LOCAL_HOST = re.compile(r"\b(localhost|127\.0\.0\.1|0\.0\.0\.0|host\.docker\.internal)\b|\[::1\]")
_PROVIDERS = (
    ("local", LOCAL_HOST),
    ("bedrock", re.compile(r"bedrock|^(aio)?boto(3|core)\b", re.IGNORECASE)),
    ("openai", re.compile(r"openai", re.IGNORECASE)),
    ("anthropic", re.compile(r"anthropic|claude", re.IGNORECASE)),
    ("google", re.compile(r"^google\.|vertexai|gemini|langchain_google", re.IGNORECASE)),
    ("local", re.compile(r"^(transformers|llama_cpp|vllm|gpt4all|onnxruntime|ctransformers|mlx_lm|ollama)\b")),
)


def is_vendor(dotted: str, sdks: Iterable[str]) -> bool:
    """Whether an external dotted name belongs to one of the SDKs (patterns such as `langchain_*`, AWS always)."""
    parts = dotted.split(".")
    return any(_starts_with(parts, pattern.split(".")) for pattern in (*sdks, *AWS_SDKS))


def _starts_with(parts: list[str], pattern: list[str]) -> bool:
    head = parts[: len(pattern)]
    return len(head) == len(pattern) and all(fnmatchcase(p, q) for p, q in zip(head, pattern, strict=True))


def generates(dotted: str, sdks: Iterable[str]) -> bool:
    """Whether the external dotted name is a generating method or function of a vendor SDK."""
    if not is_vendor(dotted, sdks):
        return False
    parts = dotted.split(".")
    if parts[0] in AWS_SDKS:
        return parts[-1] in _BEDROCK
    if parts[-1] in _CREATED:
        return any(p in _CREATORS for p in parts[:-1]) or (parts[-1] == "stream" and _is_chat(parts))
    return parts[-1] in _CONTENT or (parts[-1] in _GENERAL and _is_chat(parts))


def _is_chat(parts: list[str]) -> bool:
    """langchain and its like hold much that is no model; the other SDKs only generate."""
    if not parts[0].startswith("langchain"):
        return True
    owner = ".".join(parts[:-1])
    return bool(_CHAT_CLASS.search(owner)) and not _OTHER_CLASS.search(owner)


def unmistakable(chain: str, keywords: Iterable[str | None]) -> bool:
    """Whether a dotted method chain on an unknown receiver can only be a vendor's generation.

    `keywords` are the names of the call's keyword arguments (None for `**`): `model=` tells `client.messages.create`
    from the creation of an SMS.
    """
    parts = chain.split(".")
    tail, last = ".".join(parts[-3:]), parts[-1]
    if last in _UNMISTAKABLE or tail in _UNMISTAKABLE:
        return True
    ambiguous = last == "converse" or (last in ("create", "parse") and parts[-2:-1] and parts[-2] in _CREATORS)
    return bool(ambiguous) and bool(_TELLING_KEYWORDS & set(keywords))


def asks_over_http(method: str, url: str) -> bool:
    """Whether a request of that method name and URL (or path) asks a model."""
    return method in _HTTP_METHODS and bool(_HTTP_PATH.search(url) or _HTTP_HOST.search(url))


def is_http_method(name: str) -> bool:
    """Names of the calls that send a request with a body."""
    return name in _HTTP_METHODS


def provider_of(dotted: str) -> str:
    """bedrock, openai, anthropic, google or local for an external dotted name; "" for any other."""
    return next((name for name, pattern in _PROVIDERS if pattern.search(dotted)), "")
