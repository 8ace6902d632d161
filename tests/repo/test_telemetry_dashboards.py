"""Dashboards: Grafana's and CloudWatch's, in every form that can be deployed."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.repo import Repo
from pytest_readiness.repo.data_files import Datum, json_documents
from pytest_readiness.repo.telemetry.grafana import jsonnet_panels, of_datum
from pytest_readiness.repo.telemetry.panels import Dashboard, Use
from pytest_readiness.repo.telemetry.widgets import expression_uses, of_body

scalars = st.none() | st.booleans() | st.integers(-9, 99) | st.text("a{}[].%", max_size=5)
trees = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "panels",
                    "targets",
                    "expr",
                    "title",
                    "schemaVersion",
                    "widgets",
                    "type",
                    "properties",
                    "metrics",
                    "spec",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


def repo_of(folder: Path, files: dict[str, str]) -> Repo:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(textwrap.dedent(text).lstrip("\n"))
    return Repo(folder)


def datum(value: object) -> Datum:
    return json_documents("x.json", json.dumps(value))[0]


@given(trees)
def test_any_json_is_read(value: object) -> None:
    of_datum(datum(value))
    of_body(datum(value), "x", 1)


@given(st.text(max_size=200))
def test_any_jsonnet_is_read(text: str) -> None:
    list(jsonnet_panels("x.jsonnet", text))


PANEL = {"title": "Rate", "type": "graph", "targets": [{"expr": "rate(a_total[5m])"}]}


@pytest.mark.parametrize(
    ("value", "queries"),
    [
        ({"title": "T", "schemaVersion": 39, "panels": [PANEL]}, 1),
        ({"dashboard": {"title": "T", "schemaVersion": 39, "panels": [PANEL]}}, 1),
        ({"title": "T", "schemaVersion": 39, "panels": [{"type": "row", "panels": [PANEL, PANEL]}]}, 2),
        ({"title": "T", "schemaVersion": 39, "panels": [PANEL | {"type": "text"}]}, 0),
        ({"title": "T", "schemaVersion": 39, "panels": [PANEL | {"targets": [{"expr": " "}]}]}, 0),
        ({"title": "T", "schemaVersion": "39", "panels": [PANEL]}, None),
        ({"title": "T", "schemaVersion": True, "panels": [PANEL]}, None),
        ({"title": "T", "schemaVersion": 39, "panels": []}, None),
        ({"schemaVersion": 39, "panels": [PANEL]}, None),
        ([], None),
    ],
)
def test_grafana_json(value: object, queries: int | None) -> None:
    found = of_datum(datum(value))
    assert (None if found is None else len(found.with_queries)) == queries


def test_a_cloudwatch_query_in_grafana() -> None:
    target = {
        "namespace": "AWS/Bedrock",
        "metricName": "Invocations",
        "dimensions": {"ModelId": ["*"]},
        "statistic": "Sum",
    }
    found = of_datum(datum({"title": "T", "schemaVersion": 1, "panels": [PANEL | {"targets": [target]}]}))
    assert found is not None
    (use,) = found.panels[0].uses
    assert (use.namespace, use.name, use.statistic, use.split_by) == ("AWS/Bedrock", "Invocations", "Sum", ("ModelId",))


JSONNET = """
local g = import 'g.libsonnet';
// prometheus.target('commented_total')
{
  a: g.prometheus.target("sum(a_total)"),
  b: g.query.prometheus.new('$ds', 'rate(b_total[5m])'),
  c: { expr: |||
    sum(c_total)
  ||| },
  title: g.dashboard.new('no query'),
}
"""


def test_jsonnet() -> None:
    found = {u.name: p.line for p in jsonnet_panels("x", JSONNET.lstrip("\n")) for u in p.uses}
    assert found == {"a_total": 4, "b_total": 5, "c_total": 6}


ROWS = [
    ["AWS/Lambda", "Errors", "FunctionName", "ask", {"stat": "Sum"}],
    ["...", "mail"],
    [".", "Duration", ".", "."],
    [{"expression": "m1 / m2"}],
]


def test_rows_of_a_widget_repeat_the_row_above() -> None:
    body = {"widgets": [{"type": "metric", "properties": {"stat": "p95", "metrics": ROWS}}]}
    found = of_body(datum(body), "x", 1)
    assert found is not None
    assert [(u.namespace, u.name, u.dimensions, u.statistic) for u in found.panels[0].uses] == [
        ("AWS/Lambda", "Errors", (("FunctionName", "ask"),), "Sum"),
        ("AWS/Lambda", "Errors", (("FunctionName", "mail"),), "p95"),
        ("AWS/Lambda", "Duration", (("FunctionName", "mail"),), "p95"),
    ]


def test_a_body_whose_items_are_no_widgets_is_none() -> None:
    assert of_body(datum({"widgets": [{"type": "metric"}]}), "x", 1) is None
    assert of_body(datum({"widgets": []}), "x", 1) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("""SEARCH('{AWS/Lambda,FunctionName} MetricName="Errors"', 'Sum', 300)""", ("AWS/Lambda", "Errors", "Sum")),
        ("""SELECT AVG(Latency) FROM "Shop" GROUP BY AgentId""", ("Shop", "Latency", "AVG")),
        ("""SELECT MAX(CPUUtilization) FROM SCHEMA("AWS/EC2", InstanceId)""", ("AWS/EC2", "CPUUtilization", "MAX")),
        ("m1 / m2", None),
    ],
)
def test_expressions(text: str, expected: tuple[str, str, str] | None) -> None:
    found = [(u.namespace, u.name, u.statistic) for u in expression_uses(text)]
    assert found == ([expected] if expected else [])


def test_insights_are_split_by_what_they_are_grouped_by() -> None:
    (use,) = expression_uses("SELECT SUM(Errors) FROM Agents GROUP BY AgentId, Stage ORDER BY SUM() DESC")
    assert use.split_by == ("AgentId", "Stage")


STACK = """
from aws_cdk import App, Stack, aws_cloudwatch as cw

