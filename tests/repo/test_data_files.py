"""Data files as trees: values, lines, and files that are made to hurt."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.repo.data_files import Datum, parsed

YAML = """\
app: &base
  image: !Sub "${Name}-x"
  ports: [80, yes, ~]
copy:
  <<: *base
  StorageEncrypted: true
---
second: 1.5
"""
TOML = """\
title = "x"

[tool.db]
password = "p"
"dotted.key" = 1
[[items]]
name = "a"
"""
ENV = """\
# comment
export API_KEY="a b" # why
EMPTY=
URL=http://x/#frag
"""


def one(path: str, text: str) -> Datum:
    (document,) = parsed(path, text)
    return document


def test_yaml() -> None:
    first, second = parsed("a.yaml", YAML)
    image, ports = first.get("app", "image"), first.get("app", "ports")
    assert image is not None
    assert (image.value, image.tag, image.line, image.text) == ("${Name}-x", "!Sub", 2, None)
    assert ports is not None
    assert [d.value for d in ports.elements] == [80, True, None]
    encrypted = first.get("copy", "storage_encrypted")
    assert encrypted is not None
    assert (encrypted.is_true, encrypted.line) == (True, 6)
    assert first.get("copy", "ports") is not None
    assert [d.value for _, d in second.walk()][-1] == 1.5


def test_json_lines() -> None:
    document = one("a.json", '{\n "a": {\n  "b": ["x",\n "y\\n"]}\n}')
    assert [(d.value, d.line) for _, d in document.walk() if isinstance(d.value, str)] == [("x", 3), ("y\n", 4)]


def test_toml_lines() -> None:
    document = one("a.toml", TOML)
    assert {(keys, d.line) for keys, d in document.walk() if not isinstance(d.value, dict | tuple)} == {
        (("title",), 1),
        (("tool", "db", "password"), 4),
        (("tool", "db", "dotted.key"), 5),
        (("items", "name"), 7),
    }


def test_env_lines() -> None:
    document = one("deploy/.env.prod", ENV)
    assert {k: (d.value, d.line) for k, d in document.entries.items()} == {
        "API_KEY": ("a b", 2),
        "EMPTY": ("", 3),
        "URL": ("http://x/#frag", 4),
    }


def test_ini_lines() -> None:
    document = one("setup.cfg", "[x]\nname = a ; why\nother: b\n")
    assert {k: (d.value, d.line) for k, d in document.entries.items()} == {"name": ("a", 2), "other": ("b", 3)}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.yaml", "a: [1"),
        ("a.yaml", "a: *nowhere"),
        ("a.yaml", "\0"),
        ("a.yaml", "[" * 200_000),
        ("a.yaml", "- " * 200_000),
        ("a.json", "[" * 200_000),
        ("a.json", '{"a": 1'),
        ("a.json", "{'a': 1}"),
        ("a.toml", "a = "),
        ("a.toml", "a = " + "[" * 50_000),
        ("a.txt", "a: 1"),
    ],
)
def test_a_broken_or_hostile_file_holds_nothing(path: str, text: str) -> None:
    started = time.perf_counter()
    assert [d for d in parsed(path, text) if d.entries] == []
    assert time.perf_counter() - started < 3


def test_aliases_cannot_blow_up() -> None:
    text = "x0: &x0 [a]\n" + "".join(f"x{i}: &x{i} [*x{i - 1}, *x{i - 1}]\n" for i in range(1, 3000))
    started = time.perf_counter()
    assert sum(1 for _ in one("a.yaml", text).walk()) < 20_000
    assert time.perf_counter() - started < 5


def test_an_alias_of_itself() -> None:
    assert [d.value for _, d in one("a.yaml", "a: &a [*a]\n").walk()][-1] is None


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def plain(datum: Datum) -> object:
    if isinstance(datum.value, dict):
        return {k: plain(d) for k, d in datum.value.items()}
    return [plain(d) for d in datum.value] if isinstance(datum.value, tuple) else datum.value


@given(st.dictionaries(st.text(), PLAIN, max_size=4))
def test_json_is_read_as_python_reads_it(value: dict[str, object]) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1)
    assert plain(one("a.json", text)) == value


@given(st.text())
def test_no_text_crashes(text: str) -> None:
    for path in ("a.yaml", "a.json", "a.toml", ".env", "a.ini"):
        parsed(path, text)
