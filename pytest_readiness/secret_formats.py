"""The formats in which providers issue credentials: one table, for masking and for finding.

Each kind has a `shape`, generous, which masking goes by, and a `full` format as the provider documents it, which a
finding needs. A literal anchor is looked for before any pattern, so that text without credentials costs almost nothing.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

PLACEHOLDER_WORDS = (
    "...", "<", ">", "{", "}", "$", "xxxx", "****", "example", "your", "change", "placeholder", "dummy", "test", "fake",
    "sample", "redact", "insert", "todo",
)  # fmt: skip
FEWEST_DISTINCT = 8
"""A value with fewer distinct characters is a placeholder."""
_PEM_END = "-----END"
_PEM_BODY = re.compile(r"[A-Za-z0-9+/=]{60,}")
_PEM_HEADER_LINE = re.compile(r"[A-Za-z-]+: [^\n\\]*(?:\n|\\n)")
_PEM_REACH = 4000
"""Characters after the header of a key in which its body must begin."""
_PUBLISHED = ("Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq",)
"""Keys that vendors publish for everyone: that of the Azure storage emulator."""
_LOCAL_HOST = re.compile(r"@(?:localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[?::1\]?|host\.docker\.internal)(?![\w.-])")
_TEMPLATE_HOST = re.compile(r"@(?:host|hostname|server|domain|ip|address|endpoint|db_?host)(?![\w.-])", re.IGNORECASE)
_WORDLIKE = re.compile(r"[a-z_-]*(?:pass|pwd|passwd|secret)[a-z_-]*|[A-Z][A-Z_]*|pass(?:word)?\d{0,4}", re.ASCII)


def is_placeholder(value: str) -> bool:
    """Whether the value only stands where a credential is to be put in."""
    lowered = value.lower()
    return any(word in lowered for word in PLACEHOLDER_WORDS) or len(set(value)) < FEWEST_DISTINCT


def _always(value: str, text: str, end: int) -> bool:
    """No condition beyond the format."""
    del value, text, end
    return True


@dataclass(frozen=True)
class Format:
    """One kind of credential. Where `shape` has a group, the group is the credential, the rest its context."""

    kind: str
    anchors: tuple[str, ...]
    shape: re.Pattern[str]
    full: re.Pattern[str]
    holds: Callable[[str, str, int], bool] = _always
    """Condition on (value, text, end of the value in it) that a pattern cannot say."""

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Start and end of everything that has the shape."""
        if any(anchor in text for anchor in self.anchors):
            group = 1 if self.shape.groups else 0
            yield from (found.span(group) for found in self.shape.finditer(text))

    def is_issued(self, value: str, text: str, end: int) -> bool:
        """Whether a value of the shape is a credential in full format, no placeholder."""
        if not self.full.fullmatch(value) or any(published in value for published in _PUBLISHED):
            return False
        return self.holds(value, text, end)


@dataclass(frozen=True)
class Found:
    """A credential in a text: its kind, value and 0-based offset."""

    kind: str
    value: str
    start: int


def credentials(text: str) -> list[Found]:
    """Every credential in a provider's full format that is no placeholder, in order."""
    found: dict[int, Found] = {}
    for format_ in FORMATS:
        for start, end in format_.spans(text):
            value = text[start:end]
            if start not in found and format_.is_issued(value, text, end):
                found[start] = Found(format_.kind, value, start)
    return [found[start] for start in sorted(found)]


def _no_placeholder(value: str, text: str, end: int) -> bool:
    """No placeholder, and not cut short by dots."""
    return not is_placeholder(value) and not text.startswith(("...", "…"), end)


def _random(value: str, text: str, end: int) -> bool:
    """As random keys are: a digit, small and capital letters."""
    kinds = (str.isdigit, str.isupper, str.islower)
    return _no_placeholder(value, text, end) and all(any(kind(c) for c in value) for kind in kinds)


def _signed_token(value: str, text: str, end: int) -> bool:
    """A JWT whose header is JSON with an algorithm; the public sample of jwt.io is none."""
    header, payload = (_decoded(part) for part in value.split(".")[:2])
    is_sample = isinstance(payload, dict) and payload.get("sub") == "1234567890"
    is_token = isinstance(header, dict) and "alg" in header and isinstance(payload, dict) and not is_sample
    return is_token and not text.startswith(("...", "…"), end)


def _decoded(part: str) -> object:
    try:
        return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return None


def _has_body(value: str, text: str, end: int) -> bool:
    """The header of a private key is followed by the key: base64 text, be it quoted or with written-out line ends."""
    del value
    block = text[end : end + _PEM_REACH].split(_PEM_END, 1)[0]
    body = re.sub(r"\\[nr]|[\s\"'`,\\]|\+$", "", _PEM_HEADER_LINE.sub("", block))
    found = _PEM_BODY.match(body)
    return found is not None and "xxxx" not in body.lower() and len(set(found.group())) >= 16


