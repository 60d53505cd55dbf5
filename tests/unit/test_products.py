"""A product as a whole: from the register to unpacked files, against a server on this machine."""

import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from proda.data.download import COLUMNS
from proda.data.products import fetch_product, unpack
from proda.errors import InputError


@pytest.fixture
def server(tmp_path):
    """Serves tmp_path/www; the address."""
    (tmp_path / "www").mkdir()
    handler = partial(SimpleHTTPRequestHandler, directory=tmp_path / "www")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


@pytest.fixture
def register(server, tmp_path):
    """A table of sources with an archive and two plain files."""
    with zipfile.ZipFile(tmp_path / "www" / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Top/one.tsv", "one\n" * 1000)
        archive.writestr("Top/two.gpkg", "two")
    for name in ("p_2000.tif", "p_2001.tif"):
        (tmp_path / "www" / name).write_text(name)
    rows = [("arc", "2", "a.zip"), ("maps", "1", "p_2000.tif"), ("maps", "1", "p_2001.tif")]
    table = tmp_path / "sources.csv"
    lines = [",".join(COLUMNS)]
    lines += [f"{p},{v},{f},{server}/{f},,,open,none,open,no," for p, v, f in rows]
    table.write_text("\n".join(lines) + "\n")
    return table


def wanted(product, version, folder, files=None, unpack=None):
    return {
        "product": product,
        "version": version,
        "folder": folder,
        "files": files,
        "unpack": unpack,
    }


def test_an_archive_is_unpacked_as_far_as_it_is_needed(register, tmp_path):
    data = tmp_path / "data"
    manifest = data / "downloads" / "arc.sha256"
    fetch_product(register, wanted("arc", "2", "there", unpack=["*.tsv"]), data, manifest)
    assert (data / "there" / "Top" / "one.tsv").read_text() == "one\n" * 1000
    assert not (data / "there" / "Top" / "two.gpkg").exists()
    digest, name = manifest.read_text().split()
    assert name == "downloads/a.zip" and len(digest) == 64


def test_plain_files_go_to_their_folder_and_can_be_chosen(register, tmp_path):
    data = tmp_path / "data"
    manifest = data / "downloads" / "maps.sha256"
    fetch_product(register, wanted("maps", "1", "npp", files=["*_2001.tif"]), data, manifest)
    assert (data / "npp" / "p_2001.tif").read_text() == "p_2001.tif"
    assert not (data / "npp" / "p_2000.tif").exists()
    assert manifest.read_text().split()[1] == "npp/p_2001.tif"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (wanted("arcs", "2", "x"), r"product arcs: expected version 2, found no such product"),
        (wanted("arc", "1", "x"), r"product arc: expected version 1, found versions 2"),
        (wanted("maps", "1", "x", files=["*.nc"]), r"expected files like \*.nc, found p_2000.tif"),
        (
            wanted("arc", "2", "x", unpack=["*.csv"]),
            r"a.zip: expected members like \*.csv, found no",
        ),
    ],
)
def test_what_the_register_does_not_hold(register, tmp_path, settings, message):
    with pytest.raises(InputError, match=message):
        fetch_product(register, settings, tmp_path / "data", tmp_path / "data" / "manifest")
    assert not (tmp_path / "data" / "manifest").exists()


def test_a_truncated_archive_leaves_no_half_file(register, tmp_path):
    archive = tmp_path / "www" / "a.zip"
    whole = archive.read_bytes()
    archive.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"a.zip: expected a whole zip archive"):
        unpack(archive, tmp_path / "out")
    # One byte in the body of the first member.
    archive.write_bytes(whole[:45] + bytes([whole[45] ^ 255]) + whole[46:])
    with pytest.raises(InputError, match=r"a.zip: expected a whole zip archive"):
        unpack(archive, tmp_path / "out")
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("name", ["../evil.txt", "/evil.txt"])
def test_a_member_outside_the_folder_is_refused(tmp_path, name):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(name, "evil")
    with pytest.raises(InputError, match=r"expected members inside the archive"):
        unpack(tmp_path / "a.zip", tmp_path / "out")
    assert not (tmp_path / "evil.txt").exists()
