"""Names of the register and of the configuration never lead out of the data folder."""

from pathlib import Path

import pytest

from proda.data.downloads.names import check_name, check_relative, place_below
from proda.data.downloads.products import fetch_product
from proda.data.downloads.register import COLUMNS, read_sources
from proda.errors import InputError

OUTSIDE = [
    "..", "../x.tif", "a/../../x.tif", "a/..", "/x.tif", "//x.tif", "\\x.tif", "a\\..\\x.tif",
    "C:x.tif", "c:/x.tif", "a\x00b", "a\nb", "a\tb", "a\u202eb", "a\u2028b", "", " ", ".", "./x",
    "a//b", "a/", "a/./b", " a", "a ", ".hidden", "a/.hidden", "x" * 201, "a/" + "ä" * 101,
]  # fmt: skip


def register(folder, *rows):
    path = folder / "sources.csv"
    lines = [f'"{p}",1,"{f}",{a},{size},{sha},open,none,open,no,' for p, f, a, size, sha in rows]
    path.write_text("\n".join([",".join(COLUMNS), *lines]) + "\n")
    return path


def row(product="p", file="x.tif", address="https://x.org/x", size="", sha256=""):
    return product, file, address, size, sha256


def wanted(folder, unpack=None):
    return {"product": "p", "version": "1", "folder": folder, "files": None, "unpack": unpack}


def tree(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize("name", OUTSIDE)
def test_names_that_lead_elsewhere_are_refused(tmp_path, name):
    with pytest.raises(InputError, match="here: expected"):
        check_name("here", name)
    # Without an address there is no request, should the name be accepted.
    table = register(tmp_path, row(address=""))
    with pytest.raises(InputError, match=r"folder: expected"):
        fetch_product(
            table, wanted(name if name != "a/" else "a//"), tmp_path / "d", tmp_path / "m"
        )
    assert tree(tmp_path) == ["sources.csv"]


@pytest.mark.parametrize("name", [n for n in OUTSIDE if "\n" not in n and "\x00" not in n])
@pytest.mark.parametrize("column", ["file", "product"])
def test_a_register_with_such_a_name_is_refused_as_a_whole(tmp_path, name, column):
    table = register(tmp_path, row(file="good.tif"), row(**{column: name}))
    with pytest.raises(InputError, match=r"sources.csv row 3.*: expected"):
        fetch_product(table, wanted("f"), tmp_path / "d", tmp_path / "m")
    assert tree(tmp_path) == ["sources.csv"]


@pytest.mark.parametrize("name", ["a.tif", "sub/a.tif", "ä b.tif", "a..b", "-x", "[1].tif", "…"])
def test_valid_names(name):
    assert "/".join(check_relative("here", name)) == name == check_name("here", name)


@pytest.mark.parametrize("name", ["a.part", "a.PART", "a.part.json", "a.zip.sha256", "s/a.members"])
def test_endings_of_what_is_written_beside_a_file_are_reserved(tmp_path, name):
    table = register(tmp_path, row(file=name))
    with pytest.raises(InputError, match=r"row 2: file: expected a name with another ending"):
        read_sources(table)


def test_the_name_of_a_product_is_one_folder(tmp_path):
    with pytest.raises(InputError, match=r"row 2: product: expected a name without /"):
        read_sources(register(tmp_path, row("a/b")))


@pytest.mark.parametrize("folder", ["downloads", "downloads/x", "Downloads"])
def test_the_folder_of_records_is_reserved(tmp_path, folder):
    with pytest.raises(InputError, match=r"expected a folder other than downloads"):
        fetch_product(register(tmp_path, row()), wanted(folder), tmp_path / "d", tmp_path / "m")


@pytest.mark.parametrize(("other", "twin"), [("X.TIF", "x.tif"), ("é.tif", "e\u0301.tif")])
def test_names_that_are_equal_on_some_file_systems(tmp_path, other, twin):
    table = register(tmp_path, row(file=other), row(file=twin))
    with pytest.raises(InputError, match=r"row 3: expected a product and file of its own"):
        read_sources(table)


@pytest.mark.parametrize(
    "size", ["1_000", "+7", "-7", "7.0", "1e3", "²", "١٢", "７", " 7", "0", "9" * 19, "0x7"]
)
def test_sizes_are_ascii_digits(tmp_path, size):
    with pytest.raises(InputError, match=r"row 2: size_bytes: expected a number of bytes"):
        read_sources(register(tmp_path, row(size=size)))


def test_digests_in_upper_case_are_the_same(tmp_path):
    (source,) = read_sources(register(tmp_path, row(size="7", sha256="AB" * 32))).values()
    assert (source.size, source.sha256) == (7, "ab" * 32)


@pytest.mark.parametrize("sha256", ["0" * 63, "g" * 64, "٠" * 64, "0" * 63 + "\u212a"])
def test_digests_are_hexadecimal(tmp_path, sha256):
    with pytest.raises(InputError, match=r"row 2: sha256: expected 64 hexadecimal digits"):
        read_sources(register(tmp_path, row(sha256=sha256)))


def test_a_byte_order_mark_before_the_register(tmp_path):
    table = register(tmp_path, row())
    table.write_bytes(b"\xef\xbb\xbf" + table.read_bytes())
    assert list(read_sources(table)) == [("p", "x.tif")]


@pytest.mark.parametrize(
    "address",
    [
        "https://x.org/a b.tif", "file:///etc/passwd", "https:///x", "https://[::1", "x.org/a",
        "https://x.org:port/a", "https://x.org:99999/a", "https://x.org/ä", "javascript:1",
    ],
)  # fmt: skip
def test_invalid_addresses(tmp_path, address):
    with pytest.raises(InputError, match=r"row 2: expected an http or https address"):
        read_sources(register(tmp_path, row(address=address)))


# --- links ---------------------------------------------------------------------------------------


def test_links_that_leave_the_data_folder_are_refused(tmp_path):
    data, outside = tmp_path / "data", tmp_path / "outside"
    data.mkdir()
    outside.mkdir()
    (data / "out").symlink_to(outside)
    (data / "in").symlink_to(data)
    (data / "circle").symlink_to(data / "circle")
    (data / "x.tif").symlink_to(outside / "x.tif")
    for parts in (("out", "x"), ("out",), ("circle", "x"), ("x.tif",), ("in", "out", "x")):
        with pytest.raises(InputError, match=r"expected a path that stays below"):
            place_below("here", data, parts)
    assert place_below("here", data, ("in", "y")) == data / "in" / "y"


@pytest.mark.parametrize("link", ["f", "f/x.tif", "f/x.tif.part", "f/x.tif.sha256", "downloads"])
def test_nothing_is_written_through_a_link(tmp_path, link):
    outside, data = tmp_path / "outside", tmp_path / "data"
    outside.mkdir()
    (data / link).parent.mkdir(parents=True)
    (data / link).symlink_to(outside / "there")
    with pytest.raises(InputError, match=r"a path that stays below .*data, found the link"):
        fetch_product(register(tmp_path, row()), wanted("f"), data, data / "m")
    assert tree(outside) == [] and not (data / "m").exists()


def test_the_data_folder_itself_may_be_a_link(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "data").symlink_to(tmp_path / "disk")
    target = tmp_path / "data" / "f" / "x.tif"
    target.parent.mkdir()
    target.write_bytes(b"II*\0...")
    (path,) = fetch_product(
        register(tmp_path, row(address="")), wanted("f"), tmp_path / "data", tmp_path / "m"
    )
    assert path == target and Path(tmp_path / "disk" / "f" / "x.tif.sha256").exists()
