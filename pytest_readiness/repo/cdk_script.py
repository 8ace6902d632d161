"""CDK apps in TypeScript or JavaScript, read as text: what the entry reaches, its stacks, constructs and assets."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pytest_readiness.repo.files import Files
from pytest_readiness.repo.image_builds import joined
from pytest_readiness.repo.modules import Site

ENDINGS = (".ts", ".mts", ".cts", ".js", ".mjs", ".cjs")
MOST_FILES = 400
_TOKENS = re.compile(r"//[^\n]*|/\*.*?\*/|'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|`(?:[^`\\]|\\.)*`", re.DOTALL)
_IMPORT = re.compile(r"""(?:\bfrom\s*|\brequire\s*\(\s*|\bimport\s*\(?\s*)(['"])(\.{1,2}(?:/[^'"\n]*)?)\1""")
_CLASS = re.compile(r"\bclass\s+([A-Za-z_$][\w$]*)\s+extends\s+([\w$.]+)")
_NEW = re.compile(r"\bnew\s+([\w$.]+)\s*(?:<[^>()]*>)?\(\s*([\w$.]+)?\s*(,)?\s*(['\"`])?")
_ASSET = re.compile(r"\b(?:fromAsset|fromDockerBuild|fromImageAsset)\s*\(\s*(['\"])([^'\"\n]+)\1")
_STACKS = ("Stack", "NestedStack")
_NO_RESOURCES = frozenset({"CfnOutput", "CfnParameter", "CfnCondition", "App", "Stage", "Stack", "NestedStack"})


@dataclass(eq=False)
class ScriptStack:
    """A stack class that the app instantiates."""

    name: str
    place: Site
    constructs: list[Site] = field(default_factory=list)


@dataclass(eq=False)
class ScriptApp:
    """What the app's entry reaches."""

    entry: str
    folder: str
    """The folder that the app runs in."""
    texts: dict[str, str] = field(default_factory=dict)
    """Path -> text without comments and with empty strings, on the same lines."""
    raw: dict[str, str] = field(default_factory=dict)
    missing: list[Site] = field(default_factory=list)
    """Relative imports of files that are not there."""

    @property
    def creates_app(self) -> Site | None:
        """Where `new App()` is called."""
        for path, text in self.texts.items():
            for found in _NEW.finditer(text):
                if found.group(1).rpartition(".")[2] == "App":
                    return Site(path, _line(text, found.start()), "creates the CDK app")
        return None

    @property
    def stacks(self) -> list[ScriptStack]:
        """The stacks that are instantiated, with the constructs of their classes and base classes."""
        bases = {name: base for _, name, base, _, _ in self._classes()}
        found = []
        for path, text in self.texts.items():
            for made in _NEW.finditer(text):
                name = made.group(1).rpartition(".")[2]
                place = Site(path, _line(text, made.start()), f"instantiates {name}")
                if name in bases and _is_stack(name, bases):
                    found.append(ScriptStack(name, place, list(self._constructs(name, bases))))
                elif name in _STACKS and made.group(4):
                    found.append(ScriptStack(self._id(path, made), place, list(self._in_file(path))))
        return found

    def _id(self, path: str, made: re.Match[str]) -> str:
        """The id that a plain stack is given."""
        text = self.raw[path][made.end() :]
        return re.split(r"['\"`]", text, maxsplit=1)[0]

    def _in_file(self, path: str) -> Iterator[Site]:
        """Every construct of a file."""
        text = self.texts[path]
        yield from (_made(path, text, m) for m in _NEW.finditer(text) if _is_construct(m))

    def assets(self) -> Iterator[tuple[Site, str]]:
        """The constant paths of assets."""
        for path, text in self.raw.items():
            for found in _ASSET.finditer(text):
                yield Site(path, _line(text, found.start()), f"asset {found.group(2)}"), found.group(2)

    def _classes(self) -> Iterator[tuple[str, str, str, int, int]]:
        """Path, name, base, start and end of every class."""
        for path, text in self.texts.items():
            starts = [m.start() for m in re.finditer(r"\bclass\s", text)]
            for found in _CLASS.finditer(text):
                end = next((s for s in starts if s > found.start()), len(text))
                yield path, found.group(1), found.group(2).rpartition(".")[2], found.start(), end

    def _constructs(self, name: str, bases: dict[str, str]) -> Iterator[Site]:
        """`new Bucket(this, "Uploads")` in the class and its base classes."""
        wanted = set(_line_of_bases(name, bases))
        for path, cls, _, start, end in self._classes():
            for made in _NEW.finditer(self.texts[path], start, end) if cls in wanted else ():
                if _is_construct(made):
                    yield _made(path, self.texts[path], made)


def script_app(files: Files, command: str, folder: str) -> ScriptApp | None:
    """The app that the command starts; None where it names no script of the repository."""
    names = [w for w in command.split() if w.endswith(ENDINGS)]
    entry = next((p for n in reversed(names) if (p := _existing(files, joined(folder, n))) is not None), None)
    if entry is None:
        return None
    app = ScriptApp(entry, folder)
    todo = [entry]
    while todo and len(app.texts) < MOST_FILES:
        path = todo.pop(0)
        text = files.text(path) if path not in app.texts else None
        if text is not None:
            app.raw[path], app.texts[path] = _without(text, keep=True), _without(text, keep=False)
            todo += _imported(files, app, path)
    return app


def _imported(files: Files, app: ScriptApp, path: str) -> Iterator[str]:
    for found in _IMPORT.finditer(app.raw[path]):
        target = joined(posixpath.dirname(path), found.group(2))
        existing = _existing(files, target)
        if existing is not None:
            yield existing
        elif not files.exists(target):
            site = Site(path, _line(app.raw[path], found.start()), f"imports {found.group(2)}, which does not exist")
            app.missing.append(site)


def _existing(files: Files, path: str) -> str | None:
    stem = re.sub(r"\.[cm]?js$", "", path)
    names = [path, *(stem + e for e in ENDINGS), *(f"{stem}/index{e}" for e in ENDINGS)]
    return next((n for n in names if n in files.path_set), None)


def _without(text: str, keep: bool) -> str:
    """The text without comments; strings become empty unless they are kept. Lines stay where they are."""

    def blank(found: re.Match[str]) -> str:
        token = found.group()
        if token[0] == "/":
            return re.sub(r"[^\n]", " ", token)
        return token if keep else token[0] + re.sub(r"[^\n]", " ", token[1:-1]) + token[-1]

    return _TOKENS.sub(blank, text)


def _is_construct(made: re.Match[str]) -> bool:
    """Whether the call passes a scope and an id, and makes something that ends in a template."""
    kind = made.group(1).rpartition(".")[2]
    takes_scope = made.group(2) is not None and made.group(3) == "," and made.group(4)
    return bool(takes_scope) and kind[:1].isupper() and kind not in _NO_RESOURCES


def _made(path: str, text: str, made: re.Match[str]) -> Site:
    return Site(path, _line(text, made.start()), f"creates {made.group(1).rpartition('.')[2]}")


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _line_of_bases(name: str, bases: dict[str, str]) -> Iterator[str]:
    seen: set[str] = set()
    while name in bases and name not in seen:
        seen.add(name)
        yield name
        name = bases[name]


def _is_stack(name: str, bases: dict[str, str]) -> bool:
    return any(bases[n] in _STACKS for n in _line_of_bases(name, bases))
