"""Convergence of chains and the effective number of their draws.

The statistic of Gelman and Rubin (1992) as Tao et al. (2020, eq. 9-10) use it, and the diagnostics
of Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021, Bayesian Analysis 16, 667-718,
https://arxiv.org/abs/1903.08008), which also see chains that drift, differ in spread or have heavy
tails. Every chain is split in half (an odd chain loses its middle draw) and draws are replaced by
the normal scores of their ranks where the paper does so. All draws are used.

NaN means that there is no estimate, and fails any comparison with a threshold. Infinity means that
chains are constant at different values.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from proda.arrays import Chains, Counts, FloatArray
from proda.check import as_array
from proda.compiled import kernel
from proda.errors import InputError

__all__ = ["Diagnostics", "diagnose", "gelman_rubin"]

MIN_ITERATIONS = 4
BLOCK = 4  # parameters at a time, whose draws stay in the cache


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
    x = np.ascontiguousarray(draws.transpose(2, 0, 1))
    varies = np.flatnonzero(x.min(axis=(1, 2)) < x.max(axis=(1, 2)))
    found = np.full((5, len(x)), np.nan)
    for first in range(0, len(varies), BLOCK):
        block = varies[first : first + BLOCK]
        found[:, block] = _diagnose_varying(x[block])
    return Diagnostics(gelman_rubin(draws), *found)


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


def _diagnose_varying(x: FloatArray) -> FloatArray:
    """Diagnostics (5, parameters) but the first, in their order, of x (parameters, chains, n)."""
    parameters, draws = len(x), x[0].size
    # The draws at or below a quantile are those at or below the order statistic under it.
    places = (draws - 1) * 5 // 100, (draws - 1) * 95 // 100
    split = _split(x)
    chains, n = split.shape[1:]
    values = split.reshape(parameters, -1)
    order = np.argsort(values, axis=1)
    rows, half = np.arange(parameters), values.shape[1] // 2
    if values.shape[1] == draws:
        low, high = (values[rows, order[:, place]] for place in places)
    else:
        whole = np.sort(x.reshape(parameters, -1), axis=1)
        low, high = (whole[:, place] for place in places)
    # Chains are split in two, so that the number of draws is even.
    median = (values[rows, order[:, half - 1]] + values[rows, order[:, half]]) / 2
    folded = np.abs(values - median[:, None])
    table = _score_table(values.shape[1])
    series = np.empty((5, parameters, chains, n))
    flat = series.reshape(5, parameters, -1)
    _normal_scores(values, order, table, flat[0])
    _normal_scores(folded, _folded_order(folded, order), table, flat[4])
    np.less_equal(values, low[:, None], out=flat[1])
    np.less_equal(values, high[:, None], out=flat[2])
    flat[3] = values
    within, between = np.empty((5, parameters)), np.empty((5, parameters))
    _centre(series.reshape(-1, chains, n), within.reshape(-1), between.reshape(-1))
    rhat = np.fmax(*(_ratio(within[i], between[i], n) for i in (0, 4)))
    bulk, tail_low, tail_high, mean = _effective_size(series[:4], within[:4], between[:4])
    relative = 1.0 / np.sqrt(mean)
    deviation = x.reshape(parameters, -1).std(axis=1, ddof=1)
    return np.stack([rhat, bulk, np.minimum(tail_low, tail_high), deviation * relative, relative])


def _split(x: FloatArray) -> FloatArray:
    """Halves of the chains (..., chains, iterations) as chains."""
    half = x.shape[-1] // 2
    return np.concatenate([x[..., :half], x[..., -half:]], axis=-2)


@kernel
def _folded_order(folded: FloatArray, order: Counts) -> Counts:
    """Places of values folded at their median in ascending order, from those of the values.

    On both sides of the median distances ascend outwards: two sorted series, which are merged.

    Parameters
    ----------
    folded
        (parameters, S) distances from the median, S even.
    order
        (parameters, S) places of the values in ascending order.
    """
    merged = np.empty_like(order)
    size = order.shape[1]
    for i in range(order.shape[0]):
        left, right = size // 2 - 1, size // 2
        for k in range(size):
            below = right == size or (
                left >= 0 and folded[i, order[i, left]] <= folded[i, order[i, right]]
            )
            merged[i, k] = order[i, left] if below else order[i, right]
            left -= below
            right += not below
    return merged


@kernel
def _normal_scores(
    values: FloatArray, order: Counts, table: FloatArray, scores: FloatArray
) -> None:
    """Fill normal quantiles of (r - 3/8)/(S + 1/4) for the ranks r of S values, ties averaged.

    Parameters
    ----------
    values
        (parameters, S).
    order
        (parameters, S) places of the values in ascending order.
    table
        Of ``_score_table``.
    scores
        (parameters, S) filled.
    """
    for i in range(values.shape[0]):
        first, size = 0, values.shape[1]
        while first < size:
            value = values[i, order[i, first]]
            stop = first + 1
            while stop < size and values[i, order[i, stop]] == value:
                stop += 1
            # A run of ties holds the ranks first + 1 ... stop; twice their mean is an integer.
            score = table[first + stop + 1]
            for k in range(first, stop):
                scores[i, order[i, k]] = score
            first = stop


@lru_cache(maxsize=4)
def _score_table(size: int) -> FloatArray:
    """Normal scores of the ranks 0.5, 1, 1.5 ... size, at twice the rank; unused entries are 0."""
    quantile = NormalDist().inv_cdf
    return np.array(
        [0.0] + [quantile((r / 2 - 0.375) / (size + 0.25)) for r in range(1, 2 * size + 1)]
    )


@kernel
def _centre(x: FloatArray, within: FloatArray, between: FloatArray) -> None:
    """Subtract the means of chains from series x (series, chains, n), and fill their variances.

    Offsets from the first draw, of a chain and of all, keep the variances of equal draws at zero.

    Parameters
    ----------
    x
        Changed.
    within, between
        (series,) mean variance within the chains, and variance of the means of several chains.
    """
    chains, n = x.shape[1:]
    for i in range(x.shape[0]):
        origin = x[i, 0, 0]
        sum_of_variances = sum_of_means = sum_of_squares = 0.0
        means = np.empty(chains)
        for c in range(chains):
            start, total = x[i, c, 0], 0.0
            for t in range(n):
                x[i, c, t] -= start
                total += x[i, c, t]
            mean, squares = total / n, 0.0
            for t in range(n):
                x[i, c, t] -= mean
                squares += x[i, c, t] * x[i, c, t]
            sum_of_variances += squares / (n - 1)
            means[c] = (start - origin) + mean
            sum_of_means += means[c]
        for c in range(chains):
            offset = means[c] - sum_of_means / chains
            sum_of_squares += offset * offset
        within[i] = sum_of_variances / chains
        between[i] = sum_of_squares / (chains - 1)


def _potential_scale_reduction(x: FloatArray) -> FloatArray:
    """R-hat of x (parameters, chains, n) from two chains or more; shape (parameters,)."""
    within, between = np.empty(len(x)), np.empty(len(x))
    _centre(np.array(x, order="C"), within, between)
    return _ratio(within, between, x.shape[-1])


def _ratio(within: FloatArray, between: FloatArray, n: int) -> FloatArray:
    """R-hat of chains of n draws from the variances within and between them."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.sqrt((n - 1) / n + between / within)


