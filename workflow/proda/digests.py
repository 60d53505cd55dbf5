"""Digest of settings, by which those of a result and the present ones are compared."""

import hashlib
import json
from collections.abc import Mapping

__all__ = ["config_digest"]


def config_digest(config: Mapping[str, object]) -> str:
    """Return a short digest of settings, for provenance."""
    text = json.dumps(config, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
