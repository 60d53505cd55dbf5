"""The file of accepted horizons: a CF-1.11 contiguous ragged array of profiles (section H.3)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from proda.data.profiles.density import BULK_DENSITY_SOURCES, COARSE_FRAGMENTS_SOURCES
from proda.data.profiles.ledger import Ledger
from proda.errors import InputError
from proda.netcdf import load_netcdf, save_netcdf

__all__ = ["read_horizons", "write_horizons"]

# name in the file: (column of the ledger, attributes)
_VARIABLES: dict[str, tuple[str, dict[str, str]]] = {
    "node_depth": (
        "node_depth",
        {
            "units": "m",
            "long_name": "depth of the middle of the horizon",
            "standard_name": "depth",
            "positive": "down",
            "axis": "Z",
        },
    ),
    "upper_depth": ("upper_depth", {"units": "m", "long_name": "depth of the top of the horizon"}),
    "lower_depth": (
        "lower_depth",
        {"units": "m", "long_name": "depth of the bottom of the horizon"},
    ),
    "soc_density": (
        "soc_density",
        {"units": "g m-3", "long_name": "soil organic carbon in a volume of soil, mass of carbon"},
    ),
    "organic_carbon": (
        "organic_carbon",
        {"units": "g kg-1", "long_name": "organic carbon in the fine earth"},
    ),
    "censored": (
        "censored",
        {
            "units": "1",
            "long_name": "1 where organic carbon is only known to be below the value, the "
            "detection limit, else 0",
        },
    ),
    "bulk_density": (
        "bulk_density",
        {"units": "kg dm-3", "long_name": "bulk density of the fine earth"},
    ),
    "coarse_fragments": (
        "coarse_fragments",
        {"units": "percent", "long_name": "volume of coarse fragments"},
    ),
}
_FLAGS = {
    "bulk_density_source": (BULK_DENSITY_SOURCES, "how the bulk density was obtained"),
    "coarse_fragments_source": (COARSE_FRAGMENTS_SOURCES, "how coarse fragments were obtained"),
}


def write_horizons(
    ledger: Ledger, path: str | Path, attributes: Mapping[str, Any] | None = None
) -> None:
    """Write the accepted profiles and their horizons as netCDF.

    Parameters
    ----------
    ledger
        The ledger.
    path
        File to write.
    attributes
        Further global attributes (provenance).

    Raises
    ------
    InputError
        If no profile is accepted.
    """
    profiles, horizons = ledger.accepted_profiles(), ledger.accepted_horizons()
    ledger.require_accepted("the ledger")
    # Horizons are sorted by profile, then by node depth within it.
    horizons = horizons.sort_values(["profile_id", "node_depth"], kind="stable")
    sizes = horizons["profile_id"].value_counts().reindex(profiles.index)
    place = "longitude latitude node_depth"
    variables: dict[str, tuple[str, Any, dict[str, Any]]] = {
        "profile_id": (
            "profile",
            profiles.index.to_numpy(dtype=object),
            {"long_name": "identifier of the profile in its source", "cf_role": "profile_id"},
        ),
        "longitude": (
            "profile",
            profiles["longitude"].to_numpy(),
            {
                "units": "degrees_east",
                "standard_name": "longitude",
                "long_name": "longitude",
                "axis": "X",
            },
        ),
        "latitude": (
            "profile",
            profiles["latitude"].to_numpy(),
            {
                "units": "degrees_north",
                "standard_name": "latitude",
                "long_name": "latitude",
                "axis": "Y",
            },
        ),
        "row_size": (
            "profile",
            sizes.to_numpy(dtype=np.int32),
            {"long_name": "number of horizons of the profile", "sample_dimension": "horizon"},
        ),
    }
    if "source" in profiles:
        about = {"long_name": "source of the profile, by its name in the configuration"}
        variables["source"] = "profile", profiles["source"].to_numpy(dtype=object), about
    for name, (column, about) in _VARIABLES.items():
        variables[name] = ("horizon", horizons[column].to_numpy(dtype=np.float64), dict(about))
    for name, (meanings, long_name) in _FLAGS.items():
        variables[name] = (
            "horizon",
            pd.Categorical(horizons[name], meanings).codes.astype(np.int8),
            {
                "long_name": long_name,
                "flag_values": np.arange(len(meanings), dtype=np.int8),
                "flag_meanings": " ".join(meanings),
            },
        )
    for name in (*_VARIABLES, *_FLAGS):
        if name != "node_depth":
            variables[name][2]["coordinates"] = place
    dataset = xr.Dataset(
        variables,
        attrs={
            "Conventions": "CF-1.11",
            "featureType": "profile",
            "title": "Horizons of the accepted soil profiles",
            **(attributes or {}),
        },
    )
    encoding = {
        name: {"_FillValue": None}
        for name in dataset.variables
        if name not in ("profile_id", "source")
    }
    save_netcdf(dataset, path, encoding)


def read_horizons(path: str | Path) -> xr.Dataset:
    """Read what `write_horizons` wrote.

    Returns
    -------
    xarray.Dataset
        Variables on (profile) and (horizon), in memory. The horizons of a profile are consecutive;
        ``row_size`` is their number.

    Raises
    ------
    InputError
        For another file, and if the numbers do not add up to the horizons.
    """
    needed = ["profile_id", "longitude", "latitude", "row_size", *_VARIABLES, *_FLAGS]
    dataset = load_netcdf(path, "horizons", needed)
    total = int(dataset["row_size"].sum())
    if total != dataset.sizes["horizon"]:
        found = f"{dataset.sizes['horizon']} horizons"
        raise InputError(f"{path}, row_size", f"a sum of {total}", found)
    return dataset
