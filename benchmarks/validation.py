"""The matrix model against a column of CLM5 itself: python benchmarks/validation.py [COLUMN.csv]

Two questions. Is the matrix CLM's? With the rates at which CLM's pools decomposed (loss over mean)
and their tendencies as a load, the model's own matrix should give CLM's mean pools back. And how
far is the steady state at CLM's parameters from CLM, with its climatology of scalars alone?

COLUMN.csv has a row per quantity and month: name, what, unit, month, layer_1, layer_2, ... down to
bedrock (below it everything is 0). For each pool (CWD, L1, L2, L3, S1, S2, S3) its mean (gC m-3),
tendency and loss by decomposition (gC m-3 yr-1), for the first four the input (gC m-3 yr-1);
sand (%); and per month TSOI (K), T_SCALAR, W_SCALAR, O_SCALAR and FPI, CLM's nitrogen scalar. By
default the column of tests/data/clm5_column.csv, whose active layer is deeper than its bedrock.
"""

import argparse
import csv
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from proda.model import MonthlyForcing
from proda.model.default_runs import default_model, default_parameters
from proda.model.layout import POOLS

COLUMN = Path(__file__).parents[1] / "tests" / "data" / "clm5_column.csv"
THAWED = 42.0  # m, the active layer of soil that never freezes in CLM
SOC = slice(4, 7)
LITTER = slice(1, 4)
DAYS_PER_YEAR = 365.0
# Turnover times of the pools in the parameter table, yr.
TURNOVER = (
    "cwd_turnover_time",
    "metabolic_litter_turnover_time",
    "structural_litter_turnover_time",
    "structural_litter_turnover_time",
    "fast_soc_turnover_time",
    "slow_soc_turnover_time",
    "passive_soc_turnover_time",
)


@dataclass(frozen=True)
class ClmColumn:
    """A column of CLM5 with n layers above bedrock.

    mean, tendency, loss: (7, n) of the pools, gC m-3 and gC m-3 yr-1. carbon_input: (4, n)
    gC m-3 yr-1. sand: (n,) %. months: name -> (12, n) monthly climatology.
    """

    mean: np.ndarray
    tendency: np.ndarray
    loss: np.ndarray
    carbon_input: np.ndarray
    sand: np.ndarray
    months: dict

    @property
    def n_layers(self):
        return len(self.sand)


def read_column(path=COLUMN):
    """A ClmColumn from a table as described above. Raises KeyError for a missing row."""
    with open(path, newline="") as handle:
        reader = csv.DictReader(handle)
        layers = [name for name in reader.fieldnames if name.startswith("layer_")]
        rows = {
            (row["name"], row["what"], row["month"]): np.array([float(row[j]) for j in layers])
            for row in reader
        }
    by_pool = {
        what: np.array([rows[pool, what, ""] for pool in POOLS])
        for what in ("mean", "tendency", "loss")
    }
    months = {
        name: np.array([rows[name, "", str(month)] for month in range(1, 13)])
        for name in ("TSOI", "T_SCALAR", "W_SCALAR", "O_SCALAR", "FPI")
    }
    return ClmColumn(
        **by_pool,
        carbon_input=np.array([rows[pool, "input", ""] for pool in POOLS[:4]]),
        sand=rows["sand", "", ""],
        months=months,
    )


def deep(values, below=0.0):
    """(..., n) of the layers above bedrock -> (..., 20)."""
    filled = np.full((*values.shape[:-1], 20), below)
    filled[..., : values.shape[-1]] = values
    return filled


def forcing(column, **scalars):
    """MonthlyForcing of the column with its carbon input, and the given scalars."""
    return MonthlyForcing(
        active_layer_depth=np.full(12, THAWED),
        active_layer_depth_last_year=np.full(12, THAWED),
        bedrock_layer=column.n_layers,
        litter_input_by_layer=deep(column.carbon_input),
        sand=deep(column.sand),
        **scalars,
    )


