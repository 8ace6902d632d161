"""All dashboards of the repository."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.code_values import CodeValues
from pytest_readiness.repo.data_files import Datum
from pytest_readiness.repo.infra_cdk import CdkApp
from pytest_readiness.repo.infra_model import Resource
from pytest_readiness.repo.modules import Site, call_name
from pytest_readiness.repo.telemetry import widgets
from pytest_readiness.repo.telemetry.grafana import GrafanaDashboards
from pytest_readiness.repo.telemetry.panels import CLOUDWATCH, Dashboard, Panel
from pytest_readiness.repo.telemetry.programs import DEEP, MOST, ProgramCall, Programs
from pytest_readiness.repo.telemetry.texts import Texts

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

_CDK = (f"{widgets.CDK}Dashboard", f"{widgets.CDK}CfnDashboard")
_SERIALIZED = ("json.dumps", "orjson.dumps", "ujson.dumps", "simplejson.dumps")


class Dashboards:
    """Finds dashboards; those that nothing deploys are kept apart with the reason."""

    def __init__(self, repo: Repo, texts: Texts, programs: Programs) -> None:
        self._repo, self._texts, self._programs = repo, texts, programs

    @cached_property
    def all(self) -> tuple[Dashboard, ...]:
        """Every dashboard that can be deployed, Grafana's first."""
        grafana = GrafanaDashboards(self._repo, self._texts).all()
        cloudwatch = [*self._in_cdk(), *self._in_resources(), *self._in_json(), *self._put()]
        return (*grafana, *cloudwatch)

    @cached_property
    def rejected(self) -> tuple[Site, ...]:
        """What looks like a CloudWatch dashboard and is none, with the reason."""
        return (*self._rejected_cdk(), *(Site(c.path, c.line, why) for c in self._calls if (why := self._problem(c))))

    # CDK

    @cached_property
    def _constructs(self) -> list[tuple[CdkApp, Resource]]:
        return [(a, r) for a in self._repo.infra.cdk_apps for r in a.resources if r.kind in _CDK]

    def _in_cdk(self) -> Iterator[Dashboard]:
        for app, resource in self._constructs:
            if resource.kind.endswith("CfnDashboard"):
                for value in self._values(app, resource):
                    yield from self._of_body(value.get("dashboard_body"), resource.name, resource.line)
                continue
            panels = tuple(self._widgets(app, resource))
            if panels and not self._missing(app, resource):
                yield Dashboard(CLOUDWATCH, resource.name, resource.path, resource.line, panels)

    def _values(self, app: CdkApp, resource: Resource) -> list[Datum]:
        """What the construct is made with and what `add_widgets` gives it."""
        read = CodeValues(app.names, app.origins, MOST)
        calls = [c.call for c in resource.called("add_widgets") if app.runs(c.module, c.call)]
        modules = [c.module for c in resource.called("add_widgets") if app.runs(c.module, c.call)]
        added = [read.arguments(m, c, DEEP) for m, c in zip(modules, calls, strict=True)]
        own = read.arguments(resource.module, resource.call, DEEP) if resource.module and resource.call else None
        return [*([own] if own is not None else []), *added]

    def _widgets(self, app: CdkApp, resource: Resource) -> Iterator[Panel]:
        for value in self._values(app, resource):
            yield from widgets.cdk_panels(value)

    def _missing(self, app: CdkApp, resource: Resource) -> list[str]:
        return [n for v in self._values(app, resource) for n in widgets.missing_names(v)]

    def _rejected_cdk(self) -> Iterator[Site]:
        for app, resource in self._constructs:
            missing = self._missing(app, resource)
            if missing:
                yield Site(resource.path, resource.line, f"{missing[0]} does not exist")
            elif not list(self._widgets(app, resource)) and resource.kind == _CDK[0]:
                yield Site(resource.path, resource.line, f"dashboard {resource.name} has no widget that shows a metric")

        yield from self._undeployed()

    def _undeployed(self) -> Iterator[Site]:
        """Dashboards of CDK code that no app's run makes."""
        made = {r.call for a in self._repo.infra.cdk_apps for r in a.resources}
        for module in (m for m in self._repo.modules.values() if "aws_cloudwatch" in m.text):
            for call in (c for c in module.calls if call_name(c) in ("Dashboard", "CfnDashboard") and c not in made):
                if set(self._repo.names.dotted(module, call.func)) & set(_CDK):
                    yield module.at(call, "no CDK app that is deployed gets to this dashboard")

    # Templates, Terraform, JSON

    def _in_resources(self) -> Iterator[Dashboard]:
        for resource in self._repo.infra.resources:
            if resource.kind in ("AWS::CloudWatch::Dashboard", "aws_cloudwatch_dashboard"):
                yield from self._of_body(resource.get("dashboard_body"), resource.name, resource.line)

    def _in_json(self) -> Iterator[Dashboard]:
        for path in self._repo.data.json_paths:
            if self._repo.scope.is_test(path) or self._repo.scope.excluded(path):
                continue
            text = self._repo.files.text(path) or ""
            if '"widgets"' in text and '"properties"' in text:
                for document in self._repo.data.documents(path):
                    yield from self._of_body(document, path.rsplit("/", 1)[-1], 1)

    @staticmethod
    def _of_body(holder: Datum | None, title: str, line: int) -> Iterator[Dashboard]:
        if holder is not None and (holder.tag in _SERIALIZED or holder.tag.endswith(".to_json_string")):
            holder = holder.entries.get("0")
        body = widgets.body_of(holder) if holder is not None else None
        found = widgets.of_body(body, title, line) if body is not None else None
        if found is not None:
            yield found

    # put_dashboard

    @cached_property
    def _calls(self) -> list[ProgramCall]:
        return self._programs.calls("put_dashboard")

    def _put(self) -> Iterator[Dashboard]:
        for call in self._calls:
            body = self._body(call)
            if body is not None and not self._problem(call):
                name = call.arguments.entries.get("DashboardName")
                yield from self._of_body(body, (name.text if name else None) or "put_dashboard", call.line)

    @staticmethod
    def _body(call: ProgramCall) -> Datum | None:
        """What is put, where it is JSON: `json.dumps(...)` of a tree, or a literal text."""
        given = call.arguments.entries.get("DashboardBody")
        return given if given is not None and (given.text or given.tag in _SERIALIZED) else None

    def _problem(self, call: ProgramCall) -> str:
        """Why the call gives no dashboard; "" where it does."""
        if not call.in_script:
            return "nothing calls the code that puts this dashboard"
        return "" if self._body(call) is not None else "the body that is put is no JSON (json.dumps or a literal)"
