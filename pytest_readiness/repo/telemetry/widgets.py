"""CloudWatch widgets and metrics, as JSON bodies, and as CDK writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_readiness.repo.cdk_names import exists
from pytest_readiness.repo.data_files import EITHER, EXPRESSION, NAME, Datum
from pytest_readiness.repo.telemetry.panels import CLOUDWATCH, Dashboard, Panel, Use, embedded_json

CDK = "aws_cdk.aws_cloudwatch."
WIDGETS = frozenset({"GraphWidget", "SingleValueWidget", "GaugeWidget", "AlarmWidget", "TableWidget"})
"""CDK widgets that show metrics."""
_HELPER = re.compile(r"(?:^|\.)(metrics\.\w+|metric(?:[_\d]\w*)?)(?:\.|$)")
"""The part of a method's dotted name by which a construct hands out one of its metrics."""
_SEARCHED = re.compile(r"""\{\s*["']?([^,}"']+)["']?\s*,?\s*([^}]*)\}""")
_SEARCHED_NAME = re.compile(r"""MetricName\s*=\s*\(?\s*\\?["']?([\w.%/-]+)""")
_INSIGHTS = re.compile(
    r"""SELECT\s+\w+\s*\(\s*"?([\w.%/-]+)"?\s*\)\s+FROM\s+(?:SCHEMA\s*\(\s*)?["']?([\w./ -]+)["']?""", re.IGNORECASE
)
_GROUP_BY = re.compile(r"GROUP\s+BY\s+([\w ,\"]+?)(?:\s+ORDER\b|\s+LIMIT\b|$)", re.IGNORECASE)
_WHERE = re.compile(r"""["']?(\w+)["']?\s*=\s*'([^']*)'""")
_HELPER_NAMES = {"servererror": "5XXError", "clienterror": "4XXError"}
_SERVICES = {"apigateway": "ApiGateway", "apigatewayv2": "ApiGateway", "elasticloadbalancingv2": "ApplicationELB",
             "dynamodb": "DynamoDB", "sqs": "SQS", "sns": "SNS", "ecs": "ECS", "rds": "RDS", "s3": "S3", "ec2": "EC2",
             "stepfunctions": "States"}  # fmt: skip


# JSON bodies


def of_body(body: Datum, title: str, line: int) -> Dashboard | None:
    """The dashboard that a JSON body is; None where it has no widgets with a type and properties."""
    widgets = body.entries.get("widgets")
    items = widgets.elements if widgets else ()
    if not items or not all("type" in i.entries and "properties" in i.entries for i in items):
        return None
    return Dashboard(CLOUDWATCH, title, body.path, line, tuple(_widget(i) for i in items))


def _widget(datum: Datum) -> Panel:
    properties = datum.entries["properties"]
    title = properties.entries.get("title")
    rows = properties.entries.get("metrics")
    uses = list(_rows(rows, properties)) if datum.entries["type"].value in ("metric", "explorer") and rows else []
    queries = tuple(str(u) for u in uses)
    return Panel(_text(title), datum.path, title.line if title else datum.line, queries, tuple(uses))


def _rows(rows: Datum, properties: Datum) -> Iterator[Use]:
    """The rows of `metrics`: `[namespace, name, dimension, value, ..., {options}]`, `"."` repeating the row above."""
    before: list[str] = []
    general = _text(properties.entries.get("stat"))
    for row in rows.elements:
        options = next((e for e in row.elements if e.entries), None)
        if options is not None and "expression" in options.entries:
            yield from expression_uses(_text(options.entries["expression"]))
            continue
        cells = [_text(e) if e.tag != EXPRESSION else _text(e) or "*" for e in row.elements if not e.entries]
        if cells[:1] == ["..."]:
            cells = [*before[: len(before) - len(cells) + 1], *cells[1:]]
        cells = [before[i] if c == "." and i < len(before) else c for i, c in enumerate(cells)]
        before = cells
        if len(cells) >= 2 and cells[1]:
            statistic = _text(options.entries.get("stat")) if options else ""
            yield Use(cells[1], cells[0], tuple(zip(cells[2::2], cells[3::2], strict=False)), statistic or general)


def expression_uses(text: str) -> list[Use]:
    """The metrics of a SEARCH expression or a Metrics Insights query."""
    insights = _INSIGHTS.search(text)
    if insights:
        grouped = _GROUP_BY.search(text)
        split = tuple(g.strip(' "') for g in grouped.group(1).split(",")) if grouped else ()
        where = tuple((found.group(1), found.group(2)) for found in _WHERE.finditer(text))
        statistic = text.split("(", maxsplit=1)[0].rsplit(maxsplit=1)[-1]
        return [Use(insights.group(1), insights.group(2).strip(), where, statistic, split_by=split)]
    if "SEARCH" not in text.upper():
        return []
    schema, name = _SEARCHED.search(text), _SEARCHED_NAME.search(text)
    split = tuple(d.strip(" \"'") for d in schema.group(2).split(",")) if schema else ()
    statistic = next((s for s in re.findall(r"'([\w.]+)'", text.rpartition("}")[2]) if s), "")
    return (
        [Use(name.group(1), schema.group(1).strip() if schema else "", (), statistic, split_by=split)] if name else []
    )