def effective_scalars(column, by_pool):
    """Scalars at which the pools decomposed on average: those of S3 and of litter, as a forcing.

    by_pool: a scalar for each litter pool; else that of L2 for all of them.
    """
    model = default_model("clm5-20", "clm5")
    table, n = model.parameters, column.n_layers
    turnover = table.clm5_default[[table.index(name) for name in TURNOVER]]
    efolding_depth = table.clm5_default[table.index("decomposition_efolding_depth")]
    scalar = column.loss / column.mean * turnover[:, None]
    soil = scalar[6] / np.exp(-model.grid.node[:n] / efolding_depth)
    nitrogen = np.repeat((scalar[LITTER] / scalar[6])[:, None], 12, axis=1)
    every_month = np.ones((12, 1))
    more = (
        {"nitrogen_scalar_by_pool": deep(nitrogen)}
        if by_pool
        else {"nitrogen_scalar": deep(nitrogen[1])}
    )
    return forcing(
        column,
        temperature_scalar=deep(every_month * soil),
        water_scalar=deep(np.ones((12, n))),
        oxygen_scalar=deep(np.ones((12, n))),
        **more,
    )


def at_clms_rates(column, by_pool=False):
    """Pools (7, n) gC m-3 of the model's matrix at CLM's rates, tendencies taken off the input."""
    model = default_model("clm5-20", "clm5")
    scalars = effective_scalars(column, by_pool)
    values = default_parameters("clm5-20", scalars, "clm5")
    matrix, load = model.matrix_of(values[0], scalars)
    load = load.reshape(7, -1) - deep(column.tendency) / DAYS_PER_YEAR
    pools = np.linalg.solve(matrix, -load.ravel()).reshape(7, -1)
    return pools[:, : column.n_layers]


def at_steady_state(column, temperature="TSOI", **switches):
    """Pools (7, n) gC m-3 at steady state with CLM's parameters and climatology.

    temperature: TSOI (the model's own temperature scalar) or T_SCALAR (CLM's).
    """
    months = column.months
    given = (
        {"soil_temperature": deep(months["TSOI"], 280.0)}
        if temperature == "TSOI"
        else {"temperature_scalar": deep(months["T_SCALAR"])}
    )
    climatology = forcing(
        column,
        water_scalar=deep(months["W_SCALAR"]),
        oxygen_scalar=deep(months["O_SCALAR"]),
        nitrogen_scalar=deep(months["FPI"]),
        **given,
    )
    model = default_model("clm5-20", "clm5", **switches)
    values = default_parameters("clm5-20", climatology, "clm5")
    return model.steady_state_of(values, climatology)[0, :, : column.n_layers]


def deviations(column, pools):
    """Of pools (7, n) from CLM's means, in %: by pool and layer, of SOC by layer and in all."""
    thickness = default_model("clm5-20", "clm5").grid.thickness[: column.n_layers]
    soc, clm = pools[SOC].sum(axis=0), column.mean[SOC].sum(axis=0)
    return {
        "pools": 100.0 * (pools / column.mean - 1.0),
        "soc_by_layer": 100.0 * (soc / clm - 1.0),
        "soc": float(100.0 * (soc @ thickness / (clm @ thickness) - 1.0)),
    }


def figures(column):
    """All deviations of docs/validation.md."""
    runs = {
        "CLM's rates, one scalar for litter": at_clms_rates(column),
        "CLM's rates, a scalar per litter pool": at_clms_rates(column, by_pool=True),
        "steady state, century_normalisation": at_steady_state(column),
        "steady state, CLM's T_SCALAR": at_steady_state(column, "T_SCALAR"),
        "steady state, without normalisation": at_steady_state(column, century_normalisation=False),
    }
    return {name: deviations(column, pools) for name, pools in runs.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("column", nargs="?", default=COLUMN, help="table of a column of CLM5")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    found = figures(read_column(options.column))
    if options.json:
        plain = {
            name: {key: np.round(value, 3).tolist() for key, value in part.items()}
            for name, part in found.items()
        }
        print(json.dumps(plain, indent=2))
        return
    print("deviation from CLM's means, %: all SOC, then the range over the layers of each pool\n")
    for name, part in found.items():
        print(f"{name}: SOC {part['soc']:+.2f}")
        for pool, layers in zip(POOLS, part["pools"], strict=True):
            print(f"    {pool:4s} {layers.min():+8.2f} to {layers.max():+8.2f}")


if __name__ == "__main__":
    main()
