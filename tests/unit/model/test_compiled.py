"""The cache of machine code is never stale: its folder is named by the sources of the kernels."""

import sys
import types

import numba
import numpy as np
import pytest

from proda import compiled

KERNEL = """import math

from proda.compiled import kernel

@kernel
def double(x):
    return 2 * x
"""


@compiled.kernel
def at_module_level(x):
    return 2 * x


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


def test_a_user_without_a_home_gets_another_cache(tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(compiled.os.path, "expanduser", lambda path: path)
    (tmp_path / "blocked").touch()
    monkeypatch.setattr(compiled, "PACKAGE", tmp_path / "blocked" / "workflow" / "proda")
    monkeypatch.setattr(compiled.tempfile, "gettempdir", lambda: str(tmp_path))
    assert compiled._cache_folder().parent.parent == tmp_path


@pytest.fixture
def cache(tmp_path):
    """Cache of a function, with one entry: (file, path of the index, path of the code)."""
    file = compiled._CheckedFile(str(tmp_path), "double-3.py311", (1.0, 80))
    file.save("f8", {"code": b"machine" * 100})
    return file, tmp_path / "double-3.py311.nbi", tmp_path / "double-3.py311.1.nbc"


def test_compiled_code_is_kept(cache, tmp_path):
    again = compiled._CheckedFile(str(tmp_path), "double-3.py311", (1.0, 80))
    assert again.load("f8") == {"code": b"machine" * 100}
    assert again.load("f4") is None
    assert compiled._CheckedFile(str(tmp_path), "double-3.py311", (2.0, 80)).load("f8") is None


@pytest.mark.parametrize("of_code", [False, True])
@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[: len(content) // 2],
        lambda content: bytes(len(content)),
        lambda content: content[:-9] + bytes([content[-9] ^ 1]) + content[-8:],
        lambda content: content + b"x",
    ],
)
def test_damaged_code_is_compiled_anew_and_not_run(cache, damage, of_code):
    file, index, code = cache
    path = code if of_code else index
    path.write_bytes(damage(path.read_bytes()))
    assert file.load("f8") is None
    file.save("f8", {"code": b"new"})
    assert file.load("f8") == {"code": b"new"}


@pytest.mark.parametrize("of_code", [False, True])
def test_code_of_a_module_that_is_not_there_is_compiled_anew(cache, monkeypatch, of_code):
    """A kernel that was compiled for a function of a script is kept beside the others."""
    file = cache[0]
    script = types.ModuleType("somebodys_script")
    script.Target = type("Target", (), {"__module__": "somebodys_script"})
    monkeypatch.setitem(sys.modules, "somebodys_script", script)
    if of_code:
        file.save("f4", script.Target)
    else:
        file.save(script.Target, {})  # a signature that names it
    monkeypatch.delitem(sys.modules, "somebodys_script")
    assert file.load("f4") is None
    assert file.load("f8") == ({"code": b"machine" * 100} if of_code else None)
    file.save("f4", {"code": b"new"})
    assert file.load("f4") == {"code": b"new"}


def test_a_disk_that_takes_no_code_is_no_error(cache, monkeypatch, caplog):
    file = cache[0]

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(file, "_save_data", full)
    file.save("f4", {})
    assert "No space left on device" in caplog.text


def test_kernels_use_the_checked_cache():
    if not numba.config.DISABLE_JIT:
        assert type(at_module_level._cache._cache_file) is compiled._CheckedFile


def test_kernels_divide_as_ieee_says():
    @compiled.kernel
    def inverse(x):
        return 1.0 / x

    with np.errstate(divide="ignore"):
        assert inverse(np.float64(0.0)) == np.inf
    if not numba.config.DISABLE_JIT:
        assert inverse.targetoptions["error_model"] == "numpy"
        assert not inverse.targetoptions.get("fastmath", False)
