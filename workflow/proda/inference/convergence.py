"""Convergence of chains and the effective number of their draws.

The statistic of Gelman and Rubin (1992) as Tao et al. (2020, eq. 9-10) use it, and the diagnostics
of Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021, Bayesian Analysis 16, 667-718,
https://arxiv.org/abs/1903.08008), which also see chains that drift, differ in spread or have heavy
tails. Every chain is split in half (an odd chain loses its middle draw) and draws are replaced by
the normal scores of their ranks where the paper does so. All draws are used.

NaN means that there is no estimate, and fails any comparison with a threshold. Infinity means that
chains are constant at different values.
"""

from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from proda.arrays import Chains, FloatArray
from proda.check import as_array
from proda.errors import InputError

__all__ = ["Diagnostics", "diagnose", "gelman_rubin"]

MIN_ITERATIONS = 4


@dataclass(frozen=True)
class Diagnostics:
    """Diagnostics of several parameters; every array has shape (parameters,).

    A parameter of the same value in all draws has NaN throughout.

    Attributes
    ----------
    gelman_rubin
        Eq. 10 of Tao et al. (2020); NaN for a single chain.
    rhat
        Rank-normalised split R-hat, the larger of bulk and folded (tails).
    ess_bulk, ess_tail
        Effective sample sizes of the rank-normalised draws, and the smaller one of the 5 % and 95 %
        quantiles (NaN where ties leave no draw beyond one of the two).
    mcse_mean
        Monte-Carlo standard error of the mean, in the parameter's unit.
    relative_mcse
        The same as a fraction of the standard deviation of the draws.
    """

    gelman_rubin: FloatArray
    rhat: FloatArray
    ess_bulk: FloatArray
    ess_tail: FloatArray
    mcse_mean: FloatArray
    relative_mcse: FloatArray

    def take(self, which: slice) -> "Diagnostics":
        """Those of some of the parameters."""
        return Diagnostics(**{name: values[which] for name, values in vars(self).items()})


def gelman_rubin(draws: Chains) -> FloatArray:
    """Gelman-Rubin statistic sqrt((W (N-1)/N + B/N) / W), Tao et al. (2020), eq. 9-10.

    Parameters
    ----------
    draws
        (chains, iterations, parameters) after the burn-in; N is this number of iterations.

    Returns
    -------
    FloatArray
        (parameters,), NaN for a single chain or constant draws, infinity where every chain is
        constant but the chains differ.

    Raises
    ------
    InputError
        For fewer than 4 iterations and values that are not finite.
    """
    draws = _check(draws)
    if len(draws) == 1:
        return np.full(draws.shape[2], np.nan)
    return _potential_scale_reduction(draws.transpose(2, 0, 1))


def diagnose(draws: Chains) -> Diagnostics:
    """All convergence diagnostics of post-burn-in draws (chains, iterations, parameters).

    Raises
    ------
    InputError
        As `gelman_rubin`.
    """
    draws = _check(draws)
    columns = [_diagnose_parameter(np.ascontiguousarray(x)) for x in draws.transpose(2, 0, 1)]
    return Diagnostics(gelman_rubin(draws), *np.array(columns).reshape(-1, 5).T.copy())


def _check(draws: Chains) -> Chains:
    """Draws as float64 of enough iterations."""
    draws = as_array("draws", draws, (None, None, None))
    chains, iterations, _ = draws.shape
    if chains < 1 or iterations < MIN_ITERATIONS:
        raise InputError(
            "draws",
            f"at least 1 chain of {MIN_ITERATIONS} iterations",
            f"{chains} of {iterations} (shape {draws.shape})",
        )
    return draws


def _diagnose_parameter(x: FloatArray) -> tuple[float, ...]:
    """Diagnostics of x (chains, iterations) but the first, in their order."""
    if x.min() == x.max():
        return (np.nan,) * 5
    split = _split(x)
    scores = _normal_scores(split)
    folded = _normal_scores(np.abs(split - np.median(split)))
    rhat = np.fmax(*_potential_scale_reduction(np.stack([scores, folded])))
    # The draws at or below a quantile are those at or below the order statistic under it.
    places = np.array([5, 95]) * (x.size - 1) // 100
    low, high = np.partition(x, places, axis=None)[places]
    bulk, tail_low, tail_high, mean = _effective_size(
        np.stack([scores, split <= low, split <= high, split])
    )
    relative = 1.0 / np.sqrt(mean)
    return rhat, bulk, np.minimum(tail_low, tail_high), x.std(ddof=1) * relative, relative


