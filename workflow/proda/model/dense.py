"""The dense matrix of one column, for reading, teaching and checking."""

import numpy as np

from proda.arrays import FloatArray, Layers, Parameters
from proda.model.layout import (
    LITTER_SCALAR,
    LOWER_CONDUCTANCE,
    POOLS,
    RATE,
    SOIL_SCALAR,
    SOURCE,
    TO_PASSIVE,
    TO_SLOW,
    UPPER_CONDUCTANCE,
)
from proda.model.slots import (
    CELLULOSE_TO_FAST,
    CWD_TO_CELLULOSE,
    LIGNIN_TO_SLOW,
    METABOLIC_TO_FAST,
    PASSIVE_TO_FAST,
    SLOW_TO_FAST,
    SLOW_TO_PASSIVE,
)

__all__ = ["assemble"]


def assemble(
    parameters: Parameters, coefficients: Layers, thickness: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Assemble the dense system (A K - V) X = -input (Tao et al. 2020, eq. 1; Huang et al. 2018).

    Layers below bedrock are part of the matrix; nothing enters or leaves them, so they are empty.

    Parameters
    ----------
    parameters
        (26,) physical values.
    coefficients
        A filled workspace (``proda.model.layout``).
    thickness
        (layers,) m.

    Returns
    -------
    matrix
        A K - V, (7 layers, 7 layers) d-1.
    input
        (7 layers,) gC m-3 d-1.
    """
    n = len(thickness)
    matrix = np.zeros((7, n, 7, n))
    layers = np.arange(n)

    transfers = np.zeros((7, 7, n))
    cwd, l1, l2, l3, s1, s2, s3 = range(len(POOLS))
    p = parameters
    transfers[l2, cwd] = p[CWD_TO_CELLULOSE]
    transfers[l3, cwd] = 1.0 - p[CWD_TO_CELLULOSE]
    transfers[s1, l1] = p[METABOLIC_TO_FAST]
    transfers[s1, l2] = p[CELLULOSE_TO_FAST]
    transfers[s2, l3] = p[LIGNIN_TO_SLOW]
    transfers[s2, s1] = coefficients[TO_SLOW]
    transfers[s3, s1] = coefficients[TO_PASSIVE]
    transfers[s1, s2] = p[SLOW_TO_FAST]
    transfers[s3, s2] = p[SLOW_TO_PASSIVE]
    transfers[s1, s3] = p[PASSIVE_TO_FAST]
    for donor in range(7):
        is_litter = donor in (l1, l2, l3)
        scalar = coefficients[LITTER_SCALAR + donor - l1 if is_litter else SOIL_SCALAR]
        rate = coefficients[RATE, donor] * scalar
        matrix[donor, layers, donor, layers] -= rate
        for receiver in range(7):
            matrix[receiver, layers, donor, layers] += transfers[receiver, donor] * rate

    above, below = layers[:-1], layers[1:]
    of_above = coefficients[UPPER_CONDUCTANCE, :-1] / thickness[:-1]
    of_below = coefficients[LOWER_CONDUCTANCE, :-1] / thickness[1:]
    for pool in range(1, 7):
        matrix[pool, above, pool, above] -= of_above
        matrix[pool, above, pool, below] += of_above
        matrix[pool, below, pool, below] -= of_below
        matrix[pool, below, pool, above] += of_below

    carbon_input = np.zeros((7, n))
    carbon_input[:4] = coefficients[SOURCE : SOURCE + 4] / thickness
    return matrix.reshape(7 * n, 7 * n), carbon_input.ravel()
