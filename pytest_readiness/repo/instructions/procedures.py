"""Procedures for bad days: rolling back, backups, recovery after a disaster."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from pytest_readiness.repo.docs import Section, Text
from pytest_readiness.repo.handbook.sections import Element, at, found
from pytest_readiness.repo.instructions import commands
from pytest_readiness.repo.instructions.commands import Steps, first
from pytest_readiness.repo.modules import Site

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

VERIFY_WORDS = 3
"""Words below a heading on verification: a mere heading verifies nothing."""


def _any_case(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_NUMBER = (
    r"(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|thirty|sixty|ninety|zero"
    r"|en|ett|två|tre|fyra|fem|sex|sju|åtta|nio|tio|tolv|femton|trettio|sextio|noll)"
)
_UNIT = (
    r"(?:s|sec|seconds?|min|minutes?|h|hrs?|hours?|d|days?|weeks?|months?|years?"
    r"|sekund(?:er)?|minut(?:er)?|tim(?:me|mar)?|dag(?:ar)?|dygn|veck(?:a|or)|månad(?:er)?|år)s?"
)
_TIME = r"(?:halv)?(?:minut|kvart|timm|dag|dygn|natt|kväll|morgon|veck|månad|(?:mån|tis|ons|tors|fre|lör|sön)dag)"
"""When something happens again and again."""
_GOAL = _any_case(
    r"\b(?:previous|earlier|prior|preceding|older|former|last|latest)(?:[\s-]+\w+){0,2}[\s-]+"
    r"(?:version|release|deployment|revision|image|build|tag|state|commit|stack|configuration|template|change ?set"
    r"|good)s?\b"
    r"|\blast[ -]known[ -]good\b|\bknown[ -]good\b|\brevision|\btags?\b|snapshot|(?<![a-z])back-?ups?(?![a-z])"
    r"|\b(?:tidigare|föregående|förra|äldre|senaste)(?: \w+){0,2} (?:\w*version|\w*utgåva|release|\w*avbild"
    r"|\w*driftsättning|image|bygge|läge|tagg|commit|konfiguration)\w*|\bversion\w*[^\n.]{0,60}\b(?:tidigare|föregående|förra)\b"
    r"|senast(?:e)? (?:kända )?fungerande|ögonblicksbild|säkerhetskopi"
)
_STORE = _any_case(
    r"dynamo ?db|\bS3\b|\bredis\b|elasticache|opensearch|\bRDS\b|\baurora\b|postgres|supabase|\bmysql\b|\bmongo ?db\b"
    r"|\bsqlite\b"
    r"|databas|object storage|\bbuckets?\b|blob storage|cloud sql|firestore|cosmos ?db"
)
_SCHEDULE = _any_case(
    r"\b(?:dail|hour|week|night|month)ly\b|\bdaily\b|\bevery (?:\d+|other|single|day|hour|night|week|month|morning"
    r"|evening|minute"
    rf"|sunday|monday|{_NUMBER})|\bcron\b|\bcontinuous|point-in-time|\bPITR\b|\brate\(\d|\b(?:once|twice) (?:a"
    rf"|per) (?:day|week|month)"
    r"|\beach (?:day|night|hour|week|month)|\bdaglig|\btimvis|\bveckovis|\bnattlig|\bmånadsvis|\bnattetid"
    rf"|\bvarje (?:\w+ )?{_TIME}|\bvar \w+ {_TIME}|\bper {_TIME}|\bgång(?:er)? (?:om|i) {_TIME}"
    r"|\bkontinuerlig|\blöpande\b"
)
_KEPT = (
    r"(?:\bret(?:ain|ention)\w*|\bkeeps?\b|\bkept\b|\bbehåll\w*|\bspara[st]?\b|\blagra[st]?\b|\bbevara\w*"
    r"|\b(?:finns|ligger) kvar\b|\bgallras?\b|\b(?:raderas|tas bort|slängs) efter\b"
    r"|\b(?:deleted|removed|expires?) after\b"
    r"|\blagringstid\w*)"
)
_RETAINED = _any_case(
    rf"{_KEPT}[^\n]*?(?:\d|\b{_NUMBER} {_UNIT}\b)|\b{_NUMBER}[\s-]*{_UNIT}\b[^\n]*?(?:\bretention|\bretained|\bkept\b"
    rf"|lagringstid)"
)
_LOGS = _any_case(
    rf"\b(?:logs?|log[ -]groups?|loggar(?:na)?|logg(?:en|data)?|loggrupp\w*)\b[^\n;.]{{0,40}}?{_KEPT}"
    rf"|{_KEPT}[^\n;.:]{{0,25}}?\b(?:logs?|log[ -]groups?|loggar(?:na)?|loggrupp\w*)\b|\baws logs\b"
)
_OBJECTIVE = {
    "RTO": r"(?:\bRTO\b|recovery[ -]time[ -]objective|återställningstid(?:smål)?)",
    "RPO": r"(?:\bRPO\b|recovery[ -]point[ -]objective|återställningspunkt(?:smål)?)",
}
_EITHER = f"(?:{_OBJECTIVE['RTO']}|{_OBJECTIVE['RPO']})"
_AND = r"[\s(]*(?:and|och|/|&|,|\+)[\s)]*"
_PLACE = _any_case(
    r"\b(?:second|secondary|another|other|different|standby|stand-by|alternate|alternative|passive|recovery|backup"
    r"|fail-?over|paired"
    r"|DR)(?:[\s-]+\w+){0,2}[\s-]+(?:region|zone|account|site|data ?cent(?:er|re)|availability zone)s?\b|\b(?:cross"
    r"|multi)-?\s?region"
    r"|\b(?:andra|annan|annat|sekundär\w*|alternativ\w*)(?:\s+\w+)?\s+[\w-]*(?:region|\bzon|zonen|konto|anläggning|datacent"
    r"|datorhall|serverhall)\w*"
    r"|\breserv(?:region|zon|konto|anläggning|datacent)\w*"
)
_REGION = re.compile(
    r"\b(?:us|eu|ap|sa|ca|me|af|il|mx|cn)-(?:gov-|iso-)?(?:north|south|east|west|central)(?:east|west)?-?\d\b"
    r"|\b(?:europe|us|asia|australia|northamerica|southamerica)-(?:north|south|east|west|central)(?:east|west)?\d\b"
    r"|\b(?:(?:north|west)europe|swedencentral|(?:east|west|central|north|south)us\d?|uksouth|ukwest"
    r"|germanywestcentral|francecentral)\b"
)
_EXERCISE = _any_case(
    r"\bdrills?\b|\bgame[ -]?days?\b|\bexercis(?:e|es|ed|ing)\b|\brehears\w*|\btabletop\b|\b(?:test(?:s|ed|ing)?"
    r"|practi[cs]ed?)\b"
    r"|\bövning\w*|\böva[rst]?\b|\btesta[rst]?\b|\brepetera[rs]?\b|\bpröva[rst]?\b|\bprova[rst]?\b"
)
_WHEN = _any_case(
    r"\bquarter|\bmonth|\byear|\bannual|\bbiannual|\btwice\b|\bweek|\bevery\b|\beach\b|\bonce\b|\bsemi-?annual"
    r"|\b20\d\d\b|\bQ[1-4]\b"
    r"|\bvarje\b|\bkvartal|\bhalvår|\bårlig|\bmånad|\bveck|\bgång(?:er)?\b|\bvart(?:annat|tredje)?\b|\bper år\b"
)
_DENIED = _any_case(r"\b(?:no|not|never|without|yet to be|inte|ingen|aldrig|utan)\b|n't\b")
_UNDECIDED = _any_case(
    r"\b(?:TBD|TBA|TODO|to be (?:defined|decided|determined|written)|att göra|(?:ej|inte) bestäm\w*|bestäms"
    r"|fastställs|beslutas)\b"
)


class Procedures:
    """The elements of procedures, for each candidate."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._steps = Steps(repo)

    @property
    def rollback(self) -> list[tuple[Element, ...]]:
        """Outermost sections on rolling back."""
        return [self._rollback(s) for s in self._repo.docs.outermost("rollback") if s.has_substance]

    def _rollback(self, section: Section) -> tuple[Element, ...]:
        place, of = at(section), self._steps.of
        named = [at(section, section.title)] if _GOAL.search(section.title) else []
        named += _saying(section, _GOAL.search)
        confirmed = [at(s, s.title) for s in section.within("verify") if s.words >= VERIFY_WORDS]
        confirmed += of(section, commands.confirms)
        return (
            found("command", first(of(section, lambda _: True)), "it holds no command", place),
            found("what it goes back to", first(named), "no version, tag, revision or backup is named", place),
            found("confirmation", first(confirmed), "nothing confirms that it worked", place),
            self.live(section),
        )

    @property
    def backup(self) -> tuple[Element, ...]:
        """Elements over all live outermost sections on backups; none where there is no such section."""
        every = [s for s in self._repo.docs.outermost("backup") if s.has_substance]
        live = [s for s in every if self._repo.docs.is_live(s)]
        if not live:
            return ()
        place = at(live[0])
        restored = [p for s in live for p in self._steps.of(s, commands.restores)]
        return (
            found("data store", _first(live, _STORE.search), "no data store is named", place),
            found("schedule", _first(live, _SCHEDULE.search), "it does not say how often", place),
            found("retention", _first(live, _retained), "it does not say how long backups are kept", place),
            found("restore command", first(restored), "no command restores anything", place),
        )

    @property
    def dead_backup(self) -> list[Site]:
        """Sections on backups that do not count, with the reason."""
        every = self._repo.docs.outermost("backup")
        thin = [at(s, f"{s.words} words") for s in every if not s.has_substance]
        return [*thin, *(Site(r.path, r.line, r.problem) for s in every for r in self._repo.docs.dead(s)[:1])]

    @property
    def disaster(self) -> list[tuple[Element, ...]]:
        """Sections on disaster recovery."""
        every = (s for d in self._repo.documents.all() for s in d.matching("disaster"))
        return [self._disaster(s) for s in every if s.has_substance]

    def _disaster(self, section: Section) -> tuple[Element, ...]:
        place = at(section)
        live = self.live(section)
        commanded = first(self._steps.of(section, lambda _: True))
        steps = found("steps", commanded if live.ok else [], "it holds no command", place)
        return (
            found("RTO", _objective(section, "RTO"), "no recovery time objective with a number", place),
            found("RPO", _objective(section, "RPO"), "no recovery point objective with a number", place),
            steps if live.ok else Element("steps", False, live.places, live.note),
            found("where to", _places(section), "no second region, zone, account or site is named", place),
            found("exercise", _exercises(section), "it does not say how and when it is exercised", place),
        )

    def live(self, section: Section) -> Element:
        """No dead reference."""
        dead = self._repo.docs.dead(section)
        if not dead:
            return Element("references", True, (at(section, "no dead reference"),))
        return Element("references", False, tuple(Site(r.path, r.line, r.problem) for r in dead), dead[0].problem)


