"""Runs through time of a finished run: python benchmarks/through_time.py FOLDER [--json]

Of results/<dataset>: what the parameter sets predict and what is true, the claim that heterogeneous
parameters gain carbon and homogeneous ones lose it, parts of the change, drift and balance, and the
cost of the rules in CPU seconds of the jobs, with their start.
"""

import argparse
import json
import sys
from pathlib import Path

import pandas as pd
from _machine import describe

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from proda.transient.block_file import join_blocks
from proda.transient.scenarios import ALL

RULES = ("twin_history", "forcing_series", "transient_block", "transient_yearly",
         "transient_tables", "transient_figures")  # fmt: skip
SHOWN = {
    "claim": ["set", "parameters", "change_pg", "change_pg_p05", "change_pg_p95",
              "fraction_of_members_that_gain", "as_claimed", "claim_holds"],
    "attribution": ["set", "input_pg", "climate_pg", "interaction_pg", "total_pg"],
    "truth": ["set", "true_start_pg", "start_pg", "true_change_pg", "change_pg", "sign_right",
              "land_with_right_sign", "r", "slope", "rmse_kg_m2", "true_sd_kg_m2"],
}  # fmt: skip


def rows(folder, name):
    """Rows of a table that are shown: soil organic carbon of the whole column, all changes."""
    table = pd.read_csv(folder / "tables" / f"transient_{name}.csv", keep_default_na=False)
    if name == "attribution":
        table = table[(table["pool"] == "soc") & (table["depth"] == "all")]
    if name == "truth":
        table = table[table["scenario"] == ALL.name]
    return table[SHOWN[name]]


def cost(folder):
    """Jobs, CPU seconds and largest resident size in MB of each rule."""
    found = {}
    for rule in RULES:
        paths = [
            *(folder / "benchmarks").glob(f"{rule}*.tsv"),
            *(folder / "benchmarks" / rule).glob("*.tsv"),
        ]
        jobs = pd.concat([pd.read_csv(path, sep="\t") for path in paths])
        found[rule] = {
            "jobs": len(jobs),
            "cpu_s": round(float(jobs["cpu_time"].sum()), 1),
            "max_rss_mb": round(float(jobs["max_rss"].max())),
        }
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", action="store_true", help="print JSON only")
    arguments = parser.parse_args()
    result = join_blocks(sorted((arguments.folder / "transient" / "blocks").glob("*.nc")))
    about = {
        "cells": len(result.cells),
        "common_cells": int(result.common.sum()),
        "years": [int(result.years[0]), int(result.years[-1])],
        "runs": int(result.members.sum()),
        "largest_drift": float(pd.Series(result.drift.ravel()).max()),
        "largest_imbalance": float(result.imbalance.max()),
    }
    tables = {name: rows(arguments.folder, name) for name in SHOWN}
    rules = cost(arguments.folder)
    if arguments.json:
        texts = {name: table.to_dict("records") for name, table in tables.items()}
        print(json.dumps({"machine": describe(), **about, **texts, "rules": rules}, indent=2))
        return
    for name, value in about.items():
        print(f"{name}: {value}")
    for table in tables.values():
        print(table.to_string(index=False, float_format="{:.3g}".format), end="\n\n")
    print(pd.DataFrame(rules).T.to_string())


if __name__ == "__main__":
    main()
