"""Downloads from a local server that fails as real ones do."""

import logging

import pytest

from download_server import BODY, SHA256, downloader, running_server, server
from proda.data.downloads import transfer as module
from proda.data.downloads.register import Source, read_sources
from proda.data.downloads.transfer import download
from proda.errors import InputError
from proda.resources import resource

TABLE = resource("sources.csv")

__all__ = ["running_server", "server"]


@pytest.fixture
def fetch(server, tmp_path):
    return downloader(server, tmp_path, sha256=SHA256)


def left_over(folder):
    return sorted(path.name for path in folder.iterdir())


def ranges(server):
    return [headers.get("Range") for _, headers in server.requests]


# --- what works ----------------------------------------------------------------------------------


def test_a_plain_download_leaves_the_file_and_its_checksum(fetch, tmp_path):
    target = fetch([{}], size=len(BODY))
    assert target.read_bytes() == BODY
    assert (tmp_path / "data.bin.sha256").read_text() == f"{SHA256}  data.bin\n"
    assert left_over(tmp_path) == ["data.bin", "data.bin.sha256"]


def test_without_a_known_checksum_the_computed_one_is_logged(fetch, caplog):
    target = fetch([{}], sha256=None)
    assert target.read_bytes() == BODY
    assert f"no checksum known to compare; sha256 {SHA256}" in caplog.text


def test_a_dropped_connection_is_continued_where_it_broke(fetch, server):
    target = fetch([{"drop": 100_000}, {"drop": 50_000}, {}])
    assert target.read_bytes() == BODY
    assert ranges(server) == [None, "bytes=100000-", "bytes=150000-"]
    assert server.requests[1][1]["If-Range"] == '"one"'


def test_a_server_that_ignores_range_sends_all_again(fetch, server):
    target = fetch([{"drop": 100_000}, {"ranges": False}])
    assert target.read_bytes() == BODY
    assert ranges(server) == [None, "bytes=100000-"]


@pytest.mark.parametrize("if_range", [True, False])
def test_parts_of_two_versions_are_not_joined(fetch, if_range):
    """Whether the server obeys If-Range or not, old and new bytes must not mix."""
    old = bytes(len(BODY))
    script = [{"body": old, "etag": '"old"', "drop": 100_000}, {"if_range": if_range}]
    assert fetch(script, sha256=None).read_bytes() == BODY


def test_without_a_validator_nothing_is_continued(fetch, server):
    target = fetch([{"drop": 100_000, "etag": None}, {"etag": None}])
    assert target.read_bytes() == BODY
    assert ranges(server) == [None, None]


@pytest.mark.parametrize("etag", ['W/"weak"', None])
def test_a_date_of_change_is_used_without_a_strong_etag(fetch, server, etag):
    date = "Wed, 21 Oct 2015 07:28:00 GMT"
    answer = {"etag": etag, "headers": [("Last-Modified", date)], "if_range": False}
    assert fetch([answer | {"drop": 9}, answer]).read_bytes() == BODY
    assert server.requests[1][1]["If-Range"] == date


def test_the_next_run_continues_the_partial_file(fetch, server, tmp_path):
    with pytest.raises(InputError, match="gave up after 1 attempts"):
        fetch([{"drop": 100_000}], attempts=1)
    assert left_over(tmp_path) == ["data.bin.part", "data.bin.part.json"]
    assert (tmp_path / "data.bin.part").read_bytes() == BODY[:100_000]
    assert fetch([{}]).read_bytes() == BODY
    assert ranges(server) == [None, "bytes=100000-"]
    assert left_over(tmp_path) == ["data.bin", "data.bin.sha256"]


def test_the_mirror_that_began_goes_first(fetch, server):
    with pytest.raises(InputError):
        fetch([{"status": 404}], [{"drop": 100_000}], attempts=1)
    server.requests.clear()
    assert fetch([{}], [{}]).read_bytes() == BODY
    assert [path for path, _ in server.requests] == ["/1/data.bin"]


@pytest.mark.parametrize("tail", [bytes(100_000), BODY[100_000:], b"x"])
def test_bytes_beyond_the_record_are_cut_off(fetch, server, tmp_path, tail):
    """A machine that crashes may leave zeros, or more bytes than were recorded."""
    with pytest.raises(InputError):
        fetch([{"drop": 100_000}], attempts=1)
    (tmp_path / "data.bin.part").write_bytes(BODY[:100_000] + tail)
    assert fetch([{}], sha256=None).read_bytes() == BODY
    assert ranges(server) == [None, "bytes=100000-"]


@pytest.mark.parametrize("found", [bytes(100_000), BODY[:99_999], BODY[:99_999] + b"?", b""])
def test_a_partial_file_that_changed_is_not_continued(fetch, server, tmp_path, found):
    with pytest.raises(InputError):
        fetch([{"drop": 100_000}], attempts=1)
    (tmp_path / "data.bin.part").write_bytes(found)
    assert fetch([{}], sha256=None).read_bytes() == BODY
    assert ranges(server) == [None, None]


