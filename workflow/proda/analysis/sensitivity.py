"""Sensitivity of the global stock and of turnover to the mechanisms, by exact derivatives.

In cell c with land area A_c the stock C_dc (d: depth) has the elasticity E_dmc with respect to the
value P_m of mechanism m (``proda.model.processes.elasticities``). If the value changes by 1 % in
every cell, the stock changes, to first order, by

    0.01 sum_c A_c C_dc E_dmc

and the mean turnover time tau_c = C_c / I_c by 0.01 times the mean of tau_c E_mc, but not at all
with the amount of the input. A change of 1 % is the same for all mechanisms whether they vary much
or little, and elasticities follow from the model's structure: how much a mechanism matters in a
world is shown by the response to its standard deviations,

    S_m sum_c A_c C_dc E_dmc        S_m = sd of ln P_mc over the cells, weighted by area
    s_m sum_c A_c C_dc E_dmc        s_m = mean over the sites of the posterior sd of ln P_m
    s_i sum_c A_c dC_dc / dtheta_i  s_i = mean over the sites of the posterior sd of parameter i

for differences between places, and for what a profile leaves unknown. Cells whose value does not
respond to its parameters add nothing; they are counted. All of it is done draw by draw.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from proda.analysis.places import Portion
from proda.arrays import Cells, Counts, FloatArray
from proda.model import SoilModel
from proda.model.mechanisms import CARBON_INPUT, MECHANISMS
from proda.model.processes import PROCESSES
from proda.model.processes.elasticities import STOCK_DEPTHS, elasticities_in
from proda.projection.stocks import PETAGRAM

__all__ = ["WEIGHTINGS", "Sensitivity", "sensitivity"]

# Of means over the cells: by area of land, or all alike as in the later study.
WEIGHTINGS = ("area_mean", "cell_mean")

_NAMES = [process.name for process in PROCESSES]
VALUES = [_NAMES.index(mechanism.value) for mechanism in MECHANISMS]
TURNOVER = _NAMES.index("turnover_time")
INPUT = MECHANISMS.index(CARBON_INPUT)
TOTAL = STOCK_DEPTHS.index("total")


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
    log_value_sd: FloatArray


@dataclass
class _Sums:
    """Sums over the cells, by draw; a weight is that of the area, then 1."""

    weight: FloatArray
    stock: FloatArray
    per_log_value: FloatArray
    per_physical: FloatArray
    turnover: FloatArray
    turnover_per_log_value: FloatArray
    log_weight: FloatArray
    log_value: FloatArray
    log_square: FloatArray
    without_response: Counts
    cells: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


def sensitivity(
    model: SoilModel, places: Iterable[Portion], n_draws: int, land_area: Cells
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
    """
    d, m = len(STOCK_DEPTHS), len(MECHANISMS)
    slots = model.prior.slots
    sums = _Sums(
        weight=np.zeros(2),
        stock=np.zeros((n_draws, d)),
        per_log_value=np.zeros((n_draws, d, m)),
        per_physical=np.zeros((n_draws, d, len(slots))),
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
            _add(sums, model, portion, land_area)
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
        per_theta=sums.per_physical * model.prior.span / PETAGRAM,
        turnover=turnover,
        turnover_per_log_value=turnover_per_log_value,
        log_value_sd=np.sqrt(np.maximum(square - mean**2, 0.0)),
    )


def _add(sums: _Sums, model: SoilModel, portion: Portion, land_area: Cells) -> None:
    """Add the cells of a portion one after the other, so that sums do not depend on portions."""
    found = elasticities_in(model, portion.physical, portion.columns, portion.column)
    stock = portion.by_place(found.stock)
    elasticity = portion.by_place(found.elasticity)
    per_physical = portion.by_place(found.of_parameters[:, :, model.prior.slots])
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
        sums.per_physical += area * per_physical[i]
        for k, weight in enumerate((area, 1.0)):
            sums.weight[k] += weight
            sums.turnover[k] += weight * turnover[i]
            sums.turnover_per_log_value[k] += weight * of_turnover[i]
        sums.log_weight += area * known[i]
        sums.log_value += area * log_value[i]
        sums.log_square += area * log_value[i] ** 2
