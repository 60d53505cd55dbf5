"""Recovery of the truth of a synthetic world by each method: parameters, stocks and totals.

The one test that real data cannot offer. Parameters are compared as theta, the mean of a method's
draws with the true value. At the sites the truth includes variation from site to site that no
covariate explains; on the grid it does not. A method with one parameter set for all places has no
correlation with a truth that varies, but an error. All methods of a set are compared at the same
places.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from proda.arrays import FloatArray, Mask, Theta
from proda.data.cells import Cells
from proda.errors import InputError
from proda.evaluation.skill import skill
from proda.evaluation.table_1 import site_sets
from proda.evaluation.table_s3 import map_stocks
from proda.model import SoilModel
from proda.netcdf import load_netcdf
from proda.parameters.methods import blocked_name, is_blocked
from proda.projection.stocks import INTERVALS, KILOGRAM, PETAGRAM

__all__ = ["parameter_recovery", "recovery_summary", "stock_recovery"]

GRID = "grid"
GOOD = 0.5  # correlation from which the summary counts a parameter as recovered


def parameter_recovery(
    model: SoilModel,
    profiles: pd.DataFrame,
    at_sites: Mapping[str, Theta],
    on_grid: Mapping[str, Theta],
    truth_sites: str | Path,
    truth_grid: str | Path,
    cells: Cells,
) -> pd.DataFrame:
    """Recovered against true parameters, by place, method and parameter.

    Parameters
    ----------
    model
        Whose parameters they are.
    profiles
        Table of profiles of Pairs.
    at_sites
        {method or <learner>_blocks: (profiles, parameters)}, NaN where it has none.
    on_grid
        {method: (cells, parameters)}, NaN where it has none.
    truth_sites, truth_grid
        Files of the synthetic world.
    cells
        Of the region.

    Returns
    -------
    pandas.DataFrame
        where (all, training, held_out, cross_validation of the sites, or grid), method, quantity
        (parameter), unit, n places, r, rmse and bias of recovered against true theta, truth_sd (the
        error of the best constant), note.

    Raises
    ------
    InputError
        For a truth of other profiles, parameters or cells.
    """
    names = model.parameters.names
    methods = [name for name in at_sites if not is_blocked(name)]
    rows = []
    with load_netcdf(truth_sites, "the true values of a twin") as truth:
        _check_parameters(truth_sites, truth, names)
        known = pd.Index([str(name) for name in truth["profile_id"].values])
        place = known.get_indexer(profiles["profile_id"])
        for i in np.flatnonzero(place < 0)[:1]:
            found = f"no {profiles['profile_id'].iloc[i]}"
            raise InputError(f"{truth_sites}, profile_id", "all profiles of the run", found)
        theta = truth["theta"].values[place]
    for where, members in site_sets(profiles).items():
        if where == "cross_validation":
            if len(methods) == len(at_sites):
                continue
            compared = {name: at_sites.get(blocked_name(name), at_sites[name]) for name in methods}
        else:
            compared = {name: at_sites[name] for name in methods}
        rows += _compare(where, compared, theta, members, names)
    with load_netcdf(truth_grid, "the true values of a twin") as truth:
        _check_parameters(truth_grid, truth, names)
        theta = np.column_stack([cells.from_grid(one) for one in truth["theta"]])
    rows += _compare(GRID, on_grid, theta, np.ones(len(cells), bool), names)
    return pd.DataFrame(rows)


def stock_recovery(
    projections: Mapping[str, xr.Dataset], truth_grid: str | Path, cells: Cells
) -> pd.DataFrame:
    """Stocks against the true ones by method and depth interval.

    Compared are the cells that the truth and all methods have.

    Parameters
    ----------
    projections
        {method: its projection to the grid}.
    truth_grid
        File of the synthetic world.
    cells
        Of the region.

    Returns
    -------
    pandas.DataFrame
        Columns as those of ``parameter_recovery``, in kg m-2 and with equal weight of the cells,
        and total_pg and true_total_pg of the same cells.
    """
    labels = [interval.label for interval in INTERVALS]
    with load_netcdf(truth_grid, "the true values of a twin") as file:
        top, metre, two = (cells.from_grid(file[f"stock_{cm}cm"]) for cm in (30, 100, 200))
    truth = np.column_stack([top, metre - top, two - metre, metre, two])
    compared = {name: map_stocks(one, cells).T / KILOGRAM for name, one in projections.items()}
    rows = _compare(GRID, compared, truth, np.ones(len(cells), bool), labels, "kg m-2")
    common = _common(compared, truth)
    land = cells.land_area_m2[common] / (PETAGRAM / KILOGRAM)
    for row in rows:
        k = labels.index(str(row["quantity"]))
        row["total_pg"] = float(compared[str(row["method"])][common, k] @ land)
        row["true_total_pg"] = float(truth[common, k] @ land)
    return pd.DataFrame(rows)


def recovery_summary(table: pd.DataFrame) -> pd.DataFrame:
    """Summary of ``parameter_recovery`` over the parameters, by place and method.

    Returns
    -------
    pandas.DataFrame
        where, method, n, parameters, median_r and recovered (parameters with r >= 0.5) over the
        parameters with a correlation, mean_rmse, median_rmse_over_truth_sd (below 1: closer to the
        truth than the best single value for all places), better_than_constant (number of parameters
        for which that holds).
    """
    ratio = table["rmse"] / table["truth_sd"]
    grouped = table.assign(ratio=ratio).groupby(["where", "method"], sort=False)
    return grouped.agg(
        n=("n", "first"),
        parameters=("quantity", "size"),
        median_r=("r", "median"),
        recovered=("r", lambda r: int((r >= GOOD).sum())),
        mean_rmse=("rmse", "mean"),
        median_rmse_over_truth_sd=("ratio", "median"),
        better_than_constant=("ratio", lambda one: int((one < 1.0).sum())),
    ).reset_index()


def _common(compared: Mapping[str, FloatArray], truth: FloatArray) -> Mask:
    """Places (n,) that the truth and all methods have."""
    known: Mask = np.logical_and.reduce(np.isfinite(truth), axis=1)
    for values in compared.values():
        known &= np.isfinite(values).all(axis=1)
    return known


def _compare(
    where: str,
    compared: Mapping[str, FloatArray],
    truth: FloatArray,
    members: Mask,
    quantities: Sequence[str],
    unit: str = "1",
) -> list[dict[str, object]]:
    """Rows of one set of places; arrays (n, quantities)."""
    members = members & _common(compared, truth)
    rows = []
    for method, values in compared.items():
        for k, quantity in enumerate(quantities):
            true = truth[members, k]
            found = skill(true, values[members, k])
            rows.append(
                {
                    "where": where,
                    "method": method,
                    "quantity": quantity,
                    "unit": unit,
                    "n": found.n,
                    "r": found.r,
                    "rmse": found.rmse,
                    "bias": found.bias,
                    "truth_sd": true.std() if found.n > 1 else np.nan,
                    "note": found.reason,
                }
            )
    return rows


def _check_parameters(path: str | Path, truth: xr.Dataset, names: Sequence[str]) -> None:
    found = [str(name) for name in truth["parameter"].values]
    if found != list(names):
        raise InputError(
            f"{path}, parameter", f"{len(names)}: {', '.join(names)}", ", ".join(found)
        )
