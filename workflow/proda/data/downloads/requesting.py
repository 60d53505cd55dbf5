"""One request, followed through redirects without sending a login to another host.

At every step the login is chosen by the host (`proda.data.downloads.logins`): that of NASA's
Earthdata goes to urs.earthdata.nasa.gov in the middle of a chain and to no other host. A redirect
from https to http, or to anything but http(s), is refused.
"""

import http.client
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests.auth import HTTPBasicAuth
from requests.utils import requote_uri

from proda.data.downloads.addresses import check_address
from proda.data.downloads.failures import LastingError, PassingError
from proda.data.downloads.logins import Logins, login_for
from proda.errors import InputError
from proda.masking import masked

__all__ = ["chunks", "new_session", "opened"]

CHUNK_BYTES = 2**20
TIMEOUT_SECONDS = (30, 60)  # to connect, between bytes
MAX_REDIRECTS = 20
REDIRECT_STATUS = (301, 302, 303, 307, 308)
# Failures of a server or of the network; ValueError for malformed headers.
NETWORK_ERRORS = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    ValueError,
)


def new_session() -> requests.Session:
    """Return a session with an empty cookie jar that never looks for logins itself."""
    session = _Session()
    session.auth = _without_login
    return session


class _Session(requests.Session):
    """A session without redirects.

    `requests` reads their bodies and prepares the next request even if it does not follow them.
    """

    def get_redirect_target(self, response: requests.Response) -> str | None:
        return None


@contextmanager
def opened(
    session: requests.Session, address: str, headers: Mapping[str, str], logins: Logins
) -> Iterator[requests.Response]:
    """Yield the response at the end of the redirects, its body not read yet.

    Raises
    ------
    PassingError
        Where the connection fails.
    LastingError
        For redirects that cannot be followed.
    """
    response = _follow(session, address, headers, logins)
    try:
        yield response
    finally:
        response.close()


def chunks(response: requests.Response) -> Iterator[bytes]:
    """Yield the body in pieces, as it was sent; PassingError where the connection fails."""
    try:
        yield from response.raw.stream(CHUNK_BYTES, decode_content=False)
    except NETWORK_ERRORS as error:
        raise PassingError(_text(error)) from None


def _follow(
    session: requests.Session, address: str, headers: Mapping[str, str], logins: Logins
) -> requests.Response:
    for _ in range(MAX_REDIRECTS + 1):
        login = login_for(address, logins)
        # Bytes, because a str may only hold Latin-1.
        auth = HTTPBasicAuth(*(part.encode() for part in login)) if login else None
        try:
            response = session.get(
                address,
                headers=headers,
                auth=auth,
                stream=True,
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
            )
        except NETWORK_ERRORS as error:
            raise PassingError(_text(error)) from None
        if response.status_code not in REDIRECT_STATUS:
            return response
        response.close()
        address = _target(address, response)
    raise LastingError(f"more than {MAX_REDIRECTS} redirects")


def _target(address: str, response: requests.Response) -> str:
    """Address to which a redirect leads."""
    status, location = response.status_code, response.headers.get("Location", "").strip()
    if not location:
        raise LastingError(f"status {status} without a Location")
    try:
        # Header bytes come as Latin-1, while servers write UTF-8.
        text = location.encode("latin-1").decode("utf-8", "replace")
        target = requote_uri(urljoin(address, text))
        parts = check_address("redirect", target)
    except (InputError, ValueError) as error:
        found = error.found if isinstance(error, InputError) else masked(location)
        raise LastingError(f"status {status} with the unusable Location {found:.200}") from None
    if urlsplit(address).scheme == "https" and parts.scheme != "https":
        raise LastingError(f"a redirect from https to {masked(target)}, which is refused")
    return target


def _text(error: Exception) -> str:
    """Type and message, without secrets."""
    return masked(f"{type(error).__name__}: {error}")


def _without_login(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
