"""Does the platform probe the health of a component, and does what it asks for answer?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.repo.command_lines import shell_words, simple_commands, targets
from pytest_readiness.repo.containers import json_form
from pytest_readiness.repo.data_files import EITHER, Datum
from pytest_readiness.repo.delivery.components import Component
from pytest_readiness.repo.delivery.compute import ComputeUnit
from pytest_readiness.repo.delivery.links import mentions
from pytest_readiness.repo.delivery.starts import Container
from pytest_readiness.repo.delivery.tasks import Task
from pytest_readiness.repo.image_builds import Build
from pytest_readiness.repo.infra_kubernetes import services, words_of
from pytest_readiness.repo.infra_model import CDK, Resource
from pytest_readiness.repo.modules import Module, Site, argument, call_name, text_of
from pytest_readiness.repo.web import Handler

if TYPE_CHECKING:
    from pytest_readiness.repo.delivery.model import Delivery
    from pytest_readiness.repo.repository import Repo

_URL = re.compile(
    r"(?:https?://|(?<![\w.-])(?=localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]))(\[::1\]|[^\s/'\"|;)<>]+)(/[^\s'\"|;)<>\\]*)?"
)
_ASKING = re.compile(r"\b(curl|wget|http|https|python\S*|node|urlopen|requests|httpx|fetch)\b")
_DOES_NOTHING = frozenset({"true", ":", "exit", "echo", "sleep", "printf", "/bin/true"})
_POD_PROBES = ("liveness_probe", "readiness_probe")
_PARAMETER = re.compile(r"^[{<:*]")


@dataclass(frozen=True)
class Probe:
    """Something that asks a component whether it is well. `url` is the path that it requests, None for no request."""

    place: Site
    url: str | None = None
    problem: str = ""
    """Why it is no probe."""
    route: Site | None = None
    """What answers it."""

    @property
    def places(self) -> list[Site]:
        return [self.place, *([self.route] if self.route else [])]


class Probes:
    """Finds the probes of components."""

    def __init__(self, repo: Repo, delivery: Delivery) -> None:
        self._repo, self._delivery = repo, delivery

    def of(self, component: Component) -> list[Probe]:
        """Every probe of the component, with what is wrong with it."""
        found = [*self._of_images(component), *self._of_compose(component), *self._of_units(component)]
        found += self._of_dns(component)
        return [self._checked(p, component) for p in dict.fromkeys(found)]

    # Images and compose

    def _of_images(self, component: Component) -> Iterator[Probe]:
        """HEALTHCHECK in the Dockerfiles of the images that run it."""
        for build in dict.fromkeys(self._builds(component)):
            file, stage = (
                self._repo.infra.builds.dockerfiles.get(build.dockerfile),
                self._repo.infra.builds.stage(build),
            )
            check = file.inherited(stage, "HEALTHCHECK") if file and stage else None
            if file is not None and check is not None and check.value.upper() != "NONE":
                words = check.value.removeprefix("CMD").strip()
                place = Site(file.path, check.line, f"HEALTHCHECK {check.value}")
                yield self._command(_command_words(words), place, build)

    def _builds(self, component: Component) -> Iterator[Build]:
        images = self._delivery.images
        if component.entries:
            yield from (c.build for c in self._delivery.started_by(component))
            return
        for file in images.dockerfiles.values():
            for build in images.builds_of(file):
                if images.copies_in(build, component):
                    yield build

    def _of_compose(self, component: Component) -> Iterator[Probe]:
        """`healthcheck.test` of compose services that run it, also in a file that is laid over."""
        builds = set(self._builds(component))
        for (path, name), container in self._delivery.images.of_compose.items():
            runs = (
                self._delivery.images.starts(container, component) if component.entries else container.build in builds
            )
            for service in self._layers(path, name) if runs else ():
                yield from self._of_service(service, container)

    def _layers(self, path: str, name: str) -> Iterator[Datum]:
        """The service in the file and in the other Compose files of its folder."""
        folder = path.rpartition("/")[0]
        for other, document in self._delivery.images.compose.items():
            service = services(document).get(name) if other.rpartition("/")[0] == folder else None
            if service is not None:
                yield service

    def _of_service(self, service: Datum, container: Container) -> Iterator[Probe]:
        declared = service.entries.get("healthcheck")
        test = declared.entries.get("test") if declared else None
        disabled = declared.entries.get("disable") if declared else None
        if test is None or (disabled is not None and disabled.is_true):
            return
        words = [str(d.value) for d in test.elements] or ["CMD-SHELL", str(test.value)]
        if words[:1] == ["NONE"]:
            return
        given = shell_words(" ".join(words[1:])) if words[0] == "CMD-SHELL" else words[words[0] == "CMD" :]
        place = Site(test.path, test.line, f"healthcheck: {' '.join(words)}")
        yield self._command(given, place, container.build)

    # Infrastructure code and manifests

    def _of_units(self, component: Component) -> Iterator[Probe]:
        for unit in self._delivery.compute_units:
            tasks = [t for t in self._delivery.tasks if t.unit is unit and self._runs(t, component)]
            for task in tasks:
                yield from self._of_definition(task.definition) if task.definition is not None else ()
            if tasks or (unit.kind == "platform" and self._is_only(component)):
                yield from self._around(unit)

    def _runs(self, task: Task, component: Component) -> bool:
        """Whether the container runs the component: by its image and command, else by its name."""
        images, named = self._delivery.images, task.definition.get("name") if task.definition else None
        if not task.containers:
            return self._is_only(component) or self._is_named(component, (task.unit.name, _text(named)))
        if not component.entries:
            return any(images.copies_in(c.build, component) for c in task.containers)
        return any(images.starts(c, component) for c in task.containers)

    def _is_only(self, component: Component) -> bool:
        return [c.folder for c in self._delivery.components] == [component.folder]

    @staticmethod
    def _is_named(component: Component, names: Iterable[str]) -> bool:
        own = re.sub(r"[^a-z0-9]", "", component.folder.rpartition("/")[2].lower())
        return any(own and own == re.sub(r"[^a-z0-9]", "", n.lower()) for n in names)

    def _of_definition(self, definition: Datum) -> Iterator[Probe]:
        """Probes of a container: those of a pod, or the health check of a task."""
        for key in _POD_PROBES:
            probe = definition.get(key)
            if probe is not None and probe.entries:
                yield self._pod_probe(probe, key)
        check = definition.get("health_check")
        command = check.get("command") if check is not None else None
        if check is not None and command is not None:
            words = [_word(d) for d in command.elements] or [_word(command)]
            place = Site(check.path, check.line, f"health check: {' '.join(words)}")
            yield self._command(shell_words(" ".join(words[words[0] in ("CMD", "CMD-SHELL") :])), place, None)

    def _pod_probe(self, probe: Datum, key: str) -> Probe:
        request, command = probe.get("http_get"), probe.get("exec", "command")
        place = Site(probe.path, probe.line, key.replace("_", " "))
        if request is not None:
            path = _text(request.get("path")) or "/"
            return Probe(Site(probe.path, probe.line, f"{place.note} of {path}"), path)
        return self._command(words_of(command), place, None) if command is not None else Probe(place)

    def _around(self, unit: ComputeUnit) -> Iterator[Probe]:
        """Health checks of the target groups, and of the platform, that lead to the unit."""
        if unit.resource.language == CDK:
            yield from self._in_code(unit)
            return
        for group in self._delivery.resources:
            if group.type[1].endswith(("targetgroup", "target_group")) and mentions(
                unit.resource.settings, group, unit.resource
            ):
                yield from _of_group(group)
        check = unit.resource.get("health_check_configuration")
        if check is not None:
            yield Probe(Site(check.path, check.line, "health check"), _text(check.get("path")) or None)

    def _in_code(self, unit: ComputeUnit) -> Iterator[Probe]:
        """Health checks that CDK code gives to what leads to the unit."""
        links = self._delivery.links_of(unit.resource)
        for module, call in links.app.calls if links else ():
            if links is None or unit.resource not in links.of_call(module, call):
                continue
            if call_name(call) == "configure_health_check":
                values = links.app.values(module, call)
                yield Probe(module.at(call, "health check of its target group"), _text(values.get("path")) or None)
            elif (check := argument(call, "health_check")) is not None and call_name(call) != "add_container":
                given = links.app.values(module, call).get("health_check")
                path = _text(given.get("path")) if given is not None else ""
                yield Probe(module.at(check, "health check of its target group"), path or None)

    def _of_dns(self, component: Component) -> Iterator[Probe]:
        """Health checks of Route 53 on a path that this component answers, or on the only one there is."""
        for resource in self._delivery.resources:
            if resource.type[1] in ("healthcheck", "cfnhealthcheck", "aws_route53_health_check"):
                path = next((d for d in resource.all_settings("resource_path")), None)
                url = _text(path) or None
                is_its = url is not None and any(_ends_with(r, url) for r in self._routes(component))
                if self._is_only(component) or is_its:
                    yield Probe(Site(resource.path, resource.line, "health check of Route 53"), url)

    def _routes(self, component: Component) -> list[str]:
        return self._repo.docs.liveness.routes.of(self._modules(component))

    # What a probe asks

    def _command(self, words: list[str], place: Site, build: Build | None) -> Probe:
        """The probe that a command is: what it requests, or why it is none."""
        commands = list(simple_commands(words))
        if not commands or all(c.name in _DOES_NOTHING for c in commands):
            return Probe(place, None, "it asks nothing")
        text = " ".join(words)
        found = _URL.search(text) if _ASKING.search(text) else None
        if found:
            return Probe(place, found.group(2) or "/")
        for target in targets(words) if build is not None else ():
            container = self._delivery.images.starter.container(build, words, place) if build else None
            path = next((s.path for s in container.started if s.path), None) if container else None
            if target.file.endswith((".py", ".sh")) and path is None and not (container and container.paths):
                return Probe(place, None, f"{target.file} is not in the image")
            inner = _URL.search(self._repo.files.text(path) or "") if path else None
            return Probe(place, (inner.group(2) or "/") if inner else None)
        return Probe(place)

    def _checked(self, probe: Probe, component: Component) -> Probe:
        """The probe with what is wrong about its request: no route of a Python component answers it."""
        if probe.problem or probe.url is None or not component.entries:
            return probe
        path = re.split(r"[?#]", probe.url, maxsplit=1)[0]
        modules = self._modules(component)
        handler = self._handler(component, modules, path)
        if "$" in path or handler or any(_ends_with(r, path) for r in self._repo.docs.liveness.routes.of(modules)):
            return Probe(probe.place, probe.url, "", handler)
        return Probe(probe.place, probe.url, f"no route of the component answers {path}")

    def _handler(self, component: Component, modules: list[Module], path: str) -> Site | None:
        """The function that answers the path, where it is known; one that the component's application holds first."""
        web, entries = self._repo.web, {e.path for e in component.entries}
        inside = (h for h in web.handlers if h.function.module in modules)
        found = [h for h in inside if self._answers(h, path)]
        own = [h for h in found if any(o.path in entries for o in web.around(h))]
        return next((Site(h.path, h.line, f"answers {path}") for h in (*own, *found)), None)

    def _answers(self, handler: Handler, path: str) -> bool:
        """Whether the handler's path ends with this one; where a prefix of it is computed, the other way round."""
        web = self._repo.web
        paths = web.paths(handler)
        if any(_ends_with(p, path) for p in paths):
            return True
        around = web.around(handler)
        calls = [o.call for o in around] + [i.call for i in web.objects.includes if around.intersection(i.children)]
        prefixes = (argument(c, k) for c in calls for k in ("prefix", "url_prefix"))
        is_computed = any(p is not None and text_of(p) is None for p in prefixes)
        return is_computed and any(_ends_with(path, p) for p in paths if p.strip("/"))

    def _modules(self, component: Component) -> list[Module]:
        """The modules of the component: those of its folder, and those whose routers its applications include."""
        inner = {c.folder for c in self._delivery.components if c.folder.startswith(f"{component.folder}/")}
        is_backend = component.folder == self._repo.settings.paths.backend.strip("/")
        prefix = f"{component.folder}/" if component.folder else ""
        entries = {e.path for e in component.entries}
        found = []
        for path, module in self._repo.modules.items():
            is_own = path.startswith(prefix) and not self._repo.scope.is_test(path)
            is_others = not is_backend and any(path.startswith(f"{f}/") for f in inner)
            if is_own and not is_others and module.tree is not None:
                found.append(module)
        web = self._repo.web
        found += [h.function.module for h in web.handlers if any(o.path in entries for o in web.around(h))]
        return list(dict.fromkeys(found))


