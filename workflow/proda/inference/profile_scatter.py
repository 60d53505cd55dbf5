"""The likelihood of profiles over a scatter between them that no covariate explains.

What covariates do not explain makes all horizons of a profile deviate together. With a scatter s
between profiles the modelled SOC is multiplied by a log-normal factor of the profile with mean 1,

    L = int prod_k f(o_k | m_k exp(s z - s^2/2)) phi(z) dz,

summed over NODES equidistant z within REACH. The trapezoidal rule is exact to 1e-8 where the peak
that n horizons of relative error c leave, some c / (s sqrt(n)) wide, is at least as wide as a step;
a profile farther than REACH from the model counts as one at REACH. The model is then the mean over
profiles with the same covariates.
"""

import math

from proda.arrays import FloatArray
from proda.compiled import kernel
from proda.inference.horizon_lanes import HorizonLanes, log_likelihood
from proda.model.lanes.functions import exp_lanes, log_lanes
from proda.model.lanes.vector import Block, block, fill, load, maximum, store

__all__ = [
    "BY_RELATIVE",
    "BY_SCATTER",
    "NODES",
    "NODE_SLOPES",
    "OF_NODE",
    "SUMS",
    "VALUE",
    "over_scatter",
]

# Largest standard normal z of the integral over the scatter, and number of equidistant ones.
REACH, NODES = 6.0, 49
STEP = 2.0 * REACH / (NODES - 1)
LOG_STEP = math.log(STEP) - 0.5 * math.log(2.0 * math.pi)
# Rows of sums: log likelihood, its derivatives by the logarithms of the relative error and of the
# scatter; then the largest log likelihood of a node, and the sum of all in units of it.
SUMS = 5
VALUE, BY_RELATIVE, BY_SCATTER, LARGEST, NODE_SUM = range(SUMS)
# Rows of each node of the scatter, before those of the slopes by SOC of every horizon.
OF_NODE, NODE_BY_RELATIVE, NODE_BY_SCATTER, NODE_SLOPES = range(4)


@kernel
def over_scatter(
    horizons: HorizonLanes,
    modelled: Block,
    relative: float,
    scatter: float,
    nodes: FloatArray,
    total: Block,
) -> None:
    """Log likelihood and derivatives over the scatter of a block of profiles, in ``total``.

    Of each node, row OF_NODE becomes its share of the likelihood, and the rows from NODE_SLOPES on
    are slopes by the modelled SOC.
    """
    of_nodes = block(nodes, 0)
    largest = fill(-math.inf)
    for q in range(NODES):
        z = STEP * q - REACH
        deviation = scatter * z - 0.5 * scatter * scatter
        factor = exp_lanes(fill(deviation))
        value, by_error, by_factor = fill(LOG_STEP - 0.5 * z * z), fill(0.0), fill(0.0)
        for k in range(nodes.shape[1] - NODE_SLOPES):
            at = load(modelled, k) * factor
            density, slope, by_relative = log_likelihood(horizons, k, 0, at, fill(relative))
            value = value + density
            by_error = by_error + by_relative
            by_factor = by_factor + slope * at
            store(of_nodes, (q, NODE_SLOPES + k), slope * factor)
        store(of_nodes, (q, OF_NODE), value)
        store(of_nodes, (q, NODE_BY_RELATIVE), by_error)
        # d log factor / d log scatter
        store(of_nodes, (q, NODE_BY_SCATTER), by_factor * (deviation - 0.5 * scatter * scatter))
        largest = maximum(largest, value)
    # Where no node has a likelihood the sum is not a number, and nor is the value.
    store(total, LARGEST, largest)
    store(total, NODE_SUM, 0.0)
    for q in range(NODES):
        share = exp_lanes(load(of_nodes, (q, OF_NODE)) - load(total, LARGEST))
        store(of_nodes, (q, OF_NODE), share)
        store(total, NODE_SUM, load(total, NODE_SUM) + share)
    store(total, VALUE, load(total, LARGEST) + log_lanes(load(total, NODE_SUM)))
    for q in range(NODES):
        share = load(of_nodes, (q, OF_NODE)) / load(total, NODE_SUM)
        store(of_nodes, (q, OF_NODE), share)
        by_error = load(total, BY_RELATIVE) + share * load(of_nodes, (q, NODE_BY_RELATIVE))
        store(total, BY_RELATIVE, by_error)
        by_scatter = load(total, BY_SCATTER) + share * load(of_nodes, (q, NODE_BY_SCATTER))
        store(total, BY_SCATTER, by_scatter)
