"""Time and memory of the matrix model: python benchmarks/model.py [--json]

Random draws of the prior in columns of their own. Per structure: one steady state (coefficients and
solve) inside compiled code; the same in lanes, with the gradient of one functional and the Jacobian
of six, in turn with the kernels of one column; the same columns by the dense path, assembly of the
matrix in numpy and numpy.linalg.solve, in the same run; a table of the library call for 1 to
100,000 columns with its peak memory. Single core; minimum and median of many repeats, so that other
load on the machine is visible.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

import numba
import numpy as np
from _machine import describe

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from proda.model import AnnualForcing, MatrixModel, MonthlyForcing
from proda.model.lanes.adjoint import adjoint_lanes, adjoint_terms_lanes
from proda.model.lanes.layout import LANES, aligned_lanes, empty_lanes, new_lane_workspace
from proda.model.lanes.steady_state import steady_state_lanes
from proda.model.layout import THICKNESS, new_workspace
from proda.model.steady_state import coefficients, solve

# One core for the dense path too; the libraries read it when they are loaded.
ONE_CORE = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}

TARGETS_US = {"clm45-10": 1.0, "clm5-20": 6.0}
LANE_TARGETS_US = {"clm45-10": 0.10, "clm5-20": 0.40}
LANE_RATIO, GRADIENT_RATIO, JACOBIAN_RATIO = 5, 2.5, 5
DENSE_RATIO = 100
SIZES = (1, 10, 100, 1_000, 10_000, 100_000)
SETS = 1000  # distinct columns in the timed compiled loop, so that branches are not learnt by heart
DENSE_SETS = 50
LANE_SETS = 64  # as many columns as stay in the processor's cache; lanes have no branches to learn
PASSES = 64  # over them in one call, whose own 4 us are then below 1 % of the time
HORIZONS = 6


def draw(structure, n, seed=1):
    """(theta, forcing): n draws of the prior, columns from frozen to deeply thawed."""
    rng = np.random.default_rng(seed)
    model = MatrixModel(structure)
    theta = rng.random((n, len(model.parameters)))
    depth = rng.choice([0.3, 0.8, 1.9, 4.0, 10.0], n)
    if structure == "clm45-10":
        # So that the fractions of the input stay below one.
        theta[:, model.parameters.index("input_to_metabolic")] *= 0.6
        theta[:, model.parameters.index("input_to_cellulose")] *= 0.6
        low = rng.uniform(10, 600, n)
        return theta, AnnualForcing(
            npp_min=low,
            npp_max=low + rng.uniform(0, 600, n),
            active_layer_depth=depth,
            soil_temperature=rng.uniform(255, 300, (n, 1)) + rng.uniform(-2, 2, (n, 10)),
            soil_water_potential=-(10 ** rng.uniform(-4, 1.5, (n, 10))),
        )
    months = (n, 12, 20)
    return theta, MonthlyForcing(
        soil_temperature=rng.uniform(255, 300, (n, 1, 1)) + rng.uniform(-9, 9, months),
        water_scalar=rng.uniform(0.05, 1, months),
        oxygen_scalar=rng.uniform(0.5, 1, months),
        nitrogen_scalar=rng.uniform(0.5, 1, months),
        active_layer_depth=np.repeat(depth[:, None], 12, axis=1),
        active_layer_depth_last_year=np.repeat(depth[:, None], 12, axis=1),
        bedrock_layer=rng.integers(8, 21, n),
        litter_input=rng.uniform(10, 400, (n, 4)),
    )


@numba.njit
def loop(parameters, columns, grid, switches, w, parts):
    """What a sampler does: coefficients and solve in a compiled loop; parts: 1 or 2 of them."""
    for i in range(parameters.shape[0]):
        coefficients(parameters[i], columns[i], grid, switches, w)
        if parts == 2:
            solve(parameters[i], grid[THICKNESS], w)


@numba.njit
def passes(parameters, columns, grid, switches, w):
    """The loop over single columns, as often as the one over lanes."""
    for _ in range(PASSES):
        loop(parameters, columns, grid, switches, w, 2)


@numba.njit
def lane_loop(parameters, columns, grid, switches, w, seeds, gradient):
    """Blocks of lanes: steady states, and derivatives of as many functionals as seeds."""
    for block in range(PASSES * parameters.shape[0]):
        p, c = parameters[block % len(parameters)], columns[block % len(parameters)]
        steady_state_lanes(p, c, grid, switches, w)
        if seeds.shape[0] > 0:
            adjoint_terms_lanes(p, c, grid, switches, w)
        for k in range(seeds.shape[0]):
            adjoint_lanes(p, c, grid, switches, w, seeds[k], gradient)


def in_blocks(values):
    """(n, rows) as (blocks, rows, LANES), (n, rows, layers) as (blocks, layers, rows, LANES)."""
    return aligned_lanes(values.reshape(-1, LANES, *values.shape[1:]).swapaxes(1, -1))


def lanes_us(model, theta, forcing, repeats):
    """Smallest and median microseconds a column: one column at a time, in lanes, with derivatives.

    The four take turns, so that other load on the machine meets all of them.
    """
    physical, columns = model.physical(theta), model.columns(forcing)
    layers, n = model.grid.n_layers, PASSES * len(theta)
    workspace = new_workspace(layers)
    w, gradient = (
        new_lane_workspace(layers, model.structure.months),
        empty_lanes(physical.shape[1], LANES),
    )
    p, c = in_blocks(physical), in_blocks(columns)
    seeds = empty_lanes(HORIZONS, layers, 7, LANES)
    seeds[:, :, 4:] = np.random.default_rng(1).random((HORIZONS, layers, 1, LANES))
    grid, switches = model.grid_rows, model.switches
    functions = {
        "one_by_one": lambda: passes(physical, columns, grid, switches, workspace),
        "values": lambda: lane_loop(p, c, grid, switches, w, seeds[:0], gradient),
        "gradients": lambda: lane_loop(p, c, grid, switches, w, seeds[:1], gradient),
        "jacobians": lambda: lane_loop(p, c, grid, switches, w, seeds, gradient),
    }
    times = {name: [] for name in functions}
    for _ in range(repeats):
        for name, function in functions.items():
            times[name] += seconds(function, 3)
    return {
        name: {"min": round(1e6 * min(t) / n, 4), "median": round(1e6 * median(t) / n, 4)}
        for name, t in times.items()
    }


def seconds(function, repeats):
    """Seconds of each call after a first one that compiles and warms caches."""
    function()
    times = []
    for _ in range(repeats):
        start = perf_counter()
        function()
        times.append(perf_counter() - start)
    return times


def compiled_us(model, theta, forcing, repeats, parts=2):
    """Microseconds per steady state in compiled code: minimum and median."""
    physical, columns = model.physical(theta), model.columns(forcing)
    workspace = new_workspace(model.grid.n_layers)
    arguments = physical, columns, model.grid_rows, model.switches, workspace, parts
    times = [1e6 * t / len(theta) for t in seconds(lambda: loop(*arguments), repeats)]
    return {"min": round(min(times), 3), "median": round(median(times), 3)}


def dense_us(model, theta, forcing, repeats):
    """Microseconds per dense steady state (assembly, solve), and the largest disagreement.

    The coefficients are not counted: both paths need them. Singular matrices are what the dense
    path does not solve; they are counted.
    """
    from proda.model.dense import assemble

    ready = [model.coefficients(theta[i], forcing.take([i])) for i in range(len(theta))]
    failures = 0

    def run():
        nonlocal failures
        failures = 0
        for values, workspace in ready:
            matrix, load = assemble(values, workspace, model.grid.thickness)
            try:
                np.linalg.solve(matrix, -load)
            except np.linalg.LinAlgError:
                failures += 1

    times = [1e6 * t / len(theta) for t in seconds(run, repeats)]
    return {"min": round(min(times), 1), "median": round(median(times), 1), "singular": failures}


def call(structure, n):
    """Time per column of MatrixModel.steady_state for n columns, and the process's peak memory."""
    import resource

    model = MatrixModel(structure)
    model.steady_state(*draw(structure, 1))
    theta, forcing = draw(structure, n)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    repeats = 3 if n > 1000 else 21
    times = [1e6 * t / n for t in seconds(lambda: model.steady_state(theta, forcing), repeats)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "columns": n,
        "us_min": round(min(times), 2),
        "us_median": round(median(times), 2),
        "peak_mb": round(peak / 1024),
        "peak_mb_of_call": round((peak - before) / 1024),
    }


