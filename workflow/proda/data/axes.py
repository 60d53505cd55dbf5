"""Latitudes and longitudes of gridded files: degrees, none missing, none repeated."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from proda.arrays import FloatArray
from proda.errors import InputError, number_text

__all__ = ["as_degrees", "require_distinct"]

SLACK = 1e-3
"""degrees; poles and date lines stored as float32 are off by less."""

LIMITS = {"lat": 90, "lon": 360}
"""degrees, of the absolute value."""

MIN_GAP = 1e-6
"""degrees; coordinates that are closer are the same."""


def as_degrees(where: str | Path, values: npt.ArrayLike, name: str) -> FloatArray:
    """Check coordinates.

    Parameters
    ----------
    where
        File, for messages.
    values
        (n,) degrees, masked where missing.
    name
        ``lat`` or ``lon``.

    Returns
    -------
    numpy.ndarray
        (n,) degrees; latitudes are clipped to the poles.

    Raises
    ------
    InputError
        Naming the first coordinate that is missing or out of range.
    """
    degrees: FloatArray = np.ma.filled(np.ma.asarray(values, dtype=float), np.nan).reshape(-1)
    limit = LIMITS[name]
    bad = ~(np.abs(degrees) <= limit + SLACK)
    if bad.any():
        i = int(np.argmax(bad))
        expected = f"degrees in [{-limit}, {limit}]"
        raise InputError(f"{where}: {name}[{i}]", expected, number_text(degrees[i]))
    return np.clip(degrees, -90, 90) if name == "lat" else degrees


def require_distinct(where: str | Path, degrees: FloatArray, name: str) -> None:
    """Require that no coordinate repeats; longitudes repeat every 360 degrees.

    Parameters
    ----------
    where
        File, for messages.
    degrees
        (n,) of `as_degrees`.
    name
        ``lat`` or ``lon``.

    Raises
    ------
    InputError
        Naming two coordinates that are the same.
    """
    turned = degrees % 360 if name == "lon" else degrees
    order = np.argsort(turned, kind="stable")
    gaps = np.diff(turned[order])
    if name == "lon" and turned.size > 1:
        gaps = np.append(gaps, turned[order[0]] + 360 - turned[order[-1]])
    close = np.flatnonzero(gaps < MIN_GAP)
    if close.size:
        pair = order[close[0]], order[(close[0] + 1) % order.size]
        found = "repeated values " + " and ".join(number_text(degrees[i]) for i in sorted(pair))
        hint = "the first meridian twice? remove one of them" if name == "lon" else None
        raise InputError(f"{where}: {name}", "distinct coordinates", found, hint)
