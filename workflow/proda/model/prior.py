"""The prior of a structure's parameters, and the three forms of a parameter set.

physical     values in the units of the parameter table
theta        normalised: value = minimum + theta * (maximum - minimum), theta in [0, 1]
transformed  x with theta = Phi(x), Phi the distribution function of the standard normal

The prior is uniform in theta within the bounds of the table. Where carbon input comes from NPP it
is restricted to the sets whose input fractions sum to less than 1, the rest being wood; the
fractions that one pool hands to others sum to at most 1 everywhere within the bounds. In the
transformed space the prior is a standard normal, restricted in the same way.

Sources: Tao et al. 2020 (bounds); docs/methods/assimilation.md (the transformed space).
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from proda.arrays import Counts, FloatArray, Mask, Parameters, Theta
from proda.check import as_rows, check_range
from proda.compiled import inlined, kernel
from proda.errors import InputError, number_text
from proda.model.parameters import ParameterTable
from proda.model.slots import (
    INPUT_FRACTION_NAMES,
    INPUT_TO_CELLULOSE,
    INPUT_TO_LIGNIN,
    INPUT_TO_METABOLIC,
    PARAMETERS,
)

__all__ = ["Prior", "enter", "normal_to_theta"]

# Largest sum of the input fractions of a set that is pulled back: rounding must not bring it to 1.
MAX_SUM = 1 - 1e-6
# The sites' draws are stored in single precision, those of other methods in double: fractions that
# sum to just below 1 may come back just above.
STORED_PRECISION = 1e-6
DEVIATION_DRAWS = 200_000
INVERSE_ROOT_2 = math.sqrt(0.5)


@dataclass(frozen=True, eq=False)
class Prior:
    """Prior of the parameters of one structure.

    Parameters
    ----------
    parameters
        Names and bounds.
    input_from_npp
        Whether the input fractions are parameters, whose sum is below 1.
    """

    parameters: ParameterTable
    input_from_npp: bool

    def __len__(self) -> int:
        return len(self.parameters)

    @property
    def minimum(self) -> FloatArray:
        """Smallest physical values, (parameters,)."""
        return self.parameters.minimum

    @property
    def maximum(self) -> FloatArray:
        """Largest physical values, (parameters,)."""
        return self.parameters.maximum

    @cached_property
    def span(self) -> FloatArray:
        """Width of the prior in physical units, (parameters,)."""
        return self.maximum - self.minimum

    @cached_property
    def slots(self) -> Counts:
        """Position of each parameter in the physical vector of the kernels, (parameters,)."""
        return np.array([PARAMETERS.index(name) for name in self.parameters.names])

    @cached_property
    def fractions(self) -> list[int]:
        """Positions of the input fractions among the parameters; empty where there are none."""
        if not self.input_from_npp:
            return []
        return [self.parameters.index(name) for name in INPUT_FRACTION_NAMES]

    def to_physical(self, theta: Theta) -> Parameters:
        """Normalised sets (..., parameters) in physical units."""
        return self.parameters.to_physical(theta)

    def to_theta(self, physical: Parameters) -> Theta:
        """Physical sets (..., parameters) normalised by the bounds, which they may exceed."""
        return (np.asarray(physical) - self.minimum) / self.span

    @staticmethod
    def to_transformed(theta: Theta) -> FloatArray:
        """Transformed sets x = Phi^-1(theta), (..., parameters)."""
        return ndtri(theta)

    @staticmethod
    def from_transformed(x: FloatArray) -> Theta:
        """Normalised sets Phi(x), (..., parameters); to rounding those of ``normal_to_theta``."""
        return ndtr(x)

    def to_vector(self, theta: Theta) -> Parameters:
        """Normalised sets (..., parameters) as physical vectors (..., 26) of the kernels.

        Parameters that the structure lacks are 0. Unchecked; NaN stays NaN.
        """
        theta = np.asarray(theta, dtype=np.float64)
        physical = np.zeros((*theta.shape[:-1], len(PARAMETERS)))
        physical[..., self.slots] = self.to_physical(theta)
        return physical

    @cached_property
    def vector_bounds(self) -> tuple[FloatArray, FloatArray]:
        """Smallest value and width of the prior by position in the physical vector, (26,) each."""
        lowest, span = np.zeros(len(PARAMETERS)), np.zeros(len(PARAMETERS))
        lowest[self.slots] = self.minimum
        span[self.slots] = self.span
        return lowest, span

    def fraction_sum(self, theta: Theta) -> FloatArray:
        """Sum of the input fractions of normalised sets (..., parameters), (...)."""
        return self.to_physical(theta)[..., self.fractions].sum(axis=-1)

    def feasible(self, theta: Theta) -> Mask:
        """Which normalised sets (..., parameters) of a file the prior admits, (...).

        Their input fractions sum to less than 1, to the precision of files, and nothing is NaN.
        """
        theta = np.asarray(theta, dtype=np.float64)
        known: Mask = np.asarray(~np.isnan(theta).any(axis=-1))
        if not self.input_from_npp:
            return known
        return known & (self.fraction_sum(theta) < 1.0 + STORED_PRECISION)

    def checked(self, theta: npt.ArrayLike) -> Theta:
        """Normalised sets (n, parameters) or (parameters,) as an array (n, parameters).

        Raises
        ------
        InputError
            For sets outside [0, 1] or with input fractions that sum to 1 or more.
        """
        rows: Theta = as_rows("theta", theta, (len(self),))
        check_range("theta", rows, 0.0, 1.0)
        if self.input_from_npp:
            total = self.fraction_sum(rows)
            for row in np.flatnonzero(total >= 1.0)[:1]:
                raise InputError.of_element(
                    "theta",
                    (row,),
                    " + ".join(INPUT_FRACTION_NAMES) + " below 1",
                    number_text(total[row], 1.0),
                )
        return rows

    def pull_back(self, theta: Theta, centre: Theta) -> tuple[Theta, Mask]:
        """Pull infeasible sets towards a feasible one, by the smallest factor that is enough.

        The feasible sets are convex, so that the nearest one on the line to ``centre`` is known.

        Parameters
        ----------
        theta
            (n, parameters) in [0, 1].
        centre
            (parameters,) feasible.

        Returns
        -------
        theta
            The sets, (n, parameters).
        moved
            Which of them were moved, (n,).

        Raises
        ------
        InputError
            For sets that are infeasible for anything but their input fractions.
        """
        theta = np.array(theta, dtype=np.float64)
        moved = np.zeros(len(theta), dtype=bool)
        if self.input_from_npp:
            sums, middle = self.fraction_sum(theta), self.fraction_sum(centre)
            moved = sums > MAX_SUM
            # The sum is linear on the line, so that the factor is known exactly.
            factor = (MAX_SUM - middle) / (sums[moved] - middle)
            theta[moved] = centre + factor[:, None] * (theta[moved] - centre)
        if len(theta):
            self.checked(theta)
        return theta, moved

    def limit_fractions(self, theta: Theta, largest: float) -> Theta:
        """Shrink the input fractions of sets where they exceed ``largest`` together.

        Parameters
        ----------
        theta
            (n, parameters).
        largest
            Largest sum of the input fractions.

        Returns
        -------
        ndarray
            A copy, in which the fractions keep their proportions above their smallest values.
        """
        theta = theta.copy()
        smallest = self.minimum[self.fractions].sum()
        above = (theta[:, self.fractions] * self.span[self.fractions]).sum(axis=1)
        theta[:, self.fractions] *= np.minimum(1.0, (largest - smallest) / above)[:, None]
        return theta

    @cached_property
    def standard_deviation(self) -> FloatArray:
        """Standard deviation of theta, (parameters,).

        1/sqrt(12), but for the input fractions, whose sum is below 1: theirs from 200,000 draws.
        """
        deviation = np.full(len(self), 1.0 / np.sqrt(12.0))
        if self.input_from_npp:
            theta = np.random.default_rng(0).random((DEVIATION_DRAWS, len(self.fractions)))
            value = self.minimum[self.fractions] + theta * self.span[self.fractions]
            deviation[self.fractions] = theta[value.sum(axis=1) < 1.0].std(axis=0)
        return deviation


@inlined
def enter(
    x: FloatArray,
    transformed: bool,
    lowest: FloatArray,
    span: FloatArray,
    slots: Counts,
    input_from_npp: bool,
    physical: FloatArray,
) -> float:
    """Log prior density of a set, and its physical values, for compiled code.

    Parameters
    ----------
    x
        (parameters,) transformed, or theta itself.
    transformed
        Which of the two.
    lowest, span
        (26,) as ``Prior.vector_bounds``.
    slots
        (parameters,) as ``Prior.slots``.
    input_from_npp
        Whether the sum of the input fractions is restricted.
    physical
        (26,) filled.

    Returns
    -------
    float
        -inf where the prior has no mass.
    """
    log_prior = 0.0
    for k in range(x.shape[0]):
        theta = x[k]
        if transformed:
            log_prior -= 0.5 * theta * theta
            theta = 0.5 * math.erfc(-INVERSE_ROOT_2 * theta)
        elif not 0.0 < theta < 1.0:
            return -np.inf
        slot = slots[k]
        physical[slot] = lowest[slot] + theta * span[slot]
    if input_from_npp:
        total = (
            physical[INPUT_TO_LIGNIN] + physical[INPUT_TO_METABOLIC] + physical[INPUT_TO_CELLULOSE]
        )
        if total >= 1.0:
            return -np.inf
    return log_prior


@kernel
def normal_to_theta(x: FloatArray, theta: FloatArray) -> None:
    """Theta = Phi(x), with the bits of ``enter``.

    Parameters
    ----------
    x
        (n,).
    theta
        (n,) filled.
    """
    for k in range(x.shape[0]):
        theta[k] = 0.5 * math.erfc(-INVERSE_ROOT_2 * x[k])
