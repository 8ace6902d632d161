"""Upstreams of reverse proxies: nginx, HAProxy, Envoy, Traefik."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_readiness.repo.data_files import DataFiles, Datum, lines_of
from pytest_readiness.repo.files import Files
from pytest_readiness.repo.modules import Site

SIZE_LIMIT = 500_000
"""Characters; a longer configuration is not read."""
_UPSTREAM = re.compile(r"\bupstream\s+([\w.-]+)\s*\{([^{}]*)\}")
_SERVER = re.compile(r"\bserver\s+([^;]+);")
_SECTION = re.compile(r"^(backend|listen)\s+([\w.-]+)")
_HAPROXY_SERVER = re.compile(r"^\s+server(-template)?\s+\S+\s+\S+")


@dataclass(frozen=True)
class Upstream:
    """Servers that a proxy spreads requests over."""

    name: str
    place: Site
    servers: int


def upstreams(files: Files, data: DataFiles) -> Iterator[Upstream]:
    """Every upstream of every proxy's configuration."""
    for path in files.paths:
        name = path.rsplit("/", 1)[-1].lower()
        text = files.text(path) if _is_text(name) else None
        if text is not None and len(text) <= SIZE_LIMIT:
            yield from _nginx(path, text) if "haproxy" not in name else _haproxy(path, text)
    for path in (*data.yaml_paths, *data.json_paths, *files.ending(".toml")):
        text = files.text(path) or ""
        if "load_assignment" in text or "loadBalancer" in text:
            for document in data.documents(path):
                yield from _structured(document)


def _is_text(name: str) -> bool:
    return name.endswith((".conf", ".conf.template", ".conf.j2", ".nginx", "haproxy.cfg")) or name.startswith("nginx")


def _nginx(path: str, text: str) -> Iterator[Upstream]:
    plain = re.sub(r"#[^\n]*", lambda found: " " * len(found.group()), text)
    for found in _UPSTREAM.finditer(plain):
        servers = [s for s in _SERVER.findall(found.group(2)) if not {"down", "backup"} & set(s.split()[1:])]
        line = plain.count("\n", 0, found.start()) + 1
        yield Upstream(found.group(1), Site(path, line, f"upstream {found.group(1)}"), len(servers))


def _haproxy(path: str, text: str) -> Iterator[Upstream]:
    name, start, servers = "", 0, 0
    for number, line in enumerate([*lines_of(text), "end"], start=1):
        if line[:1].strip() and not line.startswith("#"):
            if name and servers:
                yield Upstream(name, Site(path, start, f"backend {name}"), servers)
            section = _SECTION.match(line)
            name, start, servers = section.group(2) if section else "", number, 0
        elif found := _HAPROXY_SERVER.match(line):
            words = set(line.split())
            servers += 0 if {"backup", "disabled"} & words else 2 if found.group(1) else 1


def _structured(document: Datum) -> Iterator[Upstream]:
    """Clusters of Envoy and services of Traefik."""
    for keys, datum in document.walk():
        assignment, balancer = datum.entries.get("load_assignment"), datum.entries.get("loadBalancer")
        if assignment is not None:
            groups = assignment.entries.get("endpoints")
            counts = [g.entries.get("lb_endpoints") for g in (groups.elements if groups else ())]
            named = datum.entries.get("name")
            label = str(named.value) if named else "cluster"
            count = sum(len(c.elements) for c in counts if c is not None)
            yield Upstream(label, Site(datum.path, datum.line, f"cluster {label}"), count)
        elif balancer is not None and balancer.entries.get("servers") is not None:
            label = keys[-1] if keys else "service"
            servers = balancer.entries["servers"]
            yield Upstream(label, Site(datum.path, datum.line, f"service {label}"), len(servers.elements))