def _real_password(value: str, text: str, end: int) -> bool:
    """A password in a URL that is neither placeholder nor template, for a host that is not this machine."""
    user, _, password = value.partition(":")
    if is_placeholder(password) or "%(" in password or "%s" in password or password.lower() == user.lower():
        return False
    if _WORDLIKE.fullmatch(password) or _LOCAL_HOST.match(text, end) or _TEMPLATE_HOST.match(text, end):
        return False
    return "example" not in text[end : end + 80].split(maxsplit=1)[0].lower()


def _format(
    kind: str, anchors: str, shape: str, full: str = ".*", holds: Callable[[str, str, int], bool] = _no_placeholder
) -> Format:
    return Format(kind, tuple(anchors.split()), re.compile(shape), re.compile(full, re.DOTALL), holds)


_LEFT, _RIGHT = r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])"
_TIGHT_LEFT, _TIGHT_RIGHT = r"(?<![A-Za-z0-9+/=_-])", r"(?![A-Za-z0-9+/=_-])"

FORMATS = (
    _format(
        "Anthropic API key", "sk-ant-", _LEFT + r"sk-ant-[A-Za-z0-9_-]{16,}", r"sk-ant-[a-z0-9]+-[A-Za-z0-9_-]{32,}"
    ),
    _format(
        "OpenAI API key",
        "sk-",
        _LEFT + r"sk-(?=[A-Za-z_-]{0,80}\d)[A-Za-z0-9_-]{20,}",  # a digit: task-list-of-the-team is a word, not a key
        r"sk-[A-Za-z0-9_-]*T3BlbkFJ[A-Za-z0-9_-]{20,}|sk-[A-Za-z0-9]{48}|sk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{40,}",
        _random,
    ),
    _format("AWS access key id", "AKIA ASIA ABIA ACCA", r"(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}" + _TIGHT_RIGHT),
    _format(
        "AWS secret access key",
        "aws AWS Aws",
        r"(?i:aws[\w.\- ]{0,30}(?:secret|key)\w*[\"']?\]?\s*(?::=|=>|[:=])\s*[\"']?)"
        r"([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
        holds=_random,
    ),
    _format(
        "GitHub token",
        "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_",
        r"gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,}",
        r"gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}",
    ),
    _format(
        "GitLab token",
        "glpat- gldt- glrt- glptt- glcbt- glsoat- glft-",
        _LEFT + r"gl(?:pat|dt|rt|ptt|cbt|soat|ft)-[A-Za-z0-9_.-]{20,}",
    ),
    _format(
        "Slack token",
        "xoxa- xoxb- xoxe- xoxo- xoxp- xoxr- xoxs- xapp-",
        r"xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-\d-[A-Z0-9]{8,}-\d+-[a-z0-9]{32,}",
        r"xox[abeoprs]-(?:\d-)?(?:\d{6,}-){1,3}[A-Za-z0-9]{16,}|xapp-.*",
    ),
    _format("Slack webhook", "hooks.slack.com", r"(?<=hooks\.slack\.com/services/)T\w{8,12}/B\w{8,12}/\w{20,28}"),
    _format(
        "Stripe live key",
        "sk_live_ rk_live_ sk_test_ rk_test_",
        _LEFT + r"[rs]k_(?:live|test)_[A-Za-z0-9]{16,}",
        r"[rs]k_live_[A-Za-z0-9]{24,}",
    ),
    _format(
        "SendGrid API key",
        "SG.",
        r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
        r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}",
    ),
    _format("Twilio key", "AC SK", _TIGHT_LEFT + r"(?:AC|SK)[0-9a-f]{32}" + _TIGHT_RIGHT),
    _format("npm token", "npm_", _LEFT + r"npm_[A-Za-z0-9]{30,}" + _RIGHT, r"npm_[A-Za-z0-9]{36}"),
    _format("npm token", ":_authToken=", r"(?<=:_authToken=)[A-Za-z0-9_-]{30,}"),
    _format("PyPI token", "pypi-Ag", r"pypi-Ag[A-Za-z0-9_-]{50,}"),
    _format(
        "Azure storage key", "AccountKey=", r"(?<=AccountKey=)[A-Za-z0-9+/=]{20,}", r"[A-Za-z0-9+/]{86}==", _random
    ),
    _format("Google API key", "AIza", r"AIza[0-9A-Za-z_-]{35}" + r"(?![A-Za-z0-9_-])"),
    _format("Hugging Face token", "hf_", _LEFT + r"hf_[A-Za-z0-9]{30,}", r"hf_[A-Za-z0-9]{34,}"),
    _format(
        "JSON web token",
        "eyJ",
        r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
        r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{20,}",
        _signed_token,
    ),
    _format(
        "private key",
        "PRIVATE KEY",
        r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----",
        holds=_has_body,
    ),
    _format(
        "password in a URL", "://", r"(?<=://)[^\s:/@\"'`<>]*:[^\s/@]+(?=@)", r"[^:,]*:[^:,\"'`<>]+", _real_password
    ),
)