def _saying(section: Section, wanted: Callable[[str], object]) -> Iterator[Site]:
    """Where the section says something that is wanted."""
    for text in section.said:
        for offset, line in enumerate(_lines(text)):
            if wanted(line):
                yield Site(section.path, text.line + offset, _quoted(line))


def _sentences(section: Section) -> list[Text]:
    """What the section says outside fences."""
    fenced = {number for f in section.fences for number, _ in f.lines}
    return [t for t in section.said if t.line not in fenced]


def _first(sections: list[Section], wanted: Callable[[str], object]) -> list[Site]:
    return first(p for s in sections for p in _saying(s, wanted))


def _lines(text: Text) -> list[str]:
    return text.plain.split("\n")


def _quoted(line: str) -> str:
    return f'"{" ".join(line.split())[:80]}"'


def _retained(line: str) -> bool:
    """How long something is kept; logs are not what a backup keeps."""
    return _RETAINED.search(line) is not None and not _LOGS.search(line)


def _objective(section: Section, name: str) -> list[Site]:
    """Where the objective stands with a number of its own."""
    found_ = []
    for text in _sentences(section):
        joined = " ".join(text.plain.split())
        if _sets(joined, name):
            found_.append(Site(section.path, text.line, _quoted(joined)))
    for subsection in section.subsections:
        body = [t for t in subsection.said if re.search(rf"\b{_NUMBER}[\s-]*{_UNIT}\b", t.plain, re.IGNORECASE)]
        alone = re.search(_OBJECTIVE[name], subsection.title, re.IGNORECASE)
        if alone and body and not _UNDECIDED.search(body[0].plain):
            found_.append(Site(section.path, body[0].line, _quoted(body[0].plain)))
    return first(found_)


