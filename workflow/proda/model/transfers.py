"""Turnover rates and the transfer graph among the seven pools of a layer.

    CWD -> L2, L3 (all of it)      L1 -> S1      L2 -> S1      L3 -> S2
    S1 -> S2, S3                   S2 -> S1, S3  S3 -> S1

A fraction is net of respiration: what a donor loses beyond its fractions leaves as CO2. Cellulose
and lignin litter turn over at one rate. Sources: CLM5 technical note 2.21.2; Huang et al. 2018.
"""

from proda.arrays import FloatArray, Layers, Parameters
from proda.compiled import inlined
from proda.model.constants import DAYS_PER_YEAR
from proda.model.layout import TEXTURE_FAST_TO_SLOW
from proda.model.slots import (
    FAST_TO_PASSIVE,
    FAST_TO_SLOW,
    TAU_CWD,
    TAU_FAST,
    TAU_METABOLIC,
    TAU_PASSIVE,
    TAU_SLOW,
    TAU_STRUCTURAL,
)
from proda.model.switches import Switches

__all__ = ["fast_transfers", "turnover_rates"]


# A prior may reach a turnover time of zero: the pool is empty and passes its carbon on at once.
MIN_TURNOVER_TIME = 1e-60  # yr


@inlined
def turnover_rates(parameters: Parameters, out: FloatArray) -> None:
    """Decomposition rates of the seven pools at the reference state.

    Parameters
    ----------
    parameters
        (26,) physical vector.
    out
        (7,) d-1, filled.
    """
    out[0] = 1.0 / (DAYS_PER_YEAR * max(parameters[TAU_CWD], MIN_TURNOVER_TIME))
    out[1] = 1.0 / (DAYS_PER_YEAR * max(parameters[TAU_METABOLIC], MIN_TURNOVER_TIME))
    out[2] = 1.0 / (DAYS_PER_YEAR * max(parameters[TAU_STRUCTURAL], MIN_TURNOVER_TIME))
    out[3] = out[2]
    out[4] = 1.0 / (DAYS_PER_YEAR * max(parameters[TAU_FAST], MIN_TURNOVER_TIME))
    out[5] = 1.0 / (DAYS_PER_YEAR * max(parameters[TAU_SLOW], MIN_TURNOVER_TIME))
    out[6] = 1.0 / (DAYS_PER_YEAR * max(parameters[TAU_PASSIVE], MIN_TURNOVER_TIME))


@inlined
def fast_transfers(
    parameters: Parameters,
    column: Layers,
    switches: Switches,
    to_slow: FloatArray,
    to_passive: FloatArray,
) -> None:
    """Fractions of decomposed fast SOC by layer: parameters, or CLM's by texture.

    Parameters
    ----------
    parameters
        (26,) physical vector.
    column
        (rows, layers) prepared column.
    switches
        Choices of the model.
    to_slow, to_passive
        (layers,) each, filled.
    """
    for j in range(to_slow.shape[0]):
        to_passive[j] = parameters[FAST_TO_PASSIVE]
        if switches.transfers_from_texture:
            to_slow[j] = column[TEXTURE_FAST_TO_SLOW, j]
        else:
            to_slow[j] = parameters[FAST_TO_SLOW]
