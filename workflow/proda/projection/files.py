"""Files of projections, <method>_sites.nc and <method>_grid.nc: CF-1.11 netCDF.

Statistics are variables of their own, e.g. soc_mean, soc_p05 and soc_p95; a method with a single
run has the mean alone.
"""

from collections.abc import Iterator, Mapping
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from proda.arrays import FloatArray
from proda.data.cells import Cells
from proda.data.order import check_profiles
from proda.model.grid import SoilGrid
from proda.netcdf import load_netcdf, save_netcdf
from proda.parameters.methods import method_label, method_of
from proda.projection.forward import Projection
from proda.projection.inputs import Sites
from proda.projection.soc import Status
from proda.projection.stocks import INTERVALS, STATISTICS

__all__ = [
    "flags",
    "grid_dataset",
    "read_grid_projection",
    "read_sites_projection",
    "read_used_sites",
    "site_dataset",
    "write_projection",
]

QUANTITIES = {
    "soc": {"units": "g m-3", "long_name": "density of soil organic carbon at the layer's node"},
    "stock": {
        "standard_name": "soil_mass_content_of_carbon",
        "units": "g m-2",
        "long_name": "stock of soil organic carbon between two depths",
    },
    "predicted": {
        "units": "g m-3",
        "long_name": "density of soil organic carbon at the observed depth",
    },
    "stock_with_scatter": {
        "standard_name": "soil_mass_content_of_carbon",
        "units": "g m-2",
        "long_name": "stock of soil organic carbon, mean over the scatter between places",
    },
    "total_with_scatter": {
        "units": "Pg",
        "long_name": "mass of soil organic carbon on the land of all cells, from means over the "
        "scatter between places",
    },
    "total": {"units": "Pg", "long_name": "mass of soil organic carbon on the land of all cells"},
}
QUANTILE_METHOD = "linear interpolation between order statistics (Hyndman and Fan 1996, type 7)"


def site_dataset(
    projection: Projection, sites: Sites, soil: SoilGrid, method: str, label: str | None = None
) -> xr.Dataset:
    """Dataset of a Projection at Sites; horizons are a CF contiguous ragged array.

    Parameters
    ----------
    projection, sites
        SOC and the sites.
    soil
        Layers of the soil.
    method
        Name of the method.
    label
        Of the method in tables and figures, which the attribute ``label`` keeps; by default that of
        its register.
    """
    where = {
        "profile_id": (
            "profile",
            np.array(sites.ids, dtype=object),
            {"long_name": "identifier of the profile", "cf_role": "profile_id"},
        ),
        "lon": ("profile", sites.lon, _axis("longitude", "degrees_east")),
        "lat": ("profile", sites.lat, _axis("latitude", "degrees_north")),
        "depth": ("horizon", sites.depth, _depth("middle of the horizon")),
    }
    dataset = xr.Dataset(
        {
            "row_size": (
                "profile",
                sites.row_size.astype(np.int32),
                {"long_name": "number of horizons", "sample_dimension": "horizon"},
            ),
            "status": ("profile", projection.status, _flags("profile")),
        },
        _vertical(soil) | where,
        _attributes(projection, method, label, "at the profiles") | {"featureType": "profile"},
    )
    axes = {
        "soc": ("profile", "layer"),
        "stock": ("profile", "interval"),
        "stock_with_scatter": ("profile", "interval"),
        "predicted": ("horizon",),
    }
    for name, dims in axes.items():
        for kind, values in _statistics(projection, name):
            dataset[f"{name}_{kind}"] = (dims, values, _about(name, kind, projection))
    return dataset


def grid_dataset(
    projection: Projection, cells: Cells, soil: SoilGrid, method: str, label: str | None = None
) -> xr.Dataset:
    """Dataset of a Projection on Cells, laid out on (lat, lon); parameters as ``site_dataset``."""
    projected = projection.status == Status.PROJECTED
    status = cells.to_grid(projection.status).fillna(-1).astype(np.int8)
    status.attrs = _flags("cell") | {"missing": "-1 where the region has no cell"}
    area = {
        "land_area_m2": float(cells.land_area_m2.sum()),
        "land_area_projected_m2": float(cells.land_area_m2[projected].sum()),
    }
    dataset = xr.Dataset(
        {"status": status},
        _vertical(soil),
        _attributes(projection, method, label, "on the grid") | area,
    )
    axes = {"soc": "layer", "stock": "interval", "stock_with_scatter": "interval"}
    for name, axis in axes.items():
        for kind, values in _statistics(projection, name):
            maps = xr.concat([cells.to_grid(column) for column in values.T], axis)
            dataset[f"{name}_{kind}"] = maps.assign_attrs(_about(name, kind, projection))
    for name in ("total", "total_with_scatter"):
        for kind, values in _statistics(projection, name):
            dataset[f"{name}_{kind}"] = ("interval", values, _about(name, kind, projection))
    return dataset


