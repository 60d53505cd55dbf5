"""Stocks of groups of pools between depths, of many columns.

    stock_kd = sum over layers j and pools p of group k of  t_dj X_pj

with t_dj the thickness of layer j within the depth interval d. Sums run in one order whatever the
number of columns, so that a column has the same bits in any company.
"""

import numpy as np

from proda.arrays import FloatArray, PoolLayers
from proda.model.grid import SoilGrid
from proda.projection.stocks import INTERVALS

__all__ = ["DEPTHS", "GROUPS", "SOC_GROUPS", "depth_bounds", "stocks_by_depth"]

GROUPS = ("cwd", "litter", "fast", "slow", "passive")
"""Woody debris, the three pools of litter together, and the pools of soil organic carbon."""

SOC_GROUPS = slice(2, 5)
# Pools of each group, in the order of proda.model.layout.POOLS.
POOLS_OF_GROUP = ((0,), (1, 2, 3), (4,), (5,), (6,))

DEPTHS = (*(interval.label for interval in INTERVALS[:3]), "below 200 cm")
"""Depth intervals that cover the column once."""


def depth_bounds(grid: SoilGrid) -> FloatArray:
    """Top and bottom of DEPTHS in a grid, (depths, 2) m."""
    bounds = [(interval.top, interval.bottom) for interval in INTERVALS[:3]]
    return np.array([*bounds, (bounds[-1][1], grid.bottom)])


def stocks_by_depth(grid: SoilGrid, pools: PoolLayers) -> FloatArray:
    """Carbon of GROUPS in DEPTHS.

    Parameters
    ----------
    grid
        Soil layers.
    pools
        (n, 7, layers) gC m-3.

    Returns
    -------
    ndarray
        (n, groups, depths) gC m-2.
    """
    groups = np.empty((len(GROUPS), len(pools), grid.n_layers))
    for k, members in enumerate(POOLS_OF_GROUP):
        groups[k] = pools[:, members[0]]
        for pool in members[1:]:
            groups[k] += pools[:, pool]
    stocks = np.empty((len(pools), len(GROUPS), len(DEPTHS)))
    # Interfaces of published grids are rounded: the parts of a layer sum to its thickness.
    share = grid.thickness / grid.overlap(0.0, grid.bottom)
    for d, (top, bottom) in enumerate(depth_bounds(grid)):
        thickness = share * grid.overlap(top, bottom)
        (within,) = np.nonzero(thickness)
        layers = slice(within[0], within[-1] + 1)
        stocks[:, :, d] = (groups[:, :, layers] * thickness[layers]).sum(axis=-1).T
    return stocks
