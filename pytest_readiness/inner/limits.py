"""What the machine allows: how many workers pay off, and where compiled checks are kept."""

from __future__ import annotations

import os
from pathlib import Path

MOST_WORKERS = 4
"""More do not pay: each parses the repository for itself."""
BYTES_PER_WORKER = 200_000_000


def worker_number() -> int | None:
    """Workers for `-n auto`: by processors, their quota and memory. None where the environment of xdist says."""
    if os.environ.get("PYTEST_XDIST_AUTO_NUM_WORKERS"):
        return None
    return max(1, min(MOST_WORKERS, processors(), available_memory() // BYTES_PER_WORKER))


def processors() -> int:
    """Processors that this process may use, those of its control group counted."""
    affinity = getattr(os, "sched_getaffinity", None)
    count = len(affinity(0)) if affinity else os.cpu_count() or 1
    return min(count, max(1, round(quota(Path("/sys/fs/cgroup/cpu.max"), count))))


def quota(file: Path, otherwise: int) -> float:
    """Processors that a control group grants, `otherwise` where it sets no limit."""
    try:
        granted, period = file.read_text("ascii").split()
        return int(granted) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return otherwise


def available_memory() -> int:
    """Bytes of memory that can be had now; a lot where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, IndexError, StopIteration):
        return MOST_WORKERS * BYTES_PER_WORKER


def cache_folder(root: Path, fallback: Path) -> Path:
    """Where compiled checks are kept between runs: the user's cache, unless it lies in the audited repository."""
    try:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        folder = base / "pytest-readiness" / "pyc"
        if base.is_absolute() and not folder.resolve().is_relative_to(root):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return folder
    except (OSError, RuntimeError):  # RuntimeError: a user without a home, a loop of links
        pass
    return fallback / "pyc"
