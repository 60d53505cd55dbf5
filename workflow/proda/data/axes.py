"""Latitudes and longitudes of gridded files: degrees, without gaps, each once."""

import numpy as np

from proda.errors import InputError, number_text

__all__ = ["as_degrees", "require_distinct"]

# degrees; poles and date lines stored as float32 miss theirs by less.
SLACK = 1e-3
LIMITS = {"lat": 90, "lon": 360}
CLOSEST = 1e-6


def as_degrees(where, values, name):
    """Coordinates (n,) as float64, latitudes within the poles.

    where: file, for messages. name: lat or lon. Raises InputError naming the first that is missing
    or no such angle.
    """
    degrees = np.ma.filled(np.ma.asarray(values, dtype=float), np.nan).reshape(-1)
    most = LIMITS[name]
    bad = ~(np.abs(degrees) <= most + SLACK)
    if bad.any():
        i = int(np.argmax(bad))
        expected = f"degrees in [{-most}, {most}]"
        raise InputError(f"{where}: {name}[{i}]", expected, number_text(degrees[i]))
    return np.clip(degrees, -90, 90) if name == "lat" else degrees


def require_distinct(where, degrees, name):
    """Raise InputError for coordinates that repeat; longitudes repeat every 360 degrees."""
    turned = degrees % 360 if name == "lon" else degrees
    order = np.argsort(turned, kind="stable")
    gaps = np.diff(turned[order])
    if name == "lon" and turned.size > 1:
        gaps = np.append(gaps, turned[order[0]] + 360 - turned[order[-1]])
    close = np.flatnonzero(gaps < CLOSEST)
    if close.size:
        pair = order[close[0]], order[(close[0] + 1) % order.size]
        found = "repeated values " + " and ".join(number_text(degrees[i]) for i in sorted(pair))
        hint = "the first meridian twice? leave out one of them" if name == "lon" else None
        raise InputError(f"{where}: {name}", "distinct coordinates", found, hint)