@pytest.mark.parametrize("link", ["symlink_to", "hardlink_to"])
def test_a_partial_file_that_is_a_link_is_not_written_through(fetch, server, tmp_path, link):
    with pytest.raises(InputError):
        fetch([{"drop": 100_000}], attempts=1)
    part, other = tmp_path / "data.bin.part", tmp_path / "other"
    part.rename(other)
    getattr(part, link)(other)
    assert fetch([{}], sha256=None).read_bytes() == BODY
    assert ranges(server) == [None, None] and other.read_bytes() == BODY[:100_000]


@pytest.mark.parametrize(
    "notes",
    ["[]", "null", "7", '"text"', "{", "{}", "[" * 100_000, '{"address": 1}', b"\xff\x00", b"",
     '{"address": "x", "validator": [], "size": 9, "sha256": "0"}',
     '{"address": "x", "validator": "y", "size": true, "sha256": "0"}',
     '{"address": "x", "validator": "y", "size": -1, "sha256": "0"}'],
)  # fmt: skip
def test_an_unreadable_record_starts_again(fetch, server, tmp_path, notes):
    (tmp_path / "data.bin.part").write_bytes(BODY[:100_000])
    notes = notes if isinstance(notes, bytes) else notes.encode()
    (tmp_path / "data.bin.part.json").write_bytes(notes)
    assert fetch([{}], sha256=None).read_bytes() == BODY
    assert ranges(server) == [None]
    assert left_over(tmp_path) == ["data.bin", "data.bin.sha256"]


def test_a_range_that_cannot_be_satisfied_starts_again(fetch, server):
    """The file on the server has become shorter than what is here."""
    old = {"body": BODY + b"more", "drop": 300_002}
    assert fetch([old, {"if_range": False}], sha256=None).read_bytes() == BODY
    assert ranges(server) == [None, "bytes=300002-", None]


def test_a_partial_file_of_unknown_origin_is_not_used(fetch, server, tmp_path):
    (tmp_path / "data.bin.part").write_bytes(bytes(1000))
    assert fetch([{}]).read_bytes() == BODY
    assert ranges(server) == [None]


def test_a_range_from_the_wrong_place_is_not_appended(fetch):
    script = [{"drop": 100_000}, {"first": 7, "drop": 200_000, "length": 200_000}, {}]
    assert fetch(script, sha256=None).read_bytes() == BODY


def test_a_rest_that_ends_early_without_a_length_is_not_the_end(fetch, server):
    script = [{"drop": 100_000}, {"drop": 50_000, "length": "none"}, {}]
    assert fetch(script, sha256=None).read_bytes() == BODY
    assert ranges(server) == [None, "bytes=100000-", "bytes=150000-"]


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_failing_server_is_retried(fetch, server, status):
    assert fetch([{"status": status}, {"status": status}, {}]).read_bytes() == BODY
    assert len(server.requests) == 3


def test_the_pause_doubles_and_follows_retry_after(fetch, monkeypatch):
    pauses = []
    monkeypatch.setattr(module.time, "sleep", pauses.append)
    late = {"status": 503, "headers": [("Retry-After", "100")]}
    fetch([{"status": 500}, {"status": 500}, {"status": 500}, late, {}])
    assert pauses == [0, 0, 0, 100]
    pauses.clear()
    source = Source("p", "x", (f"http://127.0.0.1:{1}/x",), None, SHA256)  # no server there
    with pytest.raises(InputError, match="gave up after 4 attempts"):
        download(source, "x", attempts=4, wait_seconds=2)
    assert pauses == [2, 4, 8]


def test_failures_after_progress_are_counted_from_zero(fetch):
    """Ten dropped connections, each a little further on, with at most two failures in a row."""
    script = [{"drop": 20_000}] * 10 + [{}]
    assert fetch(script, attempts=2).read_bytes() == BODY


def test_mirrors_are_tried_in_turn(fetch, server, caplog):
    assert fetch([{"status": 404}], [{"body": b"wrong"}], [{}]).read_bytes() == BODY
    assert [path for path, _ in server.requests] == ["/0/data.bin", "/1/data.bin", "/2/data.bin"]
    assert "/0/data.bin: status 404" in caplog.text


def test_a_body_in_chunks_without_length(fetch):
    assert fetch([{"chunked": True}], sha256=None).read_bytes() == BODY


def test_progress_is_logged(fetch, caplog):
    caplog.set_level(logging.INFO, "proda.data.downloads.transfer")
    fetch([{}], progress_seconds=0)
    assert "data.bin: 0.3 of 0.3 (100%) MB" in caplog.text


def test_an_existing_file_is_checked_and_kept(fetch, server, tmp_path):
    fetch([{}])
    fetch([{}])
    assert len(server.requests) == 1
    (tmp_path / "data.bin").write_bytes(b"other")
    with pytest.raises(InputError, match=rf"data.bin: expected .*sha256 {SHA256} expected"):
        fetch([{}])
    with pytest.raises(InputError, match=r"recorded in data.bin.sha256, .*remove it"):
        fetch([{}], sha256=None)
    assert (tmp_path / "data.bin").read_bytes() == b"other"


