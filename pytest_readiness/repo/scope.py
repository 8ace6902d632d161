"""Product code: which Python files are the system itself. The union of the exclusions of all categories."""

from __future__ import annotations

import re
from functools import cached_property

from pathspec import GitIgnoreSpec

from pytest_readiness.settings import Settings

_OTHER_FOLDER = re.compile(
    r"^(tests?|testing|examples?|scripts|demos?|demo[_-].*|.*[_-]demos?|migrations?|node_modules|\.?venv|build|dist|\..+)$"
)
_OTHER_FILE = re.compile(r"^(test_.*|.*_test|conftest|example.*)\.py$")
_TEST_FOLDER = re.compile(r"^tests?$|^testing$")


class Scope:
    """Sorts paths into product code, tests and the rest."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def _excluded(self) -> GitIgnoreSpec:
        return GitIgnoreSpec.from_lines(self._settings.exclude)

    def excluded(self, path: str) -> bool:
        """Switched off by the setting `exclude` (the audit tool's own folders, vendored code)."""
        return self._excluded.match_file(path)

    def is_test(self, path: str) -> bool:
        """Test code: test_*.py, *_test.py, conftest.py or anything in a folder named test or tests."""
        *folders, name = path.split("/")
        if re.match(r"^(test_.*|.*_test|conftest)\.py$", name):
            return True
        return any(_TEST_FOLDER.match(f) for f in folders)

    def is_iac(self, path: str) -> bool:
        """Below the folder of infrastructure code."""
        return path.startswith(self._settings.paths.iac.rstrip("/") + "/")

    def is_product(self, path: str) -> bool:
        """Part of the system: neither test, demo, script, migration, example, infrastructure code nor excluded."""
        *folders, name = path.split("/")
        if not name.endswith(".py") or _OTHER_FILE.match(name) or self.is_iac(path) or self.excluded(path):
            return False
        return not any(_OTHER_FOLDER.match(f) for f in folders)