# CDK


def cdk_panels(value: Datum) -> Iterator[Panel]:
    """The widgets in a value, rows and columns opened."""
    for _, datum in value.walk():
        name = datum.tag.removeprefix(CDK)
        if datum.tag.startswith(CDK) and name in WIDGETS:
            uses = [u for key, d in datum.entries.items() if key not in ("title", "width") for u in cdk_uses(d)]
            shown = [str(u) for u in uses]
            alarm = datum.entries.get("alarm")
            queries = shown or (["alarm"] if name == "AlarmWidget" and alarm is not None else [])
            title = ", ".join(texts_of(datum.entries.get("title")))
            yield Panel(title, datum.path, datum.line, tuple(queries), tuple(uses))


def missing_names(value: Datum) -> list[str]:
    """Names of aws_cdk in a value that the library does not have."""
    found = (d.value if d.tag == NAME else d.tag for _, d in value.walk())
    return [n for n in dict.fromkeys(found) if isinstance(n, str) and n.startswith("aws_cdk.") and not exists(n)]


def cdk_uses(value: Datum) -> list[Use]:
    """The metrics in a value of CDK code, each once; of a metric that may be one of several, all."""
    found = [u for _, datum in value.walk() for u in _cdk_use(datum)]
    keyed = {(u.namespace, u.name, u.dimensions, u.statistic): u for u in found}
    return list(keyed.values())


def _cdk_use(datum: Datum) -> Iterator[Use]:
    if datum.tag in (f"{CDK}MathExpression", f"{CDK}SearchExpression"):
        yield from expression_uses(_text(datum.get("expression")))
        return
    kind = datum.tag if datum.tag not in ("", EXPRESSION) else str(datum.value) if datum.tag else ""
    statistic = _text(datum.get("statistic"))
    dimensions = _dimensions(datum)
    if kind == f"{CDK}Metric" or kind.startswith(f"{CDK}Metric."):
        for name, namespace in named_pairs(datum):
            yield Use(name, namespace, dimensions, statistic)
        return
    helper = _HELPER.search(kind) if kind.startswith(("aws_cdk.", "metric")) else None
    if helper is not None:
        for text in _helper_names(helper.group(1), datum):
            yield Use(text, _service(kind), dimensions, statistic)


def named_pairs(settings: Datum) -> list[tuple[str, str]]:
    """Each metric name with its namespace; those of a loop are paired as the loop gives them.

    A namespace that cannot be known is "".
    """
    names, space = texts_of(settings.get("metric_name")), settings.get("namespace")
    spaces = texts_of(space) if space is not None and space.tag in ("", EITHER) else []
    if len(spaces) == len(names):
        return list(zip(names, spaces, strict=True))
    return [(n, s) for n in names for s in spaces or [""]]


def texts_of(datum: Datum | None) -> list[str]:
    """Every text that the value may be."""
    if datum is None:
        return []
    found = [d.value for _, d in datum.walk() if isinstance(d.value, str) and d.tag in ("", NAME)]
    return [f for f in found if f]


def _helper_names(method: str, datum: Datum) -> list[str]:
    """The metric's name by the method that hands it out: `metric_errors` is Errors."""
    own = datum.entries.get("self")
    if method == "metric":
        given = datum.get("metric_name") or datum.entries.get("0") or (own.get("metric_name") if own else None)
        return texts_of(given)
    bare = method.removeprefix("metrics.").removeprefix("metric").strip("_")
    known = _HELPER_NAMES.get(bare.replace("_", ""))
    if known:
        return [known]
    coded = [d.value for _, d in datum.walk() if isinstance(d.value, str) and re.search(r"[345]XX", d.value)]
    if coded:
        return [f"HTTPCode_{c.rpartition('.')[2]}" for c in coded]
    return ["".join(p[:1].upper() + p[1:] for p in bare.split("_"))]


def _service(kind: str) -> str:
    """The namespace of a construct's own metrics."""
    found = re.search(r"aws_cdk\.aws_(\w+?)(?:_alpha)?\.", kind)
    if found is None:
        return "AWS/*"
    if found.group(1) == "logs":
        return ""
    return "AWS/" + _SERVICES.get(found.group(1), found.group(1).title())


def _dimensions(datum: Datum) -> tuple[tuple[str, str], ...]:
    given = datum.get("dimensions_map") or datum.get("dimensions")
    return tuple((k, _text(d)) for k, d in given.entries.items()) if given else ()


def _text(datum: Datum | None) -> str:
    """The value's text; of a computed one the text that it is computed from."""
    return datum.value if datum is not None and isinstance(datum.value, str) else ""


def body_of(holder: Datum) -> Datum | None:
    """The JSON body that a property holds, as text or as a tree."""
    if not isinstance(holder.value, str):
        return holder
    text = holder.value
    if text.startswith("<<"):
        text = text.partition("\n")[2].rpartition("\n")[0]
    return embedded_json(holder, text)
