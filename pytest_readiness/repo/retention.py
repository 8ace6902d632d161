"""How long is data kept? The written policy, and what expires in each store."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.data_files import EITHER, NAME, Datum
from pytest_readiness.repo.docs import Section, is_readme, is_report
from pytest_readiness.repo.infra_model import Resource
from pytest_readiness.repo.modules import Function, Site, call_name, text_of
from pytest_readiness.repo.stores import BUCKET, LOG_GROUP, TABLE, ApiCall, Store

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

HEADING = r"retention|gallring|lagringstid|bevarande"
_UNIT = (
    r"(?:days?|weeks?|months?|years?|hours?|minutes?|d|h|y|dagar|dag|dygn|veck(?:a|or)|månad(?:er)?|år|timm(?:e|ar))"
)
_NUMBER = r"(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|ett|en|två|tre|fyra|fem|sex|sju|tio)"
_PERIOD = re.compile(rf"\b{_NUMBER}[\s-]?{_UNIT}\b", re.IGNORECASE)
_KIND = re.compile(r"[^\W\d_]{3,}")
_FEWEST = 2
"""Kinds of data that a policy gives a period for."""
_DELETE = re.compile(r"\bdelete\s+from\s+[\"'`]?(?:\w+\.)?(\w+)[\s\S]*?\bwhere\b[\s\S]*?[<>]", re.IGNORECASE)
_SQL_LIMIT = 5_000
_BOUNDS = ("__lt", "__lte")


class Retention:
    """The policy and the expiry of stores."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @cached_property
    def policy(self) -> Site | None:
        """The section that gives periods for at least two kinds of data."""
        return next((_place(s) for s in self._sections if len(_periods(s)) >= _FEWEST), None)

    @cached_property
    def without_periods(self) -> tuple[Site, ...]:
        """Sections on retention that are no policy."""
        found = (s for s in self._sections if len(_periods(s)) < _FEWEST)
        return tuple(Site(s.path, s.line, f"“{s.title}” gives no period for two kinds of data") for s in found)

    @cached_property
    def _sections(self) -> tuple[Section, ...]:
        documents = self._repo.documents
        paths = [p for p in documents.written if _may_hold_policy(p) and not self._repo.scope.is_test(p)]
        return tuple(s for d in documents.all(paths) for s in d.outermost(HEADING))

    def expiry(self, store: Store) -> Site | None:
        """What makes the store's data expire; None where nothing does."""
        rules: dict[str, Callable[[Resource], Site | None]] = {
            LOG_GROUP: _log_retention, BUCKET: self._lifecycle, TABLE: _time_to_live,
        }  # fmt: skip
        if store.resource is not None:
            return rules[store.kind](store.resource)
        return self._applied(store)

    @cached_property
    def purge(self) -> Site | None:
        """A live job or command that deletes rows of a model of persons older than a bound."""
        functions = (f for m in self._repo.product for f in m.functions)
        found = ((f, site) for f in functions if (site := self._purges(f)) is not None)
        return next((site for f, site in found if f.node in self._jobs), None)

    def _lifecycle(self, bucket: Resource) -> Site | None:
        rules = [bucket.get("lifecycle_rules"), bucket.get("lifecycle_rule"), bucket.get("lifecycle_configuration")]
        found = [rule for r in rules if r is not None for rule in _rules_in(r)]
        found += [c.arguments for c in bucket.called("add_lifecycle_rule")]
        if bucket.language == "terraform":
            found += [rule for r in self._configurations_of(bucket) for rule in _rules_in(r)]
        return next((Site(r.path, r.line, "a rule expires objects") for r in found if _expires(r)), None)

    def _configurations_of(self, bucket: Resource) -> Iterator[Datum]:
        """Separate lifecycle resources of Terraform that name the bucket."""
        for resource in self._repo.infra.resources:
            target, rule = resource.get("bucket"), resource.get("rule")
            if resource.kind != "aws_s3_bucket_lifecycle_configuration" or target is None or rule is None:
                continue
            if f"aws_s3_bucket.{bucket.name}." in f"{target.value}." or target.value == bucket.name:
                yield rule

    def _applied(self, store: Store) -> Site | None:
        """The call in the same class or module that gives what it creates an expiry."""
        if store.scope is None:
            return None
        named = {
            LOG_GROUP: ("put_retention_policy",),
            BUCKET: ("put_bucket_lifecycle_configuration", "put_bucket_lifecycle"),
            TABLE: ("update_time_to_live",),
        }[store.kind]
        calls = self._repo.stores.calls_in(store.scope, *named)
        return next((Site(c.path, c.line, call_name(c.node)) for c in calls if _applies(c)), None)

    @cached_property
    def _jobs(self) -> frozenset[ast.AST]:
        """Live functions that run without a request: those of jobs and commands, and others that no handler runs."""
        operations = self._repo.privacy.operations
        commands = [o for o in operations.trusted if o.kind == "command"]
        of_commands = {s.function.node for o in commands for s in operations.steps(o)}
        of_handlers = {s.function.node for o in operations.all if o.kind == "handler" for s in operations.steps(o)}
        live = {f.node for m in self._repo.product for f in m.functions if self._repo.live.is_live(f)}
        return frozenset(of_commands | (live - of_handlers))

    def _purges(self, function: Function) -> Site | None:
        personal = set(self._repo.privacy.models)
        for statement in self._repo.orm.statements_in(function):
            if statement.kind in ("delete", "remove") and personal & set(statement.models) and _is_bounded(function):
                return statement.at("deletes rows older than a bound")
        tables = {m.table for m in personal}
        for node in function.own_nodes:
            found = _DELETE.search((text_of(node) or "")[:_SQL_LIMIT])
            if found and found.group(1) in tables:
                return function.module.at(node, "deletes rows older than a bound")
        return None