def _effective_size(centred: FloatArray, within: FloatArray, between: FloatArray) -> FloatArray:
    """Effective sample size of the mean of series, NaN for a constant one.

    Autocovariances by FFT, averaged over the chains, are cut off by Geyer's (1992) initial positive
    sequence and made monotone; the first even lag past the cut is kept (Vehtari et al., section 3).

    Parameters
    ----------
    centred
        (..., chains, n) without the means of the chains.
    within, between
        (...) their variances as of ``_centre``.
    """
    chains, n = centred.shape[-2:]
    length = min(m << ((2 * n - 1) // m).bit_length() for m in (1, 3, 5, 9, 15))
    spectrum = np.fft.rfft(centred.reshape(-1, chains, n), length)
    power = np.empty((len(spectrum), spectrum.shape[-1]))
    _mean_power(spectrum, power)
    covariance = np.fft.irfft(power, length)
    size = np.empty(within.shape)
    _cut_sums(covariance, n, within.reshape(-1), between.reshape(-1), chains, size.reshape(-1))
    return size


@kernel
def _mean_power(spectrum: npt.NDArray[np.complex128], power: FloatArray) -> None:
    """Fill the mean over the chains of the squared spectra (series, chains, frequencies)."""
    for i in range(spectrum.shape[0]):
        power[i] = 0.0
        for c in range(spectrum.shape[1]):
            for k in range(spectrum.shape[2]):
                value = spectrum[i, c, k]
                power[i, k] += value.real * value.real + value.imag * value.imag
        power[i] /= spectrum.shape[1]


@kernel
def _cut_sums(
    covariance: FloatArray,
    n: int,
    within: FloatArray,
    between: FloatArray,
    chains: int,
    size: FloatArray,
) -> None:
    """Fill the effective sample sizes (series,) from n times autocovariances (series, lags)."""
    draws = chains * n
    pairs = max((n - 1) // 2, 1)
    for i in range(covariance.shape[0]):
        variance = within[i] * (n - 1) / n + between[i]
        if not variance > 0.0:
            size[i] = np.nan
            continue
        smallest, total, last = np.inf, 0.0, 1.0
        for k in range(pairs):
            last = 1.0 - (within[i] - covariance[i, 2 * k] / n) / variance if k > 0 else 1.0
            odd = 1.0 - (within[i] - covariance[i, 2 * k + 1] / n) / variance
            if last + odd < 0.0 or k == pairs - 1:
                break
            smallest = min(smallest, last + odd)
            total += smallest
        time = 2.0 * total - 1.0 + max(last, 0.0)
        # Antithetic chains: the estimate is capped at draws * log10(draws).
        size[i] = draws / max(time, 1.0 / math.log10(draws))
