"""Steps in time: python benchmarks/transient.py [--json]

Random draws of the prior in columns of their own. Per structure, on one core and in one run:
microseconds of a monthly step of a column in lanes; the LAPACK solve of the dense matrix of the
same step, without its assembly; preparation of a year of forcing; the spin-up of 20 years.
From these, minutes of 60,000 cells through 200 years on two cores, without reading.
"""

import argparse
import json
import os
from statistics import median
from time import perf_counter

# One core for the dense path too; the libraries read it when they are loaded.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402, after the number of threads
from _machine import describe  # noqa: E402
from model import draw  # noqa: E402, which finds the package

from proda.model import MatrixModel  # noqa: E402
from proda.model.dense import assemble  # noqa: E402
from proda.model.layout import MONTH_ROWS, MONTHS, new_workspace  # noqa: E402
from proda.model.spin_up import periodic_steady_state  # noqa: E402
from proda.model.steady_state import coefficients  # noqa: E402
from proda.model.transient import advance_year, monthly_steps, prepare_year  # noqa: E402

COLUMNS, DENSE_COLUMNS, SPIN_UP_COLUMNS, SPIN_UP_YEARS = 512, 8, 64, 20
CELLS, YEARS, CORES = 60_000, 200, 2
TARGETS_US = {"clm45-10": 0.25, "clm5-20": 0.50}
DENSE_RATIO, MINUTES = 50, 5


def seconds(function, repeats):
    """Seconds of each call after a first one that compiles and warms caches."""
    function()
    times = []
    for _ in range(repeats):
        start = perf_counter()
        function()
        times.append(perf_counter() - start)
    return times


def dense_year(model, physical, year, pools):
    """Pools after backward Euler of one column through a year, and seconds of the LAPACK solves."""
    n = model.grid.n_layers
    state, workspace = pools.ravel(), new_workspace(n)
    columns, steps = year.columns[0], monthly_steps()
    months = (len(columns) - MONTHS) // MONTH_ROWS
    solving = 0.0
    for month, days in zip(steps.month, steps.days, strict=True):
        first = MONTHS + MONTH_ROWS * min(month, months - 1)
        column = np.concatenate([columns[:MONTHS], columns[first : first + MONTH_ROWS]])
        coefficients(physical, column, model.grid_rows, model.switches, workspace)
        matrix, supply = assemble(physical, workspace, model.grid.thickness)
        system, load = np.eye(7 * n) - days * matrix, state + days * supply
        start = perf_counter()
        state = np.linalg.solve(system, load)
        solving += perf_counter() - start
    return state.reshape(7, n), solving


def measure(structure, repeats):
    """Times of one structure, in microseconds of a column and step, and what follows from them."""
    model = MatrixModel(structure)
    theta, forcing = draw(structure, COLUMNS)
    physical = model.physical(theta)
    year, steps = prepare_year(model, [forcing]), monthly_steps()
    pools = model.steady_state(theta, forcing)
    times = {"lanes": [], "dense": []}
    few = [year.take(slice(k, k + 1)) for k in range(DENSE_COLUMNS)]
    reached = advance_year(model, physical, year, pools, steps).pools
    for k, one in enumerate(few):
        dense, _ = dense_year(model, physical[k], one, pools[k])
        if not np.allclose(dense, reached[k], rtol=1e-6, atol=1e-6 * dense.max()):
            raise SystemExit(f"{structure}: the dense step of column {k} ends elsewhere")
    for _ in range(repeats):
        times["lanes"] += seconds(lambda: advance_year(model, physical, year, pools, steps), 3)
        times["dense"].append(
            sum(dense_year(model, physical[k], one, pools[k])[1] for k, one in enumerate(few))
        )
    per_step = {"lanes": 12 * COLUMNS, "dense": 12 * DENSE_COLUMNS}
    result = {
        f"{name}_us": {
            "min": round(1e6 * min(t) / per_step[name], 3),
            "median": round(1e6 * median(t) / per_step[name], 3),
        }
        for name, t in times.items()
    }
    result["dense_over_lanes"] = round(result["dense_us"]["min"] / result["lanes_us"]["min"], 1)
    prepare = min(seconds(lambda: prepare_year(model, [forcing]), 3)) / COLUMNS
    result["prepare_year_us"] = round(1e6 * prepare, 2)
    rows = slice(0, SPIN_UP_COLUMNS)
    years = [year.take(rows)] * SPIN_UP_YEARS
    found = periodic_steady_state(model, physical[rows], years, steps)
    spin_up = min(seconds(lambda: periodic_steady_state(model, physical[rows], years, steps), 1))
    result["spin_up_ms"] = round(1e3 * spin_up / SPIN_UP_COLUMNS, 3)
    result["spin_up_periods"] = int(found.periods.max())
    result["largest_drift"] = float(found.drift.max())
    run = YEARS * (12 * 1e-6 * result["lanes_us"]["min"] + prepare)
    result["minutes_of_run"] = round(CELLS * run / CORES / 60.0, 2)
    result["minutes_of_spin_up"] = round(CELLS * 1e-3 * result["spin_up_ms"] / CORES / 60.0, 2)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print JSON only")
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    results = {name: measure(name, arguments.repeats) for name in TARGETS_US}
    if arguments.json:
        print(json.dumps({"machine": describe(), "structures": results}, indent=2))
        return
    for name, result in results.items():
        print(name)
        print(f"  a monthly step of a column, us    {result['lanes_us']['min']:.3f}", end="")
        print(f"  (goal {TARGETS_US[name]:.2f})")
        print(f"  LAPACK solve over step in lanes   {result['dense_over_lanes']:.0f}", end="")
        print(f"  (goal {DENSE_RATIO})")
        print(f"  preparing a year of a column, us  {result['prepare_year_us']:.1f}")
        print(
            f"  spin-up of {SPIN_UP_YEARS} years, ms a column  {result['spin_up_ms']:.2f}", end=""
        )
        print(f"  ({result['spin_up_periods']} periods, drift {result['largest_drift']:.0e})")
        print(f"  {CELLS} cells x {YEARS} years on {CORES} cores, min  ", end="")
        print(f"{result['minutes_of_run']:.1f} + {result['minutes_of_spin_up']:.1f}", end="")
        print(f"  (goal {MINUTES})")


if __name__ == "__main__":
    main()
