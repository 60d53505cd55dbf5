"""Response of a column's stocks to its mechanisms: exact derivatives by the adjoint.

A mechanism m has parameters theta_i and a bulk value P_m (``proda.model.mechanisms``), both of
which the steady state X depends on:

    P_m(theta) = p_m(X(theta), theta),    C_d(theta) = sum_js X_sj dz_j(d)

Its parameters move by the same proportion, each in the direction in which it raises P_m at given
pools, d ln theta_i = sigma_i de with sigma_i = sign(dp_m / d ln theta_i):

    decomposition            -1 for all turnover times
    carbon use efficiency    +1 for transfer fractions of litter and SOC, 0 for those of debris
    vertical transport       +1 for both diffusivities
    environment              +1 for e-folding depth and water scaling; for Q10 the sign of the
                             column, -1 where soil is colder than 25 degC on average
    input depth              +1 for beta
    carbon input             all input by the same proportion, whichever its parameters are

so that no parameter undoes what another does. With grad the derivative at all lengths,

    dP_m / de = sum_i sigma_i theta_i (dp_m / dtheta_i + [dX/dtheta_i]' dp_m/dX)
    dC_d / de = sum_i sigma_i theta_i  [dX/dtheta_i]' dz(d)
    E_dm      = (dC_d / de / C_d) / (dP_m / de / P_m)        elasticity, % of stock per % of value

The two terms in brackets are one solve of the transposed system each. Derivatives of the values
with respect to the pools, of SOC pools s, donors q (litter and SOC) and layers j:

    K     (k_s - K) dz_j / C             Xi    (xi_j - Xi) dz_j / C
    V     (v_j - V) dz_j / C             CUE   (a_qj - CUE) k_q xi_qj dz_j / sum_qj F_qj

and the mean depth of the input does not depend on them. At given pools K, V and CUE are
proportional to their parameters, dp_m / de = P_m. A value that hardly responds, because pools adapt
to what its parameters do, has no elasticity: dP_m / de / P_m below MIN_RESPONSE.
"""

from dataclasses import dataclass

import numpy as np

from proda.arrays import Counts, FloatArray, Parameters
from proda.model.derivatives import SolvedBlock, solved_blocks
from proda.model.environment import MIN_EFOLDING_DEPTH, MIN_SCALAR
from proda.model.lanes.layout import (
    LANE_FRACTION,
    LANE_INPUT_RESPONSE,
    LANE_Q10_RESPONSE,
    LANE_WATER_RESPONSE,
)
from proda.model.layout import (
    BIOTURBATION_CONDUCTANCE,
    CARBON,
    CRYOTURBATION_CONDUCTANCE,
    LOWER_CONDUCTANCE,
    NODE,
    SOIL_SCALAR,
    THICKNESS,
    UPPER_CONDUCTANCE,
    WORKSPACE_ROWS,
)
from proda.model.mechanisms import (
    CARBON_INPUT,
    CARBON_USE_EFFICIENCY,
    DECOMPOSITION,
    ENVIRONMENT,
    INPUT_DEPTH,
    MECHANISMS,
    VERTICAL_TRANSPORT,
)
from proda.model.processes.definitions import DEPTHS
from proda.model.processes.fluxes import (
    decomposition,
    efficiency,
    rates_of_pools,
    retained_fractions,
    transport_rates,
)
from proda.model.processes.root_profile import layer_centres
from proda.model.slots import (
    BIOTURBATION,
    CELLULOSE_TO_FAST,
    CRYOTURBATION,
    EFOLDING_DEPTH,
    FAST_TO_PASSIVE,
    FAST_TO_SLOW,
    INPUT_BETA,
    LIGNIN_TO_SLOW,
    METABOLIC_TO_FAST,
    PASSIVE_TO_FAST,
    Q10,
    SATURATED_WATER_POTENTIAL,
    SLOW_TO_FAST,
    SLOW_TO_PASSIVE,
    TAU_CWD,
    TAU_FAST,
    TAU_METABOLIC,
    TAU_PASSIVE,
    TAU_SLOW,
    TAU_STRUCTURAL,
    WATER_SCALING,
)
from proda.model.soil_model import SoilModel
from proda.model.transfers import MIN_TURNOVER_TIME

__all__ = ["MIN_RESPONSE", "STOCK_DEPTHS", "Elasticities", "elasticities_in"]

# Labels of the stocks: of DEPTHS, then of the whole column.
STOCK_DEPTHS = (*DEPTHS, "total")
# Of a value to a proportional change of all its parameters; 1 if the pools stay as they are.
MIN_RESPONSE = 0.05

TURNOVER_TIMES = [TAU_CWD, TAU_METABOLIC, TAU_STRUCTURAL, TAU_FAST, TAU_SLOW, TAU_PASSIVE]
SOC_TURNOVER_TIMES = [TAU_FAST, TAU_SLOW, TAU_PASSIVE]
TRANSFERS = [
    METABOLIC_TO_FAST,
    CELLULOSE_TO_FAST,
    LIGNIN_TO_SLOW,
    FAST_TO_SLOW,
    FAST_TO_PASSIVE,
    SLOW_TO_FAST,
    SLOW_TO_PASSIVE,
    PASSIVE_TO_FAST,
]


