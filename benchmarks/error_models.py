"""Methods under different error models, weights, interpolations, training targets and samplings.

    python benchmarks/error_models.py FOLDER [--config config/own_data.yaml] [--data-dir DIR]
                               [--models NAME ...] [--passes N ...] [--short] [--cores 1]

Runs the workflow once for each of MODELS in FOLDER/<name>, and there for each of PASSES, which
differ in the training target of the learners and in the sampling of random sampling: what a pass
does not change is not made again. Inputs are made once, in FOLDER/inputs, and copied. Without
--config: the twin of the default configuration. --short trains 3 networks instead of 10 (and one
per fold), which suffices to compare.

Printed, and written to FOLDER/error_models.csv: per method the scores of Table 1 on all profiles,
or for learners on those whose spatial block was held out; the median of modelled/observed; the
total to 100 cm, beside the true one of a twin. With --coverage, for a twin, also the fraction of
the true SOC densities of horizons and layers within the 50 and 90 % intervals of the posteriors of
sites (benchmarks/truth.py).
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
import yaml
from _workflow import ROOT, run

UNIT = {"weights": "unit", "interpolation": "linear", "estimate_error": "one_batch"}
MODELS = {
    "recommended": {},
    "lognormal": {"error_model": "lognormal", **UNIT},
    "lognormal_mean": {"error_model": "lognormal_mean", **UNIT},
    "student_t": {"error_model": "student_t", **UNIT},
    "gamma": {"error_model": "gamma", **UNIT},
    "relative_unit": {"error_model": "relative", **UNIT, "estimate_error": "none"},
    "study": {
        "error_model": "relative",
        "weights": "study",
        "interpolation": "cubic_spline",
        "estimate_error": "none",
    },
    "lognormal_study_weights": {"error_model": "lognormal", **UNIT, "weights": "study"},
}
# One target for all learners, and the network of the paper.
ALIKE = {"neural_network": {"preset": "paper"}, "random_forest": {"target": "run"}}
PASSES = {
    "recommended": {},
    "transformed_mean": {
        "learning": {"target": "transformed_mean", **ALIKE},
        "random_sampling": {"sampling": "posterior"},
    },
    "mean": {"learning": {"target": "mean", **ALIKE}, "random_sampling": {"sampling": "marginal"}},
    "mode": {"learning": {"target": "mode", **ALIKE}, "random_sampling": {"sampling": "joint"}},
}
SHORT = {"neural_network": {"members": 3, "fold_members": 1}}
SCORES = ("r2", "r2_one_to_one", "rmse", "bias", "median_ratio")
# What a pass does not change: shown for the first one only.
UNCHANGED = ("default", "one_batch", "site_by_site")
METRE = "0-100 cm"


def combine(base, changes):
    """Nested settings, those of ``changes`` first."""
    both = dict(base or {})
    for key, value in changes.items():
        both[key] = combine(both.get(key), value) if isinstance(value, dict) else value
    return both


def configure(path, data_dir, short):
    """The configuration of a run, with absolute paths."""
    config = yaml.safe_load(path.read_text())
    if data_dir:
        config["data_dir"] = str(data_dir.resolve())
    table = config.get("covariates", {}).get("table")
    if table:
        config["covariates"]["table"] = str(ROOT / table)
    return combine(config, {"learning": SHORT}) if short else config


def copy_inputs(inputs, folder):
    """Start a run from the inputs of another one; files keep their times."""
    if not folder.exists():
        shutil.copytree(inputs, folder, symlinks=True)


def totals(results):
    """Carbon to 100 cm in Pg by method, and the true one of a twin."""
    found = {}
    for path in sorted((results / "projection").glob("*_grid.nc")):
        with xr.open_dataset(path) as grid:
            total = grid["total_mean"].values[list(grid["interval"].values).index(METRE)]
            found[path.name.removesuffix("_grid.nc")] = float(total)
    path = results / "tables" / "recovery_stocks.csv"
    true = np.nan
    if path.exists():
        table = pd.read_csv(path)
        true = table.loc[table["quantity"] == METRE, "true_total_pg"].iloc[0]
    return found, true


def collect(results, model, change):
    """Rows of a run: learners in held-out blocks, the other methods on all profiles."""
    table = pd.read_csv(results / "tables" / "table_1.csv")
    total, true = totals(results)
    table = table[table["sites"] == "cross_validation"]
    return [
        {
            "model": model,
            "pass": change,
            "method": row.method,
            **{name: getattr(row, name) for name in SCORES},
            "total_100cm_pg": total.get(row.method, np.nan),
            "true_total_100cm_pg": true,
        }
        for row in table.itertuples()
    ]


def coverage(results):
    """Fraction of true SOC within posterior intervals, by level and place."""
    command = [sys.executable, str(ROOT / "benchmarks" / "truth.py"), str(results), "--json"]
    command += ["--scenario", "as_run"]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = json.loads(answer)["as_run"]["coverage"]
    return {name: one["covered"] for name, one in found.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--config", type=Path, default=ROOT / "config" / "config.yaml")
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--passes", nargs="+", choices=PASSES, default=list(PASSES))
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--coverage", action="store_true")
    parser.add_argument("--cores", type=int, default=1)
    options = parser.parse_args()

    folder = options.folder.resolve()
    base = configure(options.config, options.data_dir, options.short)
    name = base["dataset"]
    twin = name == "twin"
    inputs = folder / "inputs"
    inputs.mkdir(parents=True, exist_ok=True)
    at = f"results/{name}"
    made = ("site_forcing", "grid_forcing", "site_covariates", "grid_covariates", "references")
    run(inputs, base, *(f"{at}/inputs/{one}.nc" for one in made), cores=options.cores)
    rows = []
    for model in options.models:
        here = folder / model
        copy_inputs(inputs, here)
        for change in options.passes:
            section = {"assimilation": {"likelihood": MODELS[model], "profiles_per_job": 100}}
            config = combine(combine(base, section), PASSES[change])
            wanted = [f"{at}/tables/table_1.csv"]
            wanted += [f"{at}/tables/{'recovery_stocks' if twin else 'table_s3'}.csv"]
            run(here, config, *wanted, cores=options.cores)
            found = collect(here / at, model, change)
            if change != options.passes[0]:
                found = [row for row in found if row["method"] not in UNCHANGED]
            rows += found
            pd.DataFrame(rows).to_csv(folder / "error_models.csv", index=False)
            print(pd.DataFrame(found).to_string(index=False, float_format="%.2f"), flush=True)
        if twin and options.coverage:
            print(f"{model}, within posterior intervals: {json.dumps(coverage(here / at))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
