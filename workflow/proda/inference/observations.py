"""Observations of a profile in the likelihood: a linear operator, values, weights.

The model's SOC at the nodes of its layers, x, becomes SOC at the depths of the horizons by a fixed
matrix H. `proda.inference.likelihoods` has the distributions of the observations o about H x; the
cost of Tao et al. 2020 (eq. 5), with a weight per horizon, is

    J = sum_k w_k (H_k x - o_k)^2 / (2 sigma_k^2)

and their likelihood exp(-J).
"""

from dataclasses import dataclass

import numpy as np

from proda.arrays import FloatArray, Horizons, Layers, Mask
from proda.check import as_array, check_range
from proda.errors import InputError

__all__ = ["INTERPOLATIONS", "WEIGHTS", "Observations", "depth_weights", "interpolation_matrix"]

INTERPOLATIONS = ("cubic_spline", "linear")
WEIGHTS = ("study", "exponential", "unit")

# Weight of the first and the last horizon in the study.
END_WEIGHT = 10.0


def interpolation_matrix(
    node: Layers, depth: Horizons, method: str = "cubic_spline", soil_layers: int | None = None
) -> FloatArray:
    """Matrix (horizons, layers) that takes values at the nodes to the depths of the horizons.

    Parameters
    ----------
    node
        (layers,) m, increasing.
    depth
        (horizons,) m. Above the first and below the last node the value of that node holds.
    method
        ``cubic_spline`` (the study): not-a-knot spline; ``linear``: piecewise linear.
    soil_layers
        Number of layers above bedrock, all if None. Only their nodes are used, so that layers below
        do not affect a horizon.

    Raises
    ------
    InputError
        For an unknown method.
    """
    # Importing scipy.interpolate takes longer than fitting a profile needs; jobs never come here.
    from scipy.interpolate import CubicSpline, make_interp_spline

    if method not in INTERPOLATIONS:
        raise InputError("interpolation", f"one of {', '.join(INTERPOLATIONS)}", repr(method))
    depth = as_array("depth", depth, (None,), "m")
    soil = len(node) if soil_layers is None else int(soil_layers)
    unit = np.eye(soil, len(node))
    node = np.asarray(node)[:soil]
    if soil == 1:
        return np.repeat(unit, len(depth), axis=0)
    if method == "cubic_spline":
        spline = CubicSpline(node, unit, bc_type="not-a-knot")
    else:
        spline = make_interp_spline(node, unit, k=1)
    return spline(np.clip(depth, node[0], node[-1]))


def depth_weights(depth: Horizons, scheme: str = "study") -> Horizons:
    """Weights of the horizons of one profile, (horizons,).

    Parameters
    ----------
    depth
        (horizons,) m.
    scheme
        ``study``: exp(-depth), 10 for the uppermost and the lowest horizon; ``exponential``:
        exp(-depth) for all; ``unit``: 1.

    Raises
    ------
    InputError
        For an unknown scheme.
    """
    depth = as_array("depth", depth, (None,), "m")
    if scheme not in WEIGHTS:
        raise InputError("weights", f"one of {', '.join(WEIGHTS)}", repr(scheme))
    if scheme == "unit":
        return np.ones(len(depth))
    weights = np.exp(-depth)
    if scheme == "study" and len(depth):
        weights[[np.argmin(depth), np.argmax(depth)]] = END_WEIGHT
    return weights


@dataclass(frozen=True, eq=False)
class Observations:
    """Horizons of one profile.

    Attributes
    ----------
    operator
        (horizons, layers) interpolation matrix.
    value
        (horizons,) SOC density, or the detection limit of a censored one, gC m-3.
    sigma
        (horizons,) standard deviation of normal errors, gC m-3.
    weight
        (horizons,) weight, which divides the variance.
    absolute
        (horizons,) absolute error beside the relative one, gC m-3; 0 if None.
    censored
        (horizons,) whether SOC is only known to be below ``value``; none if None.

    Raises
    ------
    InputError
        Names the field of another length or with values out of range.
    """

    operator: FloatArray
    value: Horizons
    sigma: Horizons
    weight: Horizons
    absolute: Horizons = None  # type: ignore[assignment] # an array from __post_init__ on
    censored: Mask = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        operator = as_array("operator", self.operator, (None, None))
        n = len(operator)
        if n == 0:
            raise InputError("observations", "at least one horizon", "none")
        object.__setattr__(self, "operator", operator)
        if self.absolute is None:
            object.__setattr__(self, "absolute", np.zeros(n))
        for name in ("value", "sigma", "weight", "absolute"):
            array = as_array(name, getattr(self, name), (n,))
            check_range(name, array, 0.0, np.inf, open_lower=name in ("value", "sigma"))
            object.__setattr__(self, name, array)
        censored = np.zeros(n) if self.censored is None else self.censored
        object.__setattr__(self, "censored", as_array("censored", censored, (n,)) != 0.0)

    @property
    def precision(self) -> Horizons:
        """Factor w / (2 sigma^2) of the squared misfits, (horizons,), m6 gC-2."""
        return self.weight / (2.0 * self.sigma**2)

    def predict(self, soc: Layers) -> Horizons:
        """SOC at the horizons from SOC at the nodes: (..., layers) -> (..., horizons) gC m-3."""
        return np.asarray(soc) @ self.operator.T