def _sets(text: str, name: str) -> bool:
    """Whether the text gives the objective a number: after its name, up to the other objective, or before it."""
    own, value = _OBJECTIVE[name], rf"(?:\d|\b{_NUMBER}[\s-]*{_UNIT}\b)"
    between = rf"(?:(?!{_EITHER}|{_UNDECIDED.pattern})[^\n])*?"
    after = rf"{own}(?:{_AND}{_EITHER})?{between}{value}"
    both = rf"{_EITHER}{_AND}{own}{between}{value}"
    before = rf"\b{_NUMBER}[\s-]*{_UNIT}\b(?:[\s-]+(?:\w+\s)?|(?:(?!{_EITHER})[^.;\n]){{0,40}}\(){own}"
    return any(re.search(p, text, re.IGNORECASE) for p in (after, both, before))


def _places(section: Section) -> list[Site]:
    """A second place by its role, or two regions by name."""
    named = list(_saying(section, lambda line: (m := _PLACE.search(line)) and not _DENIED.search(line[: m.start()])))
    regions: dict[str, Site] = {}
    for text in section.said:
        for match in _REGION.finditer(text.text):
            regions.setdefault(match.group(), Site(section.path, text.line, match.group()))
    return first(named) or (list(regions.values())[:2] if len(regions) > 1 else [])


def _exercises(section: Section) -> list[Site]:
    """Sentences that say how and when the plan is exercised, the time maybe in the heading above."""
    titles = [(s, s.title) for s in section.subsections]
    for subsection, title in titles:
        times = [t for t in subsection.said if _WHEN.search(t.plain) and not _DENIED.search(t.plain)]
        if _EXERCISE.search(title) and times:
            return [Site(section.path, times[0].line, _quoted(times[0].plain))]
    found_ = []
    for text in _sentences(section):
        joined = " ".join(text.plain.split())
        if _EXERCISE.search(joined) and _WHEN.search(joined) and not _DENIED.search(joined):
            found_.append(Site(section.path, text.line, _quoted(joined)))
    return first(found_)
