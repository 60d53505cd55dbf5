"""Depth distribution of carbon input as a root profile (Jackson et al. 1996).

A root profile with parameter beta holds the fraction 1 - beta^(100 d) above depth d in m; the model
divides it among the layers above bedrock and scales it to sum 1 there. With interfaces Z_j:

    f_j(beta) = (beta^(100 Z_(j-1)) - beta^(100 Z_j)) / (1 - beta^(100 Z_n))
    mean depth  m(beta) = sum_j f_j(beta) (z_(j-1) + z_j) / 2,  centres of the layers

``beta_of_mean_depth`` is the beta whose profile has the mean depth of the input. It returns the
model's beta exactly, above bedrock too, and describes input given by layer. The later code inverts
the cumulative fraction F_j at the layer's *node* although F_j belongs to its lower interface:

    mean over layers with F_j < 1 of exp(ln(1 - F_j) / (100 z_j))

which is too small (0.9397 where beta is 0.9499) and depends on the grid (``beta_at_nodes``).
"""

import numpy as np

from proda.arrays import Columns, Counts, FloatArray, Layers

__all__ = ["beta_at_nodes", "beta_of_mean_depth", "layer_centres"]

BISECTIONS = 60
# Rate of the profile, -100 ln(beta), m-1, within which beta is sought: a mean depth of a hundredth
# of the first layer, and a profile that is uniform to rounding.
MIN_RATE, MAX_RATE = 1e-9, 1e6
CERTAIN = 1e-12  # fraction of the input below which none is left, by rounding


def layer_centres(thickness: FloatArray) -> FloatArray:
    """Depth of the middle of each layer, (layers,) m."""
    return np.asarray(np.cumsum(thickness) - thickness / 2.0)


def beta_of_mean_depth(
    mean_depth: Columns, n_soil: Counts, interface: FloatArray, centre: FloatArray
) -> Columns:
    """Beta of the root profile with a given mean depth, by bisection, (n,).

    Parameters
    ----------
    mean_depth
        (n,) m.
    n_soil
        (n,) layers above bedrock.
    interface
        (layers,) lower limits down to which input is divided, m.
    centre
        (layers,) centres of the layers, m.

    Returns
    -------
    Columns
        0 where all of it is in the first layer, 1 where it is as deep as a uniform profile or
        deeper.
    """
    inside = np.arange(len(interface)) < n_soil[:, None]
    top = np.concatenate([[0.0], interface[:-1]])
    low, high = np.full((2, len(mean_depth)), np.log([[MIN_RATE], [MAX_RATE]]))
    for _ in range(BISECTIONS):
        middle = (low + high) / 2.0
        rate = np.exp(middle)[:, None]
        share = np.where(inside, np.exp(-rate * top) * -np.expm1(-rate * (interface - top)), 0.0)
        deeper = (share * centre).sum(axis=1) / share.sum(axis=1) > mean_depth
        low, high = np.where(deeper, middle, low), np.where(deeper, high, middle)
    beta = np.exp(-np.exp((low + high) / 2.0) / 100.0)
    at_surface = mean_depth <= centre[0] * (1.0 + CERTAIN)
    return np.where(np.isnan(mean_depth), np.nan, np.where(at_surface, 0.0, beta))


def beta_at_nodes(fraction: Layers, node: FloatArray) -> Columns:
    """Beta as the later code has it; NaN where all input is in the first layer, (n,).

    Parameters
    ----------
    fraction
        (n, layers) of the input.
    node
        (layers,) m.
    """
    remaining = 1.0 - np.cumsum(fraction, axis=1)
    some = remaining > 0.0
    values = np.exp(np.log(np.where(some, remaining, 1.0)) / (100.0 * node))
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(some, values, 0.0).sum(axis=1) / some.sum(axis=1))
