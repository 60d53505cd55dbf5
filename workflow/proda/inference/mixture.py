"""Mixtures of normal distributions, fitted to draws: proposals that reach every region of them.

A proposal y drawn from a mixture q, whatever the point x of the chain, is accepted with probability

    min(1, p(y) q(x) / (p(x) q(y))).

This leaves p invariant whatever q is, as long as q does not depend on the chain (the independence
sampler, Tierney 1994, https://doi.org/10.1214/aos/1176325750). Trajectories move within a region;
such proposals move between regions, also those that trajectories do not connect.

The mixture of a site is fitted to the draws of all its chains by expectation maximisation
(Dempster, Laird and Rubin 1977), in coordinates in which the covariance of all draws is the
identity. It begins with the draws cut into stretches, chain after chain: a region that holds a
chain for a while becomes a component. A few steps of k-means part draws of chains that move between
regions, whose stretches are all alike. The covariance of a component is regularised by that of all
draws. Weights of regions need not be right, as proposals are accepted by the density itself, but a
region without draws has no component.
"""

import math
from typing import NamedTuple, Self

import numpy as np

from proda.arrays import Counts, FloatArray
from proda.compiled import kernel
from proda.inference.hmc_kernels import Lanes
from proda.inference.metric import covariance_of, factorise, solve_lower
from proda.inference.sampler import LaneTarget, value_and_gradient

__all__ = ["Mixture", "fit_mixture", "jump"]

MAX_FITTED = 4_000  # draws of a site, evenly chosen
PARTING = 5  # steps of k-means
STEPS = 40  # of expectation maximisation
SHRINKAGE = 100.0  # weight, in draws, of the covariance of all draws in that of a component
MIN_WEIGHT = 0.01  # of a component, before the weights are normalised


class Mixture(NamedTuple):
    """Mixtures of the sites.

    log_weight   (sites, components)
    mean         (sites, components, d)
    factor       (sites, components, d, d) Cholesky factors of the covariances, lower triangles
    """

    log_weight: FloatArray
    mean: FloatArray
    factor: FloatArray

    @classmethod
    def new(cls, sites: int, components: int, d: int) -> Self:
        """Mixtures that are the prior, the standard normal distribution."""
        weight = np.full((sites, components), -math.log(max(components, 1)))
        factor = np.zeros((sites, components, d, d))
        factor[..., np.arange(d), np.arange(d)] = 1.0
        return cls(weight, np.zeros((sites, components, d)), factor)

    def take(self, sites: Counts) -> Self:
        """Copies of the mixtures of these sites."""
        return self._replace(**{name: array[sites] for name, array in self._asdict().items()})


