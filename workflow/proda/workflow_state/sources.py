"""Which parts of the library a rule uses, and a digest of them.

A rule uses its script and every module of the library that can be reached from there by import
statements, inside functions too, with the ``__init__`` of their packages. Of a module counts what
it does: comments, docstrings and layout do not, nor does the version of the workflow. Further count

- resources: files of `proda.resources` that a module names, as in ``resource("parameters.csv")``;
- the versions of the packages that these modules import. With ``--sdm conda`` they are those that
  ``envs/requirements.lock`` pins, which are the ones its environment has.

Modules that only monitor jobs are excluded (`MONITORING`): they cannot change a result.
"""

import ast
import hashlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

from proda.files import StrPath

__all__ = ["RuleSources", "code_digests", "pinned_versions", "rule_sources"]

LIBRARY = Path(__file__).parents[1]
MONITORING = ("proda.jobs", "proda.logs", "proda.workflow_state")
Parts = dict[str, tuple[str, tuple[str, ...]]]
"""Digest of modules and resources, and names of packages, by the name of the rule."""

# Packages whose name is not that of their module.
PACKAGES = {
    "netCDF4": "netcdf4",
    "pystac": "pystac-core",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}


class RuleSources(NamedTuple):
    """What a rule uses: sorted names of modules, resources and packages."""

    modules: tuple[str, ...]
    resources: tuple[str, ...]
    packages: tuple[str, ...]


class _Module:
    """What a source file does, imports and reads."""

    def __init__(self, path: Path, package: str, source: bytes) -> None:
        tree = ast.parse(source, filename=str(path))
        self.imports = set(_imports(tree, package))
        self.resources = set(_resources(tree))
        self.digest = hashlib.sha256(ast.unparse(_without_words(tree)).encode()).hexdigest()


_module = cache(_Module)


def rule_sources(script: StrPath, library: StrPath = LIBRARY) -> RuleSources:
    """Return what the rule of a script uses."""
    return _Library(library).rule_sources(Path(script))


