"""Commands in the shell fences of documents, as a shell would take them apart.

The words are shlex's work; ours are prompts, joined lines, here-documents, substitutions and what separates commands.
(bashlex, the one full parser for Python, is under the GPL and not kept up.)
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pytest_readiness.repo.docs.model import Command

LONGEST = 200
"""Most lines that one command may span."""
_PROMPT = re.compile(r"^\s*(?:\([\w.-]+\)\s*)?(?:[\w.-]+@[\w.-]+[^$#\n]{0,80})?\$\s+(?=\S)")
_HEREDOC = re.compile(r"(?<!<)<<(-?)\s*(['\"]?)([A-Za-z0-9_]+)\2")
_QUOTED = re.compile(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_COMMAND = re.compile(r"^[\w.~/$\"'`({\[!:\\%-]", re.ASCII)
_CONTINUES = re.compile(r"(?:(?<!\\)(?:\\\\)*\\|&&|\|\|?)$")
_BLANK = re.compile(r"<[A-Za-zÅÄÖåäö](?:[^<>|&;\n]*[^\s<>|&;])?>")
"""`<your-account>`: a blank to fill in, no redirection."""
BLANK = "{}"
_ASSIGNMENT = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*=")
_SEPARATOR = re.compile(r"^[;&|]+$")
_REDIRECTION = re.compile(r"^[0-9]*(?:<|>|>>|&>|&>>|>&|<&|>\||<<<|<>|<<-?)$")
_KEYWORDS = frozenset({"do", "then", "else", "elif", "if", "while", "until", "!", "{", "time", "("})
_WRAPPERS = frozenset(
    {
        "sudo", "env", "exec", "nohup", "command", "poetry", "uv", "uvx", "pipenv", "pdm", "hatch", "rye", "run",
        "nice", "watch", "dotenv", "doas", "winpty", "xvfb-run", "time", "stdbuf", "op", "aws-vault", "--",
    }
)  # fmt: skip
_RUNNERS = frozenset({"poetry", "uv", "pipenv", "pdm", "hatch", "rye", "dotenv", "op"})
"""Wrappers that wrap only with `run`: `poetry install` is a command of its own."""
_VALUED = frozenset(
    {"-u", "-g", "-n", "--with", "--extra", "--group", "--python", "--env-file", "--project", "--directory", "--only"}
)
"""Options of wrappers that take a value."""


@dataclass(frozen=True)
class Call:
    """A simple command. `words` come without the wrappers (sudo, poetry run) and assignments before them."""

    words: tuple[str, ...]
    line: int
    writes: tuple[str, ...] = ()
    """Files that its output goes to."""
    assigned: tuple[str, ...] = ()
    """`NAME=value` before it."""
    pipes_into: str = ""
    """The name of the command that reads its output."""

    @property
    def name(self) -> str:
        """What is called, without its folder: "" where nothing but assignments stand there."""
        return self.words[0].rsplit("/", 1)[-1] if self.words else ""

    @property
    def arguments(self) -> tuple[str, ...]:
        return self.words[1:]

    @property
    def text(self) -> str:
        return " ".join(self.words)


def commands(lines: Sequence[tuple[int, str]]) -> Iterator[Command]:
    """The commands of a fence's numbered lines. Where lines carry a prompt, only those are commands."""
    has_prompts = any(_PROMPT.match(text) for _, text in lines)
    at = 0
    while at < len(lines):
        number, text = lines[at]
        if (shown := _output(lines, at)) > at:
            at = shown
            continue
        at += 1
        stripped = text.strip()
        if not stripped or stripped.startswith("#") or (has_prompts and not _PROMPT.match(text)):
            continue
        joined, at = _joined(_PROMPT.sub("", text).strip(), lines, at)
        if joined and _COMMAND.match(joined):
            yield Command(joined, number, lines[at - 1][0] + 1)
        at = _after_heredocs(joined, lines, at)


def _joined(text: str, lines: Sequence[tuple[int, str]], at: int) -> tuple[str, int]:
    """The whole command that starts with this text, and the place of the line behind it."""
    start, whole = at, text
    while at < min(len(lines), start + LONGEST):
        bare = uncommented(whole)
        if _CONTINUES.search(bare.rstrip()) and not _is_open(bare):
            bare = bare.rstrip()
            kept = bare[:-1].rstrip() if bare.endswith("\\") else bare
            whole = f"{kept} {lines[at][1].strip().removeprefix('> ')}".strip()
        elif _is_open(bare) and not _HEREDOC.search(bare):
            whole = f"{whole}\n{lines[at][1]}"
        else:
            return whole, at
        at += 1
    if _is_open(uncommented(whole)):
        return text.removesuffix("\\").rstrip(), start
    return whole.removesuffix("\\").rstrip(), at


def _after_heredocs(command: str, lines: Sequence[tuple[int, str]], at: int) -> int:
    """The place of the line behind the here-documents that the command opens."""
    for dash, _, word in _HEREDOC.findall(_QUOTED.sub(_keep_word, uncommented(command))):
        ends = (
            i for i in range(at, len(lines)) if (lines[i][1].lstrip("\t ") if dash else lines[i][1].strip()) == word
        )
        at = next(ends, len(lines) - 1) + 1
    return at


def _keep_word(found: re.Match[str]) -> str:
    """Quoted text is blanked out, unless it is the one word that ends a here-document."""
    return found.group() if re.fullmatch(r"['\"]\w+['\"]", found.group()) else '""'


