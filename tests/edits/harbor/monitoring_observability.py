"""Edits of Harbor for the checks of monitoring_observability."""

from __future__ import annotations

from tests.edits.model import Edit, Pair

SRC = "src/harbor"
LOGGING = "monitoring_observability.logging"
USAGE_FILE = f"{SRC}/llm/usage.py"

PAIRS: dict[str, Pair] = {
    f"{LOGGING}.structured_logging": Pair(
        [Edit(f"{SRC}/logs.py", "return json.dumps(entry)", 'return " ".join(f"{k}={v}" for k, v in entry.items())')],
        [Edit(f"{SRC}/logs.py", "return json.dumps(entry)", "line = json.dumps(entry, default=str)\n        return line")],
    ),
    f"{LOGGING}.trace_ids_present": Pair(
        [Edit(f"{SRC}/logs.py", '            "request_id": request_id.get(),\n', "")],
        [Edit(f"{SRC}/logs.py", '"request_id": request_id.get()', '"trace_id": request_id.get()')],
    ),
    f"{LOGGING}.tenant_id_logged": Pair(
        [Edit(USAGE_FILE, '{"tenant_id": tenant_id.get(), "model": model', '{"model": model')],
        [Edit(USAGE_FILE, "extra=used", "extra=dict(used)")],
        also=[f"{LOGGING}.cost_logged"],
    ),
    f"{LOGGING}.cost_logged": Pair(
        [Edit(USAGE_FILE, '"cost_usd": cost}', '"price": price_in}')],
        [Edit(USAGE_FILE, '"cost_usd": cost}', '"cost_usd": round(cost, 6)}')],
    ),
}  # fmt: skip
