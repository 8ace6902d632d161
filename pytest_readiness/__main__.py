"""`python -P -m pytest_readiness [PATH] [options]`: the audit, never reading the repository's pytest settings."""

from __future__ import annotations

import sys

from pytest_readiness import launch

if __name__ == "__main__":
    sys.exit(launch.run(sys.argv[1:]))
