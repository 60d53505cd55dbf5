"""The truth of a twin world as files: for evaluation only, no fit or map reads them."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import xarray as xr

from proda.arrays import Cells, FloatArray, Mask, Theta
from proda.config.sections.twin import GlobalTwinSettings, TwinSettings
from proda.data.order import CENTRE_TOLERANCE
from proda.errors import InputError
from proda.files import StrPath
from proda.model import AnnualForcing, MatrixModel, SoilModel
from proda.model.processes import PROCESSES
from proda.netcdf import load_netcdf, save_netcdf
from proda.tables import write_table

__all__ = [
    "forcing_variables",
    "true_parameters",
    "write_grid_truth",
    "write_ledger_truth",
    "write_site_truth",
]

WorldConfig: TypeAlias = TwinSettings | GlobalTwinSettings
# Dimensions, values and attributes of a variable.
Variable: TypeAlias = tuple[str | tuple[str, ...], np.ndarray, dict[str, str]]

STOCKS = (30, 100, 200)  # cm
UNITS = {
    "theta": ("1", "true parameters, scaled to their prior range"),
    "theta_without_site_variation": ("1", "true parameters without the unexplained site variation"),
    "soc": ("g m-3", "true density of soil organic carbon at the layer nodes"),
    "npp_mean": ("g m-2 year-1", "carbon mass of annual net primary production, mean of years"),
    "npp_min": ("g m-2 year-1", "carbon mass of annual net primary production, smallest year"),
    "npp_max": ("g m-2 year-1", "carbon mass of annual net primary production, largest year"),
    "soil_temperature": ("K", "mean soil temperature"),
    "soil_water_potential": ("MPa", "mean soil water potential"),
    "active_layer_depth": ("m", "largest active-layer depth of the year before"),
    "bedrock_layer": ("1", "number of soil layers above bedrock"),
} | {process.name: (process.units, f"true {process.long_name}") for process in PROCESSES}


def forcing_variables(forcing: AnnualForcing, npp_mean: FloatArray) -> dict[str, FloatArray]:
    """The fields of an AnnualForcing as a dict of arrays."""
    return {
        "npp_mean": npp_mean,
        "npp_min": forcing.npp_min,
        "npp_max": forcing.npp_max,
        "soil_temperature": forcing.required("soil_temperature", "the truth"),
        "soil_water_potential": forcing.soil_water_potential,
        "active_layer_depth": forcing.active_layer_depth,
    }


def write_site_truth(
    path: Path,
    model: MatrixModel,
    sites: pd.DataFrame,
    fields: dict[str, FloatArray],
    horizons: dict[str, np.ndarray],
    config: WorldConfig,
) -> None:
    """truth_sites.nc: the accepted profiles, their horizons as a CF contiguous ragged array.

    Parameters
    ----------
    path, model, config
        File to write, model of the world and its settings.
    sites
        profile_id, lon and lat of n profiles.
    fields
        (n, ...) by name.
    horizons
        (h,) in order of profile, by name: profile (index), depth m, soc and soc_observed gC m-3,
        layer_id.
    """
    order = {"theta": "parameter", "theta_without_site_variation": "parameter"}
    data: dict[str, Variable] = {}
    for name, values in fields.items():
        dims = ("profile", order.get(name, "layer"))[: values.ndim]
        data[name] = (dims, values, _attributes(name))
    data["row_size"] = (
        "profile",
        np.bincount(horizons["profile"], minlength=len(sites)).astype(np.int32),
        {"long_name": "number of horizons of the profile", "sample_dimension": "horizon"},
    )
    data["layer_id"] = ("horizon", horizons["layer_id"], {"long_name": "horizon of the database"})
    data["depth"] = (
        "horizon",
        horizons["depth"],
        {"units": "m", "long_name": "middle of the horizon", "positive": "down"},
    )
    data["horizon_soc"] = (
        "horizon",
        horizons["soc"],
        {"units": "g m-3", "long_name": "true density of soil organic carbon at the middle"},
    )
    data["horizon_soc_observed"] = (
        "horizon",
        horizons["soc_observed"],
        {"units": "g m-3", "long_name": "observed density of soil organic carbon, with noise"},
    )
    coords = _model_coordinates(model) | {
        "profile_id": (
            "profile",
            sites["profile_id"].to_numpy(np.int32),
            {"long_name": "profile of the database", "cf_role": "profile_id"},
        ),
        "lon": ("profile", sites["lon"], _axis("longitude", "degrees_east")),
        "lat": ("profile", sites["lat"], _axis("latitude", "degrees_north")),
    }
    _write(
        path, xr.Dataset(data, coords), "Truth of a twin world at its profiles", config, "profile"
    )


def write_grid_truth(
    path: Path,
    model: MatrixModel,
    lat: FloatArray,
    lon: FloatArray,
    cells: Mask,
    fields: dict[str, FloatArray],
    config: WorldConfig,
) -> None:
    """truth_grid.nc: the cells of a grid.

    Parameters
    ----------
    path, model, config
        File to write, model of the world and its settings.
    lat, lon
        Centres of the rows, from north to south, and of the columns, degrees.
    cells
        Which cells have a truth, (ny, nx), north first; n of them.
    fields
        (n, ...) by name.
    """
    data: dict[str, Variable] = {}

    def put(name: str, values: FloatArray, attributes: dict[str, str]) -> None:
        extra = {"theta": ("parameter",)}.get(name, ("layer",) if values.ndim > 1 else ())
        grid = np.full((*values.shape[1:], *cells.shape), np.nan)
        grid[..., cells] = values.T
        data[name] = ((*extra, "lat", "lon"), grid[..., ::-1, :], attributes)

    for name, values in fields.items():
        put(name, values, _attributes(name))
    for depth in STOCKS:
        stock = model.stock(fields["soc"], 0.0, depth / 100.0) / 1000.0
        put(
            f"stock_{depth}cm",
            stock,
            {"units": "kg m-2", "long_name": f"true mass of soil organic carbon, 0 to {depth} cm"},
        )
    coords = _model_coordinates(model) | {
        "lat": ("lat", lat[::-1], _axis("latitude", "degrees_north")),
        "lon": ("lon", lon, _axis("longitude", "degrees_east")),
    }
    _write(path, xr.Dataset(data, coords), "Truth of a twin world on the cells of its grid", config)


def true_parameters(path: StrPath, model: SoilModel, lat: Cells, lon: Cells) -> Theta:
    """True parameters of cells, without the variation from site to site.

    Parameters
    ----------
    path
        truth_grid.nc.
    model
        The soil carbon model.
    lat, lon
        (n,) centres of the cells, degrees.

    Returns
    -------
    ndarray
        (n, parameters) normalised, NaN in cells without soil.

    Raises
    ------
    InputError
        For another file, the truth of another structure, or one without these cells.
    """
    truth = load_netcdf(path, "the true parameters of a twin", ["theta", "parameter"])
    names = [str(name) for name in truth["parameter"].values]
    if names != list(model.parameters.names):
        expected = f"the parameters of {model.structure.name}"
        raise InputError(f"{path}, parameter", expected, ", ".join(names))
    places = (("lat", lat), ("lon", lon))
    row, column = (truth.indexes[axis].get_indexer(own, method="nearest") for axis, own in places)
    apart = (
        np.abs(truth[axis].values[place] - own)
        for place, (axis, own) in zip((row, column), places, strict=True)
    )
    far = np.maximum(*apart) > CENTRE_TOLERANCE
    for k in np.flatnonzero(far)[:1]:
        raise InputError(path, f"a cell at {lat[k]} N {lon[k]} E", "none")
    theta: Theta = truth["theta"].transpose("lat", "lon", "parameter").values[row, column]
    return theta


def write_ledger_truth(folder: Path, profiles: pd.DataFrame, horizons: pd.DataFrame) -> None:
    """profiles.csv and horizons.csv: what must become of every profile and horizon, and why."""
    write_table(folder / "profiles.csv", profiles[["profile_id", "lon", "lat", "kind"]])
    columns = [
        "profile_id",
        "layer_id",
        "upper_depth",
        "lower_depth",
        "kind",
        "route",
        "soc_observed",
    ]
    write_table(folder / "horizons.csv", horizons[columns])


def _model_coordinates(model: MatrixModel) -> dict[str, Variable]:
    return {
        "node": (
            "layer",
            model.grid.node,
            {"units": "m", "long_name": "depth of the layer node", "positive": "down"},
        ),
        "parameter": (
            "parameter",
            np.array(model.parameters.names, dtype=object),
            {"long_name": "parameter of the soil model"},
        ),
    }


def _attributes(name: str) -> dict[str, str]:
    unit, long_name = UNITS[name]
    return {"units": unit, "long_name": long_name}


def _attribute(value: Any) -> Any:
    """A setting as an attribute of a netCDF file, which has no booleans."""
    if isinstance(value, bool):
        return int(value)
    return list(value) if isinstance(value, tuple) else value


def _axis(name: str, unit: str) -> dict[str, str]:
    return {"units": unit, "standard_name": name, "long_name": name}


def _write(
    path: Path, dataset: xr.Dataset, title: str, config: WorldConfig, feature: str | None = None
) -> None:
    dataset.attrs = {"Conventions": "CF-1.11", "title": title}
    dataset.attrs |= {f"twin_{name}": _attribute(value) for name, value in vars(config).items()}
    if feature:
        dataset.attrs["featureType"] = feature
    floating = [name for name, v in dataset.data_vars.items() if v.dtype.kind == "f"]
    packed = {"zlib": True, "complevel": 1, "_FillValue": np.nan}
    encoding: dict[Hashable, dict[str, Any]] = dict.fromkeys(floating, packed)
    encoding |= {name: {"_FillValue": None} for name in dataset.coords if name != "parameter"}
    save_netcdf(dataset, path, encoding)