def call_in_process(structure, n):
    """The same in a process of its own, whose peak memory is its own."""
    command = [sys.executable, __file__, "--call", structure, str(n)]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(result.stdout)


def measure(structure, repeats, sizes):
    model = MatrixModel(structure)
    theta, forcing = draw(structure, SETS)
    steady = compiled_us(model, theta, forcing, repeats)
    prepare = compiled_us(model, theta, forcing, repeats, parts=1)
    few = slice(0, DENSE_SETS)
    dense = dense_us(model, theta[few], forcing.take(few), max(3, repeats // 20))
    cached = slice(0, LANE_SETS)
    lanes = lanes_us(model, theta[cached], forcing.take(cached), repeats)
    one, values, gradients, jacobians = (times["min"] for times in lanes.values())
    return {
        "layers": model.grid.n_layers,
        "pools": 7 * model.grid.n_layers,
        "months": model.structure.months,
        "steady_state_us": steady,
        "of_which_coefficients_us": prepare,
        "target_us": TARGETS_US[structure],
        "lanes_us": lanes,
        "lanes_target_us": LANE_TARGETS_US[structure],
        "lanes_ratio": round(one / values, 2),
        "gradient_ratio": round(gradients / values, 2),
        "jacobian_ratio": round(jacobians / values, 2),
        "dense_us": dense,
        "dense_ratio": round(dense["median"] / steady["median"]),
        "library_call": [call_in_process(structure, n) for n in sizes],
    }


def report(figures):
    machine = figures["machine"]
    print(", ".join(f"{key} {value}" for key, value in machine.items()), "\n")
    for structure, f in figures["structures"].items():
        steady, prepare, dense = (
            f[key] for key in ("steady_state_us", "of_which_coefficients_us", "dense_us")
        )
        print(f"{structure}: {f['pools']} pools, {f['layers']} layers, {f['months']} month(s)")
        print(
            f"  steady state in compiled code  {steady['median']:9.3f} us"
            f"  (min {steady['min']:.3f}; target {f['target_us']:g})"
        )
        print(
            f"    of which coefficients        {prepare['median']:9.3f} us"
            f"  (min {prepare['min']:.3f})"
        )
        lanes = f["lanes_us"]
        print(
            f"  in lanes                       {lanes['values']['median']:9.3f} us"
            f"  (min {lanes['values']['min']:.3f}; target {f['lanes_target_us']:g})"
            f"  one by one = {f['lanes_ratio']} times (target {LANE_RATIO})"
        )
        print(
            f"    with gradient = {f['gradient_ratio']} values (target {GRADIENT_RATIO}), with"
            f" Jacobian of {HORIZONS} horizons = {f['jacobian_ratio']} (target {JACOBIAN_RATIO})"
        )
        print(
            f"  dense assembly and solve       {dense['median']:9.1f} us"
            f"  (min {dense['min']:.1f}; {dense['singular']} of {DENSE_SETS} singular)"
            f"  = {f['dense_ratio']} times (target {DENSE_RATIO})"
        )
        print("  library call    columns   us/column (min)   us/column (median)   peak MB")
        for row in f["library_call"]:
            print(
                f"  {row['columns']:20,d} {row['us_min']:19.2f} {row['us_median']:20.2f}"
                f" {row['peak_mb']:9d}"
            )
        print()
    print(f"20 layers and 12 months over 10 layers: {figures['ratio_20_to_10']} times")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--repeats", type=int, default=300, help="of the compiled loop")
    parser.add_argument("--largest", type=int, default=SIZES[-1], help="columns in a library call")
    parser.add_argument("--call", nargs=2, metavar=("STRUCTURE", "COLUMNS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.call:
        print(json.dumps(call(options.call[0], int(options.call[1]))))
        return
    sizes = [n for n in SIZES if n <= options.largest]
    structures = {name: measure(name, options.repeats, sizes) for name in TARGETS_US}
    ten, twenty = (structures[name]["steady_state_us"]["median"] for name in TARGETS_US)
    figures = {
        "structures": structures,
        "ratio_20_to_10": round(twenty / ten, 1),
        "machine": describe(),
    }
    if options.json:
        print(json.dumps(figures, indent=2))
    else:
        report(figures)


if __name__ == "__main__":
    if not ONE_CORE.items() <= os.environ.items():
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | ONE_CORE)
    main()
