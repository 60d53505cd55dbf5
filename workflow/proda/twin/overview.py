"""One page of pictures of a twin world, to judge by eye whether it could be the real one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import rasterio
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colorbar import Colorbar
from matplotlib.figure import Figure

from proda.arrays import FloatArray
from proda.errors import InputError
from proda.files import atomic_path
from proda.netcdf import load_netcdf, open_netcdf
from proda.tables import read_table
from proda.twin.config import TwinConfig
from proda.twin.covariates import NPP_FOLDER, read_codings
from proda.twin.lattice import BOX, Lattice
from proda.twin.terrain import make_terrain

__all__ = ["draw_twin_overview"]

WEST, SOUTH, EAST, NORTH = BOX
SHOWN_PARAMETERS = (
    "decomposition_efolding_depth",
    "slow_soc_turnover_time",
    "input_beta",
)
LAND_COVER = ["evergreen needleleaf", "evergreen broadleaf", "deciduous needleleaf",
              "deciduous broadleaf", "mixed forest", "closed shrub", "open shrub", "woody savanna",
              "savanna", "grassland", "wetland", "cropland", "urban", "crop mosaic", "snow",
              "barren"]  # fmt: skip
COVER_COLOURS = ["#1b5e20", "#2e7d32", "#43a047", "#66a61e", "#3c8d5a", "#bc8f5f", "#d9c08a",
                 "#9aa84f", "#c6c25a", "#e6d85c", "#4a90c2", "#f2a33a", "#c62828", "#f7cf86",
                 "#ffffff", "#b8b0a5"]  # fmt: skip


def draw_twin_overview(folder: str | Path, png: str | Path) -> None:
    """Draw maps and profiles of the twin world in ``folder`` into the file ``png``.

    Raises InputError if the folder holds no twin world.
    """
    folder = Path(folder)
    truth = folder / "truth" / "truth_sites.nc"
    if not truth.exists():
        raise InputError(folder, "a twin world", "no truth/truth_sites.nc")
    with (
        load_netcdf(truth, "the twin's truth") as sites,
        load_netcdf(truth.with_name("truth_grid.nc"), "the twin's truth") as grid,
    ):
        figure = Figure(figsize=(17, 19), layout="constrained")
        FigureCanvasAgg(figure)
        axes = iter(figure.subplots(5, 3).flat)
        _profile_map(next(axes), folder)
        _covariate_maps(figure, axes, folder, _config(sites))
        _truth_maps(figure, axes, grid)
        _depth_profiles(next(axes), sites)
        _histogram(next(axes), grid, sites)
        figure.suptitle(
            f"Twin world: {sites.sizes['profile']} profiles, "
            f"{sites.sizes['horizon']} horizons, seed {sites.attrs['twin_seed']}",
            fontsize=14,
        )
        with atomic_path(png) as path:
            figure.savefig(path, dpi=75, metadata={"Software": None})


def _config(sites: xr.Dataset) -> TwinConfig:
    names = ("n_profiles", "noise", "unexplained_fraction", "seed", "resolution", "clm_years")
    values = {name: sites.attrs[f"twin_{name}"].item() for name in names}
    first, last = sites.attrs["twin_npp_years"]
    return TwinConfig(**values, npp_years=(int(first), int(last)))


def _map(
    figure: Figure,
    axis: Axes,
    values: FloatArray,
    title: str,
    extent: tuple[float, float, float, float] = BOX,
    **style: Any,
) -> Colorbar:
    west, south, east, north = extent
    image = axis.imshow(
        values, extent=(west, east, south, north), aspect=1.27, interpolation="nearest", **style
    )
    axis.set_title(title, fontsize=10)
    axis.set_xlim(WEST, EAST)
    axis.set_ylim(SOUTH, NORTH)
    return figure.colorbar(image, ax=axis, shrink=0.8, pad=0.01)


def _profile_map(axis: Axes, folder: Path) -> None:
    profiles = read_table(folder / "truth" / "profiles.csv", ["profile_id", "kind"])
    good = profiles["kind"] == "accepted"
    axis.scatter(profiles["lon"][good], profiles["lat"][good], s=3, c="#1f4e79", label="accepted")
    axis.scatter(profiles["lon"][~good], profiles["lat"][~good], s=9, c="#d1495b", marker="x",
                 label="excluded")  # fmt: skip
    axis.set_xlim(WEST, EAST)
    axis.set_ylim(SOUTH, NORTH)
    axis.set_aspect(1.27)
    axis.legend(loc="lower left", fontsize=8)
    axis.set_title(f"profiles ({good.sum()} accepted, {(~good).sum()} not)", fontsize=10)


def _covariate_maps(figure: Figure, axes: Iterator[Axes], folder: Path, config: TwinConfig) -> None:
    codings = read_codings()

    def covariate(name: str) -> FloatArray:
        with rasterio.open(folder / codings[name].file) as raster:
            return codings[name].decode(raster.read(1))

    lattice = Lattice(config.resolution)
    temperature = covariate("BIO1")
    sea = np.isnan(temperature)
    elevation = make_terrain(lattice, config.seed).elevation
    _map(figure, next(axes), np.where(sea, np.nan, elevation), "elevation, m", cmap="terrain")
    _map(figure, next(axes), temperature, "mean annual temperature (BIO1), degC", cmap="RdYlBu_r")
    _map(figure, next(axes), covariate("BIO12"), "annual precipitation (BIO12), mm", cmap="YlGnBu",
         vmax=2200)  # fmt: skip
    with open_netcdf(folder / NPP_FOLDER / "npp.nc", "annual NPP") as data:
        npp = data["NPPmean"][:].filled(np.nan)
    _map(figure, next(axes), npp, "NPP, mean of years, gC m-2 yr-1", cmap="YlGn")
    cover = np.where(sea, np.nan, covariate("IGBP"))
    colours = matplotlib.colors.ListedColormap(COVER_COLOURS)
    bar = _map(figure, next(axes), cover, "land cover (IGBP)", cmap=colours, vmin=0.5, vmax=16.5)
    bar.set_ticks(range(1, 17), labels=LAND_COVER, fontsize=6)
    _map(figure, next(axes), covariate("Sand_Content_0cm"), "sand at 0 cm, %", cmap="YlOrBr")
    _map(figure, next(axes), covariate("pH_Water_0cm"), "pH at 0 cm", cmap="RdBu")
    _map(
        figure, next(axes), covariate("USDA_Suborder"), "USDA suborder (code)", cmap="nipy_spectral"
    )


def _truth_maps(figure: Figure, axes: Iterator[Axes], grid: xr.Dataset) -> None:
    step = 0.25
    extent = (
        float(grid["lon"].min()) - step,
        float(grid["lat"].min()) - step,
        float(grid["lon"].max()) + step,
        float(grid["lat"].max()) + step,
    )
    stock = grid["stock_100cm"].values[::-1]
    scale = matplotlib.colors.LogNorm(2, 60)
    title = "true SOC stock 0 to 100 cm, kg m-2"
    _map(figure, next(axes), stock, title, extent, cmap="magma_r", norm=scale)
    names = [str(name) for name in grid["parameter"].values]
    for name in SHOWN_PARAMETERS:
        theta = grid["theta"].values[names.index(name), ::-1]
        _map(
            figure,
            next(axes),
            theta,
            f"true {name.replace('_', ' ')} (scaled)",
            extent,
            cmap="viridis",
        )


def _depth_profiles(axis: Axes, sites: xr.Dataset) -> None:
    ends = np.cumsum(sites["row_size"].values)
    chosen = np.linspace(0, sites.sizes["profile"] - 1, 8).astype(int)
    for i, colour in zip(chosen, matplotlib.color_sequences["tab10"], strict=False):
        horizons = slice(ends[i] - sites["row_size"].values[i], ends[i])
        axis.plot(sites["soc"][i] / 1000, sites["node"], color=colour, lw=1.2)
        axis.plot(
            sites["horizon_soc_observed"][horizons] / 1000,
            sites["depth"][horizons],
            "o",
            color=colour,
            ms=4,
        )
    axis.set_xscale("log")
    axis.invert_yaxis()
    axis.set_xlabel("SOC, kg m-3", fontsize=9)
    axis.set_ylabel("depth, m", fontsize=9)
    axis.set_title("true SOC (lines) and observations (dots) of 8 profiles", fontsize=10)


def _histogram(axis: Axes, grid: xr.Dataset, sites: xr.Dataset) -> None:
    surface = sites["soc"][:, 0].values / 1000
    stock = grid["stock_100cm"].values
    groups = {
        "stock 0 to 100 cm on the grid, kg m-2": stock[np.isfinite(stock)],
        "SOC of the top layer at sites, kg m-3": surface,
    }
    for label, values in groups.items():
        weights = np.full(values.size, 100.0 / values.size)
        axis.hist(values, list(np.geomspace(0.5, 150, 40)), weights=weights, alpha=0.6, label=label)
    axis.set_xscale("log")
    axis.set_ylabel("%", fontsize=9)
    axis.legend(fontsize=8)
    axis.set_title("how much carbon", fontsize=10)