def _split(x: FloatArray) -> FloatArray:
    """Halves of the chains (chains, iterations) as chains."""
    half = x.shape[1] // 2
    return np.concatenate([x[:, :half], x[:, -half:]])


def _normal_scores(x: FloatArray) -> FloatArray:
    """Normal quantiles of (r - 3/8)/(S + 1/4) for the ranks r of all S values, ties averaged."""
    values = x.ravel()
    order = np.argsort(values)
    ordered = values[order]
    first = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    stop = np.append(first[1:], values.size)
    scores = np.empty(values.size)
    # A run of ties holds the ranks first + 1 ... stop; twice their mean is an integer.
    scores[order] = np.repeat(_score_table(values.size)[first + stop + 1], stop - first)
    return scores.reshape(x.shape)


@lru_cache(maxsize=4)
def _score_table(size: int) -> FloatArray:
    """Normal scores of the ranks 0.5, 1, 1.5 ... size, at twice the rank; unused entries are 0."""
    quantile = NormalDist().inv_cdf
    return np.array(
        [0.0] + [quantile((r / 2 - 0.375) / (size + 0.25)) for r in range(1, 2 * size + 1)]
    )


def _chain_variances(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean variance within chains and variance of chain means, of x (..., chains, n)."""
    # Offsets from the first draw, of a chain and of all, keep the variances of equal draws at zero.
    start = x[..., :1]
    shifted = x - start
    means = (start - start[..., :1, :])[..., 0] + shifted.mean(axis=-1)
    return shifted.var(axis=-1, ddof=1).mean(axis=-1), means.var(axis=-1, ddof=1)


def _potential_scale_reduction(x: FloatArray) -> FloatArray:
    """R-hat of x (..., chains, n) from two chains or more; shape (...)."""
    n = x.shape[-1]
    within, between = _chain_variances(x)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.sqrt((n - 1) / n + between / within)


def _effective_size(x: FloatArray) -> FloatArray:
    """Effective sample size of the mean of x (series, chains, n), NaN for a constant series.

    Autocovariances by FFT, averaged over the chains, are cut off by Geyer's (1992) initial positive
    sequence and made monotone; the first even lag past the cut is kept (Vehtari et al., section 3).
    """
    _, chains, n = x.shape
    within, between = _chain_variances(x)
    variance = within * (n - 1) / n + between
    centred = x - x.mean(axis=-1, keepdims=True)
    length = min(m << ((2 * n - 1) // m).bit_length() for m in (1, 3, 5, 9, 15))
    spectrum = np.fft.rfft(centred, length)
    power = (spectrum.real**2 + spectrum.imag**2).mean(axis=1)
    covariance = np.fft.irfft(power, length)[:, :n] / n
    return np.array(
        [
            _cut_sum(1 - (w - c) / v, chains * n) if v > 0 else np.nan
            for w, v, c in zip(within, variance, covariance, strict=True)
        ]
    )


def _cut_sum(correlation: FloatArray, draws: int) -> float:
    """Effective sample size of ``draws`` draws with this autocorrelation at lags 0, 1, 2 ..."""
    correlation[0] = 1.0
    pairs = max((correlation.size - 1) // 2, 1)
    sums = correlation[: 2 * pairs : 2] + correlation[1 : 2 * pairs : 2]
    negative = np.flatnonzero(sums < 0)
    cut = negative[0] if negative.size else pairs - 1
    time = 2 * np.minimum.accumulate(sums[:cut]).sum() - 1 + max(correlation[2 * cut], 0.0)
    # Antithetic chains: the estimate is capped at draws * log10(draws).
    return draws / max(time, 1 / np.log10(draws))
