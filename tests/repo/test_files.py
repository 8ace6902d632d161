"""Which files a repository has, what their text is, and that looking at them runs nothing and leaves nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_readiness.repo import Repo, git
from pytest_readiness.repo.files import TEXT_LIMIT, Files

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="links, pipes and permissions of POSIX")


def run(folder: Path, *command: str) -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    env |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(command, cwd=folder, env=env, check=True, capture_output=True, timeout=60)


def committed(folder: Path, *names: str) -> Path:
    """A git repository with these files, each holding its name."""
    folder.mkdir(exist_ok=True)
    write(folder, *names)
    run(folder, "git", "init", "-q", "-b", "main")
    run(folder, "git", "add", "-A")
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    run(folder, "git", *identity, "commit", "-q", "-m", "first", "--allow-empty")
    return folder


def write(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(os.fsencode(name))
    return folder


# What git lists


@needs_git
def test_tracked_and_new_files_count_and_ignored_ones_do_not(tmp_path: Path) -> None:
    committed(tmp_path, "a.py", "b/c.py", ".gitignore")
    (tmp_path / ".gitignore").write_text("*.log\nkept.py\n")
    write(tmp_path, "new.py", "x.log", "kept.py", "node_modules/x.js", "venv/x.py")
    (tmp_path / "a.py").unlink()
    assert Files(tmp_path).paths == (".gitignore", "b/c.py", "new.py")


@needs_git
def test_a_folder_of_a_larger_repository(tmp_path: Path) -> None:
    committed(tmp_path, "outside.py", "app/a.py", "app/b/c.py")
    files = Files(tmp_path / "app")
    assert files.paths == ("a.py", "b/c.py")
    assert not files.exists("../outside.py")
    assert files.data("../outside.py") is None
    assert git.dirty(tmp_path / "app") is False
    write(tmp_path, "outside2.py")
    assert git.dirty(tmp_path / "app") is False
    write(tmp_path, "app/new.py")
    assert git.dirty(tmp_path / "app") is True


@needs_git
def test_a_folder_that_an_outer_repository_ignores(tmp_path: Path) -> None:
    committed(tmp_path, "a.py")
    (tmp_path / ".gitignore").write_text("build/\n")
    write(tmp_path, "build/work/b.py")
    assert Files(tmp_path / "build/work").paths == ("b.py",)


@needs_git
def test_a_sparse_checkout_knows_what_it_leaves_out(tmp_path: Path) -> None:
    committed(tmp_path, "app/a.py", "lib/b.py", "gone.py")
    (tmp_path / "app/a.py").write_text("from lib.b import x\n")
    run(
        tmp_path,
        "git",
        "-c",
        "core.sparseCheckoutCone=false",
        "sparse-checkout",
        "set",
        "--no-cone",
        "/app/",
        "/gone.py",
    )
    (tmp_path / "gone.py").unlink()
    repo = Repo(tmp_path)
    assert repo.files.paths == ("app/a.py",)
    assert repo.files.not_checked_out == {"lib/b.py"}
    assert repo.imports.loadable(repo.modules["app/a.py"])


@needs_git
def test_a_submodule_is_another_repository(tmp_path: Path) -> None:
    committed(tmp_path / "inner", "x.py")
    committed(tmp_path / "outer", "a.py")
    add = ("submodule", "--quiet", "add", str(tmp_path / "inner"), "sub")
    run(tmp_path / "outer", "git", "-c", "protocol.file.allow=always", *add)
    committed(tmp_path / "outer/nested", "y.py")
    assert Files(tmp_path / "outer").paths == (".gitmodules", "a.py")
    assert git.dirty(tmp_path / "outer") is True


@needs_git
def test_commit_and_state(tmp_path: Path) -> None:
    committed(tmp_path, "a.py")
    assert len(git.head(tmp_path) or "") == 40
    assert git.dirty(tmp_path) is False
    (tmp_path / "a.py").write_text("other")
    assert git.dirty(tmp_path) is True


# Where git cannot tell


def test_without_git_hidden_folders_count(tmp_path: Path) -> None:
    write(tmp_path, ".github/workflows/ci.yml", ".env", "a/.b/c")
    assert Files(tmp_path).paths == (".env", ".github/workflows/ci.yml", "a/.b/c")


def test_without_git_every_gitignore_counts(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "b/c.py", "b/d.log", "b/e/f.log", "b/e/keep.log", "build/x.py", ".git/x.py", "venv/x.py")
    write(tmp_path, "b/build/y.py")
    (tmp_path / ".gitignore").write_text("*.log\n/build/\n# comment\n\n")
    (tmp_path / "b/e/.gitignore").write_text("!keep.log\n")
    listed = Files(tmp_path).paths
    assert listed == (".gitignore", "a.py", "b/build/y.py", "b/c.py", "b/e/.gitignore", "b/e/keep.log")


@needs_git
@pytest.mark.parametrize("content", ["nonsense", "gitdir: /nowhere", "gitdir: .", ""])
def test_a_broken_git_file(tmp_path: Path, content: str) -> None:
    write(tmp_path, "a.py")
    (tmp_path / ".git").write_text(content)
    assert Files(tmp_path).paths == ("a.py",)
    assert (git.head(tmp_path), git.dirty(tmp_path)) == (None, None)


def test_git_is_not_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.py", "b/c.py")
    monkeypatch.setenv("PATH", "")
    assert Files(tmp_path).paths == ("a.py", "b/c.py")
    assert git.head(tmp_path) is None


@needs_git
@needs_posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_git_refuses_somebody_elses_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    committed(tmp_path / "repo", "a.py")
    for path in (tmp_path / "repo", *(tmp_path / "repo").rglob("*")):
        os.chown(path, 12345, 12345)
    assert Files(tmp_path / "repo").paths == ("a.py",)
    assert git.head(tmp_path / "repo") is None


def test_a_program_named_git_in_the_repository_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "bin/git", "a.py")
    (tmp_path / "bin/git").write_text("#!/bin/sh\ntouch mark\n")
    (tmp_path / "bin/git").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", os.pathsep.join([f"{tmp_path}/bin", "bin", "", os.environ["PATH"]]))
    assert git.listed_files(tmp_path) is None or not (tmp_path / "mark").exists()
    assert not (tmp_path / "mark").exists()


HOSTILE_SETTINGS = {
    "fsmonitor": "[core]\n\tfsmonitor = {program}\n",
    "hooks": "[core]\n\thooksPath = hooks\n",
    "filter": "[filter \"x\"]\n\tclean = {program}\n\tsmudge = {program}\n\tprocess = {program}\n",
    "textconv": "[diff \"x\"]\n\ttextconv = {program}\n\tcommand = {program}\n",
    "pager": "[core]\n\tpager = {program}\n\teditor = {program}\n\tsshCommand = {program}\n",
    "work tree": "[core]\n\tworktree = {outside}\n",
    "included": "[include]\n\tpath = ../evil\n",
    "work tree of its own": "[extensions]\n\tworktreeConfig = true\n",
    "fetch on demand": "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tpartialClone = origin\n"
    "[remote \"origin\"]\n\tpromisor = true\n\turl = ext::{program} %S\n[protocol \"ext\"]\n\tallow = always\n",
}  # fmt: skip


@needs_git
@needs_posix
@pytest.mark.parametrize("setting", HOSTILE_SETTINGS)
def test_the_repositorys_configuration_runs_nothing(tmp_path: Path, setting: str) -> None:
    root = committed(tmp_path / "repo", "a.py", ".gitattributes", "sub/.gitignore")
    write(tmp_path, "outside/secret.py")
    program, mark = tmp_path / "program", tmp_path / "mark"
    program.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n")
    program.chmod(0o755)
    text = HOSTILE_SETTINGS[setting].format(program=program, outside=tmp_path / "outside")
    (root / ".gitattributes").write_text("* filter=x diff=x\n")
    (root / ".git/config").write_text((root / ".git/config").read_text() + text)
    (root / "evil").write_text(HOSTILE_SETTINGS["filter"].format(program=program))
    (root / ".git/config.worktree").write_text(HOSTILE_SETTINGS["filter"].format(program=program))
    for hook in ("post-index-change", "fsmonitor-watchman", "pre-commit", "post-checkout"):
        (root / "hooks").mkdir(exist_ok=True)
        shutil.copy(program, root / "hooks" / hook)
        shutil.copy(program, root / ".git/hooks" / hook)
    if setting == "fetch on demand":
        shutil.rmtree(root / ".git/objects")
        (root / ".git/objects").mkdir()
    (root / "a.py").write_text("b.py")  # of the same size: git must look into it
    files = Files(root)
    assert "a.py" in files.paths
    assert [files.text(p) is not None for p in files.paths] == [True] * len(files.paths)
    assert not any("secret" in p for p in files.paths)
    git.head(root)
    git.dirty(root)
    assert not mark.exists()


# What is no file of the repository


@needs_posix
@pytest.mark.parametrize("with_git", [pytest.param(True, marks=needs_git), False])
def test_links_pipes_and_folders_are_no_files(tmp_path: Path, with_git: bool) -> None:
    write(tmp_path, "outside/secret.py", "repo/real/a.py")
    root = tmp_path / "repo"
    (root / "link.py").symlink_to(root / "real/a.py")
    (root / "out.py").symlink_to(tmp_path / "outside/secret.py")
    (root / "folder").symlink_to(root / "real")
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "loop").symlink_to(root)
    (root / "broken.py").symlink_to(root / "nowhere")
    if with_git:
        committed(root)
        run(root, "git", "rm", "-q", "--cached", "folder")
    os.mkfifo(root / "pipe.py")
    files = Files(root)
    assert files.paths == ("real/a.py",)
    assert files.exists("real")
    assert [files.text(p) for p in ("link.py", "out/secret.py", "folder/a.py", "pipe.py")] == [None] * 4


@needs_posix
def test_a_file_that_becomes_a_link_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path, "secret", "repo/a.py", "repo/b.py")
    files = Files(tmp_path / "repo")
    assert files.paths == ("a.py", "b.py")
    (tmp_path / "repo/a.py").unlink()
    (tmp_path / "repo/a.py").symlink_to(tmp_path / "secret")
    (tmp_path / "repo/b.py").unlink()
    os.mkfifo(tmp_path / "repo/b.py")
    assert files.text("a.py") is None
    assert not files.text("b.py")


@needs_posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "b/c.py")
    (tmp_path / "a.py").chmod(0)
    files = Files(tmp_path)
    assert files.text("a.py") is None
    assert files.unread == {"a.py": "Permission denied"}
    assert Repo(tmp_path).modules.keys() == {"b/c.py"}


def test_odd_names(tmp_path: Path) -> None:
    names = ["with space.py", "new\nline.py", "ünïcode.py", "-dash.py", "a'b\"c.py", "*.py", "b/#x.py"]
    names += [os.fsdecode(b"latin-\xe9.py")] if sys.platform == "linux" else []
    write(tmp_path, *names)
    assert set(Files(tmp_path).paths) == set(names)
    if shutil.which("git"):
        committed(tmp_path)
        assert set(Files(tmp_path).paths) == set(names)
    assert set(Repo(tmp_path).modules) == set(names)
    assert set(Files(tmp_path).matching("*.py")) == set(names)


# Text


TEXTS = {
    "utf-8": ("å".encode(), "å"),
    "utf-8 with a mark": (b"\xef\xbb\xbfx", "x"),
    "utf-16": ("å".encode("utf-16"), "å"),
    "utf-16, other order": (b"\xfe\xff\x00\xe5", "å"),
    "latin-1": (b"caf\xe9", "café"),
    "windows-1252": (b"\x93x\x94", "“x”"),
    "empty": (b"", ""),
    "zero byte": (b"a\0b", None),
    "too large": (b"x" * (TEXT_LIMIT + 1), None),
    "as large as may be": (b"x" * TEXT_LIMIT, "x" * TEXT_LIMIT),
}


@pytest.mark.parametrize(("data", "text"), TEXTS.values(), ids=TEXTS)
def test_text(tmp_path: Path, data: bytes, text: str | None) -> None:
    (tmp_path / "a.txt").write_bytes(data)
    files = Files(tmp_path)
    assert files.text("a.txt") == text
    assert bool(files.unread) is (text is None)


SOURCES = {
    "utf-8": ("x = 'å'".encode(), ""),
    "declared latin-1": (b"# -*- coding: latin-1 -*-\nx = '\xe9'", ""),
    "mark": (b"\xef\xbb\xbfx = 1", ""),
    "undeclared latin-1": (b"x = '\xe9'", "SyntaxError"),
    "unknown encoding": (b"# coding: nonsense\nx = 1", "SyntaxError"),
    "zero byte": (b"x = 1\0", "SyntaxError: source code cannot contain null bytes"),
    "utf-16": ("x = 1".encode("utf-16"), "SyntaxError"),
}


@pytest.mark.parametrize(("data", "problem"), SOURCES.values(), ids=SOURCES)
def test_source(tmp_path: Path, data: bytes, problem: str) -> None:
    (tmp_path / "a.py").write_bytes(data)
    repo = Repo(tmp_path)
    site = repo.imports.problem(repo.modules["a.py"])
    assert (site.note if site else "").startswith(problem)
    assert bool(site) is bool(problem)
    assert [m.path for m in repo.product] == ([] if problem else ["a.py"])
