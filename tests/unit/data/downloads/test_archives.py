"""Broken or malicious archives give a clear error, and nothing is written elsewhere."""

import stat
import struct
import tarfile
import zipfile

import pytest

from proda.data.downloads import archives
from proda.data.downloads.archives import unpack
from proda.errors import InputError

TEXT = b"profile,carbon\n" * 2000


@pytest.fixture
def archive(tmp_path):
    """archive({name or ZipInfo: bytes}, method): a zip archive of these members."""

    def make(members, method=zipfile.ZIP_DEFLATED):
        with zipfile.ZipFile(tmp_path / "a.zip", "w", method) as opened:
            for name, body in members.items():
                opened.writestr(name, body)
        return tmp_path / "a.zip"

    return make


def written(tmp_path):
    return sorted(
        path.relative_to(tmp_path).as_posix()
        for path in tmp_path.rglob("*")
        if path.is_file() and path.name != "a.zip"
    )


def refused(tmp_path, message, patterns=("*",), **options):
    with pytest.raises(InputError, match=message):
        unpack(tmp_path / "a.zip", tmp_path / "out", patterns, **options)
    assert written(tmp_path) == []


def patched(path, offset, value, signature=b"PK\x01\x02"):
    """Change a 16-bit number in the header of the first member, here and in the directory."""
    data = bytearray(path.read_bytes())
    local = {8: 6, 10: 8}[offset]
    struct.pack_into("<H", data, data.index(b"PK\x03\x04") + local, value)
    struct.pack_into("<H", data, data.index(signature) + offset, value)
    path.write_bytes(data)


@pytest.mark.parametrize(
    "method",
    [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA],
)
def test_every_method_that_python_reads(archive, tmp_path, method):
    path = archive({"top/ä.csv": TEXT, "empty.csv": b"", "no.txt": b"x"}, method)
    assert unpack(path, tmp_path / "out", ["*.csv"]) == [
        tmp_path / "out" / "top" / "ä.csv",
        tmp_path / "out" / "empty.csv",
    ]
    assert written(tmp_path) == ["out/empty.csv", "out/top/ä.csv"]
    assert (tmp_path / "out" / "top" / "ä.csv").read_bytes() == TEXT


@pytest.mark.parametrize(
    "name",
    ["../evil.csv", "/evil.csv", "a/../../evil.csv", "..\\evil.csv", "C:\\evil.csv", "C:evil.csv",
     "a//evil.csv", "././evil.csv", "evil/./x.csv", "evil\n.csv", "evil\x1b.csv"],
)  # fmt: skip
def test_names_that_lead_elsewhere(archive, tmp_path, name):
    archive({"good.csv": TEXT, name: b"evil"})
    refused(tmp_path, r"a.zip, member '.*evil.*: expected a relative path below its folder")


def test_a_name_with_a_nul_is_not_cut_off_silently(archive, tmp_path):
    path = archive({"evilX.csv": b"evil"})
    path.write_bytes(path.read_bytes().replace(b"evilX.csv", b"evil\x00.csv"))
    refused(tmp_path, r"member 'evil\\x00.csv': expected a relative path")


def test_members_that_are_not_wanted_do_not_matter(archive, tmp_path):
    hidden = {"__MACOSX/._good.csv": b"x", ".hidden/x.csv": b"x", ".csv": b"x"}
    path = archive({"./good.csv": TEXT, "../evil.txt": b"evil"} | hidden)
    assert unpack(path, tmp_path / "out", ["*.csv"]) == [tmp_path / "out" / "good.csv"]


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices(archive, tmp_path, kind):
    member = zipfile.ZipInfo("link.csv")
    member.external_attr = (kind | 0o777) << 16
    archive({"good.csv": TEXT, member: b"/etc"})
    refused(tmp_path, r"member 'link.csv': expected a regular file, found")


@pytest.mark.parametrize("link", ["", "top"])
def test_a_folder_that_leads_elsewhere(archive, tmp_path, link):
    path = archive({"top/x.csv": TEXT})
    (tmp_path / "else").mkdir()
    place = tmp_path / "data" / "out" / link
    place.parent.mkdir(parents=True)
    place.symlink_to(tmp_path / "else")
    with pytest.raises(InputError, match="expected a path that stays below"):
        unpack(path, tmp_path / "data" / "out", root=tmp_path / "data")
    assert written(tmp_path) == []


