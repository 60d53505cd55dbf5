"""What a sampler is: it explores a log density, independent of soil.

A further sampler is a file of its own with an object that has ``run``, and a line in the test that
runs all samplers on known distributions (tests/unit/inference/test_samplers.py).
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol, Self

import numpy as np

from proda.arrays import FloatArray

__all__ = ["Chain", "ErrorTarget", "Progress", "Sampler", "Target"]

# Is called with the number of steps done and the acceptance so far.
Progress = Callable[[int, float], None]


class Target(Protocol):
    """A log density; ``proda.inference.targets.register`` lets compiled code evaluate it.

    Targets are named tuples, as numba compiles a sampler for each type of target.
    """

    @property
    def transformed(self) -> bool:
        """Whether points are x = Phi^-1(theta), with a standard normal prior, or theta itself."""

    def at_power(self, power: float) -> Self:
        """The same with the likelihood raised to a power."""


class ErrorTarget(Target, Protocol):
    """A log density with independent normal errors, which evaluating it leaves in ``misfit``."""

    @property
    def precision(self) -> FloatArray:
        """(h,) w / (2 sigma^2) of the errors."""

    @property
    def misfit(self) -> FloatArray:
        """(h,) model minus observation at the point evaluated last."""


class Chain(NamedTuple):
    """Result of a chain.

    Attributes
    ----------
    draws
        (steps, d) points, in the space of the target.
    log_density
        (steps,) of the draws.
    acceptance, test_acceptance
        Fractions of accepted proposals, of the chain and of the test run before.
    scale
        Of the proposals, as the test run has tuned it.
    """

    draws: FloatArray
    log_density: FloatArray
    acceptance: float
    test_acceptance: float
    scale: float


class Sampler(Protocol):
    """A way to draw from a log density."""

    def run(
        self,
        target: Target,
        dimensions: int,
        rng: np.random.Generator,
        progress: Progress | None = None,
    ) -> Chain:
        """Run one chain.

        Parameters
        ----------
        target
            The log density.
        dimensions
            Of the points.
        rng
            Generator that is not used elsewhere.
        progress
            Called ten times on the way, where the sampler supports it.

        Raises
        ------
        InputError
            For settings without a meaning, and if no starting point has a positive density.
        """
