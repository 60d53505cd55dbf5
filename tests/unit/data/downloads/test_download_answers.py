"""Responses with malformed headers: the address has failed, and the next mirror is tried."""

import errno
import hashlib
import logging
import os
import threading

import pytest

from download_server import BODY, SHA256, downloader, running_server, server
from proda.data.downloads import answers, partial, transfer
from proda.data.downloads.digests import Digests
from proda.data.downloads.partial import Part
from proda.data.downloads.register import Source
from proda.errors import InputError

__all__ = ["running_server", "server"]


@pytest.fixture
def fetch(server, tmp_path):
    return downloader(server, tmp_path, attempts=2)


ODD_NUMBERS = ["²", "１００", "-1", "+7", "1_000", "7.5", "9" * 30, "9" * 5000, "", "seven", "7, 8"]


@pytest.mark.parametrize("length", ODD_NUMBERS)
def test_after_a_malformed_content_length_the_next_mirror_is_tried(fetch, server, length):
    odd = length.encode().decode("latin-1")
    assert fetch([{"length": odd}], [{}]).read_bytes() == BODY


@pytest.mark.parametrize("after", [*ODD_NUMBERS, "Fri, 31 Feb 2026 99:99:99 GMT", "0", "soon"])
def test_a_malformed_retry_after_is_ignored(fetch, monkeypatch, after):
    pauses = []
    monkeypatch.setattr(transfer.time, "sleep", pauses.append)
    late = {"status": 503, "headers": [("Retry-After", after.encode().decode("latin-1"))]}
    assert fetch([late, {}]).read_bytes() == BODY
    assert pauses == [300 if after.startswith("99") else 0]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("100", 100),
        ("301", 300),
        ("Wed, 21 Oct 2015 07:30:00 GMT", 120),
        ("Wed, 21 Oct 2015 09:30:00 +0200", 120),
        ("Wed, 21 Oct 2015 07:00:00 GMT", 0),
        ("Wed, 21 Oct 2099 07:28:00 GMT", 300),
    ],
)
def test_a_retry_after_is_a_number_or_a_date(monkeypatch, text, seconds):
    monkeypatch.setattr(answers.time, "time", lambda: 1445412480.0)  # 07:28:00 of that day
    assert answers._wait(text) == seconds


@pytest.mark.parametrize(
    "span",
    [
        "", "bytes", "bytes 7-", "bytes ²-9/10", "bytes 100000-99999/300000", "items 100000-1/2",
        "bytes 100000-299999/1", "bytes 0-299999/300000", "bytes 100000-299999/" + "9" * 5000,
    ],
)  # fmt: skip
def test_a_malformed_content_range_is_not_appended(fetch, server, span):
    odd = {"status": 206, "headers": [("Content-Range", span.encode().decode("latin-1"))]}
    assert fetch([{"drop": 100_000}, odd, {}], attempts=3).read_bytes() == BODY


def test_a_part_that_was_not_requested(fetch, server):
    odd = {"status": 206, "headers": [("Content-Range", "bytes 0-299999/300000")]}
    assert fetch([odd], [{}]).read_bytes() == BODY
    assert [path for path, _ in server.requests] == ["/0/data.bin", "/1/data.bin"]


@pytest.mark.parametrize("status", [204, 300, 304, 305, 418])
def test_other_statuses(fetch, status):
    with pytest.raises(InputError, match=rf"/0/data.bin: status {status}"):
        fetch([{"status": status}])


# --- bounds --------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [{}, {"chunked": True}])
def test_more_bytes_than_are_accepted(fetch, tmp_path, answer):
    with pytest.raises(InputError, match=r"more than the 299999 (bytes )?that are accepted"):
        fetch([answer], max_bytes=299_999)
    assert list(tmp_path.iterdir()) == []
    assert fetch([answer], max_bytes=300_000).read_bytes() == BODY


def test_a_full_disk_is_an_error_before_the_download(fetch, tmp_path, monkeypatch):
    usage = transfer.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(transfer.shutil, "disk_usage", lambda _: usage._replace(free=299_999))
    with pytest.raises(InputError, match=r"expected 300000 bytes of free disk, found 299999"):
        fetch([{}], [{}])