def test_a_link_in_place_of_the_file_is_not_followed(archive, tmp_path):
    path = archive({"x.csv": TEXT})
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "x.csv").symlink_to(tmp_path / "else.csv")
    with pytest.raises(InputError, match="expected a path that stays below"):
        unpack(path, tmp_path / "out")
    assert not (tmp_path / "else.csv").exists()


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ("x.csv", "x.csv", r"expected each name once, found 'x.csv' again"),
        ("x.csv", "X.CSV", r"expected each name once, found 'x.csv' again"),
        ("x.csv", "x.csv/y.csv", r"member 'x.csv/y.csv': expected a folder above it"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_of_one_name(archive, tmp_path, first, second, message):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as opened:
        opened.writestr(first, "one")
        opened.writestr(second, "two")
    refused(tmp_path, message)


@pytest.mark.parametrize(
    ("method", "name"), [(9, "Deflate64"), (98, "PPMd"), (93, "Zstandard"), (77, "number 77")]
)
def test_methods_that_python_does_not_read(archive, tmp_path, method, name):
    patched(archive({"x.csv": TEXT}), 10, method)
    refused(tmp_path, rf"member 'x.csv': expected the method deflate.*, found {name} \(unpack it")


@pytest.mark.parametrize("flag", [0x1, 0x41])
def test_encrypted_members(archive, tmp_path, flag):
    patched(archive({"x.csv": TEXT}), 8, flag)
    refused(tmp_path, r"member 'x.csv': expected a file without a password")


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_a_changed_byte_of_any_method(archive, tmp_path, method):
    """A clear error, or the same bytes where the byte has no effect (a size of buffers)."""
    path, errors = archive({"x.csv": TEXT}, method), 0
    whole = path.read_bytes()
    for at in range(35, 80, 5):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        try:
            (target,) = unpack(path, tmp_path / "out")
        except InputError as error:
            assert "a.zip" in str(error) and written(tmp_path) == []
            errors += 1
        else:
            assert target.read_bytes() == TEXT
            target.unlink()
    assert errors > 4


def test_an_archive_cut_off_anywhere(archive, tmp_path):
    path = archive({"x.csv": TEXT, "y.csv": TEXT})
    whole = path.read_bytes()
    for end in (0, 1, 3, 22, 30, 60, len(whole) // 2, len(whole) - 22, len(whole) - 1):
        path.write_bytes(whole[:end])
        refused(tmp_path, r"a.zip: expected a whole zip archive, found .*remove it")


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_archive_in_place_of_a_zip(tmp_path, mode):
    (tmp_path / "x.csv").write_bytes(TEXT)
    with tarfile.open(tmp_path / "a.zip", mode) as tar:
        tar.add(tmp_path / "x.csv", "x.csv")
    (tmp_path / "x.csv").unlink()
    kind = {"w": "tar", "w:gz": "gzip", "w:bz2": "bzip2", "w:xz": "xz"}[mode]
    refused(tmp_path, rf"a.zip: expected a whole zip archive, found an? {kind}")


# --- bounds --------------------------------------------------------------------------------------


def test_a_zip_bomb_is_refused_before_unpacking(archive, tmp_path):
    archive({"x.csv": bytes(10_000_000), "y.csv": TEXT})
    refused(tmp_path, r"expected at most 1000000 bytes unpacked, found 10030000", max_bytes=10**6)
    assert unpack(tmp_path / "a.zip", tmp_path / "out", ["y.csv"], max_bytes=30_000)


@pytest.mark.parametrize("declared", [10, 29_999, 30_001])
def test_a_member_of_another_size_than_it_declares(archive, tmp_path, declared):
    path = archive({"x.csv": TEXT})
    data = bytearray(path.read_bytes())
    struct.pack_into("<L", data, data.index(b"PK\x01\x02") + 24, declared)
    path.write_bytes(data)
    refused(tmp_path, r"a.zip: expected")


def test_a_disk_that_is_too_small(archive, tmp_path, monkeypatch):
    archive({"x.csv": TEXT})
    usage = archives.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(archives.shutil, "disk_usage", lambda _: usage._replace(free=29_999))
    refused(tmp_path, r"expected 30000 bytes of free disk at .*, found 29999")


def test_sizes_of_64_bits(tmp_path):
    with (
        zipfile.ZipFile(tmp_path / "a.zip", "w") as opened,
        opened.open("x.csv", "w", force_zip64=True) as member,
    ):
        member.write(TEXT)
    (path,) = unpack(tmp_path / "a.zip", tmp_path / "out")
    assert path.read_bytes() == TEXT
