"""Time, memory and disk of forcing through time: python benchmarks/forcing_series.py [--json]

A synthetic globe that changes is the land model, by default at 1 degree; series of all cells of a
finer grid, by default 0.5 degree with 67,752 cells, are built of a few years of it by bilinear
interpolation, and read and prepared as a run does. One process and one core. What many years take
is proportional to their number.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import process_time

from _machine import describe

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from proda.config.sections.forcing_series import ForcingSeriesSettings
from proda.data.cells import make_cells, read_cells, write_cells
from proda.data.forcing import write_forcing
from proda.data.forcing_merge import grid_forcing
from proda.data.forcing_sources import on_cells, read_soil
from proda.data.region import read_region
from proda.data.series import open_series
from proda.data.series.build import SeriesSource, blocks_of, build_series
from proda.data.series.sample import sample_cells
from proda.model import MatrixModel
from proda.model.structures import GLOBAL
from proda.resources import resource as packaged
from proda.twin.globe.changing import write_changing_history
from proda.twin.globe.config import GlobalTwinConfig
from proda.twin.globe.history import write_history
from proda.twin.globe.world import Globe

FIRST_YEAR = 1900
TARGET_YEARS, TARGET_GB = 250, 4.0


def size(folder):
    """Bytes of the files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def make(folder, options):
    """Histories of the land model, cells and their static forcing."""
    region = read_region(packaged("world.geojson"))
    config = GlobalTwinConfig.of({"format": "globe", "resolution": options.land_model})
    globe = Globe(folder, config, region)
    write_history(folder / "static", globe.places, globe.columns, 1)
    last = FIRST_YEAR + options.years - 1
    years = FIRST_YEAR, last
    write_changing_history(folder / "history", config, region, years, (FIRST_YEAR, FIRST_YEAR))
    cells = make_cells(region, options.resolution)
    write_cells(cells, folder / "cells.nc")
    soil = read_soil(GLOBAL, str(folder / "static" / "*.nc"))
    write_forcing(grid_forcing(on_cells(soil, cells)), folder / "grid_forcing.nc")


def measure(folder, options):
    """Figures of one job that builds all blocks."""
    cells = read_cells(folder / "cells.nc")
    years = FIRST_YEAR, FIRST_YEAR + options.years - 1
    settings = ForcingSeriesSettings(files=("*.nc",), years=years, blocks=options.blocks)
    source = SeriesSource(
        GLOBAL, str(folder / "history" / "*.nc"), folder / "grid_forcing.nc", settings
    )
    paths = [folder / "series" / f"{i}.nc" for i in range(options.blocks)]
    start = process_time()
    counts = build_series(source, cells, blocks_of(sample_cells(cells, 1), 0, 1, paths))
    built = process_time() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    model = MatrixModel(GLOBAL)
    reading = preparing = 0.0
    with open_series(paths[options.blocks // 2]) as series:
        series.prepare(model, *years)
        n = len(series)
        for year in series.years:
            start = process_time()
            forcing = series.forcing(year, year)
            reading += process_time() - start
            start = process_time()
            model.columns(forcing)
            preparing += process_time() - start
    usable, scale = int(counts[0]), TARGET_YEARS / options.years
    disk = size(folder / "series")
    return {
        "cells": len(cells),
        "usable_cells": usable,
        "years": options.years,
        "build_cpu_seconds_a_year": round(built / options.years, 2),
        "build_peak_memory_gb": round(memory, 2),
        "target_memory_gb": TARGET_GB,
        "disk_bytes_a_cell_and_year": round(disk / len(cells) / options.years),
        "microseconds_to_read_a_cell_and_year": round(1e6 * reading / n / options.years, 1),
        "microseconds_to_prepare_it": round(1e6 * preparing / n / options.years, 1),
        f"build_cpu_hours_of_{TARGET_YEARS}_years": round(built * scale / 3600, 2),
        f"disk_gb_of_{TARGET_YEARS}_years": round(disk * scale / 1e9, 1),
        "history_gb": round(size(folder / "history") / 1e9, 2),
        "machine": describe(),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--land-model", type=float, default=1.0, help="degrees")
    parser.add_argument("--resolution", type=float, default=0.5, help="degrees")
    parser.add_argument("--years", type=int, default=3)
    parser.add_argument("--blocks", type=int, default=120)
    parser.add_argument("--step", choices=("make", "measure"), help="one part of it, in a folder")
    parser.add_argument("--folder", type=Path, help="of the step")
    options = parser.parse_args()
    if options.step == "make":
        make(options.folder, options)
    elif options.step == "measure":
        print(json.dumps(measure(options.folder, options), indent=2 if options.json else None))
    else:  # a process has at least the peak memory of the one that started it
        with tempfile.TemporaryDirectory() as name:
            for step in ("make", "measure"):
                words = [sys.executable, __file__, "--step", step, "--folder", name]
                subprocess.run([*words, *sys.argv[1:]], check=True)


if __name__ == "__main__":
    main()
