"""What counts as a live look at something: I/O of client libraries, readings of the host, states of tasks."""

from __future__ import annotations

from enum import StrEnum


class Look(StrEnum):
    """A kind of live look."""

    CLIENT = "client"
    READING = "reading"
    TASK = "task"


CLIENTS = frozenset(
    {
        "redis", "aioredis", "coredis", "aiocache", "pymemcache", "aiomcache", "memcache", "sqlalchemy", "databases",
        "sqlmodel", "tortoise", "peewee", "psycopg", "psycopg2", "psycopg_pool", "asyncpg", "aiopg", "pymysql",
        "aiomysql", "mysql", "aiosqlite", "sqlite3", "pymongo", "motor", "beanie", "mongoengine", "cassandra",
        "neo4j", "boto3", "aioboto3", "aiobotocore", "botocore", "aws_xray_sdk", "httpx", "aiohttp", "requests",
        "urllib3", "niquests", "openai", "anthropic", "cohere", "mistralai", "groq", "litellm", "ollama", "vertexai",
        "qdrant_client", "weaviate", "pinecone", "chromadb", "pymilvus", "opensearchpy", "elasticsearch",
        "elasticsearch_dsl", "meilisearch", "typesense", "supabase", "firebase_admin", "kafka", "aiokafka",
        "confluent_kafka", "pika", "aio_pika", "nats", "celery", "kombu", "hvac", "consul", "etcd3", "kazoo",
        "kubernetes", "docker", "grpc", "stripe", "minio", "paramiko", "ldap3", "smtplib", "aiosmtplib", "ftplib",
        "socket", "telnetlib", "imaplib", "django", "flask_sqlalchemy", "clickhouse_connect", "clickhouse_driver",
        "snowflake", "influxdb_client", "zmq", "websockets", "livekit",
    }
)  # fmt: skip
"""Packages whose objects talk to something over a network, or to a database."""
DOTTED = (
    "google.cloud.", "google.generativeai.", "google.genai.", "azure.", "urllib.request.", "http.client.",
    "asyncio.open_connection", "asyncio.open_unix_connection", "django.db.", "langchain_",
)  # fmt: skip
_MAKERS = frozenset(
    {
        "from_url", "client", "resource", "create_engine", "create_async_engine", "sessionmaker",
        "async_sessionmaker", "scoped_session", "session", "get_session", "Session", "create_client",
        "acreate_client", "create_pool", "text", "select", "configure", "close", "aclose", "dispose", "wait_closed",
        "insert", "update", "func", "begin_nested", "stub", "insecure_channel", "secure_channel", "getLogger",
        "get_database", "get_collection", "collection", "with_options", "add", "cursor", "model_dump", "to_dict",
        "json", "raise_for_status", "fetchone", "fetchall", "scalar", "scalars", "scalar_one", "first", "all",
        "decode", "strip", "lower", "append", "items", "keys", "values", "begin", "connection", "acquire",
        "register_uuid", "setdefaulttimeout", "gethostname", "settimeout",
    }
)  # fmt: skip
"""Last names of calls that make or end a client, take an answer apart, or build a question: no I/O of their own."""
_TASKS = frozenset({"done", "cancelled", "exception", "poll", "is_alive", "is_running", "returncode", "exitcode"})
_PROCESSES = ("asyncio.Task.", "subprocess.Popen", "multiprocessing.", "threading.Thread", "asyncio.create_subprocess")
_READINGS = frozenset({"shutil.disk_usage", "os.getloadavg", "os.statvfs"})
NETWORK = frozenset({"httpx", "aiohttp", "requests", "urllib3", "niquests", "urllib", "socket", "websockets", "grpc"})
"""Packages that talk to any address: which service they reach, the address says."""


def look_of(origin: str) -> Look | None:
    """What kind of live look a call of this dotted name is; None for any other call."""
    last = origin.rpartition(".")[2]
    if origin.startswith("psutil."):
        return Look.TASK if last in _TASKS else Look.READING
    if origin in _READINGS:
        return Look.READING
    if last in _TASKS and origin.startswith(_PROCESSES):
        return Look.TASK
    return Look.CLIENT if is_io(origin) else None


def is_io(origin: str) -> bool:
    """Whether a call of this dotted name does I/O of a client library: not what only makes the client."""
    first, _, rest = origin.partition(".")
    known = first in CLIENTS or origin.startswith(DOTTED)
    last = rest.rpartition(".")[2]
    return known and bool(rest) and last not in _MAKERS and not last[:1].isupper() and not last.startswith("_")


def package_of(origin: str) -> str:
    """The client package that a dotted name belongs to; "" for none."""
    first = origin.partition(".")[0]
    if first in CLIENTS:
        return first
    found = next((d for d in DOTTED if origin.startswith(d)), "")
    return ".".join(origin.split(".")[:3]) if found else ""