def test_a_disk_error_is_not_taken_for_a_server_error(fetch, tmp_path, monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*data.bin.part"):
        fetch([{}], [{}])


def test_bytes_on_the_disk_are_recorded_during_the_download(tmp_path, monkeypatch):
    """A killed process cannot record anything at its end."""
    part = Part(tmp_path / "x")
    part.begin("https://x.org/x", '"1"')
    monkeypatch.setattr(partial, "CHECKPOINT_BYTES", 1000)
    with part.appending() as append:
        append(BODY[:999])
        assert Part(tmp_path / "x").state == {}
        append(BODY[999:1500])
        again = Part(tmp_path / "x")
        assert again.size == again.state["size"] == 1500
    with part.appending() as append:
        append(BODY[1500:1501])
    assert Part(tmp_path / "x").state["sha256"] == hashlib.sha256(BODY[:1501]).hexdigest()


def test_a_file_has_its_name_only_once_it_is_on_the_disk(fetch, tmp_path, monkeypatch):
    part, target = tmp_path / "data.bin.part", tmp_path / "data.bin"
    synced, fsync = [], os.fsync

    def spy(handle):
        found = os.fstat(handle)
        for path in (part, tmp_path):
            if path.exists() and os.path.samestat(found, path.stat()):
                synced.append((path, found.st_size, target.exists()))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", spy)
    fetch([{}])
    assert (part, 300_000, False) in synced
    assert next(path for path, _, named in synced if named) == tmp_path  # the new name


# --- formats -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "body", "message"),
    [
        ("a.tif", b"<!DOCTYPE html><html>", "an HTML page in place of the file"),
        ("a.nc", b"\xef\xbb\xbf \n<HTML>", "an HTML page"),
        ("a.csv", b'<?xml version="1.0"?><!-- x --><Error><Code>AccessDenied', "an HTML page"),
        ("a.bil", "<html>".encode("utf-16"), "an HTML page"),
        ("a.bin", b"<head><title>Log in", "an HTML page"),
        ("a.TIF", b"GIF89a", "not a TIFF raster: it begins with b'GIF89a'"),
        ("a.zip", b"\x1f\x8b\x08", "not a zip archive"),
        ("a.nc", b"CDF\x03", "not a netCDF file"),
        ("a.gz", b"PK\x03\x04", "not a gzip file"),
        ("a.pdf", b"no pdf", "not a PDF file"),
        ("a.tar", bytes(512), "not a tar archive"),
        ("a.txt", b"a\x00b", "not a text"),
        ("a.hdf", b"\x00" * 9, "not an HDF file"),
    ],
)
def test_after_a_body_of_another_format_the_next_mirror_is_tried(
    fetch, tmp_path, name, body, message
):
    with pytest.raises(InputError, match=message):
        fetch([{"body": body, "headers": [("Content-Type", "image/tiff")]}], name=name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("a.tif", b"MM\x00*..."),
        ("b.tif", b"II+\x00..."),
        ("a.nc", b"CDF\x05..."),
        ("b.nc", b"\x89HDF\r\n\x1a\n..."),
        ("c.nc", bytes(512) + b"\x89HDF\r\n\x1a\n..."),
        ("a.hdf", b"\x0e\x03\x13\x01..."),
        ("a.zip", b"PK\x05\x06" + bytes(18)),
        ("a.csv", "id;ä\n".encode("utf-16")),
        ("a.html", b"<html>"),
        ("a.xml", b"<?xml version='1.0'?><error>"),
        ("a.bil", bytes(9)),
        ("a.csv", b"<5,>3\n"),
    ],
)
def test_a_body_of_its_format_is_accepted_whatever_the_header_states(fetch, name, body):
    answer = {"body": body, "headers": [("Content-Type", "text/html")]}
    assert fetch([answer], name=name).read_bytes() == body


def test_a_web_page_in_place_of_the_file_is_not_accepted(fetch, server, tmp_path):
    (tmp_path / "a.tif").write_bytes(b"<html>Please log in</html>")
    with pytest.raises(InputError, match=r"a.tif: expected the file as published, found an HTML"):
        fetch([{}], name="a.tif")
    assert server.requests == [] and (tmp_path / "a.tif").exists()


# --- trust on first use --------------------------------------------------------------------------


def test_later_downloads_must_equal_the_first(fetch, tmp_path):
    lock = Digests(tmp_path / "lock" / "sources.lock.csv")
    target = fetch([{}], digests=lock)
    assert lock.path.read_text() == (
        f"product,version,file,size_bytes,sha256,path\nproduct,,data.bin,300000,{SHA256},data.bin\n"
    )
    (tmp_path / "data.bin.sha256").unlink()
    # Another file in its place, a fresh download of another file, and of one of the same size.
    for body in (b"other", bytes(300_000)):
        target.write_bytes(body)
        with pytest.raises(InputError, match=r"data.bin: expected the file as published"):
            fetch([{}], digests=lock)
        target.unlink()
        with pytest.raises(InputError, match=r"300000 bytes expected|at the first download"):
            fetch([{"body": body}], digests=lock)
        assert not target.exists()
    assert fetch([{}], digests=lock).read_bytes() == BODY


