"""The history through time of a synthetic globe: monthly fields of a world that changes."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from proda.arrays import Counts
from proda.data.cells import Cells, make_cells
from proda.data.region import Region
from proda.data.series.sample import sample_cells
from proda.model.constants import MONTHS_PER_YEAR
from proda.twin.globe.climate import GlobalClimate, make_climate, make_elevation
from proda.twin.globe.columns import LandColumns, make_columns
from proda.twin.globe.config import GlobalTwinConfig
from proda.twin.globe.ground import Ground, make_ground
from proda.twin.globe.history import (
    CASE,
    FIELDS,
    HistoryFile,
    HistoryGrid,
    month_values,
    write_surface,
)
from proda.twin.globe.parameters import CONTRAST
from proda.twin.globe.places import Places
from proda.twin.globe.scenario import Scenario, make_scenario

__all__ = ["ChangingGlobe", "write_changing_history"]

YEARS_PER_FILE = 10
CONSTANT = "CELLSAND"  # which a history through time does not repeat


class ChangingGlobe:
    """Columns of the land model of a world that changes, year by year.

    Parameters
    ----------
    config
        Settings of the world.
    region
        Its land.
    years, base_years
        First and last.
    every
        Distance between the cells that are taken, in both directions.

    Attributes
    ----------
    cells
        All cells of the world.
    cell
        (n,) those of the columns.
    scenario
        How the world changes.
    """

    def __init__(
        self,
        config: GlobalTwinConfig,
        region: Region,
        years: tuple[int, int],
        base_years: tuple[int, int],
        every: int = 1,
    ) -> None:
        self.cells = make_cells(region, config.resolution)
        places = Places(region, self.cells)
        elevation = make_elevation(places, config.seed)
        climate = make_climate(places, config.seed, elevation)
        ground = make_ground(places, config.seed, elevation, climate)
        unchanged = make_columns(places, climate, ground, CONTRAST)
        self.cell = np.intersect1d(unchanged.cell, sample_cells(self.cells, every).cell)
        self.years = years
        self.scenario: Scenario = make_scenario(
            places, config.seed, years, base_years, config.warming
        )
        self._places = Places(region, _some(self.cells, self.cell))
        self._climate = GlobalClimate(
            climate.temperature[:, self.cell],
            climate.precipitation[:, self.cell],
            climate.ice[self.cell],
        )
        self._ground = Ground(**{name: field[self.cell] for name, field in vars(ground).items()})

    @property
    def bedrock_layer(self) -> Counts:
        """(n,) number of soil layers above bedrock."""
        return self._ground.bedrock_layer

    def columns(self) -> Iterator[tuple[int, LandColumns]]:
        """Each year with its columns, in the order of ``cell``."""
        here = np.arange(self.cell.size)
        for year in range(self.years[0], self.years[1] + 1):
            weather = self.scenario.year(year, self._places, self._climate)
            ground = replace(self._ground, npp=self._ground.npp * weather.npp)
            yield year, make_columns(self._places, weather.climate, ground, CONTRAST, here)


def write_changing_history(
    folder: str | Path,
    config: Mapping[str, Any] | GlobalTwinConfig,
    region: Region,
    years: tuple[int, int],
    base_years: tuple[int, int],
    every: int = 1,
) -> int:
    """Write the history through time, a file per decade.

    Parameters
    ----------
    folder
        Where the files are written.
    config
        GlobalTwinConfig, or a mapping of its fields.
    region
        Land of the world.
    years, base_years
        First and last.
    every
        Distance between the cells that are written, in both directions: the grid of the history
        has their rows and columns only.

    Returns
    -------
    int
        Number of columns.
    """
    world = ChangingGlobe(GlobalTwinConfig.of(config), region, years, base_years, every)
    grid = HistoryGrid.of(world.cells, world.cell, every)
    write_surface(Path(folder), grid, world.bedrock_layer)
    names = [name for name in FIELDS if name != CONSTANT]
    months = np.arange(MONTHS_PER_YEAR)
    last_thaw: np.ndarray | None = None
    for _, decade in groupby(world.columns(), lambda each: each[0] // YEARS_PER_FILE):
        file: HistoryFile | None = None
        with ExitStack() as stack:
            for year, columns in decade:
                if file is None:
                    path = Path(folder) / f"{CASE}.clm2.h0.{year:04d}-01.nc"
                    step = MONTHS_PER_YEAR * (year - years[0])
                    file = stack.enter_context(HistoryFile(path, grid, years[0], step, names))
                values = month_values(columns, months)
                if last_thaw is not None:
                    values["ALTMAX_LASTYEAR"] = last_thaw
                last_thaw = values["ALTMAX"]
                file.add(values)
    return world.cell.size


def _some(cells: Cells, positions: Counts) -> Cells:
    """Some of the cells."""
    return Cells(
        cells.resolution,
        cells.lon[positions],
        cells.lat[positions],
        cells.area_m2[positions],
        cells.land_fraction[positions],
    )
