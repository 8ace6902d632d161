"""The name in the report's title."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_readiness.repo import Repo
from pytest_readiness.settings import Settings

NAMED = {
    "pyproject": (
        {"pyproject.toml": '[project]\nname = "a"', "package.json": '{"name": "b"}', "README.md": "# C"},
        "a",
    ),
    "poetry": ({"pyproject.toml": '[tool.poetry]\nname = "a"', "README.md": "# C"}, "a"),
    "package": ({"pyproject.toml": "[tool.x]", "package.json": '{"name": "@scope/b"}', "README.md": "# C"}, "b"),
    "title": ({"README.md": "# Shop\n"}, "Shop"),
    "title with a subtitle": ({"README.md": "text\n\n# Big Shop - sells all | fast\n"}, "Big Shop"),
    "title with a dash": ({"README.md": "# Big Shop — sells all\n"}, "Big Shop"),
    "title with a colon": ({"README.md": "# Shop: sells all\n"}, "Shop"),
    "title with a hyphen in a word": ({"README.md": "# e-shop\n"}, "e-shop"),
    "title with pictures": ({"README.md": "# 🚀 **Shop** 👩‍💻 - sells ✨\n"}, "Shop"),
    "title of pictures": ({"README.md": "# 🚀\n"}, "folder"),
    "underlined title": ({"readme.md": "Shop\n====\n"}, "Shop"),
    "no title": ({"README.md": "```\n# not a title\n```\n## Section\n", "docs/README.md": "# Docs"}, "folder"),
    "nothing": ({}, "folder"),
    "not text": ({"pyproject.toml": "[project]\nname = 3", "package.json": '{"name": ["x"]}'}, "folder"),
    "broken": ({"pyproject.toml": "[project", "package.json": "[" * 100_000, "README.md": "# \x00"}, "folder"),
    "long": ({"README.md": f"# {'x' * 500}\n"}, "x" * 60),
    "control characters": ({"package.json": '{"name": "a\\u001b[31m\\nb"}'}, "a [31m b"),
}


@pytest.mark.parametrize(("files", "name"), NAMED.values(), ids=NAMED)
def test_name(tmp_path: Path, files: dict[str, str], name: str) -> None:
    root = tmp_path / "folder"
    root.mkdir()
    for path, text in files.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text)
    assert Repo(root).repository_name() == name
    assert Repo(root).state().name == name
    assert Repo(root, Settings(name="Set")).repository_name() == "Set"
