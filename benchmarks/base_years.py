"""Base years of the changing globe beside the unchanged one: benchmarks/base_years.py [--json]

With the true parameters: the state that the base years lead to when they are repeated for ever,
against the steady state of the unchanged world on which the static forcing and all fits rest; and
the means of the forcing of the base years against that of the unchanged world.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from _machine import describe

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from proda.data.region import read_region
from proda.data.series import ForcingSeries
from proda.model.spin_up import periodic_steady_state
from proda.model.structures import GLOBAL
from proda.model.transient import monthly_steps
from proda.resources import resource
from proda.twin.globe.changing import ChangingGlobe
from proda.twin.globe.config import GlobalTwinConfig
from proda.twin.globe.world import Globe

BASE = (1900, 1919)
COMPARED = ("soil_temperature", "water_scalar", "litter_input")


def series_of(world, thickness):
    """The base years as a series in memory."""
    yearly: dict[str, list] = {}
    last = None
    for _, columns in world.columns():
        forcing = columns.forcing(np.arange(world.cell.size))
        last = columns.active_layer if last is None else last
        deepest = np.maximum(columns.active_layer, last)
        litter = np.moveaxis(columns.litter_input.astype(float) @ thickness, 1, 2)
        values = {
            "soil_temperature": forcing.soil_temperature,
            "water_scalar": forcing.water_scalar,
            "oxygen_scalar": forcing.oxygen_scalar,
            "nitrogen_scalar": forcing.nitrogen_scalar,
            "active_layer_depth": np.repeat(deepest[:, None], 12, axis=1),
            "active_layer_depth_last_year": np.repeat(last[:, None], 12, axis=1),
            "litter_input": litter,
        }
        last = columns.active_layer
        for name, array in values.items():
            yearly.setdefault(name, []).append(array)
    return ForcingSeries.of_arrays(
        GLOBAL,
        BASE[0],
        {name: np.stack(arrays) for name, arrays in yearly.items()},
        {"bedrock_layer": world.bedrock_layer},
    )


def compare(governed_by, every, region):
    """Figures of one world."""
    config = GlobalTwinConfig.of({"format": "globe", "governed_by": governed_by})
    globe = Globe(Path("unused"), config, region)
    world = ChangingGlobe(config, region, BASE, BASE, every)
    area = globe.places.cells.land_area_m2[world.cell]
    model, columns = globe.model, globe.column_of[world.cell]
    static = globe.columns.forcing(columns)
    theta = globe.truth.theta(globe.covariates_at(world.cell))
    series = series_of(world, model.grid.thickness)
    years = [series.prepare(model, year, year) for year in series.years]
    start = periodic_steady_state(model, model.physical(theta), years, monthly_steps())

    def stock(pools):
        return model.stock(model.soc(pools), 0.0, model.grid.bottom)

    found, expected = stock(start.pools), stock(model.steady_state(theta, static))
    relative = found / expected - 1.0
    figures = {
        "cells": world.cell.size,
        "carbon_of_all_percent": round(100 * (found @ area / (expected @ area) - 1.0), 2),
        "carbon_of_cells_percent_5_95": [
            round(100 * float(q), 2) for q in np.quantile(relative, (0.05, 0.95))
        ],
        "carbon_of_cells_percent_extremes": [
            round(100 * float(q), 1) for q in (relative.min(), relative.max())
        ],
    }
    forcing = [series.forcing(year, year) for year in series.years]
    for name in COMPARED:
        mean = np.mean([getattr(each, name) for each in forcing], axis=0)
        difference = np.abs(mean - getattr(static, name))
        figures[f"{name}_mean_difference"] = float(f"{difference.mean():.2g}")
        figures[f"{name}_largest_difference"] = float(f"{difference.max():.2g}")
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--every", type=int, default=6, help="distance between cells")
    options = parser.parse_args()
    region = read_region(resource("world.geojson"))
    figures = {name: compare(name, options.every, region) for name in ("cue", "environment")}
    figures["machine"] = describe()
    if options.json:
        print(json.dumps(figures, indent=2))
        return
    for name, values in figures.items():
        print(name, *(f"  {key}: {value}" for key, value in values.items()), sep="\n")


if __name__ == "__main__":
    main()
