"""Serial and parallel audits of a real tree agree to the byte, but for times."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from pytest_readiness.models import Status
from tests.edits.model import pairs_of

READY = Path(__file__).parent.parent / "ready_repo"
TIMES = {"duration_s", "generated_at", "timestamp"}


def timeless(value: Any) -> Any:
    """The same data without its times."""
    if isinstance(value, dict):
        return {key: timeless(item) for key, item in value.items() if key not in TIMES}
    return [timeless(item) for item in value] if isinstance(value, list) else value


def audited(root: Path, report: Path, *options: str) -> str:
    """The JSON report of an audit, without its times, as text."""
    line = [sys.executable, "-P", "-m", "pytest_readiness", str(root), f"--readiness-report=json:{report}", *options]
    done = subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    return json.dumps(timeless(json.loads(report.read_text("utf-8"))))


def test_serial_and_parallel_audits_agree(tmp_path: Path) -> None:
    root = tmp_path / "repo"
    shutil.copytree(READY, root)
    broken = [
        "security_compliance.api_key_security.no_hardcoded_keys",
        "llm_integration.fallback_logic.fallback_tested",
    ]
    pairs = pairs_of("harbor")
    for edit in (edit for name in broken for edit in pairs[name].falls):
        edit.apply(root)
    reports = {n: audited(root, tmp_path / f"{n}.json", f"-n{n}") for n in (0, 2)}
    assert len(set(reports.values())) == 1
    checks = [check for audit in json.loads(reports[0])["audit_results"] for check in audit["checks"]]
    assert {check["id"] for check in checks if check["status"] == Status.FAIL} == {
        *broken,
        *(check for name in broken for check in pairs[name].also),
    }
