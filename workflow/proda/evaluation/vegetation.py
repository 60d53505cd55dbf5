"""Vegetation types as groups of land-cover classes, and SOC by depth in each (Figure 5).

The study shows mean observed and modelled SOC by depth for vegetation types without saying from
which classes they are made; here they are groups of a class covariate, the IGBP land cover.
"""

import numpy as np
import pandas as pd

from proda.errors import InputError, number_text

__all__ = ["vegetation_counts", "vegetation_names", "vegetation_profiles"]

DEPTH_EDGES = (0.0, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0)
"""m; with the limits of the study's intervals among them. The last bin is open below. Layers of
the model are no bins for observations: the upper ones are thinner than a horizon, and none ends at
30, 100 or 200 cm."""

NO_GROUP = "(in no group)"


def vegetation_names(covariates, vegetation, where):
    """Name of the vegetation group of each site, (n,) text, empty where its class is in none.

    covariates: DataFrame of site covariates. vegetation: mapping with ``covariate``, its name, and
    ``groups``, {name: codes}. where: the file, for messages.
    Raises InputError for a covariate that is not there or has values that are no codes, and for a
    code in two groups.
    """
    name, groups = vegetation["covariate"], vegetation["groups"]
    if name not in covariates:
        hint = "vegetation.covariate names a class covariate of this run"
        raise InputError(where, f"a column {name}", ", ".join(covariates.columns), hint)
    group_of = {}
    for group, codes in groups.items():
        for code in codes:
            if code in group_of:
                found = f"also in {group_of[code]}"
                raise InputError(f"vegetation group {group}, class {code}", "each once", found)
            group_of[code] = group
    values = covariates[name]
    wrong = values.notna() & (values != np.round(values))
    if wrong.any():
        site = values.index[wrong][0]
        hint = f"{name} must be a covariate of kind class"
        raise InputError(
            f"{where}, profile {site}, {name}", "a class code", number_text(values[site]), hint
        )
    return values.map(group_of).fillna("").to_numpy(dtype=object)


def vegetation_counts(profiles, groups):
    """Ledger of the groups: DataFrame vegetation, profiles, used; the last row is of no group.

    profiles: table of Pairs. groups: names in the order of the table, also of groups without any.
    """
    names = [*groups, ""]
    table = pd.DataFrame({"vegetation": [*groups, NO_GROUP]})
    for column, rows in (("profiles", profiles), ("used", profiles[profiles["used"]])):
        table[column] = rows["vegetation"].value_counts().reindex(names, fill_value=0).to_numpy()
    return table


def vegetation_profiles(pairs, groups, methods, keep=None, edges=DEPTH_EDGES):
    """Mean SOC by vegetation group and depth of the observations and of methods, as a DataFrame.

    pairs: Pairs. groups: names of the groups. methods: columns of the pairs. keep: (n,) bool, the
    profiles to take, by default the used ones. edges: m, of the bins, ascending; the last bin is
    open below. Only profiles for which all methods have values are taken, so that all curves of a
    group are of the same soil.

    A horizon is in the bin of its middle. Horizons of a profile in one bin are averaged first, by
    thickness, because they are not independent: statistics are over profiles. Columns: vegetation,
    top_m, bottom_m, source (observed or a method), depth_m (mean of the horizons' middles),
    profiles, horizons, mean, standard_error, p25, p50, p75 (kg m-3). A group or bin without
    profiles has a row with profiles 0 and no values.
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
