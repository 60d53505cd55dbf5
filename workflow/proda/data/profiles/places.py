"""Two coordinates are the same place if they are closer than 1 m on the sphere.

Coordinates of one pit differ in their last digits between rows or databases. They are compared by
their distance; rounding would separate two neighbours wherever a rounding limit lies between them.
"""

import numpy as np
import pandas as pd

from proda.arrays import FloatArray
from proda.data.profiles.codes import missing_coordinates

__all__ = ["SAME_PLACE", "near_origin", "on_globe", "one_place_each", "positions"]

EARTH_RADIUS = 6_371_008.8  # m
SAME_PLACE = 1.0  # m
# Beyond the pole or the date line by less than 1 m is rounding.
_BEYOND = np.degrees(SAME_PLACE / EARTH_RADIUS)


def positions(longitude: FloatArray, latitude: FloatArray) -> FloatArray:
    """Positions (n, 3) on the sphere, in m from its centre, of n coordinates in degrees."""
    longitude, latitude = np.radians(longitude), np.radians(latitude)
    across = np.cos(latitude)
    unit = np.stack([across * np.cos(longitude), across * np.sin(longitude), np.sin(latitude)], -1)
    return EARTH_RADIUS * unit


def on_globe(profiles: pd.DataFrame) -> pd.DataFrame:
    """The profiles with coordinates that rounding put beyond 90 or 180 degrees set to these."""
    settled = profiles.copy()
    for name, limit in (("longitude", 180.0), ("latitude", 90.0)):
        size = profiles[name].abs()
        rounded = (size > limit) & (size <= limit + _BEYOND)
        settled.loc[rounded, name] = np.sign(profiles.loc[rounded, name]) * limit
    return settled


def near_origin(longitude: pd.Series, latitude: pd.Series) -> pd.Series:
    """Which coordinates are 0, 0 (to 1 m), which software writes for an unknown place."""
    return (np.abs(longitude) < _BEYOND) & (np.abs(latitude) < _BEYOND)


def one_place_each(rows: pd.DataFrame) -> pd.DataFrame:
    """The place of each profile, from those of its rows.

    Of coordinates that are the same place the westernmost is taken, of these the southernmost, so
    that the order of rows has no effect.

    Parameters
    ----------
    rows
        ``profile_id``, ``longitude``, ``latitude`` in degrees, one row per horizon.

    Returns
    -------
    pandas.DataFrame
        ``longitude`` and ``latitude`` by profile_id, sorted. NaN where rows are different places,
        or where some rows lack what others have; a code for missing coordinates where one row has
        it.
    """
    distinct = rows.drop_duplicates(["profile_id", "longitude", "latitude"])
    distinct = distinct.sort_values(["profile_id", "longitude", "latitude"], kind="stable")
    places = distinct.groupby("profile_id")[["longitude", "latitude"]].first()
    several = distinct[distinct["profile_id"].duplicated(keep=False)]
    for profile, group in several.groupby("profile_id", sort=False):
        coded = missing_coordinates(group)
        if coded.any():
            places.loc[profile] = group.loc[coded, ["longitude", "latitude"]].iloc[0]
        elif not _one_place(group["longitude"].to_numpy(), group["latitude"].to_numpy()):
            places.loc[profile] = np.nan
    return places


def _one_place(longitude: FloatArray, latitude: FloatArray) -> bool:
    points = positions(longitude, latitude)
    # Also refuses NaN, and keeps the comparison of all pairs to a few rows.
    if not (np.ptp(points, axis=0) < SAME_PLACE).all():
        return False
    # The most distant pair decides: a chain of rows, each close to the next, is not one place.
    return bool(np.linalg.norm(points[:, None] - points[None], axis=-1).max() < SAME_PLACE)
