"""Sensitivity of the global stock and of turnover to the mechanisms, by exact derivatives.

In cell c with land area A_c the stock C_dc (d: depth) has the elasticity E_dmc with respect to the
value P_m of mechanism m (``proda.model.processes.elasticities``). If the value changes by 1 % in
every cell, the stock changes, to first order, by

    0.01 sum_c A_c C_dc E_dmc

and the mean turnover time tau_c = C_c / I_c by 0.01 times the mean of tau_c E_mc, but not at all
with the amount of the input. A change of 1 % is the same for all mechanisms whether they vary much
or little, and elasticities follow from the model's structure: how much a mechanism matters in a
world is shown by the responses to how much it differs between places,

    sum_c A_c |sum_(i in m) dC_dc / dtheta_i (theta_ic - mean_i)|    mean_i over the cells, by area
    S_m sum_c A_c C_dc E_dmc        S_m = sd of ln P_mc over the cells, weighted by area

and to how much of it a profile leaves unknown,

    s_m sum_c A_c C_dc E_dmc        s_m = mean over the sites of the posterior sd of ln P_m
    s_i sum_c A_c dC_dc / dtheta_i  s_i = mean over the sites of the posterior sd of parameter i

The first is component control to first order. It is of the mechanism's own parameters, while values
also differ because of others: the decomposition rate with the shares of the pools, which transfers
make, and the environmental modifier with climate. Cells whose value does not
respond to its parameters add nothing; they are counted. All of it is done draw by draw.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from proda.analysis.places import Portion
from proda.arrays import Cells, Counts, Draws, FloatArray
from proda.model import SoilModel
from proda.model.mechanisms import CARBON_INPUT, MECHANISMS, parameters_of
from proda.model.processes import PROCESS_NAMES
from proda.model.processes.elasticities import STOCK_DEPTHS, elasticities_in
from proda.projection.soc import DrawnSoc
from proda.projection.stocks import PETAGRAM

__all__ = ["WEIGHTINGS", "Sensitivity", "mean_parameters", "sensitivity"]

# Of means over the cells: by area of land, or all alike as in the later study.
WEIGHTINGS = ("area_mean", "cell_mean")

VALUES = [PROCESS_NAMES.index(mechanism.value) for mechanism in MECHANISMS]
TURNOVER = PROCESS_NAMES.index("turnover_time")
INPUT = MECHANISMS.index(CARBON_INPUT)
TOTAL = STOCK_DEPTHS.index("total")
ROUNDING = 1e-12


@dataclass
class Sensitivity:
    """Global sums of a method, by draw.

    Attributes
    ----------
    cells
        Number of cells that take part.
    reasons
        Why others do not.
    without_response
        (mechanisms,) cells whose value does not respond to its parameters in some draw.
    stock
        (draws, depths) Pg.
    per_log_value
        (draws, depths, mechanisms) Pg per unit of ln P, if it changes alike in all cells.
    per_theta
        (draws, depths, parameters) Pg per unit of a normalised parameter.
    turnover, turnover_per_log_value
        (weightings, draws) yr, and (weightings, draws, mechanisms) yr per unit of ln P.
    by_variation
        (draws, depths, mechanisms) Pg, absolute change with the deviation of its parameters from
        their mean over the cells.
    log_value_sd
        (draws, mechanisms) standard deviation of ln P over the cells, weighted by area.
    """

    cells: int
    reasons: Counter[str]
    without_response: Counts
    stock: FloatArray
    per_log_value: FloatArray
    per_theta: FloatArray
    turnover: FloatArray
    turnover_per_log_value: FloatArray
    by_variation: FloatArray
    log_value_sd: FloatArray


@dataclass
class _Sums:
    """Sums over the cells, by draw; a weight is that of the area, then 1."""

    weight: FloatArray
    stock: FloatArray
    per_log_value: FloatArray
    per_theta: FloatArray
    by_variation: FloatArray
    turnover: FloatArray
    turnover_per_log_value: FloatArray
    log_weight: FloatArray
    log_value: FloatArray
    log_square: FloatArray
    without_response: Counts
    cells: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


def sensitivity(
    model: SoilModel,
    places: Iterable[Portion],
    n_draws: int,
    land_area: Cells,
    mean_theta: Draws,
) -> Sensitivity:
    """Global sensitivity of a method's stock and turnover.

    Parameters
    ----------
    model
        The soil carbon model.
    places
        The cells of the method with their draws.
    n_draws
        Number of draws of each.
    land_area
        (n,) m2 of the cells.
    mean_theta
        (draws, parameters) of ``mean_parameters``.
    """
    d, m = len(STOCK_DEPTHS), len(MECHANISMS)
    sums = _Sums(
        weight=np.zeros(2),
        stock=np.zeros((n_draws, d)),
        per_log_value=np.zeros((n_draws, d, m)),
        per_theta=np.zeros((n_draws, d, len(model.parameters))),
        by_variation=np.zeros((n_draws, d, m)),
        turnover=np.zeros((2, n_draws)),
        turnover_per_log_value=np.zeros((2, n_draws, m)),
        log_weight=np.zeros((n_draws, m)),
        log_value=np.zeros((n_draws, m)),
        log_square=np.zeros((n_draws, m)),
        without_response=np.zeros(m, dtype=np.int64),
    )
    for portion in places:
        sums.reasons.update(portion.reasons)
        if len(portion.places):
            _add(sums, model, portion, land_area, mean_theta)
    with np.errstate(invalid="ignore"):  # NaN where no cell takes part
        mean, square = (one / sums.log_weight for one in (sums.log_value, sums.log_square))
        turnover = sums.turnover / sums.weight[:, None]
        turnover_per_log_value = sums.turnover_per_log_value / sums.weight[:, None, None]
    return Sensitivity(
        cells=sums.cells,
        reasons=sums.reasons,
        without_response=sums.without_response,
        stock=sums.stock / PETAGRAM,
        per_log_value=sums.per_log_value / PETAGRAM,
        per_theta=sums.per_theta / PETAGRAM,
        by_variation=sums.by_variation / PETAGRAM,
        turnover=turnover,
        turnover_per_log_value=turnover_per_log_value,
        log_value_sd=np.sqrt(np.maximum(square - mean**2, 0.0)),
    )


def mean_parameters(source: DrawnSoc, land_area: Cells) -> Draws:
    """Mean of each draw's parameters over the cells with forcing, by area, (draws, parameters).

    Parameters
    ----------
    source
        The cells and their draws.
    land_area
        (n,) m2 of the cells.
    """
    total, weight = np.zeros((source.n_draws, len(source.model.parameters))), 0.0
    for first in range(0, len(source), source.chunk):
        places = np.arange(first, min(first + source.chunk, len(source)))
        theta = source.read_draws(first, len(places))
        for i, place in enumerate(places):
            of_place = theta[i if len(theta) > 1 else 0]
            if source.column[place] >= 0 and np.isfinite(of_place).all():
                total += land_area[place] * of_place
                weight += land_area[place]
    return total / weight if weight else total


def _add(
    sums: _Sums, model: SoilModel, portion: Portion, land_area: Cells, mean_theta: Draws
) -> None:
    """Add the cells of a portion one after the other, so that sums do not depend on portions."""
    found = elasticities_in(model, portion.physical, portion.columns, portion.column)
    stock = portion.by_place(found.stock)
    elasticity = portion.by_place(found.elasticity)
    prior, slots = model.prior, model.prior.slots
    per_theta = portion.by_place(found.of_parameters[:, :, slots]) * prior.span
    theta = portion.by_place((portion.physical[:, slots] - prior.minimum) / prior.span)
    deviation = theta - mean_theta
    # Parameters that are the same everywhere deviate by rounding.
    deviation[np.abs(deviation) < ROUNDING] = 0.0
    change = per_theta * deviation[:, :, None]
    groups = [parameters_of(model.structure, one) for one in MECHANISMS]
    variation = np.stack([np.abs(change[..., own].sum(axis=-1)) for own in groups], axis=-1)
    turnover = portion.by_place(portion.processes[:, TURNOVER])
    with np.errstate(divide="ignore"):
        log_value = np.log(portion.by_place(portion.processes[:, VALUES]))
    known = np.isfinite(log_value)
    responds = np.isfinite(elasticity)
    elasticity = np.where(responds, elasticity, 0.0)
    of_turnover = turnover[..., None] * elasticity[:, :, TOTAL]
    of_turnover[..., INPUT] = 0.0
    log_value = np.where(known, log_value, 0.0)
    for i, cell in enumerate(portion.places):
        area = land_area[cell]
        sums.cells += 1
        sums.without_response += ~responds[i, :, TOTAL].all(axis=0)
        sums.stock += area * stock[i]
        sums.per_log_value += area * stock[i][..., None] * elasticity[i]
        sums.per_theta += area * per_theta[i]
        sums.by_variation += area * variation[i]
        for k, weight in enumerate((area, 1.0)):
            sums.weight[k] += weight
            sums.turnover[k] += weight * turnover[i]
            sums.turnover_per_log_value[k] += weight * of_turnover[i]
        sums.log_weight += area * known[i]
        sums.log_value += area * log_value[i]
        sums.log_square += area * log_value[i] ** 2
