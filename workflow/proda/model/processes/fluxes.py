"""Decomposition, respiration, efficiency and transport of solved columns.

With density X_qj of pool q in layer j of thickness dz_j, turnover rate k_q = 1 / tau_q, scalar
xi_qj (mean over months of the product of temperature, water, oxygen and, for litter, nitrogen
scalars, times that of depth), transfer fractions a_pq and conductances g_j of the face below j:

    decomposition     F_qj = k_q xi_qj X_qj dz_j,  F_q = sum_j F_qj
    respiration       R = sum_qj (1 - sum_p a_pq) F_qj      woody debris respires nothing
    efficiency        CUE = sum_(q in L1..S3) sum_pj a_pq F_qj / sum_(q in L1..S3) F_q
    with debris       the same with CWD among q, whose a sum to 1
    weights of SOC    w_j = sum_s X_sj dz_j / sum_js X_sj dz_j,  s in S1..S3
    baseline rate     K = sum_s k_s sum_j X_sj dz_j / sum_js X_sj dz_j
    transport rate    V = sum_j w_j (g_(j-1) + g_j) / dz_j
    modifier          Xi = sum_j w_j xi_j
    later code        xi_j = mean(xi_T) mean(xi_W) xi_D, means over months, for all pools, in Xi and
                      in the F_qj of CUE: neither oxygen nor nitrogen

At steady state R equals the input. V is the rate at which a layer exchanges its carbon with its
neighbours. It grows with the resolution of the grid, so that it compares columns of one grid only;
it is the later code's definition, as K is. CLM's own temperature scalar, where the forcing has it,
reaches the model as a product with oxygen's, so that the product of means does not exist for it.
"""

import numpy as np

from proda.arrays import Columns, FloatArray, Layers, Parameters, PoolLayers
from proda.model.constants import DAYS_PER_YEAR
from proda.model.environment import CENTURY_AT_15_DEGC, MIN_EFOLDING_DEPTH
from proda.model.layout import (
    ENTRIES,
    GIVEN_TEMPERATURE_SCALAR,
    LITTER_SCALAR,
    LOWER_CONDUCTANCE,
    MONTH_ROWS,
    MONTHS,
    NODE,
    RATE,
    SOIL_SCALAR,
    TEMPERATURE,
    TO_SLOW,
    UPPER_CONDUCTANCE,
    WATER,
)
from proda.model.slots import (
    CELLULOSE_TO_FAST,
    EFOLDING_DEPTH,
    FAST_TO_PASSIVE,
    LIGNIN_TO_SLOW,
    METABOLIC_TO_FAST,
    PASSIVE_TO_FAST,
    Q10,
    SATURATED_WATER_POTENTIAL,
    SLOW_TO_FAST,
    SLOW_TO_PASSIVE,
    WATER_SCALING,
)
from proda.model.switches import Switches

__all__ = [
    "decomposition",
    "efficiency",
    "modifier_of_means",
    "rates_of_pools",
    "retained_fractions",
    "transport_rates",
]

LITTER = slice(1, 4)


def decomposition(pools: PoolLayers, workspaces: FloatArray, thickness: FloatArray) -> PoolLayers:
    """Decomposition F_qj, (n, 7, layers) gC m-2 yr-1.

    Parameters
    ----------
    pools
        (n, 7, layers) gC m-3.
    workspaces
        (n, rows, layers) with coefficients.
    thickness
        (layers,) m.
    """
    scalars = np.repeat(workspaces[:, None, SOIL_SCALAR], 7, axis=1)
    scalars[:, LITTER] = workspaces[:, LITTER_SCALAR : LITTER_SCALAR + 3]
    return rates_of_pools(workspaces) * scalars * pools * thickness


def rates_of_pools(workspaces: FloatArray) -> FloatArray:
    """Turnover rates k_q, (n, 7, 1) yr-1."""
    return np.asarray(DAYS_PER_YEAR * workspaces[:, RATE, :7, None])


