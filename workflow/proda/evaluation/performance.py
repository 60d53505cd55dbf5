"""How much of the spatial variation of SOC each method explains, by depth.

explained = 100 (1 - sum (m - o)^2 / sum (o - mean o)^2), in percent: the coefficient of efficiency
that the later study calls explained spatial variation. It is of the observed horizons of a depth,
and below 0 where a method is worse than the mean of the observations.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from proda.config.sections.evaluation import EvaluationSettings
from proda.evaluation.pairs import Pairs
from proda.evaluation.paper_values import paper_value
from proda.evaluation.table_1 import OTHER_PAPER_SITES, PAPER_SITES, table_1
from proda.parameters.methods import method_of

__all__ = ["DEPTH_CLASSES", "performance_table"]

ALL_DEPTHS = "all depths"
# Middle of a horizon from and below, m.
DEPTH_CLASSES = {
    ALL_DEPTHS: (-np.inf, np.inf),
    "0-30 cm": (-np.inf, 0.3),
    "30-100 cm": (0.3, 1.0),
    "below 100 cm": (1.0, np.inf),
}
PERCENT = 100.0


def performance_table(
    pairs: Pairs,
    methods: Sequence[str],
    paper: pd.DataFrame,
    published: bool,
    seed: int,
    resamples: int = EvaluationSettings.resamples,
) -> pd.DataFrame:
    """Explained variation by depth, set of sites and method.

    Parameters
    ----------
    pairs
        Observed and modelled SOC.
    methods
        As of ``proda.evaluation.table_1.table_1``.
    paper
        Table of ``read_paper_values``.
    published
        Whether the published values are of this region.
    seed, resamples
        Of the bootstrap of profiles.

    Returns
    -------
    pandas.DataFrame
        depth, sites, method, profiles, horizons, explained_percent with _low and _high (95 %),
        rmse in kg m-3, published_percent.
    """
    tables = []
    middle = pairs.horizons["depth_m"]
    for depth, (top, bottom) in DEPTH_CLASSES.items():
        part = pairs.horizons[(middle >= top) & (middle < bottom)]
        table = table_1(Pairs(part, pairs.profiles), methods, paper, seed, resamples)
        table.insert(0, "depth", depth)
        tables.append(table)
    table = pd.concat(tables, ignore_index=True)
    for end in ("", "_low", "_high"):
        table[f"explained_percent{end}"] = PERCENT * table[f"r2_one_to_one{end}"]
    table["published_percent"] = [
        _published(paper, row.method, row.sites)
        if published and row.depth == ALL_DEPTHS
        else np.nan
        for row in table.itertuples()
    ]
    names = ["depth", "sites", "method", "profiles", "horizons"]
    names += [f"explained_percent{end}" for end in ("", "_low", "_high")]
    return table[[*names, "rmse", "published_percent"]]


def _published(paper: pd.DataFrame, method: str, sites: str) -> float:
    if sites not in PAPER_SITES.get(method_of(method).kind, OTHER_PAPER_SITES):
        return float("nan")
    return paper_value(paper, "performance", method, "explained_percent")[0]
