"""What a sampler is: it explores a log density, independent of soil.

A further sampler is a file of its own with an object that has ``start``, and a line in the test
that runs all samplers on known distributions (tests/unit/inference/test_samplers.py).
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol, Self, cast

import numpy as np
from numba.extending import intrinsic

from proda.arrays import Counts, FloatArray

__all__ = [
    "Chain",
    "ErrorTarget",
    "LaneDraws",
    "LaneTarget",
    "Progress",
    "Run",
    "Sampler",
    "Target",
    "by_type_of_target",
    "fill_value_and_gradient",
    "register_gradient",
    "value_and_gradient",
]

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


class LaneTarget(Protocol):
    """Log densities with gradients at many points at once, a lane for each point.

    Points are x = Phi^-1(theta), with a standard normal prior. A target has as many lanes as it is
    asked for points: what a lane needs of its own, such as the data of its site, is an array whose
    last axis are lanes. `register_gradient` lets compiled code evaluate it.
    """

    def take(self, lanes: Counts) -> Self:
        """The target of the lanes at these positions; it may share its scratch with this one."""


def by_type_of_target(
    implementations: dict[type, Callable[..., Any]], context: Any, arguments: tuple[Any, ...]
) -> tuple[Any, Callable[..., Any]] | None:
    """What an intrinsic of numba returns to call the implementation for a type of target.

    The call is direct: one through a compiled function of its own, as `numba.extending.overload`
    makes it, would have the whole implementation optimised once more.

    Parameters
    ----------
    implementations
        Kernels by the type of their target.
    context
        That of numba's typing.
    arguments
        Types of the arguments, the target second.

    Returns
    -------
    tuple
        Signature and code generator; None for a target without an implementation, which numba
        reports.
    """
    kind: Any = getattr(arguments[1], "instance_class", None)
    implementation = implementations.get(kind)
    if implementation is None:
        return None
    function = context.resolve_value_type(implementation)
    signature = function.get_call_type(context, arguments, {})

    def generate(target: Any, builder: Any, signature: Any, values: Any) -> Any:
        return target.get_function(function, signature)(builder, values)

    return signature, generate


_GRADIENTS: dict[type, Callable[[FloatArray, Any, FloatArray, FloatArray], None]] = {}


def _call_gradient(context: Any, x: Any, target: Any, value: Any, gradient: Any) -> Any:
    """Log densities and their gradients at the points of all lanes; compiled code only.

    Implementations do arithmetic within lanes alone: a lane has the same bits with any neighbours.

    Parameters
    ----------
    x
        (d, n) points.
    target
        Selects the implementation by its type.
    value
        (n,) filled with log densities, -inf where there is none.
    gradient
        (d, n) filled with their derivatives. Where a bound of the prior cuts the density off, with
        a normal of that bound, of any length and sign, at which trajectories are reflected; zero
        where there is no such normal.
    """
    return by_type_of_target(_GRADIENTS, context, (x, target, value, gradient))


value_and_gradient = cast(
    Callable[[FloatArray, Any, FloatArray, FloatArray], None], intrinsic(_call_gradient)
)


def register_gradient(
    kind: type, implementation: Callable[[FloatArray, Any, FloatArray, FloatArray], None]
) -> None:
    """Let ``value_and_gradient`` call ``implementation``, a kernel, for targets of ``kind``."""
    _GRADIENTS[kind] = implementation


def fill_value_and_gradient(
    x: FloatArray, target: LaneTarget, value: FloatArray, gradient: FloatArray
) -> None:
    """``value_and_gradient``, called from Python."""
    _GRADIENTS[type(target)](x, target, value, gradient)


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


class LaneDraws(NamedTuple):
    """Draws of a round.

    Attributes
    ----------
    x
        (lanes, iterations, d).
    log_density
        (lanes, iterations).
    acceptance
        (lanes,) fraction of trajectories accepted in this round.
    diverged, outside
        (lanes,) number of trajectories that lost their energy, and of those that ended outside of
        the prior's support.
    """

    x: FloatArray
    log_density: FloatArray
    acceptance: FloatArray
    diverged: Counts
    outside: Counts


class Run(Protocol):
    """Chains of a sampler, which can be continued."""

    def draw(self, iterations: int) -> LaneDraws:
        """Continue all chains by a number of iterations."""


class Sampler(Protocol):
    """A way to draw from a log density."""

    def start(self, target: Any, dimensions: int, streams: Sequence[np.random.Generator]) -> Run:
        """Bring chains to where their draws count.

        Parameters
        ----------
        target
            The log density, a Target or a LaneTarget.
        dimensions
            Of the points.
        streams
            One generator per chain, not used elsewhere.

        Raises
        ------
        InputError
            For settings without a meaning.
        """
