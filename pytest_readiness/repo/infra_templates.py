"""CloudFormation and SAM templates, Serverless Framework files: YAML or JSON with resources of `A::B::C` types."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_readiness.repo.data_files import EITHER, EXPRESSION, Datum
from pytest_readiness.repo.infra_model import CLOUDFORMATION, Resource

_TYPE = re.compile(r"^[A-Za-z0-9]+(::[A-Za-z0-9]+){1,2}$")
_FUNCTIONS = frozenset({"Sub", "Join", "GetAtt", "If", "FindInMap", "Select", "Split", "ImportValue", "Base64", "Cidr"})


def might_hold_resources(text: str) -> bool:
    """A quick look that spares parsing files without templates."""
    return "Resources" in text and "::" in text


def resources(document: Datum) -> Iterator[Resource]:
    """The resources of a template; those of a Serverless Framework file stand one level deeper."""
    for top in (document, document.entries.get("resources")):
        declared = top.entries.get("Resources") if top else None
        parameters = _defaults(top) if top else {}
        for name, body in declared.entries.items() if declared else ():
            kind = body.entries.get("Type")
            if kind is not None and _TYPE.match(kind.text or ""):
                properties = body.entries.get("Properties") or Datum(body.path, body.line, {})
                settings = _with_metadata(_Resolver(parameters).datum(properties), body)
                yield Resource(CLOUDFORMATION, kind.text or "", name, body.path, body.line, settings)


def _with_metadata(settings: Datum, body: Datum) -> Datum:
    """The properties, with the resource's metadata under that name: where SAM is told how to build an image."""
    metadata = body.entries.get("Metadata")
    if metadata is None or not isinstance(settings.value, dict):
        return settings
    return Datum(settings.path, settings.line, {"Metadata": metadata} | settings.entries)


def _defaults(document: Datum) -> dict[str, Datum]:
    """Parameter -> its default value."""
    declared = document.entries.get("Parameters")
    found = {n: p.entries.get("Default") for n, p in (declared.entries if declared else {}).items()}
    return {n: d for n, d in found.items() if d is not None}


class _Resolver:
    """Replaces intrinsic functions: a Ref to a parameter by its default, !If by either branch, others as computed."""

    def __init__(self, parameters: dict[str, Datum]) -> None:
        self._parameters = parameters
        self._done: dict[int, Datum] = {}

    def datum(self, datum: Datum, depth: int = 60) -> Datum:
        if id(datum) not in self._done and depth > 0:
            self._done[id(datum)] = self._resolved(datum, depth)
        return self._done.get(id(datum), datum)

    def _resolved(self, datum: Datum, depth: int) -> Datum:
        name, argument = _intrinsic(datum)
        if name == "Ref":
            default = self._parameters.get(str(argument.value))
            value = str(argument.value) if default is None else default.value
            return Datum(datum.path, datum.line, value, EXPRESSION if default is None else "")
        if name == "If" and len(argument.elements) == 3:
            branches = tuple(self.datum(d, depth - 1) for d in argument.elements[1:])
            return Datum(datum.path, datum.line, branches, EITHER)
        if name:
            return Datum(datum.path, datum.line, _source(argument), EXPRESSION)
        if isinstance(datum.value, dict):
            below = {k: self.datum(d, depth - 1) for k, d in datum.value.items()}
            return Datum(datum.path, datum.line, below, datum.tag)
        if isinstance(datum.value, tuple):
            return Datum(datum.path, datum.line, tuple(self.datum(d, depth - 1) for d in datum.value), datum.tag)
        return datum


def _intrinsic(datum: Datum) -> tuple[str, Datum]:
    """The intrinsic function that the value is, in short (`!Ref X`) or long form (`{"Ref": "X"}`); "" for none."""
    if datum.tag.startswith("!"):
        return datum.tag.removeprefix("!"), Datum(datum.path, datum.line, datum.value)
    if len(datum.entries) == 1:
        name, argument = next(iter(datum.entries.items()))
        short = name.removeprefix("Fn::")
        if name == "Ref" or (name.startswith("Fn::") and short in _FUNCTIONS):
            return short, argument
    return "", datum


def _source(argument: Datum) -> str:
    """Text that tells what is computed: the argument of !Sub or !GetAtt, the first of several, what !Join joins."""
    first = argument.elements[0] if argument.elements else argument
    if len(argument.elements) == 2 and argument.elements[1].elements:
        return str(first.value).join(_part(d) for d in argument.elements[1].elements)
    return first.value if isinstance(first.value, str) else ""


def _part(datum: Datum) -> str:
    """An element of what is joined: a text, or what an intrinsic function names."""
    name, argument = _intrinsic(datum)
    return _source(argument) if name else str(datum.value)
