"""Posterior predictive checks: how often predictive intervals hold the observations.

The predictive distribution of a horizon is that of the modelled SOC of every draw and the error of
an observation about it (`proda.inference.error_distribution`). The probability integral transform
(PIT) of an observation is its value of the predictive distribution function, the mean over draws:

    u = mean_d F(o; m_d)

uniform between 0 and 1 if the predictive distributions are right. A central interval of probability
p holds the observation where |u - 1/2| <= p/2, so that coverage needs no quantiles. Of a censored
observation u is uniform between 0 and the value at its limit, drawn at random (Czado et al. 2009).

Observations that a posterior was fitted to are predicted with their own help: of a site's own
posterior, coverage is above nominal even where everything is right.

Sets of sites: `training`, profiles that the method was fitted to; `held_out`, those of the random
split that learners were not; `cross_validation`, each profile predicted
by the fold that held it out.

References
----------
Dawid (1984), Journal of the Royal Statistical Society A 147, 278-292 (PIT). Czado, Gneiting and
Held (2009), Biometrics 65, 1254-1261 (discrete observations).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from proda.arrays import FloatArray, Horizons
from proda.errors import InputError
from proda.inference.error_distribution import ErrorDistribution
from proda.inference.observations_file import FIELDS
from proda.model import SoilModel
from proda.netcdf import open_netcdf
from proda.parameters.methods import is_blocked, method_of
from proda.projection.drawn import soc_at_sites
from proda.projection.inputs import load_sites
from proda.streams import named_stream

__all__ = [
    "CROSS_VALIDATION",
    "DEPTHS",
    "HELD_OUT",
    "MAIN",
    "PROBABILITIES",
    "check_coverage",
    "pit_table",
    "pit_values",
]

PROBABILITIES = (0.5, 0.9)
MAIN = max(PROBABILITIES)
"""That of the intervals by which predictions are recalibrated."""
HELD_OUT, CROSS_VALIDATION = "held_out", "cross_validation"
# Depth classes by the middle of the horizon: label, top and bottom in m.
DEPTHS = {
    "all": (0.0, np.inf),
    "0-30 cm": (0.0, 0.3),
    "30-100 cm": (0.3, 1.0),
    "below 100 cm": (1.0, np.inf),
}
STREAM = "predictive check"
SMALLEST = 1e-100  # gC m-3, of modelled SOC
# Estimated relative error of every draw, in files of assimilated parameters.
RELATIVE_ERROR = "relative_error"


def pit_values(
    model: SoilModel,
    method: str,
    draws_path: str | Path,
    observations_path: str | Path,
    forcing_path: str | Path,
    likelihood: Mapping[str, Any],
    seed: int,
) -> Horizons:
    """PIT of all horizons under the draws of a method, NaN where it has no SOC.

    Parameters
    ----------
    model
        The soil carbon model.
    method
        Name of the method or its blocked variant.
    draws_path
        Its draws. Where the file holds the relative error of each draw, that is used.
    observations_path, forcing_path
        Observations and forcing of the profiles.
    likelihood
        Error model and relative error, keys of the section ``assimilation.likelihood``.
    seed
        Of the run; censored observations need random numbers.

    Raises
    ------
    InputError
        For files of other profiles or another structure.
    """
    sites = load_sites(observations_path, forcing_path)
    uniform = named_stream(seed, STREAM, 0).random(len(sites.depth))
    pit = np.full(len(sites.depth), np.nan)
    relative = _relative_errors(draws_path, likelihood["relative_error"])
    with open_netcdf(observations_path, "observations", FIELDS) as file:
        # As a whole: reading profile by profile takes longer than the model.
        value, absolute, weight, censored = (
            np.ma.filled(file[name][:], np.nan)
            for name in ("value", "absolute", "weight", "censored")
        )
    with soc_at_sites(model, method, draws_path, sites, observations_path) as drawn:
        ends = np.cumsum(sites.row_size)
        for i, (_, soc) in enumerate(drawn.source):
            rows = slice(ends[i] - sites.row_size[i], ends[i])
            if soc is None or not sites.row_size[i] or not np.isfinite(soc).all():
                continue
            errors = ErrorDistribution(
                likelihood["error_model"],
                relative[i % len(relative)][:, None],
                absolute[rows],
                weight[rows],
            )
            # Where the model has no carbon, every observation is above it.
            modelled = np.maximum((soc[:, None] * sites.operator[rows]).sum(axis=-1), SMALLEST)
            below = np.clip(errors.cdf(value[rows], modelled), 0.0, 1.0).mean(axis=0)
            pit[rows] = np.where(censored[rows] > 0, uniform[rows] * below, below)
    return pit


def _relative_errors(path: str | Path, fixed: float) -> FloatArray:
    """Relative error by profile and draw, (profiles or 1, draws or 1)."""
    with open_netcdf(path, "parameter draws") as file:
        if RELATIVE_ERROR not in file.variables:
            return np.array([[fixed]])
        variable = file[RELATIVE_ERROR]
        values = np.ma.filled(variable[:].astype(np.float64), np.nan)
        if variable.dimensions not in (("draw",), ("profile", "draw")):
            expected = "axes draw, or profile and draw"
            raise InputError(f"{path}, {RELATIVE_ERROR}", expected, str(variable.dimensions))
        return np.atleast_2d(np.where(np.isnan(values), fixed, values))


def pit_table(
    pairs: pd.DataFrame, profiles: pd.DataFrame, pit: Mapping[str, Horizons]
) -> pd.DataFrame:
    """PIT of all methods in one table, a row per method and horizon of a used profile.

    Parameters
    ----------
    pairs
        Horizons of `proda.evaluation.pairs.Pairs`: profile and depth_m.
    profiles
        Profiles of the same: used and role.
    pit
        PIT (horizons,) by method or blocked variant.

    Returns
    -------
    DataFrame
        profile, depth_m, sites, method, pit; without horizons that have none.

    Raises
    ------
    InputError
        For another number of horizons.
    """
    used = profiles["used"].to_numpy(dtype=bool)[pairs["profile"]]
    test = (profiles["role"] == "test").to_numpy()[pairs["profile"]]
    parts = []
    for name, values in pit.items():
        if len(values) != len(pairs):
            raise InputError(f"PIT of {name}", f"{len(pairs)} horizons", str(len(values)))
        method = method_of(name)
        learner = method.has_blocks
        sites: Any = np.where(test & learner, HELD_OUT, "training")
        if is_blocked(name):
            sites = CROSS_VALIDATION
        part = pairs[["profile", "depth_m"]].assign(sites=sites, method=method.name, pit=values)
        parts.append(part[used & np.isfinite(values)])
    return pd.concat(parts, ignore_index=True)


def check_coverage(table: pd.DataFrame) -> pd.DataFrame:
    """Coverage of central predictive intervals by method, set of sites and depth.

    Parameters
    ----------
    table
        Of ``pit_table``, or that of `proda.evaluation.recalibration.recalibrate`.

    Returns
    -------
    DataFrame
        method, sites, depth, profiles, horizons, coverage_50 and coverage_90 with their standard
        errors, in which a profile counts as one cluster, and pit_mean, below 0.5 where the model is
        too high. If recalibrated, factor (the mean over the horizons), and the coverage with it:
        recalibrated_50 and recalibrated_90, with standard errors.
    """
    rows = []
    for (method, sites), group in table.groupby(["method", "sites"], sort=False):
        for label, (top, bottom) in DEPTHS.items():
            part = group[(group["depth_m"] >= top) & (group["depth_m"] < bottom)]
            row = {
                "method": method,
                "sites": sites,
                "depth": label,
                "profiles": part["profile"].nunique(),
                "horizons": len(part),
            }
            row |= _coverage(part, "pit", "coverage") | {"pit_mean": part["pit"].mean()}
            if "factor" in part:
                known = part[np.isfinite(part["pit_recalibrated"])]
                row["factor"] = known["factor"].mean()
                row |= _coverage(known, "pit_recalibrated", "recalibrated")
            rows.append(row)
    return pd.DataFrame(rows)


def _coverage(part: pd.DataFrame, column: str, name: str) -> dict[str, float]:
    """Fraction of the horizons within each central interval, and its standard error."""
    found = {}
    for probability in PROBABILITIES:
        inside = (part[column] - 0.5).abs() <= 0.5 * probability
        key = f"{name}_{100 * probability:.0f}"
        found[key], found[f"{key}_se"] = _clustered_mean(inside, part["profile"])
    return found


def _clustered_mean(values: "pd.Series[bool]", cluster: "pd.Series[int]") -> tuple[float, float]:
    """Mean and its standard error where the values of a cluster are not independent."""
    if not len(values):
        return np.nan, np.nan
    mean = float(values.mean())
    sums = (values - mean).groupby(cluster).sum()
    n = len(sums)
    if n < 2:
        return mean, np.nan
    return mean, float(np.sqrt((sums**2).sum() * n / (n - 1)) / len(values))
