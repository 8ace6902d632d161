"""The words by which headings are known, in English and Swedish: one place for every check that reads documents."""

from __future__ import annotations

import re

_HEADINGS = {
    "deploy": r"deploy|rollout|\brelease|driftsätt|produktionssätt|utrull|\brulla\w* ut\b",
    "prereq": r"prerequisite|requirements|before you (start|begin)|förutsättning|förkrav|innan du (börjar|startar)"
    r"|\b(du behöver|behöver du)\b|systemkrav",
    "local": r"\blocal(ly)?\b|getting started|quick ?start|installation|development (setup|environment)"
    r"|set-?up instructions|lokal|kom(ma)? igång|snabbstart|utvecklingsmiljö|installera"
    r"|\b(egen|egna|din|sin) (dator|maskin)",
    "cloud": r"\b(aws|azure|gcp|google cloud|cloud|cdk|terraform)\b|moln",
    "setup": r"set-?up|infrastructure|provision|bootstrap|configur|prerequisite|infrastruktur|konfigur|uppsättning"
    r"|förutsättning|\bsätt(a|er)? upp\b|förbered|iordningställ",
    "config": r"config|environment|settings|secrets?|konfig|miljövariab|inställning|hemlighet",
    "trouble": r"troubleshoot|felsök|common (issues|problems|errors)|known issues|(vanliga|kända) (fel|problem)"
    r"|\b(när|om) (det|något) (går|blir|är) fel\b|felavhjälp|problemlösning",
    "rollback": r"roll(ing)?[ -]?back|återgång|\båtergå\b|backa|\b(rulla|gå|växla)\w* tillbaka|tillbakarull"
    r"|återställ\w* (till )?(en |den )?(tidigare|föregående|förra) (version|utgåva)",
    "backup": r"back-?ups?\b|restor|säkerhetskopi|återläs|återställ\w* (av |från )?(data|kopi|säkerhets)",
    "disaster": r"disaster|katastrof|business continuity|kontinuitetsplan|\bhaveri|krisplan|beredskapsplan",
    "architecture": r"architect(ure|ural)\b|arkitektur|topolog|system (overview|design)|systemöversikt"
    r"|systemskiss|uppbyggnad",
    "flow": r"\b(data|message|request|event|information|call)[ -]?flows?\b|dataflöde|meddelandeflöde|anropsflöde"
    r"|informationsflöde|sequence diagram|sekvensdiagram|flöde\w* av (data|information|uppgifter)"
    r"|\b(data|uppgifter)(na)? flödar|\b(datas|datans|uppgifternas) väg",
    "failover": r"fail-?over|fallback|circuit[ -]?breaker|resilien|degradation|reserv(läge|drift|väg|lösning|plan)"
    r"|kretsbrytare|redundans|felövergång",
    "monitor": r"monitor|observab|dashboard|alert|alarm|övervak|larm|instrumentpanel|bevakning|mätvärden",
    "runbook": r"runbook|playbook|incident|on-?call|handling (issues|incidents|alerts)|drifts?handbok"
    r"|drifts?(instruktion|rutin)|\bjour(en)?s?\b|\bjour(handbok|rutin|plan)",
    "contact": r"contact|escalat|on-?call|kontakt|eskaler|\bjour(en)?\b",
    "verify": r"verif|validat|smoke|health|post-?deploy|kontroll|hälso|valider|bekräft|röktest",
    "run": r"\b(run|running|start|starting|usage|use)\b|getting started|quick ?start|installation"
    r"|\b(kör|köra|körning|starta|uppstart|användning|använda)\b|kom(ma)? igång|snabbstart",
    "tests": r"\btest|tester(na)?\b",
    "llm": r"\bllm\b|\bai\b|language model|språkmodell",
}
VOCABULARY = {key: re.compile(pattern, re.IGNORECASE) for key, pattern in _HEADINGS.items()}
"""Key -> what a heading on that subject matches."""


def heading(pattern: str | re.Pattern[str]) -> re.Pattern[str]:
    """The expression behind a key of the vocabulary; any other text is an expression itself, case ignored."""
    if isinstance(pattern, re.Pattern):
        return pattern
    return VOCABULARY.get(pattern) or re.compile(pattern, re.IGNORECASE)