@kernel
def fit_mixture(draws: FloatArray, site: int, chains: int, mixture: Mixture) -> bool:
    """Fit the mixture of a site.

    Parameters
    ----------
    draws
        (iterations, d, n) of all lanes.
    site
        Number of the site, whose lanes are neighbours.
    chains
        Lanes of a site.
    mixture
        That of the site is replaced.

    Returns
    -------
    bool
        False, with the mixture unchanged, where the covariance of the draws is singular.
    """
    d, first = draws.shape[1], site * chains
    components = mixture.log_weight.shape[1]
    scale, whole = np.empty((d, d)), np.empty((d, d))
    covariance_of(draws, first, first + chains, scale)
    if not factorise(scale, whole):
        return False
    count = draws.shape[0] * chains
    stride = -(-count // MAX_FITTED)
    z = np.empty((-(-count // stride), d))
    share = np.zeros((z.shape[0], components))
    for row in range(z.shape[0]):
        chain, place = divmod(row * stride, draws.shape[0])
        for k in range(d):
            z[row, k] = draws[place, k, first + chain]
        share[row, row * components // z.shape[0]] = 1.0
    centre = np.empty(d)
    for k in range(d):
        centre[k] = z[:, k].mean()
    for row in range(z.shape[0]):
        for k in range(d):
            z[row, k] -= centre[k]
        solve_lower(whole, z[row])
    weight = np.empty(components)
    mean, factor = np.empty((components, d)), np.empty((components, d, d))
    for _ in range(PARTING):
        _part(z, share)
    for _ in range(STEPS):
        _maximise(z, share, weight, mean, factor)
        _expect(z, weight, mean, factor, share)
    _maximise(z, share, weight, mean, factor)
    for c in range(components):
        mixture.log_weight[site, c] = math.log(weight[c])
        for k in range(d):
            place, widths = centre[k], mixture.factor[site, c, k]
            for j in range(k + 1):
                place += whole[k, j] * mean[c, j]
            for j in range(d):
                total = 0.0
                for i in range(j, k + 1):
                    total += whole[k, i] * factor[c, i, j]
                widths[j] = total
            mixture.mean[site, c, k] = place
    return True


@kernel
def _part(z: FloatArray, share: FloatArray) -> None:
    """Give every draw to the component whose mean is nearest: a step of k-means."""
    (m, d), components = z.shape, share.shape[1]
    total, mean = np.empty(components), np.empty((components, d))
    _means(z, share, total, mean)
    share[:] = 0.0
    for row in range(m):
        nearest, least = 0, np.inf
        for c in range(components):
            square = 0.0
            for k in range(d):
                square += (z[row, k] - mean[c, k]) ** 2
            if square < least:
                nearest, least = c, square
        share[row, nearest] = 1.0


@kernel
def _means(z: FloatArray, share: FloatArray, total: FloatArray, mean: FloatArray) -> None:
    """Fill the sums of the shares of the components (components,) and the means of their draws."""
    for c in range(share.shape[1]):
        total[c] = 0.0
        mean[c] = 0.0
        for row in range(z.shape[0]):
            total[c] += share[row, c]
            for k in range(z.shape[1]):
                mean[c, k] += share[row, c] * z[row, k]
        for k in range(z.shape[1]):
            mean[c, k] /= max(total[c], 1.0)


@kernel
def _maximise(
    z: FloatArray, share: FloatArray, weight: FloatArray, mean: FloatArray, factor: FloatArray
) -> None:
    """Fill weights, means and factors from the shares of the components in the draws."""
    m, d = z.shape
    covariance, offset, totals = np.empty((d, d)), np.empty(d), np.empty(share.shape[1])
    _means(z, share, totals, mean)
    for c in range(share.shape[1]):
        total = totals[c]
        covariance[:] = 0.0
        for row in range(m):
            part = share[row, c]
            if part > 1e-6:
                for k in range(d):
                    offset[k] = z[row, k] - mean[c, k]
                for k in range(d):
                    for j in range(k + 1):
                        covariance[k, j] += part * offset[k] * offset[j]
        for k in range(d):
            covariance[k, k] += SHRINKAGE
            for j in range(k + 1):
                covariance[k, j] /= total + SHRINKAGE
        factorise(covariance, factor[c])  # definite, as SHRINKAGE > 0
        weight[c] = max(total / m, MIN_WEIGHT)
    total = weight.sum()
    for c in range(share.shape[1]):
        weight[c] /= total


@kernel
def _expect(
    z: FloatArray, weight: FloatArray, mean: FloatArray, factor: FloatArray, share: FloatArray
) -> None:
    """Fill the shares of the components in the draws."""
    components = share.shape[1]
    log_part, offset = np.empty(components), np.empty(z.shape[1])
    for row in range(z.shape[0]):
        for c in range(components):
            log_part[c] = math.log(weight[c]) + _log_normal(z[row], mean[c], factor[c], offset)
        total = _log_sum(log_part)
        for c in range(components):
            share[row, c] = math.exp(log_part[c] - total)


@kernel
def _log_normal(x: FloatArray, mean: FloatArray, factor: FloatArray, offset: FloatArray) -> float:
    """Log density of a normal distribution, but for a constant; ``offset`` is scratch."""
    log_density = 0.0
    for k in range(x.shape[0]):
        offset[k] = x[k] - mean[k]
    solve_lower(factor, offset)
    for k in range(x.shape[0]):
        log_density -= 0.5 * offset[k] * offset[k] + math.log(factor[k, k])
    return log_density


@kernel
def _log_sum(logs: FloatArray) -> float:
    """Logarithm of the sum of exponentials."""
    highest, total = logs.max(), 0.0
    for value in logs:
        total += math.exp(value - highest)
    return highest + math.log(total)


@kernel
def _log_mixture(mixture: Mixture, site: int, x: FloatArray) -> float:
    """Log density of a site's mixture at a point, but for a constant."""
    log_part = mixture.log_weight[site].copy()
    offset = np.empty(x.shape[0])
    for c in range(log_part.shape[0]):
        log_part[c] += _log_normal(x, mixture.mean[site, c], mixture.factor[site, c], offset)
    return _log_sum(log_part)


@kernel
def jump(
    target: LaneTarget,
    lanes: Lanes,
    mixture: Mixture,
    chains: int,
    normals: FloatArray,
    uniforms: FloatArray,
) -> None:
    """Proposals from the mixtures, one after the other, in all lanes.

    Parameters
    ----------
    target
        The log density.
    lanes
        Changed in place.
    mixture
        Of the sites.
    chains
        Lanes of a site.
    normals
        (proposals, d, n).
    uniforms
        (proposals, 2, n) for the component and for the decision.
    """
    proposals, d, n = normals.shape
    place, gradient, value = np.empty((d, n)), np.empty((d, n)), np.empty(n)
    now, new, x = np.empty(n), np.empty(n), np.empty(d)
    for i in range(n):
        for k in range(d):
            x[k] = lanes.point[k, i]
        now[i] = _log_mixture(mixture, i // chains, x)
    for t in range(proposals):
        for i in range(n):
            site, c = i // chains, 0
            left = uniforms[t, 0, i] - math.exp(mixture.log_weight[site, 0])
            while left >= 0.0 and c < mixture.log_weight.shape[1] - 1:
                c += 1
                left -= math.exp(mixture.log_weight[site, c])
            for k in range(d):
                x[k] = mixture.mean[site, c, k]
                for j in range(k + 1):
                    x[k] += mixture.factor[site, c, k, j] * normals[t, j, i]
                place[k, i] = x[k]
            new[i] = _log_mixture(mixture, site, x)
        value_and_gradient(place, target, value, gradient)
        for i in range(n):
            gain = value[i] - lanes.value[i] + now[i] - new[i]
            if abs(value[i]) < np.inf and math.log(uniforms[t, 1, i]) < gain:
                lanes.jumped[i] += 1
                lanes.value[i] = value[i]
                now[i] = new[i]
                for k in range(d):
                    lanes.point[k, i] = place[k, i]
                    lanes.gradient[k, i] = gradient[k, i]
