"""reStructuredText is read as Markdown is."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.repo import Repo
from pytest_readiness.repo.docs import Document, document

TEXT = """\
=====
Shop
=====

Intro with `a link <docs/a.md>`_, a named_ one and ``code``.

.. _named: docs/b.md

Prerequisites
-------------

* **Docker** installed
* second

  more

#. one
#. two::

     plain

.. code-block:: bash
   :linenos:

   # comment
   make deploy

.. note:: See :doc:`other`.

.. tabs::

   .. tab:: Linux

      .. code-block:: console

         $ make linux
         done

.. mermaid::

   graph TD
   A --> B

.. image:: img/a.png
   :alt: Picture

===== =====
A     B
===== =====
1     2
===== =====

Below
^^^^^

.. highlight:: sh

::

   make plain
"""


def rst(text: str) -> Document:
    return document("docs/a.rst", text)


def test_structure() -> None:
    found = rst(TEXT)
    lines = TEXT.split("\n")
    assert [(lv, t, lines[n - 1]) for lv, t, n in found.headings] == [
        (1, "Shop", "Shop"), (2, "Prerequisites", "Prerequisites"), (3, "Below", "Below")
    ]  # fmt: skip
    assert [(c.text, lines[c.line - 1].strip()) for c in found.commands] == [
        ("make deploy", "make deploy"), ("make linux", "$ make linux"), ("make plain", "make plain")
    ]  # fmt: skip
    assert [(x.target, x.is_image) for x in found.links] == [
        ("docs/a.md", False),
        ("docs/b.md", False),
        ("img/a.png", True),
    ]
    assert [(i.plain, i.bold, i.ordered, i.number) for i in found.items] == [
        ("Docker installed", "Docker", False, 0), ("second", "", False, 0), ("one", "", True, 1), ("two:", "", True, 2)
    ]  # fmt: skip
    assert [(r.cells, r.is_header, r.head) for r in found.rows] == [
        (("A", "B"), True, ("A", "B")), (("1", "2"), False, ("A", "B"))
    ]  # fmt: skip
    assert [f.language for f in found.fences] == ["", "bash", "console", "mermaid", "sh"]
    assert found.texts[0].codes == ("code",)


@pytest.mark.parametrize(
    "text",
    [
        ".. include:: secret.txt\n", ".. literalinclude:: secret.txt\n", ".. raw:: html\n   :file: secret.txt\n",
        ".. csv-table:: x\n   :file: secret.txt\n", ".. code:: python\n   :include: secret.txt\n",
    ],
)  # fmt: skip
def test_no_other_file_is_read(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret.txt").write_text("anchor-4821")
    (tmp_path / "README.rst").write_text(f"Shop\n====\n\n{text}\n")
    monkeypatch.chdir(tmp_path)
    found = Repo(tmp_path).documents.get("README.rst")
    assert found is not None
    assert found.title == "Shop"
    assert "anchor" not in repr(found)


@given(st.text("=-~^.:*`_|+ \nab\\#", max_size=120))
def test_no_text_crashes(text: str) -> None:
    found = rst(text)
    last = text.count("\n") + 2
    assert all(1 <= line <= last for _, _, line in found.headings)
    assert all(s.line < s.end for s in found.sections)


@pytest.mark.parametrize(
    "text", ["* " * 3_000, "> " * 3_000, "`" * 20_000, "a\n=\n" * 2_000, ".. note:: " * 500, "\0", ""]
)
def test_odd_texts(text: str) -> None:
    started = time.perf_counter()
    rst(text)
    assert time.perf_counter() - started < 10
