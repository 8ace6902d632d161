"""The words by which headings are known, in English and Swedish: one place for every check that reads documents."""

from __future__ import annotations

import re

_HEADINGS = {
    "deploy": r"deploy|rollout|\brelease|driftsätt|produktionssätt|utrull",
    "prereq": r"prerequisite|requirements|before you (start|begin)|förutsättning|förkrav",
    "local": r"\blocal(ly)?\b|getting started|quick ?start|installation|development (setup|environment)"
    r"|set-?up instructions|lokal|kom igång|utvecklingsmiljö|installera",
    "cloud": r"\b(aws|azure|gcp|google cloud|cloud|cdk|terraform)\b|moln",
    "setup": r"set-?up|infrastructure|provision|bootstrap|configur|prerequisite|infrastruktur|konfigur|uppsättning"
    r"|förutsättning",
    "config": r"config|environment|settings|secrets?|konfig|miljövariab|inställning",
    "trouble": r"troubleshoot|felsök|common (issues|problems|errors)|known issues|vanliga (fel|problem)",
    "rollback": r"roll(ing)?[ -]?back|återgång|återställ\w* (till )?(tidigare|föregående) version|backa",
    "backup": r"back-?ups?\b|restor|säkerhetskopi|återläs",
    "disaster": r"disaster|katastrof|business continuity|kontinuitetsplan",
    "architecture": r"architect(ure|ural)\b|arkitektur|topolog|system (overview|design)|systemöversikt",
    "flow": r"\b(data|message|request|event|information|call)[ -]?flows?\b|dataflöde|meddelandeflöde|anropsflöde"
    r"|informationsflöde|sequence diagram|sekvensdiagram",
    "failover": r"fail-?over|fallback|circuit[ -]?breaker|resilien|degradation|reserv(läge|drift)|kretsbrytare"
    r"|redundans",
    "monitor": r"monitor|observab|dashboard|alert|alarm|övervak|larm|instrumentpanel",
    "runbook": r"runbook|playbook|incident|on-?call|handling (issues|incidents|alerts)|driftshandbok"
    r"|driftinstruktion|\bjour(en)?\b",
    "contact": r"contact|escalat|on-?call|kontakt|eskaler|\bjour(en)?\b",
    "verify": r"verif|validat|smoke|health|post-?deploy|kontroll|hälso",
    "run": r"\b(run|running|start|starting|usage|use)\b|getting started|quick ?start|installation"
    r"|\b(kör|köra|starta|användning)\b|kom igång",
    "tests": r"\btest",
    "llm": r"\bllm\b|\bai\b|language model|språkmodell",
}
VOCABULARY = {key: re.compile(pattern, re.IGNORECASE) for key, pattern in _HEADINGS.items()}
"""Key -> what a heading on that subject matches."""


def heading(pattern: str | re.Pattern[str]) -> re.Pattern[str]:
    """The expression behind a key of the vocabulary; any other text is an expression itself, case ignored."""
    if isinstance(pattern, re.Pattern):
        return pattern
    return VOCABULARY.get(pattern) or re.compile(pattern, re.IGNORECASE)