def test_a_lock_file_of_another_machine_is_binding(fetch, tmp_path):
    lock = tmp_path / "shared.csv"
    header = "product,version,file,size_bytes,sha256,path\n"
    lock.write_text(f"{header}product,,data.bin,300000,{SHA256.upper()},elsewhere/data.bin\n")
    with pytest.raises(InputError, match=rf"sha256 {SHA256} expected as at the first download"):
        fetch([{"body": bytes(300_000)}], digests=Digests(lock))
    assert fetch([{}], digests=Digests(lock)).read_bytes() == BODY
    assert lock.read_text() == f"{header}product,,data.bin,300000,{SHA256},data.bin\n"


def test_other_bytes_recorded_by_another_process(tmp_path):
    lock, source = Digests(tmp_path / "lock.csv"), Source("p", "x.tif", (), version="1")
    lock.record(source, 7, SHA256, "f/x.tif")
    with pytest.raises(InputError, match=rf"lock.csv: p, x.tif: expected sha256 {SHA256}"):
        lock.record(source, 7, "0" * 64, "f/x.tif")
    lock.record(Source("p", "x.tif", (), version="2"), 7, "0" * 64, "f/x.tif")
    assert lock.path.read_text().splitlines()[1] == f"p,2,x.tif,7,{'0' * 64},f/x.tif"


def test_names_in_the_lock_file_cannot_be_formulas(tmp_path):
    lock, source = Digests(tmp_path / "lock.csv"), Source("=p", "-x.tif", (), version="+1+1")
    lock.record(source, 7, SHA256, "f/-x.tif")
    row = f"'=p,'+1+1,'-x.tif,7,{SHA256},f/-x.tif"
    assert lock.path.read_text().splitlines()[1] == row
    assert (lock.expected(source).size, lock.expected(source).sha256) == (7, SHA256)


def test_a_register_that_contradicts_the_lock_file(fetch, tmp_path):
    lock = Digests(tmp_path / "lock.csv")
    fetch([{}], digests=lock)
    with pytest.raises(InputError, match=r"lock.csv: product, data.bin, sha256: expected 0000"):
        fetch([{}], digests=lock, sha256="0" * 64)
    with pytest.raises(InputError, match=r"lock.csv: product, data.bin, size_bytes: expected 7"):
        fetch([{}], digests=lock, size=7)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a delimited text table"),
        ("a,b\n1,2\n", "expected columns product, version, file"),
        ("HEADp,1,f,²," + "0" * 64 + ",x\n", r"row 2: size_bytes: expected a number"),
        ("HEADp,1,f,7,,x\n", r"row 2: expected size_bytes and sha256, found an empty cell"),
        (
            "HEAD" + 2 * ("p,1,f,7," + "0" * 64 + ",x\n"),
            r"row 3: expected each file once, found p, f again",
        ),
    ],
)
def test_a_lock_file_that_cannot_be_read(fetch, tmp_path, text, message):
    (tmp_path / "lock.csv").write_text(
        text.replace("HEAD", "product,version,file,size_bytes,sha256,path\n")
    )
    with pytest.raises(InputError, match=rf"lock.csv.*{message}"):
        fetch([{}], digests=Digests(tmp_path / "lock.csv"))


def test_several_processes_write_one_lock_file(tmp_path):
    lock = tmp_path / "lock.csv"

    def record(number):
        source = Source("p", f"{number}.tif", ())
        Digests(lock).record(source, 7, f"{number:064x}", f"f/{number}.tif")

    threads = [threading.Thread(target=record, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lock.read_text().splitlines()) == 9
    assert [path.name for path in tmp_path.iterdir()] == ["lock.csv"]


# --- concurrent downloads ------------------------------------------------------------------------


def test_two_concurrent_downloads_of_one_file_fetch_it_once(fetch, server, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(fetch([{}]).read_bytes())) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [BODY] * 4 and len(server.requests) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data.bin", "data.bin.sha256"]


def test_without_file_locks_the_download_continues(fetch, monkeypatch, caplog):
    import fcntl

    def refuse(*args):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    assert fetch([{}]).read_bytes() == BODY
    assert "no locks here" in caplog.text
