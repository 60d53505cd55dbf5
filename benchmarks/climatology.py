"""What a climatology of the scalars loses against their product month by month, over the prior.

    python benchmarks/climatology.py [--files PATTERN ... --lat LAT --lon LON] [--years 20]
        [--draws 2000] [--seed 1] [--json]

Without files, columns of one layer are made for three climates: months of many years with a
seasonal cycle, temperature anomalies that last (sd in K), and water, oxygen and nitrogen scalars
that follow them with the stated correlation. With files, it is the column of a history at a place.
Environmental scalars of SOC and of litter are computed exactly, month by month over all years, and
from either climatology, for draws of Q10 and of the factor on the water scalar from the prior and
at CLM's values. Errors are relative to the exact scalar, in the layers that decompose.
"""

import argparse
import json
import sys
from glob import glob
from pathlib import Path
from time import process_time

import numpy as np
from _machine import describe

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from proda.data.land_model.climatology import MEANS, means_of_groups, middle_of_prior
from proda.data.land_model.history import History
from proda.data.land_model.substitutes import HistoryFields
from proda.model import MatrixModel
from proda.model.monthly import MonthlyForcing
from proda.model.structures import get_structure

STRUCTURE = get_structure("clm5-20")
TABLE = STRUCTURE.parameters
Q10 = float(TABLE.clm5_default[TABLE.index("q10")])
WATER_SCALING = middle_of_prior(STRUCTURE, "water_scaling")
# Mean K, amplitude K, mean water scalar, its amplitude, correlation of the anomalies.
CLIMATES = {
    "boreal": (273.0, 14.0, 0.45, 0.3, 0.7),
    "temperate, dry summers": (285.0, 9.0, 0.55, -0.3, -0.7),
    "tropical": (298.0, 2.0, 0.7, 0.15, -0.5),
}
GROUPS = (2, 4, 8)
ANOMALY = {"temperature": 1.5, "water": 0.12, "oxygen": 0.05, "nitrogen": 0.1}  # sd


def made_up(climate, years, rng):
    """Scalars (years, 12, 1) of a made-up column."""
    mean, amplitude, wet, swing, correlation = CLIMATES[climate]
    season = np.cos(2 * np.pi * (np.arange(12) - 6) / 12)[:, None]
    warm, other, air, plant = rng.standard_normal((4, years, 12, 1))
    moist = correlation * warm + np.sqrt(1 - correlation**2) * other
    return {
        "temperature": mean + amplitude * season + ANOMALY["temperature"] * warm,
        "water": np.clip(wet + swing * season + ANOMALY["water"] * moist, 0, 1),
        "oxygen": np.clip(0.9 - ANOMALY["oxygen"] * (moist + air), 0, 1),
        "nitrogen": np.clip(0.7 + ANOMALY["nitrogen"] * plant, 0, 1),
    }


def read_column(patterns, lat, lon):
    """Scalars (years, 12, layers) of the column of a history next to a place."""
    history = History([path for pattern in patterns for path in sorted(glob(pattern))])
    land = STRUCTURE.land_model
    fields, nodes = HistoryFields(history), STRUCTURE.grid.node
    source = {field.name: field.sources[0] for field in land.fields}
    i = int(np.argmin(np.abs(history.lat - lat)))
    j = int(np.argmin(np.abs((history.lon - lon + 180) % 360 - 180)))
    column = {}
    for key, name in zip(MEANS, land.product[:4], strict=True):
        steps = fields.months(source[name], None)
        rows = [
            fields.step(source[name], nodes, steps, k, land.interpolate)[:, i, j]
            for k in range(len(steps.index))
        ]
        column[key] = np.array(rows).reshape(-1, 12, nodes.size)
    return column


def scalars(column, q10, water_scaling):
    """Mean scalars of SOC and litter over years and months, (layers,) each."""
    soil = q10 ** ((column["temperature"] - 298.15) / 10) * column.get("variability", 1.0)
    soil = soil * np.minimum(1, water_scaling * column["water"]) * column["oxygen"]
    return soil.mean(axis=(0, 1)), (soil * column["nitrogen"]).mean(axis=(0, 1))


