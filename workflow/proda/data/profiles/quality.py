"""Which horizons and profiles cannot be used, and why; the order is that of ledger.REASONS."""

import numpy as np
import pandas as pd

from proda.errors import InputError

__all__ = ["locate", "reject_duplicate_profiles", "reject_unusable_horizons"]

ORGANIC_CARBON = (0.0, 580.0)  # g kg-1; organic matter is 1.724 times as much
BULK_DENSITY = (0.05, 2.65)  # kg dm-3; from peat to solid quartz
COARSE_FRAGMENTS = (0.0, 100.0)  # volume %
DEEPEST = 30.0  # m
# Middle depths closer than 0.1 mm are the same node, coordinates closer than 1 m the same place.
_DEPTH_DECIMALS, _DEGREE_DECIMALS = 4, 5
# A few impossible coordinates are errors of their rows; this share is an error of the columns.
_MANY = 0.1


def locate(profiles, region, where):
    """Validity and membership of coordinates.

    profiles: table with ``longitude`` and ``latitude`` in degrees. region: None (everywhere), or a
    callable (longitudes, latitudes) -> boolean. where: the source's name for messages.
    Returns (valid, inside), boolean Series. Raises InputError when coordinates look swapped or
    longitudes run from 0 to 360.
    """
    longitude, latitude = profiles["longitude"], profiles["latitude"]
    known = longitude.notna() & latitude.notna()
    swapped = "are longitude and latitude swapped?"
    _refuse_if_many(
        where, known & (latitude.abs() > 90), known, "latitudes in [-90, 90]", latitude, swapped
    )
    eastward = known & longitude.between(180, 360, inclusive="right")
    _refuse_if_many(
        where,
        eastward,
        known,
        "longitudes in [-180, 180]",
        longitude,
        "subtract 360 from those above 180",
    )

    # 0, 0 is what software writes for an unknown place; no soil is there.
    valid = known & (latitude.abs() <= 90) & (longitude.abs() <= 180)
    valid &= (longitude != 0) | (latitude != 0)
    inside = valid.copy()
    if region is not None:
        inside[valid] = region(longitude[valid].to_numpy(), latitude[valid].to_numpy())
        if valid.any() and not inside.any():
            turned = region(latitude[valid].to_numpy(), longitude[valid].to_numpy())
            if np.mean(turned) > 0.5:
                found = f"none inside, but {np.sum(turned)} of {len(turned)} if swapped"
                raise InputError(where, "profiles inside the region", found, swapped)
    return valid, inside


def reject_unusable_horizons(ledger, organic_horizons, model_bottom):
    """Book in ``ledger`` the horizons that cannot become an observation.

    organic_horizons: "reject" or "keep" those flagged as organic or litter. model_bottom: m, or
    None. The horizons have the columns that `density.add_soc_density` returns and ``node_depth``.
    """
    h = ledger.horizons
    upper, lower = h["upper_depth"], h["lower_depth"]
    # Old surveys count organic layers upward from the mineral surface: 5-0 cm, or -5-0 cm.
    above_zero = (upper < 0) | ((upper > 0) & (lower == 0))
    if organic_horizons == "reject":
        ledger.reject_horizons(h["organic"] | above_zero, "organic_or_litter")
    ledger.reject_horizons(h["unreadable"] != "", "unreadable_value")
    ledger.reject_horizons(h["organic_carbon"].isna(), "no_carbon_value")
    good_depths = (upper >= 0) & (lower > upper) & (lower <= DEEPEST)
    ledger.reject_horizons(~good_depths, "invalid_depths")
    no_density = h["bulk_density_source"].isna() & (h["organic_carbon"] > 0)
    ledger.reject_horizons(no_density, "no_bulk_density")

    measured = h["measured_bulk_density"]
    plausible = h["organic_carbon"].between(*ORGANIC_CARBON)
    plausible &= h["coarse_fragments"].between(*COARSE_FRAGMENTS)
    plausible &= measured.isna() | measured.between(*BULK_DENSITY)
    # Without carbon there is no pedotransfer and nothing to judge.
    nothing_to_judge = (h["organic_carbon"] == 0) & measured.isna()
    plausible &= h["bulk_density"].between(*BULK_DENSITY) | nothing_to_judge
    ledger.reject_horizons(~plausible, "implausible_value")
    ledger.reject_horizons((h["organic_carbon"] == 0) | (h["soc_density"] == 0), "zero_carbon")
    if model_bottom is not None:
        ledger.reject_horizons(h["node_depth"] > model_bottom, "below_model_bottom")
    ledger.reject_horizons(
        _duplicate_horizons(ledger.accepted_horizons(), h.index), "duplicate_horizon"
    )


def reject_duplicate_profiles(ledger):
    """Book profiles at the place and with the depths and organic carbon of an earlier one.

    Databases merged from several sources hold pits twice; bulk density is not compared because
    one of the sources often lacks it.
    """
    horizons = ledger.accepted_horizons()
    measured = horizons[["upper_depth", "lower_depth", "organic_carbon"]].round(6)
    # The sum of row hashes stands for the set of rows, whatever their order.
    rows = pd.util.hash_pandas_object(measured, index=False)
    signature = rows.groupby(horizons["profile_id"], observed=True).sum()
    place = ledger.accepted_profiles()[["longitude", "latitude"]].round(_DEGREE_DECIMALS)
    keys = place.assign(signature=signature.reindex(place.index), n=_sizes(horizons, place.index))
    ledger.reject_profiles(keys.index[keys.duplicated()], "duplicate_profile")


def _sizes(horizons, ids):
    return horizons["profile_id"].value_counts().reindex(ids)


def _duplicate_horizons(accepted, index):
    """Which rows share the middle depth of another one that is kept.

    Kept is, in this order: a measured bulk density before an estimated one, measured coarse
    fragments before assumed ones, the thinner horizon, the smaller carbon; so the choice does not
    depend on the order of the file.
    """
    keys = pd.DataFrame(
        {
            "profile": accepted["profile_id"].cat.codes,
            "node": accepted["node_depth"].round(_DEPTH_DECIMALS),
            "estimated": accepted["measured_bulk_density"].isna(),
            "assumed": accepted["coarse_fragments_source"] == "assumed_0",
            "thickness": accepted["lower_depth"] - accepted["upper_depth"],
            "soc": accepted["soc_density"],
            "carbon": accepted["organic_carbon"],
        }
    ).sort_values(["profile", "node", "estimated", "assumed", "thickness", "soc", "carbon"])
    twice = keys.duplicated(["profile", "node"])
    return twice.reindex(index, fill_value=False).to_numpy()


def _refuse_if_many(where, bad, known, expected, values, hint):
    if known.any() and bad.sum() > _MANY * known.sum():
        first = bad.index[bad][0]
        found = f"{bad.sum()} of {known.sum()} profiles beyond, e.g. {values[first]:g} at {first!r}"
        raise InputError(where, expected, found, hint)
