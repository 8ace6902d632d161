"""Result files of runs: load tests, benchmarks, scrapes. The rule is the catalogue's (`result_file`, `fresh`)."""

from pytest_readiness.repo.results.model import Results
from pytest_readiness.repo.results.rows import Kind, Row
from pytest_readiness.repo.results.runs import Run

__all__ = ["Kind", "Results", "Row", "Run"]
