"""The covariates that a configuration states, at the profiles."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import xarray as xr

from proda.data.covariate_table import covariate_kinds, read_covariate_table, site_variables
from proda.data.covariates import (
    constant_covariates,
    require_informative,
    site_covariates,
    site_table,
)
from proda.data.site_covariates import read_site_covariates, with_site_values
from proda.files import StrPath

__all__ = ["configured_covariates"]

logger = logging.getLogger(__name__)


def configured_covariates(
    table: StrPath,
    data_dir: StrPath,
    names: Sequence[str] | None,
    learners: Sequence[str],
    sites: pd.DataFrame,
    in_table: Mapping[str, Any] | None = None,
) -> xr.Dataset:
    """Read the covariates of the section `covariates` at profiles.

    Covariates that do not vary between the profiles are reported in the log.

    Parameters
    ----------
    table
        File of the table of covariates.
    data_dir
        Folder of relative paths.
    names
        Covariates of the run; None for all of the table.
    learners
        Names of the methods that learn from them.
    sites
        longitude and latitude, degrees, by profile_id.
    in_table
        Section `covariates.sites`, the table with covariates of the profiles; None for none.

    Raises
    ------
    InputError
        For a table or file that cannot be used, and if there are learners and no covariate varies.
    """
    # Checked before the assimilation, not when its results are learned from.
    kinds = covariate_kinds(table, names)
    variables = site_variables(table, names)
    tabled = {variable.name for variable in variables}
    layers = [
        layer for layer in read_covariate_table(table, data_dir, names) if layer.name not in tabled
    ]
    dataset = site_covariates(layers, sites.index, sites["longitude"], sites["latitude"])
    if in_table is not None and variables:
        found = read_site_covariates(in_table, variables, data_dir, sites.index)
        dataset = with_site_values(dataset, found, variables, list(kinds))
    values = site_table(dataset)
    require_informative(values, learners)
    for name in constant_covariates(values):
        logger.warning("%s has one value at all profiles: no learner uses it", name)
    return dataset
