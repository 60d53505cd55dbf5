"""The file of accepted horizons: a CF-1.11 contiguous ragged array of profiles (section H.3)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from proda.data.profiles.density import BULK_DENSITY_SOURCES, COARSE_FRAGMENTS_SOURCES
from proda.errors import InputError
from proda.files import atomic_path
from proda.netcdf import load_netcdf

__all__ = ["Horizons", "read_horizons", "write_horizons"]

# name in the file: (column of the ledger, attributes)
_VARIABLES = {
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
    "bulk_density_source": (BULK_DENSITY_SOURCES, "how the bulk density was got"),
    "coarse_fragments_source": (COARSE_FRAGMENTS_SOURCES, "how coarse fragments were got"),
}


def write_horizons(ledger, path, attributes=None):
    """Write the accepted profiles of ``ledger`` and their horizons to ``path`` (netCDF).

    attributes: further global attributes (provenance). Raises InputError if none is accepted.
    """
    profiles, horizons = ledger.accepted_profiles(), ledger.accepted_horizons()
    ledger.require_accepted("the ledger")
    # Horizons are sorted by profile, then by node depth within it.
    horizons = horizons.sort_values(["profile_id", "node_depth"], kind="stable")
    sizes = horizons["profile_id"].value_counts().reindex(profiles.index)
    place = "longitude latitude node_depth"
    variables = {
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
    encoding = {name: {"_FillValue": None} for name in dataset.variables if name != "profile_id"}
    with atomic_path(path) as temporary:
        dataset.to_netcdf(temporary, engine="netcdf4", encoding=encoding)


@dataclass(frozen=True)
class Horizons:
    """Accepted profiles, in memory. ``dataset`` has the dimensions profile and horizon."""

    dataset: xr.Dataset
    ids: tuple
    _start: np.ndarray
    _position: dict

    def position(self, profile_id):
        """Index of a profile along the dimension ``profile``; InputError if it is not there."""
        try:
            return self._position[profile_id]
        except KeyError:
            raise InputError(
                "profile_id", f"one of {len(self.ids)} profiles", repr(profile_id)
            ) from None

    def rows(self, profile_id):
        """The slice of the dimension ``horizon`` that holds a profile, in O(1)."""
        i = self.position(profile_id)
        return slice(int(self._start[i]), int(self._start[i + 1]))

    def profile(self, profile_id):
        """The dataset of one profile; its variables run down the profile, or are scalars."""
        return self.dataset.isel(profile=self.position(profile_id), horizon=self.rows(profile_id))


def read_horizons(path):
    """Read what `write_horizons` wrote. Returns Horizons; raises InputError if it is not that."""
    needed = ["profile_id", "longitude", "latitude", "row_size", *_VARIABLES, *_FLAGS]
    dataset = load_netcdf(path, "horizons", needed)
    start = np.concatenate([[0], np.cumsum(dataset["row_size"].to_numpy())])
    if start[-1] != dataset.sizes["horizon"]:
        found = f"{dataset.sizes['horizon']} horizons"
        raise InputError(f"{path}, row_size", f"a sum of {start[-1]}", found)
    ids = tuple(str(text) for text in dataset["profile_id"].to_numpy())
    return Horizons(dataset, ids, start, {name: i for i, name in enumerate(ids)})
