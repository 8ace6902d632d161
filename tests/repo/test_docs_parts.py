"""Words, sections, entries, diagrams and Python examples of documents."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.repo import Repo
from pytest_readiness.repo.docs import VOCABULARY, Document, PythonExample, document
from pytest_readiness.repo.docs.boxes import boxes_problem
from pytest_readiness.repo.docs.diagrams import mermaid_problem, plantuml_problem
from pytest_readiness.repo.docs.entries import entries
from pytest_readiness.repo.docs.examples import parse_example
from pytest_readiness.repo.docs.words import count, is_placeholder, words


def md(text: str) -> Document:
    return document("docs/a.md", text)


# Words


def test_a_word_is_a_run_of_letters_or_digits() -> None:
    assert words("kör `make_all` 2 gånger, v1.2 -- åäö") == ["kör", "make", "all", "2", "gånger", "v1", "2", "åäö"]


@pytest.mark.parametrize(
    "line",
    [
        "TODO", "- TBD", "FIXME:", "* wip *", "Coming soon!", "to be written", "Kommer", "kommer snart ...",
        "att göra", "Under arbete", "...", "…", "TODO: describe the steps", "- [ ] TODO", "> TBD", "# TODO",
        "TBD (owner: me)", "--", "",
    ],
)  # fmt: skip
def test_placeholders(line: str) -> None:
    assert is_placeholder(line)
    assert count(line) == 0


@pytest.mark.parametrize(
    "line", ["Kommer tjänsten inte igång?", "The todo list", "wipe the disk", "a ... b", "TODOs are bad"]
)
def test_what_says_something(line: str) -> None:
    assert not is_placeholder(line)


def test_words_of_a_section() -> None:
    found = md(
        "# Title of it\n\nfive words <!-- not these --> `stand` *here* now\n\n<!-- nor\nthese -->\n\n"
        "- one item\n- TODO\n\n"
        "| a | b |\n|---|---|\n| c | d e |\n\n## Heading two\n\n```bash\nmake x \\\n  y\n```\n\n<details>\n"
        "<summary>seen</summary>\n\n"
        "inside\n\n</details>\n",
    )
    assert found.sections[0].words == 5 + 2 + 5 + 3 + 2
    assert found.whole.words == found.sections[0].words


# Sections


def test_headings_of_every_kind() -> None:
    text = "Setext one\n===\n\nSetext two\n---\n\n### `Code` and *more* ###\n\n"
    text += "~~~\n# no\n~~~\n\n    # no\n\n> # quoted\n\n#no\n"
    assert [(t, lv) for lv, t, _ in md(text).headings] == [
        ("Setext one", 1),
        ("Setext two", 2),
        ("Code and more", 3),
        ("quoted", 1),
    ]


def test_front_matter_is_no_heading() -> None:
    found = md("---\ntitle: Deploying\nweight: 3\n---\n\n## First\n")
    assert (found.title, [s.title for s in found.sections], found.sections[0].line) == ("Deploying", ["First"], 6)
    assert found.is_about("deploy")
    assert [s.title for s in md("---\n\nText\n---\n").sections] == ["Text"]


def test_callouts_and_tabs_of_mkdocs() -> None:
    found = md('# A\n\n=== "Linux"\n\n    ```bash\n    make a\n    ```\n\n    !!! note "x"\n        Text\n\nAfter\n')
    assert [(c.text, c.line) for c in found.commands] == [("make a", 6)]
    assert [(t.plain.split("\n")[-1], t.line) for t in found.texts[-2:]] == [("Text", 9), ("After", 12)]


@pytest.mark.parametrize(
    ("key", "titles"),
    {
        "deploy": ["Deployment", "Release process", "Driftsättning", "Produktionssättning"],
        "prereq": ["Prerequisites", "System requirements", "Before you begin", "Förutsättningar"],
        "local": ["Getting Started", "🔧 Quick Local Setup", "Kom igång", "Utvecklingsmiljö"],
        "trouble": ["Troubleshooting", "Common issues", "Felsökning", "Vanliga fel"],
        "rollback": [
            "Roll back",
            "Rolling back a release",
            "rollback_script.py",
            "Återgång",
            "Återställa till tidigare version",
        ],
        "backup": ["Backups", "Back-up", "Restoring data", "Säkerhetskopiering", "Återläsning"],
        "disaster": ["Disaster recovery", "Katastrofplan", "Kontinuitetsplan"],
        "verify": ["Post-deployment checks", "Health", "Verifiering", "Kontroll"],
    }.items(),
)
def test_vocabulary(key: str, titles: list[str]) -> None:
    assert [t for t in titles if not VOCABULARY[key].search(t)] == []
    assert not VOCABULARY[key].search("Architecture of the shop")


def test_outermost_and_within() -> None:
    found = md("# Deploy\n## Deploy to A\n### Verify\n# Other\n## Deployment\n")
    assert [s.title for s in found.outermost("deploy")] == ["Deploy", "Deployment"]
    assert [s.title for s in found.sections[0].within("verify")] == ["Verify"]
    assert found.whole.subsections == list(found.sections[1:])


# Entries


def test_entries() -> None:
    found = md(
        "# Troubleshooting\n\nIntro.\n\n## Group\n\n### One\n\n**Symptoms:**\n\n```\nERROR\n```\n\n"
        "**Solution:** do\n\n```sh\nmake a\n```\n\n"
        "### Two\n\n1. **Step x**\n   ```sh\n   make b\n   ```\n\n## Three\n\nSee `make c`.\n\n**Four**\ntext\n",
    )
    listed = entries(found.whole)
    assert [(e.title, e.line) for e in listed] == [
        ("One", 7), ("Two", 21), ("Step x", 23), ("Three", 28), ("Four", 32)
    ]  # fmt: skip
    assert [[f.text for f in e.remedies] for e in listed] == [["make a\n"], [], ["make b\n"], [], []]
    assert [e.codes for e in listed] == [[], [], [], ["make c"], []]


@pytest.mark.parametrize(
    "label", ["Symptoms:", "Symptom", "Error", "Felmeddelande:", "Symtom", "You will see:", "Cause:"]
)
def test_what_a_symptom_looks_like_is_no_remedy(label: str) -> None:
    found = entries(md(f"# Troubleshooting\n\n## A\n\n**{label}**\n\n```\nboom\n```\n").whole)
    assert [e.remedies for e in found if e.title == "A"] == [[]]


def test_commands_below_a_problem_look_into_it_and_below_a_symptom_show_it() -> None:
    text = "# Troubleshooting\n\n## A\n\n**Cause:** x\n\n```sh\nmake a\n```\n\n"
    text += "## B\n\n**Symptoms:**\n\n```sh\nmake b\n```\n"
    assert [len(e.remedies) for e in entries(md(text).whole)] == [1, 0]


@pytest.mark.parametrize("label", ["Solution:", "Fix", "Lösning:", "Åtgärd", "Steps:"])
def test_what_stands_below_the_solution_is(label: str) -> None:
    found = entries(md(f"# Troubleshooting\n\n## A\n\n**Symptoms:** x\n\n**{label}**\n\n```yaml\na: 1\n```\n").whole)
    assert [len(e.remedies) for e in found] == [1]


# Diagrams

MERMAID = [
    "graph TD\n A --> B",
    "%% c\nflowchart LR\n subgraph x [One (1)]\n A[/a/] -- text --> B((b))\n end\n B -.-> C{d}",
    "sequenceDiagram\n participant A\n A->>+B: f(\n B-->>-A: ok\n alt x\n A-xB: no\n end",
    "erDiagram\n A ||--o{ B : has",
    "classDiagram\n A <|-- B\n class A {\n +int x\n }",
    "stateDiagram-v2\n [*] --> Open\n Open --> [*]",
    "C4Context\n Person(a, \"A\")\n System(b, \"B\")\n Rel(a, b, \"uses\")",
    "---\ntitle: x\n---\ngraph TD;A-->B",
    "architecture-beta\n service a(server)[A]\n service b(database)[B]\n a:R --> L:b",
    'flowchart TD\n A["text (x"] ==> B>flag]',
]  # fmt: skip


@pytest.mark.parametrize("text", MERMAID)
def test_mermaid(text: str) -> None:
    assert mermaid_problem(text) == ""


@pytest.mark.parametrize(
    "text",
    ["A --> B", "", "graph TD\n A\n B", "graph TD\n A[x --> B", "graph TD\n subgraph a\n A --> B",
        "pie\n \"a\": 1", "graphics\n A --> B"],
)  # fmt: skip
def test_what_is_no_mermaid(text: str) -> None:
    assert mermaid_problem(text)


def test_plantuml() -> None:
    assert plantuml_problem("@startuml\nA -> B: x\n@enduml") == ""
    assert plantuml_problem("@startuml\n[A] ..> [B]\n@enduml") == ""
    assert plantuml_problem("@startuml\nactor A\n@enduml")
    assert plantuml_problem("A -> B")


BOXES = [
    "┌─────┐   ┌─────┐\n│ API │──►│ Db  │\n└─────┘   └─────┘",
    "+-----+    +------+\n| API |--->| Data |\n+-----+    +------+",
    "┌─────┐\n│ Api │\n└──┬──┘\n   │\n┌──▼──┐\n│ Db  │\n└─────┘",
    "┌────────────────┐\n│ Backend        │\n│ ┌────┐  ┌────┐ │\n│ │ Ab │─►│ Cd │ │\n│ └────┘  └────┘ │\n"
    "└────────────────┘",
    "╔═════╗   ╭─────╮\n║ API ║ → │ Db  │\n╚═════╝   ╰─────╯",
]


@pytest.mark.parametrize("text", BOXES)
def test_boxes(text: str) -> None:
    assert boxes_problem(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "src/\n├── a.py\n└── b.py", "A -> B -> C", "┌─────┐\n│ API │\n└─────┘",
        "┌───┐  ┌───┐\n│   │→ │   │\n└───┘  └───┘", "+---+---+\n| a | b |\n+---+---+\n| c | d |",
        "┌─────┐   ┌─────┐\n│ API │   │ Db  │\n└─────┘   └─────┘", "┌────┐ →\n│ ab\n│ cd",
    ],
)  # fmt: skip
def test_what_is_no_drawing(text: str) -> None:
    assert boxes_problem(text)


def test_diagrams_of_a_document(tmp_path: Path) -> None:
    (tmp_path / "full.png").write_bytes(b"x")
    (tmp_path / "empty.png").write_bytes(b"")
    images = "![system](full.png) ![a](empty.png) ![b](gone.svg) ![c](https://x.com/y.png)\n"
    drawing = (
        "```mermaid\ngraph TD\nA-->B\n```\n\n```\n"
        + BOXES[0]
        + "\n```\n\n```mermaid\nA-->B\n```\n\ngraph TD; A-->B\n\n"
    )
    (tmp_path / "README.md").write_text(f"# A\n\n{drawing}{images}")
    repo = Repo(tmp_path)
    found = list(repo.docs.diagrams(next(repo.documents.all())))
    assert [(d.kind, not d.problem) for d in found] == [
        ("mermaid", True), ("boxes", True), ("mermaid", False), ("image", True), ("image", False), ("image", False)
    ]  # fmt: skip


@given(st.text("┌─┐│└┘+-|ab\n v►", max_size=150))
def test_no_drawing_crashes(text: str) -> None:
    boxes_problem(text)
    mermaid_problem(text)


# Python examples

Judge = Callable[[str], PythonExample]


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Judges a fence in a document of a small repository."""
    files = {
        "shop/__init__.py": "", "shop/web.py": "def serve(): ...\nNAME = 1\n", "shop/broken.py": "def (:\n",
        "src/core/api.py": "from .impl import *\n", "src/core/impl.py": "class Api: ...\n",
        "src/core/__init__.py": "", "src/lazy.py": "def __getattr__(name): ...\n", "docs/code.md": "",
    }  # fmt: skip

    def run(code: str) -> PythonExample:
        for name, content in {**files, "docs/code.md": f"# A\n\n```python\n{code}\n```\n"}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(content)
        repo = Repo(tmp_path)
        found = repo.documents.get("docs/code.md")
        assert found is not None
        return repo.docs.examples(found)[0]

    return run