class Board(Stack):
    def __init__(self, scope, id, functions=("a", "b"), **kw):
        super().__init__(scope, id, **kw)
        {body}

    def widget(self, name):
        return cw.GraphWidget(title=name, left=[self.metric(name)])

    def metric(self, name):
        return cw.Metric(namespace="AWS/Lambda", metric_name="Errors", dimensions_map={{"FunctionName": name}})

app = App()
Board(app, "B")
"""


def shown(folder: Path, body: str) -> list[tuple[str, str]]:
    files = {"infra/cdk.json": '{"app": "python app.py"}', "infra/app.py": STACK.replace("{{", "{").replace("}}", "}")}
    files["infra/app.py"] = files["infra/app.py"].replace("{body}", body)
    boards = repo_of(folder, files).telemetry.dashboards
    return [(u.namespace, u.name) for d in boards for p in d.panels for u in p.uses]


@pytest.mark.parametrize(
    "body",
    [
        'cw.Dashboard(self, "D", widgets=[[self.widget("a")]])',
        'cw.Dashboard(self, "D").add_widgets(self.widget("a"))',
        'd = cw.Dashboard(self, "D")\n        d.add_widgets(*[self.widget(f) for f in functions])',
        'd = cw.Dashboard(self, "D")\n        for f in functions:\n            d.add_widgets(cw.Row(self.widget(f)))',
        'import json\n        cw.CfnDashboard(self, "D", dashboard_body=json.dumps({"widgets": [{"type": "metric", '
        '"properties": {"metrics": [["AWS/Lambda", "Errors", "FunctionName", f] for f in functions]}}]}))',
    ],
)
def test_cdk(tmp_path: Path, body: str) -> None:
    assert set(shown(tmp_path, body)) == {("AWS/Lambda", "Errors")}


@pytest.mark.parametrize(
    "body",
    [
        'cw.Dashboard(self, "D")',
        'cw.Dashboard(self, "D", widgets=[[cw.TextWidget(markdown="x")]])',
        'if False:\n            cw.Dashboard(self, "D", widgets=[[self.widget("a")]])',
        'return\n        cw.Dashboard(self, "D", widgets=[[self.widget("a")]])',
        'cw.Dashboard(self, "D", widgets=[[cw.ChartWidget(left=[self.metric("a")])]])',
    ],
)
def test_cdk_without_a_dashboard(tmp_path: Path, body: str) -> None:
    assert shown(tmp_path, body) == []


def boards(folder: Path, files: dict[str, str]) -> tuple[Dashboard, ...]:
    return repo_of(folder, files).telemetry.dashboards


def test_a_dashboard_that_live_code_puts(tmp_path: Path) -> None:
    code = """
    import json, boto3
    from fastapi import FastAPI

    app = FastAPI()

    class Boards:
        namespace = "Shop"

        def body(self, tenant):
            shown = [[self.namespace, "Orders", "Tenant", tenant]]
            return {"widgets": [{"type": "metric", "properties": {"metrics": shown}}]}

        def put(self, tenant):
            boto3.client("cloudwatch").put_dashboard(DashboardName=tenant, DashboardBody=json.dumps(self.body(tenant)))

    @app.post("/boards/{tenant}")
    def make(tenant: str):
        Boards().put(tenant)
    """
    (found,) = boards(tmp_path, {"app.py": code})
    (use,) = found.panels[0].uses
    assert (use.namespace, use.name) == ("Shop", "Orders")


def test_use_matches_labels_by_letters() -> None:
    use = Use("x", dimensions=(("Agent-Id", "a"), ("job", "b")))
    assert use.matches({"agentid"}) == ["a"]
