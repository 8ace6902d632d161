"""What every record of a request carries."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="-")
tenant_id: ContextVar[str] = ContextVar("tenant_id", default="-")
