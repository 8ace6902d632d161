"""JUnit files of runs: what they report, and that no file can harm the reader."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_readiness.repo.files import Files
from pytest_readiness.repo.suite import junit
from pytest_readiness.repo.suite.junit import JunitRun, read_run

NAME = "junit.xml"
RUN = """<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite name="pytest" timestamp="2026-11-20T02:00:00">
<testcase classname="tests.test_a.TestA" name="test_one[1-x]"/>
<testcase classname="tests.test_a.TestA" name="test_one[2-y]"><failure message="assert 1
== 2">long</failure></testcase>
<testcase classname="tests.test_a" name="test_two"><skipped message="later"/></testcase>
<testcase classname="" name="tests.test_b"><error message="collection failure"/></testcase>
<testsuite timestamp="2026-11-21T02:00:00"><testcase classname="tests.test_c" name="test_three"/></testsuite>
</testsuite></testsuites>
"""


def read(folder: Path, data: bytes) -> JunitRun | None:
    """The run in a file with these bytes."""
    (folder / NAME).write_bytes(data)
    return read_run(Files(folder), NAME)


def test_a_run_is_read(tmp_path: Path) -> None:
    run = read(tmp_path, RUN.encode())
    assert run is not None
    assert run.problem == ""
    assert [(e.title, e.outcome) for e in run.entries] == [
        ("tests.test_a.TestA.test_one", "passed"),
        ("tests.test_a.TestA.test_one", "failed"),
        ("tests.test_a.test_two", "skipped"),
        ("tests.test_b", "error"),
        ("tests.test_c.test_three", "passed"),
    ]
    assert run.entries[1].message == "assert 1 == 2"
    assert run.summary == "2 passed, 1 failed, 1 error, 1 skipped; run at 2026-11-21T02:00:00"


def test_an_ignored_file_counts_and_a_missing_one_does_not(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.xml\n")
    run = read(tmp_path, RUN.encode())
    assert run is not None
    assert len(run.entries) == 5
    assert read_run(Files(tmp_path), "other.xml") is None


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside.xml").write_text(RUN)
    (tmp_path / "repo").mkdir()
    (tmp_path / "repo" / NAME).symlink_to(tmp_path / "outside.xml")
    assert read_run(Files(tmp_path / "repo"), NAME) is None


BOMB = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(f'<!ENTITY a{i} "{"&a;" * 9}">' for i in range(9)) + "]><testsuites/>"
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><testsuites>&a;</testsuites>'


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "is no XML"),
        (b"<testsuites>", "is no XML"),
        (b"\xff\xfe\x00<", "is no XML"),
        (b'<?xml version="1.0" encoding="no-such"?><testsuites/>', "is no XML"),
        (BOMB.encode(), "EntitiesForbidden"),
        (OUTSIDE.encode(), "EntitiesForbidden"),
        (b"<html/>", "is no JUnit file"),
        (b"148 passed", "is no XML"),
    ],
)
def test_a_file_that_proves_nothing(tmp_path: Path, data: bytes, problem: str) -> None:
    run = read(tmp_path, data)
    assert run is not None
    assert problem in run.problem
    assert run.entries == ()


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(junit, "LIMIT", 100)
    run = read(tmp_path, RUN.encode())
    assert run is not None
    assert "larger than" in run.problem


def test_suites_within_suites_end_somewhere(tmp_path: Path) -> None:
    deep = "<testsuite>" * 5000 + "</testsuite>" * 5000
    run = read(tmp_path, deep.encode())
    assert run is not None
    assert run.entries == ()


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_break_the_reader(tmp_path: Path, data: bytes) -> None:
    run = read(tmp_path, b"<testsuites>" + data)
    assert run is not None
    assert run.problem
