"""Interpretation of the header of an HTTP response; malformed values count as absent."""

import re
import time
from email.utils import parsedate_to_datetime

from requests import Response

from proda.data.downloads.addresses import LOGIN_HINT
from proda.data.downloads.failures import LastingError, PassingError
from proda.data.downloads.partial import Part
from proda.data.downloads.register import Source

__all__ = ["BOUND_HINT", "MAX_WAIT_SECONDS", "plan", "validator"]

RETRY_STATUS = (408, 425, 429, 500, 502, 503, 504)
MAX_WAIT_SECONDS = 300
BOUND_HINT = "downloads.max_download_gb"
_RANGE = re.compile(r"bytes +([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)")
_UNSATISFIED = re.compile(r"bytes +\*/([0-9]{1,18})")


def plan(
    source: Source, response: Response, part: Part, have: int, max_bytes: int | None
) -> tuple[int, int | None]:
    """Decide from the header how the body continues the partial file.

    Parameters
    ----------
    source : Source
        The file, with size and sha256 where they are known.
    response : requests.Response
        The response, its body not read yet.
    part : Part
        The partial file.
    have : int
        Number of bytes after which the request continues, 0 for the whole file.
    max_bytes : int or None
        Maximum size of the file, None for any.

    Returns
    -------
    offset : int
        Byte of the file at which the body starts.
    total : int or None
        Size of the whole file, None if it is not stated.

    Raises
    ------
    PassingError, LastingError
        For a response that does not hold the file.
    """
    status, headers = response.status_code, response.headers
    if status == 416 and have:
        unsatisfied = _UNSATISFIED.fullmatch(headers.get("Content-Range", "").strip())
        if unsatisfied and int(unsatisfied[1]) == have:
            return have, have
        part.forget()
        raise PassingError("the partial file does not fit the server's file; starting again")
    if status in RETRY_STATUS:
        raise PassingError(f"status {status}", _wait(headers.get("Retry-After", "")))
    if status not in (200, 206):
        raise LastingError(
            f"status {status}" + (f" ({LOGIN_HINT})" if status in (401, 403) else "")
        )
    # Servers label archives that are stored compressed; anything else was compressed on the way.
    encoding = headers.get("Content-Encoding", "").strip().lower() or "identity"
    if encoding != "identity" and not part.target.name.lower().endswith((".gz", ".tgz")):
        raise LastingError(f"a body encoded as {encoding:.40}")
    offset, total = 0, _whole(headers.get("Content-Length", ""))
    if status == 206:
        offset, total = _rest(response, part, have)
    if total is not None and source.size is not None and total != source.size:
        raise LastingError(f"{source.size} bytes expected, {total} offered")
    if max_bytes is not None and total is not None and total > max_bytes:
        found = f"{total} bytes offered, more than the {max_bytes} that are accepted"
        raise LastingError(f"{found} ({BOUND_HINT})")
    chunked = "chunked" in headers.get("Transfer-Encoding", "").lower()
    if total is None and not chunked and source.size is None and source.sha256 is None:
        raise LastingError(
            "no length given, and neither size nor checksum known: the end cannot be recognised"
        )
    return offset, total


def validator(response: Response) -> str | None:
    """Return a strong ETag or the date of change; without either a file cannot be continued."""
    etag = response.headers.get("ETag")
    if etag and not etag.startswith("W/"):
        return etag
    return response.headers.get("Last-Modified")


def _rest(response: Response, part: Part, have: int) -> tuple[int, int | None]:
    """Offset and total size of a partial response, if it is the part that was requested."""
    if not have:
        raise LastingError("a part of the file although the whole was requested")
    text = response.headers.get("Content-Range", "").strip()
    span = _RANGE.fullmatch(text)
    # Not every server that knows Range knows If-Range.
    changed = validator(response) not in (None, part.state["validator"])
    if changed or span is None or int(span[1]) != have or int(span[2]) < have:
        part.forget()
        found = "of another version" if changed else repr(text[:80])
        raise PassingError(f"bytes {have}- requested, {found} sent; starting again")
    total = None if span[3] == "*" else int(span[3])
    if total is not None and int(span[2]) >= total:
        part.forget()
        raise PassingError(f"a part {text[:80]!r} beyond the end; starting again")
    return have, total


def _whole(text: str) -> int | None:
    """Read ASCII digits, else None: int() also reads signs, _ and digits of all scripts."""
    text = text.strip()
    return int(text) if re.fullmatch("[0-9]{1,18}", text) else None


def _wait(text: str) -> float:
    """Seconds of a Retry-After, which is a number or a date; 0 for anything else."""
    seconds: float | None = _whole(text)
    if seconds is None and re.fullmatch("[0-9]+", text.strip()):
        return MAX_WAIT_SECONDS
    if seconds is None:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - time.time()
        except (TypeError, ValueError, OverflowError, IndexError):
            return 0.0
    return float(min(max(seconds, 0.0), MAX_WAIT_SECONDS))
