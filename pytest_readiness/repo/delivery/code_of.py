"""Is the code there that a compute resource says it runs?"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pytest_readiness.repo.assets import Assets, asset_argument, placed
from pytest_readiness.repo.data_files import Datum
from pytest_readiness.repo.files import Files
from pytest_readiness.repo.image_builds import joined
from pytest_readiness.repo.infra_cdk import CdkApp
from pytest_readiness.repo.infra_model import Resource
from pytest_readiness.repo.infra_terraform import Block
from pytest_readiness.repo.modules import Module, argument, call_name, dotted
from pytest_readiness.repo.origins import Origin
from pytest_readiness.repo.source_paths import ANY, SourcePath, SourcePaths

ELSEWHERE = frozenset(
    {
        "from_registry", "from_ecr_repository", "from_docker_image_asset", "from_tarball", "from_ecr", "from_bucket",
        "from_ecr_public", "from_git_hub", "from_ecr_image", "from_bucket_v2", "from_repository",
    }
)  # fmt: skip
"""Methods that name an image or archive that lies outside of the repository; it is taken to exist."""
_INLINE = frozenset({"from_inline", "InlineCode", "from_cfn_parameters"})
_MODULE_ENDINGS = (".py", ".js", ".mjs", ".cjs", ".ts", ".rb", ".java", ".cs", ".go")
_MODULE_PATH = re.compile(r"\$\{path\.(?:module|root)\}/?")
INLINE = "its code stands in the declaration"


@dataclass(frozen=True)
class Code:
    """The code of a compute resource: whether it is there, and what was looked at."""

    exists: bool
    note: str


class CodeOf:
    """Looks for the code of compute resources."""

    def __init__(self, files: Files, apps: Iterable[CdkApp]) -> None:
        self._files = files
        self._assets = Assets(files)
        self._app_of = {m: app for app in apps for m in app.modules}

    def app(self, resource: Resource) -> CdkApp | None:
        """The CDK app that declares the resource."""
        return self._app_of.get(resource.module) if resource.module else None

    def passed(self, resource: Resource, name: str) -> list[tuple[Module, ast.expr]]:
        """The expressions that the construct is given under the name: in its call, or in its class's own __init__."""
        app, module, call = self.app(resource), resource.module, resource.call
        if app is None or module is None or call is None:
            return []
        found = [(module, e) for e in _given(app, module, call, name)]
        for cls in app.names.constructed(module, call) if not found else ():
            init = app.names.method(cls, "__init__")
            for inner in init.calls if init else ():
                if init is not None and call_name(inner) == "__init__":
                    found += [(init.module, e) for e in _given(app, init.module, inner, name)]
        return found

    def made(self, resource: Resource, *names: str) -> list[Origin]:
        """The calls that make what the construct is given under the names, each name inside what the one before is."""
        app = self.app(resource)
        if app is None:
            return []
        found = [o for m, e in self.passed(resource, names[0]) for o in app.behind(m, e)]
        for name in names[1:]:
            inner = [
                (o.module, e)
                for o in found
                if isinstance(o.node, ast.Call)
                for e in _given(app, o.module, o.node, name)
            ]
            found = [o for m, e in inner for o in app.behind(m, e)]
        return found

    def own_call(self, resource: Resource) -> list[Origin]:
        """The call that makes the construct: of a flavour that is given its folder itself."""
        call, module = resource.call, resource.module
        return [Origin(module, call)] if module is not None and call is not None else []

    def images(self, resource: Resource) -> list[Origin]:
        """The calls that make the images of an ECS service: of its options, or of the containers of its task."""
        app = self.app(resource)
        found = [(o.module, e) for o in self.containers(resource) for e in self._image(app, o)]
        return [o for m, e in found for o in app.behind(m, e)] if app else []

    @staticmethod
    def _image(app: CdkApp | None, container: Origin) -> Iterator[ast.expr]:
        if app is not None and isinstance(container.node, ast.Call):
            yield from _given(app, container.module, container.node, "image")

    def containers(self, resource: Resource) -> list[Origin]:
        """The calls that define the containers of an ECS service: its options, or those on its task."""
        app = self.app(resource)
        found = [o for o in self.made(resource, "task_image_options") if isinstance(o.node, ast.Call)]
        tasks = [o.node for o in self.made(resource, "task_definition")]
        for module, call in app.calls if app else ():
            is_container = call_name(call) in ("add_container", "ContainerDefinition")
            if app and is_container and self._is_on(app, module, call, tasks):
                found.append(Origin(module, call))
        return found or (self.own_call(resource) if self.passed(resource, "image") else [])

    def definitions(self, resource: Resource) -> list[Datum]:
        """What the containers of an ECS service are declared with."""
        app = self.app(resource)
        calls = [(o.module, o.node) for o in self.containers(resource) if isinstance(o.node, ast.Call)]
        return [app.values(m, c) for m, c in calls] if app else []

    def dockerfiles(self, resource: Resource) -> list[tuple[str, str]]:
        """Dockerfile and context folder of the images that the resource builds, container by container."""
        app = self.app(resource)
        origins = self.images(resource) or self.made(resource, "code")
        found: list[tuple[str, str]] = []
        for origin in origins if app else ():
            path = asset_argument(origin.node) if isinstance(origin.node, ast.Call) else None
            if app is not None and path is not None and isinstance(origin.node, ast.Call):
                name = _constant(argument(origin.node, "file")) or "Dockerfile"
                for source in SourcePaths(app.origins).of(origin.module, path):
                    bases = [app.folder, origin.module.folder, ""]
                    places = [p for b in bases if (p := placed(source, b)) is not None]
                    found += [(joined(p, name), p) for p in places if joined(p, name) in self._files.path_set][:1]
        return found

    def image_setting(self, resource: Resource, name: str) -> Datum | None:
        """A setting of the call that makes the image of a function."""
        app = self.app(resource)
        for origin in self.made(resource, "code") if app else ():
            if app and isinstance(origin.node, ast.Call) and asset_argument(origin.node) is not None:
                return app.values(origin.module, origin.node).get(name)
        return None

    @staticmethod
    def _is_on(app: CdkApp, module: Module, call: ast.Call, tasks: list[ast.expr]) -> bool:
        receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
        owner = receiver if call_name(call) == "add_container" else argument(call, "task_definition")
        return any(o.node in tasks for o in app.behind(module, owner))

    def of_calls(self, resource: Resource, calls: Iterable[Origin], handler: str) -> Code | None:
        """What the calls that make code or an image say; None where none does."""
        for origin in calls:
            name = call_name(origin.node) if isinstance(origin.node, ast.Call) else ""
            if name in _INLINE:
                return Code(False, INLINE)
            if name in ELSEWHERE:
                return Code(True, f"{name} names what lies outside of the repository")
            if isinstance(origin.node, ast.Call) and (path := asset_argument(origin.node)) is not None:
                needed = _needed(origin.node, handler)
                return self._of_asset(resource, origin.module, path, needed)
        return None

    def _of_asset(self, resource: Resource, module: Module, node: ast.expr, needed: list[str]) -> Code:
        app = self.app(resource)
        paths = SourcePaths(app.origins).of(module, node) if app else []
        if not paths:
            return Code(False, "the path of its code is not known")
        bases = [app.folder if app else "", module.folder, ""]
        found = [self._holding(p, bases, needed) for p in paths]
        missing = [p.text for p, place in zip(paths, found, strict=True) if place is None]
        if missing:
            what = f" with {needed[0]}" if needed else ""
            return Code(False, f"there is no folder {missing[0]}{what}")
        return Code(True, f"its code is {found[0] or '.'}")

    def _holding(self, path: SourcePath, bases: Iterable[str], needed: list[str]) -> str | None:
        """Where the path lies, if it holds one of the files that are needed."""
        is_anywhere = path.is_fixed or path.text.startswith(ANY)
        places = [placed(path, b) for b in ([""] if is_anywhere else bases)]
        for place in (m for p in places if p is not None for m in self._assets.matching(p)):
            if place in self._files.path_set or not needed:
                return place
            if any(self._holds(place, n) for n in needed):
                return place
        return None

    def _holds(self, folder: str, name: str) -> bool:
        return any(True for _ in self._assets.matching(posixpath.join(folder, name)))

    def in_folder(self, text: str, bases: Iterable[str], handler: str) -> Code:
        """What a template says with a path."""
        place = self._holding(SourcePath(text), bases, handler_files(handler))
        return Code(place is not None, f"its code is {place}" if place else f"there is no {text} with its code")

    def of_terraform(self, resource: Resource, blocks: Iterable[Block]) -> Code:
        """The code of a Lambda function in Terraform: an image, an object, or an archive of a folder."""
        if any((d := resource.get(k)) is not None and d.is_set for k in ("image_uri", "s3_bucket")):
            return Code(True, "its code lies outside of the repository")
        folder, filename = posixpath.dirname(resource.path), resource.get("filename")
        handler = _text(resource.get("handler"))
        for block in blocks:
            if block.kind == "data" and block.labels[:1] == ("archive_file",) and filename is not None:
                is_meant = f"archive_file.{block.labels[-1]}." in str(filename.value)
                same = _text(block.body.get("output_path")) == _text(filename) != ""
                source = block.body.get("source_dir") or block.body.get("source_file")
                if (is_meant or same) and source is not None:
                    text = _MODULE_PATH.sub("", str(source.value)).strip('"')
                    return self.in_folder(text, [folder, ""], handler if block.body.get("source_dir") else "")
        text = _MODULE_PATH.sub("", str(filename.value)).strip('"') if filename is not None else ""
        exists = bool(text) and joined(folder, text) in self._files.path_set
        return Code(exists, f"its code is {text}" if exists else f"there is no {text or 'code'}")


