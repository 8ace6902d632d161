"""Writes the list of what aws-cdk-lib offers: `python -m pytest_readiness.repo.cdk_listing WHEEL`.

The wheel is read, not imported: every package's `__all__` becomes one line, `module name name ...`.
"""

from __future__ import annotations

import ast
import lzma
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

TARGET = Path(__file__).with_name("aws_cdk_names.txt.xz")


def lines(wheel: zipfile.ZipFile) -> Iterator[str]:
    """One line for each package of the wheel that says what it offers."""
    for path in sorted(wheel.namelist()):
        if path.startswith("aws_cdk/") and path.endswith("/__init__.py"):
            names = sorted(offered(ast.parse(wheel.read(path))))
            if names:
                yield " ".join([path.removesuffix("/__init__.py").replace("/", "."), *names])


def offered(tree: ast.Module) -> Iterator[str]:
    """The names in a module's `__all__`."""
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__all__":
            yield from ast.literal_eval(statement.value)


def main(wheel: str) -> None:
    """Writes the list for a wheel; its version stands in the first line."""
    version = Path(wheel).name.split("-")[1]
    with zipfile.ZipFile(wheel) as opened:
        text = "\n".join([f"# aws-cdk-lib {version}", *lines(opened)])
    TARGET.write_bytes(lzma.compress(text.encode(), preset=9))


if __name__ == "__main__":
    main(sys.argv[1])
