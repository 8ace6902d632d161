"""Guides for those who run the system: deployment, troubleshooting, monitoring, and what to do when an alarm rings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_readiness.repo.docs import VOCABULARY, Document, Entry, Reference, Section, calls
from pytest_readiness.repo.handbook.sections import Element, at, found, outermost_below_title, text_of
from pytest_readiness.repo.handbook.teams import letters
from pytest_readiness.repo.modules import Site

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

GUIDE_WORDS = 25
MONITOR_WORDS = 50
METRICS = 5
LIMITS = 3
PROCEDURES = 3


def _any_case(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_BUILDS = re.compile(
    r"^(?:docker|podman) (?:buildx |image )?(?:build|push)\b|^docker-compose\b|^(?:docker|podman) compose\b"
    r"|\bcdk deploy\b|^helm\b|^kubectl\b|^sam deploy\b|^(?:terraform|tofu) apply\b"
    r"|^(?:npx )?(?:serverless|sls) deploy\b|^aws ecs update-service\b"
    r"|^(?:\S*/)?[\w.-]*deploy[\w.-]*(?:\s|$)|^(?:python3?|bash|sh|make|gmake|npm run) \S*deploy"
)
_CLOUD = re.compile(r"^(?:npx )?(?:aws|cdk|terraform|tofu|sam|az|gcloud|pulumi|helm|kubectl|ansible-playbook)\b|deploy")
_ANY = re.compile("")


@dataclass(frozen=True)
class _Part:
    """An element of a deployment guide: what its section's heading matches, and the command that it holds."""

    name: str
    heading: re.Pattern[str]
    command: re.Pattern[str] | None = None


