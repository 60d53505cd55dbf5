"""SOC by depth in each group of vegetation, observed and modelled (Figure 5)."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from proda.errors import InputError
from proda.evaluation.pairs import Pairs

__all__ = ["vegetation_profiles"]

DEPTH_EDGES = (0.0, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0)
"""m; the limits of the study's intervals are among them. The last bin is open below. Layers of the
model do not suit as bins of observations: the upper ones are thinner than a horizon, and none ends
at 30, 100 or 200 cm."""


def vegetation_profiles(
    pairs: Pairs,
    groups: Sequence[str],
    methods: Sequence[str],
    keep: npt.ArrayLike | None = None,
    edges: npt.ArrayLike = DEPTH_EDGES,
) -> pd.DataFrame:
    """Mean SOC by vegetation group and depth, of the observations and of methods.

    Only profiles for which all methods have values are used, so that all curves of a group are of
    the same soil. A horizon belongs to the bin of its middle. Horizons of a profile in one bin are
    averaged first, by thickness, because they are not independent: statistics are over profiles.

    Parameters
    ----------
    pairs
        Observed and modelled SOC.
    groups
        Names of the groups.
    methods
        Columns of the pairs.
    keep
        (n,) bool, the profiles to take; by default the used ones.
    edges
        Of the depth bins in m, ascending from 0; the last bin is open below.

    Returns
    -------
    pandas.DataFrame
        vegetation, top_m, bottom_m, source (observed or a method), depth_m (mean of the horizons'
        middles), profiles, horizons, mean, standard_error, p25, p50, p75 (kg m-3). A group or bin
        without profiles has a row with profiles 0 and no values.

    Raises
    ------
    InputError
        For a method without a column, and for edges that do not ascend from 0.
    """
    sources = ["observed", *methods]
    unknown = [name for name in methods if name not in pairs.methods]
    if unknown:
        raise InputError("methods", f"columns of {', '.join(pairs.methods)}", ", ".join(unknown))
    edges = np.asarray(edges, dtype=np.float64)
    if edges.ndim != 1 or edges.size < 2 or edges[0] != 0 or np.any(np.diff(edges) <= 0):
        raise InputError("edges", "ascending depths from 0", f"{edges.tolist()}")
    h = pairs.horizons
    kept = pairs.complete(methods) & np.asarray(pairs.profiles["used"] if keep is None else keep)
    kept &= pairs.profiles["vegetation"].isin(list(groups)).to_numpy()
    h = h[kept[h["profile"]]]
    n_bins = len(edges)
    layout = {
        "vegetation": pd.CategoricalDtype(list(groups)),
        "source": pd.CategoricalDtype(sources),
        "bin": pd.CategoricalDtype(range(n_bins)),
    }
    keys = {
        "vegetation": pairs.profiles["vegetation"].to_numpy()[h["profile"]],
        "bin": np.searchsorted(edges, h["depth_m"], side="right") - 1,
        "profile": h["profile"].to_numpy(),
    }
    sums = h[sources].mul(h["thickness_m"], axis=0).assign(weight=h["thickness_m"])
    sums = sums.assign(depth=h["depth_m"], horizons=1, **keys).groupby(list(keys)).sum()
    means = sums[sources].div(sums["weight"], axis=0).rename_axis(columns="source")
    long = means.stack().rename("value").reset_index().astype(layout)
    grouped = long.groupby(list(layout), observed=False)["value"]
    table = grouped.agg(profiles="count", mean="mean", standard_error="sem")
    quartiles = grouped.quantile([0.25, 0.5, 0.75]).unstack().reindex(table.index)
    table[["p25", "p50", "p75"]] = quartiles.to_numpy()
    table = table.reset_index()

    place = pd.MultiIndex.from_frame(table[["vegetation", "bin"]].astype(object))
    totals = sums.groupby(["vegetation", "bin"])[["depth", "horizons"]].sum().reindex(place)
    bins = table.pop("bin").astype(int).to_numpy()
    table.insert(1, "top_m", edges[bins])
    table.insert(2, "bottom_m", np.append(edges[1:], np.inf)[bins])
    table.insert(4, "depth_m", (totals["depth"] / totals["horizons"]).to_numpy())
    table.insert(6, "horizons", totals["horizons"].fillna(0).astype(int).to_numpy())
    return table.astype({"vegetation": str, "source": str})
