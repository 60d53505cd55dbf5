"""Tables of the sensitivity of a method's global stock and turnover to the mechanisms."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from proda.analysis.experiment import FACTORS, Experiment, gradient, proportional_change
from proda.analysis.places import count_reasons, portions
from proda.analysis.sensitivity import WEIGHTINGS, Sensitivity, mean_parameters, sensitivity
from proda.arrays import FloatArray, Mask
from proda.data.order import check_cells
from proda.model import SoilModel
from proda.model.mechanisms import MECHANISMS, mechanism_of_parameters
from proda.model.processes.elasticities import STOCK_DEPTHS
from proda.parameters.draws import open_draws
from proda.projection.forward import STATISTICS, statistics_of_draws
from proda.projection.inputs import load_grid
from proda.projection.process_maps import spread_draws
from proda.projection.soc import DrawnSoc

__all__ = [
    "PosteriorSpread",
    "posterior_spread",
    "run_sensitivity",
    "sensitivity_tables",
    "statistics_row",
]

PERCENT = 0.01


@dataclass(frozen=True)
class PosteriorSpread:
    """Mean over the sites of posterior standard deviations.

    Attributes
    ----------
    log_value
        (mechanisms,) of the logarithms of the values.
    theta
        (parameters,) of the normalised parameters.
    """

    log_value: FloatArray
    theta: FloatArray


def posterior_spread(sites: xr.Dataset, used: Mask) -> PosteriorSpread:
    """Mean spread in the posteriors of the used sites that have values of all mechanisms.

    Parameters
    ----------
    sites
        Values of the mechanisms at the sites.
    used
        (profiles,) used ones.
    """
    known = used & np.isfinite(sites["mean"].values).all(axis=1)
    nothing = np.full(len(MECHANISMS), np.nan), np.full(sites.sizes["parameter"], np.nan)
    if not known.any():
        return PosteriorSpread(*nothing)
    log_sd = sites["log_sd"].values[known]
    finite = np.isfinite(log_sd).all(axis=1)
    return PosteriorSpread(
        log_sd[finite].mean(axis=0) if finite.any() else nothing[0],
        sites["theta_sd"].values[known].mean(axis=0),
    )


def run_sensitivity(
    model: SoilModel,
    draws_path: str | Path,
    cells_path: str | Path,
    forcing_path: str | Path,
    max_draws: int,
) -> tuple[Sensitivity, Experiment]:
    """Exact sensitivities of a method on the grid, and the experiment of the later study.

    Parameters
    ----------
    model
        The soil carbon model.
    draws_path
        Draws of the method.
    cells_path, forcing_path
        Cells and their forcing.
    max_draws
        Largest number of draws that are run; of more, evenly spaced ones are taken.

    Raises
    ------
    InputError
        For draws of another structure or without a map, and for files of different cells.
    """
    grid = load_grid(cells_path, forcing_path)
    area = grid.cells.land_area_m2
    with open_draws(draws_path, model) as draws:
        if draws.centres is not None:
            check_cells(draws_path, draws.centres, grid.cells)
        read, count = spread_draws(draws.on_cells, draws.n_draws, max_draws)
        source = DrawnSoc(model, read, count, grid.forcing, grid.column)
        return (
            sensitivity(model, portions(source), count, area, mean_parameters(source, area)),
            proportional_change(model, portions(source), count, area),
        )


def sensitivity_tables(
    model: SoilModel,
    method: str,
    exact: Sensitivity,
    experiment: Experiment,
    spread: PosteriorSpread,
) -> dict[str, pd.DataFrame]:
    """Tables of a method, by name.

    Parameters
    ----------
    model
        The soil carbon model.
    method
        Name of the method.
    exact, experiment
        Of ``run_sensitivity``.
    spread
        Of the posteriors of the sites.

    Returns
    -------
    dict
        ``stocks``: a row per mechanism and depth with the response of the global stock (Pg) to
        +1 % of the mechanism's value, to the spatial variation of its parameters, to the standard
        deviation of its value over the cells and to its posterior standard deviation at the sites,
        exact, and of the experiment with area-weighted and
        unweighted means. ``turnover``: a row per mechanism and kind of mean. ``parameters``: the
        response to the posterior standard deviation of each parameter. ``curves``: a row per
        mechanism, factor and depth. Quantities of several draws have _p05 and _p95 beside the mean,
        NaN for a single draw.
    """
    return {
        "stocks": pd.DataFrame(_stocks(method, exact, experiment, spread)),
        "turnover": pd.DataFrame(_turnover(method, exact, experiment)),
        "parameters": pd.DataFrame(_parameters(model, method, exact, spread)),
        "curves": pd.DataFrame(_curves(method, experiment)),
    }


def statistics_row(columns: Mapping[str, FloatArray]) -> dict[str, float]:
    """Mean and percentiles over the draws of quantities (draws,)."""
    row = {}
    for name, values in columns.items():
        found = statistics_of_draws(values[:, None], min(len(values), 2))[:, 0]
        for statistic, value in zip(STATISTICS, [*found, np.nan, np.nan], strict=False):
            row[name if statistic == "mean" else f"{name}_{statistic}"] = float(value)
    return row


def _stocks(
    method: str, exact: Sensitivity, experiment: Experiment, spread: PosteriorSpread
) -> list[dict[str, object]]:
    rows = []
    for k, mechanism in enumerate(MECHANISMS):
        for d, depth in enumerate(STOCK_DEPTHS):
            stock, response = exact.stock[:, d], exact.per_log_value[:, d, k]
            sd = exact.log_value_sd[:, k]
            by_experiment = {
                f"experiment_pg_per_percent_{weighting}": gradient(
                    experiment.stock[:, k, :, d], experiment.change[w, :, k]
                )[1]
                for w, weighting in enumerate(WEIGHTINGS)
            }
            rows.append(
                {"method": method, "mechanism": mechanism.name, "depth": depth}
                | {"cells": exact.cells, "cells_without": count_reasons(exact.reasons)}
                | {"cells_without_response": int(exact.without_response[k])}
                | statistics_row({"stock_pg": stock, "pg_per_percent": PERCENT * response})
                | statistics_row({"percent_per_percent": response / stock})
                | statistics_row({"pg_by_spatial_variation": exact.by_variation[:, d, k]})
                | {"spatial_sd_log_value": sd.mean()}
                | statistics_row({"pg_per_spatial_sd": sd * response})
                | {"posterior_sd_log_value": spread.log_value[k]}
                | statistics_row({"pg_per_posterior_sd": spread.log_value[k] * response})
                | {"experiment_cells": experiment.cells}
                | statistics_row(by_experiment)
            )
    return rows


def _turnover(method: str, exact: Sensitivity, experiment: Experiment) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for k, mechanism in enumerate(MECHANISMS):
        for w, weighting in enumerate(WEIGHTINGS):
            response = PERCENT * exact.turnover_per_log_value[w, :, k]
            found = gradient(experiment.turnover[w, :, k], experiment.change[w, :, k])[1]
            place: dict[str, object] = {"method": method, "mechanism": mechanism.name}
            rows.append(
                place
                | {"mean": weighting}
                | statistics_row(
                    {
                        "turnover_time_yr": exact.turnover[w],
                        "yr_per_percent": response,
                        "experiment_yr_per_percent": found,
                    }
                )
            )
    return rows


def _parameters(
    model: SoilModel, method: str, exact: Sensitivity, spread: PosteriorSpread
) -> list[dict[str, object]]:
    groups = mechanism_of_parameters(model.structure)
    rows: list[dict[str, object]] = []
    for i, (name, group) in enumerate(zip(model.parameters.names, groups, strict=True)):
        for d, depth in enumerate(STOCK_DEPTHS):
            place = {"method": method, "parameter": name, "mechanism": group.name, "depth": depth}
            change = {"pg_per_posterior_sd": spread.theta[i] * exact.per_theta[:, d, i]}
            rows.append(place | {"posterior_sd_theta": spread.theta[i]} | statistics_row(change))
    return rows


def _curves(method: str, experiment: Experiment) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for k, mechanism in enumerate(MECHANISMS):
        for f, factor in enumerate(FACTORS):
            by_mean: dict[str, FloatArray] = {}
            for w, weighting in enumerate(WEIGHTINGS):
                change = experiment.change[w, :, k, f]
                by_mean[f"value_change_percent_{weighting}"] = change / PERCENT
                by_mean[f"turnover_time_yr_{weighting}"] = experiment.turnover[w, :, k, f]
            shared = statistics_row(by_mean)
            for d, depth in enumerate(STOCK_DEPTHS):
                stock = {"stock_pg": experiment.stock[:, k, f, d]}
                place = {"method": method, "mechanism": mechanism.name, "factor": factor}
                rows.append(place | {"depth": depth} | statistics_row(stock) | shared)
    return rows
