"""Downloads of single files: resumed, retried from several mirrors, and checked.

The body goes to ``<target>.part``, which takes the target's name only when it is complete, on the
disk and checked; a file of the right name is therefore always a whole one. Beside it,
``<target>.sha256`` records its checksum in the format of sha256sum, and so does the lock file
(`Digests`), against which later downloads are checked.

A partial file is continued (HTTP Range) only if the server shows with its ETag or Last-Modified
that the file has not changed (If-Range); otherwise it starts again. Mirrors are tried in turn:
https before http, and first the one from which a partial file comes.
"""

import hashlib
import logging
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

import requests

from proda.data.downloads.addresses import check_address, over_https
from proda.data.downloads.answers import BOUND_HINT, MAX_WAIT_SECONDS, plan, validator
from proda.data.downloads.claims import OTHER_FOLDER
from proda.data.downloads.digests import Digests
from proda.data.downloads.exclusive import exclusive
from proda.data.downloads.failures import LastingError, PassingError
from proda.data.downloads.kinds import unlike_its_name
from proda.data.downloads.logins import Logins, login_for, read_logins
from proda.data.downloads.partial import Part
from proda.data.downloads.register import Source
from proda.data.downloads.requesting import chunks, new_session, opened
from proda.errors import InputError
from proda.files import atomic_path
from proda.masking import masked

__all__ = ["download"]

logger = logging.getLogger(__name__)


def download(
    source: Source,
    target: Path,
    attempts: int = 5,
    wait_seconds: float = 2.0,
    progress_seconds: float = 10.0,
    *,
    digests: Digests | None = None,
    path: str | None = None,
    max_bytes: int | None = None,
) -> str:
    """Fetch a file and return its SHA-256.

    A target that exists is checked and left unchanged.

    Parameters
    ----------
    source : Source
        The file and its addresses.
    target : Path
        Where it goes.
    attempts : int
        Number of consecutive failures without a new byte after which the next address is tried.
    wait_seconds : float
        Pause after the first failure, doubled each time.
    progress_seconds : float
        Interval of the messages of progress.
    digests : Digests, optional
        The lock file, which knows the file if it was downloaded before.
    path : str, optional
        Name of the target in the lock file; by default that of the file.
    max_bytes : int, optional
        A larger file is refused.

    Raises
    ------
    InputError
        If the target is not the file expected, or if every address failed, with the reason for
        each; a partial file is kept for the next run, a wrong one is removed.
    """
    target = Path(target)
    path = path or target.name
    for address in source.addresses:
        check_address(f"{source.product} {source.file}", address)
    target.parent.mkdir(parents=True, exist_ok=True)
    with exclusive(target):
        expected = digests.expected(source) if digests else source
        if target.exists():
            own = (source.product, source.file)
            owner = digests.owners().get(path, own) if digests else own
            if owner != own:
                where = f"{source.product} {source.file}: {target}"
                found = f"that of {', '.join(owner)}"
                raise InputError(where, "a file of its own", found, OTHER_FOLDER)
            sha256 = _accept_existing(source, expected, target)
        else:
            sha256 = _fetch_first(
                source, expected, target, attempts, wait_seconds, progress_seconds, max_bytes
            )
        if digests:
            digests.record(source, target.stat().st_size, sha256, path)
    return sha256


def _fetch_first(
    stated: Source,
    source: Source,
    target: Path,
    attempts: int,
    wait_seconds: float,
    progress_seconds: float,
    max_bytes: int | None,
) -> str:
    """Fetch from the first address that delivers the file; returns its SHA-256.

    stated: the file as in the register; source: with what the lock file knows.
    """
    if not source.addresses:
        hint = f"see its notes; put the file in place by hand as {target}"
        expected = "an address to download from"
        raise InputError(f"{source.product} {source.file}", expected, "none", hint)
    part, logins = Part(target), read_logins()
    failures: list[str] = []
    for address, times in _in_order(source.addresses, part, attempts):
        try:
            if address.startswith("http:") and login_for(over_https(address) or "", logins):
                raise LastingError("plain http, while ~/.netrc has a login for this host")
            # A session for each, so that no cookie of one address is sent to another.
            with new_session() as session:
                request = Request(session, source, address, part, logins, max_bytes)
                _persist(request, times, wait_seconds, progress_seconds)
            sha256 = _check(stated, source, part)
        except LastingError as failure:
            failures.append(masked(f"{address}: {failure}"))
            logger.warning("%s", failures[-1])
            continue
        if address.startswith("http:") and source.sha256 is None:
            logger.warning(
                "%s: downloaded over plain http, without a checksum to verify it", target
            )
        _record(sha256, target)
        part.finish()
        logger.info("%s: %d bytes, sha256 %s", target, target.stat().st_size, sha256)
        return sha256
    expected = "one address that delivers the file"
    raise InputError(f"{source.product}: {target}", expected, "; ".join(failures))


def _in_order(addresses: Iterable[str], part: Part, attempts: int) -> list[tuple[str, int]]:
    """(address, attempts): https first, and one attempt by https for each listed http address."""
    secure = {address: 1 for a in addresses if (address := over_https(a))}
    tried = secure | dict.fromkeys(addresses, attempts)
    return sorted(tried.items(), key=lambda t: (t[0].startswith("http:"), not part.began_at(t[0])))


