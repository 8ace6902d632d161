"""What keeps infrastructure code from being turned into templates, as far as it can be told without running it."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterator, Mapping

from pytest_readiness.repo.assets import Assets, placed
from pytest_readiness.repo.cdk_names import exists
from pytest_readiness.repo.data_files import lines_of
from pytest_readiness.repo.delivery.roots import CDK, IacRoot
from pytest_readiness.repo.files import Files
from pytest_readiness.repo.image_builds import joined
from pytest_readiness.repo.imports import Imports
from pytest_readiness.repo.infra_cdk import CdkApp
from pytest_readiness.repo.infra_model import TERRAFORM
from pytest_readiness.repo.infra_terraform import Block
from pytest_readiness.repo.modules import FunctionNode, Module, Site
from pytest_readiness.repo.source_paths import ANY, SourcePath

_PIN = re.compile(
    r"""["']?\baws[-_.]cdk[-_.](aws[-_.][a-z0-9][a-z0-9_.-]*|core)(?![\w.-])["']?\s*(?:\[[^\]]*\])?\s*(?:=\s*["'{](?:\s*version\s*=\s*["'])?)?"""
    r"""\s*((?:[<>=~!^]{1,3}\s*v?\d[\w.*]*\s*,?\s*)+|\d[\w.*]*)""",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"([<>=~!^]*)\s*v?(\d+)")
_PYTHONPATH = re.compile(r"\bPYTHONPATH=(\S+)")
SYNTH = {
    "cdk": "cd {folder} && cdk synth",
    "terraform": "cd {folder} && terraform init -backend=false && terraform validate",
    "cloudformation": "cd {folder} && aws cloudformation validate-template --template-body file://{file}",
    "kubernetes": "kubectl apply --dry-run=server -R -f {folder}",
}
"""Kind of infrastructure code -> the command that turns it into what is deployed, or validates it."""
LAST_OF_VERSION_1 = "1.204"


class Synthesis:
    """Finds static defects."""

    def __init__(self, files: Files, modules: Mapping[str, Module]) -> None:
        self._files, self._modules = files, modules
        self._assets = Assets(files)

    def defects(self, root: IacRoot, blocks: Mapping[str, list[Block]]) -> list[Site]:
        """Every defect, with its place and a note."""
        if root.kind == CDK and root.app is not None:
            found = [*self._of_imports(root, root.app), *self._of_assets(root.app), *self._of_pins(root)]
            return list(dict.fromkeys(found))
        if root.kind == CDK:
            return list(self._of_script(root))
        return list(self._of_terraform(root, blocks)) if root.kind == TERRAFORM else []

    @staticmethod
    def suspicions(root: IacRoot) -> list[Site]:
        """Names of aws_cdk that the app uses and a recent release does not offer: another release may."""
        called = ((m, c) for m, c in root.app.calls) if root.app else ()
        named = ((m, c, n) for m, c in called if root.app for n in root.app.names.dotted(m, c.func))
        return [m.at(c, f"{n} is none of aws_cdk's names") for m, c, n in named if _is_class(n) and not exists(n)]

    def _of_imports(self, root: IacRoot, app: CdkApp) -> Iterator[Site]:
        """Imports of the app's modules that fail when its command runs it, and modules that do not parse."""
        imports = self._as_run(root, app)
        for module in app.modules:
            for node in module.imports:
                for target in _unparsable(node, module, imports):
                    yield Site(target.path, target.problem_line or 1, f"does not parse: {target.problem}")
                if not _is_guarded(node, module) and (why := self._failing(node, module, imports, app)):
                    yield why

    def _failing(self, node: ast.Import | ast.ImportFrom, module: Module, imports: Imports, app: CdkApp) -> Site | None:
        """Why the import statement itself fails, not something that it imports."""
        function = module.enclosing_function(node)
        if function is not None and not app.runs(module, node):
            return None
        if module is app.entry and app.is_script and isinstance(node, ast.ImportFrom) and node.level:
            return module.at(node, f"{ast.unparse(node)}: a script that is run as a file has no package to look in")
        failure = imports.failure(node, module)
        if failure is None or failure.via:
            return None
        return Site(module.path, node.lineno, failure.site.note or "names what does not exist")

    def _as_run(self, root: IacRoot, app: CdkApp) -> Imports:
        """The modules under the names that the run knows them by."""
        first = app.entry.folder if app.is_script else app.folder
        added = [p for m in _PYTHONPATH.finditer(root.command) for p in m.group(1).split(":")]
        roots = [first or ".", *(joined(app.folder, p) or "." for p in added if not p.startswith(("/", "$")))]
        if "sys.path" in app.entry.text:
            roots += [r or "." for r in app.imports.roots]
        return Imports(self._modules, tuple(dict.fromkeys(roots)), self._files.path_set)

    def _of_assets(self, app: CdkApp) -> Iterator[Site]:
        """Assets that are not there, relative to the folder in which the app runs."""
        for asset in self._assets.of(app):
            for path in (p for p in asset.paths if ANY not in p.text):
                place = placed(path, app.folder)
                is_absolute = path.text.startswith("/") and not path.is_fixed
                if not is_absolute and (place is None or not self._assets.exists(place)):
                    where = place if place is not None else f"{path.text}, outside of the repository,"
                    yield Site(asset.place.path, asset.place.line, f"the asset {where} does not exist")

    def _of_pins(self, root: IacRoot) -> Iterator[Site]:
        """Requirements that no package meets: `aws-cdk.aws-*` packages ended with version 1."""
        for path in self._files.paths:
            name = posixpath.basename(path)
            is_listed = name in ("pyproject.toml", "setup.py", "setup.cfg", "Pipfile")
            if posixpath.dirname(path) != root.folder or not (
                is_listed or re.match(r"requirements.*\.(txt|in)$", name)
            ):
                continue
            for number, line in enumerate(lines_of(self._files.text(path) or ""), start=1):
                found = _PIN.search(line.split("#")[0])
                if found and not found.group(1).lower().endswith("alpha") and _wants_2(found.group(2)):
                    note = f"{line.strip()[:80]}: the package ends at {LAST_OF_VERSION_1}; version 2 is aws-cdk-lib"
                    yield Site(path, number, note)

    def _of_script(self, root: IacRoot) -> Iterator[Site]:
        """What is missing of an app in TypeScript, or of one whose entry is not there or does not parse."""
        if root.script is None:
            yield Site(root.place.path, root.place.line, "its app command starts no file that exists and parses")
            return
        yield from root.script.missing
        for place, path in root.script.assets():
            target = placed(SourcePath(path), root.script.folder)
            if target is not None and not self._assets.exists(target):
                yield Site(place.path, place.line, f"the asset {target} does not exist")

    def _of_terraform(self, root: IacRoot, blocks: Mapping[str, list[Block]]) -> Iterator[Site]:
        """Files that do not parse, and local modules that are not there."""
        parsed = {b.body.path for several in blocks.values() for b in several}
        for path in self._files.ending(".tf"):
            if root.holds(path) and path not in parsed and not _is_comment(self._files.text(path) or ""):
                yield Site(path, 1, "does not parse")
        for block in blocks.get(root.folder, []):
            source = block.body.get("source")
            if block.kind == "module" and source and (source.text or "").startswith("."):
                folder = joined(root.folder, source.text or "")
                if folder not in blocks:
                    yield Site(source.path, source.line, f"the module {folder} does not exist")


def _is_comment(text: str) -> bool:
    return all(line.strip().startswith(("#", "//")) or not line.strip() for line in lines_of(text))


def _is_class(name: str) -> bool:
    """`aws_cdk.aws_s3.Bucket`: the name of a class, not what stands in one or comes from its object."""
    first, *_, last = name.split(".")
    return first == "aws_cdk" and name.count(".") <= 2 and last[:1].isupper()


def _wants_2(specifiers: str) -> bool:
    """Whether the version must be 2 or higher."""
    found = (_CLAUSE.match(part.strip()) for part in specifiers.split(","))
    clauses = [(m.group(1), int(m.group(2)[:6])) for m in found if m]
    return any(major >= 2 and operator in ("", "==", "===", ">=", "~=", "^", "~", ">") for operator, major in clauses)


def _unparsable(node: ast.Import | ast.ImportFrom, module: Module, imports: Imports) -> Iterator[Module]:
    """The modules that an import statement names and that Python refuses."""
    names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
    if isinstance(node, ast.ImportFrom) and (base := imports.base(node, module)) is not None:
        names = [base, *(f"{base}.{a.name}" for a in node.names)]
    for name in names:
        found = imports.find(name, module) if name else None
        if isinstance(found, Module) and found.problem is not None:
            yield found


def _is_guarded(node: ast.Import | ast.ImportFrom, module: Module) -> bool:
    """Whether a failing import is handled, or never made: in a try with a handler, under TYPE_CHECKING.

    A handler of a relative import must import something else.
    """
    child: ast.AST = node
    for parent in module.ancestors(node):
        if isinstance(parent, ast.Try) and child in parent.body:
            handlers = [h for h in parent.handlers if _catches(h)]
            return any(_imports(h) for h in handlers) if getattr(node, "level", 0) else bool(handlers)
        if isinstance(parent, ast.If) and "TYPE_CHECKING" in ast.unparse(parent.test):
            return True
        if isinstance(parent, FunctionNode):
            return False
        child = parent
    return False


def _imports(handler: ast.ExceptHandler) -> bool:
    return any(isinstance(s, ast.Import | ast.ImportFrom) for n in handler.body for s in ast.walk(n))


def _catches(handler: ast.ExceptHandler) -> bool:
    caught = ast.unparse(handler.type) if handler.type else "Exception"
    return bool(re.search(r"\b(ImportError|ModuleNotFoundError|Exception|BaseException)\b", caught))
