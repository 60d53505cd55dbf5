"""The maps of a run as cloud-optimised GeoTIFFs in one folder, and what each of them is."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from proda.arrays import FloatArray
from proda.files import StrPath
from proda.netcdf import load_netcdf
from proda.projection.export import Band, export_mechanisms, map_tags, write_geotiff
from proda.projection.stocks import STATISTICS
from proda.transient.block_file import join_blocks
from proda.transient.parameter_sets import set_label
from proda.transient.reduce import DEPTHS
from proda.transient.results import BlockResult

__all__ = ["APPLICABILITY", "CHANGE", "KINDS", "MECHANISM", "PARAMETER", "STOCK", "Kind", "MapFile",
           "MapSources", "write_maps"]  # fmt: skip

PERCENTILES = (5.0, 95.0)


class Kind(NamedTuple):
    """A kind of maps.

    Attributes
    ----------
    name
        In identifiers.
    title
        What a map of it is called.
    description
        What it shows, and what its uncertainty is.
    """

    name: str
    title: str
    description: str


STOCK = Kind(
    "stocks",
    "Stocks of soil organic carbon",
    "Stock of soil organic carbon at the steady state of the forcing, between two depths. Mean "
    "over the draws of the method, and where there are several their 5th and 95th percentile.",
)
PARAMETER = Kind(
    "parameters",
    "Parameters of the soil model",
    "Parameters that the method predicts: the mean and the standard deviation of its draws. The "
    "contraction (1 - posterior over prior standard deviation) of the nearest profiles says how "
    "much the observations inform a parameter; near 0 the map shows the prior.",
)
MECHANISM = Kind(
    "mechanisms",
    "Bulk processes of soil carbon",
    "Carbon input, decomposition, carbon use efficiency, vertical transport, environmental "
    "modifiers, turnover times: mean over the draws of the method, and where there are several "
    "their 5th and 95th percentile.",
)
CHANGE = Kind(
    "change",
    "Change of soil organic carbon through time",
    "Change of the stock of soil organic carbon from the start of the first to the end of the last "
    "year of a scenario. Mean over the members of the parameter set, and where there are several "
    "their 5th and 95th percentile. A run may have a sample of the cells only.",
)
APPLICABILITY = Kind(
    "applicability",
    "Area of applicability",
    "Dissimilarity of the covariates of a cell to those of the training profiles, and whether the "
    "cell lies in the area of applicability of the learners.",
)
KINDS = (STOCK, PARAMETER, MECHANISM, CHANGE, APPLICABILITY)


@dataclass(frozen=True)
class MapFile:
    """A GeoTIFF of the catalogue.

    Attributes
    ----------
    path
        The file.
    kind
        What it shows.
    method
        Name of the method or parameter set; None for maps of no single one.
    label
        What tables and figures call it.
    scenario
        Of a run through time; otherwise None.
    years
        First and last year; None for a steady state.
    """

    path: Path
    kind: Kind
    method: str | None = None
    label: str | None = None
    scenario: str | None = None
    years: tuple[int, int] | None = None

    @property
    def id(self) -> str:
        """Identifier in the catalogue."""
        return self.path.stem

    @property
    def title(self) -> str:
        """Title of the map."""
        parts = [self.kind.title, self.label, self.scenario and f"scenario {self.scenario}"]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True)
class MapSources:
    """Files of a run that hold maps, by method where there are several.

    Attributes
    ----------
    stocks, parameters
        GeoTIFFs.
    mechanisms
        netCDF, <method>_processes.nc.
    applicability
        netCDF; None without learners.
    blocks
        netCDF of the blocks of runs through time; may be empty.
    width
        Width and height of a cell of the blocks, degrees; of no meaning without any.
    """

    stocks: Mapping[str, StrPath]
    parameters: Mapping[str, StrPath]
    mechanisms: Mapping[str, StrPath]
    applicability: StrPath | None = None
    blocks: Sequence[StrPath] = ()
    width: float = 0.0


def write_maps(sources: MapSources, labels: Mapping[str, str], folder: Path) -> list[MapFile]:
    """Write all maps of a run as GeoTIFFs.

    Parameters
    ----------
    sources
        Where they are.
    labels
        Labels of the methods.
    folder
        Where to write them.

    Returns
    -------
    list of MapFile
        The files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for kind, files in ((STOCK, sources.stocks), (PARAMETER, sources.parameters)):
        for method, path in files.items():
            target = folder / f"{method}_{kind.name}.tif"
            shutil.copyfile(path, target)
            found.append(MapFile(target, kind, method, labels[method]))
    for method, path in sources.mechanisms.items():
        target = folder / f"{method}_{MECHANISM.name}.tif"
        export_mechanisms(load_netcdf(path, "bulk processes of a method"), target)
        found.append(MapFile(target, MECHANISM, method, labels[method]))
    if sources.applicability is not None:
        target = folder / f"{APPLICABILITY.name}.tif"
        _write_applicability(sources.applicability, target)
        found.append(MapFile(target, APPLICABILITY))
    if sources.blocks:
        found += _write_changes(join_blocks(sources.blocks), sources.width, labels, folder)
    return found


