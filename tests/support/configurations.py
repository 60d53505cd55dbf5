"""Configurations with some of their keys changed."""

import copy

__all__ = ["changed"]


def changed(config, changes):
    """A copy with the keys of ``changes`` {path with points: value} set, or removed for ``...``."""
    config = copy.deepcopy(config)
    for path, value in changes.items():
        *parents, key = path.split(".")
        place = config
        for parent in parents:
            place = place.setdefault(parent, {})
        if value is ...:
            del place[key]
        else:
            place[key] = value
    return config
