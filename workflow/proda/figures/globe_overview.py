"""One page of maps of a synthetic globe, to judge by eye whether it could be the real one."""

from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure

from proda.arrays import FloatArray
from proda.data.cells import make_cells
from proda.data.region import Region
from proda.errors import InputError
from proda.figures.maps import RegionMap
from proda.files import atomic_path
from proda.netcdf import load_netcdf
from proda.tables import read_table

__all__ = ["draw_globe_overview"]

# Covariate, title, colours and range of the maps; the rest of a title is its unit.
COVARIATES = (
    ("Elevation", "elevation, m", "terrain", Normalize(-800, 5000)),
    ("BIO1", "mean annual temperature (BIO1), degC", "RdYlBu_r", Normalize(-25, 30)),
    ("BIO12", "annual precipitation (BIO12), mm", "YlGnBu", Normalize(0, 2500)),
    ("Climate", "climate class (Koeppen-Geiger code)", "nipy_spectral", Normalize(1, 30)),
    ("IGBP", "land cover (IGBP code)", "tab20", Normalize(1, 17)),
    ("NPPmean", "NPP, gC m-2 yr-1", "YlGn", Normalize(0, 1300)),
    ("Wetland_Fraction", "wetland fraction", "Blues", Normalize(0, 1)),
    ("Clay_Content", "clay, %", "YlOrBr", Normalize(0, 70)),
)
TRUTH = (
    ("active_layer_depth", "thaw depth, m", "cividis", LogNorm(0.3, 40)),
    ("bedrock_layer", "soil layers above bedrock", "viridis", Normalize(1, 20)),
    ("stock_100cm", "true SOC stock 0 to 100 cm, kg m-2", "magma_r", LogNorm(1, 100)),
)
PARAMETERS = ("q10", "lignin_to_slow", "input_beta")


def draw_globe_overview(folder: str | Path, region: Region, png: str | Path) -> None:
    """Draw maps of the synthetic globe in ``folder`` into the file ``png``.

    Parameters
    ----------
    folder
        Folder of the world.
    region
        Land of the world.
    png
        File to write.

    Raises
    ------
    InputError
        If the folder holds no synthetic globe.
    """
    folder = Path(folder)
    truth = folder / "truth" / "truth_grid.nc"
    if not truth.exists():
        raise InputError(folder, "a synthetic globe", "no truth/truth_grid.nc")
    with (
        load_netcdf(truth, "the true values") as grid,
        load_netcdf(folder / "covariates.nc", "covariates") as covariates,
    ):
        chart = RegionMap(region, make_cells(region, float(grid.attrs["twin_resolution"])))
        figure = Figure(figsize=(17, 13), layout="constrained")
        FigureCanvasAgg(figure)
        axes = iter(figure.subplots(5, 3).flat)
        _profiles(next(axes), chart, folder)
        for name, title, colours, norm in COVARIATES:
            _map(figure, next(axes), chart, covariates[name], title, colours, norm)
        for name, title, colours, norm in TRUTH:
            _map(figure, next(axes), chart, grid[name], title, colours, norm)
        names = [str(name) for name in grid["parameter"].values]
        for name in PARAMETERS:
            theta, title = grid["theta"][names.index(name)], f"true {name.replace('_', ' ')}"
            norm = Normalize(0, 1)
            _map(figure, next(axes), chart, theta, f"{title} (scaled)", "viridis", norm)
        governed, seed = grid.attrs["twin_governed_by"], grid.attrs["twin_seed"]
        figure.suptitle(f"Synthetic globe governed by {governed}, seed {seed}", fontsize=14)
        with atomic_path(png) as path:
            figure.savefig(path, dpi=75, metadata={"Software": None})


def _map(
    figure: Figure,
    axis: Axes,
    chart: RegionMap,
    values: xr.DataArray,
    title: str,
    colours: str,
    norm: Normalize,
) -> None:
    chart.draw_land(axis)
    cells: FloatArray = np.asarray(chart.cells.from_grid(values), float)
    drawn = chart.draw_cells(axis, cells, colours, norm)
    axis.set_title(title, fontsize=10)
    figure.colorbar(drawn, ax=axis, shrink=0.8, pad=0.01)


def _profiles(axis: Axes, chart: RegionMap, folder: Path) -> None:
    profiles = read_table(folder / "truth" / "profiles.csv", ["profile_id", "kind"])
    good = (profiles["kind"] == "accepted").to_numpy()
    lon, lat = profiles["lon"].to_numpy(), profiles["lat"].to_numpy()
    shown = chart.shows(lon, lat)
    chart.draw_land(axis)
    for which, colour, label in ((good, "#1f4e79", "accepted"), (~good, "#d1495b", "excluded")):
        chart.draw_points(axis, lon[which & shown], lat[which & shown], color=colour, label=label)
    axis.legend(loc="lower left", fontsize=8, markerscale=3)
    axis.set_title(f"profiles ({good.sum()} accepted, {(~good).sum()} not)", fontsize=10)
