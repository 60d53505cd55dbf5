"""Digest of settings, by which those of a result and those of today are compared."""

import hashlib
import json

__all__ = ["config_digest"]


def config_digest(config):
    """Short digest of a configuration, for provenance."""
    text = json.dumps(config, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
