"""Targets with errors whose posterior is known in closed form, for the samplers that use errors."""

from typing import NamedTuple

import numpy as np

from proda.compiled import kernel
from proda.inference.targets import register

__all__ = ["surface", "surface_log_density"]


class Surface(NamedTuple):
    """Errors A x + bend x'x - value of given precision; no density where x[0] <= edge."""

    transformed: bool
    operator: np.ndarray  # (h, d)
    value: np.ndarray  # (h,)
    precision: np.ndarray  # (h,)
    bend: float
    edge: float
    misfit: np.ndarray

    def at_power(self, power):
        return self._replace(precision=self.precision * power)


@kernel
def surface_log_density(x, target):
    if x[0] <= target.edge:
        return -np.inf
    square = 0.0
    for k in range(x.shape[0]):
        square += x[k] * x[k]
    density = -0.5 * square
    for i in range(target.misfit.shape[0]):
        misfit = target.bend * square - target.value[i]
        for k in range(x.shape[0]):
            misfit += target.operator[i, k] * x[k]
        target.misfit[i] = misfit
        density -= target.precision[i] * misfit * misfit
    return density


register(Surface, surface_log_density)


def surface(operator, value, sigma, bend=0.0, edge=-np.inf):
    operator = np.ascontiguousarray(operator, dtype=float)
    h = len(operator)
    precision = np.full(h, 0.5 / sigma**2)
    value = np.ascontiguousarray(value, dtype=float)
    return Surface(True, operator, value, precision, bend, edge, np.zeros(h))