def _output(lines: Sequence[tuple[int, str]], at: int) -> int:
    """The place behind a piece of JSON that is shown as output; `at` where none starts there."""
    if lines[at][1].strip()[:1] not in ("{", "[") or lines[at][1].strip()[:2] == "[[":
        return at
    for end in range(at + 1, min(len(lines), at + LONGEST) + 1):
        piece = "\n".join(text for _, text in lines[at:end])
        if lines[end - 1][1].strip()[-1:] in ("}", "]") and _is_json(piece):
            return end
    return at


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def _is_open(text: str) -> bool:
    """Whether a quotation is open at the end."""
    return _scan(text)[0] != ""


def uncommented(text: str) -> str:
    """The command without its comment."""
    return text[: _scan(text)[1]]


def _scan(text: str) -> tuple[str, int]:
    """The quotation mark that is open at the end ("" for none), and where a comment begins."""
    quote, index = "", 0
    while index < len(text):
        char = text[index]
        if char == "\\" and quote != "'":
            index += 2
            continue
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char == "#" and (index == 0 or text[index - 1].isspace()):
            end = text.find("\n", index)
            if end < 0:
                return quote, index
            index = end
        index += 1
    return quote, len(text)


def calls(command: Command) -> list[Call]:
    """The simple commands of a command line, those inside `$(...)` and `bash -c "..."` last."""
    found: list[Call] = []
    todo = [command.text]
    for _ in range(LONGEST):
        if not todo:
            break
        text, inner = _without_substitutions(_BLANK.sub(BLANK, uncommented(todo.pop(0))))
        todo += inner
        parts = _parts(_tokens(text))
        for index, (words, _) in enumerate(parts):
            after = parts[index + 1] if index + 1 < len(parts) else None
            call = _call(words, command.line, after[0] if after and after[1] == "|" else [])
            if call.words or call.assigned or call.writes:
                found.append(call)
            if call.name in ("bash", "sh", "zsh") and "-c" in call.words[1:-1]:
                todo.append(call.words[call.words.index("-c") + 1])
    return found


def _tokens(text: str) -> list[str]:
    """Words and operators."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars="<>|&;")
    lexer.whitespace_split, lexer.commenters = True, ""
    try:
        return list(lexer)
    except ValueError:
        return text.split()


def _parts(tokens: list[str]) -> list[tuple[list[str], str]]:
    """The tokens between separators, each with the separator before it."""
    found: list[tuple[list[str], str]] = []
    part: list[str] = []
    before = ""
    for token in [*tokens, ";"]:
        if _SEPARATOR.match(token):
            if part:
                found.append((part, before))
            part, before = [], token
        else:
            part.append(token)
    return found


def _call(tokens: list[str], line: int, reader: list[str]) -> Call:
    words: list[str] = []
    writes: list[str] = []
    skip = ""
    for token in tokens:
        if skip:
            writes += [token] if ">" in skip and not token.isdecimal() else []
            skip = ""
        elif _REDIRECTION.match(token):
            skip = token
            if words and words[-1].isdecimal() and len(words) > 1:
                words.pop()
        else:
            words.append(token)
    bare, assigned = _unwrapped(_outside_brackets(words))
    into = _unwrapped(_outside_brackets(reader))[0]
    return Call(tuple(bare), line, tuple(writes), tuple(assigned), into[0].rsplit("/", 1)[-1] if into else "")


def _outside_brackets(words: list[str]) -> list[str]:
    """The words without the brackets of a subshell around them."""
    if words and words[0].startswith("(") and words[0] != "(":
        words = [words[0].lstrip("("), *words[1:]]
    if words and words[-1].endswith(")") and "(" not in words[-1]:
        words = [*words[:-1], words[-1].rstrip(")")]
    return [w for w in words if w]


def _unwrapped(words: list[str]) -> tuple[list[str], list[str]]:
    """The words without keywords, wrappers and assignments before the command, and the assignments."""
    assigned: list[str] = []
    rest = list(words)
    inside = False
    while rest:
        word = rest[0]
        if _ASSIGNMENT.match(word):
            assigned.append(rest.pop(0))
        elif word in _KEYWORDS or (word in _WRAPPERS and (word not in _RUNNERS or "run" in rest[1:4])):
            inside = True
            rest.pop(0)
        elif inside and word.startswith("-") and len(rest) > 1:
            rest = rest[2:] if word in _VALUED else rest[1:]
        else:
            break
    return rest, assigned


def _without_substitutions(text: str) -> tuple[str, list[str]]:
    """The text with `$()` for each substitution `$(...)`, `<(...)` but `$(pwd)`, and what stands inside them."""
    found: list[str] = []
    kept: list[str] = []
    closing = _closing_brackets(text)
    index = 0
    while index < len(text):
        end = closing.get(index + 1, 0) if text[index : index + 2] in ("$(", "<(", ">(") else 0
        if end:
            inner = text[index + 2 : end]
            is_here = inner.strip() == "pwd"
            kept.append("$(pwd)" if is_here else "$()")
            found += [] if is_here else [inner]
        else:
            kept.append(text[index])
        index = end + 1 if end else index + 1
    return "".join(kept), found


def _closing_brackets(text: str) -> dict[int, int]:
    """The place of each bracket that is closed, with that of the one that closes it."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for index, char in enumerate(text):
        if char == "(":
            opened.append(index)
        elif char == ")" and opened:
            found[opened.pop()] = index
    return found
