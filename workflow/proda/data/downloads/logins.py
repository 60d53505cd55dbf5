"""Logins of ``~/.netrc``, each for one host and port.

``machine HOST`` is for https at HOST, ``machine HOST:PORT`` for https at another port. An entry
``default``, which would send a login to any host, is not used.
"""

import logging
import netrc
import os
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

__all__ = ["Logins", "login_for", "read_logins"]

HTTPS_PORT = 443

Logins: TypeAlias = dict[str, tuple[str, str]]
"""{machine: (login, password)}."""

logger = logging.getLogger(__name__)


def read_logins() -> Logins:
    """Read the logins of the file that NETRC names, or of ~/.netrc; {} without one.

    A file that cannot be read is reported in the log; downloads continue without its logins.
    """
    named = os.environ.get("NETRC")
    try:
        names = [Path(named)] if named else [Path("~/.netrc"), Path("~/_netrc")]
        path = next(path for name in names if (path := name.expanduser()).exists())
        if path.is_file() and path.stat().st_mode & 0o077:
            logger.warning("%s: others can read it; chmod 600 is safer", path)
        hosts = netrc.netrc(str(path)).hosts
    except StopIteration:
        return {}
    except (netrc.NetrcParseError, OSError, ValueError, RuntimeError) as error:
        # The text that cannot be parsed may be a password, so it is not repeated.
        line = getattr(error, "lineno", None)
        where = f"line {line}" if line else type(error).__name__
        logger.warning("%s: not readable (%s), no login is used", named or "~/.netrc", where)
        return {}
    if "default" in hosts:
        logger.warning("%s: the entry default is not used; name the machine", path)
    return {
        name.lower(): (login, password)
        for name, (login, _, password) in hosts.items()
        if name != "default"
    }


def login_for(address: str, logins: Logins) -> tuple[str, str] | None:
    """Return the login of the host and port of an https address, None if there is none."""
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname:
        return None
    port = parts.port or HTTPS_PORT
    exactly = logins.get(f"{parts.hostname}:{port}")
    return exactly or (logins.get(parts.hostname) if port == HTTPS_PORT else None)
