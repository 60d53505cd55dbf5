"""Horizons measured more than once, and profiles that a database holds twice.

Two horizons of a profile with the same middle depth (to 0.1 mm) are one observation, because the
model is read at that depth. By default they are averaged: each measured quantity (organic carbon,
bulk density of each kind, coarse fragments by volume and by mass) over those that have it, weighted
by thickness where that differs, and the SOC density is computed from these means. So a bulk density
that was measured on one replicate serves for all, and a pedotransfer function only where none has
one. The row that stays is the thickest, with its depths; the others are booked as
`averaged_replicate`. Rows with the same depths that agree in every quantity both have were copied,
not measured again: the others are booked as `duplicate_horizon`.
"""

import math

import numpy as np
import pandas as pd

from proda.data.profiles.density import SINGLE_MEASUREMENTS, add_soc_density
from proda.data.profiles.places import positions

__all__ = ["REPLICATES", "merge_replicates", "reject_duplicate_profiles"]

REPLICATES = ("average", "select")
SAME_DEPTH = 1e-4  # m
# Of two databases' numbers for one horizon, which went through single precision or text.
_SAME_CARBON = 1e-5  # relative
_SAME_PLACE = 1.0  # m


def merge_replicates(ledger, measured, replicates, pedotransfer):
    """Make one horizon of the accepted horizons at one depth of a profile.

    measured: the horizons of the ledger before `density.add_soc_density`, in the same order.
    replicates: "average", see the module, or "select": take, in this order, a measured bulk density
    before an estimated one, measured coarse fragments before assumed ones, the thinner horizon, the
    smaller carbon, and book the others as `duplicate_horizon`.
    """
    h = ledger.accepted_horizons()
    group = _groups(h)
    several = group.duplicated(keep=False)
    h, group = h[several.to_numpy()], group[several]
    if replicates == "select":
        order = _by_preference(h, group)
        _book(ledger, order.index[group[order.index].duplicated()], "duplicate_horizon")
        return
    columns = [name for name in ("organic_carbon", *SINGLE_MEASUREMENTS) if name in measured]
    group = group.sort_values(kind="stable")
    index, ends = group.index.to_numpy(), np.flatnonzero(np.diff(group.to_numpy())) + 1
    values = measured.loc[index, columns].to_numpy(dtype=np.float64)
    depths = h.loc[index, ["upper_depth", "lower_depth"]].to_numpy()
    stay, means, others = [], [], {"duplicate_horizon": [], "averaged_replicate": []}
    for rows in np.split(np.arange(len(index)), ends) if len(index) else []:
        thickness = np.diff(depths[rows])[:, 0]
        # The first in the order of the ledger, which is that of depths and values.
        kept = np.argmax(thickness > thickness.max() - SAME_DEPTH)
        agree = _agree(values[rows]) and _agree(depths[rows])
        reason = "duplicate_horizon" if agree else "averaged_replicate"
        others[reason].extend(np.delete(index[rows], kept))
        stay.append(index[rows[kept]])
        means.append([_mean(column, thickness) for column in values[rows].T])
    if stay:
        means = pd.DataFrame(means, stay, columns)
        _put_means(ledger, measured.loc[stay], means, pedotransfer)
    for reason, indices in others.items():
        _book(ledger, indices, reason)


def _put_means(ledger, rows, means, pedotransfer):
    """Put the table of means, and the density computed from them, into the horizons that stay."""
    changed = add_soc_density(rows.assign(**means), pedotransfer)
    for name in changed.columns.difference(["profile_id", "horizon_id"]):
        ledger.horizons.loc[changed.index, name] = changed[name]


def reject_duplicate_profiles(ledger):
    """Book profiles at the place and with the depths and organic carbon of an earlier one.

    Databases merged from several sources hold pits twice; bulk density is not compared because
    one of the sources often lacks it. Numbers are compared by their difference, not as texts.
    """
    horizons = ledger.accepted_horizons()
    profiles = ledger.accepted_profiles()
    sizes = horizons["profile_id"].value_counts().reindex(profiles.index).to_numpy()
    first = np.append(0, np.cumsum(sizes))[:-1]
    # One number per horizon and feature, in units of what is the same; horizons are in order.
    features = np.stack(
        [
            horizons["upper_depth"] / SAME_DEPTH,
            horizons["lower_depth"] / SAME_DEPTH,
            np.log(horizons["organic_carbon"]) / _SAME_CARBON,
        ],
        axis=-1,
    )
    place = positions(profiles["longitude"].to_numpy(), profiles["latitude"].to_numpy())
    twice = np.zeros(len(profiles), dtype=bool)
    for size in np.unique(sizes):
        members = np.flatnonzero(sizes == size)
        rows = first[members, None] + np.arange(size)
        fingerprint = np.hstack(
            [place[members] / _SAME_PLACE, features[rows].reshape(len(members), -1)]
        )
        _mark_twice(twice, members, fingerprint)
    ledger.reject_profiles(profiles.index[twice], "duplicate_profile")


def _mark_twice(twice, members, fingerprint):
    """Mark the later of two ``members`` whose fingerprints differ by less than 1, in order."""
    # Importing scipy.spatial takes longer than the jobs that only read horizons need.
    from scipy.spatial import cKDTree

    near = cKDTree(fingerprint).query_pairs(1.0, p=np.inf, output_type="ndarray")
    near = near[np.lexsort((near[:, 0], near[:, 1]))]
    for earlier, later in near:
        apart = np.linalg.norm(fingerprint[earlier, :3] - fingerprint[later, :3])
        if apart < 1.0 and not twice[members[earlier]]:
            twice[members[later]] = True


def _groups(h):
    """Number of the group of horizons at one depth of a profile, a Series like ``h``.

    A horizon belongs to the group of the next shallower one if it is less than 0.1 mm below it.
    """
    ordered = h.sort_values(["profile_id", "node_depth"], kind="stable")
    same = ordered["profile_id"] == ordered["profile_id"].shift()
    same &= ordered["node_depth"].diff() < SAME_DEPTH
    return (~same).cumsum()[h.index]


def _by_preference(h, group):
    """Rows in the order of "select"."""
    keys = h.assign(
        group=group,
        estimated=h["measured_bulk_density"].isna(),
        assumed=h["coarse_fragments_source"] == "assumed_0",
        thickness=h["lower_depth"] - h["upper_depth"],
    )
    order = ["group", "estimated", "assumed", "thickness", "soc_density", "organic_carbon"]
    return keys.sort_values(order, kind="stable")


def _agree(rows):
    """Whether all rows have the same numbers in the columns in which they have any."""
    return bool((np.fmax.reduce(rows) == np.fmin.reduce(rows))[~np.isnan(rows).all(axis=0)].all())


def _mean(values, weights):
    """Weighted mean of the values that are there; exact, whatever their order."""
    there = ~np.isnan(values)
    values, weights = values[there], weights[there]
    if values.size == 0:
        return np.nan
    if np.ptp(values) == 0:
        return values[0]
    if np.ptp(weights) < SAME_DEPTH:
        return math.fsum(values) / values.size
    return math.fsum(values * weights) / math.fsum(weights)


def _book(ledger, index, reason):
    ledger.reject_horizons(ledger.horizons.index.isin(index), reason)
