"""Which mechanism governs the stock, in worlds where it is known:
python benchmarks/mechanisms.py [--resolution 4] [--json]

True parameters of both synthetic globes. Per world and mechanism: response of the global stock to
+1 % of the mechanism's value, to the spatial variation of its parameters and to the standard
deviation of its value over the cells, and the absolute deviation if it is held at its mean over the
cells. Then microseconds of CPU per run of a cell: exact sensitivities, the experiment of the later
study, component control.
"""

import argparse
import json
import tempfile
from pathlib import Path
from time import process_time

import numpy as np
from _machine import describe
from _workflow import ROOT

from proda.analysis.control import COMPONENTS, constant_of_sites, mean_climate
from proda.analysis.control_effects import control_of_stock
from proda.analysis.experiment import gradient, proportional_change
from proda.analysis.places import portions
from proda.analysis.sensitivity import mean_parameters, sensitivity
from proda.config.sections.analysis import CHOICES
from proda.data.region import read_region
from proda.model.layout import ENTRIES
from proda.model.mechanisms import MECHANISMS
from proda.projection.soc import DrawnSoc
from proda.twin.globe import GlobalTwinConfig
from proda.twin.globe.world import Globe

WORLDS = ("cue", "environment")
LAND = ROOT / "workflow" / "proda" / "resources" / "world.geojson"
TOTAL = -1  # of the depths


def world(governed_by, resolution):
    """Model, true parameters of the cells, their forcing and area."""
    settings = {"format": "globe", "n_profiles": 40, "resolution": resolution, "clm_years": 2}
    with tempfile.TemporaryDirectory() as folder:
        config = GlobalTwinConfig.of(settings | {"governed_by": governed_by})
        globe = Globe(Path(folder), config, read_region(LAND))
        cell = globe.columns.cell
        theta = globe.truth.theta(globe.covariates_at(cell))
        forcing = globe.columns.forcing(np.arange(len(cell)))
    return globe.model, theta, forcing, globe.places.cells.land_area_m2[cell]


def measure(governed_by, resolution):
    """Results of one world."""
    model, theta, forcing, area = world(governed_by, resolution)
    source = DrawnSoc(model, lambda k, n: theta[k : k + n, None], 1, forcing)
    columns = model.columns(forcing)
    constant = constant_of_sites(model, CHOICES[0], theta, columns[:, ENTRIES], None)
    mean, climate = mean_parameters(source, area), mean_climate([columns])
    for _ in range(2):  # the first compiles
        times = [process_time()]
        exact = sensitivity(model, portions(source), 1, area, mean)
        times.append(process_time())
        experiment = proportional_change(model, portions(source), 1, area)
        times.append(process_time())
        held = control_of_stock(model, portions(source), 1, area, [constant], climate)
        times.append(process_time())
    stock = exact.stock[0, TOTAL]
    names = [component.name for component in COMPONENTS]
    rows = {}
    for k, mechanism in enumerate(MECHANISMS):
        response = exact.per_log_value[0, TOTAL, k]
        later = gradient(experiment.stock[0, k, :, TOTAL], experiment.change[0, 0, k])[1]
        rows[mechanism.name] = {
            "percent_per_percent": response / stock,
            "later_study_percent_per_percent": 100 * float(later) / stock,
            "by_spatial_variation_percent": 100 * exact.by_variation[0, TOTAL, k] / stock,
            "per_spatial_sd_percent": 100 * exact.log_value_sd[0, k] * response / stock,
            "held_percent": 100 * held.absolute[0, 0, names.index(mechanism.name), TOTAL] / stock,
        }
    climate_too = held.absolute[0, 0, names.index("environment_and_climate"), TOTAL]
    cost = np.diff(times) / exact.cells * 1e6
    return {
        "cells": exact.cells,
        "stock_pg": stock,
        "mechanisms": rows,
        "environment_and_climate_held_percent": 100 * climate_too / stock,
        "us_per_cell": dict(zip(("exact", "experiment", "control"), cost, strict=True)),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--resolution", type=float, default=4.0, help="degrees")
    parser.add_argument("--json", action="store_true", help="print the results as JSON only")
    options = parser.parse_args()
    result = {"machine": describe(), "resolution": options.resolution}
    result["worlds"] = {name: measure(name, options.resolution) for name in WORLDS}
    if options.json:
        print(json.dumps(result, indent=2))
        return
    print(result["machine"])
    for name, found in result["worlds"].items():
        print(f"\ngoverned by {name}: {found['cells']} cells, {found['stock_pg']:.0f} Pg")
        columns = list(next(iter(found["mechanisms"].values())))
        print(" " * 24, *columns)
        for mechanism, row in found["mechanisms"].items():
            print(f"{mechanism:24}", *(f"{row[key]:{len(key)}.2f}" for key in columns))
        print(
            f"environment and climate held: {found['environment_and_climate_held_percent']:.1f} %"
        )
        print("us of CPU per cell:", {k: round(v) for k, v in found["us_per_cell"].items()})


if __name__ == "__main__":
    main()