def retained_fractions(physical: Parameters, workspaces: FloatArray) -> PoolLayers:
    """What other pools receive of a pool's decomposition, sum_p a_pq, (n, 7, layers)."""
    retained = np.ones((len(physical), 7, workspaces.shape[2]))
    retained[:, 1] = physical[:, METABOLIC_TO_FAST, None]
    retained[:, 2] = physical[:, CELLULOSE_TO_FAST, None]
    retained[:, 3] = physical[:, LIGNIN_TO_SLOW, None]
    retained[:, 4] = workspaces[:, TO_SLOW] + physical[:, FAST_TO_PASSIVE, None]
    retained[:, 5] = (physical[:, SLOW_TO_FAST] + physical[:, SLOW_TO_PASSIVE])[:, None]
    retained[:, 6] = physical[:, PASSIVE_TO_FAST, None]
    return retained


def efficiency(decomposed: PoolLayers, retained: PoolLayers, with_cwd: bool) -> Columns:
    """Carbon use efficiency, the share of decomposed carbon that stays, (n,).

    Parameters
    ----------
    decomposed, retained
        (n, 7, layers), as of ``decomposition`` and ``retained_fractions``.
    with_cwd
        Whether woody debris counts among the donors.
    """
    first = 0 if with_cwd else 1
    kept = (decomposed[:, first:] * retained[:, first:]).sum(axis=(1, 2))
    return np.asarray(kept / decomposed[:, first:].sum(axis=(1, 2)))


def transport_rates(workspaces: FloatArray, thickness: FloatArray) -> Layers:
    """Exchange of each layer with its neighbours, (n, layers) yr-1.

    Parameters
    ----------
    workspaces
        (n, rows, layers) with coefficients.
    thickness
        (layers,) m.
    """
    exchange = workspaces[:, UPPER_CONDUCTANCE].copy()
    exchange[:, -1] = 0.0  # nothing passes the bottom of the grid
    exchange[:, 1:] += workspaces[:, LOWER_CONDUCTANCE, :-1]
    return exchange * (DAYS_PER_YEAR / thickness)


def modifier_of_means(
    physical: Parameters, columns: FloatArray, grid: Layers, switches: Switches
) -> Layers:
    """The later code's scalar, mean(xi_T) mean(xi_W) xi_D, (n, layers).

    Parameters
    ----------
    physical
        (n, 26) physical vectors.
    columns
        (n, rows, layers), the prepared column of each.
    grid
        (3, layers), m, as ``proda.model.columns.grid_rows``.
    switches
        Choices of the model.
    """
    given = columns[:, ENTRIES, GIVEN_TEMPERATURE_SCALAR] > 0.0
    log_q10 = np.log(physical[:, Q10, None, None])
    temperature = np.exp(log_q10 * columns[:, MONTHS + TEMPERATURE :: MONTH_ROWS]).mean(axis=1)
    if switches.century_normalisation:
        temperature *= CENTURY_AT_15_DEGC * physical[:, Q10, None]
    temperature[given] = np.nan
    moisture = columns[:, MONTHS + WATER :: MONTH_ROWS]
    if switches.water_from_potential:
        with np.errstate(divide="ignore"):
            saturated = np.log(
                switches.driest_water_potential / -np.abs(physical[:, SATURATED_WATER_POTENTIAL])
            )
        water = np.clip(moisture / saturated[:, None, None], None, 1.0)
        water = np.where(moisture < 0.0, switches.dry_water_scalar, water)
        water = np.maximum(water, switches.water_scalar_floor)
    else:
        water = np.minimum(1.0, physical[:, WATER_SCALING, None, None] * moisture)
    efolding = np.maximum(physical[:, EFOLDING_DEPTH], MIN_EFOLDING_DEPTH)
    return np.asarray(temperature * water.mean(axis=1) * np.exp(-grid[NODE] / efolding[:, None]))
