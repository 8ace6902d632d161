"""Markdown as CommonMark sees it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.repo import Repo
from pytest_readiness.repo.docs import document

TEXT = """\
# App `x`
Intro with [a link](docs/a.md) and
![image](img/b.png)

## Setup
- first `A`
  goes on
  1. inner
- second

| Name | Use |
|------|-----|
| `A`  | x   |

```bash
# no heading
export A=1
python run.py \\
  --fast
cat <<EOF > f
data
EOF
```

### Detail
    $ indented
## Last
"""


def test_structure() -> None:
    found = document("README.md", TEXT)
    assert [(s.title, s.level, s.line, s.end) for s in found.sections] == [
        ("App x", 1, 1, 28),
        ("Setup", 2, 5, 27),
        ("Detail", 3, 25, 27),
        ("Last", 2, 27, 28),
    ]
    assert found.title == "App x"
    assert [(x.target, x.line, x.is_image) for x in found.links] == [("docs/a.md", 2, False), ("img/b.png", 3, True)]
    assert [(i.text, i.line, i.depth, i.ordered) for i in found.items] == [
        ("first `A`\ngoes on", 6, 1, False),
        ("inner", 8, 2, True),
        ("second", 9, 1, False),
    ]
    assert [(r.cells, r.line, r.is_header) for r in found.rows] == [
        (("Name", "Use"), 11, True),
        (("`A`", "x"), 13, False),
    ]


def test_commands() -> None:
    setup = document("README.md", TEXT).sections[1]
    assert [(c.text, c.line) for c in setup.commands] == [
        ("export A=1", 17),
        ("python run.py --fast", 18),
        ("cat <<EOF > f", 20),
    ]


def test_only_lines_with_a_prompt_are_commands_where_there_are_prompts() -> None:
    found = document("a.md", "```console\n$ make run\nrunning...\n$ ls\n```\n")
    assert [c.text for c in found.commands] == ["make run", "ls"]


def test_outermost() -> None:
    found = document("a.md", "# Deploy\n## Deploy to A\n# Other\n## Deployment\n")
    assert [s.title for s in found.outermost("deploy")] == ["Deploy", "Deployment"]


def test_which_files_are_documents(tmp_path: Path) -> None:
    paths = {
        "README.md": True,
        "NOTES.md": True,
        "docs/a.md": True,
        "x/runbooks/b.md": True,
        "x/README.md": True,
        "x/notes.md": False,
        "backend/x/notes.md": True,
        "docs/WORK_SUMMARY.md": False,
        "docs/status.md": False,
        "tests/README.md": False,
        ".kiro/docs/a.md": False,
    }
    for path in paths:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("# x\n")
    assert set(Repo(tmp_path).documents.paths) == {p for p, is_document in paths.items() if is_document}


def test_an_empty_item() -> None:
    found = document("a.md", "-\n\nAfter\n")
    assert (found.items, [p.text for p in found.paragraphs]) == ([], ["After"])


MARKS = st.text("-*#>|`~=_[]()!1.<a \t\n", max_size=60)


@given(st.lists(MARKS, max_size=12).map("\n".join))
def test_no_text_crashes(text: str) -> None:
    found = document("a.md", text)
    last = len(text.splitlines()) + 1
    lines = [s.line for s in found.sections] + [f.line for f in found.fences] + [i.line for i in found.items]
    assert all(1 <= line <= max(last, 1) + 1 for line in lines)
    assert all(s.line < s.end for s in found.sections)
    for section in found.sections:
        assert all(section.holds(c.line) for c in section.commands)


@pytest.mark.parametrize("text", ["> " * 20_000, "- " * 20_000, "[" * 20_000, "`" * 20_000, "*a " * 20_000, "\0", ""])
def test_odd_texts(text: str) -> None:
    started = time.perf_counter()
    document("a.md", text)
    assert time.perf_counter() - started < 5
