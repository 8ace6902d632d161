"""Writing: whole or not at all, for the owner's eyes, never through a link."""

from __future__ import annotations

import errno
import json
import os
import stat
from pathlib import Path

import pytest

from pytest_readiness.report import FOLDER, ReportError, write, write_text
from tests.audits import outcomes

REPORT = outcomes(a="fail").report()


def mode(path: Path) -> int:
    """Permission bits of a file or folder."""
    return stat.S_IMODE(path.stat().st_mode)


def test_reports_without_a_place_go_to_the_usual_folder(tmp_path: Path) -> None:
    written = write(REPORT, [("md", None), ("json", None)], tmp_path)
    assert written == [tmp_path / FOLDER / "report.md", tmp_path / FOLDER / "report.json"]
    assert written[0].read_text("utf-8").startswith("# Shop Produktionsberedskapsanalys\n")
    assert json.loads(written[1].read_text("utf-8"))["total_gaps"] == 1


def test_a_report_is_for_its_owner_alone_and_git_ignores_the_folder(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        [written] = write(REPORT, [("json", None)], tmp_path)
    finally:
        os.umask(old)
    assert mode(written) == 0o600
    assert mode(written.parent) == 0o700
    assert (written.parent / ".gitignore").read_text() == "*\n"


def test_a_given_place_is_used_and_its_folders_are_made(tmp_path: Path) -> None:
    place = tmp_path / "a" / "b" / "out.json"
    assert write(REPORT, [("json", place)], tmp_path) == [place]
    assert mode(tmp_path / "a") == 0o700
    assert sorted(f.name for f in place.parent.iterdir()) == ["out.json"]


def test_an_older_report_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    place = tmp_path / "out.json"
    place.write_text("old")
    place.chmod(0o644)
    write_text(place, "new")
    assert (place.read_text(), mode(place)) == ("new", 0o600)
    assert list(tmp_path.iterdir()) == [place]


@pytest.mark.parametrize("broken", ["fdopen", "fsync", "replace"])
def test_a_full_disk_leaves_the_older_report_and_no_half_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    place = tmp_path / "out.json"
    place.write_text("old")
    monkeypatch.setattr(os, broken, full)
    with pytest.raises(ReportError, match=r"out.json was not written: the disk is full: free some space.*TYPE:FILE"):
        write_text(place, "new")
    monkeypatch.undo()
    assert place.read_text() == "old"
    assert list(tmp_path.iterdir()) == [place]


def test_a_link_at_the_destination_is_refused(tmp_path: Path) -> None:
    target, place = tmp_path / "precious", tmp_path / "out.md"
    target.write_text("keep")
    place.symlink_to(target)
    with pytest.raises(ReportError, match="is a link"):
        write(REPORT, [("md", place)], tmp_path)
    assert target.read_text() == "keep"


def test_a_link_in_place_of_the_usual_folder_is_refused(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    root.mkdir()
    (root / FOLDER).symlink_to(outside)
    with pytest.raises(ReportError, match="is a link"):
        write(REPORT, [("md", None)], root)
    assert list(outside.iterdir()) == []


def test_neither_is_a_link_in_place_of_the_usual_folder_written_through_when_it_is_named(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / FOLDER).symlink_to(outside)
    with pytest.raises(ReportError, match="is a link"):
        write(REPORT, [("md", tmp_path / FOLDER / "report.partial.md")], tmp_path)
    assert list(outside.iterdir()) == []


def test_an_unknown_type_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="there is no report of type 'pdf': types are md, json"):
        write(REPORT, [("json", None), ("pdf", None)], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_at_the_destination_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="name a file"):
        write(REPORT, [("md", tmp_path)], tmp_path)


def test_a_fifo_at_the_destination_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ReportError, match="name a file"):
        write(REPORT, [("md", tmp_path / "pipe")], tmp_path)


def test_a_file_where_a_folder_is_needed_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ReportError, match="a file stands where a folder is needed"):
        write(REPORT, [("md", tmp_path / "file" / "out.md")], tmp_path)


def test_a_folder_that_may_not_be_written_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_args: object, **_facts: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("tempfile.mkstemp", denied)
    with pytest.raises(ReportError, match="permission denied: give write access, or"):
        write_text(tmp_path / "out.md", "x")


def test_a_real_disk_that_is_full_is_reported() -> None:
    if not os.access("/dev/full", os.W_OK):
        pytest.skip("this system has no /dev/full")
    with pytest.raises(ReportError, match="no ordinary file"):
        write_text(Path("/dev/full"), "x")