_PARTS = (
    _Part("prerequisites", VOCABULARY["prereq"]),
    _Part("configuration and secrets", _any_case(r"environment|config|secret|api[ -]?key|konfig|miljö|hemlig")),
    _Part("local set-up", VOCABULARY["local"], _ANY),
    _Part("cloud infrastructure", _any_case(r"aws|cloud|infrastru[ck]|cdk|terraform|moln"), _CLOUD),
    _Part("release", _any_case(r"deploy|release|image|build|compose|driftsätt|rulla\w* ut\b|utrull|\bbygg"), _BUILDS),
    _Part("verification", _any_case(r"verif|validat|smoke|post-?deploy|kontroll|valider|bekräft|röktest"), _ANY),
    _Part("rollback", VOCABULARY["rollback"], _ANY),
)
TOPICS = {
    "start-up and configuration": _any_case(
        r"\b(?:upp)?start|import|environment|config|\.env\b|\bport\b|api[ -]?key|konfig|miljö|nyckel|inställning"
        r"|\bigång\b|kommer inte upp"
    ),
    "LLM provider": _any_case(r"bedrock|open ?ai|\bllm|\bmodel|provider|rate limit|språkmodell|leverantör"),
    "circuit breaker and failover": _any_case(
        r"circuit|fail-?over|fallback|kretsbryt|\b(?:brytare|säkring)|(?:bort|från)koppl|reserv"
    ),
    "data stores and cache": _any_case(
        r"redis|elasticache|dynamo|database|supabase|\bcache|opensearch|postgres|databas|\bcachning|datalager"
    ),
    "performance": _any_case(
        r"latency|\bslow|time-?out|performance|latens|långsam|prestanda|\bdröj|svarstid|\bseg[at]?\b|\btrög|lång tid"
    ),
    "cost": _any_case(r"\bcost|budget|kostnad|kostar|\bdyr(?:t|a|are)?\b"),
    "deployment": _any_case(
        r"deploy|\bcdk\b|cloudformation|docker|bootstrap|roll-?back|\bstacks?\b|terraform|\bhelm\b|driftsätt|utrull"
        r"|\brulla\w* ut\b|återgång|\bny(?:a|aste)? versionen?\b"
    ),
}
"""Topic -> what the title of an entry on it matches."""
_METRIC = re.compile(
    r"(?<![\w.])[a-z][a-z0-9]*(?:_[a-z0-9]+)*_(?:total|seconds|bytes|count|rate|ms|size|state|requests|hits|misses|errors|cost"
    r"|latency)\b"
)
_LIMITED = _any_case(
    r"alert|alarm|larm|threshold|error rate|latency|\bcost|hit rate|tröskel|gräns|felfrekvens|felandel"
    r"|andel\w* fel|latens|svarstid|kostnad|kostar|träff"
)
_LIMIT = _any_case(
    r"(?:(?<![-=<])[<>]=?|[≥≤]|&[lg]t;)\s*[~$€£]?\s*\d"
    r"|(?:exceed|threshold|above|below|more than|överstig|understig|tröskel|gräns|\böver\b"
    r"|\bunder\b(?! \d+ (?:min|tim))|\b(?:fler|mer|färre|mindre|högre|lägre|längre|större) än|högst|minst"
    r"|som mest)[^\n]{0,40}?\d"
    r"|\d[^\n]{0,12}(?:threshold|tröskel|gräns)"
)
_LOGS = _any_case(
    r"aws logs (?:tail|filter-log-events|start-query)|kubectl logs|docker(?:-compose| compose)?(?: -f \S+)* logs"
    r"|\btail -[fF]|fields @timestamp|gcloud logging|journalctl|stern "
)
_RESPONSE = _any_case(
    r"runbook|troubleshoot|incident|roll-?back|playbook|felsök|drifts?handbok|återgång|\bjour(?:en)?s?\b|\bjour(?:handbok|rutin|plan)"
)
_GROUP = _any_case(
    r"\W*(?:(?:the|all|our|common|alarms?|alerts?|procedures?|incidents?|runbooks?|playbooks?|scenarios?|symptoms?|and|by|per"
    r"|larm|larmen|rutiner|åtgärder|incidenter|procedurer|scenarier|symtom|och)\b\W*)+"
)
"""Headings that only gather procedures."""
_CHORE = _any_case(
    r"^[\d.\s]*(?:run|start|install|set[ -]?up|build|lint|format|test|getting started|quick ?start|prerequisites"
    r"|overview|kör|starta|installera|bygg|testa)\b"
    r"(?!.*(?:fail|error|slow|\bnot\b|n't|stuck|crash|\bdown\b|\binte\b"
    r"|\bfel\b|misslyck))"
)
"""Headings of everyday work, not of something that went wrong."""
_DASHBOARD = _any_case(r"dashboard|grafana|cloudwatch")
_DEFINITION = re.compile(r"(?<![\w.@/-])[\w.@-][\w.@/-]*\.(?:json|ya?ml|py)\b")


