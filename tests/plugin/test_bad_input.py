"""Files that no audit may stumble over: the packaged checks go on within their time, and the report names the files."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

READY = Path(__file__).parent.parent / "ready_repo"
BUDGET = 60
"""Seconds that one audit may take here; it takes about five."""
LAUGHS = "a0: &a0 [lol, lol]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
REGEX = "a" * 400_000 + "!" + "'" * 100_000 + "-" * 300_000 + "@" * 200_000 + " " * 400_000 + "=" * 100_000


def _sparse(path: Path) -> None:
    """200 MB that take no room."""
    with path.open("wb") as file:
        file.truncate(200_000_000)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        here = os.open(path.parent, os.O_RDONLY)
        one.bind(f"/proc/self/fd/{here}/{path.name}")
        os.close(here)


def _many(path: Path) -> None:
    """100,000 files in one folder."""
    path.mkdir()
    for number in range(100_000):
        (path / f"f{number}.txt").touch()


def _loop(path: Path) -> None:
    path.symlink_to(path.parent)


def _text(text: str) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(text.encode("utf-8", "surrogateescape"))


BAD: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "does not parse": ("src/harbor/broken.py", _text("def f(:\n"), "line 1: SyntaxError: invalid syntax"),
    "200 MB": ("src/harbor/huge.py", _sparse, "larger than 5 MB"),
    "binary named .py": ("src/harbor/blob.py", lambda p: p.write_bytes(b"\x7fELF" + b"\0" * 4000), "binary|null bytes"),
    "deep nesting": ("src/harbor/deep.py", _text("x = " + "(" * 5000 + ")" * 5000), "line 1: "),
    "deep operators": ("src/harbor/sum.py", _text("x = " + "-" * 50_000 + "1\n"), "line 1: "),
    "link loop": ("src/harbor/loop", _loop, "a link, not followed"),
    "pipe": ("src/harbor/pipe.py", os.mkfifo, "a pipe"),
    "socket": ("src/harbor/socket.json", _socket, "a socket"),
    "invalid UTF-8": ("src/harbor/latin.py", lambda p: p.write_bytes(b"x = '\xe5\xff'\n"), "SyntaxError"),
    "deep JSON": ("web/cdk.json", _text("[" * 100_000), "nested too deeply"),
    "deep YAML": ("docker-compose.deep.yaml", _text("[" * 100_000), "nested too deeply"),
    "broken YAML": ("docker-compose.broken.yaml", _text("a: [1\nb: }\n"), "does not parse"),
}  # fmt: skip
UNNAMED: dict[str, tuple[str, Callable[[Path], object]]] = {
    "YAML bomb": ("infra/laughs.yaml", _text(LAUGHS)),
    "100,000 files": ("many", _many),
    "a line against regexes, Python": ("src/harbor/line.py", _text(f"x = {REGEX.replace(chr(39), '')!r}\n")),
    "a line against regexes, Markdown": ("docs/line.md", _text(f"# {REGEX}\n\n{'[' * 50_000}{'*a_' * 50_000}\n")),
    "a line against regexes, shell": ("docs/shell.md", _text(f"# Deploy\n\n```bash\ncurl {REGEX}\n```\n")),
    "a line against regexes, YAML": ("infra/line.yaml", _text(f'a: "{REGEX}"\n')),
    "a line against regexes, Dockerfile": ("Dockerfile.line", _text(f"FROM x:1\nRUN {REGEX}\n")),
    "a line against regexes, .env": (".env", _text(f"A={REGEX}\n")),
}  # fmt: skip


def audited(root: Path, folder: Path) -> dict[str, str]:
    """What the report says of files that were not read; the audit itself comes out whole and unharmed."""
    out = folder / "out.json"
    line = [sys.executable, "-P", "-m", "pytest_readiness", str(root), f"--readiness-report=json:{out}"]
    done = subprocess.run(line, capture_output=True, text=True, timeout=BUDGET, check=False)
    assert done.returncode in (0, 1), done.stdout[-2000:] + done.stderr[-2000:]
    report = json.loads(out.read_text("utf-8"))
    checks = [check for audit in report["audit_results"] for check in audit["checks"]]
    assert [c["id"] + c["details"] for c in checks if c["status"] == "error"] == []
    assert report["partial"] == ""
    return {file["path"]: file["note"] for file in report["not_read"]}


def copied(folder: Path) -> Path:
    """A copy of the ready repository."""
    return Path(shutil.copytree(READY, folder / "repo"))


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and links")
def test_bad_files_are_named_with_the_reason(tmp_path: Path) -> None:
    root = copied(tmp_path)
    for path, make, _ in BAD.values():
        (root / path).parent.mkdir(exist_ok=True)
        make(root / path)
    found = audited(root, tmp_path)
    missed = {
        p: (why, found.get(p)) for p, _, why in BAD.values() if not any(w in found.get(p, "") for w in why.split("|"))
    }
    assert missed == {}


def test_files_that_are_only_unusual_hold_nobody_up(tmp_path: Path) -> None:
    root = copied(tmp_path)
    for path, make in UNNAMED.values():
        make(root / path)
    assert audited(root, tmp_path) == {}
