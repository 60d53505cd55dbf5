"""The cache of machine code is never stale: its folder is named by the sources of the kernels."""

import numba
import numpy as np

from proda import compiled

KERNEL = """import math

from proda.compiled import kernel

@kernel
def double(x):
    return 2 * x
"""


def package(tmp_path):
    files = {
        "compiled.py": "kernel = None\n",
        "errors.py": "A = 1\n",
        "model/rates.py": KERNEL,
        "model/layout.py": "ROW = 3\n",
        "data/tables.py": "B = 2\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_digest_changes_with_kernels_and_with_the_constants_beside_them(tmp_path):
    root = package(tmp_path)
    digests = [compiled._sources_digest(root)]
    for name in ("model/rates.py", "model/layout.py", "compiled.py"):
        with (root / name).open("a") as handle:
            handle.write("C = 4\n")
        digests.append(compiled._sources_digest(root))
    (root / "model" / "rates.py").rename(root / "model" / "turnover.py")
    digests.append(compiled._sources_digest(root))
    assert len(set(digests)) == len(digests) == 5


def test_digest_does_not_change_with_anything_else(tmp_path):
    root = package(tmp_path)
    before = compiled._sources_digest(root)
    for name in ("errors.py", "data/tables.py"):
        (root / name).write_text("D = 5\n")
    (root / "model" / "notes.txt").write_text("text")
    assert compiled._sources_digest(root) == before


def test_package_is_covered():
    """Every kernel of the model is in the digest, the names of rows and slots too."""
    sources = {path.name for path in (compiled.PACKAGE / "model").glob("*.py")}
    assert {"steady_state.py", "layout.py", "structure.py"} <= sources
    assert compiled._sources_digest() == compiled._sources_digest(compiled.PACKAGE)


def test_cache_folder_is_the_first_that_can_be_written(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    blocked = tmp_path / "blocked"
    blocked.write_text("a file, not a folder")
    monkeypatch.setattr(compiled, "PACKAGE", blocked / "workflow" / "proda")
    monkeypatch.setattr(compiled, "_sources_digest", lambda: "0123")
    assert compiled._cache_folder() == tmp_path / "cache" / "proda" / "kernels-0123"
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    monkeypatch.setattr(compiled.tempfile, "gettempdir", lambda: str(tmp_path / "tmp"))
    assert compiled._cache_folder().parts[-3] == "tmp"
    monkeypatch.setattr(compiled.tempfile, "gettempdir", lambda: str(blocked))
    assert compiled._cache_folder() is None


def test_kernels_divide_as_ieee_says():
    @compiled.kernel
    def inverse(x):
        return 1.0 / x

    with np.errstate(divide="ignore"):
        assert inverse(np.float64(0.0)) == np.inf
    if not numba.config.DISABLE_JIT:
        assert inverse.targetoptions["error_model"] == "numpy"
        assert not inverse.targetoptions.get("fastmath", False)
