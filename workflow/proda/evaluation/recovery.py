"""How well each method recovers the truth of a twin world: parameters, stocks and totals.

The one test real data cannot give. Parameters are compared as theta, the mean of a method's draws
against the true value. At the sites the truth includes variation from site to site that no
covariate explains; on the grid it does not. A method with one parameter set for all places has no
correlation with a truth that varies, but an error. All methods of a set are compared at the same
places.
"""

import numpy as np
import pandas as pd

from proda.errors import InputError
from proda.evaluation.skill import skill
from proda.evaluation.table_1 import site_sets
from proda.evaluation.table_s3 import map_stocks
from proda.netcdf import load_netcdf
from proda.parameters.methods import BLOCKED, BLOCKED_NAMES
from proda.projection.stocks import INTERVALS, KILOGRAM, PETAGRAM

__all__ = ["parameter_recovery", "recovery_summary", "stock_recovery"]

GRID = "grid"
GOOD = 0.5  # correlation from which the summary counts a parameter as recovered


def parameter_recovery(model, profiles, at_sites, on_grid, truth_sites, truth_grid, cells):
    """Rows of place, method and parameter as a DataFrame.

    profiles: table of Pairs. at_sites: {method or <learner>_blocks: (profiles, parameters) theta}.
    on_grid: {method: (cells, parameters) theta}. NaN where there is none. truth_sites, truth_grid:
    paths of the files of the twin world. cells: Cells.

    Columns: where (all, training, held_out, spatial_blocks of the sites, or grid), method,
    quantity (parameter), unit, n places, r, rmse and bias of recovered against true theta, truth_sd
    (the error of the best constant), note. Raises InputError for a truth of other profiles,
    parameters or cells.
    """
    names = model.parameters.names
    methods = [name for name in at_sites if name not in BLOCKED]
    rows = []
    with load_netcdf(truth_sites, "the twin's truth") as truth:
        _check_parameters(truth_sites, truth, names)
        known = pd.Index([str(name) for name in truth["profile_id"].values])
        place = known.get_indexer(profiles["profile_id"])
        for i in np.flatnonzero(place < 0)[:1]:
            found = f"no {profiles['profile_id'].iloc[i]}"
            raise InputError(f"{truth_sites}, profile_id", "all profiles of the run", found)
        theta = truth["theta"].values[place]
    for where, members in site_sets(profiles).items():
        if where == "spatial_blocks":
            if len(methods) == len(at_sites):
                continue
            compared = {
                name: at_sites.get(BLOCKED_NAMES.get(name), at_sites[name]) for name in methods
            }
        else:
            compared = {name: at_sites[name] for name in methods}
        rows += _compare(where, compared, theta, members, names)
    with load_netcdf(truth_grid, "the twin's truth") as truth:
        _check_parameters(truth_grid, truth, names)
        theta = np.column_stack([cells.from_grid(one) for one in truth["theta"]])
    rows += _compare(GRID, on_grid, theta, np.ones(len(cells), bool), names)
    return pd.DataFrame(rows)


def stock_recovery(projections, truth_grid, cells):
    """Rows of method and depth interval as a DataFrame, on the cells truth and all methods have.

    projections: {method: Dataset of its projection to the grid}. Columns as parameter_recovery, in
    kg m-2 and with cells counting alike, and total_pg and true_total_pg of the same cells.
    """
    labels = [interval.label for interval in INTERVALS]
    with load_netcdf(truth_grid, "the twin's truth") as file:
        top, metre, two = (cells.from_grid(file[f"stock_{cm}cm"]) for cm in (30, 100, 200))
    truth = np.column_stack([top, metre - top, two - metre, metre, two])
    compared = {name: map_stocks(one, cells).T / KILOGRAM for name, one in projections.items()}
    rows = _compare(GRID, compared, truth, np.ones(len(cells), bool), labels, "kg m-2")
    common = _common(compared, truth)
    land = cells.land_area_m2[common] / (PETAGRAM / KILOGRAM)
    for row in rows:
        k = labels.index(row["quantity"])
        row["total_pg"] = float(compared[row["method"]][common, k] @ land)
        row["true_total_pg"] = float(truth[common, k] @ land)
    return pd.DataFrame(rows)


def recovery_summary(table):
    """One row per place and method of ``parameter_recovery``, as a DataFrame.

    Columns: where, method, n, parameters, median_r and recovered (parameters with r >= 0.5) over
    the parameters with a correlation, mean_rmse, median_rmse_over_truth_sd (below 1: closer to the
    truth than the best single value for all places), nearer_than_constant (such parameters).
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
        nearer_than_constant=("ratio", lambda one: int((one < 1.0).sum())),
    ).reset_index()


def _common(compared, truth):
    known = np.isfinite(truth).all(axis=1)
    for values in compared.values():
        known &= np.isfinite(values).all(axis=1)
    return known


def _compare(where, compared, truth, members, quantities, unit="1"):
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


def _check_parameters(path, truth, names):
    found = [str(name) for name in truth["parameter"].values]
    if found != list(names):
        raise InputError(
            f"{path}, parameter", f"{len(names)}: {', '.join(names)}", ", ".join(found)
        )
