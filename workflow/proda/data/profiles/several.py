"""Profiles of several sources: ids that are unique, and pits that more than one of them holds.

A pit of two sources has other digits in each: coordinates are rounded, carbon is in other units,
horizons are left out. Two profiles of different sources are the same pit if

- they are no farther apart than a stated distance,
- they were sampled on the same day, where both sources give one,
- every horizon of the one with fewer horizons has a counterpart in the other: both depths within
  1 cm, organic carbon within 0.05 g kg-1 (0.01 % rounded) or 1 %.

The profile of the source named first is kept. Where several of its profiles match, as replicates of
one pit do, the nearest is named, and of these the first in order of id.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from proda.arrays import FloatArray
from proda.data.profiles.ledger import Ledger
from proda.data.profiles.places import positions
from proda.data.profiles.tabular import RawTables

__all__ = ["join_sources", "reject_duplicates_across_sources"]

SAME_DEPTH = 0.01  # m
ROUNDING, RELATIVE_ROUNDING = 0.0501, 0.01  # g kg-1, relative


def join_sources(tables: Mapping[str, RawTables]) -> RawTables:
    """Tables of several sources in one, with ids ``<name>/<id>`` and a column ``source``.

    Parameters
    ----------
    tables
        By name of the source, in the order of preference.
    """
    profiles, horizons = [], []
    for name, table in tables.items():
        ids = f"{name}/" + table.profiles.index.astype(str)
        profiles.append(table.profiles.set_axis(ids).assign(source=name, duplicate_of=""))
        horizons.append(
            table.horizons.assign(profile_id=f"{name}/" + table.horizons["profile_id"].astype(str))
        )
    joined = pd.concat(profiles)
    for flag in joined.columns.intersection(["several_places", "no_site"]):
        joined[flag] = joined[flag].eq(True)
    if "date" in joined:
        joined["date"] = joined["date"].fillna("")
    every = pd.concat(horizons, ignore_index=True)
    return RawTables(joined.rename_axis("profile_id").sort_index(), every)


def reject_duplicates_across_sources(
    ledger: Ledger, order: list[str], max_distance_km: float
) -> None:
    """Exclude profiles that an earlier source holds, and name its profile in ``duplicate_of``.

    Parameters
    ----------
    ledger
        Its profiles have ``source``, and ``date`` if any source has one; its horizons depths in m
        and ``organic_carbon``.
    order
        Names of the sources, that of the preferred one first.
    max_distance_km
        Between the two places.
    """
    # Importing scipy.spatial takes longer than the jobs that only read horizons need.
    from scipy.spatial import cKDTree

    profiles, horizons = ledger.accepted_profiles(), ledger.accepted_horizons()
    place = positions(profiles["longitude"].to_numpy(), profiles["latitude"].to_numpy())
    rank = profiles["source"].map({name: k for k, name in enumerate(order)}).to_numpy()
    date = profiles["date"].to_numpy() if "date" in profiles else np.full(len(profiles), "")
    columns = ["upper_depth", "lower_depth", "organic_carbon"]
    values = horizons[columns].to_numpy()
    sizes = horizons["profile_id"].value_counts().reindex(profiles.index).to_numpy()
    ends = np.cumsum(sizes)
    layers = [values[end - size : end] for end, size in zip(ends, sizes, strict=True)]
    gone = np.zeros(len(profiles), dtype=bool)
    twin: dict[str, str] = {}
    for k in range(1, len(order)):
        earlier, here = np.flatnonzero((rank < k) & ~gone), np.flatnonzero(rank == k)
        if not len(earlier) or not len(here):
            continue
        near = cKDTree(place[earlier]).query_ball_point(place[here], 1000.0 * max_distance_km)
        for i, found in zip(here, near, strict=True):
            candidates = earlier[np.asarray(found, dtype=int)]
            for j in _nearest_first(place, int(i), candidates):
                days = {date[i], date[j]} - {""}
                if len(days) < 2 and _same_pit(layers[i], layers[j]):
                    gone[i], twin[profiles.index[i]] = True, profiles.index[j]
                    break
    ledger.profiles.loc[list(twin), "duplicate_of"] = list(twin.values())
    ledger.reject_profiles(list(twin), "duplicate_in_source")


def _nearest_first(
    place: FloatArray, i: int, candidates: npt.NDArray[np.intp]
) -> npt.NDArray[np.intp]:
    distance = np.linalg.norm(place[candidates] - place[i], axis=1)
    return candidates[np.lexsort((candidates, distance))]


def _same_pit(a: FloatArray, b: FloatArray) -> bool:
    """Whether every horizon of the smaller one has a counterpart in the other."""
    fewer, more = (a, b) if len(a) <= len(b) else (b, a)
    depths = np.abs(fewer[:, None, :2] - more[None, :, :2]).max(axis=2) <= SAME_DEPTH
    carbon = np.abs(fewer[:, None, 2] - more[None, :, 2])
    limit = np.maximum(
        ROUNDING, RELATIVE_ROUNDING * np.maximum(fewer[:, None, 2], more[None, :, 2])
    )
    return bool((depths & (carbon <= limit)).any(axis=1).all())
