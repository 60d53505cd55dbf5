"""Certificate of a posterior: one yes or no, and the evidence for it.

A posterior is certified if, for every sampled parameter and every derived quantity,

    R-hat              < 1.01     rank-normalised, of split chains, the larger of bulk and tails
    ESS, bulk and tail >= 400     effective draws of all chains together
    MCSE / sd          < 0.05     Monte-Carlo error of the mean, in posterior standard deviations

(the limits of Vehtari et al. 2021; they are settings). The derived quantities are the SOC stocks of
0-30, 0-100 and 0-200 cm, which people use: a posterior whose single parameters look sampled may
still be unknown in the direction that matters for SOC.

The shortfall of a quantity is the largest of

    (R-hat - 1) / (limit - 1),    limit / ESS,    (MCSE / sd) / limit,

at most 1 (R-hat and MCSE: below 1) where the quantity holds. The quantity with the largest
shortfall is named. A diagnostic without an estimate (NaN) fails. A derived quantity of the same
value in all draws is known exactly and holds: a column of frozen soil without carbon has stocks of
0 for any parameter set. A sampled parameter that never moves fails.

References
----------
Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021), Bayesian Analysis 16, 667-718.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from proda.arrays import Chains, FloatArray, Mask
from proda.errors import InputError
from proda.inference.convergence import Diagnostics, diagnose

__all__ = [
    "MAX_DIAGNOSED",
    "STOCKS",
    "STOCK_DEPTHS",
    "Certificate",
    "Certified",
    "Thresholds",
    "certify",
    "diagnosed_stride",
]

STOCK_DEPTHS = (0.3, 1.0, 2.0)
"""Depths in m to which the derived SOC stocks reach."""

STOCKS = tuple(f"soc_stock_0_{100 * depth:.0f}cm" for depth in STOCK_DEPTHS)
"""Names of the derived quantities."""

MAX_DIAGNOSED = 1_000
"""Longer chains are thinned evenly to at most this many draws before they are judged.