@dataclass(frozen=True)
class Elasticities:
    """Stocks of n pairs of a parameter set and a column, and their responses.

    Attributes
    ----------
    stock
        (n, depths) gC m-2 above STOCK_DEPTHS.
    elasticity
        (n, depths, mechanisms) % of stock per % of the mechanism's value, NaN where the value does
        not respond to its parameters.
    response
        (n, mechanisms) d ln P / de, change of the value per change of its parameters.
    of_parameters
        (n, depths, 26) derivatives of the stocks with respect to the physical parameters.
    """

    stock: FloatArray
    elasticity: FloatArray
    response: FloatArray
    of_parameters: FloatArray


def elasticities_in(
    model: SoilModel, physical: Parameters, columns: FloatArray, column: Counts
) -> Elasticities:
    """Stocks and their responses to the mechanisms, in prepared columns that have a steady state.

    The result of a pair does not depend on the others.

    Parameters
    ----------
    model
        The soil carbon model; its transfers are parameters, and its input has a depth parameter.
    physical
        (n, 26) physical vectors.
    columns
        (m, rows, layers) of ``model.columns``.
    column
        (n,) index of the column of each vector.
    """
    grid = model.grid
    above = [grid.overlap(0.0, bottom) for bottom in DEPTHS.values()]
    depths = np.array([*above, grid.thickness])
    n, d, m = len(physical), len(depths), len(MECHANISMS)
    stock, elasticity = np.empty((n, d)), np.full((n, d, m), np.nan)
    response, of_parameters = np.empty((n, m)), np.empty((n, d, physical.shape[1]))
    for block in solved_blocks(physical, columns, column, model.grid_rows, model.switches):
        rows = block.rows
        pools = block.solved(slice(CARBON, CARBON + 7))
        stock[rows] = (pools[:, 4:].sum(axis=1)[:, None] * depths).sum(axis=-1)
        for k, thickness in enumerate(depths):
            of_parameters[rows, k] = block.gradient(_of_soc(thickness)[None])
        with np.errstate(all="ignore"):
            response[rows], direction = _responses(block, physical[rows], pools)
            change = (of_parameters[rows, :, None] * direction[:, None]).sum(axis=-1)
            change[:, :, MECHANISMS.index(CARBON_INPUT)] = stock[
                rows
            ]  # the model is linear in its input
            found = change / stock[rows][:, :, None] / response[rows][:, None]
        elasticity[rows] = np.where(response[rows][:, None] > MIN_RESPONSE, found, np.nan)
    return Elasticities(stock, elasticity, response, of_parameters)


def _of_soc(layers: FloatArray) -> FloatArray:
    """Weights (..., 7, layers) of pools, from those of SOC or its pools."""
    weights = np.zeros((*layers.shape[:-1], 7, layers.shape[-1]))
    weights[..., 4:, :] = layers[..., None, :]
    return weights


@dataclass(frozen=True)
class _Value:
    """Value of a mechanism in k pairs: how it depends on pools and parameters.

    ``value`` (k,); ``direction`` (k, 26) d theta / de; ``explicit`` (k,) dp / de at given pools;
    ``by_pools`` (k, 7, layers) its derivatives with respect to these, None if it has none.
    """

    value: FloatArray
    direction: Parameters
    explicit: FloatArray
    by_pools: FloatArray | None


