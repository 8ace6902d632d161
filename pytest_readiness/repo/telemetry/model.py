"""What the repository measures, shows and alarms on, each fact computed once."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.llm.calls import LlmCaller
from pytest_readiness.repo.modules import Site
from pytest_readiness.repo.telemetry.agent_health import AgentHealth
from pytest_readiness.repo.telemetry.alarm_kinds import AlarmKinds
from pytest_readiness.repo.telemetry.alarms import Alarm, Budget
from pytest_readiness.repo.telemetry.breaker_metrics import BreakerMetrics
from pytest_readiness.repo.telemetry.cdk_alarms import CdkAlarms, undeployed
from pytest_readiness.repo.telemetry.cloudwatch import CloudWatchMetrics
from pytest_readiness.repo.telemetry.dashboards import Dashboards
from pytest_readiness.repo.telemetry.declared import Declared
from pytest_readiness.repo.telemetry.exposed import Exposed
from pytest_readiness.repo.telemetry.llm_path import LlmPaths
from pytest_readiness.repo.telemetry.metrics import CLOUDWATCH, Metric, Recording
from pytest_readiness.repo.telemetry.panels import Dashboard, Use
from pytest_readiness.repo.telemetry.programs import Programs
from pytest_readiness.repo.telemetry.recorded import Recorded
from pytest_readiness.repo.telemetry.rule_alarms import RuleAlarms
from pytest_readiness.repo.telemetry.serving import Serving
from pytest_readiness.repo.telemetry.signals import LlmSignals
from pytest_readiness.repo.telemetry.sources import Source, Sources
from pytest_readiness.repo.telemetry.template_alarms import budget_of, budget_of_call, of_call, of_module, of_resource
from pytest_readiness.repo.telemetry.texts import Texts

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo


class Telemetry:
    """Entry to the facts about metrics, dashboards and alarms: `repo.telemetry`."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._texts = Texts(repo.product, repo.names, repo.imports)
        self._declared = Declared(repo, self._texts)
        self._cloudwatch = CloudWatchMetrics(repo, self._texts)
        self._exposed = Exposed(repo, self._declared)

    @cached_property
    def metrics(self) -> tuple[Metric, ...]:
        """Every metric that product code declares. CloudWatch metrics stand once for each place that names one."""
        return (*self._declared.all, *(r.metric for r in self._cloudwatch.recordings))

    def named(self, name: str, namespace: str = "") -> list[Metric]:
        """The metrics that a query of that name (and CloudWatch namespace) asks for."""
        return [m for m in self.metrics if m.is_called(name, namespace)]

    @cached_property
    def recordings(self) -> tuple[Recording, ...]:
        """Every place in product code that records a metric, reached by anything or not."""
        return (*Recorded(self._repo, self._declared, self._texts).all, *self._cloudwatch.recordings)

    @cached_property
    def _by_metric(self) -> dict[Metric, list[Recording]]:
        found: dict[Metric, list[Recording]] = {}
        for recording in self.recordings:
            found.setdefault(recording.metric, []).append(recording)
        return found

    def recordings_of(self, metric: Metric) -> list[Recording]:
        """The places that record the metric."""
        return self._by_metric.get(metric, [])

    def runs(self, recording: Recording) -> bool:
        """Whether a start of the system can reach the recording; for CloudWatch, that its data points are put too."""
        live = self._repo.live
        if recording.metric.library == CLOUDWATCH and not recording.how:
            return False
        if recording.decorated is not None:
            return live.is_live(recording.decorated)
        return live.runs(recording.module, recording.node)

    def live_recordings(self, metric: Metric) -> list[Recording]:
        """The places that record the metric and run."""
        return [r for r in self.recordings_of(metric) if self.runs(r)]

    def exposed(self, metric: Metric) -> Site | None:
        """Where the metric is served or sent out; None where it is not. CloudWatch metrics are so where recorded."""
        return self._exposed.of(metric)

    @property
    def llm_callers(self) -> tuple[LlmCaller, ...]:
        """Classes and modules that call a vendor SDK."""
        return self._repo.llm.calls.callers

    @cached_property
    def llm_paths(self) -> LlmPaths:
        """The code on which models are asked."""
        return LlmPaths(self._repo)

    def on_llm_path(self, recording: Recording) -> bool:
        """Whether the recording can run when a model is asked."""
        if self._repo.live.is_dead(recording.module, recording.node):
            return False
        return recording.function in self.llm_paths.reached if recording.function is not None else False

    # Dashboards

    @cached_property
    def programs(self) -> Programs:
        """Calls of the product and of scripts that create dashboards and alarms."""
        return Programs(self._repo)

    @cached_property
    def _dashboards(self) -> Dashboards:
        return Dashboards(self._repo, self._texts, self.programs)

    @property
    def dashboards(self) -> tuple[Dashboard, ...]:
        """Every dashboard that can be deployed: Grafana's and CloudWatch's."""
        return self._dashboards.all

    @property
    def rejected_dashboards(self) -> tuple[Site, ...]:
        """What looks like a CloudWatch dashboard and is none, with the reason."""
        return self._dashboards.rejected

    # Alarms

    @cached_property
    def alarms(self) -> tuple[Alarm, ...]:
        """Every alarm that the repository declares, complete or not (`alarm.complete`, `alarm.lacks`)."""
        infra = self._repo.infra
        cdk = [a for app in infra.cdk_apps for a in CdkAlarms(app).all()]
        templates = [a for r in infra.resources for a in of_resource(r)]
        blocks = (b for several in infra.terraform_blocks.values() for b in several)
        modules = [a for b in blocks if (a := of_module(b)) is not None]
        put = [of_call(c) for c in self.programs.calls("put_metric_alarm")]
        return (*cdk, *templates, *modules, *put, *RuleAlarms(self._repo).all())

    @cached_property
    def undeployed_alarms(self) -> tuple[Alarm, ...]:
        """Alarms of CDK code that no deployed app makes; for the evidence, they count for nothing."""
        return tuple(undeployed(self._repo))

    @cached_property
    def budgets(self) -> tuple[Budget, ...]:
        """Budgets and subscriptions to anomalies of cost."""
        found = (budget_of(r) for r in self._repo.infra.resources)
        made = (budget_of_call(c) for c in self.programs.calls("create_budget"))
        return (*(b for b in found if b is not None), *made)

    # Conclusions

    @cached_property
    def sources(self) -> Sources:
        """What emits the metrics that queries name."""
        return Sources(self._repo)

    def source(self, use: Use) -> Source | None:
        """What emits the metric that is used; None where nothing is known to."""
        return self.sources.of(use)

    @cached_property
    def llm(self) -> LlmSignals:
        """What is measured and shown of language models."""
        return LlmSignals(self._repo)

    @cached_property
    def serving(self) -> Serving:
        """Whether Prometheus metrics get to whoever scrapes them."""
        return Serving(self._repo)

    @cached_property
    def breaker_metrics(self) -> BreakerMetrics:
        """Whether the state of circuit breakers is measured."""
        return BreakerMetrics(self._repo)

    @cached_property
    def agent_health(self) -> AgentHealth:
        """Whether a dashboard shows how each agent fares."""
        return AgentHealth(self._repo)

    @cached_property
    def alarm_kinds(self) -> AlarmKinds:
        """What alarms fire on."""
        return AlarmKinds(self._repo)

    @property
    def uses_prometheus_reader(self) -> bool:
        """Whether OpenTelemetry metrics are read by a Prometheus reader."""
        return self._exposed.has_prometheus_reader
