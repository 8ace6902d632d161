"""Files and folders of the repository that infrastructure code packs and uploads: code of functions, build contexts."""

from __future__ import annotations

import ast
import fnmatch
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_readiness.repo.files import Files
from pytest_readiness.repo.image_builds import joined
from pytest_readiness.repo.infra_cdk import CdkApp
from pytest_readiness.repo.modules import Module, Site, argument, call_name
from pytest_readiness.repo.source_paths import ANY, SourcePath, SourcePaths

_METHODS = {
    "from_asset": ("path", "directory", "filename", "asset_path"), "from_docker_build": ("path",),
    "from_image_asset": ("directory",), "from_asset_image": ("directory",), "asset": ("path",),
    "from_asset_file": ("path",),
}  # fmt: skip
"""Methods whose first argument, or argument of such a name, is the path of an asset."""
_CLASSES = {
    "DockerImageAsset": "directory", "Asset": "path", "AssetCode": "path", "PythonFunction": "entry",
    "PythonLayerVersion": "entry", "NodejsFunction": "entry", "TarballImageAsset": "tarball_file",
}  # fmt: skip
"""Classes that take the path of an asset under that name."""


@dataclass(frozen=True, eq=False)
class Asset:
    """An asset of a CDK app: the call that names it, and the paths that the call's expression may be."""

    module: Module
    call: ast.Call
    paths: tuple[SourcePath, ...]
    """None where nothing of the path is known."""

    @property
    def place(self) -> Site:
        texts = " or ".join(dict.fromkeys(p.text for p in self.paths))
        return self.module.at(self.call, f"{call_name(self.call)}({texts})")


class Assets:
    """Finds assets and whether they exist."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._every = sorted(files.path_set | files.not_checked_out)

    def of(self, app: CdkApp) -> list[Asset]:
        """The assets that the app's run names."""
        paths = SourcePaths(app.origins)
        found = ((m, c, asset_argument(c)) for m, c in app.calls)
        known = (t for t in found if t[2] is not None and _is_of_cdk(app, t[0], t[1]))
        return [Asset(m, c, tuple(paths.of(m, node))) for m, c, node in known]

    def exists(self, path: str) -> bool:
        """Whether the repository holds the path; parts that are not known may be anything."""
        if ANY not in path:
            return path in ("", ".") or self._files.exists(path) or path in self._files.not_checked_out
        return any(True for _ in self.matching(path))

    def matching(self, path: str) -> Iterator[str]:
        """The paths that a path with unknown parts may be."""
        if ANY not in path:
            if self.exists(path):
                yield path
            return
        if path.startswith(f"{ANY}/"):
            tail = path.removeprefix(ANY)
            folders = (f for f in self._files.folders if f"/{f}".endswith(tail) or fnmatch.fnmatch(f"/{f}", f"*{tail}"))
            yield from sorted(folders)
            return
        depth = path.count("/") + 1
        seen = dict.fromkeys("/".join(p.split("/")[:depth]) for p in self._every if p.count("/") + 1 >= depth)
        yield from fnmatch.filter(seen, path)


def asset_argument(call: ast.Call) -> ast.expr | None:
    """The path that a call takes for an asset."""
    name = call_name(call)
    if name in _CLASSES:
        return argument(call, _CLASSES[name])
    named = next((a for k in _METHODS.get(name, ()) if (a := argument(call, k)) is not None), None)
    first = call.args[0] if name in _METHODS and call.args else None
    return named or (first if not isinstance(first, ast.Starred) else None)


def _is_of_cdk(app: CdkApp, module: Module, call: ast.Call) -> bool:
    return any(n.startswith(("aws_cdk", "cdk_")) for n in app.names.dotted(module, call.func))


def placed(path: SourcePath, folder: str) -> str | None:
    """The repo-relative path, taken relative to the folder where it is not fixed; None where it leads out."""
    if path.text.startswith("/") and not path.is_fixed:
        return None
    found = posixpath.normpath(path.text) if path.is_fixed else joined(folder, path.text)
    return None if found.startswith("..") else ("" if found == "." else found)