def _may_hold_policy(path: str) -> bool:
    """README*, PRIVACY*, SECURITY*, or below a docs folder; work reports are none."""
    *folders, name = path.split("/")
    if is_report(path) or any(f.startswith(".") for f in folders):
        return False
    return is_readme(path) or name.upper().startswith(("PRIVACY", "SECURITY")) or "docs" in folders


def _place(section: Section) -> Site:
    return Site(section.path, section.line, f"“{section.title}” gives the periods")


def _periods(section: Section) -> list[str]:
    """Rows and items that give a kind of data and a period."""
    texts = [" ".join(r.cells) for r in section.rows if not r.is_header] + [i.text for i in section.items]
    return [t for t in texts if _PERIOD.search(t) and _KIND.search(_PERIOD.sub(" ", t))]


def _log_retention(group: Resource) -> Site | None:
    """Retention that is set, and not to for ever."""
    value = group.get("retention") or group.get("retention_in_days")
    if value is None or not value.is_set or any(_is_endless(v) for v in (value, *value.elements)):
        return None
    return Site(value.path, value.line, "retention is set")


def _is_endless(value: Datum) -> bool:
    return value.value == 0 or (value.tag == NAME and str(value.value).endswith(".INFINITE"))


def _time_to_live(table: Resource) -> Site | None:
    attribute = table.get("time_to_live_attribute")
    if attribute is not None and attribute.is_set:
        return Site(attribute.path, attribute.line, "time to live is set")
    for key in ("time_to_live_specification", "ttl"):
        enabled = table.get(key, "enabled")
        if enabled is not None and enabled.is_true:
            return Site(enabled.path, enabled.line, "time to live is enabled")
    return None


def _rules_in(datum: Datum) -> list[Datum]:
    """The rules of a list of rules, or of a configuration that holds one."""
    inner = datum.get("rules")
    return list((inner or datum).elements) or [inner or datum]


def _expires(rule: Datum) -> bool:
    """Whether a lifecycle rule is on and expires current objects."""
    status, enabled = rule.get("status"), rule.get("enabled")
    if (status is not None and status.text == "Disabled") or (enabled is not None and enabled.value is False):
        return False
    if rule.tag == EITHER:
        return all(_expires(r) for r in rule.elements)
    keys = ("expiration", "expiration_in_days", "expiration_date", "expires_after")
    return any(d is not None and d.is_set for d in map(rule.get, keys))


def _applies(call: ApiCall) -> bool:
    """Whether the call sets an expiry: days, an expiring rule, or an enabled time to live."""
    days = call.arguments.get("retention_in_days")
    if days is not None:
        return days.is_set
    configuration = call.arguments.get("lifecycle_configuration")
    if configuration is not None:
        return any(_expires(r) for r in _rules_in(configuration)) or not configuration.entries
    enabled = call.arguments.get("time_to_live_specification", "enabled")
    return enabled is not None and enabled.value is not False


def _is_bounded(function: Function) -> bool:
    """Whether the function picks what lies before a bound, in Python or in an ORM's keyword."""
    for node in function.own_nodes:
        if isinstance(node, ast.Compare) and _lies_before(function, node):
            return True
        if isinstance(node, ast.keyword) and node.arg and node.arg.endswith(_BOUNDS):
            return True
    return False


def _lies_before(function: Function, node: ast.Compare) -> bool:
    """`row.created_at < bound`, or an age `now - row.created_at > period`; not the other way round."""
    match node.ops[0]:
        case ast.Lt() | ast.LtE():
            small, large = node.left, node.comparators[0]
        case ast.Gt() | ast.GtE():
            small, large = node.comparators[0], node.left
        case _:
            return False
    stored = (n for n in ast.walk(small) if isinstance(n, ast.Attribute | ast.Subscript))
    return any(stored) or any(_is_age(n) for n in (*ast.walk(large), *_assigned(function, large)))


def _is_age(node: ast.AST) -> bool:
    """`now - row.created_at`"""
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and isinstance(node.right, ast.Attribute)


def _assigned(function: Function, node: ast.expr) -> Iterator[ast.AST]:
    """What the name was made of in the function."""
    name = node.id if isinstance(node, ast.Name) else None
    for statement in (n for n in function.own_nodes if isinstance(n, ast.Assign)):
        if any(isinstance(t, ast.Name) and t.id == name for t in statement.targets):
            yield from ast.walk(statement.value)
