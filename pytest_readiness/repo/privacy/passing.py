"""Calls by name: those whose result holds what goes in, and those whose result tells nothing of it."""

from __future__ import annotations

HARMLESS = frozenset(
    {
        "all", "any", "blake2b", "bool", "count", "crc32", "digest", "hash", "hexdigest", "isinstance",
        "len", "md5", "sha1", "sha256", "sha512", "sum", "type", "uuid5",
    }
)  # fmt: skip
"""Calls whose result tells nothing of the person."""
PASSING = frozenset(
    {
        "_replace", "ascii", "bytes", "capitalize", "casefold", "copy", "decode", "deepcopy", "dict",
        "dumps", "encode", "enumerate", "format", "format_map", "frozenset", "items", "iter", "join",
        "list", "ljust", "loads", "lower", "lstrip", "model_copy", "model_dump", "model_dump_json", "next",
        "pformat", "replace", "repr", "reversed", "rjust", "rsplit", "rstrip", "set", "shorten", "sorted",
        "split", "splitlines", "str", "strip", "title", "to_dict", "tolist", "tuple", "upper", "values",
        "zip",
    }
)  # fmt: skip
"""Functions and methods whose result holds what goes in."""