def _responses(
    block: SolvedBlock, physical: Parameters, pools: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Responses d ln P / de (k, mechanisms) and d theta / de (k, mechanisms, 26) of a block."""
    w = block.solved(slice(WORKSPACE_ROWS))
    thickness = block.grid[THICKNESS]
    rates, decomposed = rates_of_pools(w), decomposition(pools, w, thickness)
    found = {
        INPUT_DEPTH: _input_depth(block, physical),
        DECOMPOSITION: _decomposition(physical, pools, rates[:, 4:], thickness),
        CARBON_USE_EFFICIENCY: _efficiency(
            physical, pools, decomposed, retained_fractions(physical, w), thickness
        ),
        VERTICAL_TRANSPORT: _transport(block, physical, pools, w),
        ENVIRONMENT: _environment(block, physical, pools, w[:, SOIL_SCALAR]),
    }
    response = np.ones((len(physical), len(MECHANISMS)))
    direction = np.zeros((len(physical), len(MECHANISMS), physical.shape[1]))
    for mechanism, one in found.items():
        place = MECHANISMS.index(mechanism)
        direction[:, place] = one.direction
        change = one.explicit
        if one.by_pools is not None:
            change = change + (block.gradient(one.by_pools) * one.direction).sum(axis=-1)
        response[:, place] = change / one.value
    return response, direction


def _proportional(physical: Parameters, slots: list[int], sign: float) -> Parameters:
    """Direction in which some parameters change by the same proportion, (k, 26)."""
    direction = np.zeros(physical.shape)
    direction[:, slots] = sign * physical[:, slots]
    return direction


def _mean_over_soc(
    pools: FloatArray, values: FloatArray, thickness: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Mean (k,) over SOC of values (k, 3 or 1, layers) and its derivatives by the pools."""
    amounts = pools[:, 4:] * thickness
    total = amounts.sum(axis=(1, 2))
    mean = (values * amounts).sum(axis=(1, 2)) / total
    by_pools = np.zeros(pools.shape)
    by_pools[:, 4:] = (values - mean[:, None, None]) * thickness / total[:, None, None]
    return mean, by_pools


def _input_depth(block: SolvedBlock, physical: Parameters) -> _Value:
    centre = layer_centres(block.grid[THICKNESS])
    fraction = block.solved(LANE_FRACTION)
    response = block.solved(LANE_INPUT_RESPONSE)
    explicit = (response * centre).sum(axis=-1) * physical[:, INPUT_BETA]
    direction = _proportional(physical, [INPUT_BETA], 1.0)
    return _Value((fraction * centre).sum(axis=-1), direction, explicit, None)


def _decomposition(
    physical: Parameters, pools: FloatArray, rates: FloatArray, thickness: FloatArray
) -> _Value:
    mean, by_pools = _mean_over_soc(pools, rates, thickness)
    # A turnover time of zero is run as a very short one, and stays what it is.
    moving = (physical[:, SOC_TURNOVER_TIMES] > MIN_TURNOVER_TIME)[:, :, None]
    explicit = _mean_over_soc(pools, np.where(moving, rates, 0.0), thickness)[0]
    return _Value(mean, _proportional(physical, TURNOVER_TIMES, -1.0), explicit, by_pools)


def _efficiency(
    physical: Parameters,
    pools: FloatArray,
    decomposed: FloatArray,
    retained: FloatArray,
    thickness: FloatArray,
) -> _Value:
    value = efficiency(decomposed, retained, with_cwd=False)
    total = decomposed[:, 1:].sum(axis=(1, 2))
    # F_qj / X_qj, which is the same whatever the pool holds.
    per_pool = np.divide(decomposed, pools, out=np.zeros(pools.shape), where=pools > 0.0)
    by_pools = (retained - value[:, None, None]) * per_pool / total[:, None, None]
    by_pools[:, 0] = 0.0
    return _Value(value, _proportional(physical, TRANSFERS, 1.0), value, by_pools)


def _transport(
    block: SolvedBlock, physical: Parameters, pools: FloatArray, w: FloatArray
) -> _Value:
    thickness = block.grid[THICKNESS]
    mean, by_pools = _mean_over_soc(pools, transport_rates(w, thickness)[:, None], thickness)
    # Where nothing mixes, conductances have a floor that no parameter moves.
    mixes = block.prepared(BIOTURBATION_CONDUCTANCE) > 0.0
    mixes |= block.prepared(CRYOTURBATION_CONDUCTANCE) > 0.0
    moving = w.copy()
    for row in (UPPER_CONDUCTANCE, LOWER_CONDUCTANCE):
        moving[:, row] = np.where(mixes, w[:, row], 0.0)
    rates = transport_rates(moving, thickness)[:, None]
    explicit = _mean_over_soc(pools, rates, thickness)[0]
    direction = _proportional(physical, [BIOTURBATION, CRYOTURBATION], 1.0)
    return _Value(mean, direction, explicit, by_pools)


def _environment(
    block: SolvedBlock, physical: Parameters, pools: FloatArray, scalar: FloatArray
) -> _Value:
    thickness = block.grid[THICKNESS]
    mean, by_pools = _mean_over_soc(pools, scalar[:, None], thickness)
    efolding = physical[:, EFOLDING_DEPTH]
    by_depth = np.where(efolding > MIN_EFOLDING_DEPTH, efolding, np.inf)[:, None] ** -2.0
    of_water = block.solved(LANE_WATER_RESPONSE)
    water = SATURATED_WATER_POTENTIAL if block.switches.water_from_potential else WATER_SCALING
    responses = {
        Q10: block.solved(LANE_Q10_RESPONSE),
        EFOLDING_DEPTH: block.grid[NODE] * by_depth,
        water: of_water,
    }
    direction, explicit = np.zeros(physical.shape), np.zeros(len(physical))
    free = scalar > MIN_SCALAR
    for slot, of_log in responses.items():
        change = np.where(free, scalar * of_log, 0.0)[:, None]
        change = _mean_over_soc(pools, change, thickness)[0] * physical[:, slot]
        direction[:, slot] = np.sign(change) * physical[:, slot]
        explicit += np.abs(change)
    return _Value(mean, direction, explicit, by_pools)
