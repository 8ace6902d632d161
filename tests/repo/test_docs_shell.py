"""Commands of documents as a shell would take them apart."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.repo.docs import Call, calls
from pytest_readiness.repo.docs.model import Command, Fence


def commands_of(text: str, language: str = "bash") -> list[str]:
    return [c.text for c in Fence(language, text, 1).commands]


def calls_of(text: str) -> list[Call]:
    return [c for command in Fence("bash", text, 1).commands for c in calls(command)]


def test_comments_blank_lines_and_other_languages_hold_no_commands() -> None:
    assert commands_of("# install\n\nmake a\n   # more\nmake b  # why\n") == ["make a", "make b  # why"]
    assert commands_of("make a\n", "text") == commands_of("make a\n", "") == commands_of("make a\n", "powershell") == []


def test_lines_are_joined() -> None:
    assert commands_of("aws s3 \\\n  ls \\\n  x\nmake a &&\n  make b\ncat f |\n  wc\n") == [
        "aws s3 ls x",
        "make a && make b",
        "cat f | wc",
    ]


def test_a_quotation_goes_on_over_lines() -> None:
    text = "python -c \"\nimport x\nprint('a')\n\"\nmake a\n"
    assert commands_of(text) == ["python -c \"\nimport x\nprint('a')\n\"", "make a"]


def test_a_quotation_without_an_end_is_one_line() -> None:
    assert commands_of("echo it's\nmake a\n") == ["echo it's", "make a"]


def test_the_body_of_a_here_document_is_data() -> None:
    text = "cat > a.json <<'EOF'\nmake b\nEOF\nmake a\ncat <<-END | sh\n\tmake c\n\tEND\ngrep x <<< word\nmake d\n"
    assert commands_of(text) == ["cat > a.json <<'EOF'", "make a", "cat <<-END | sh", "grep x <<< word", "make d"]


def test_a_here_document_without_an_end_takes_the_rest() -> None:
    assert commands_of("cat <<EOF\nmake a\n") == ["cat <<EOF"]


@pytest.mark.parametrize(
    "prompt", ["$ ", "(venv) $ ", "user@host:~/shop$ ", "  $ "], ids=["plain", "environment", "host", "indented"]
)
def test_where_lines_carry_a_prompt_only_those_are_commands(prompt: str) -> None:
    assert commands_of(f"{prompt}make \\\n> a\nbuilding\n{prompt}ls\nfile\n", "console") == ["make a", "ls"]


def test_json_that_is_shown_is_no_command() -> None:
    assert commands_of('curl x\n{\n  "a": 1,\n  "b": [2]\n}\n[1]\n✅ done\nmake a\n') == ["curl x", "make a"]


def test_simple_commands_with_what_they_write() -> None:
    found = calls_of("cd a && sudo -u x make b > out.txt 2>&1; curl -s u | jq .x || (cat y)\n")
    assert [(c.words, c.writes, c.pipes_into) for c in found] == [
        (("cd", "a"), (), ""),
        (("make", "b"), ("out.txt",), ""),
        (("curl", "-s", "u"), (), "jq"),
        (("jq", ".x"), (), ""),
        (("cat", "y"), (), ""),
    ]


def test_wrappers_and_assignments_stand_before_commands() -> None:
    found = calls_of("A=1 poetry run python a.py\nuv run --with x pytest t\nexport B=2\nC=3\nuv sync\nnpx cdk deploy\n")
    assert [c.words for c in found] == [
        ("python", "a.py"),
        ("pytest", "t"),
        ("export", "B=2"),
        (),
        ("uv", "sync"),
        ("npx", "cdk", "deploy"),
    ]
    assert [c.assigned for c in found if c.assigned] == [("A=1",), ("C=3",)]


def test_substitutions_are_commands_of_their_own() -> None:
    found = calls_of('docker run -v $(pwd)/a.yml:/a x$(cat "v 1.txt")\nbash -c "make a; make b"\n')
    assert [c.words for c in found] == [
        ("docker", "run", "-v", "$(pwd)/a.yml:/a", "x$()"),
        ("cat", "v 1.txt"),
        ("bash", "-c", "make a; make b"),
        ("make", "a"),
        ("make", "b"),
    ]


def test_a_blank_to_fill_in_is_no_redirection() -> None:
    (found,) = calls_of("deploy --arn <ARN> --key <your key> file\n")
    assert (found.words, found.writes) == (("deploy", "--arn", "{}", "--key", "{}", "file"), ())


def test_loops() -> None:
    found = calls_of("until curl -f http://localhost/health; do sleep 1; done\nif [ -f a ]; then make b; fi\n")
    assert ("curl", "-f", "http://localhost/health") in [c.words for c in found]
    assert ("make", "b") in [c.words for c in found]


SHELLISH = st.text("abc \t\"'`$(){}<>|&;#\\=/.-!\n", max_size=80)


@given(SHELLISH)
def test_no_text_crashes(text: str) -> None:
    lines = text.count("\n") + 1
    for command in Fence("bash", text, 1).commands:
        assert 1 <= command.line <= lines
        for call in calls(command):
            assert call.line == command.line


@given(st.lists(st.text("abc -/.", min_size=1, max_size=10).filter(lambda t: t.strip(" ")), min_size=1, max_size=5))
def test_words_without_marks_are_kept(texts: list[str]) -> None:
    """What a plain line says comes back word by word, one command a line."""
    bare = [" ".join(t.split()) for t in texts]
    found = [" ".join(calls(c)[0].words) for t in bare for c in Fence("bash", f"run-it {t}\n", 1).commands]
    assert found == [f"run-it {t}" for t in bare]


@pytest.mark.parametrize(
    "text", ["(" * 20_000, "$(" * 5_000 + ")" * 5_000, "$(" * 10_000, "'" * 20_001, "a \\\n" * 20_000, "<<A " * 5_000]
)
def test_odd_texts_are_done_soon(text: str) -> None:
    started = time.perf_counter()
    for command in Fence("bash", text, 1).commands:
        calls(command)
    assert time.perf_counter() - started < 5


def test_words_of_a_command_are_those_of_the_shell() -> None:
    assert Command('a "b c" d\\ e', 1).words == ["a", "b c", "d e"]
