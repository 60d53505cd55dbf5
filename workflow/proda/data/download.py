"""Downloads of data products: resumed, retried from several mirrors, checked before they count.

``resources/sources.csv`` names each file, its addresses, and its size and SHA-256 where known. The
body goes to ``<target>.part``; it takes the target's name only once complete and checked, so a
file of the right name is always a whole one. Beside it, ``<target>.sha256`` records its checksum
in the format of sha256sum.

A partial file is continued (HTTP Range) only if the server shows with its ETag or Last-Modified
that the file has not changed (If-Range); otherwise it starts anew. Mirrors are tried in turn, the
one that began a partial file first. Logins come from ``~/.netrc`` only, as `requests` reads it.
"""

import hashlib
import json
import logging
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests
import urllib3

from proda.data.text_table import read_register
from proda.errors import InputError
from proda.files import atomic_path

__all__ = ["Source", "download", "read_sources"]

COLUMNS = (
    "product", "version", "file", "addresses", "size_bytes", "sha256", "licence", "citation",
    "access", "verified", "notes",
)  # fmt: skip
CHUNK_BYTES = 2**20
TIMEOUT_SECONDS = (30, 60)  # to connect, between bytes
LONGEST_WAIT_SECONDS = 300
RETRY_STATUS = (408, 425, 429, 500, 502, 503, 504)
LOGIN_HINT = (
    "a login may be needed: put it into ~/.netrc (for NASA: machine urs.earthdata.nasa.gov)"
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Source:
    """A file of a data product: addresses in the order to try; size and sha256 None if unknown."""

    product: str
    file: str
    addresses: tuple
    size: int | None = None
    sha256: str | None = None
    version: str = ""


class _PassingError(Exception):
    """A failure that may pass: try the same address again."""

    def __init__(self, message, wait=0.0):
        super().__init__(message)
        self.wait = wait


class _LastingError(Exception):
    """A failure that will not pass: go on to the next address."""


def read_sources(path):
    """Read the table of sources: {(product, file): Source}.

    Raises InputError naming the row for unknown columns, repeated files, addresses that are not
    http(s) or hold a password, and malformed sizes and checksums.
    """
    sources = {}
    for row in read_register(path, COLUMNS).itertuples():
        where = f"{path} row {row.Index}"
        addresses = tuple(row.addresses.split())
        for address in addresses:
            _check_address(where, address)
        if not row.product or not row.file or (row.product, row.file) in sources:
            raise InputError(where, "a product and file of its own", f"{row.product}, {row.file}")
        if row.size_bytes and not row.size_bytes.isdigit():
            raise InputError(f"{where}: size_bytes", "a number of bytes", row.size_bytes)
        sha256 = row.sha256.lower()
        if sha256 and (len(sha256) != 64 or set(sha256) - set("0123456789abcdef")):
            raise InputError(f"{where}: sha256", "64 hexadecimal digits", row.sha256)
        size = int(row.size_bytes) if row.size_bytes else None
        source = Source(row.product, row.file, addresses, size, sha256 or None, row.version)
        sources[row.product, row.file] = source
    return sources


def download(source, target, attempts=5, wait_seconds=2.0, progress_seconds=10.0):
    """Fetch ``source`` to ``target`` and return its SHA-256.

    attempts: how often in a row an address may fail without a new byte before the next is tried;
    wait_seconds: pause after the first failure, doubled each time. A target that exists is checked
    and left alone. Raises InputError if it is not the file expected, or if every address failed,
    with the reason for each; a partial file stays for the next run, a wrong one is removed.
    """
    target = Path(target)
    record = target.with_name(target.name + ".sha256")
    if target.exists():
        return _accept_existing(source, target, record)
    if not source.addresses:
        expected = "an address to download from"
        raise InputError(f"{source.product} {source.file}", expected, "none", "see its notes")
    for address in source.addresses:
        _check_address(f"{source.product} {source.file}", address)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = _Part(target)
    begun = part.state.get("address")
    failures = []
    with requests.Session() as session:
        for address in sorted(source.addresses, key=lambda a: a != begun):
            try:
                _fetch(session, source, address, part, attempts, wait_seconds, progress_seconds)
                sha256 = _check(source, part)
            except _LastingError as failure:
                failures.append(f"{address}: {failure}")
                logger.warning("%s", failures[-1])
                continue
            _record(record, sha256, target)
            part.path.replace(target)
            part.forget()
            logger.info("%s: %d bytes, sha256 %s", target, target.stat().st_size, sha256)
            return sha256
    expected = "one address that delivers the file"
    raise InputError(f"{source.product}: {target}", expected, "; ".join(failures))


class _Part:
    """The partial file beside the target, and where it came from."""

    def __init__(self, target):
        self.target = target
        self.path = target.with_name(target.name + ".part")
        self.notes = target.with_name(target.name + ".part.json")
        try:
            self.state = json.loads(self.notes.read_text()) if self.path.exists() else {}
        except (OSError, ValueError):
            self.state = {}

    @property
    def size(self):
        return self.path.stat().st_size if self.path.exists() else 0

    def begin(self, address, validator):
        """Start anew; the note is written first, so that it never speaks of another body."""
        self.path.unlink(missing_ok=True)
        self.state = {"address": address, "validator": validator}
        with atomic_path(self.notes) as temporary:
            temporary.write_text(json.dumps(self.state))

    def forget(self):
        self.path.unlink(missing_ok=True)
        self.notes.unlink(missing_ok=True)
        self.state = {}


def _fetch(session, source, address, part, attempts, wait_seconds, progress_seconds):
    """Get the whole body from one address into the part; _LastingError when that cannot be."""
    failed, most = 0, 0
    while True:
        try:
            _request(session, source, address, part, progress_seconds)
            return
        except _PassingError as failure:
            # A server that drops the line but gets further each time deserves patience.
            failed = 1 if part.size > most else failed + 1
            most = max(most, part.size)
            if failed >= attempts:
                raise _LastingError(f"{failure} (gave up after {attempts} attempts)") from None
            pause = min(max(wait_seconds * 2 ** (failed - 1), failure.wait), LONGEST_WAIT_SECONDS)
            logger.info("%s: %s; next attempt in %g s", address, failure, pause)
            time.sleep(pause)


def _request(session, source, address, part, progress_seconds):
    """One request, appended to the part or starting it anew."""
    # Any other encoding would change the bytes, and with them the meaning of Range and size.
    headers = {"Accept-Encoding": "identity"}
    have = part.size
    known = part.state.get("validator") if part.state.get("address") == address else None
    if have and known:
        headers |= {"Range": f"bytes={have}-", "If-Range": known}
    try:
        with session.get(
            address, headers=headers, stream=True, timeout=TIMEOUT_SECONDS
        ) as response:
            offset, total = _plan(source, response, have if known else 0, part)
            if offset == 0:
                part.begin(address, _validator(response))
            elif offset == total:
                return
            _write(response, part, total, progress_seconds)
    except (requests.RequestException, urllib3.exceptions.HTTPError, ConnectionError) as error:
        raise _PassingError(f"{type(error).__name__}: {error}") from None
    if total is not None and part.size != total:
        raise _PassingError(f"{part.size} of {total} bytes arrived")


def _plan(source, response, have, part):
    """Judge the answer: (offset its body starts at, size of the whole file or None)."""
    status, headers = response.status_code, response.headers
    if status == 416 and have:
        total = _total(headers)
        if total == have:
            return have, have
        part.forget()
        raise _PassingError("the partial file does not fit the server's file; starting anew")
    if status in RETRY_STATUS:
        after = headers.get("Retry-After", "")
        raise _PassingError(f"status {status}", float(after) if after.isdigit() else 0.0)
    if status not in (200, 206):
        raise _LastingError(
            f"status {status}" + (f" ({LOGIN_HINT})" if status in (401, 403) else "")
        )
    name = part.target.name.lower()
    if "text/html" in headers.get("Content-Type", "") and not name.endswith((".html", ".htm")):
        raise _LastingError(f"an HTML page in place of the file ({LOGIN_HINT})")
    # Servers label archives that are stored compressed; anything else was compressed on the way.
    encoding = headers.get("Content-Encoding", "identity")
    if encoding != "identity" and not name.endswith((".gz", ".tgz")):
        raise _LastingError(f"a body encoded as {encoding}")
    length = headers.get("Content-Length", "")
    offset, total = 0, int(length) if length.isdigit() else None
    if status == 206:
        first = headers.get("Content-Range", "").removeprefix("bytes ").split("-")[0]
        # Not every server that knows Range knows If-Range.
        changed = _validator(response) not in (None, part.state["validator"])
        if first != str(have) or changed:
            part.forget()
            found = "of another version" if changed else headers.get("Content-Range")
            raise _PassingError(f"bytes {have}- asked, {found} sent; starting anew")
        offset, total = have, _total(headers)
    if total is not None and source.size is not None and total != source.size:
        raise _LastingError(f"{source.size} bytes expected, {total} offered")
    chunked = "chunked" in headers.get("Transfer-Encoding", "")
    if total is None and not chunked and source.size is None and source.sha256 is None:
        raise _LastingError(
            "no length given, and neither size nor checksum known: cannot tell the end"
        )
    return offset, total


def _total(headers):
    total = headers.get("Content-Range", "").rpartition("/")[2]
    return int(total) if total.isdigit() else None


def _validator(response):
    """A strong ETag, or the date of change, or None: without one a file cannot be continued."""
    etag = response.headers.get("ETag")
    if etag and not etag.startswith("W/"):
        return etag
    return response.headers.get("Last-Modified")


def _write(response, part, total, progress_seconds):
    reported = time.monotonic()
    with open(part.path, "ab") as file:
        for chunk in response.raw.stream(CHUNK_BYTES, decode_content=False):
            file.write(chunk)
            if time.monotonic() - reported >= progress_seconds:
                reported = time.monotonic()
                share = f" of {total / 1e6:.1f} ({file.tell() / total:.0%})" if total else ""
                logger.info("%s: %.1f%s MB", part.target.name, file.tell() / 1e6, share)


def _check(source, part):
    """SHA-256 of the complete part; a part that is not the file expected is removed."""
    if not part.path.exists():
        part.path.touch()  # an empty body
    sha256 = _sha256(part.path)
    wrong = _difference(source, part.size, sha256)
    if wrong:
        part.forget()
        raise _LastingError(f"{wrong}; removed")
    if source.sha256 is None:
        logger.warning("%s: no checksum known to compare; sha256 %s", part.target, sha256)
    return sha256


def _difference(source, size, sha256):
    if source.size is not None and size != source.size:
        return f"{source.size} bytes expected, {size} found"
    if source.sha256 is not None and sha256 != source.sha256:
        return f"sha256 {source.sha256} expected, {sha256} found"
    return None if size else "an empty file"


def _accept_existing(source, target, record):
    sha256 = _sha256(target)
    wrong = _difference(source, target.stat().st_size, sha256)
    noted = record.read_text().split()[:1] if record.exists() else []
    if not wrong and noted and noted != [sha256]:
        wrong = f"sha256 {noted[0]} recorded in {record.name}, {sha256} found"
    if wrong:
        hint = "remove it to download it again"
        raise InputError(str(target), "the file as published", wrong, hint)
    _record(record, sha256, target)
    return sha256


def _record(record, sha256, target):
    with atomic_path(record) as temporary:
        temporary.write_text(f"{sha256}  {target.name}\n")


def _sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_address(where, address):
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(where, "an http or https address", address)
    if parts.username or parts.password:
        shown = address.replace(parts.netloc, parts.hostname)
        raise InputError(where, "no login in the address", f"one for {shown}", LOGIN_HINT)
