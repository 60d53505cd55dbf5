"""Component control of a learner, from the files of a run to its tables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from proda.analysis.control import (
    FULL,
    POOLED_MEAN,
    Component,
    Constant,
    components_with,
    constant_of_sites,
    mean_climate,
)
from proda.analysis.control_effects import (
    Deviations,
    SiteRuns,
    control_at_sites,
    control_of_stock,
    control_skill,
    depth_thickness,
)
from proda.analysis.places import count_reasons, portions
from proda.analysis.sensitivity_tables import statistics_row
from proda.arrays import Counts, FloatArray, Theta
from proda.data.cells import Cells
from proda.data.order import check_cells, check_profiles
from proda.evaluation.pairs import Pairs
from proda.evaluation.parameter_means import profile_means
from proda.learning.splits import Splits
from proda.model import SoilModel
from proda.model.layout import ENTRIES
from proda.model.processes.elasticities import STOCK_DEPTHS
from proda.parameters.draws import open_draws
from proda.projection.files import read_grid_projection
from proda.projection.inputs import Sites, load_grid
from proda.projection.process_maps import spread_draws
from proda.projection.soc import DrawnSoc
from proda.projection.stocks import PETAGRAM

__all__ = [
    "Homogeneous",
    "given_rows",
    "homogeneous",
    "run_at_sites",
    "run_on_grid",
    "skill_rows",
    "stock_rows",
]

CHUNK = 500  # sites whose prepared columns are in memory at a time


@dataclass(frozen=True)
class Homogeneous:
    """What is held alike.

    Attributes
    ----------
    choices
        Names of the choices of the constant.
    constants
        For each choice that of all used sites.
    by_fold
        For each choice those of every fold, made without the sites that it holds out.
    climate
        Mean climate of the used sites, by month and layer.
    components
        What is held in turn; the first is the full run.
    """

    choices: Sequence[str]
    constants: Sequence[Constant]
    by_fold: Sequence[Sequence[Constant]]
    climate: FloatArray
    components: Sequence[Component]


def homogeneous(
    model: SoilModel,
    sites: Sites,
    splits: Splits,
    posteriors_path: str | Path,
    pooled_path: str | Path | None,
    choices: Sequence[str],
    parameters: Sequence[str] = (),
) -> Homogeneous:
    """The constants of the choices.

    Parameters
    ----------
    model
        The soil carbon model.
    sites, splits
        The profiles and their folds.
    posteriors_path
        Posteriors of the sites.
    pooled_path
        Posterior of all profiles, None if the run has none; that choice is then left out.
    choices
        Of ``proda.config.sections.analysis.CHOICES``.
    parameters
        Names of parameters that are held one at a time, beside the mechanisms.

    Raises
    ------
    InputError
        For files of other profiles or another structure, and as ``constant_of_sites``.
    """
    check_profiles("splits", splits.profile_id, sites.ids, "the observations")
    estimates = profile_means(posteriors_path, model, sites.ids)
    pooled = None
    if pooled_path is not None:
        pooled = profile_means(pooled_path, model, sites.ids)[0]
    choices = [name for name in choices if name != POOLED_MEAN or pooled is not None]
    usable = splits.used & np.isfinite(estimates).all(axis=1)
    everywhere = np.flatnonzero(usable)
    entries = np.zeros((len(sites.ids), model.grid.n_layers))

    def portions_of_columns() -> Iterator[FloatArray]:
        for first in range(0, len(everywhere), CHUNK):
            members = everywhere[first : first + CHUNK]
            columns = model.columns(sites.forcing.take(members))
            entries[members] = columns[:, ENTRIES]
            yield columns

    climate = mean_climate(portions_of_columns())

    def constant(choice: str, members: Counts) -> Constant:
        return constant_of_sites(model, choice, estimates[members], entries[members], pooled)

    folds = range(int(splits.fold.max()) + 1)
    without = [np.flatnonzero(usable & (splits.fold != fold)) for fold in folds]
    return Homogeneous(
        choices,
        [constant(choice, everywhere) for choice in choices],
        [[constant(choice, members) for members in without] for choice in choices],
        climate,
        components_with(parameters),
    )


def run_on_grid(
    model: SoilModel,
    held: Homogeneous,
    draws_path: str | Path,
    cells_path: str | Path,
    forcing_path: str | Path,
    max_draws: int,
) -> Deviations:
    """Stocks of a method with each component held.

    Parameters
    ----------
    model
        The soil carbon model.
    held
        What is held alike.
    draws_path, cells_path, forcing_path, max_draws
        As for ``proda.analysis.sensitivity_tables.run_sensitivity``.
    """
    grid = load_grid(cells_path, forcing_path)
    with open_draws(draws_path, model) as draws:
        if draws.centres is not None:
            check_cells(draws_path, draws.centres, grid.cells)
        read, count = spread_draws(draws.on_cells, draws.n_draws, max_draws)
        places = portions(DrawnSoc(model, read, count, grid.forcing, grid.column))
        area = grid.cells.land_area_m2
        return control_of_stock(
            model, places, count, area, held.constants, held.climate, held.components
        )


def run_at_sites(
    model: SoilModel,
    held: Homogeneous,
    draws_path: str | Path,
    sites: Sites,
    splits: Splits,
    max_draws: int,
) -> SiteRuns:
    """Predictions of a learner's blocked variant at the sites with each component held.

    Parameters
    ----------
    model
        The soil carbon model.
    held
        What is held alike.
    draws_path
        Draws of the learner at each site, predicted without its block.
    sites, splits
        The profiles and their folds.
    max_draws
        Largest number of draws that are run.
    """
    with open_draws(draws_path, model) as draws:
        if draws.profile_ids is not None:
            check_profiles(draws_path, draws.profile_ids, sites.ids, "the observations")
        read, count = spread_draws(draws.at_profiles, draws.n_draws, max_draws)
        places = portions(DrawnSoc(model, read, count, sites.forcing))
        observed = sites.operator, sites.row_size
        return control_at_sites(
            model, places, held.by_fold, splits.fold, held.climate, *observed, held.components
        )


def stock_rows(method: str, held: Homogeneous, found: Deviations) -> pd.DataFrame:
    """Table of the stocks of a method with each component held.

    Returns
    -------
    pandas.DataFrame
        A row per choice of the constant, component and depth: method, constant, component, depth,
        cells, cells_without (reasons), stock_pg, deviation_pg (sum over the cells),
        absolute_deviation_pg (of absolute values) and the latter in % of the full run's stock, with
        _p05 and _p95 over the draws.
    """
    rows = []
    for c, choice in enumerate(held.choices):
        for k, component in enumerate(held.components):
            for d, depth in enumerate(STOCK_DEPTHS):
                absolute = found.absolute[:, c, k, d]
                rows.append(
                    {"method": method, "constant": choice, "component": component.name}
                    | {"depth": depth, "cells": found.cells}
                    | {"cells_without": count_reasons(found.reasons)}
                    | statistics_row(
                        {
                            "stock_pg": found.stock[:, c, k, d],
                            "deviation_pg": found.deviation[:, c, k, d],
                            "absolute_deviation_pg": absolute,
                            "absolute_deviation_percent": 100.0
                            * absolute
                            / found.stock[:, c, 0, d],
                        }
                    )
                )
    return pd.DataFrame(rows)


def skill_rows(
    method: str,
    held: Homogeneous,
    runs: SiteRuns,
    given: Mapping[str, str],
    pairs: Pairs,
    splits: Splits,
    seed: int,
    resamples: int,
) -> pd.DataFrame:
    """Table of the skill of a method at held-out sites with each component held.

    Parameters
    ----------
    method
        Name of the learner.
    held
        What is held alike.
    runs
        Of ``run_at_sites``.
    given
        {component: column of the pairs} of runs that are compared without being held, such as the
        default run.
    pairs
        Observed SOC, and that of the given runs.
    splits
        Spatial blocks of the profiles.
    seed, resamples
        Of the bootstrap of blocks.

    Returns
    -------
    pandas.DataFrame
        As ``proda.analysis.control_effects.control_skill``, after method.

    Raises
    ------
    InputError
        For pairs of other profiles than the splits'.
    """
    check_profiles("pairs", pairs.profiles["profile_id"], splits.profile_id, "the splits")
    horizons = pairs.horizons
    columns = {("", FULL.name): runs.modelled[0, 0]}
    for c, choice in enumerate(held.choices):
        for k, component in enumerate(held.components):
            if component is not FULL:
                columns[choice, component.name] = runs.modelled[c, k]
    for name, column in given.items():
        columns["", name] = horizons[column].to_numpy()
    table = control_skill(
        columns,
        horizons["observed"].to_numpy(),
        horizons["depth_m"].to_numpy(),
        horizons["thickness_m"].to_numpy(),
        horizons["profile"].to_numpy(),
        splits.block,
        pairs.profiles["used"].to_numpy(),
        seed,
        resamples,
    )
    table.insert(0, "method", method)
    return table


def given_rows(
    model: SoilModel, method: str, name: str, path: str | Path, full: Deviations, cells: Cells
) -> pd.DataFrame:
    """Rows of a run that is given on the grid, such as the default run, against a full run.

    Stocks are those of the cells that it has; the full run may have others.

    Parameters
    ----------
    model
        The soil carbon model.
    method
        Whose full run it is compared with.
    name
        Of the component.
    path
        Its projection to the grid.
    full
        Of ``run_on_grid``.
    cells
        Of the region.
    """
    dataset = read_grid_projection(path)
    soc: Theta = np.stack([cells.from_grid(layer) for layer in dataset["soc_mean"]])
    by_depth = depth_thickness(model) @ np.nan_to_num(soc)
    stock = (by_depth * cells.land_area_m2).sum(axis=1) / PETAGRAM
    counted = int(np.isfinite(soc).all(axis=0).sum())
    rows = []
    for d, depth in enumerate(STOCK_DEPTHS):
        deviation = stock[d] - full.stock[:, 0, 0, d]
        rows.append(
            {"method": method, "constant": "", "component": name, "depth": depth}
            | {"cells": counted, "cells_without": ""}
            | statistics_row({"stock_pg": np.full(1, stock[d]), "deviation_pg": deviation})
        )
    return pd.DataFrame(rows)
