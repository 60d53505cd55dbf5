"""Importance of groups of covariates in a world where texture alone drives carbon use efficiency.

    python benchmarks/importance.py [--profiles 600] [--worlds 5] [--json]

Climate follows texture with a stated correlation, chemistry and vegetation do not; a random forest
learns the parameters on three folds of spatial blocks. Printed is the importance for carbon use
efficiency, error with a group replaced over the error without, as mean and range over worlds of
other random numbers, and how often the 95 % interval of a group that drives nothing lies above 1.
"""

import argparse
import json
import sys
from pathlib import Path
from time import process_time

import numpy as np
import pandas as pd
from _machine import describe

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from importance_cases import GROUPS, MODEL, driven_by_texture
from proda.analysis.importance import fold_errors
from proda.analysis.importance_files import importance_table
from proda.learning.learners import learner_options
from proda.model.mechanisms import CARBON_USE_EFFICIENCY

FOLDS, REPEATS, RESAMPLES, SEED = 3, 10, 500, 7
LEARNER = "random_forest"


def importance(profiles, world, correlation):
    """Table of the importance for carbon use efficiency in one world."""
    data, splits, targets = driven_by_texture(profiles, FOLDS, world, correlation)
    options = learner_options(LEARNER, trees=100)
    arguments = data, splits, targets, GROUPS, options, MODEL, SEED, 0.2, 1, REPEATS
    errors = [fold_errors(LEARNER, f"fold_{fold}", *arguments) for fold in range(FOLDS)]
    table = importance_table({LEARNER: errors}, SEED, RESAMPLES)
    return table[table["target"] == CARBON_USE_EFFICIENCY.name]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--profiles", type=int, default=600)
    parser.add_argument("--worlds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows, started = [], process_time()
    for correlation in (0.0, 0.5, 0.8):
        found = pd.concat(
            importance(arguments.profiles, world, correlation) for world in range(arguments.worlds)
        )
        for (variant, group), part in found.groupby(["variant", "group"], sort=False):
            rows.append(
                {
                    "correlation": correlation,
                    "variant": variant,
                    "group": group,
                    "importance": part["importance"].mean(),
                    "lowest": part["importance"].min(),
                    "highest": part["importance"].max(),
                    "above_1": float((part["importance_low"] > 1).mean()),
                }
            )
    result = {"machine": describe(), "cpu_seconds": process_time() - started, "rows": rows}
    if arguments.json:
        print(json.dumps(result, indent=1))
    else:
        print(pd.DataFrame(rows).round(2).to_string(index=False))
        print(f"{result['cpu_seconds']:.0f} s of CPU on {result['machine']['cpu']}")
    assert np.isfinite([row["importance"] for row in rows]).all()


if __name__ == "__main__":
    main()