def code_digests(
    scripts: Mapping[str, StrPath],
    library: StrPath = LIBRARY,
    pinned: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return digests of the code of rules, by the name of the rule.

    What takes long, reading all sources, is cached until one of them changes.

    Parameters
    ----------
    scripts
        Path of the script by the name of the rule.
    library
        Folder of the package.
    pinned
        Versions by name of the package; None for those that are installed.
    """
    parts = _kept(scripts, library) or _keep(scripts, library)
    versions: dict[str, str] = {}
    for _, packages in parts.values():
        for name in packages:
            if name not in versions:
                versions[name] = (pinned or {}).get(name) or _installed(name)
    digests = {}
    for rule, (code, packages) in parts.items():
        text = "\n".join([code, *(f"{name}=={versions[name]}" for name in packages)])
        digests[rule] = hashlib.sha256(text.encode()).hexdigest()[:16]
    return digests


def pinned_versions(lock: StrPath) -> dict[str, str]:
    """Return the versions that a file of requirements pins, by name of the package."""
    pins = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", Path(lock).read_text(), re.M)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in pins}


class _Library:
    """The modules of a package, read when needed."""

    def __init__(self, folder: StrPath) -> None:
        self.folder = Path(folder)
        self.modules: dict[str, _Module | None] = {}

    def module(self, name: str) -> _Module | None:
        """Return the module of that name, or None if the library has none."""
        if name not in self.modules:
            self.modules[name] = self._load(name)
        return self.modules[name]

    def _load(self, name: str) -> _Module | None:
        first, *rest = name.split(".")
        if first != self.folder.name:
            return None
        place = self.folder.joinpath(*rest)
        for path, package in (
            (place / "__init__.py", name),
            (place.with_suffix(".py"), name.rpartition(".")[0]),
        ):
            if path.is_file():
                return _module(path, package, path.read_bytes())
        return None

    def rule_sources(self, script: Path) -> RuleSources:
        """Return what the rule of a script uses."""
        return self._collect(script)[0]

    def digest(self, script: Path) -> tuple[str, tuple[str, ...]]:
        """Return the digest of modules and resources of a script, and the packages they import."""
        used, digests = self._collect(script)
        lines = [f"{name} {digests[name]}" for name in used.modules]
        for name in used.resources:
            content = (self.folder / "resources" / name).read_bytes()
            lines.append(f"{name} {hashlib.sha256(content).hexdigest()}")
        return hashlib.sha256("\n".join(lines).encode()).hexdigest(), used.packages

    def _collect(self, script: Path) -> tuple[RuleSources, dict[str, str]]:
        """Sources of a script, and digests of the modules by name."""
        start = _module(script, "", script.read_bytes())
        found, resources = {script.name: start.digest}, set(start.resources)
        packages: set[str] = set()
        waiting = list(start.imports)
        while waiting:
            name = waiting.pop()
            if name in found or name.startswith(tuple(f"{each}." for each in MONITORING)):
                continue
            if name in MONITORING:
                continue
            module = self.module(name)
            if module is None:
                packages.add(name.partition(".")[0])
                continue
            found[name] = module.digest
            resources |= module.resources
            waiting += [*module.imports, *_parents(name)]
        packages -= {self.folder.name, *sys.stdlib_module_names}
        names = (PACKAGES.get(name, name.replace("_", "-").lower()) for name in packages)
        used = RuleSources(tuple(sorted(found)), tuple(sorted(resources)), tuple(sorted(names)))
        return used, found


def _parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts))]


def _imports(tree: ast.AST, package: str) -> Iterator[str]:
    """Names of all that may be modules in the import statements of a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *([base] if base else [])])
            yield base
            # What is imported may be a module itself.
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _resources(tree: ast.AST) -> Iterator[str]:
    """Names of the resources a file reads."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(ast.Name("resource"), [ast.Constant(str(name))]):
                yield name


def _without_words(tree: ast.Module) -> ast.Module:
    """The tree without docstrings, descriptions of keys and the version of the workflow."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
            match node.value:
                case ast.Name("Annotated"):
                    node.slice.elts = [part for part in node.slice.elts if not _is_text(part)]
        body: Any = getattr(node, "body", None)
        if isinstance(body, list):
            body[:] = [part for part in body if not _is_word(part)]
    return tree


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_word(node: ast.AST) -> bool:
    """Whether a statement is a text, such as a docstring, or sets the version."""
    match node:
        case ast.Expr(ast.Constant(str())):
            return True
        case ast.Assign([ast.Name("__version__")]):
            return True
    return False


def _installed(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "none"


# --- cached until a source changes ---------------------------------------------------------------


def _keep(scripts: Mapping[str, StrPath], library: StrPath) -> Parts:
    sources = _Library(library)
    parts = {rule: sources.digest(Path(script)) for rule, script in scripts.items()}
    path = _keeper(scripts, library)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(parts))
        temporary.replace(path)
    except OSError:
        pass  # it only takes a second next time, too
    return parts


def _kept(scripts: Mapping[str, StrPath], library: StrPath) -> Parts | None:
    try:
        return dict(json.loads(_keeper(scripts, library).read_text()))
    except (OSError, ValueError):
        return None


def _keeper(scripts: Mapping[str, StrPath], library: StrPath) -> Path:
    """File of what was found for exactly these sources, resources and this Python."""
    library = Path(library)
    root = library.parents[1]
    files = [*sorted(library.rglob("*.py")), *sorted(map(Path, scripts.values()))]
    files += sorted((library / "resources").glob("*"))
    digest = hashlib.sha256(sys.version.encode())
    digest.update(" ".join(sorted(scripts)).encode())
    for path in files:
        if path.is_file():
            digest.update(os.path.relpath(path, root).encode() + b"\0" + path.read_bytes() + b"\0")
    folder = root / ".cache"
    if not os.access(folder if folder.exists() else root, os.W_OK):
        folder = Path(tempfile.gettempdir()) / f"proda-{os.getuid()}"
    return folder / f"code-{digest.hexdigest()[:24]}.json"
