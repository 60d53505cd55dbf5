"""Distributions of an observation about the model: probabilities, quantiles, random observations.

The kinds and their variances v are those of `proda.inference.likelihoods`, for arrays and without
their derivatives. What `relative` asserts is that (o - m) / sqrt(v) is standard normal, with v a
function of o; for that to be a distribution of o, the standard normal is cut to the range of this
expression where it increases with o, which ends at

    sqrt(w) / c  above, for o without bound, and at  -sqrt(w / c^2 + m^2 w / a^2)  below

(-infinity for a = 0, where o is positive). With c = 0 this is the normal distribution.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.special import (
    gammainc,
    gammaincc,
    gammaincinv,
    ndtr,
    ndtri,
    stdtr,
    stdtrit,
)

from proda.arrays import FloatArray
from proda.check import check_range
from proda.errors import InputError
from proda.inference.likelihoods import ERROR_MODELS, LOGNORMAL, LOGNORMAL_MEAN, RELATIVE, STUDENT_T

__all__ = ["ErrorDistribution"]

FREEDOM = 4  # degrees of freedom of `student_t`


@dataclass(frozen=True, eq=False)
class ErrorDistribution:
    """Distribution of observations about modelled values; all arrays broadcast.

    Parameters
    ----------
    name
        One of ERROR_MODELS.
    relative
        Relative error.
    absolute
        Absolute error, in the unit of the observations.
    weight
        Divides the variance.

    Raises
    ------
    InputError
        For an unknown name, and where nothing scatters: both errors 0, or a weight of 0.
    """

    name: str
    relative: npt.ArrayLike = 0.3
    absolute: npt.ArrayLike = 0.0
    weight: npt.ArrayLike = 1.0

    def __post_init__(self) -> None:
        if self.name not in ERROR_MODELS:
            raise InputError("error_model", f"one of {', '.join(ERROR_MODELS)}", repr(self.name))
        for name in ("relative", "absolute", "weight"):
            array = np.asarray(getattr(self, name), dtype=np.float64)
            check_range(name, array, 0.0, np.inf, open_lower=name == "weight")
            object.__setattr__(self, name, array)
        if not np.all(self._relative + self._absolute > 0.0):
            raise InputError("relative, absolute", "one of both errors above 0", "both 0")

    @cached_property
    def kind(self) -> int:
        """Code of the kind in compiled code."""
        return ERROR_MODELS[self.name]

    def cdf(self, observed: npt.ArrayLike, modelled: npt.ArrayLike) -> FloatArray:
        """Probability of an observation below ``observed``.

        Parameters
        ----------
        observed
            Above 0 for all kinds but `relative`.
        modelled
            Above 0.
        """
        o, m = np.asarray(observed, dtype=np.float64), np.asarray(modelled, dtype=np.float64)
        if self.kind == RELATIVE:
            low, high = self._ends(m)
            below = ndtr(low)
            return (ndtr(self._standardised(o, m)) - below) / (ndtr(high) - below)
        if self.kind == STUDENT_T:
            return stdtr(FREEDOM, self._standardised(o, m))
        if self.kind in (LOGNORMAL, LOGNORMAL_MEAN):
            return ndtr(self._standardised(o, m))
        shape = 1.0 / self.variance(m)
        return gammainc(shape, shape * o / m)

    def quantile(self, probability: npt.ArrayLike, modelled: npt.ArrayLike) -> FloatArray:
        """Observation below which another one lies with a probability.

        Parameters
        ----------
        probability
            Between 0 and 1.
        modelled
            Above 0.
        """
        p, m = np.asarray(probability, dtype=np.float64), np.asarray(modelled, dtype=np.float64)
        if self.kind == RELATIVE:
            low, high = self._ends(m)
            return self._unstandardised(ndtri(ndtr(low) + p * (ndtr(high) - ndtr(low))), m)
        variance = self.variance(m)
        if self.kind == STUDENT_T:
            return m * np.exp(np.sqrt(variance) * stdtrit(FREEDOM, p))
        if self.kind in (LOGNORMAL, LOGNORMAL_MEAN):
            shift = 0.5 * variance if self.kind == LOGNORMAL_MEAN else 0.0
            return m * np.exp(np.sqrt(variance) * ndtri(p) - shift)
        return m * variance * gammaincinv(1.0 / variance, p)

    def normal_score(self, observed: npt.ArrayLike, modelled: npt.ArrayLike) -> FloatArray:
        """Quantile of the standard normal distribution that is as probable as ``observed``.

        Parameters
        ----------
        observed, modelled
            As for ``cdf``.
        """
        o, m = np.asarray(observed, dtype=np.float64), np.asarray(modelled, dtype=np.float64)
        if self.kind == RELATIVE:
            return ndtri(self.cdf(o, m))
        if self.kind in (LOGNORMAL, LOGNORMAL_MEAN):
            return self._standardised(o, m)
        if self.kind == STUDENT_T:
            t = self._standardised(o, m)
            return -np.sign(t) * ndtri(stdtr(FREEDOM, -np.abs(t)))
        # From the tail that is the smaller, which loses no digits.
        shape = 1.0 / self.variance(m)
        below, above = gammainc(shape, shape * o / m), gammaincc(shape, shape * o / m)
        return np.where(below < above, ndtri(below), -ndtri(above))

    def sample(self, modelled: npt.ArrayLike, rng: np.random.Generator) -> FloatArray:
        """Random observations, one per modelled value, of the broadcast shape.

        Parameters
        ----------
        modelled
            Above 0.
        rng
            Generator, of which one uniform number per observation is used.
        """
        m = np.asarray(modelled, dtype=np.float64)
        shape = np.broadcast_shapes(
            m.shape, self._relative.shape, self._absolute.shape, self._weight.shape
        )
        return self.quantile(rng.random(shape), m)

    def mean(self, modelled: npt.ArrayLike) -> FloatArray:
        """Expected observation; infinite for `student_t`, where it does not exist.

        Totals of stocks are sums of expected values: where the model is the median of the
        observations, as for `lognormal`, they need the factor exp(v / 2). For `relative` it is the
        modelled value, as the study assumes.
        """
        m = np.asarray(modelled, dtype=np.float64)
        if self.kind == STUDENT_T:
            return np.full_like(m, np.inf)
        if self.kind == LOGNORMAL:
            return m * np.exp(0.5 * self.variance(m))
        return m + np.zeros_like(self.variance(m))

    def variance(self, modelled: npt.ArrayLike) -> FloatArray:
        """The variance v that belongs to a modelled value: of log o, or of o / m for `gamma`.

        For `relative`, whose variance belongs to the observation, that of an observation with the
        modelled value, divided by its square.
        """
        share = np.square(self._absolute / np.asarray(modelled, dtype=np.float64))
        if self.kind in (LOGNORMAL, LOGNORMAL_MEAN, STUDENT_T):
            share = np.log1p(share)
        return (np.square(self._relative) + share) / self._weight

    @property
    def _relative(self) -> FloatArray:
        return np.asarray(self.relative)

    @property
    def _absolute(self) -> FloatArray:
        return np.asarray(self.absolute)

    @property
    def _weight(self) -> FloatArray:
        return np.asarray(self.weight)

    def _standardised(self, o: FloatArray, m: FloatArray) -> FloatArray:
        """Error in standard deviations."""
        if self.kind == RELATIVE:
            square = np.square(self._relative * o) + np.square(self._absolute)
            return (o - m) * np.sqrt(self._weight / square)
        variance = self.variance(m)
        shift = 0.5 * variance if self.kind == LOGNORMAL_MEAN else 0.0
        return (np.log(o) - np.log(m) + shift) / np.sqrt(variance)

    def _ends(self, m: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Range of the standardised error of `relative`."""
        with np.errstate(divide="ignore"):
            square = np.square(1.0 / self._relative) + np.square(m / self._absolute)
            return -np.sqrt(self._weight * square), np.sqrt(self._weight) / self._relative

    def _unstandardised(self, z: FloatArray, m: FloatArray) -> FloatArray:
        """Observation with a standardised error, the inverse of ``_standardised``: `relative`."""
        z = z / np.sqrt(self._weight)
        c, a = np.square(self._relative), np.square(self._absolute)
        rest = 1.0 - np.square(z) * c
        root = z * np.sqrt(np.maximum(c * np.square(m) + a * rest, 0.0))
        # Two forms of one root of a quadratic equation, each without loss of digits on its side.
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(
                z > 0.0, (m + root) / rest, (np.square(m) - np.square(z) * a) / (m - root)
            )
