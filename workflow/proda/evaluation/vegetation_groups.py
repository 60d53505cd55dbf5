"""Vegetation types as groups of land-cover classes.

The study shows mean observed and modelled SOC by depth for vegetation types without stating the
classes they consist of; here they are groups of a class covariate, the IGBP land cover.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from proda.errors import InputError, number_text

__all__ = ["vegetation_counts", "vegetation_names"]

NO_GROUP = "(in no group)"


def vegetation_names(
    covariates: pd.DataFrame, vegetation: Mapping[str, Any], where: str | Path
) -> npt.NDArray[np.object_]:
    """Name of the vegetation group of each site.

    Parameters
    ----------
    covariates
        Covariates of the sites.
    vegetation
        Mapping with ``covariate``, the name of a class covariate, and ``groups``, {name: codes}.
    where
        File of the covariates, for messages.

    Returns
    -------
    numpy.ndarray
        (n,) text, empty where the class of a site is in no group.

    Raises
    ------
    InputError
        For a covariate that is missing or has values that are not codes, and for a code in two
        groups.
    """
    name, groups = vegetation["covariate"], vegetation["groups"]
    if name not in covariates:
        hint = "vegetation.covariate names a class covariate of this run"
        raise InputError(where, f"a column {name}", ", ".join(covariates.columns), hint)
    group_of: dict[int, str] = {}
    for group, codes in groups.items():
        for code in codes:
            if code in group_of:
                found = f"also in {group_of[code]}"
                raise InputError(f"vegetation group {group}, class {code}", "each once", found)
            group_of[code] = group
    values = covariates[name]
    wrong = values.notna() & (values != np.round(values))
    if wrong.any():
        site = values.index[wrong][0]
        hint = f"{name} must be a covariate of kind class"
        raise InputError(
            f"{where}, profile {site}, {name}", "a class code", number_text(values[site]), hint
        )
    return values.map(group_of).fillna("").to_numpy(dtype=object)


def vegetation_counts(profiles: pd.DataFrame, groups: Sequence[str]) -> pd.DataFrame:
    """Number of profiles by vegetation group.

    Parameters
    ----------
    profiles
        Table of profiles of Pairs.
    groups
        Names in the order of the table, also of groups without any profile.

    Returns
    -------
    pandas.DataFrame
        vegetation, profiles, used; the last row is of the profiles in no group.
    """
    names = [*groups, ""]
    table = pd.DataFrame({"vegetation": [*groups, NO_GROUP]})
    for column, rows in (("profiles", profiles), ("used", profiles[profiles["used"]])):
        table[column] = rows["vegetation"].value_counts().reindex(names, fill_value=0).to_numpy()
    return table
