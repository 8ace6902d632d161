"""Where the data folders lie that come with the package."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def data_dir(name: str) -> Path:
    """The folder `checks` or `report_templates`: inside the package when installed, beside it in a checkout."""
    bundled, beside = _HERE / "_bundled" / name, _HERE.parent / name
    if bundled.is_dir():
        return bundled
    if beside.is_dir() and (_HERE.parent / "pyproject.toml").is_file():
        return beside
    raise RuntimeError(f"pytest-readiness is installed without its folder '{name}'; install it again")
