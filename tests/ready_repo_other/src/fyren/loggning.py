"""Logging is set up once, before anything else: JSON, masked, with the request and the tenant."""

import logging

from pythonjsonlogger.json import JsonFormatter

from fyren.maskning import mask
from fyren.sammanhang import request_id, tenant_id


class ContextFilter(logging.Filter):
    """Puts the request's ids into each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id, record.tenant_id = request_id.get(), tenant_id.get()
        return True


class MaskingJsonFormatter(JsonFormatter):
    """JSON without personal data."""

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))


def configure(level: str) -> None:
    """One handler on the root logger."""
    handler = logging.StreamHandler()
    handler.setFormatter(MaskingJsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s %(tenant_id)s"))
    handler.addFilter(ContextFilter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
