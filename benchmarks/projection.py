"""Time and memory of a projection to a grid: python benchmarks/projection.py [--json]

By default what the study asks for: 1,000 parameter sets in 3,300 cells of 10 layers, with mean, 5th
and 95th percentile of densities and stocks in every cell and of the totals. One process and one
core. A first projection of a few cells compiles and is not timed.
"""

import argparse
import json
import resource
import sys
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
from _machine import describe

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from _profiles import MODEL, draw_forcing, draw_theta

from proda.model import AnnualForcing
from proda.projection.forward import project
from proda.projection.soc import DrawnSoc

TARGET_SECONDS = 10.0


def climates(n, rng):
    """Forcing of n random cells."""
    columns = [vars(draw_forcing(rng)) for _ in range(n)]
    names = [name for name, values in columns[0].items() if values is not None]
    return AnnualForcing(**{name: np.concatenate([c[name] for c in columns]) for name in names})


def megabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--sets", type=int, default=1000)
    parser.add_argument("--cells", type=int, default=3300)
    options = parser.parse_args()

    rng = np.random.default_rng(1)
    theta = np.stack([draw_theta(rng) for _ in range(options.sets)])
    forcing = climates(options.cells, rng)
    area = rng.uniform(1e9, 3e9, options.cells)

    def run(n):
        source = DrawnSoc(MODEL, lambda i, k: theta[None], len(theta), forcing.take(slice(n)))
        return project(source, MODEL.grid, land_area=area[:n])

    run(2)
    before = megabytes()
    start, busy = perf_counter(), process_time()
    projection = run(options.cells)
    seconds, busy = perf_counter() - start, process_time() - busy
    solves = options.sets * options.cells
    figures = {
        "sets": options.sets,
        "cells": options.cells,
        "layers": MODEL.grid.n_layers,
        "cells_projected": projection.counts.get("projected", 0),
        "seconds": round(seconds, 2),
        "cpu_seconds": round(busy, 2),
        "target_seconds": TARGET_SECONDS,
        "microseconds_per_set_and_cell": round(1e6 * busy / solves, 3),
        "peak_memory_mb": round(megabytes()),
        "memory_added_by_the_projection_mb": round(megabytes() - before),
        "machine": describe(),
    }
    if options.json:
        print(json.dumps(figures, indent=2))
    else:
        print(
            f"{options.sets:,} sets in {options.cells:,} cells: {seconds:.1f} s (target 10 s), "
            f"{busy:.1f} s of one core"
        )
        print(f"Memory: {figures['peak_memory_mb']} MB at most, the projection added "
              f"{figures['memory_added_by_the_projection_mb']} MB")  # fmt: skip


if __name__ == "__main__":
    main()
