"""How records look: one JSON object a line, with the request that they belong to."""

import json
import logging

from harbor.context import request_id

FIELDS = ("tenant_id", "model", "tokens", "cost_usd")


class JsonFormatter(logging.Formatter):
    """Writes the message, where it comes from, and what the call of a model used."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "request_id": request_id.get(),
            "message": record.getMessage(),
        }
        entry |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry)
