"""Horizons that cannot be used, and why; the order is that of ledger.REASONS."""

import numpy as np
import pandas as pd

from proda.data.profiles.ledger import Ledger
from proda.quantities import QUANTITIES

__all__ = [
    "BELOW_DETECTION",
    "ORGANIC_MATERIAL",
    "mark_censored",
    "reject_implausible",
    "reject_unusable_horizons",
]

# What becomes of a horizon with less organic carbon than can be detected.
BELOW_DETECTION = ("reject", "censor")

# g kg-1: minimum organic carbon of organic material in the Canadian system (17 %); Soil Taxonomy
# has 12 to 18 % by clay content, WRB 20 %.
ORGANIC_MATERIAL = 170.0
# g kg-1. Laboratories report to 0.1 or 0.01 g kg-1; a smaller value other than 0 is the rounding of
# a difference, as of total and inorganic carbon (1e-15 in published tables), or of a change of
# units, whatever the detection limit.
ROUNDING = 1e-4
# How far below 0 the difference of total and inorganic carbon may come, in detection limits.
_NOISE = 10.0
# kg dm-3; the lightest soil. With carbon at the detection limit it has the minimum SOC density.
_LIGHTEST = QUANTITIES["bulk_density"].lower


def mark_censored(measured: pd.DataFrame, limit: float | None) -> pd.DataFrame:
    """Give horizons below the detection limit this limit as their organic carbon, and mark them.

    Parameters
    ----------
    measured
        Horizons with ``organic_carbon``, g kg-1; 0 means that none was detected.
    limit
        Detection limit, g kg-1, or None to mark none.

    Returns
    -------
    pandas.DataFrame
        A copy with the column ``censored``.
    """
    carbon = measured["organic_carbon"]
    if limit is None:
        return measured.assign(censored=False)
    censored = (carbon < limit) & (carbon > -_NOISE * limit)
    return measured.assign(organic_carbon=carbon.mask(censored, limit), censored=censored)


def reject_unusable_horizons(
    ledger: Ledger,
    organic_horizons: str,
    detection_limit: float | None,
    model_bottom: float | None,
) -> None:
    """Record the horizons that cannot become an observation.

    Parameters
    ----------
    ledger
        Its horizons have the columns that `density.add_soc_density` returns, ``missing_code`` and
        ``node_depth``.
    organic_horizons
        "reject" or "keep" those flagged as organic or litter.
    detection_limit
        Of organic carbon, g kg-1, or None.
    model_bottom
        m, or None.
    """
    h = ledger.horizons
    carbon = h["organic_carbon"]
    upper, lower = h["upper_depth"], h["lower_depth"]
    if organic_horizons == "reject":
        # Old surveys count organic layers upward from the mineral surface: 5-0 cm, or -5-0 cm.
        above_zero = ((upper < 0) & (lower <= 0)) | ((upper > 0) & (lower == 0))
        ledger.reject_horizons(h["organic"] | above_zero, "organic_or_litter")
    ledger.reject_horizons(h["unreadable"] != "", "unreadable_value")
    for kind in ("depth", "carbon", "density", "fragments"):
        ledger.reject_horizons(h["missing_code"] == kind, f"missing_code_{kind}")
    ledger.reject_horizons(carbon.isna(), "no_carbon_value")
    ledger.reject_horizons(np.isposinf(lower), "open_depth")
    deepest = QUANTITIES["depth"].upper
    good_depths = (upper >= 0) & (lower > upper) & (lower <= deepest)
    ledger.reject_horizons(~good_depths, "invalid_depths")
    no_density = h["bulk_density_source"].isna() & (carbon > 0)
    ledger.reject_horizons(no_density, "no_bulk_density")

    ledger.reject_horizons((carbon != 0) & (carbon.abs() < ROUNDING), "rounding_residue")
    if detection_limit is not None:
        noise = (carbon != 0) & (carbon < detection_limit) & (carbon > -_NOISE * detection_limit)
        ledger.reject_horizons(noise, "below_detection")
    reject_implausible(ledger)
    ledger.reject_horizons((carbon == 0) | (h["soc_density"] == 0), "zero_carbon")
    # Rounding leaves a trace of fine earth between fragments that fill the horizon.
    density = h["soc_density"] / (1000 * _LIGHTEST)
    ledger.reject_horizons(density < ROUNDING, "rounding_residue")
    if detection_limit is not None:
        ledger.reject_horizons(density < detection_limit, "below_detection")
    if model_bottom is not None:
        ledger.reject_horizons(h["node_depth"] > model_bottom, "below_model_bottom")


def reject_implausible(ledger: Ledger) -> None:
    """Record the accepted horizons of which a value lies outside the range of its quantity."""
    h = ledger.horizons
    plausible = QUANTITIES["organic_carbon"].plausible(h["organic_carbon"])
    plausible &= QUANTITIES["coarse_fragments"].plausible(h["coarse_fragments"])
    density, measured = QUANTITIES["bulk_density"], h["measured_bulk_density"]
    plausible &= measured.isna() | density.plausible(measured)
    # Without carbon there is no pedotransfer estimate to judge.
    nothing_to_judge = (h["organic_carbon"] == 0) & measured.isna()
    plausible &= density.plausible(h["bulk_density"]) | nothing_to_judge
    plausible &= QUANTITIES["soc_density"].plausible(h["soc_density"]) | nothing_to_judge
    ledger.reject_horizons(~plausible, "implausible_value")
