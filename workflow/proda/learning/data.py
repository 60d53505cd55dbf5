"""What the learners are given: covariates at profiles and on cells, and parameters of sites."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from proda.arrays import FloatArray, Theta
from proda.data.cells import Cells, read_cells
from proda.data.covariates import (
    constant_covariates,
    load_grid_covariates,
    load_site_covariates,
    require_informative,
    require_kind,
    site_table,
)
from proda.data.forcing import load_site_forcing
from proda.data.order import check_profiles
from proda.errors import InputError
from proda.learning.features import checked_values
from proda.model import SoilModel
from proda.model.scaling import check_scaling
from proda.netcdf import open_netcdf
from proda.parameters.site_sets import MEAN, MEAN_SOC, needed_variables, read_targets

if TYPE_CHECKING:  # slow to import: compiled kernels
    from proda.learning.observed import ObservedProfiles

__all__ = ["LearningData", "read_covariates", "read_learning_data"]

log = logging.getLogger(__name__)

FEW_VALUES = 20
"""Whole numbers of no more different values than these may be codes."""


@dataclass(frozen=True, eq=False)
class LearningData:
    """All n accepted profiles and all cells, in the order of their files.

    Attributes
    ----------
    kinds
        Kind of each covariate by name, ``continuous`` or ``class``.
    profile_id
        (n,) identifiers.
    sites, grid
        A row per profile and per cell, a column per covariate; grid is None where covariates are
        known at the profiles only.
    cells
        Cells of the grid; None without covariates there.
    targets
        (n, parameters) theta that is learned (`proda.parameters.site_sets`), NaN where a profile
        was not fitted; without parameters for learners that learn none.
    constant
        Names of the covariates that are excluded, because all profiles have the same value.
    observed
        Observations and forcing of the profiles, for a learner that is trained through the soil
        model; else None.
    """

    kinds: dict[str, str]
    profile_id: npt.NDArray[np.str_]
    sites: pd.DataFrame
    grid: pd.DataFrame | None
    cells: Cells | None
    targets: Theta
    constant: tuple[str, ...] = ()
    observed: "ObservedProfiles | None" = None


def read_covariates(
    kinds: Mapping[str, str],
    site_covariates: str | Path,
    grid_covariates: str | Path | None,
    cells: str | Path,
) -> LearningData:
    """Read and check the covariates, for learners that learn no parameters.

    Parameters
    ----------
    kinds, site_covariates, grid_covariates, cells
        As for `read_learning_data`.

    Returns
    -------
    LearningData
        Without targets, and without the covariates that have one value at all profiles.

    Raises
    ------
    InputError
        As `read_learning_data`.
    """
    reason = "as the table of covariates states"
    site_data = load_site_covariates(site_covariates)
    require_kind(site_covariates, site_data, kinds, reason)
    sites = site_table(site_data)
    _check_covariates(site_covariates, sites, kinds)
    grid = places = None
    if grid_covariates is not None:
        grid_data = load_grid_covariates(grid_covariates)
        require_kind(grid_covariates, grid_data, kinds, reason)
        places = read_cells(cells)
        grid = pd.DataFrame({name: places.from_grid(values) for name, values in grid_data.items()})
        _check_covariates(grid_covariates, grid, kinds)
    _warn_of_codes(sites, kinds)
    sites = sites[list(kinds)]
    require_informative(sites, ["the learners"])
    constant = constant_covariates(sites)
    if constant:
        log.warning("excluded, as they have one value at all profiles: %s", ", ".join(constant))
    varying = {name: kind for name, kind in kinds.items() if name not in constant}
    sites, grid = sites[list(varying)], None if grid is None else grid[list(varying)]
    none = np.empty((len(sites), 0))
    profile_id = np.asarray(sites.index, dtype=str)
    return LearningData(varying, profile_id, sites, grid, places, none, tuple(constant))


def read_learning_data(
    kinds: Mapping[str, str],
    site_covariates: str | Path,
    grid_covariates: str | Path | None,
    cells: str | Path,
    posteriors: str | Path,
    model: SoilModel,
    target: str = MEAN,
    forcing: str | Path | None = None,
) -> LearningData:
    """Read and check what the learners are given.

    Parameters
    ----------
    kinds
        Of `proda.data.covariate_table.covariate_kinds`.
    site_covariates, grid_covariates, cells, posteriors
        Paths of site_covariates.nc, grid_covariates.nc, cells.nc and site_posteriors.nc;
        grid_covariates is None where covariates are known at the profiles only.
    model
        Model whose parameters are learned.
    target
        What of each site's posterior is learned, one of `proda.parameters.site_sets.TARGETS`.
    forcing
        Path of site_forcing.nc, for targets that need it.

    Returns
    -------
    LearningData
        Without the covariates that have one value at all profiles.

    Raises
    ------
    InputError
        Where the files differ in covariates, kinds, profiles or parameters, for a covariate
        without any value, if none varies between the profiles, and for an unknown target.
    """
    data = read_covariates(kinds, site_covariates, grid_covariates, cells)
    needed = ("profile_id", "parameter", *needed_variables(target))
    with open_netcdf(posteriors, "site posteriors", needed) as file:
        parameters = [str(name) for name in file["parameter"][:]]
        if parameters != list(model.parameters.names):
            expected = f"the parameters of {model.structure.name}"
            raise InputError(f"{posteriors}, parameter", expected, ", ".join(parameters))
        check_scaling(posteriors, file, model)
        profile_id = np.asarray(file["profile_id"][:], dtype=str)
        columns = None
        if target == MEAN_SOC and forcing is not None:
            with open_netcdf(forcing, "forcing", ("profile_id",)) as forced:
                ids = np.asarray(forced["profile_id"][:], dtype=str)
            check_profiles(forcing, ids, profile_id, posteriors)
            columns = partial(_columns, forcing, model)
        targets = read_targets(file, target, model, columns)
    check_profiles(site_covariates, data.profile_id, profile_id, posteriors)
    return replace(data, targets=targets)


def _columns(forcing: str | Path, model: SoilModel, first: int, count: int) -> FloatArray:
    """Prepared forcing of some profiles."""
    return model.columns(load_site_forcing(forcing, first, count)[1])


def _check_covariates(path: str | Path, table: pd.DataFrame, kinds: Mapping[str, str]) -> None:
    """Require the covariates of ``kinds``, no others, with usable values."""
    hint = "sites, grid and table must have the same covariates"
    for name in kinds:
        if name not in table:
            raise InputError(path, f"covariate {name}", "none of that name", hint)
    for name in table:
        if name not in kinds:
            raise InputError(path, "only covariates of the table", str(name), hint)
    for name, kind in kinds.items():
        try:
            values = checked_values(table[name], name, kind)
        except InputError as error:
            where = f"{path}, {error.where}"
            raise InputError(where, error.expected, error.found, error.hint) from None
        if np.isnan(values).all():
            where = f"{path}, covariate {name}"
            hint = "correct it, or omit it from covariates.names"
            raise InputError(where, "a value", f"none in {len(values)} rows", hint)


def _warn_of_codes(sites: pd.DataFrame, kinds: Mapping[str, str]) -> None:
    """Warn of numbers that may be codes; counts look the same, so it is no error."""
    for name, kind in kinds.items():
        known = sites[name].dropna()
        values = np.unique(known)
        few = len(values) <= FEW_VALUES and len(known) > 5 * FEW_VALUES
        if kind == "continuous" and few and (values == np.round(values)).all():
            message = "covariate %s has only %d whole numbers: if they are codes, it is a class"
            log.warning(message, name, len(values))