@pytest.mark.parametrize(
    "code",
    [
        "x = await y()\nasync for a in b:\n    print(a)", "return 1", "  x = 1\n  y = 2", "def f(a: int) -> str",
        "async def f(\n    a: int, \n) -> str:", "class A:\n    def f(self) -> int\n    def g(self) -> int",
        "f(model='x', ...)".replace("...", "**rest"), ">>> x = 1\n>>> x\n1", "from shop.web import serve, NAME",
        "import shop.web", "from shop import web", "from core.api import Api", "from lazy import anything",
        "import numpy as np\nfrom openai import X", "from .sibling import x", "@tool\ndef f(a)", "...",
    ],
)  # fmt: skip
def test_sound_examples(judge: Judge, code: str) -> None:
    assert judge(code).problem == ""


@pytest.mark.parametrize(
    ("code", "problem", "line"),
    [
        ("x = 1\nf(a=1, ...)", "does not parse: positional argument follows keyword argument", 5),
        ('{"a": 1\n', "does not parse: '{' was never closed", 4),
        ("llm_requests_total{agent=\"x\"} 5", "does not parse: ", 4),
        ("x = 1\nfrom shop.web import gone", "shop.web does not define gone", 5),
        ("from shop.gone import x", "there is no module shop.gone", 4),
        ("import shop.gone", "there is no module shop.gone", 4),
        ("from shop.broken import x", "shop/broken.py does not parse", 4),
        ("from shop import gone", "shop does not define gone", 4),
        ("def f():\n    from core.api import Gone", "core.api does not define Gone", 5),
    ],
)  # fmt: skip
def test_unsound_examples(judge: Judge, code: str, problem: str, line: int) -> None:
    found = judge(code)
    assert found.problem.startswith(problem)
    assert found.line == line


def test_what_an_example_imports(judge: Judge) -> None:
    assert [m.path for m in judge("from shop import web\nimport os").imported] == ["shop/__init__.py", "shop/web.py"]


@given(st.text("def class(:)\n ,=*'\"x@>.", max_size=80))
def test_no_example_crashes(code: str) -> None:
    tree, problem, _ = parse_example(code)
    assert (tree is None) == bool(problem)
