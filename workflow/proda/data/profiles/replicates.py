"""Horizons measured more than once, and profiles that a database contains twice.

Two horizons of a profile with the same middle depth (to 0.1 mm) are one observation, because the
model is read at that depth. By default they are averaged: each measured quantity (organic carbon,
bulk density of each kind, coarse fragments by volume and by mass) over those that have it, weighted
by thickness where that differs, and the SOC density is computed from these means. A bulk density
measured on one replicate is thus used for all, and a pedotransfer function only where none has one.
The row that is kept is the thickest, with its depths; the others are recorded as
`averaged_replicate`. Rows with the same depths that agree in every quantity both have were copied,
not measured again: the others are recorded as `duplicate_horizon`.
"""

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from proda.arrays import FloatArray, Mask
from proda.data.profiles.density import SINGLE_MEASUREMENTS, add_soc_density
from proda.data.profiles.ledger import Ledger
from proda.data.profiles.places import positions

__all__ = ["REPLICATES", "merge_replicates", "reject_duplicate_profiles"]

REPLICATES = ("average", "select")
SAME_DEPTH = 1e-4  # m
# Between numbers of two databases for one horizon that went through single precision or text.
_SAME_CARBON = 1e-5  # relative
_SAME_PLACE = 1.0  # m


def merge_replicates(
    ledger: Ledger, measured: pd.DataFrame, replicates: str, pedotransfer: str | None
) -> None:
    """Merge the accepted horizons at one depth of a profile into one, in place.

    Parameters
    ----------
    ledger
        The ledger.
    measured
        Its horizons before `density.add_soc_density`, in the same order.
    replicates
        "average", see the module, or "select": prefer, in this order, a measured to an estimated
        bulk density, measured to assumed coarse fragments, the thinner horizon, the smaller carbon;
        the others are recorded as `duplicate_horizon`.
    pedotransfer
        As for `density.add_soc_density`.
    """
    h = ledger.accepted_horizons()
    group = _groups(h)
    several = group.duplicated(keep=False)
    h, group = h[several.to_numpy()], group[several]
    if replicates == "select":
        order = _by_preference(h, group)
        _reject(ledger, order.index[group[order.index].duplicated()], "duplicate_horizon")
        return
    names = ("organic_carbon", "censored", *SINGLE_MEASUREMENTS)
    columns = [name for name in names if name in measured]
    group = group.sort_values(kind="stable")
    index, ends = group.index.to_numpy(), np.flatnonzero(np.diff(group.to_numpy())) + 1
    values = measured.loc[index, columns].to_numpy(dtype=np.float64)
    depths = h.loc[index, ["upper_depth", "lower_depth"]].to_numpy()
    kept_rows: list[int] = []
    means: list[list[float]] = []
    others: dict[str, list[int]] = {"duplicate_horizon": [], "averaged_replicate": []}
    for rows in np.split(np.arange(len(index)), ends) if len(index) else []:
        thickness = np.diff(depths[rows])[:, 0]
        # The first in the order of the ledger, which is that of depths and values.
        kept = np.argmax(thickness > thickness.max() - SAME_DEPTH)
        agree = _agree(values[rows]) and _agree(depths[rows])
        reason = "duplicate_horizon" if agree else "averaged_replicate"
        others[reason].extend(np.delete(index[rows], kept))
        kept_rows.append(index[rows[kept]])
        means.append([_mean(column, thickness) for column in values[rows].T])
    if kept_rows:
        table = pd.DataFrame(means, kept_rows, columns)
        # A mean is censored if all its values are; else those have the limit as their value.
        table["censored"] = table["censored"] == 1.0
        _put_means(ledger, measured.loc[kept_rows], table, pedotransfer)
    for reason, indices in others.items():
        _reject(ledger, indices, reason)


def _put_means(
    ledger: Ledger, rows: pd.DataFrame, means: pd.DataFrame, pedotransfer: str | None
) -> None:
    """Put the table of means, and the density computed from them, into the horizons kept."""
    changed = add_soc_density(rows.assign(**means), pedotransfer)
    for name in changed.columns.difference(["profile_id", "horizon_id"]):
        ledger.horizons.loc[changed.index, name] = changed[name]


