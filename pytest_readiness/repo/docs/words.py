"""How much a text says: its words, without what only holds a place."""

from __future__ import annotations

import re
import unicodedata

SUBSTANCE = 25
"""Words that a section of substance has at least."""
_WORD = re.compile(r"[^\W_]+")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_MARKS = ' \t*_~`#/|>-–—:;,.!()[]{}•"'
_PLACEHOLDER = re.compile(
    r"(?:todo|tbd|tba|fixme|wip|coming soon|to be (?:written|done|added|decided|determined)|work in progress"
    r"|kommer(?: snart| senare)?|att göra|under arbete"
    r"|(?:ska )?(?:skrivas|kompletteras|fyllas i|fylls i)(?: senare)?"
    r"|ej klart?|inte klart? än|lorem ipsum)?",
    re.IGNORECASE,
)
_PROMISE = re.compile(r"(?:TODO|TBD|TBA|FIXME|WIP|ATT GÖRA)\b\s*(?:[:(–—-]|$)")


def words(text: str) -> list[str]:
    """The runs of letters or digits in all lines that say something."""
    return [w for line in text.split("\n") if not is_placeholder(line) for w in _WORD.findall(line)]


def count(text: str) -> int:
    """How many words the text has."""
    return len(words(text))


def is_placeholder(line: str) -> bool:
    """Nothing but TODO, TBD, "coming soon", "kommer", an ellipsis and their like; also "TODO: describe this"."""
    bare = line.replace("…", "").replace("[ ]", "").replace("[x]", "").strip(_MARKS)
    return _PLACEHOLDER.fullmatch(bare) is not None or _PROMISE.match(bare) is not None


def without_markup(html: str) -> str:
    """The text of a piece of HTML: tags and comments left out, the lines kept."""
    blank = _COMMENT.sub(lambda found: "\n" * found.group().count("\n"), html)
    return _TAG.sub(lambda found: "\n" * found.group().count("\n"), blank)


def folded(text: str) -> str:
    """The text with plain letters for those with accents: names of files often go without."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
