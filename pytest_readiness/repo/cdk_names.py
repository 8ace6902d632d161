"""Which names does aws_cdk offer? A list of what a recent aws-cdk-lib exports (`cdk_listing` writes it)."""

from __future__ import annotations

import lzma
from functools import cache
from pathlib import Path

_LIST = Path(__file__).with_name("aws_cdk_names.txt.xz")


@cache
def names() -> dict[str, frozenset[str]]:
    """Module (`aws_cdk.aws_cloudwatch`) -> the classes that it exports."""
    rows = (line.split() for line in lzma.decompress(_LIST.read_bytes()).decode().splitlines()[1:])
    return {module: frozenset(exported) for module, *exported in rows}


def exists(dotted: str) -> bool:
    """Whether `aws_cdk.aws_sns.Topic` (or a member of it) can be there; other packages (`*_alpha`) are taken as is.

    What a class has inside is not known: only its own name is looked up.
    """
    parts = dotted.split(".")
    known = names()
    for cut in range(len(parts) - 1, 0, -1):
        module = ".".join(parts[:cut])
        if module in known:
            return parts[cut] in known[module] or parts[cut].endswith("_alpha")
    return True