def _of_group(group: Resource) -> Iterator[Probe]:
    check = group.get("health_check")
    path = _text(check.get("path")) if check is not None else _text(group.get("health_check_path"))
    if check is not None or path or group.get("health_check_protocol") is not None:
        yield Probe(Site(group.path, group.line, "health check of its target group"), path or None)


def _command_words(text: str) -> list[str]:
    """The words of a command in the JSON or the shell form."""
    form = json_form(text)
    return form if form is not None else shell_words(text)


def _ends_with(route: str, path: str) -> bool:
    """Whether the route ends with the path; a parameter stands for any segment."""
    wanted = [s for s in path.split("/") if s]
    given = [s for s in route.split("/") if s]
    if not wanted:
        return not given
    tail = given[-len(wanted) :]
    return len(tail) == len(wanted) and all(g == w or _PARAMETER.match(g) for g, w in zip(tail, wanted, strict=True))


def _word(datum: Datum) -> str:
    """The word of a command; of several that it may be the first."""
    found = datum.elements[0] if datum.tag == EITHER and datum.elements else datum
    return str(found.value) if isinstance(found.value, str | int | float) else ""


def _text(datum: Datum | None) -> str:
    return str(datum.value) if datum is not None and isinstance(datum.value, str) and not datum.tag else ""
