"""A product as a whole: from the register to unpacked files, with a local server."""

import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from proda.data.downloads.archives import unpack
from proda.data.downloads.products import fetch_product
from proda.data.downloads.register import COLUMNS
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
        (tmp_path / "www" / name).write_bytes(b"II*\0" + name.encode())
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


def test_only_chosen_members_are_unpacked(register, tmp_path):
    data = tmp_path / "data"
    manifest = data / "downloads" / "arc.sha256"
    fetch_product(register, wanted("arc", "2", "there", unpack=["*.tsv"]), data, manifest)
    assert (data / "there" / "Top" / "one.tsv").read_text() == "one\n" * 1000
    assert not (data / "there" / "Top" / "two.gpkg").exists()
    digest, name = manifest.read_text().split()
    assert name == "downloads/archives/arc/a.zip" and len(digest) == 64


def test_plain_files_go_to_their_folder_and_can_be_chosen(register, tmp_path):
    data = tmp_path / "data"
    manifest = data / "downloads" / "maps.sha256"
    fetch_product(register, wanted("maps", "1", "npp", files=["*_2001.tif"]), data, manifest)
    assert (data / "npp" / "p_2001.tif").read_bytes() == b"II*\0p_2001.tif"
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
def test_products_and_files_that_are_not_in_the_register(register, tmp_path, settings, message):
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


# --- files that would overwrite each other -------------------------------------------------------


@pytest.fixture
def namesakes(server, tmp_path):
    """A register with an archive and a raster of the same names in each of two products."""
    lines = [",".join(COLUMNS)]
    for product in ("one", "two"):
        folder = tmp_path / "www" / product
        folder.mkdir()
        with zipfile.ZipFile(folder / "a.zip", "w") as archive:
            archive.writestr("x.csv", product)
        (folder / "x.tif").write_bytes(b"II*\0" + product.encode())
        for version, file in (("zip", "a.zip"), ("tif", "x.tif")):
            lines.append(f"{product},{version},{file},{server}/{product}/{file},,,o,n,o,no,")
    (tmp_path / "sources.csv").write_text("\n".join(lines) + "\n")
    return tmp_path / "sources.csv"


def test_archives_of_one_name_in_two_products(namesakes, tmp_path):
    data = tmp_path / "data"
    for product in ("one", "two"):
        settings = wanted(product, "zip", f"out_{product}", unpack=["*"])
        fetch_product(namesakes, settings, data, data / "downloads" / f"{product}.sha256")
    for product in ("one", "two"):
        assert (data / f"out_{product}" / "x.csv").read_text() == product
        (line,) = (data / "downloads" / f"{product}.sha256").read_text().splitlines()
        assert line.split()[1] == f"downloads/archives/{product}/a.zip"
    lock = (data / "downloads" / "sources.lock.csv").read_text().splitlines()
    assert len(lock) == 3 and len({line.split(",")[4] for line in lock}) == 3


@pytest.mark.parametrize(("version", "unpack"), [("zip", ["*"]), ("tif", None)])
def test_two_products_that_would_write_the_same_file(namesakes, tmp_path, version, unpack):
    data = tmp_path / "data"
    fetch_product(namesakes, wanted("one", version, "out", unpack=unpack), data, tmp_path / "m1")
    before = {path.name: path.read_bytes() for path in (data / "out").iterdir()}
    with pytest.raises(InputError, match=r"expected a file of its own, found that of"):
        fetch_product(
            namesakes, wanted("two", version, "out", unpack=unpack), data, tmp_path / "m2"
        )
    assert {path.name: path.read_bytes() for path in (data / "out").iterdir()} == before
    assert not (tmp_path / "m2").exists()
    # As the hint proposes.
    (data / ("downloads/archives/one/a.zip" if unpack else "out/x.tif")).unlink()
    fetch_product(namesakes, wanted("two", version, "out", unpack=unpack), data, tmp_path / "m2")
    (found,) = [path for path in (data / "out").iterdir() if path.suffix != ".sha256"]
    assert found.read_bytes().endswith(b"two")


def test_a_member_that_would_overwrite_a_download(namesakes, tmp_path):
    data = tmp_path / "data"
    with zipfile.ZipFile(tmp_path / "www" / "two" / "a.zip", "w") as archive:
        archive.writestr("x.tif", "another")
    fetch_product(namesakes, wanted("one", "tif", "out"), data, tmp_path / "m1")
    with pytest.raises(InputError, match=r"x.tif: expected a file of its own, found that of one"):
        fetch_product(namesakes, wanted("two", "zip", "out", unpack=["*"]), data, tmp_path / "m2")


def test_fetching_again_does_not_conflict(namesakes, tmp_path):
    data = tmp_path / "data"
    for _ in range(2):
        fetch_product(namesakes, wanted("one", "zip", "out", unpack=["*"]), data, tmp_path / "m1")
    assert (data / "out" / "x.csv").read_text() == "one"


def test_the_bounds_and_the_lock_file_of_the_configuration(namesakes, tmp_path):
    data, settings = tmp_path / "data", wanted("one", "zip", "out", unpack=["*"])
    with pytest.raises(InputError, match=r"more than the 50 that are accepted"):
        fetch_product(namesakes, settings, data, tmp_path / "m", max_download_gb=5e-8)
    with pytest.raises(InputError, match=r"expected at most 2 bytes unpacked, found 3"):
        fetch_product(namesakes, settings, data, tmp_path / "m", max_unpacked_gb=2e-9)
    fetch_product(namesakes, settings, data, tmp_path / "m", lock=tmp_path / "my.csv")
    assert "one,zip,a.zip," in (tmp_path / "my.csv").read_text()


def test_a_file_without_an_address_goes_where_the_error_states(namesakes, tmp_path):
    namesakes.write_text(",".join(COLUMNS) + "\nmine,1,a.zip,,,,o,n,o,no,\n")
    data = tmp_path / "data"
    with pytest.raises(InputError, match=r"put the file in place by hand as (\S+)\)") as caught:
        fetch_product(namesakes, wanted("mine", "1", "o", unpack=["*"]), data, tmp_path / "m")
    place = data / "downloads" / "archives" / "mine" / "a.zip"
    assert str(place) in str(caught.value)
    place.write_bytes((tmp_path / "www" / "one" / "a.zip").read_bytes())
    fetch_product(namesakes, wanted("mine", "1", "o", unpack=["*"]), data, tmp_path / "m")
    assert (data / "o" / "x.csv").read_text() == "one"
