"""Columns and parameter sets for tests: reference cases, draws of the prior, simple columns.

tests/data/forward_*.csv.gz hold parameters, forcing and results of public implementations of the
two structures (the R function of the 2020 study, the MATLAB functions of the later one), run by the
authors of this repository; ``exact_*`` are solutions of the same equations in 60-digit arithmetic.
"""

import csv
import gzip
from functools import cache
from pathlib import Path

import numpy as np

from proda.compiled import kernel
from proda.model import AnnualForcing, MatrixModel, MonthlyForcing
from proda.model.layout import (
    CARBON,
    LITTER_SCALAR,
    POOLS,
    RATE,
    SOIL_SCALAR,
    SOURCE,
    THICKNESS,
    TO_PASSIVE,
    TO_SLOW,
    new_workspace,
)
from proda.model.steady_state import coefficients, solve

DATA = Path(__file__).parents[1] / "data"
INPUTS = ("input_cwd", "input_l1", "input_l2", "input_l3")


@cache
def reference_rows(layers):
    """Rows of the reference cases with ``layers`` layers, as dicts of texts."""
    with gzip.open(DATA / f"forward_{layers}layer.csv.gz", "rt", newline="") as handle:
        return list(csv.DictReader(handle))


def numbers(rows, columns):
    """(rows, columns) numbers of the named columns, NaN where there is none."""
    return np.array([[float(row[column] or "nan") for column in columns] for row in rows])


def reference_pools(layers, prefix=""):
    """(cases, 7, layers) gC m-3 of the reference, or with ``exact_`` of the 60-digit solution."""
    columns = [f"{prefix}{pool}_{j}" for pool in POOLS for j in range(1, layers + 1)]
    return numbers(reference_rows(layers), columns).reshape(-1, 7, layers)


def reference_case(structure):
    """(theta, forcing) of all reference cases of a structure."""
    model = MatrixModel(structure)
    n = model.grid.n_layers
    rows = reference_rows(n)
    theta = numbers(rows, model.parameters.code_names)
    if structure == "clm45-10":
        low, high, alt = numbers(rows, ["npp_min", "npp_max", "altmax_lastyear"]).T
        return theta, AnnualForcing(
            npp_min=low,
            npp_max=high,
            active_layer_depth=alt,
            soil_temperature=numbers(rows, [f"tsoi_{j}" for j in range(1, n + 1)]),
            soil_water_potential=numbers(rows, [f"psi_{j}" for j in range(1, n + 1)]),
        )
    mean, amplitude, w0, alt, bedrock = numbers(
        rows, ["t_mean", "t_amplitude", "w0", "altmax", "nbedrock"]
    ).T[:, :, None, None]
    month, layer = np.arange(1, 13)[:, None], np.arange(1, n + 1)
    wave = np.exp(-layer / 8) * np.sin(2 * np.pi * (month - 4) / 12)
    water = np.minimum(1.0, w0 * (1 + 0.4 * np.cos(2 * np.pi * month / 12)))
    shape = (len(rows), 12, n)
    depth = np.repeat(alt[:, :, 0], 12, axis=1)
    return theta, MonthlyForcing(
        soil_temperature=mean + amplitude * wave,
        water_scalar=np.broadcast_to(water, shape),
        oxygen_scalar=np.full(shape, 0.85),
        nitrogen_scalar=np.full(shape, 0.9),
        active_layer_depth=depth,
        active_layer_depth_last_year=depth,
        bedrock_layer=bedrock[:, 0, 0],
        litter_input=numbers(rows, INPUTS),
    )


def annual(alt=1.5, temperature=280.0, potential=-0.5, npp=(300.0, 700.0), **more):
    """One column of uniform annual forcing."""
    return AnnualForcing(
        npp_min=npp[0],
        npp_max=npp[1],
        active_layer_depth=alt,
        soil_temperature=np.full(10, temperature),
        soil_water_potential=np.full(10, potential),
        **more,
    )


def monthly(alt=1.2, bedrock=20, temperature=None, water=None, oxygen=0.9, nitrogen=0.95, **more):
    """One column of monthly forcing; by default a warm, wet end of the year."""
    if temperature is None:
        temperature = np.linspace(276, 284, 12)[:, None] + np.linspace(0.5, -0.5, 20)
    if water is None:
        water = np.linspace(0.2, 0.5, 12)[:, None]
    values = {
        "soil_temperature": temperature,
        "water_scalar": water,
        "oxygen_scalar": oxygen,
        "nitrogen_scalar": nitrogen,
    }
    values = {name: np.broadcast_to(value, (12, 20)) for name, value in values.items()}
    values["active_layer_depth"] = values["active_layer_depth_last_year"] = np.full(12, alt)
    values |= {"bedrock_layer": bedrock, "litter_input": [60.0, 120.0, 180.0, 96.0]}
    return MonthlyForcing(**values | more)


# From never thawed to deeply thawed, the thresholds of both structures included.
ACTIVE_LAYER_DEPTHS = (
    0.0,
    0.005,
    0.01,
    0.05,
    0.3,
    0.8,
    1.5,
    1.9,
    2.0,
    2.5,
    3.0,
    4.9,
    5.0,
    6.0,
    40.0,
)


