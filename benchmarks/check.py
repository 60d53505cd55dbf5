"""Time of ``proda check`` by number of profiles: python benchmarks/check.py [--profiles N ...]

Profiles of four horizons in a csv table, in a box of 4 by 3 degrees, with history of a land model,
covariates of half a degree, three maps and a table of points: files as small as those of
tests/support/own_data_files.py, so that the table is what takes time. CPU seconds of a process of
its own, start included, the least of three.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from _machine import describe

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / folder) for folder in ("workflow", "tests/support")]

import own_data_files as own  # noqa: E402

REPEATS = 3


def write(folder, n):
    """Write the data and the configuration; returns its path."""
    own.write_own_data(folder / "data")
    rng = np.random.default_rng(0)
    pits = np.repeat(np.arange(n), 4)
    top = np.tile([0, 15, 40, 80], n)
    carbon = np.tile([28.0, 12.0, 6.0, 3.0], n) * rng.lognormal(0, 0.3, 4 * n)
    table = pd.DataFrame(
        {
            "profile_id": [f"P{pit:06}" for pit in pits],
            "longitude": np.repeat(rng.uniform(own.WEST, own.EAST, n).round(5), 4),
            "latitude": np.repeat(rng.uniform(own.SOUTH, own.NORTH, n).round(5), 4),
            "upper_depth_cm": top,
            "lower_depth_cm": top + 15,
            "organic_carbon_g_kg": carbon.round(2),
            "bulk_density_kg_dm3": rng.normal(1.3, 0.1, 4 * n).round(2),
            "coarse_fragments_pct": rng.uniform(0, 20, 4 * n).round(0),
            "horizon": np.tile(["A", "B", "BC", "C"], n),
        }
    )
    table.to_csv(folder / "data" / "neon_layers.csv", index=False)
    config = yaml.safe_load((ROOT / "config" / "own_data.yaml").read_text())
    config["data_dir"] = str(folder / "data")
    config["region"] = {"polygon": str(own.write_region(folder / "region.geojson"))}
    config["covariates"]["table"] = str(ROOT / "config" / "own_covariates.csv")
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config))
    return path


def seconds(path, folder):
    """CPU seconds of a check."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "proda", "check", str(path)]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "workflow")}
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode > 1:
        sys.exit("the check found errors")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profiles", type=int, nargs="+", default=[100, 2500, 25_000])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = {"runs": {}, "machine": describe()}
    for n in options.profiles:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            path = write(folder, n)
            figures["runs"][n] = round(min(seconds(path, folder) for _ in range(REPEATS)), 1)
    if options.json:
        print(json.dumps(figures, indent=2))
    else:
        print("\n".join(f"{n} profiles: {s} s" for n, s in figures["runs"].items()))