A chain that needs so many draws is autocorrelated over more steps than thinning leaves out.
"""

# Stocks that differ by rounding alone are constant.
ROUNDING = 1e-12


class Certified(IntEnum):
    """The answer, as it is stored."""

    NOT_CERTIFIED = 0
    CERTIFIED = 1


@dataclass(frozen=True)
class Thresholds:
    """Limits of a certificate.

    Attributes
    ----------
    rhat
        R-hat stays below.
    ess
        Minimum of bulk and tail ESS.
    mcse
        The Monte-Carlo error of a mean stays below this fraction of the posterior standard
        deviation.
    """

    rhat: float = 1.01
    ess: float = 400.0
    mcse: float = 0.05


@dataclass(frozen=True)
class Certificate:
    """Yes or no, with the extremes over all quantities as evidence.

    Attributes
    ----------
    certified
        Whether all quantities hold.
    max_rhat, min_ess_bulk, min_ess_tail, max_mcse
        Largest R-hat, smallest effective sample sizes, and largest Monte-Carlo error of a mean as a
        fraction of the posterior standard deviation; NaN if one of them has no estimate.
    failed
        Name of the quantity with the largest shortfall of a posterior that is not certified, else
        empty.
    shortfall
        Largest shortfall of all quantities, infinite where a diagnostic has no estimate.
    parameters, stocks
        Diagnostics of the parameters (parameters,) and of STOCKS (stocks,).
    """

    certified: bool
    max_rhat: float
    min_ess_bulk: float
    min_ess_tail: float
    max_mcse: float
    failed: str
    shortfall: float
    parameters: Diagnostics
    stocks: Diagnostics

    @property
    def evidence(self) -> str:
        """The extremes in words, after the name of the quantity that failed, if one did."""
        name = f"{self.failed}: " if self.failed else ""
        return (
            f"{name}largest R-hat {self.max_rhat:.4g}, smallest ESS {self.min_ess_bulk:.0f} (bulk) "
            f"and {self.min_ess_tail:.0f} (tail), largest Monte-Carlo error {self.max_mcse:.2g} sd"
        )


def certify(
    theta: Chains,
    stocks: FloatArray,
    thresholds: Thresholds = Thresholds(),
    names: Sequence[str] | None = None,
) -> Certificate:
    """Judge the chains of a posterior.

    Parameters
    ----------
    theta
        Sampled parameters, (chains, draws, parameters) after warm-up. They may be normalised or
        transformed: R-hat and ESS depend on ranks alone.
    stocks
        STOCKS of the same draws, (chains, draws, stocks), in any unit.
    thresholds
        Limits.
    names
        Of the parameters; without them they are called by their number.

    Raises
    ------
    InputError
        For fewer than 4 draws of a chain, values that are not finite, and stocks or names of
        another number.
    """
    theta, stocks = np.asarray(theta, np.float64), np.asarray(stocks, np.float64)
    expected = (*theta.shape[:2], len(STOCKS))
    if stocks.shape != expected:
        raise InputError("stocks", f"shape {expected}", f"{stocks.shape}")
    count = theta.shape[-1]
    labels = [f"parameter {i}" for i in range(count)] if names is None else list(names)
    if len(labels) != count:
        raise InputError("names", f"those of {count} parameters", f"{len(labels)}")
    every = slice(None, None, diagnosed_stride(theta.shape[1]))
    values = np.concatenate([theta[:, every], stocks[:, every]], axis=-1)
    values[..., count:] = _without_rounding(values[..., count:])
    found = diagnose(values)
    shortfall = _shortfall(found, thresholds)
    judged = np.append(np.ones(count, dtype=bool), ~_constant(values[..., count:]))
    worst = int(np.argmax(np.where(judged, shortfall, -np.inf)))
    certified = bool(_holds(found, thresholds)[judged].all())
    return Certificate(
        certified=certified,
        max_rhat=float(found.rhat[judged].max()),
        min_ess_bulk=float(found.ess_bulk[judged].min()),
        min_ess_tail=float(found.ess_tail[judged].min()),
        max_mcse=float(found.relative_mcse[judged].max()),
        failed="" if certified else (*labels, *STOCKS)[worst],
        shortfall=float(shortfall[worst]),
        parameters=found.take(slice(None, count)),
        stocks=found.take(slice(count, None)),
    )


def diagnosed_stride(draws: int) -> int:
    """Stride at which chains of ``draws`` draws are judged, so that at most MAX_DIAGNOSED are."""
    return max(1, -(-draws // MAX_DIAGNOSED))


def _without_rounding(stocks: FloatArray) -> FloatArray:
    """Stocks (chains, draws, stocks), of one value where they differ by rounding alone."""
    low, high = stocks.min(axis=(0, 1)), stocks.max(axis=(0, 1))
    same = high - low <= ROUNDING * np.maximum(np.abs(low), np.abs(high))
    return np.where(same, low, stocks)


def _constant(stocks: FloatArray) -> Mask:
    """Which stocks (chains, draws, stocks) have one value in all draws."""
    same: Mask = (stocks == stocks[:1, :1]).all(axis=(0, 1))
    return same


def _holds(found: Diagnostics, limits: Thresholds) -> Mask:
    """Which quantities hold; a NaN does not."""
    return (
        (found.rhat < limits.rhat)
        & (found.ess_bulk >= limits.ess)
        & (found.ess_tail >= limits.ess)
        & (found.relative_mcse < limits.mcse)
    )


def _shortfall(found: Diagnostics, limits: Thresholds) -> FloatArray:
    """Shortfall of every quantity, infinite where a diagnostic has no estimate."""
    parts = np.stack(
        [
            (found.rhat - 1.0) / (limits.rhat - 1.0),
            limits.ess / found.ess_bulk,
            limits.ess / found.ess_tail,
            found.relative_mcse / limits.mcse,
        ]
    )
    return np.where(np.isnan(parts), np.inf, parts).max(axis=0)
