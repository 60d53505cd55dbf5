"""What the twin's soil surveyors measured: SOC density with noise, turned into laboratory values.

The intended SOC density of a horizon is model SOC at its mid-depth times (1 + noise x N(0, 1)); a
factor below 0.05 is drawn again, so that no observation is zero or negative. Organic carbon is then
set so that the values *as written* give the intended density through the way by which the horizon's
bulk density is known:

    fine earth       orgc * bdfi * (1 - cfvo / 100)
    whole soil       orgc * bdws * (1 - cfgr / 100)
    pedotransfer     orgc * f(orgc) * (1 - cfvo / 100),  f = 0.32 + 1.30 exp(-0.0089 * 1.724 * orgc)

where coarse fragments that were not recorded count as none. f is that of the public code of Tao
et al. (SOC_Convergence); orgc in g kg-1, densities in kg dm-3.
"""

import numpy as np
import pandas as pd
from scipy.interpolate import CubicSpline

from proda.arrays import Counts, FloatArray
from proda.twin.lattice import random_stream

__all__ = [
    "FINE_EARTH",
    "PEDOTRANSFER",
    "ROUTES",
    "WHOLE_SOIL",
    "at_depth",
    "measure",
    "with_noise",
]

FINE_EARTH = ("bdfiod", "bdfi33l", "bdfiad", "bdfifm")
WHOLE_SOIL = ("bdwsod", "bdwsad")
PEDOTRANSFER = "pedotransfer"
# Fraction of profiles whose bulk density is known in each way.
ROUTES = {"bdfiod": 0.28, "bdfi33l": 0.14, "bdfiad": 0.06, "bdfifm": 0.06, "bdwsod": 0.10,
          "bdwsad": 0.06, PEDOTRANSFER: 0.30}  # fmt: skip
FRAGMENT_DENSITY = 2.65  # kg dm-3
MAX_CARBON = 500.0  # g kg-1
MIN_FACTOR = 0.05
CARBON_DECIMALS, DENSITY_DECIMALS, FRAGMENT_DECIMALS = 8, 2, 0


def at_depth(node: FloatArray, soc: FloatArray, depth: FloatArray) -> FloatArray:
    """SOC at given depths, (n, k), NaN where the depth is.

    Not-a-knot cubic spline through the layer nodes; above the first and below the last node the
    value of that node.

    Parameters
    ----------
    node
        Depths of the layer nodes, (layers,) m.
    soc
        (n, layers).
    depth
        (n, k) m.
    """
    spline = CubicSpline(node, soc, axis=1)
    clamped = np.clip(np.nan_to_num(depth, nan=node[0]), node[0], node[-1])
    piece = np.clip(np.searchsorted(node, clamped, side="right") - 1, 0, len(node) - 2)
    step = clamped - node[piece]
    row = np.arange(len(soc))[:, None]
    value = np.zeros_like(clamped)
    for coefficients in spline.c:  # (pieces, n), highest power first
        value = value * step + coefficients[piece, row]
    return np.where(np.isfinite(depth), value, np.nan)


def with_noise(soc: FloatArray, noise: float, seed: int) -> FloatArray:
    """Observed SOC density; the noise of a horizon is the same whatever n.

    Parameters
    ----------
    soc
        (n, k) true values.
    noise
        Relative standard deviation.
    seed
        Of the world.
    """
    rng = random_stream(seed, "observation noise")
    factor = 1.0 + noise * rng.standard_normal(soc.shape)
    while (low := factor < MIN_FACTOR).any():
        factor[low] = 1.0 + noise * rng.standard_normal(low.sum())
    return soc * factor


