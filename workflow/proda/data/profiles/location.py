"""Locations of profiles: impossible coordinates, columns that are swapped or lack their sign."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pandas as pd

from proda.arrays import FloatArray, Mask
from proda.data.profiles.codes import missing_coordinates
from proda.data.profiles.places import near_origin, on_globe
from proda.errors import InputError

__all__ = ["Contains", "locate", "mistake_of_coordinates"]

Place: TypeAlias = tuple[FloatArray, FloatArray]
Contains: TypeAlias = Callable[[FloatArray, FloatArray], Mask]
"""Whether longitudes and latitudes, degrees east and north, lie in a region."""

# A few impossible coordinates are errors of their rows; this fraction is an error of the columns.
_MANY = 0.1
# Degrees; a larger number is not a longitude in any convention.
_FULL_CIRCLE = 360.0
_PROJECTED = "coordinates of a projection (UTM, a national grid) must be converted to degrees"
_SWAPPED = "are longitude and latitude swapped?"
# Mistakes that concern both columns: the hint, and the coordinates without the mistake.
_MISTAKES: dict[str, tuple[str, Callable[[FloatArray, FloatArray], Place]]] = {
    "swapped": (_SWAPPED, lambda lon, lat: (lat, lon)),
    "with the other sign of longitude": (
        "western longitudes are negative: does the column lack its minus?",
        lambda lon, lat: (-lon, lat),
    ),
    "with the other sign of latitude": (
        "southern latitudes are negative: does the column lack its minus?",
        lambda lon, lat: (lon, -lat),
    ),
    "with the other sign of both": (
        "west and south are negative: do the columns lack their minus?",
        lambda lon, lat: (-lon, -lat),
    ),
    "swapped, with the other sign of longitude": (
        f"{_SWAPPED} and does the longitude lack its minus?",
        lambda lon, lat: (-lat, lon),
    ),
}


def locate(
    profiles: pd.DataFrame, region: Contains | None, where: str, accept_as_is: bool = False
) -> tuple[pd.Series, pd.Series]:
    """Validity of coordinates, and whether they lie in the region.

    Parameters
    ----------
    profiles
        Table with ``longitude`` and ``latitude`` in degrees.
    region
        The region; None for everywhere.
    where
        Name of the source, for messages.
    accept_as_is
        Do not judge the columns as a whole.

    Returns
    -------
    valid, inside
        Boolean, by the index of the table.

    Raises
    ------
    InputError
        If coordinates look projected, swapped or without their sign, or longitudes run from 0 to
        360.
    """
    profiles = on_globe(profiles)
    longitude, latitude = profiles["longitude"], profiles["latitude"]
    known = longitude.notna() & latitude.notna() & ~missing_coordinates(profiles)
    if not accept_as_is:
        large = longitude.where(longitude.abs() > _FULL_CIRCLE, latitude)
        projected = known & (large.abs() > _FULL_CIRCLE)
        _refuse_if_many(where, projected, known, "coordinates in degrees", large, _PROJECTED)
        beyond = known & (latitude.abs() > 90)
        _refuse_if_many(where, beyond, known, "latitudes in [-90, 90]", latitude, _SWAPPED)
        eastward = known & longitude.between(180, 360, inclusive="right")
        hint = "subtract 360 from those above 180"
        _refuse_if_many(where, eastward, known, "longitudes in [-180, 180]", longitude, hint)

    valid = known & (latitude.abs() <= 90) & (longitude.abs() <= 180)
    # There is no soil at 0, 0.
    valid &= ~near_origin(longitude, latitude)
    inside = valid.copy()
    if region is not None:
        place = longitude[valid].to_numpy(), latitude[valid].to_numpy()
        inside[valid] = region(*place)
        if valid.any() and not accept_as_is:
            _refuse_if_turned(where, region, place, int(inside.sum()))
    return valid, inside


def mistake_of_coordinates(
    region: Contains, longitude: pd.Series, latitude: pd.Series
) -> str | None:
    """The likely mistake in columns of which no place lies in the region, as a hint.

    Parameters
    ----------
    region
        The region.
    longitude, latitude
        Degrees; NaN where missing.

    Returns
    -------
    str or None
        None if no known mistake explains it.
    """
    known = longitude.notna() & latitude.notna()
    place = longitude[known].to_numpy(), latitude[known].to_numpy()
    if not known.any():
        return None
    if 2 * np.sum((np.abs(place) > _FULL_CIRCLE).any(axis=0)) > known.sum():
        return _PROJECTED
    mistake, n = _likeliest_turn(region, place)
    return _MISTAKES[mistake][0] if 2 * n > known.sum() else None


def _likeliest_turn(region: Contains, place: Place) -> tuple[str, int]:
    """The key of _MISTAKES that would bring most places into the region, and how many."""
    counts: dict[str, int] = {}
    for mistake, (_, turn) in _MISTAKES.items():
        longitude, latitude = turn(*place)
        possible = (np.abs(latitude) <= 90) & (np.abs(longitude) <= 180)
        counts[mistake] = int(np.sum(region(longitude[possible], latitude[possible])))
    mistake = max(counts, key=lambda key: counts[key])
    return mistake, counts[mistake]


def _refuse_if_turned(where: str, region: Contains, place: Place, n_inside: int) -> None:
    """Raise InputError if most profiles lie in the region only after a mistake is undone."""
    n = len(place[0])
    if 2 * n_inside > n:
        return
    mistake, n_turned = _likeliest_turn(region, place)
    if 2 * n_turned > n:
        found = f"{n_inside or 'none'} of {n} inside, but {n_turned} {mistake}"
        hint = f"{_MISTAKES[mistake][0]} If not, add coordinates to profiles.accept_as_is"
        raise InputError(where, "profiles inside the region", found, hint)


def _refuse_if_many(
    where: str, bad: pd.Series, known: pd.Series, expected: str, values: pd.Series, hint: str
) -> None:
    """Raise InputError if too large a fraction of the known coordinates is bad."""
    if known.any() and bad.sum() > _MANY * known.sum():
        first = bad.index[bad][0]
        found = f"{bad.sum()} of {known.sum()} profiles beyond, e.g. {values[first]:g} at {first!r}"
        raise InputError(where, expected, found, hint)
