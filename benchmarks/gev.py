"""Time of one profile's GEV fits and convergence diagnostics: python benchmarks/gev.py [--json]

25 parameters whose draws are as hard as real posteriors: flat, U-shaped, skewed, bimodal, spiked,
with the repeated draws of a random-walk sampler. Single core; medians of `--repeats` runs after a
first one that compiles.
"""

import argparse
import json
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
from _machine import describe

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from proda.inference import convergence, gev

CHAINS, ITERATIONS, PARAMETERS = 3, 15_000, 25


def profile_draws(seed=1):
    """Draws (chains, iterations, parameters) in [0, 1], 30 % of them accepted moves."""
    rng = np.random.default_rng(seed)
    shape = (CHAINS, ITERATIONS)
    kinds = [
        lambda: rng.random(shape),
        lambda: rng.beta(0.5, 0.5, shape),
        lambda: rng.beta(0.5, 3, shape),
        lambda: rng.beta(3, 0.5, shape),
        lambda: rng.beta(2, 5, shape),
        lambda: np.where(rng.random(shape) < 0.5, rng.beta(20, 80, shape), rng.beta(80, 20, shape)),
        lambda: 0.4 + 0.001 * rng.beta(5, 5, shape),
    ]
    draws = np.stack([kinds[i % len(kinds)]() for i in range(PARAMETERS)], axis=-1)
    accepted = rng.random(shape) < 0.3
    accepted[:, 0] = True
    current = np.maximum.accumulate(np.where(accepted, np.arange(ITERATIONS), 0), axis=1)
    return np.take_along_axis(draws, current[:, :, None], axis=1)


def milliseconds(function, repeats):
    """First and median time of the calls after it."""
    times = []
    for _ in range(repeats + 1):
        start = perf_counter()
        function()
        times.append(1e3 * (perf_counter() - start))
    return times[0], median(times[1:])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--repeats", type=int, default=21)
    options = parser.parse_args()

    draws = profile_draws()
    first, fits = milliseconds(lambda: gev.fit(draws[0]), options.repeats)
    _, diagnosis = milliseconds(lambda: convergence.diagnose(draws), options.repeats)
    result = gev.fit(draws[0])
    figures = {
        "parameters": PARAMETERS,
        "draws": ITERATIONS,
        "draws_used": result.draws_used,
        "converged": int(result.converged.sum()),
        "gev_ms": round(fits, 2),
        "gev_first_call_ms": round(first, 2),
        "diagnostics_chains": CHAINS,
        "diagnostics_ms": round(diagnosis, 2),
        "machine": describe(),
    }
    if options.json:
        print(json.dumps(figures, indent=2))
    else:
        print(f"{PARAMETERS} GEV fits to {ITERATIONS} draws: {fits:.1f} ms (target 50 ms)")
        print(f"Diagnostics of {CHAINS} x {ITERATIONS} x {PARAMETERS}: {diagnosis:.1f} ms")


if __name__ == "__main__":
    main()
