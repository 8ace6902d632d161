"""Fragments of services and their logging set-ups."""

JSON_FORMATTER = """
import json
import logging

class JsonFormatter(logging.Formatter):
    def format(self, record):
        entry = {"level": record.levelname, "logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry)
"""
ON_ROOT = """
def set_up_logging():
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers.clear()
    root.addHandler(handler)
"""
LOGS = JSON_FORMATTER + ON_ROOT
"""A module with a JSON formatter and the function that puts it on the root logger."""

LIFESPAN_APP = """
from contextlib import asynccontextmanager

from fastapi import FastAPI

from logs import set_up_logging

@asynccontextmanager
async def lifespan(app):
    set_up_logging()
    yield

app = FastAPI(lifespan=lifespan)
"""
TEXT_APP = """
import logging

from fastapi import FastAPI

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
app = FastAPI()
"""
REQUEST_ID = """
from contextvars import ContextVar

request_id = ContextVar("request_id", default=None)
"""
MIDDLEWARE = """
from uuid import uuid4

from starlette.middleware.base import BaseHTTPMiddleware

from ids import request_id

class RequestIds(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        request_id.set(request.headers.get("x-request-id") or str(uuid4()))
        return await call_next(request)
"""
EMITTING = LOGS.replace("import logging\n", "import logging\n\nfrom ids import request_id\n").replace(
    '"message": record.getMessage()}', '"message": record.getMessage(), "request_id": request_id.get()}'
)
"""The set-up whose formatter writes the request's id."""
TRACED_APP = LIFESPAN_APP.replace("from logs import", "from middleware import RequestIds\nfrom logs import") + (
    "app.add_middleware(RequestIds)\n"
)
TRACED = {"ids.py": REQUEST_ID, "logs.py": EMITTING, "middleware.py": MIDDLEWARE, "app.py": TRACED_APP}
"""A service in which each record carries the request's id."""


QUART = """
import logging
from pythonjsonlogger.json import JsonFormatter
from quart import Quart

app = Quart(__name__)

@app.before_serving
async def start():
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter("%(message)s"))
    logging.basicConfig(handlers=[handler])
"""
PROCESSOR_FORMATTER = """
import structlog, logging
from fastapi import FastAPI

def configure(level):
    handler = logging.StreamHandler()
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()]))
    for old in logging.root.handlers[:]:
        logging.root.removeHandler(old)
    logging.root.addHandler(handler)

configure('INFO')
app = FastAPI()
"""
POWERTOOLS = """
from aws_lambda_powertools import Logger
from fastapi import FastAPI
from mangum import Mangum

logger = Logger(service="orders")
app = FastAPI()
handler = Mangum(app)
"""
SERVER = """
import uvicorn

from app import app
from logs import set_up_logging

def main():
    set_up_logging()
    uvicorn.run(app, log_config=None)

if __name__ == "__main__":
    main()
"""
LOGURU = """
import sys
from fastapi import FastAPI
from loguru import logger

logger.remove()
logger.add(sys.stdout, serialize=True)
app = FastAPI()
"""
CORRELATION_APP = """
from asgi_correlation_id import CorrelationIdMiddleware
from fastapi import FastAPI
from logs import configure

configure()
app = FastAPI()
app.add_middleware(CorrelationIdMiddleware)
"""
CORRELATION_LOGS = """
from logging.config import dictConfig

def configure():
    dictConfig({
        "version": 1,
        "filters": {"id": {"()": "asgi_correlation_id.CorrelationIdFilter"}},
        "formatters": {"text": {"format": "%(levelname)s [%(correlation_id)s] %(message)s"}},
        "handlers": {"out": {"class": "logging.StreamHandler", "filters": ["id"], "formatter": "text"}},
        "root": {"handlers": ["out"]},
    })
"""
INSTRUMENTED = """
import logging
from fastapi import FastAPI
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.instrumentation.logging import LoggingInstrumentor

LoggingInstrumentor().instrument(set_logging_format=True)
app = FastAPI()
FastAPIInstrumentor.instrument_app(app)
"""
FLASK_IDS = """
import logging
from flask import Flask, g, has_request_context, request
from pythonjsonlogger.jsonlogger import JsonFormatter

class Ids(logging.Filter):
    def filter(self, record):
        record.trace_id = g.get("trace_id") if has_request_context() else None
        return True

handler = logging.StreamHandler()
handler.setFormatter(JsonFormatter())
handler.addFilter(Ids())
logging.getLogger().addHandler(handler)
app = Flask(__name__)

@app.before_request
def keep():
    g.trace_id = request.headers.get("traceparent")
"""
TRACING = """
from fastapi import FastAPI
from middleware import RequestIds

def trace(app):
    app.add_middleware(RequestIds)
"""
FACTORY = """
old_factory = logging.getLogRecordFactory()

def factory(*args, **options):
    record = old_factory(*args, **options)
    record.request_id = request_id.get()
    return record

def set_up_logging():
    logging.setLogRecordFactory(factory)
"""


def changed(files: dict[str, str], path: str, old: str, new: str) -> dict[str, str]:
    """The files with one text replaced in one of them."""
    assert old in files[path], f"{path} does not hold {old!r}"
    return files | {path: files[path].replace(old, new)}
