"""Logging set-ups: what makes records structured, when it runs, what every record carries."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from pytest_readiness.repo import Repo
from pytest_readiness.repo.logs.slots import is_trace_key

HEAD = "import json, logging, sys\nimport logging.config\nfrom fastapi import FastAPI\n"
ROOT = "root = logging.getLogger()\n"


def repo_of(folder: Path, files: dict[str, str]) -> Repo:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), "utf-8")
    return Repo(folder)


def structured(folder: Path, files: dict[str, str]) -> list[bool]:
    repo = repo_of(folder, files)
    return [repo.logging.structured(s).ok for s in repo.logging.services]


FORMATTERS = {
    "orjson, decoded": "def format(self, record):\n    return orjson.dumps({'m': record.getMessage()}).decode()",
    "a line end added": "def format(self, record):\n    return json.dumps(vars(record), default=str) + '\\n'",
    "through a local and a helper": (
        "def entry(self, record):\n    return {'m': record.msg}\n"
        "def format(self, record):\n    line = json.dumps(self.entry(record))\n    return line"
    ),
    "another text after an exception": (
        "def format(self, record):\n    try:\n        return json.dumps(record.__dict__)\n"
        "    except TypeError:\n        return str(record)"
    ),
    "a helper that dumps": (
        "def dump(self, entry):\n    return json.dumps(entry)\n"
        "def format(self, record):\n    return self.dump({'m': record.msg})"
    ),
    "parts replaced": (
        "def format(self, record):\n    return re.sub('[0-9]{6}', '***', json.dumps(vars(record), default=str))"
    ),
    "a helper that replaces parts of what it is given": (
        "def mask(self, text):\n    for pattern in self.patterns:\n        text = pattern.sub('***', text)\n"
        "    return text\ndef format(self, record):\n    return self.mask(json.dumps(vars(record), default=str))"
    ),
    "a pydantic model": "def format(self, record):\n    return Line(text=record.msg).model_dump_json()",
}
TEXTS = {
    "JSON in a part of the text": (
        "def format(self, record):\n    return record.levelname + ' ' + json.dumps(record.args)"
    ),
    "something that is no record": "def format(self, record):\n    return json.dumps({'a': 1})",
    "only where it is asked for": (
        "def format(self, record):\n    if self.debug:\n        return json.dumps(record.msg)\n"
        "    return super().format(record)"
    ),
    "a helper that keeps nothing of it": (
        "def short(self, text):\n    return self.name\n"
        "def format(self, record):\n    return self.short(json.dumps(vars(record), default=str))"
    ),
    "parts of plain text replaced": (
        "def format(self, record):\n    return re.sub('[0-9]{6}', '***', super().format(record))"
    ),
    "nothing of its own": "pass",
}


def with_formatter(body: str) -> str:
    inner = textwrap.indent(body, "    ")
    return (
        f"{HEAD}import orjson, re\nclass Own(logging.Formatter):\n{inner}\n"
        f"handler = logging.StreamHandler()\nhandler.setFormatter(Own())\n{ROOT}root.addHandler(handler)\n"
        f"app = FastAPI()\n"
    )


@pytest.mark.parametrize("kind", FORMATTERS)
def test_formatters_that_write_json(kind: str, tmp_path: Path) -> None:
    assert structured(tmp_path, {"app.py": with_formatter(FORMATTERS[kind])}) == [True]


@pytest.mark.parametrize("kind", TEXTS)
def test_formatters_that_write_text(kind: str, tmp_path: Path) -> None:
    assert structured(tmp_path, {"app.py": with_formatter(TEXTS[kind])}) == [False]


JSON = "from pythonjsonlogger.json import JsonFormatter\n"
SETUPS = {
    "in a loop over the root's handlers": (
        f"{JSON}logging.basicConfig()\nfor h in logging.getLogger().handlers:\n    h.setFormatter(JsonFormatter())\n"
    ),
    "on the first handler": f"{JSON}logging.basicConfig()\nlogging.root.handlers[0].setFormatter(JsonFormatter())\n",
    "a new list of handlers": (
        f"{JSON}h = logging.StreamHandler()\nh.setFormatter(JsonFormatter())\nlogging.getLogger().handlers = [h]\n"
    ),
    "in a loop over handlers of its own": (
        f"{JSON}{ROOT}for h in (logging.StreamHandler(), logging.FileHandler('x')):\n"
        "    h.setFormatter(JsonFormatter())\n    root.addHandler(h)\n"
    ),
    "a handler from a function": (
        f"{JSON}def out():\n    h = logging.StreamHandler(sys.stdout)\n    h.setFormatter(JsonFormatter())\n"
        f"    return h\n"
        "logging.getLogger().addHandler(out())\n"
    ),
    "dictConfig by the class itself, the empty logger": (
        f"{JSON}logging.config.dictConfig({{'version': 1, 'formatters': {{'j': {{'()': JsonFormatter}}}},\n"
        "  'handlers': {'h': {'class': 'logging.StreamHandler', 'formatter': 'j'}},\n"
        "  'loggers': {'': {'handlers': ['h']}}})\n"
    ),
    "dictConfig put together": (
        "FORMATTERS = {'j': {'class': 'pythonjsonlogger.jsonlogger.JsonFormatter'}}\n"
        "BASE = dict(version=1, formatters=FORMATTERS)\n"
        "logging.config.dictConfig({**BASE, 'handlers': {'h': {'class': 'logging.StreamHandler', 'formatter': 'j'}},\n"
        "  'root': {'handlers': ['h']}})\n"
    ),
    "structlog, renderer chosen": (
        "import structlog\nrenderer = structlog.dev.ConsoleRenderer() if sys.stderr.isatty()"
        " else structlog.processors.JSONRenderer()\nstructlog.configure(processors=[renderer])\n"
    ),
    "structlog, own renderer": (
        "import structlog\ndef render(logger, name, event):\n    return json.dumps(event)\n"
        "processors = [structlog.processors.add_log_level]\nprocessors.append(render)\n"
        "structlog.configure(processors=processors)\n"
    ),
    "logfmt": "import structlog\nstructlog.configure(processors=[structlog.processors.LogfmtRenderer()])\n",
    "OpenTelemetry's handler": (
        f"from opentelemetry.sdk._logs import LoggingHandler\n{ROOT}root.addHandler(LoggingHandler())\n"
    ),
    "Google Cloud": "import google.cloud.logging\ngoogle.cloud.logging.Client().setup_logging()\n",
    "a handler that writes JSON itself": (
        "class Out(logging.Handler):\n    def emit(self, record):\n"
        "        print(json.dumps({'m': record.getMessage()}))\n"
        "logging.getLogger().addHandler(Out())\n"
    ),
}
NO_SETUPS = {
    "another logger": (
        f"{JSON}h = logging.StreamHandler()\nh.setFormatter(JsonFormatter())\nlogging.getLogger('a').addHandler(h)\n"
    ),
    "dictConfig without root": (
        "logging.config.dictConfig({'version': 1, 'formatters': {'j': {'()': 'pythonjsonlogger.json.JsonFormatter'}},\n"
        "  'handlers': {'h': {'class': 'logging.StreamHandler', 'formatter': 'j'}},\n"
        "  'loggers': {'a': {'handlers': ['h']}}})\n"
    ),
    "dictConfig whose root uses another formatter": (
        "logging.config.dictConfig({'version': 1, 'formatters': {'j': {'()': 'pythonjsonlogger.json.JsonFormatter'},\n"
        "  't': {'format': '%(message)s'}}, 'handlers': {'h': {'class': 'logging.StreamHandler', 'formatter': 't'}},\n"
        "  'root': {'handlers': ['h']}})\n"
    ),
    "a function that is called like one of a library": (
        f"{JSON}def configure(processors):\n    print(processors)\nconfigure([JsonFormatter()])\n"
    ),
    "structlog without renderer": "import structlog\n"
    "structlog.configure(processors=[structlog.stdlib.filter_by_level])\n",
    "under a false constant": (
        f"{JSON}if False:\n    h = logging.StreamHandler()\n    h.setFormatter(JsonFormatter())\n"
        "    logging.getLogger().addHandler(h)\n"
    ),
    "a function that nothing calls": (
        f"{JSON}def set_up():\n    h = logging.StreamHandler()\n    h.setFormatter(JsonFormatter())\n"
        "    logging.getLogger().addHandler(h)\n"
    ),
}


@pytest.mark.parametrize("kind", SETUPS)
def test_set_ups(kind: str, tmp_path: Path) -> None:
    assert structured(tmp_path, {"app.py": f"{HEAD}{SETUPS[kind]}app = FastAPI()\n"}) == [True]


@pytest.mark.parametrize("kind", NO_SETUPS)
def test_what_sets_nothing_up(kind: str, tmp_path: Path) -> None:
    assert structured(tmp_path, {"app.py": f"{HEAD}{NO_SETUPS[kind]}app = FastAPI()\n"}) == [False]


INI = """
[loggers]
keys=root
[handlers]
keys=out
[formatters]
keys=json
[logger_root]
handlers=out
[handler_out]
class=StreamHandler
formatter=json
[formatter_json]
class=pythonjsonlogger.jsonlogger.JsonFormatter
"""
YAML = """
version: 1
formatters: {json: {"()": pythonjsonlogger.json.JsonFormatter}}
handlers: {out: {class: logging.StreamHandler, formatter: json}}
root: {handlers: [out]}
"""


def test_file_config(tmp_path: Path) -> None:
    files = {"conf/log.ini": INI, "app.py": f"{HEAD}logging.config.fileConfig('conf/log.ini')\napp = FastAPI()\n"}
    assert structured(tmp_path, files) == [True]


def test_the_server_s_command_names_the_configuration(tmp_path: Path) -> None:
    docker = 'FROM python:3.12\nCOPY . .\nCMD ["uvicorn", "app:app", "--log-config", "log.yaml"]\n'
    app = {"app.py": f"{HEAD}app = FastAPI()\n", "log.yaml": YAML}
    assert structured(tmp_path / "one", app) == [False]
    assert structured(tmp_path / "two", app | {"Dockerfile": docker}) == [True]


def test_gunicorn_is_given_the_configuration(tmp_path: Path) -> None:
    app = {"app.py": f"{HEAD}app = FastAPI()\n", "log.ini": INI}
    conf = "class Settings:\n    log_config: str = '/srv/log.ini'\nlogconfig = Settings().log_config\n"
    assert structured(tmp_path / "one", app | {"deploy/settings.py": conf}) == [False]
    assert structured(tmp_path / "two", app | {"deploy/gunicorn_conf.py": conf}) == [True]


def test_a_broken_configuration_is_none(tmp_path: Path) -> None:
    files = {"log.ini": "[a\nb", "app.py": f"{HEAD}logging.config.fileConfig('log.ini')\napp = FastAPI()\n"}
    assert structured(tmp_path, files) == [False]


SETUP = (
    "import logging\nfrom pythonjsonlogger.json import JsonFormatter\ndef set_up():\n    h = logging.StreamHandler()\n"
    "    h.setFormatter(JsonFormatter())\n    logging.getLogger().addHandler(h)\n"
)
STARTS = {
    "an event": "app = FastAPI()\n@app.on_event('startup')\nasync def start():\n    set_up()\n",
    "a handler of an event": "app = FastAPI()\napp.add_event_handler('startup', set_up)\n",
    "an argument": "app = FastAPI(on_startup=[set_up])\n",
    "a function in between": "def prepare():\n    set_up()\ndef make():\n    prepare()\n    return FastAPI()\n"
    "app = make()\n",
    "what calls the factory": (
        "def make():\n    return FastAPI()\ndef main():\n    set_up()\n    run(make())\n"
        "if __name__ == '__main__':\n    main()\n"
    ),
    "a method of the server": (
        "class Server:\n    def __init__(self):\n        set_up()\n    def build(self):\n        self.app = FastAPI()\n"
        "def main():\n    server = Server()\n    server.build()\nif __name__ == '__main__':\n    main()\n"
    ),
}
NO_STARTS = {
    "an event of the end": "app = FastAPI()\n@app.on_event('shutdown')\nasync def stop():\n    set_up()\n",
    "a route": "app = FastAPI()\n@app.get('/')\ndef get():\n    set_up()\n",
    "after the return": "def make():\n    return FastAPI()\n    set_up()\napp = make()\n",
}


@pytest.mark.parametrize("kind", STARTS)
def test_what_runs_at_the_start(kind: str, tmp_path: Path) -> None:
    source = f"from fastapi import FastAPI\nfrom setup import set_up\n{STARTS[kind]}"
    assert structured(tmp_path, {"app.py": source, "setup.py": SETUP}) == [True]


@pytest.mark.parametrize("kind", NO_STARTS)
def test_what_does_not_run_at_the_start(kind: str, tmp_path: Path) -> None:
    source = f"from fastapi import FastAPI\nfrom setup import set_up\n{NO_STARTS[kind]}"
    assert structured(tmp_path, {"app.py": source, "setup.py": SETUP}) == [False]


def test_a_mounted_application_starts_with_the_one_that_holds_it(tmp_path: Path) -> None:
    files = {
        "admin.py": "from fastapi import FastAPI\nadmin = FastAPI()\n",
        "app.py": "from fastapi import FastAPI\nfrom admin import admin\nfrom setup import set_up\nset_up()\n"
        "app = FastAPI()\napp.mount('/admin', admin)\n",
        "setup.py": SETUP,
    }
    assert structured(tmp_path, files) == [True, True]


def test_an_importing_program_is_no_start_of_what_it_imports(tmp_path: Path) -> None:
    files = {
        "one.py": "from fastapi import FastAPI\napp = FastAPI()\n",
        "two.py": "from fastapi import FastAPI\nimport uvicorn\nfrom one import app as other\n"
        "from setup import set_up\n"
        "set_up()\napp = FastAPI()\ndef serve():\n    uvicorn.run(other)\n",
        "setup.py": SETUP,
    }
    assert structured(tmp_path, files) == [False, True]


def test_applications_that_speak_no_gateway_are_no_services(tmp_path: Path) -> None:
    repo = repo_of(tmp_path, {"app.py": "from aiohttp import web\napp = web.Application()\n"})
    assert repo.logging.services == ()


@pytest.mark.parametrize(
    ("key", "is_one"),
    [("trace_id", True), ("traceId", True), ("x-request-id", True), ("otelTraceID", True), ("dd.trace_id", True),
     ("correlationId", True), ("span_id", True), ("user_id", False), ("session_id", False), ("request", False),
     ("trace_level", False), ("meeting_id", False)],
)  # fmt: skip
def test_keys_of_traces(key: str, is_one: bool) -> None:
    assert is_trace_key(key) is is_one


VARIABLE = "from contextvars import ContextVar\nrid = ContextVar('rid', default=None)\n"
BIND = (
    "app = FastAPI()\n@app.middleware('http')\nasync def bind(request, call_next):\n"
    "    rid.set(request.headers.get('x-request-id'))\n    return await call_next(request)\n"
)
WRITERS = {
    "under a constant key": "KEY = 'trace_id'\n        entry[KEY] = rid.get()\n",
    "in a loop over a table": (
        "VARIABLES = {'request_id': rid}\n        for name, variable in VARIABLES.items():\n"
        "            value = variable.get()\n            if value:\n                entry[name] = value\n"
    ),
    "two at once": "entry['request_id'], entry['level'] = rid.get(), record.levelname\n",
    "through a function": "entry.update(request_id=current())\n",
    "where it is there": "known = rid.get()\n        if known is not None:\n            entry['request_id'] = known\n",
}


@pytest.mark.parametrize("kind", WRITERS)
def test_what_writes_an_id(kind: str, tmp_path: Path) -> None:
    assert traced(tmp_path, WRITERS[kind], BIND)


def traced(folder: Path, writer: str, bind: str) -> bool:
    source = (
        f"{HEAD}{VARIABLE}def current():\n    return rid.get()\n"
        "class Own(logging.Formatter):\n    def format(self, record):\n        entry = {'m': record.getMessage()}\n"
        f"        {writer}        return json.dumps(entry)\n"
        f"h = logging.StreamHandler()\nh.setFormatter(Own())\nlogging.getLogger().addHandler(h)\n{bind}"
    )
    repo = repo_of(folder, {"app.py": source})
    return repo.logging.traced(repo.logging.services[0]).ok


NO_WRITERS = {
    "another variable": "other = ContextVar('x')\n        entry['request_id'] = other.get()\n",
    "beside another": "entry['request_id'], entry['user'] = 'none', rid.get()\n",
    "under another key": "entry['user'] = rid.get()\n",
    "only for errors": "if record.levelno >= 40:\n            entry['request_id'] = rid.get()\n",
    "only tested": "entry['request_id'] = rid.get() is not None\n",
}


@pytest.mark.parametrize("kind", NO_WRITERS)
def test_what_writes_no_id(kind: str, tmp_path: Path) -> None:
    assert not traced(tmp_path, NO_WRITERS[kind], BIND)


BINDERS = {
    "a class that is entered": (
        "class Scope:\n    def __init__(self, name):\n        self.name = name\n    def __enter__(self):\n"
        "        rid.set(self.name)\n    def __exit__(self, *args):\n        pass\napp = FastAPI()\n"
        "@app.middleware('http')\nasync def bind(request, call_next):\n    with Scope(request.headers['a']):\n"
        "        return await call_next(request)\n"
    ),
    "a plain ASGI middleware": (
        "class Ids:\n    def __init__(self, app):\n        self.app = app\n"
        "    async def __call__(self, scope, receive, send):\n"
        "        rid.set(str(scope['path']))\n        await self.app(scope, receive, send)\n"
        "app = FastAPI()\napp.add_middleware(Ids)\n"
    ),
    "a dependency of the application": (
        "from fastapi import Depends, Header\nasync def keep(x_request_id: str = Header()):\n"
        "    rid.set(x_request_id)\n"
        "app = FastAPI(dependencies=[Depends(keep)])\n"
    ),
}


@pytest.mark.parametrize("kind", BINDERS)
def test_what_binds_an_id(kind: str, tmp_path: Path) -> None:
    assert traced(tmp_path, WRITERS["through a function"], BINDERS[kind])


def test_a_handler_that_binds_is_no_middleware(tmp_path: Path) -> None:
    bind = "app = FastAPI()\n@app.get('/')\nasync def get():\n    rid.set('x' + str(id(1)))\n"
    assert not traced(tmp_path, WRITERS["through a function"], bind)


def test_instrumentation_by_command(tmp_path: Path) -> None:
    files = {
        "app.py": f"{HEAD}from opentelemetry.instrumentation.logging import LoggingInstrumentor\n"
        "LoggingInstrumentor().instrument(set_logging_format=True)\napp = FastAPI()\n",
        "Dockerfile": 'FROM python\nCOPY . .\nCMD ["opentelemetry-instrument", "uvicorn", "app:app"]\n',
    }
    repo = repo_of(tmp_path, files)
    assert [repo.logging.traced(s).ok for s in repo.logging.services] == [True]


DJANGO = {
    "shop/__init__.py": "",
    "shop/settings.py": (
        "INSTALLED_APPS = []\nMIDDLEWARE = ['django.middleware.common.CommonMiddleware', 'shop.ids.Keep']\n"
        "LOGGING = {'version': 1, 'filters': {'ids': {'()': 'shop.ids.Ids'}},\n"
        " 'formatters': {'j': {'()': 'pythonjsonlogger.json.JsonFormatter', 'fmt': '%(message)s %(request_id)s'}},\n"
        " 'handlers': {'h': {'class': 'logging.StreamHandler', 'formatter': 'j', 'filters': ['ids']}},\n"
        " 'root': {'handlers': ['h']}}\n"
    ),
    "shop/ids.py": (
        f"import logging, uuid\n{VARIABLE}"
        "class Ids(logging.Filter):\n    def filter(self, record):\n        record.request_id = rid.get()\n"
        "        return True\n"
        "class Keep:\n    def __init__(self, get_response):\n        self.get_response = get_response\n"
        "    def __call__(self, request):\n        rid.set(request.headers.get('x-request-id') or uuid.uuid4().hex)\n"
        "        return self.get_response(request)\n"
        "def keep(get_response):\n    def run(request):\n        rid.set(uuid.uuid4().hex)\n"
        "        return get_response(request)\n    return run\n"
    ),
    "shop/wsgi.py": (
        "import os\nfrom django.core.wsgi import get_wsgi_application\n"
        "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\napplication = get_wsgi_application()\n"
    ),
}


@pytest.mark.parametrize(
    ("old", "new", "verdicts"),
    [
        ("", "", [True, True]),
        ("shop.ids.Keep", "shop.ids.keep", [True, True]),
        ("'shop.ids.Keep'", "", [True, False]),
        ("MIDDLEWARE = ['django.middleware.common.CommonMiddleware', 'shop.ids.Keep']",
         "MIDDLEWARE = ['a.b']\nMIDDLEWARE += ['shop.ids.Keep']", [True, True]),
        ("'filters': ['ids']", "'level': 'INFO'", [True, False]),
        ("LOGGING =", "LOGS =", [False, False]),
    ],
)  # fmt: skip
def test_django_s_settings(old: str, new: str, verdicts: list[bool], tmp_path: Path) -> None:
    files = {name: text.replace(old, new) if old else text for name, text in DJANGO.items()}
    logs = repo_of(tmp_path, files).logging
    (service,) = logs.services
    assert [logs.structured(service).ok, logs.traced(service).ok] == verdicts


def test_settings_that_the_application_does_not_name(tmp_path: Path) -> None:
    files = {**DJANGO, "shop/live.py": DJANGO["shop/settings.py"], "shop/settings.py": "INSTALLED_APPS = []\n"}
    logs = repo_of(tmp_path, files).logging
    assert not logs.structured(logs.services[0]).ok


@pytest.mark.parametrize(("names", "is_written"), [("'request_id', 'name'", True), ("'levelname', 'name'", False)])
def test_a_formatter_with_a_list_of_attributes(names: str, is_written: bool, tmp_path: Path) -> None:
    source = (
        f"{HEAD}{VARIABLE}class Own(logging.Formatter):\n    KEYS = ({names})\n    def format(self, record):\n"
        "        return json.dumps({k: getattr(record, k, None) for k in self.KEYS})\n"
        "class Ids(logging.Filter):\n    def filter(self, record):\n        record.request_id = rid.get()\n"
        "        return True\n"
        "h = logging.StreamHandler()\nh.setFormatter(Own())\nh.addFilter(Ids())\nlogging.getLogger().addHandler(h)\n"
        f"{BIND}"
    )
    logs = repo_of(tmp_path, {"app.py": source}).logging
    assert logs.traced(logs.services[0]).ok is is_written


def test_a_hook_of_the_formatter_s_library(tmp_path: Path) -> None:
    source = (
        f"{HEAD}{VARIABLE}from json_log_formatter import JSONFormatter\nclass Own(JSONFormatter):\n"
        "    def json_record(self, message, extra, record):\n        extra['request_id'] = rid.get()\n"
        "        return super().json_record(message, extra, record)\n"
        f"h = logging.StreamHandler()\nh.setFormatter(Own())\nlogging.getLogger().addHandler(h)\n{BIND}"
    )
    logs = repo_of(tmp_path, {"app.py": source}).logging
    assert [logs.structured(logs.services[0]).ok, logs.traced(logs.services[0]).ok] == [True, True]


def test_a_factory_that_a_command_names(tmp_path: Path) -> None:
    files = {
        "app.py": f"{HEAD}{JSON}def make():\n    h = logging.StreamHandler()\n    h.setFormatter(JsonFormatter())\n"
        "    logging.getLogger().addHandler(h)\n    return FastAPI()\n",
        "Dockerfile": 'FROM python\nCOPY . .\nCMD ["uvicorn", "--factory", "app:make"]\n',
    }
    assert structured(tmp_path, files) == [True]