def _write_applicability(source: StrPath, target: Path) -> None:
    maps = load_netcdf(source, "the area of applicability", ["dissimilarity", "applicable"])
    inside = maps["applicable"].where(maps["applicable"] >= 0)
    bands = [
        Band(maps["dissimilarity"], maps["dissimilarity"].attrs["long_name"], "1",
             "dissimilarity", "value"),
        Band(inside, "whether the cell is in the area of applicability (1) or not (0)", "1",
             "applicable", "value"),
    ]  # fmt: skip
    write_geotiff(target, bands, map_tags(maps))


def _write_changes(
    result: BlockResult, width: float, labels: Mapping[str, str], folder: Path
) -> list[MapFile]:
    """A file for each set and scenario; a band per depth and statistic."""
    found = []
    years = int(result.years[0]), int(result.years[-1])
    for name in result.sets:
        members = result.runs(name)
        for s, scenario in enumerate(result.scenarios):
            change = result.final_soc[s, members] - result.initial_soc[members]
            change = np.concatenate([change, change.sum(axis=-1, keepdims=True)], axis=-1)
            values = {STATISTICS[0]: change.mean(axis=0)}
            if len(change) > 1:
                low, high = np.percentile(change, PERCENTILES, axis=0)
                values |= dict(zip(STATISTICS[1:], (low, high), strict=True))
            bands = [
                Band(
                    _on_grid(result, of_cells[:, d], width),
                    f"change of soil organic carbon {depth}, {years[0]} to {years[1]}, {kind} "
                    "(kg m-2)",
                    "kg m-2",
                    f"change {depth}",
                    kind,
                )
                for kind, of_cells in values.items()
                for d, depth in enumerate((*DEPTHS, "whole column"))
            ]
            target = folder / f"{name}_{scenario}_{CHANGE.name}.tif"
            write_geotiff(target, bands, {"set": name, "scenario": scenario})
            label = set_label(name, labels)
            found.append(MapFile(target, CHANGE, name, label, scenario, years))
    return found


def _on_grid(result: BlockResult, values: FloatArray, width: float) -> xr.DataArray:
    """Values of cells as a map, NaN between them; a cell is as wide as the land it represents."""
    axes, places = [], []
    for centres in (result.cells.lat, result.cells.lon):
        place = np.rint((centres - centres.min()) / width).astype(np.int64)
        # A GeoTIFF needs two rows and columns, from which the size of its pixels follows.
        axes.append(centres.min() + width * np.arange(max(2, place.max() + 1)))
        places.append(place)
    lat, lon = axes
    grid = np.full((lat.size, lon.size), np.nan)
    grid[tuple(places)] = values
    return xr.DataArray(grid, {"lat": lat, "lon": lon}, ("lat", "lon"))
