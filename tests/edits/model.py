"""Edits of the ready trees: for each check one that must make it fall, and one that only looks as if it should."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path


@dataclass(frozen=True)
class Edit:
    """Replace `old` by `new` in a file; no `old` creates the file, no `new` deletes it."""

    path: str
    old: str | None = None
    new: str | None = None

    def apply(self, root: Path) -> None:
        """Change the copy of the tree at root; text that is not there is an error of the test."""
        file = root / self.path
        if self.old is None:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(self.new or "", "utf-8")
        elif self.new is None:
            file.unlink()
        else:
            text = file.read_text("utf-8")
            assert self.old in text, f"{self.path} does not hold {self.old!r}"
            file.write_text(text.replace(self.old, self.new), "utf-8")


@dataclass(frozen=True)
class Pair:
    """What must make a check fall, what must not, and which other checks rest on the same fact."""

    falls: Sequence[Edit]
    holds: Sequence[Edit]
    also: Sequence[str] = ()
    alone: bool = False
    """Its defect is tried alone: defects of other checks would hide it, or make more of it."""


def pairs_of(tree: str) -> dict[str, Pair]:
    """Check id -> its edits on the tree: the PAIRS of every module of the folder of that name beside this file."""
    folder = Path(__file__).parent / tree
    modules = [import_module(f"tests.edits.{tree}.{file.stem}") for file in sorted(folder.glob("*.py"))]
    found = [pair for module in modules for pair in module.PAIRS.items()]
    assert len(dict(found)) == len(found), "a check has its edits twice"
    return dict(found)


def batches(pairs: Mapping[str, Pair], falls: bool) -> list[list[str]]:
    """The checks in groups whose defects (or lookalikes) touch no file and concern no check in common.

    What touches nothing in common can be tried at once.
    """
    found: list[tuple[set[str], list[str]]] = []
    alone: list[list[str]] = []
    for check, pair in sorted(pairs.items()):
        touched = {edit.path for edit in (pair.falls if falls else pair.holds)} | {check, *pair.also}
        if falls and pair.alone:
            alone.append([check])
            continue
        free = next((batch for batch in found if not batch[0] & touched), None)
        if free is None:
            found.append((touched, [check]))
        else:
            free[0].update(touched)
            free[1].append(check)
    return [*(checks for _, checks in found), *alone]
