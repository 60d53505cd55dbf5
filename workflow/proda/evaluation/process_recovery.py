"""Recovery of the true bulk processes of a synthetic world: maps, and posteriors of the sites.

Maps are compared with the truth without the variation from site to site, cell by cell with the
area of land as weight; posterior means of the sites with the truth of the site, with equal weights.
With true values t, recovered ones m and weights w that sum to 1:

    bias     sum w (m - t)                      rmse   sqrt(sum w (m - t)^2)
    r        weighted Pearson correlation       slope  of the weighted regression of m on t

A slope of 1 means that a method has the whole contrast of the truth, of 0 that it has none. All
methods are compared in the cells that all of them have.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from proda.arrays import FloatArray
from proda.data.cells import Cells
from proda.data.order import check_profiles
from proda.errors import InputError
from proda.model.mechanisms import MAPPED_VALUES
from proda.model.processes import RESULTING, process_of
from proda.netcdf import load_netcdf

__all__ = ["COMPARED", "process_recovery", "weighted_scores"]

COMPARED = (*MAPPED_VALUES, *RESULTING)
GRID, SITES = "grid", "all"  # as in the recovery of parameters
# Of the mean square: what rounding may leave of the variance of a constant.
NO_VARIANCE = 1e-12


def weighted_scores(true: FloatArray, found: FloatArray, weight: FloatArray) -> dict[str, float]:
    """Scores of recovered against true values.

    Parameters
    ----------
    true, found
        (n,) finite.
    weight
        (n,) positive.

    Returns
    -------
    dict
        r, slope, bias, rmse, true_mean, mean, true_sd and sd; r and slope are NaN where a side has
        no variance.
    """
    names = ("r", "slope", "bias", "rmse", "true_mean", "mean", "true_sd", "sd")
    if not true.size:
        return dict.fromkeys(names, np.nan)
    w = weight / weight.sum()
    t, m = float(w @ true), float(w @ found)
    var_t, var_m = float(w @ (true - t) ** 2), float(w @ (found - m) ** 2)
    covariance = float(w @ ((true - t) * (found - m)))
    varies = var_t > NO_VARIANCE * float(w @ true**2)
    both = varies and var_m > NO_VARIANCE * float(w @ found**2)
    return {
        "r": covariance / np.sqrt(var_t * var_m) if both else np.nan,
        "slope": covariance / var_t if varies else np.nan,
        "bias": m - t,
        "rmse": float(np.sqrt(w @ (found - true) ** 2)),
        "true_mean": t,
        "mean": m,
        "true_sd": float(np.sqrt(var_t)),
        "sd": float(np.sqrt(var_m)),
    }


def process_recovery(
    maps: Mapping[str, xr.Dataset],
    sites: xr.Dataset,
    site_method: str,
    truth_grid: str | Path,
    truth_sites: str | Path,
    cells: Cells,
) -> pd.DataFrame:
    """Recovered against true processes, by place, method and process.

    Parameters
    ----------
    maps
        {method: its maps of processes}.
    sites
        Processes of the posteriors of the sites.
    site_method
        Name of the method of these posteriors.
    truth_grid, truth_sites
        Files of the synthetic world.
    cells
        Of the region.

    Returns
    -------
    pandas.DataFrame
        where (grid or all, of the sites), method, process, units, n and the scores of
        ``weighted_scores``.

    Raises
    ------
    InputError
        For a truth without processes and of other profiles.
    """
    rows = []
    with load_netcdf(truth_grid, "true processes of a twin", COMPARED) as truth:
        true = {name: cells.from_grid(truth[name]) for name in COMPARED}
    found = {
        method: {name: cells.from_grid(one[f"{name}_mean"]) for name in COMPARED}
        for method, one in maps.items()
    }
    rows += _compare(GRID, found, true, cells.land_area_m2)
    with load_netcdf(truth_sites, "true processes of a twin", COMPARED) as truth:
        known = pd.Index([str(name) for name in truth["profile_id"].values])
        ids = [str(name) for name in sites["profile_id"].values]
        place = known.get_indexer(ids)
        for i in np.flatnonzero(place < 0)[:1]:
            raise InputError(
                f"{truth_sites}, profile_id", "all profiles of the run", f"no {ids[i]}"
            )
        check_profiles(truth_sites, known[place], ids, "the processes of the sites")
        true = {name: truth[name].values[place] for name in COMPARED}
    posterior = {name: sites[f"{name}_mean"].values for name in COMPARED}
    rows += _compare(SITES, {site_method: posterior}, true, np.ones(len(ids)))
    return pd.DataFrame(rows)


def _compare(
    where: str,
    found: Mapping[str, Mapping[str, FloatArray]],
    true: Mapping[str, FloatArray],
    weight: FloatArray,
) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for name in COMPARED:
        values: Sequence[FloatArray] = [true[name], *(of[name] for of in found.values())]
        known = np.logical_and.reduce([np.isfinite(one) for one in values])
        for method, of_method in found.items():
            scores = weighted_scores(true[name][known], of_method[name][known], weight[known])
            about = {"where": where, "method": method, "process": name}
            units = process_of(name).units
            rows.append({**about, "units": units, "n": int(known.sum()), **scores})
    return sorted(rows, key=lambda row: list(found).index(str(row["method"])))