def climatologies(column):
    """The climatologies by name, as columns of one year; those of groups have more months."""
    found = {"fields": {name: value.mean(axis=0, keepdims=True) for name, value in column.items()}}
    years = len(column["water"])
    for groups in (1, *GROUPS):
        months = [
            part
            for month in range(12)
            for part in means_of_groups(
                [{name: values[y, month] for name, values in column.items()} for y in range(years)],
                [1.0] * years,
                groups,
                Q10,
                WATER_SCALING,
            )
        ]
        name = "product" if groups == 1 else f"product, {groups} groups"
        found[name] = {key: np.stack([one[key] for one in months])[None] for key in months[0]}
    return found


def time_of_steady_state(groups, n=4096):
    """Seconds of processor time of a steady state, the best of several runs."""
    shape = (1, 12 * groups, 20)
    forcing = MonthlyForcing(
        soil_temperature=np.full(shape, 280.0),
        water_scalar=np.full(shape, 0.5),
        oxygen_scalar=np.full(shape, 0.9),
        nitrogen_scalar=np.full(shape, 0.8),
        active_layer_depth=np.full((1, 12), 10.0),
        active_layer_depth_last_year=np.full((1, 12), 10.0),
        bedrock_layer=20.0,
        litter_input=np.full((1, 4), 100.0),
    )
    model = MatrixModel(STRUCTURE.name)
    physical = model.prior.to_vector(np.random.default_rng(0).uniform(0.2, 0.8, (n, 21)))
    columns = model.columns(forcing)
    seconds = []
    for _ in range(7):
        start = process_time()
        model.steady_state_in(physical, columns)
        seconds.append(process_time() - start)
    return min(seconds) / n


def errors(column, q10, water_scaling):
    """Relative errors (sets, 2, layers) by climatology."""
    means = climatologies(column)
    found = {name: [] for name in means}
    for q, w in zip(q10, water_scaling, strict=True):
        exact = np.stack(scalars(column, q, w))
        decays = exact > 1e-6
        for name, one in means.items():
            ratio = np.stack(scalars(one, q, w))[decays] / exact[decays] - 1
            found[name].append(ratio)
    return {name: np.concatenate(values) for name, values in found.items()}


def summary(values):
    """Median and 95 % quantile of the size of the errors and the largest, in %."""
    size = 100 * np.abs(values)
    return {
        "median": float(np.median(size)),
        "p95": float(np.quantile(size, 0.95)),
        "largest": float(size.max()),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", nargs="+")
    parser.add_argument("--lat", type=float)
    parser.add_argument("--lon", type=float)
    parser.add_argument("--years", type=int, default=20)
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    if options.files:
        columns = {"history": read_column(options.files, options.lat, options.lon)}
    else:
        columns = {name: made_up(name, options.years, rng) for name in CLIMATES}
    low, high = TABLE.minimum, TABLE.maximum
    drawn = [
        rng.uniform(low[k], high[k], options.draws)
        for k in (TABLE.index("q10"), TABLE.index("water_scaling"))
    ]
    results = {}
    for name, column in columns.items():
        at_clm = errors(column, [Q10], [1.0])
        over_prior = errors(column, *drawn)
        results[name] = {
            which: {"CLM's values": summary(at_clm[which]), "prior": summary(over_prior[which])}
            for which in at_clm
        }
    seconds = {groups: time_of_steady_state(groups) for groups in (1, *GROUPS)}
    if options.json:
        found = {"machine": describe(), "errors_percent": results, "seconds": seconds}
        print(json.dumps(found, indent=2))
        return
    for name, by_climatology in results.items():
        for which, by_sets in by_climatology.items():
            for sets, numbers in by_sets.items():
                text = ", ".join(f"{key} {value:.3g} %" for key, value in numbers.items())
                print(f"{name}, {which}, {sets}: {text}")
    for groups, value in seconds.items():
        print(f"steady state with {groups} groups: {1e6 * value:.2f} us")


if __name__ == "__main__":
    main()
