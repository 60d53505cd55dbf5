"""Addresses without the secrets they contain, for messages, logs and notes."""

import re

__all__ = ["masked"]

# Parameters of a query that give access to whoever reads them, also within an encoded address.
_SECRET = re.compile(
    r"((?:[?&;#]|%3F|%26|%3B)"
    r"(?:(?!%3D|%26)[^=&;?#\s])*?"
    r"(?:token|key|sig|secret|pass|pwd|auth|cred|session|ticket|jwt|hmac|code|policy|view_only)"
    r"(?:(?!%3D|%26)[^=&;?#\s])*"
    r"(?:=|%3D))"
    r"(?:(?!%26|:\s)[^&;#\s'\"<>)])+",
    re.IGNORECASE,
)
_LOGIN = re.compile(r"(?<=://)[^/\s?#]*@")


def masked(text: str) -> str:
    """Return ``text`` with logins and secret parameters of its addresses replaced by ``***``."""
    return _SECRET.sub(r"\1***", _LOGIN.sub("***@", text))