def handler_files(handler: str) -> list[str]:
    """The files that may hold the handler `package.module.function`."""
    module = handler.rpartition(".")[0]
    stem = module.replace(".", "/") if module else ""
    return [stem + ending for ending in _MODULE_ENDINGS] if stem and "$" not in stem else []


def _needed(call: ast.Call, handler: str) -> list[str]:
    """The files that the folder of an asset must hold."""
    name = call_name(call)
    if name in ("from_docker_build", "from_image_asset", "from_asset_image", "DockerImageAsset"):
        return [_constant(argument(call, "file")) or "Dockerfile"]
    if name == "from_asset" and "ContainerImage" in (dotted(call.func) or ""):
        return [_constant(argument(call, "file")) or "Dockerfile"]
    if name == "PythonFunction":
        return [_constant(argument(call, "index")) or "index.py"]
    files = handler_files(handler)
    return [*files, *(f"{ANY}/{f}" for f in files)] if argument(call, "bundling") is not None else files


def _constant(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _given(app: CdkApp, module: Module, call: ast.Call, name: str) -> Iterator[ast.expr]:
    """What a call passes under the name, also in a mapping that it unpacks."""
    direct = argument(call, name)
    if direct is not None:
        yield direct
        return
    for keyword in call.keywords:
        if keyword.arg is None:
            for origin in app.origins.of(module, keyword.value):
                yield from _entry(origin.node, name)


def _entry(node: ast.expr, name: str) -> Iterator[ast.expr]:
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        yield from (v for k, v in pairs if isinstance(k, ast.Constant) and k.value == name)
    elif isinstance(node, ast.Call) and (value := argument(node, name)) is not None:
        yield value


def _text(datum: Datum | None) -> str:
    return str(datum.value) if datum is not None and isinstance(datum.value, str) else ""