def write_projection(
    path: str | Path, dataset: xr.Dataset, attributes: Mapping[str, Any] | None = None
) -> None:
    """Write the Dataset of a projection or of parameter maps as netCDF.

    Parameters
    ----------
    path
        File to write.
    dataset
        Of the projection or the maps.
    attributes
        Further global ones (provenance).
    """
    encoding: dict[Any, dict[str, Any]] = {}
    for name, variable in dataset.variables.items():
        if variable.dtype.kind == "f":
            encoding[name] = {"_FillValue": None if name in dataset.coords else np.nan}
            if variable.size > 1000 and name not in dataset.coords:
                encoding[name] |= {"zlib": True, "complevel": 1, "shuffle": True}
    if "status" in dataset and "lat" in dataset["status"].dims:
        encoding["status"] = {"_FillValue": np.int8(-1)}
    save_netcdf(dataset.assign_attrs(attributes or {}), path, encoding)


def read_sites_projection(path: str | Path) -> xr.Dataset:
    """Read <method>_sites.nc as a Dataset in memory. Raises InputError for another file."""
    return _load(path, "row_size")


def read_used_sites(path: str | Path, profiles: pd.DataFrame) -> xr.Dataset:
    """As `read_sites_projection`, of the used profiles.

    Parameters
    ----------
    path
        File of the projection.
    profiles
        Table of profiles of the Pairs.

    Raises
    ------
    InputError
        For a projection to other profiles, too.
    """
    dataset = read_sites_projection(path)
    ids = profiles["profile_id"]
    check_profiles(path, dataset["profile_id"].values, ids, "the table of profiles")
    return dataset.isel(profile=np.flatnonzero(profiles["used"]))


def read_grid_projection(path: str | Path) -> xr.Dataset:
    """Read <method>_grid.nc as a Dataset in memory, with ``valid``, where cells have SOC.

    Raises
    ------
    InputError
        For another file.
    """
    dataset = _load(path, "total_mean")
    return dataset.assign(valid=dataset["status"] == Status.PROJECTED)


def _load(path: str | Path, needed: str) -> xr.Dataset:
    """Read a projection that has the variable ``needed``."""
    # Unmasked: flags stay integers, which a mask would turn into floats.
    return load_netcdf(path, "a projection", ["soc_mean", needed], mask_and_scale=False)


def _statistics(projection: Projection, name: str) -> Iterator[tuple[str, FloatArray]]:
    """Name and values of each statistic of a quantity, none of one that is missing."""
    values = getattr(projection, name)
    return zip(STATISTICS, () if values is None else values, strict=False)


def _about(name: str, kind: str, projection: Projection) -> dict[str, str]:
    """Attributes of a statistic of a quantity."""
    text = QUANTITIES[name]["long_name"]
    if projection.soc_is and not name.endswith("_with_scatter"):
        text += " of the median place"
    if projection.n_draws > 1:
        statistic = {"mean": "mean", "p05": "5th percentile", "p95": "95th percentile"}[kind]
        text += f", {statistic} of {projection.n_draws} draws"
    about = QUANTITIES[name] | {"long_name": text}
    by_place = not name.startswith(("total", "predicted"))
    return about | {"ancillary_variables": "status"} if by_place else about


def _vertical(soil: SoilGrid) -> dict[str, Any]:
    """Coordinates of layers and intervals."""
    top, bottom = (np.array([getattr(i, end) for i in INTERVALS]) for end in ("top", "bottom"))
    labels = np.array([interval.label for interval in INTERVALS], dtype=object)
    return {
        "layer": ("layer", soil.node, _depth("node of the layer")),
        "interval": ("interval", labels, {"long_name": "depth interval"}),
        "interval_top": ("interval", top, _depth("upper limit of the interval")),
        "interval_bottom": ("interval", bottom, _depth("lower limit of the interval")),
    }


def _attributes(
    projection: Projection, method: str, label: str | None, where: str
) -> dict[str, Any]:
    """Global attributes."""
    label = method_label(method) if label is None else label
    return {
        "Conventions": "CF-1.11",
        "title": f"Soil organic carbon {where}: {label}",
        "method": method,
        "label": label,
        "draws": projection.n_draws,
        "draws_are": method_of(method).kind.draws_are,
        **({"soc_is": projection.soc_is} if projection.soc_is else {}),
        "quantile_method": QUANTILE_METHOD if projection.n_draws > 1 else "none, a single run",
        "places_by_status": ", ".join(f"{k} {v}" for k, v in projection.counts.items()),
    }


def flags(kinds: type[IntEnum], long_name: str) -> dict[str, Any]:
    """Attributes (CF flags) of a variable of codes.

    Parameters
    ----------
    kinds
        The codes with their names.
    long_name
        What the variable says.
    """
    return {
        "long_name": long_name,
        "flag_values": np.array([int(kind) for kind in kinds], dtype=np.int8),
        "flag_meanings": " ".join(kind.name.lower() for kind in kinds),
    }


def _flags(place: str) -> dict[str, Any]:
    """Attributes of the status."""
    return flags(Status, f"whether the {place} has soil organic carbon, and if not, why")


def _depth(long_name: str) -> dict[str, str]:
    """Attributes of a depth."""
    return {"standard_name": "depth", "long_name": long_name, "units": "m", "positive": "down"}


def _axis(name: str, unit: str) -> dict[str, str]:
    """Attributes of a horizontal coordinate."""
    return {"standard_name": name, "long_name": name, "units": unit}
