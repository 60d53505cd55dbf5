"""Logins of ``~/.netrc``, each for the one host and port it was written for.

``machine HOST`` is for https at HOST, ``machine HOST:PORT`` for https at another port. An entry
``default``, which would send a login to any host, is not used.
"""

import logging
import netrc
import os
from pathlib import Path
from urllib.parse import urlsplit

__all__ = ["login_for", "read_logins"]

HTTPS_PORT = 443

logger = logging.getLogger(__name__)


def read_logins():
    """{machine: (login, password)} of the file that NETRC names, or of ~/.netrc; {} without one.

    A file that cannot be read is told in the log: without its logins downloads go on.
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
        # What cannot be parsed may be a password, and is not repeated.
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


def login_for(address, logins):
    """The login of the host and port of an https address, or None."""
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname:
        return None
    port = parts.port or HTTPS_PORT
    exactly = logins.get(f"{parts.hostname}:{port}")
    return exactly or (logins.get(parts.hostname) if port == HTTPS_PORT else None)