def reject_duplicate_profiles(ledger: Ledger) -> None:
    """Exclude profiles at the place and with the depths and organic carbon of an earlier one.

    Databases merged from several sources contain pits twice; bulk density is not compared because
    one of the sources often lacks it. Numbers are compared by their difference, not as texts.
    """
    horizons = ledger.accepted_horizons()
    profiles = ledger.accepted_profiles()
    sizes = horizons["profile_id"].value_counts().reindex(profiles.index).to_numpy()
    first = np.append(0, np.cumsum(sizes))[:-1]
    # One number per horizon and feature, in units of the tolerance; horizons are in order.
    features = np.stack(
        [
            horizons["upper_depth"] / SAME_DEPTH,
            horizons["lower_depth"] / SAME_DEPTH,
            np.log(horizons["organic_carbon"]) / _SAME_CARBON,
        ],
        axis=-1,
    )
    place = positions(profiles["longitude"].to_numpy(), profiles["latitude"].to_numpy())
    # Profiles of two sources are compared by `proda.data.profiles.several`.
    source = np.zeros((len(profiles), 0))
    if "source" in profiles:
        source = 10.0 * pd.factorize(profiles["source"])[0][:, None]
    twice = np.zeros(len(profiles), dtype=bool)
    for size in np.unique(sizes):
        members = np.flatnonzero(sizes == size)
        rows = first[members, None] + np.arange(size)
        fingerprint = np.hstack(
            [
                place[members] / _SAME_PLACE,
                features[rows].reshape(len(members), -1),
                source[members],
            ]
        )
        _mark_twice(twice, members, fingerprint)
    ledger.reject_profiles(profiles.index[twice], "duplicate_profile")


def _mark_twice(twice: Mask, members: npt.NDArray[np.intp], fingerprint: FloatArray) -> None:
    """Mark the later of two ``members`` whose fingerprints differ by less than 1, in order."""
    # Importing scipy.spatial takes longer than the jobs that only read horizons need.
    from scipy.spatial import cKDTree

    near = cKDTree(fingerprint).query_pairs(1.0, p=np.inf, output_type="ndarray")
    near = near[np.lexsort((near[:, 0], near[:, 1]))]
    for earlier, later in near:
        apart = np.linalg.norm(fingerprint[earlier, :3] - fingerprint[later, :3])
        if apart < 1.0 and not twice[members[earlier]]:
            twice[members[later]] = True


def _groups(h: pd.DataFrame) -> pd.Series:
    """Number of the group of horizons at one depth of a profile, for each horizon.

    A horizon belongs to the group of the next shallower one if it is less than 0.1 mm below it.
    """
    ordered = h.sort_values(["profile_id", "node_depth"], kind="stable")
    same = ordered["profile_id"] == ordered["profile_id"].shift()
    same &= ordered["node_depth"].diff() < SAME_DEPTH
    return (~same).cumsum()[h.index]


def _by_preference(h: pd.DataFrame, group: pd.Series) -> pd.DataFrame:
    """Rows in the order of "select"."""
    keys = h.assign(
        group=group,
        estimated=h["measured_bulk_density"].isna(),
        assumed=h["coarse_fragments_source"] == "assumed_0",
        thickness=h["lower_depth"] - h["upper_depth"],
    )
    order = ["group", "estimated", "assumed", "thickness", "soc_density", "organic_carbon"]
    return keys.sort_values(order, kind="stable")


def _agree(rows: FloatArray) -> bool:
    """Whether all rows have the same numbers in the columns in which they have any."""
    return bool((np.fmax.reduce(rows) == np.fmin.reduce(rows))[~np.isnan(rows).all(axis=0)].all())


def _mean(values: FloatArray, weights: FloatArray) -> float:
    """Weighted mean of the values that are not NaN; the sum is exact, in any order."""
    known = ~np.isnan(values)
    values, weights = values[known], weights[known]
    if values.size == 0:
        return np.nan
    if np.ptp(values) == 0:
        return float(values[0])
    if np.ptp(weights) < SAME_DEPTH:
        return math.fsum(values) / values.size
    return math.fsum(values * weights) / math.fsum(weights)


def _reject(ledger: Ledger, index: Iterable[int], reason: str) -> None:
    ledger.reject_horizons(ledger.horizons.index.isin(list(index)), reason)
