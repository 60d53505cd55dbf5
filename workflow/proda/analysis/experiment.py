"""The proportional-change experiment of the later study: stock against change of a mechanism.

The normalised parameters of one mechanism, or the carbon input, are multiplied by 0.80, 0.84, ...
1.20 in every cell, and the model is run again. Its limits are those of the later study: 0.98 for
the normalised beta of the input, 1 for others, and 0.0001 in place of 0 or less. For each factor
there are the global stock C, the mean turnover time and the mean over the cells of the relative
change p = (P - P_0) / P_0 of the mechanism's value, as the later code defines it; weighted by area,
and unweighted as in the later study. The slope s of ln(C / C_0) on ln(1 + p), a regression over the
factors, gives the response to +1 % of the value,

    C_0 (1.01^s - 1).

The run with a factor of 1 is the reference, to which the limits apply as well. A normalised
parameter is no physical quantity: twice its value is not twice the process, which is why curves and
exact derivatives (``proda.analysis.sensitivity``) differ. Runs with more or less input need no run,
because the model is linear in its input.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from proda.analysis.places import Portion
from proda.arrays import Cells, FloatArray, Parameters
from proda.model import SoilModel
from proda.model.mechanisms import CARBON_INPUT, INPUT_DEPTH, MECHANISMS, Mechanism, parameters_of
from proda.model.processes import PROCESS_NAMES, processes_in
from proda.model.processes.elasticities import STOCK_DEPTHS
from proda.projection.stocks import PETAGRAM

__all__ = ["FACTORS", "Experiment", "gradient", "proportional_change"]

FACTORS = tuple(round(0.80 + 0.04 * k, 2) for k in range(11))
REFERENCE = FACTORS.index(1.0)
MAX_BETA, MAX_OTHER, LEAST = 0.98, 1.0, 1e-4  # of normalised parameters

STOCKS = [
    PROCESS_NAMES.index("soc_stock" if depth == STOCK_DEPTHS[-1] else f"soc_stock_{depth}")
    for depth in STOCK_DEPTHS
]
TURNOVER = PROCESS_NAMES.index("turnover_time")


@dataclass(frozen=True)
class Experiment:
    """Global results by draw, mechanism and factor.

    Attributes
    ----------
    cells
        Number of cells all of whose runs have processes.
    reasons
        Why others take no part.
    stock
        (draws, mechanisms, factors, depths) Pg.
    turnover
        (weightings, draws, mechanisms, factors) yr.
    change
        (weightings, draws, mechanisms, factors) mean relative change of the mechanism's value.
    """

    cells: int
    reasons: Counter[str]
    stock: FloatArray
    turnover: FloatArray
    change: FloatArray


def proportional_change(
    model: SoilModel, places: Iterable[Portion], n_draws: int, land_area: Cells
) -> Experiment:
    """Run the experiment for all mechanisms.

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
    m, f = len(MECHANISMS), len(FACTORS)
    stock = np.zeros((n_draws, m, f, len(STOCKS)))
    turnover, change = np.zeros((2, 2, n_draws, m, f))
    weights, cells = np.zeros(2), 0
    reasons: Counter[str] = Counter()
    for portion in places:
        reasons.update(portion.reasons)
        if not len(portion.places):
            continue
        runs = [_runs(model, portion, mechanism) for mechanism in MECHANISMS]
        every = np.stack([portion.by_place(one) for one in runs], axis=2)
        # (places, draws, mechanisms, factors, quantities): stocks, turnover time, value
        value = every[..., -1]
        reference = value[..., REFERENCE : REFERENCE + 1]
        # A value of zero, as of transport in a single layer, stays what it is.
        relative = np.divide(
            value - reference, reference, out=np.zeros(value.shape), where=reference != 0.0
        )
        usable = np.isfinite(every).all(axis=(1, 2, 3, 4)) & np.isfinite(relative).all((1, 2, 3))
        reasons["changed_run_undefined"] += int((~usable).sum())
        for i in np.flatnonzero(usable):
            area = land_area[portion.places[i]]
            cells += 1
            stock += area * every[i, ..., : len(STOCKS)]
            for k, weight in enumerate((area, 1.0)):
                weights[k] += weight
                turnover[k] += weight * every[i, ..., -2]
                change[k] += weight * relative[i]
    with np.errstate(invalid="ignore"):  # NaN where no cell takes part
        turnover, change = (one / weights[:, None, None, None] for one in (turnover, change))
    return Experiment(cells, +reasons, stock / PETAGRAM, turnover, change)


def _runs(model: SoilModel, portion: Portion, mechanism: Mechanism) -> FloatArray:
    """Stocks, turnover time and value (runs, factors, quantities) of a mechanism's factors."""
    value = PROCESS_NAMES.index(mechanism.later_code_value)
    places = [*STOCKS, TURNOVER, value]
    if mechanism is CARBON_INPUT:
        found = np.repeat(portion.processes[:, None, places], len(FACTORS), axis=1)
        linear = np.array([place != TURNOVER for place in places])
        return np.where(linear, found * np.array(FACTORS)[:, None], found)
    runs = []
    for factor in FACTORS:
        physical = changed(model, portion.physical, mechanism, factor)
        run = processes_in(model, physical, portion.columns, portion.column, with_beta=False)
        runs.append(run.values[:, places])
    return np.stack(runs, axis=1)


def changed(
    model: SoilModel, physical: Parameters, mechanism: Mechanism, factor: float
) -> Parameters:
    """Physical vectors (n, 26) with a mechanism's normalised parameters multiplied by a factor."""
    prior, own = model.prior, parameters_of(model.structure, mechanism)
    slots = np.asarray(prior.slots)[own]
    theta = factor * (physical[:, slots] - prior.minimum[own]) / prior.span[own]
    theta = np.where(theta <= 0.0, LEAST, theta)
    theta = np.minimum(theta, MAX_BETA if mechanism is INPUT_DEPTH else MAX_OTHER)
    moved = physical.copy()
    moved[:, slots] = prior.minimum[own] + theta * prior.span[own]
    return moved


def gradient(quantity: FloatArray, change: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Slope of the logarithms over the factors, and response of the quantity to +1 % of the value.

    Parameters
    ----------
    quantity
        (..., factors) stock or turnover time.
    change
        (..., factors) mean relative change of the value.

    Returns
    -------
    slope, response
        (...), the response in the unit of the quantity. NaN where the value does not change.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.log(quantity / quantity[..., REFERENCE : REFERENCE + 1])
        x = np.log1p(change)
        x = x - x.mean(axis=-1, keepdims=True)
        square = (x**2).sum(axis=-1)
        slope = np.where(square > 1e-12, (x * y).sum(axis=-1) / square, np.nan)
    return slope, quantity[..., REFERENCE] * (1.01**slope - 1.0)