# --- what must be refused -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "options", "message"),
    [
        ([{"body": BODY[:-1] + b"?"}], {}, rf"sha256 {SHA256} expected, .* found; removed"),
        ([{"body": BODY[:-1]}], {"size": 300_000}, r"300000 bytes expected, 299999 offered"),
        (
            [{"chunked": True, "body": BODY + b"x"}],
            {"size": 300_000},
            r"more than the 300000 bytes that are expected; removed",
        ),
        ([{"status": 404}], {}, r"status 404"),
        ([{"status": 401}], {}, r"status 401 .*~/.netrc"),
        ([{"status": 403}], {}, r"status 403 .*~/.netrc"),
        ([{"status": 500}], {}, r"status 500 \(gave up after 2 attempts\)"),
        ([{"length": 400_000, "ranges": False}], {}, r"IncompleteRead.*gave up"),
        ([{"length": 200_000}], {}, r"sha256 .* expected"),
        ([{"chunked": True, "drop": 100_000, "etag": None}], {}, r"gave up after 2 attempts"),
        ([{"length": "none"}], {"sha256": None}, r"no length given.*the end cannot be recognised"),
        (
            [{"body": b"\n<!-- moved --><!DOCTYPE html>\n<title>Log in</title>"}],
            {"sha256": None},
            r"an HTML page in place of the file .*~/.netrc",
        ),
        ([{"headers": [("Content-Encoding", "gzip")]}], {"sha256": None}, r"encoded as gzip"),
        ([{"body": b""}], {"sha256": None}, r"an empty file; removed"),
    ],
)
def test_wrong_files_are_not_accepted(fetch, tmp_path, script, options, message):
    with pytest.raises(InputError, match=message) as caught:
        fetch(script, attempts=2, **options)
    assert "product: " in str(caught.value) and "/0/data.bin" in str(caught.value)
    assert not (tmp_path / "data.bin").exists()
    if "removed" in message:
        assert left_over(tmp_path) == []


def test_all_failures_are_named(fetch):
    with pytest.raises(InputError, match=r"/0/data.bin: status 404; .*/1/data.bin: status 410"):
        fetch([{"status": 404}], [{"status": 410}])


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("ftp://127.0.0.1/x", r"expected an http or https address, found ftp:"),
        ("https://anna:secret@127.0.0.1/x", r"no login in the address, found one for https://127"),
    ],
)
def test_addresses_that_are_refused(tmp_path, address, message):
    with pytest.raises(InputError, match=message) as caught:
        download(Source("p", "x", (address,)), tmp_path / "x")
    assert "secret" not in str(caught.value)


def test_a_source_without_an_address(tmp_path):
    with pytest.raises(InputError, match=r"p x: expected an address to download from, found none"):
        download(Source("p", "x", ()), tmp_path / "x")


# --- the table of sources ------------------------------------------------------------------------


def test_the_table_of_sources_is_sound():
    sources = read_sources(TABLE)
    products = {product for product, _ in sources}
    assert {"wosis", "mod17a3", "clm_surface", "soilgrids", "wise30sec", "worldclim"} <= products
    years = [f"MOD17A3_Science_NPP_{year}.tif" for year in range(2000, 2016)]
    assert [file for product, file in sources if product == "mod17a3"] == years
    layers = [file for product, file in sources if product == "soilgrids"]
    assert len(layers) == 27 + 6 + 3  # at three depths, without depth, stocks
    for source in sources.values():
        for address in source.addresses:
            # Plain http only behind the same address over https.
            if address.startswith("http:"):
                safe = address.replace("http:", "https:", 1)
                assert source.addresses.index(safe) < source.addresses.index(address)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("product,version", "product,vintage", r"s.csv: expected columns product, version"),
        ("http://x.org/a", "ftp://x.org/a", r"s.csv row 2: expected an http or https address"),
        ("http://x.org/a", "http://u:pw@x.org/a", r"s.csv row 2: expected no login in the address"),
        (",77,", ",1 GB,", r"s.csv row 2: size_bytes: expected a number of bytes, found 1 GB"),
        (",abc,", ",xyz,", r"s.csv row 2: sha256: expected 64 hexadecimal digits, found xyz"),
        ("p,2,b", "p,1,a", r"s.csv row 3: expected a product and file of its own, found p, a"),
    ],
)
def test_mistakes_in_the_table_are_refused(tmp_path, old, new, message):
    header = TABLE.read_text().splitlines()[0]
    rows = ["p,1,a,http://x.org/a,77,abc,l,c,open,no,", "p,2,b,http://x.org/b,,,l,c,open,no,"]
    text = "\n".join([header, *rows]).replace(",abc,", f",{SHA256}," if old != ",abc," else ",abc,")
    (tmp_path / "s.csv").write_text(text.replace(old, new))
    with pytest.raises(InputError, match=message):
        read_sources(tmp_path / "s.csv")
