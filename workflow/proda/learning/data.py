"""What the learners are given: covariates at profiles and on cells, and posterior means."""

import logging
from dataclasses import dataclass

import numpy as np
import pandas as pd

from proda.data.cells import Cells, read_cells
from proda.data.covariates import (
    constant_covariates,
    read_site_covariates,
    require_informative,
)
from proda.data.order import check_profiles
from proda.errors import InputError
from proda.learning.features import checked_values
from proda.model.scaling import check_scaling
from proda.netcdf import load_netcdf, open_netcdf

__all__ = ["LearningData", "read_learning_data"]

log = logging.getLogger(__name__)

FEW_VALUES = 20  # whole numbers of so few kinds may be codes


@dataclass(frozen=True, eq=False)
class LearningData:
    """All n accepted profiles and all cells, in the order of their files.

    kinds: {covariate: ``continuous`` or ``class``}. profile_id: (n,). sites, grid: DataFrames with
    a column per covariate. targets: (n, parameters) posterior means of theta, NaN where a profile
    was not fitted. constant: names of covariates that were left out, because all profiles have the
    same value.
    """

    kinds: dict
    profile_id: np.ndarray
    sites: pd.DataFrame
    grid: pd.DataFrame
    cells: Cells
    targets: np.ndarray
    constant: tuple = ()

    @property
    def notes(self):
        """Attributes for the files of results: what was left out, if anything was."""
        return {"constant_covariates": " ".join(self.constant)} if self.constant else {}


def read_learning_data(kinds, site_covariates, grid_covariates, cells, posteriors, model):
    """Read and check LearningData.

    kinds: of ``covariates.covariate_kinds``; the others are paths: site_covariates.csv,
    grid_covariates.nc, cells.nc and site_posteriors.nc. Raises InputError naming file and covariate
    where the files differ in covariates, kinds, profiles or parameters, for a covariate without any
    value, and if none varies between the profiles; those that do not are left out.
    """
    sites = read_site_covariates(site_covariates)
    cells = read_cells(cells)
    grid = _read_grid(grid_covariates, kinds, cells)
    for path, table in ((site_covariates, sites), (grid_covariates, grid)):
        _check_names(path, list(table.columns), kinds)
        for name, kind in kinds.items():
            try:
                values = checked_values(table[name], name, kind)
            except InputError as error:
                where = f"{path}, {error.where}"
                raise InputError(where, error.expected, error.found, error.hint) from None
            if np.isnan(values).all():
                hint = "correct it, or leave it out of covariates.names"
                where = f"{path}, covariate {name}"
                raise InputError(where, "a value", f"none in {len(values)} rows", hint)
    _warn_of_codes(sites, kinds)

    needed = ("profile_id", "parameter", "mean")
    with open_netcdf(posteriors, "site posteriors", needed) as file:
        parameters = [str(name) for name in file["parameter"][:]]
        if parameters != list(model.parameters.names):
            expected = f"the parameters of {model.structure.name}"
            raise InputError(f"{posteriors}, parameter", expected, ", ".join(parameters))
        check_scaling(posteriors, file, model)
        profile_id = np.asarray(file["profile_id"][:], dtype=str)
        targets = np.ma.filled(file["mean"][:].astype(np.float64), np.nan)
    check_profiles(site_covariates, sites.index, profile_id, posteriors)
    sites = sites[list(kinds)]
    require_informative(sites, ["the learners"])
    constant = constant_covariates(sites)
    if constant:
        message = "left out, as they have one value at all profiles: %s"
        log.warning(message, ", ".join(constant))
    kinds = {name: kind for name, kind in kinds.items() if name not in constant}
    sites, grid = sites[list(kinds)], grid[list(kinds)]
    return LearningData(kinds, profile_id, sites, grid, cells, targets, tuple(constant))


def _read_grid(path, kinds, cells):
    columns = {}
    for name, variable in load_netcdf(path, "covariates of the grid").data_vars.items():
        found = variable.attrs.get("kind", "none")
        if name in kinds and found != kinds[name]:
            where = f"{path}, variable {name}, attribute kind"
            raise InputError(where, f"{kinds[name]}, as the table of covariates says", found)
        columns[name] = cells.from_grid(variable)
    return pd.DataFrame(columns)


def _check_names(path, names, kinds):
    for name in kinds:
        if name not in names:
            hint = "sites, grid and table must have the same covariates"
            raise InputError(path, f"covariate {name}", "none of that name", hint)
    for name in names:
        if name not in kinds:
            hint = "sites, grid and table must have the same covariates"
            raise InputError(path, "only covariates of the table", name, hint)


def _warn_of_codes(sites, kinds):
    """Codes and counts look alike, so that this is said and not refused."""
    for name, kind in kinds.items():
        known = sites[name].dropna()
        values = np.unique(known)
        few = len(values) <= FEW_VALUES and len(known) > 5 * FEW_VALUES
        if kind == "continuous" and few and (values == np.round(values)).all():
            message = "covariate %s has only %d whole numbers: if they are codes, it is a class"
            log.warning(message, name, len(values))
