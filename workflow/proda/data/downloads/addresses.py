"""Which addresses are accepted."""

import re
from urllib.parse import SplitResult, urlsplit

from proda.errors import InputError
from proda.masking import masked

__all__ = ["LOGIN_HINT", "check_address", "over_https"]

LOGIN_HINT = (
    "a login may be needed: put it into ~/.netrc (for NASA: machine urs.earthdata.nasa.gov)"
)


def check_address(where: object, address: str) -> SplitResult:
    """Return the parts of an http(s) address.

    Parameters
    ----------
    where : object
        Where the address stands, for messages.
    address : str
        The address.

    Raises
    ------
    InputError
        For another scheme, a missing host, an invalid port, a login in the address and characters
        that must be percent-encoded.
    """
    shown = masked(re.sub(r"//\S*@", "//***@", address))
    if not (address.isascii() and address.isprintable()) or " " in address:
        hint = "percent-encode spaces and other characters than ASCII"
        raise InputError(where, "an http or https address", repr(shown), hint)
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if host is None or parts.scheme not in ("http", "https"):
        hint = "addresses are separated by spaces; one within an address is %20"
        raise InputError(where, "an http or https address", shown, hint)
    if "@" in parts.netloc:
        raise InputError(
            where, "no login in the address", f"one for {parts.scheme}://{host}", LOGIN_HINT
        )
    return parts


def over_https(address: str) -> str | None:
    """Return the http address over https, None if it already is or if it names a port."""
    parts = urlsplit(address)
    if parts.scheme != "http" or parts.port is not None:
        return None
    return "https" + address[len("http") :]