class Guides:
    """The elements of guides."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    # Deployment

    @property
    def deployment(self) -> list[tuple[Element, ...]]:
        """The elements of each document that is a deployment guide."""
        return [self._deployment(d) for d in self._repo.documents.all() if d.is_about("deploy")]

    def _deployment(self, document: Document) -> tuple[Element, ...]:
        return tuple(self._part(document, part) for part in _PARTS)

    def _part(self, document: Document, part: _Part) -> Element:
        sections = [s for s in outermost_below_title(document, part.heading) if s.words >= GUIDE_WORDS]
        if not sections:
            return found(part.name, [], f"no section of {GUIDE_WORDS} words", at(document))
        live = [s for s in sections if not self._repo.docs.dead(s)]
        if not live:
            dead = [r for s in sections for r in self._repo.docs.dead(s)]
            note = f"its section has a dead reference: {dead[0].problem}"
            return Element(part.name, False, tuple(Site(r.path, r.line, r.problem) for r in dead), note)
        return found(part.name, _with_command(live, part.command), "its section has no such command", at(live[0]))

    # Troubleshooting

    @property
    def topics(self) -> tuple[Element, ...]:
        """Each topic of troubleshooting; empty without a troubleshooting section."""
        sections = [s for d in self._repo.documents.all() for s in d.outermost("trouble")]
        entries = [e for s in sections for e in self._repo.docs.entries(s)]
        return tuple(self._topic(name, p, entries, sections[0]) for name, p in TOPICS.items()) if sections else ()

    def _topic(self, name: str, title: re.Pattern[str], entries: Iterable[Entry], first: Section) -> Element:
        """A live entry with a remedy whose title is on the topic; else why those on it do not count."""
        about = [e for e in entries if title.search(e.title)]
        judged = [(e, self._why_not(e)) for e in about]
        shown = [Site(e.path, e.line, e.title) for e, problem in judged if not problem]
        if shown:
            return Element(name, True, tuple(shown))
        note = judged[0][1] if judged else "no entry is about it"
        rejected = tuple(Site(e.path, e.line, f"{e.title}: {problem}") for e, problem in judged)
        return Element(name, False, rejected or (at(first, f"no entry on {name}"),), note)

    def _why_not(self, entry: Entry) -> str:
        """Why the entry is no help; "" for one that is."""
        if not has_remedy(entry):
            return "it holds no remedy"
        dead = [r for r in self._repo.docs.dead(entry.section) if entry.holds(r.line)]
        return f"a reference of it is dead: {dead[0].problem}" if dead else ""

    # Monitoring

    @property
    def monitoring(self) -> list[tuple[Element, ...]]:
        """The elements of each document that has monitoring sections."""
        return [e for d in self._repo.documents.all() if (e := self._monitoring(d))]

    def _monitoring(self, document: Document) -> tuple[Element, ...]:
        sections = document.outermost("monitor")
        if sum(s.words for s in sections) < MONITOR_WORDS:
            return ()
        place = at(sections[0])
        metrics = {p.note: p for s in sections for p in _metrics(s)}
        limits = [p for s in sections for p in _limits(s)]
        dead = [r for s in sections for r in self._repo.docs.dead(s)]
        return (
            found("dashboard", self._dashboards(sections), "it names no dashboard definition that exists", place),
            found(
                "metrics", _enough(metrics.values(), METRICS), f"it names {len(metrics)} metrics, not {METRICS}", place
            ),
            found("limits", _enough(limits, LIMITS), f"{len(limits)} lines give a limit, not {LIMITS}", place),
            found("logs", (p for s in sections for p in _log_reading(s)), "no command or query reads the logs", place),
            found(
                "response", (p for s in sections for p in self._responses(s)), "it leads to nothing to do then", place
            ),
            _references(dead, place),
        )

    def _dashboards(self, sections: Iterable[Section]) -> Iterator[Site]:
        """Paths of dashboard definitions of the repository that the sections name."""
        for section in sections:
            for text in section.said:
                for match in _DEFINITION.finditer(text.text):
                    path = self._repo.docs.liveness.resolved(match.group(), section.document)
                    if path is not None and _DASHBOARD.search(path):
                        yield Site(section.path, text.line + text.text.count("\n", 0, match.start()), f"names {path}")

    def _responses(self, section: Section) -> Iterator[Site]:
        """Links to documents on what to do, and subsections that say it."""
        for link in section.links:
            target = self._repo.docs.resolved(link, section.document)
            led_to = self._repo.documents.get(target) if target in self._repo.documents.written else None
            if target is not None and _RESPONSE.search(f"{link.text} {target} {led_to.title if led_to else ''}"):
                yield Site(section.path, link.line, f"leads to {target}")
        yield from (at(s, s.title) for key in ("trouble", "runbook") for s in section.within(key))

    # Runbook

    @property
    def runbooks(self) -> list[tuple[Element, ...]]:
        """The elements of each runbook with substance."""
        sections = (s for d in self._repo.documents.all() for s in _runbooks(d))
        return [self._runbook(s) for s in sections if s.has_substance]

    def _runbook(self, section: Section) -> tuple[Element, ...]:
        place = at(section)
        procedures = [s for s in _procedures(section) if s.commands and not _CHORE.search(s.title)]
        contacts = section.document.matching("contact")
        dead = self._repo.docs.dead(section)
        shown = [at(s, f"a procedure: {s.title}") for s in procedures]
        return (
            found(
                "procedures",
                _enough(shown, PROCEDURES),
                f"{len(shown)} procedures with commands, not {PROCEDURES}",
                place,
            ),
            self._alarms(section),
            found("contact", (at(s, "whom to call") for s in contacts), "it does not say whom to call", place),
            _references(dead, place),
        )

    def _alarms(self, section: Section) -> Element:
        plain = letters(text_of(section))
        alarms = self._repo.handbook.alarms
        missing = [a for a in alarms if letters(a.name) not in plain]
        if not missing:
            said = "names every alarm" if alarms else "no alarm is defined"
            return Element("alarms", True, (at(section, said),))
        note = f"it has nothing on {', '.join(a.name for a in missing)}"
        return Element(
            "alarms", False, tuple(Site(a.path, a.line, f"no procedure for {a.name}") for a in missing), note
        )


def has_remedy(entry: Entry) -> bool:
    """Whether the entry says in code what to do."""
    return bool(entry.remedies or entry.codes)


def _with_command(sections: Iterable[Section], pattern: re.Pattern[str] | None) -> Iterator[Site]:
    """The sections, or where a command is asked for the first such command of each."""
    for section in sections:
        if pattern is None:
            yield at(section, section.title)
        else:
            every = (call for command in section.commands for call in calls(command) if call.words)
            yield from (Site(section.path, c.line, c.text) for c in every if pattern.search(c.text))


def _references(dead: list[Reference], place: Site) -> Element:
    """Whether all references are alive; else each dead one."""
    if not dead:
        return Element("references", True, (replace(place, note="no reference is dead"),))
    places = tuple(Site(r.path, r.line, r.problem) for r in dead)
    return Element("references", False, places, f"it has a dead reference: {dead[0].problem}")


def _enough(places: Iterable[Site], number: int) -> list[Site]:
    """The places where there are at least so many, else none."""
    listed = list(places)
    return listed if len(listed) >= number else []


def _metrics(section: Section) -> Iterator[Site]:
    """Each metric that the section names, with its name as the note."""
    for text in section.said:
        for match in _METRIC.finditer(text.text):
            yield Site(section.path, text.line + text.text.count("\n", 0, match.start()), match.group())


def _log_reading(section: Section) -> Iterator[Site]:
    """The lines of code blocks that read logs; comments read none."""
    for fence in section.fences:
        for number, line in fence.lines:
            if _LOGS.search(line) and not line.lstrip().startswith("#"):
                yield Site(section.path, number, line.strip())


def _limits(section: Section) -> Iterator[Site]:
    """Each line that gives a limit: what is limited, how it is compared, and a number."""
    for text in section.said:
        for offset, line in enumerate(text.text.split("\n")):
            if _LIMITED.search(line) and _LIMIT.search(line):
                yield Site(section.path, text.line + offset, " ".join(line.split()))


def _runbooks(document: Document) -> list[Section]:
    """The whole document where its title matches, else its outermost matching sections."""
    if VOCABULARY["runbook"].search(document.title):
        return [document.whole]
    return document.outermost("runbook")


def _procedures(section: Section) -> list[Section]:
    """The subsections one level down; those of a mere group ("Alarms") in its place."""
    direct = _direct(section)
    return [p for s in direct for p in (_direct(s) if _GROUP.fullmatch(s.title.strip()) and s.subsections else [s])]


def _direct(section: Section) -> list[Section]:
    """The subsections one level down."""
    highest = min((s.level for s in section.subsections), default=0)
    return [s for s in section.subsections if s.level == highest]