def annual_draws(n, seed=0):
    """(theta, forcing): n draws of the prior, each in a column of its own."""
    rng = np.random.default_rng(seed)
    low = rng.uniform(5, 600, n)
    forcing = AnnualForcing(
        npp_min=low,
        npp_max=low + rng.uniform(0, 900, n),
        active_layer_depth=rng.choice(ACTIVE_LAYER_DEPTHS, n),
        soil_temperature=rng.uniform(250, 303, (n, 1)) + rng.uniform(-2, 2, (n, 10)),
        soil_water_potential=-(10 ** rng.uniform(-4, 1.7, (n, 10))),
    )
    return prior_draws("clm45-10", n, rng), forcing


def monthly_draws(n, seed=0):
    """(theta, forcing): n draws of the prior, each in a column of its own, any depth of bedrock."""
    rng = np.random.default_rng(seed)
    wave = np.sin(2 * np.pi * (np.arange(1, 13)[:, None] - 4) / 12) * np.exp(-np.arange(20) / 8)
    last_year = rng.choice(ACTIVE_LAYER_DEPTHS, (n, 1)) * rng.choice([1.0, 0.5], (n, 12))
    forcing = MonthlyForcing(
        soil_temperature=rng.uniform(255, 300, (n, 1, 1)) + rng.uniform(0, 15, (n, 1, 1)) * wave,
        water_scalar=rng.uniform(0.01, 1, (n, 12, 20)),
        oxygen_scalar=rng.uniform(0.3, 1, (n, 12, 20)),
        nitrogen_scalar=rng.uniform(0.3, 1, (n, 12, 20)),
        active_layer_depth=np.maximum(last_year, rng.choice(ACTIVE_LAYER_DEPTHS, (n, 12))),
        active_layer_depth_last_year=last_year,
        bedrock_layer=rng.integers(1, 21, n),
        litter_input=rng.uniform(1, 400, (n, 4)),
    )
    return rng.random((n, 21)), forcing


def prior_draws(structure, n, rng):
    """n normalised parameter sets whose input fractions sum to less than one."""
    model = MatrixModel(structure)
    theta = rng.random((n, len(model.parameters)))
    if structure == "clm45-10":
        fractions = [model.parameters.code_names.index(name) for name in ("p4ll", "p4ml", "p4cl")]
        while (much := model.parameters.to_physical(theta)[:, fractions].sum(axis=1) >= 1).any():
            theta[much] = rng.random((much.sum(), theta.shape[1]))
    return theta


def corners(structure):
    """All parameters near an end of the prior, then each alone; input fractions stay below one."""
    names = MatrixModel(structure).parameters.code_names
    rows = []
    for value in (0.0, 1e-6, 1 - 1e-6, 1.0):
        rows.append(np.full(len(names), value))
        for k in range(len(names)):
            row = np.full(len(names), 0.4)
            row[k] = value
            rows.append(row)
    theta = np.array(rows)
    if structure == "clm45-10":
        theta[:, names.index("p4ml")] *= 0.4
        theta[:, names.index("p4cl")] *= 0.4
    return theta


DRAWS = {"clm45-10": annual_draws, "clm5-20": monthly_draws}
COLUMN = {"clm45-10": annual, "clm5-20": monthly}
STRUCTURES = tuple(DRAWS)

TRANSFERS = ("fl1s1", "fl2s1", "fl3s2", "fs2s1", "fs2s3", "fs3s1")


def respiration_per_input(model, theta, forcing, pools):
    """Of one parameter set in one column."""
    _, w = model.coefficients(theta, forcing)
    value = dict(zip(model.parameters.code_names, model.parameters.to_physical(theta), strict=True))
    l1s1, l2s1, l3s2, s2s1, s2s3, s3s1 = (value[name] for name in TRANSFERS)
    respired = [0.0, 1 - l1s1, 1 - l2s1, 1 - l3s2, 1 - w[TO_SLOW] - w[TO_PASSIVE]]
    respired += [1 - s2s1 - s2s3, 1 - s3s1]
    scalars = [w[SOIL_SCALAR], *w[LITTER_SCALAR : LITTER_SCALAR + 3], *[w[SOIL_SCALAR]] * 3]
    flux = sum(
        (fraction * rate * scalar * model.grid.thickness * pool).sum()
        for fraction, rate, scalar, pool in zip(respired, w[RATE], scalars, pools, strict=False)
    )
    return flux / w[SOURCE : SOURCE + 4].sum()


@kernel
def _one_by_one(physical, columns, grid, switches, w, pools):
    for i in range(len(physical)):
        coefficients(physical[i], columns[i], grid, switches, w)
        solve(physical[i], grid[THICKNESS], w)
        pools[i] = w[CARBON : CARBON + 7]


def scalar_steady_states(model, physical, columns):
    """(n, 7, layers) pools of n columns by the kernels of one column."""
    n = model.grid.n_layers
    pools = np.empty((len(physical), 7, n))
    _one_by_one(physical, columns, model.grid_rows, model.switches, new_workspace(n), pools)
    return pools