class Request:
    """The request of a file from one address.

    Attributes
    ----------
    session : requests.Session
        The session.
    source : Source
        The file, with size and digest where they are known.
    address : str
        The address.
    part : Part
        The partial file.
    logins : Logins
        Logins by machine.
    max_bytes : int or None
        Maximum size.
    """

    def __init__(
        self,
        session: requests.Session,
        source: Source,
        address: str,
        part: Part,
        logins: Logins,
        max_bytes: int | None,
    ) -> None:
        self.session, self.source, self.address = session, source, address
        self.part, self.logins, self.max_bytes = part, logins, max_bytes

    def run(self, progress_seconds: float) -> None:
        """Send one request and append the body to the partial file, or start it again.

        Raises
        ------
        PassingError, LastingError
            If the whole file did not arrive.
        """
        part, source = self.part, self.source
        # Any other encoding would change the bytes, and with them the meaning of Range and size.
        headers = {"Accept-Encoding": "identity"}
        known = part.state.get("validator") if part.began_at(self.address) else None
        have = part.size if known else 0
        if known and have:
            headers |= {"Range": f"bytes={have}-", "If-Range": known}
        with opened(self.session, self.address, headers, self.logins) as response:
            offset, total = plan(source, response, part, have, self.max_bytes)
            if offset == 0:
                part.begin(self.address, validator(response))
            elif offset == total:
                return
            _check_free_disk(part.target, total, offset)
            self._write(response, total, progress_seconds)
        if total is not None and part.size != total:
            raise PassingError(f"{part.size} of {total} bytes arrived")

    def _write(
        self, response: requests.Response, total: int | None, progress_seconds: float
    ) -> None:
        part, reported = self.part, time.monotonic()
        limit = min((n for n in (self.source.size, self.max_bytes) if n is not None), default=None)
        size = part.size
        with part.appending() as append:
            for chunk in chunks(response):
                size += len(chunk)
                if limit is not None and size > limit:
                    break
                append(chunk)
                if time.monotonic() - reported >= progress_seconds:
                    reported = time.monotonic()
                    fraction = f" of {total / 1e6:.1f} ({size / total:.0%})" if total else ""
                    logger.info("%s: %.1f%s MB", part.target.name, size / 1e6, fraction)
        if limit is not None and size > limit:
            part.forget()
            cause = "expected" if limit == self.source.size else f"accepted ({BOUND_HINT})"
            raise LastingError(f"more than the {limit} bytes that are {cause}; removed")


def _persist(request: Request, attempts: int, wait_seconds: float, progress_seconds: float) -> None:
    """Get the whole body from one address into the partial file; LastingError if that fails."""
    failed, most, part = 0, 0, request.part
    while True:
        try:
            request.run(progress_seconds)
            return
        except PassingError as failure:
            # A server that drops the connection but gets further each time is not given up.
            failed = 1 if part.size > most else failed + 1
            most = max(most, part.size)
            if failed >= attempts:
                raise LastingError(f"{failure} (gave up after {attempts} attempts)") from None
            pause = min(max(wait_seconds * 2 ** (failed - 1), failure.wait), MAX_WAIT_SECONDS)
            shown = masked(f"{request.address}: {failure}")
            logger.info("%s; next attempt in %g s", shown, pause)
            time.sleep(pause)


def _check_free_disk(target: Path, total: int | None, have: int) -> None:
    needed = (total or 0) - have
    free = shutil.disk_usage(target.parent).free
    if needed > free:
        hint = "free some disk space, or choose a data_dir on another disk"
        raise InputError(target, f"{needed} bytes of free disk", f"{free}", hint)


def _check(stated: Source, source: Source, part: Part) -> str:
    """SHA-256 of the complete partial file, which is removed if it is not the file expected."""
    if not part.path.exists():
        part.path.touch()  # an empty body
    sha256 = _sha256(part.path)
    wrong = _difference(stated, source, part.path, part.target.name, sha256)
    if wrong:
        part.forget()
        raise LastingError(f"{wrong}; removed")
    if source.sha256 is None:
        logger.warning("%s: no checksum known to compare; sha256 %s", part.target, sha256)
    return sha256


def _difference(stated: Source, source: Source, path: Path, name: str, sha256: str) -> str | None:
    """How a file differs from the one expected, None if it does not."""
    size = path.stat().st_size
    origin = "" if stated.sha256 else " as at the first download, from its row of the lock file"
    # A web page in place of the file is the more informative reason.
    wrong = None if stated.sha256 == sha256 or not size else unlike_its_name(path, name)
    if wrong:
        return wrong
    if source.size is not None and size != source.size:
        return f"{source.size} bytes expected, {size} found"
    if source.sha256 is not None and sha256 != source.sha256:
        return f"sha256 {source.sha256} expected{origin}, {sha256} found"
    return None if size else "an empty file"


def _accept_existing(stated: Source, source: Source, target: Path) -> str:
    """SHA-256 of a target that exists, checked to be the file expected."""
    if not target.is_file():
        raise InputError(target, "a file", "something else of this name", "move it away")
    sha256 = _sha256(target)
    wrong = _difference(stated, source, target, target.name, sha256)
    record = _record_path(target)
    noted = record.read_text(errors="replace").split()[:1] if record.is_file() else []
    if not wrong and noted and noted != [sha256]:
        wrong = f"sha256 {noted[0]} recorded in {record.name}, {sha256} found"
    if wrong:
        hint = "remove it to download it again"
        raise InputError(str(target), "the file as published", wrong, hint)
    _record(sha256, target)
    return sha256


def _record_path(target: Path) -> Path:
    return target.with_name(target.name + ".sha256")


def _record(sha256: str, target: Path) -> None:
    with atomic_path(_record_path(target)) as temporary:
        temporary.write_text(f"{sha256}  {target.name}\n", encoding="utf-8")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