def measure(
    soc: FloatArray, profile: Counts, depth: FloatArray, stones: FloatArray, seed: int, name: str
) -> pd.DataFrame:
    """Laboratory values of horizons that give the intended SOC density.

    Parameters
    ----------
    soc
        Intended density, (h,) gC m-3, > 0.
    profile
        Number of each horizon's profile, from 0, (h,).
    depth
        (h,) m.
    stones
        Coarse fragments at the place, (h,) volume %.
    seed, name
        What the random numbers depend on.

    Returns
    -------
    pandas.DataFrame
        route, orgc (g kg-1), one column per bulk density (kg dm-3), cfvo (volume %), cfgr (mass %);
        NaN where not measured.
    """
    rng = random_stream(seed, f"laboratory {name}")
    n = int(profile.max()) + 1 if profile.size else 0
    quota = np.searchsorted(np.cumsum(list(ROUTES.values())), (np.arange(n) + 0.5) / max(n, 1))
    route = np.array(list(ROUTES))[np.minimum(rng.permutation(quota), len(ROUTES) - 1)][profile]
    route[rng.random(profile.size) < 0.08] = PEDOTRANSFER  # not every horizon was weighed
    recorded = rng.choice(["both", "one", "none"], n, p=[0.25, 0.55, 0.2])[profile]

    volume = np.clip(
        np.round(stones + rng.normal(0.0, 3.0, profile.size), FRAGMENT_DECIMALS), 0, 75
    )
    used = np.where(recorded == "none", 0.0, volume) / 100.0
    meant = soc / 1000.0  # kg m-3 = g kg-1 * kg dm-3
    by_function = _solve_pedotransfer(meant / (1.0 - used))
    route[np.isnan(by_function)] = FINE_EARTH[0]
    typical = _pedotransfer(np.nan_to_num(by_function, nan=MAX_CARBON))
    fine = (
        typical * np.exp(rng.normal(0.0, 0.08, profile.size)) * (1.0 + 0.03 * np.minimum(depth, 2))
    )
    fine = np.maximum(np.clip(fine, 0.15, 1.95), meant / (1.0 - used) / MAX_CARBON)
    fine = np.ceil(fine * 10**DENSITY_DECIMALS) / 10**DENSITY_DECIMALS

    whole_soil = np.isin(route, WHOLE_SOIL)
    stone_mass = FRAGMENT_DENSITY * used
    whole = np.round(fine * (1.0 - used) + stone_mass, DENSITY_DECIMALS)
    mass = np.round(100.0 * stone_mass / whole, 1)
    fine_mass = np.where(whole_soil, whole * (1.0 - mass / 100.0), fine * (1.0 - used))
    carbon = np.where(route == PEDOTRANSFER, by_function, meant / fine_mass)

    table = pd.DataFrame({"route": route, "orgc": np.round(carbon, CARBON_DECIMALS)})
    for code in FINE_EARTH + WHOLE_SOIL:
        table[code] = np.where(route == code, whole if code in WHOLE_SOIL else fine, np.nan)
    # Some horizons were weighed twice; the value that is preferred must win.
    twice = (route == "bdfiod") & (rng.random(profile.size) < 0.2)
    table.loc[twice, "bdfi33l"] = np.round(fine[twice] * 1.06, DENSITY_DECIMALS)
    twice = np.isin(route, FINE_EARTH) & (rng.random(profile.size) < 0.1)
    table.loc[twice, "bdwsod"] = np.round(whole[twice] * 1.02, DENSITY_DECIMALS)
    table["cfvo"] = np.where(
        (recorded == "both") | ((recorded == "one") & ~whole_soil), volume, np.nan
    )
    table["cfgr"] = np.where(
        (recorded == "both") | ((recorded == "one") & whole_soil), mass, np.nan
    )
    return table


def _pedotransfer(carbon: FloatArray) -> FloatArray:
    """Bulk density, kg dm-3, of soil with organic carbon in g kg-1."""
    return 0.32 + 1.30 * np.exp(-0.0089 * 1.724 * carbon)


def _solve_pedotransfer(density: FloatArray) -> FloatArray:
    """Organic carbon in g kg-1 with carbon * f(carbon) = density; NaN above MAX_CARBON.

    The product grows with carbon everywhere, so bisection finds the one solution.
    """
    low, high = np.zeros_like(density), np.full_like(density, MAX_CARBON)
    for _ in range(60):
        middle = 0.5 * (low + high)
        below = middle * _pedotransfer(middle) < density
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    attainable = density <= MAX_CARBON * _pedotransfer(np.array(MAX_CARBON))
    return np.where(attainable, 0.5 * (low + high), np.nan)
