"""Kubernetes manifests and compose files: what they run, and which variables they fill from secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pytest_readiness.repo.command_lines import split
from pytest_readiness.repo.data_files import Datum, parsed
from pytest_readiness.repo.infra_model import KUBERNETES, Injection, Resource
from pytest_readiness.repo.modules import Site

FILLED_IN = "filled-in"
"""What stands for a value that Helm fills in."""
_DIRECTIVE = re.compile(r"\{\{[\s\S]*?\}\}")
_DIRECTIVE_LINES = re.compile(r"^[ \t]*(?:\{\{[\s\S]*?\}\}[ \t]*)+\n", re.MULTILINE)


def is_compose(path: str) -> bool:
    """`docker-compose*.yml`, `compose*.yaml`."""
    name = path.rsplit("/", 1)[-1].lower()
    return name.endswith((".yml", ".yaml")) and name.startswith(("docker-compose", "compose.", "compose-"))


def chart_documents(path: str, text: str) -> list[Datum]:
    """The documents of a Helm template: lines of directives left out, values that Helm fills in as a stand-in."""
    if "{{" not in text:
        return []
    text = _DIRECTIVE_LINES.sub(lambda found: "\n" * found.group().count("\n"), text + "\n")
    return parsed(path, _DIRECTIVE.sub(lambda found: FILLED_IN + "\n" * found.group().count("\n"), text))


def objects(documents: Iterable[Datum]) -> Iterator[Resource]:
    """The Kubernetes objects of a file, those of a List too."""
    for document in documents:
        kind, version = document.entries.get("kind"), document.entries.get("apiVersion")
        if kind is None or version is None or not kind.text:
            continue
        items = document.entries.get("items")
        if kind.text.endswith("List") and items is not None:
            yield from objects(items.elements)
        else:
            name = document.get("metadata", "name")
            yield Resource(KUBERNETES, kind.text, str(name.value) if name else "", document.path, kind.line, document)


def injected(objects: Iterable[Resource]) -> Iterator[Injection]:
    """Variables that a container takes from a Secret, and keys that an ExternalSecret fetches from a manager."""
    for found in objects:
        if found.kind == "ExternalSecret":
            yield from _external(found.settings)
        for _keys, datum in found.settings.walk():
            name, source = datum.entries.get("name"), datum.entries.get("valueFrom")
            if name is not None and source is not None and source.entries.get("secretKeyRef") and name.text:
                yield Injection(name.text, Site(name.path, name.line, f"{name.text} is filled from a Secret"))


def _external(document: Datum) -> Iterator[Injection]:
    data = document.get("spec", "data")
    for entry in data.elements if data else ():
        key = entry.entries.get("secretKey")
        if key is not None and key.text:
            yield Injection(key.text, Site(key.path, key.line, f"{key.text} is fetched from the secrets manager"))


def container_commands(objects: Iterable[Resource]) -> Iterator[tuple[list[str], Datum]]:
    """Command lines of containers, with the datum they stand in."""
    for found in objects:
        for keys, datum in found.settings.walk():
            if keys and keys[-1] in ("containers", "initContainers"):
                for container in datum.elements:
                    words = words_of(container.entries.get("command")) + words_of(container.entries.get("args"))
                    if words:
                        yield words, container


def services(document: Datum) -> dict[str, Datum]:
    """The services of a compose file."""
    declared = document.entries.get("services")
    return declared.entries if declared else {}


def service_command(service: Datum) -> list[str]:
    """Entrypoint and command that a service sets itself, as words."""
    return words_of(service.entries.get("entrypoint")) + words_of(service.entries.get("command"))


def compose_injected(document: Datum) -> Iterator[Injection]:
    """Variables that a service takes from a compose secret: by the secret's name, or as NAME_FILE=/run/secrets/x."""
    for service in services(document).values():
        used = service.entries.get("secrets")
        for secret in used.elements if used else ():
            target = secret.entries.get("target") or secret.entries.get("source")
            name = secret.text or (target.text if target else None) or ""
            yield Injection(name.upper(), Site(secret.path, secret.line, f"compose secret {name}"))
        for name, value in environment(service).items():
            if name.endswith("_FILE") and str(value.value).startswith("/run/secrets/"):
                yield Injection(name.removesuffix("_FILE"), Site(value.path, value.line, f"{name} names a secret"))


def environment(service: Datum) -> dict[str, Datum]:
    """The environment that a service sets itself, in either form."""
    declared = service.entries.get("environment")
    if declared is None:
        return {}
    pairs = ((str(d.value).partition("="), d) for d in declared.elements)
    return declared.entries or {n: Datum(d.path, d.line, v) for (n, _, v), d in pairs}


def words_of(datum: Datum | None) -> list[str]:
    """A command line as words, given as a text or as a list of them."""
    if datum is None:
        return []
    if datum.elements:
        return [str(d.value) for d in datum.elements]
    return split(datum.value) if isinstance(datum.value, str) else []
