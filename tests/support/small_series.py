"""Small monthly histories and the series that are built of them, for tests."""

from pathlib import Path

import numpy as np

from proda.config.sections.forcing_series import ForcingSeriesSettings
from proda.data.cells import Cells
from proda.data.forcing import write_forcing
from proda.data.forcing_merge import grid_forcing
from proda.data.forcing_sources import on_cells, read_soil
from proda.data.land_model.products import read_clm_npp
from proda.data.series.build import Block, SeriesSource, build_series
from support.clm_files import (
    LITTER,
    NODES_10,
    NODES_20,
    month_bounds,
    monthly_fields,
    write_history,
    write_monthly,
)

FIRST = 1900
LON, LAT = np.array([-85.0, 5.0, 95.0]), np.array([-35.0, 25.0, 35.0])
CELLS = Cells(10.0, LON, LAT, np.full(3, 1e12), np.array([1.0, 0.5, 0.25]))
PLACES = [(1, 3), (2, 0), (2, 1)]
"""Row and column of the history's cell of each, in the order of the file."""
MONTHLY, ANNUAL = "clm5-20", "clm45-10"
UNITS = dict.fromkeys(LITTER, "gC/m^3/month")


def monthly_series(years=4, seed=0):
    """Fields of the structure with monthly forcing that differ in all months, years and cells."""
    rng = np.random.default_rng(seed)
    shape, surface = (12 * years, 20, 4, 4), (12 * years, 4, 4)
    thaw = np.repeat(rng.uniform(1.0, 3.0, (years, 4, 4)), 12, axis=0)
    return {
        "TSOI": 285.0 + rng.normal(0.0, 5.0, shape),
        "W_SCALAR": rng.uniform(0.1, 0.9, shape),
        "O_SCALAR": rng.uniform(0.5, 1.0, shape),
        "FPI_vr": rng.uniform(0.5, 1.0, shape),
        "ALTMAX": thaw,
        "ALTMAX_LASTYEAR": np.concatenate([thaw[:12], thaw[:-12]]),
        "NPP": rng.uniform(5e-6, 2e-5, surface),
    } | {name: rng.uniform(0.1, 2.0, shape) for name in LITTER}


def annual_series(years=4, seed=0):
    """The same for the structure with annual forcing, on 15 levels."""
    rng = np.random.default_rng(seed)
    shape, surface = (12 * years, 15, 4, 4), (12 * years, 4, 4)
    return {
        "TSOI": 285.0 + rng.normal(0.0, 5.0, shape),
        "SOILPSI": -rng.uniform(0.05, 2.0, shape),
        "ALTMAX_LASTYEAR": np.repeat(rng.uniform(1.0, 3.0, (years, 4, 4)), 12, axis=0),
        "NPP": rng.uniform(5e-6, 2e-5, surface),
    }


def write(path, fields, first_year=FIRST, months=slice(None), **options):
    """Write some months of monthly fields that begin in January of a year."""
    nodes = NODES_20 if "W_SCALAR" in fields else NODES_10
    level = "levsoi" if "W_SCALAR" in fields else "levgrnd"
    count = len(next(iter(fields.values())))
    bounds = month_bounds(count, first_year)[months]
    options = {"nodes": nodes, "level": level, "units": UNITS} | options
    return write_history(path, {k: v[months] for k, v in fields.items()}, bounds, **options)


class SmallCase:
    """Static forcing of three cells below a folder, and series from histories beside it."""

    def __init__(self, folder, structure=MONTHLY):
        self.folder, self.structure = Path(folder), structure
        self.static = self.folder / "grid_forcing.nc"
        if structure == MONTHLY:
            (self.folder / "static").mkdir()
            fields = monthly_fields()
            fields |= {name: 0.1 * fields[name] for name in LITTER}
            files = write_monthly(self.folder / "static", fields)
            self.rock = files[1]
            soil, npp = read_soil(structure, files), None
        else:
            years = annual_series(2, seed=9)
            file = write(self.folder / "static.nc", years, 1)
            self.rock = None
            soil = read_soil(structure, file)
            npp = on_cells(read_clm_npp(file), CELLS, "nearest", 1e5).drop_vars(
                ["cell", "forcing_source"]
            )
        write_forcing(grid_forcing(on_cells(soil, CELLS, "nearest", 1e5), npp), self.static)

    def source(self, files, **settings):
        """Where a series comes from."""
        rock = [] if self.rock is None else [self.rock]
        return SeriesSource(
            self.structure,
            [*files, *rock],
            self.static,
            ForcingSeriesSettings(files=("*",), **settings),
            interpolation="nearest",
            max_distance_km=1e5,
        )

    def build(self, files, name="0.nc", cell=(0, 1, 2), years=(FIRST, FIRST + 3), **settings):
        """Path of a built block, and the numbers of cells by status."""
        cell = np.array(cell)
        block = Block(self.folder / name, cell, CELLS.land_area_m2[cell])
        counts = build_series(self.source(files, years=years, **settings), CELLS, [block])
        return block.path, counts


__all__ = ["ANNUAL", "CELLS", "MONTHLY", "SmallCase", "annual_series", "monthly_series"]
