"""Which parts of the library a rule uses, and a digest of them.

A rule uses its script and every module of the library that can be reached from there by import
statements, inside functions too, with the ``__init__`` of their packages. Of a module counts what
it does: comments, docstrings and layout do not, nor does the version of the workflow. Further count

- resources: files of `proda.resources` that a module names, as in ``resource("parameters.csv")``;
- the versions of the packages that these modules import. With ``--sdm conda`` they are those that
  ``envs/requirements.lock`` pins, which are the ones its environment has.

Modules that only watch over jobs are left out (`WATCHING`): they cannot change a result.
"""

import ast
import hashlib
import json
import os
import re
import sys
import tempfile
from functools import cache
from importlib import metadata
from pathlib import Path

__all__ = ["RuleSources", "code_digests", "pinned_versions", "rule_sources"]

LIBRARY = Path(__file__).parents[1]
WATCHING = ("proda.jobs", "proda.logs", "proda.workflow_state")
# Packages whose name is not that of their module.
PACKAGES = {"netCDF4": "netcdf4", "sklearn": "scikit-learn", "yaml": "pyyaml"}


class RuleSources(tuple):
    """(modules, resources, packages) of a rule: sorted tuples of names."""

    __slots__ = ()
    modules = property(lambda self: self[0])
    resources = property(lambda self: self[1])
    packages = property(lambda self: self[2])


class _Module:
    """What a source file does, imports and reads."""

    def __init__(self, path, package, source):
        tree = ast.parse(source, filename=str(path))
        self.imports = set(_imports(tree, package))
        self.resources = set(_resources(tree))
        self.digest = hashlib.sha256(ast.unparse(_without_words(tree)).encode()).hexdigest()


_module = cache(_Module)


def rule_sources(script, library=LIBRARY):
    """RuleSources of a script."""
    return _Library(library).rule_sources(Path(script))


def code_digests(scripts, library=LIBRARY, pinned=None):
    """Digests of the code of rules, by the name of the rule.

    scripts: path of the script by the name of the rule. pinned: versions by name of the package;
    None for those that are installed. What takes long, reading all sources, is kept until one of
    them changes.
    """
    parts = _kept(scripts, library) or _keep(scripts, library)
    versions = {}
    for _, packages in parts.values():
        for name in packages:
            if name not in versions:
                versions[name] = (pinned or {}).get(name) or _installed(name)
    digests = {}
    for rule, (code, packages) in parts.items():
        text = "\n".join([code, *(f"{name}=={versions[name]}" for name in packages)])
        digests[rule] = hashlib.sha256(text.encode()).hexdigest()[:16]
    return digests


def pinned_versions(lock):
    """Versions by name of the package that a file of requirements pins."""
    pins = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", Path(lock).read_text(), re.M)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in pins}


class _Library:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.modules = {}

    def module(self, name):
        """The module of that name, or None if the library has none."""
        if name not in self.modules:
            self.modules[name] = self._load(name)
        return self.modules[name]

    def _load(self, name):
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

    def rule_sources(self, script):
        """RuleSources of a script."""
        return RuleSources(self._collect(script)[:3])

    def digest(self, script):
        """(digest of modules and resources, packages) of a script."""
        modules, resources, packages, digests = self._collect(script)
        lines = [f"{name} {digests[name]}" for name in modules]
        for name in resources:
            content = (self.folder / "resources" / name).read_bytes()
            lines.append(f"{name} {hashlib.sha256(content).hexdigest()}")
        return hashlib.sha256("\n".join(lines).encode()).hexdigest(), packages

    def _collect(self, script):
        start = _module(script, "", script.read_bytes())
        found, packages, resources = {script.name: start.digest}, set(), set(start.resources)
        waiting = list(start.imports)
        while waiting:
            name = waiting.pop()
            if name in found or name.startswith(tuple(f"{each}." for each in WATCHING)):
                continue
            if name in WATCHING:
                continue
            module = self.module(name)
            if module is None:
                packages.add(name.partition(".")[0])
                continue
            found[name] = module.digest
            resources |= module.resources
            waiting += [*module.imports, *_parents(name)]
        packages -= {self.folder.name, *sys.stdlib_module_names}
        return (
            tuple(sorted(found)),
            tuple(sorted(resources)),
            tuple(sorted(PACKAGES.get(name, name.replace("_", "-").lower()) for name in packages)),
            found,
        )


def _parents(name):
    parts = name.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts))]


def _imports(tree, package):
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


def _resources(tree):
    """Names of the resources a file reads."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(ast.Name("resource"), [ast.Constant(str(name))]):
                yield name


def _without_words(tree):
    """The tree without docstrings, descriptions of keys and the version of the workflow."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
            match node.value:
                case ast.Name("Annotated"):
                    node.slice.elts = [part for part in node.slice.elts if not _is_text(part)]
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [part for part in body if not _is_word(part)]
    return tree


def _is_text(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_word(node):
    """A text that stands by itself, or the version."""
    match node:
        case ast.Expr(ast.Constant(str())):
            return True
        case ast.Assign([ast.Name("__version__")]):
            return True
    return False


def _installed(package):
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "none"


# --- kept until a source changes -----------------------------------------------------------------


def _keep(scripts, library):
    sources = _Library(library)
    parts = {rule: sources.digest(Path(script)) for rule, script in scripts.items()}
    path = _keeper(scripts, library)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(parts))
        temporary.replace(path)
    except OSError:
        pass  # it takes a second next time, too
    return parts


def _kept(scripts, library):
    try:
        return json.loads(_keeper(scripts, library).read_text())
    except (OSError, ValueError):
        return None


def _keeper(scripts, library):
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
