"""Table 1: skill of every method at the sites, on sites it has seen and on sites held out.

The study's numbers are of all sites for the pooled methods and site by site; for the network the
caption of its Figure 2 names the training set, its methods section the testing set, so that they
are shown beside both here. Sets of sites, of the used profiles:

all               all of them
training          the random 80 % from which the learners were made (training and validation)
held_out          the random 20 % they have not seen (test)
cross_validation  all of them, learners predicting each from the fold that held it out

A random test site has training sites a few kilometres away, so that only cross_validation, in
blocks or regions, shows the skill of a learner where there is no profile. The other methods have no
such variant: the default run is not fitted to any profile; pooled methods are fitted to all of
them, the held-out ones too, from which one distribution for the continent can hardly gain; site by
site is the fit itself.

All methods of a set are scored on the same profiles, those with a prediction of each method.
Intervals resample clusters of horizons: profiles, or the profiles of a block together.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from proda.arrays import Counts, FloatArray, Mask
from proda.config.sections.evaluation import EvaluationSettings
from proda.errors import InputError
from proda.evaluation.pairs import Pairs
from proda.evaluation.paper_values import paper_value
from proda.evaluation.skill import (
    SCORES,
    Resamples,
    interval,
    median_ratio,
    resampled_scores,
    skill,
    skill_intervals,
)
from proda.parameters.methods import METHODS, Kind, blocked_name, method_of

__all__ = [
    "BLOCKS",
    "compare_methods",
    "comparisons",
    "paper_steps",
    "ranked_methods",
    "scored_sets",
    "site_sets",
    "table_1",
]

ALL, BLOCKS = "all", "cross_validation"
PAPER_SCORES = ("r2", "r", "rmse")
COMPARED_SCORES = ("r2", "r2_one_to_one", "rmse")
RATIO = ("median_ratio", "median_ratio_low", "median_ratio_high")
# Sets of sites beside which the paper's values are shown.
PAPER_SITES = {Kind.LEARNER: ("training", "held_out")}
OTHER_PAPER_SITES = (ALL,)


def site_sets(profiles: pd.DataFrame) -> dict[str, Mask]:
    """Sets of sites of the table of profiles of Pairs, in the order of all tables.

    Returns
    -------
    dict
        {name of the set: (n,) members}. Without learners profiles have no role, and there is the
        set of all only.
    """
    used = profiles["used"].to_numpy()
    role = profiles["role"]
    if not (role != "").any():
        return {ALL: used}
    return {
        ALL: used,
        "training": used & role.isin(["training", "validation"]).to_numpy(),
        "held_out": used & (role == "test").to_numpy(),
        BLOCKS: used,
    }


@dataclass(frozen=True)
class ScoredSet:
    """A set of sites, with the values of the methods where all of them have a prediction.

    Attributes
    ----------
    name
        Of the set.
    members
        (n,) profiles of the set.
    scored
        (n,) those of them for which all methods have a prediction.
    columns
        Of the pairs, one per method.
    clusters
        Number of clusters.
    cluster
        (h,) number of each horizon's cluster.
    observed, modelled
        (h,) and (h, methods) SOC density in kg m-3.
    """

    name: str
    members: Mask
    scored: Mask
    columns: list[str]
    clusters: int
    cluster: Counts
    observed: FloatArray
    modelled: FloatArray


def scored_sets(
    pairs: Pairs, methods: Sequence[str], cluster: Counts | None = None
) -> Iterator[ScoredSet]:
    """Yield the sets of sites; without cross_validation if no method has a blocked variant.

    Parameters
    ----------
    pairs, methods
        As for ``table_1``.
    cluster
        (profiles,) number of what each profile is resampled with; None for the profile alone.

    Raises
    ------
    InputError
        For a method without a column.
    """
    cluster = np.arange(len(pairs.profiles)) if cluster is None else cluster
    for name in methods:
        if name not in pairs.methods:
            raise InputError("methods", f"columns of {', '.join(pairs.methods)}", name)
    blocked = {name: blocked_name(name) for name in methods if method_of(name).has_blocks}
    blocked = {name: column for name, column in blocked.items() if column in pairs.methods}
    for sites, members in site_sets(pairs.profiles).items():
        columns = list(methods)
        if sites == BLOCKS:
            if not blocked:
                continue
            columns = [blocked.get(name, name) for name in methods]
        scored = members & pairs.complete(columns)
        h = pairs.horizons[scored[pairs.horizons["profile"]]]
        found, number = np.unique(cluster[h["profile"]], return_inverse=True)
        observed, modelled = h["observed"].to_numpy(), h[columns].to_numpy()
        yield ScoredSet(sites, members, scored, columns, len(found), number, observed, modelled)


def table_1(
    pairs: Pairs,
    methods: Sequence[str],
    paper: pd.DataFrame,
    seed: int,
    resamples: int = EvaluationSettings.resamples,
    cluster: Counts | None = None,
) -> pd.DataFrame:
    """Skill by set of sites and method.

    Parameters
    ----------
    pairs
        Observed and modelled SOC.
    methods
        In the order of the rows, without blocked variants. A learner with a column
        <learner>_blocks is scored by it on cross_validation; without any such column that set has
        no rows, nor have training and held_out where no profile has a role.
    paper
        Table of ``read_paper_values``.
    seed, resamples
        Of the bootstrap.
    cluster
        (profiles,) number of what each profile is resampled with; None for the profile alone.

    Returns
    -------
    pandas.DataFrame
        sites, method, profiles and horizons that are scored; excluded, profiles of the set that are
        not, because some method has no prediction there, and without_prediction, those that this
        method lacks; each of SCORES and median_ratio with <score>_low and _high (95 %), rmse and
        bias in kg m-3; note, why a score is missing; paper_r2, paper_r, paper_rmse.

    Raises
    ------
    InputError
        For a method without a column.
    """
    rows = []
    for one in scored_sets(pairs, methods, cluster):
        draws = Resamples(one.clusters, seed, resamples)
        ends = skill_intervals(one.cluster, one.observed, one.modelled, draws)
        for k, (method, column) in enumerate(zip(methods, one.columns, strict=True)):
            found = skill(one.observed, one.modelled[:, k])
            row = {
                "sites": one.name,
                "method": method,
                "profiles": int(one.scored.sum()),
                "horizons": found.n,
                "excluded": int((one.members & ~one.scored).sum()),
                "without_prediction": int((one.members & ~pairs.complete([column])).sum()),
            }
            for name in SCORES:
                low, high = (end[k] for end in ends[name])
                row |= {name: getattr(found, name), f"{name}_low": low, f"{name}_high": high}
            ratio = median_ratio(one.cluster, one.observed, one.modelled[:, k])
            row |= dict(zip(RATIO, ratio, strict=True))
            row["note"] = found.reason
            comparable = one.name in PAPER_SITES.get(method_of(method).kind, OTHER_PAPER_SITES)
            for name in PAPER_SCORES:
                value = paper_value(paper, "table_1", method, name)[0]
                row[f"paper_{name}"] = value if comparable else np.nan
            rows.append(row)
    return pd.DataFrame(rows)


def paper_steps(methods: Sequence[str]) -> list[tuple[str, str]]:
    """Comparisons (method, other) for ``compare_methods``, of the methods there are.

    Each method of the paper against the one before it in the paper's order of skill, and each
    method against its baselines, as the register of methods states them.
    """
    ranks = {name: METHODS[name].paper_rank for name in methods}
    order = [name for _, name in sorted((r, name) for name, r in ranks.items() if r is not None)]
    steps = [(better, worse) for worse, better in itertools.pairwise(order)]
    others = [(name, other) for name in methods for other in METHODS[name].baselines]
    return steps + [(name, other) for name, other in others if other in methods]


def ranked_methods(table: pd.DataFrame) -> tuple[str, list[str]]:
    """Methods that predict places without a profile, by increasing RMSE.

    Parameters
    ----------
    table
        Of ``table_1``.

    Returns
    -------
    tuple
        The set of sites that ranks them, and their names: held-out blocks, or all sites where no
        method has a blocked variant.
    """
    sites = BLOCKS if (table["sites"] == BLOCKS).any() else ALL
    rows = table[table["sites"] == sites].dropna(subset="rmse")
    names = rows.sort_values("rmse", kind="stable")["method"]
    return sites, [name for name in names if method_of(name).has_map]


def comparisons(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Pairs of methods for ``compare_methods``: ``paper_steps``, and the best against all others.

    Parameters
    ----------
    table
        Of ``table_1``.
    """
    steps = paper_steps(list(table["method"].unique()))
    _, order = ranked_methods(table)
    best = [(order[0], other) for other in order[1:]]
    return steps + [pair for pair in best if not {pair, pair[::-1]} & set(steps)]


def compare_methods(
    pairs: Pairs,
    comparisons: Sequence[tuple[str, str]],
    seed: int,
    resamples: int = EvaluationSettings.resamples,
    cluster: Counts | None = None,
) -> pd.DataFrame:
    """Differences in skill between methods, with intervals.

    Intervals of two methods may overlap and one still be better in every resample, because both
    are scored on the same profiles: here each resample scores both, and the interval is that of the
    difference.

    Parameters
    ----------
    pairs
        Observed and modelled SOC.
    comparisons
        Pairs (method, other). The profiles are those that all methods named have.
    seed, resamples, cluster
        As for ``table_1``.

    Returns
    -------
    pandas.DataFrame
        sites, method, other, profiles; for r2, r2_one_to_one and rmse (kg m-3)
        <score>_difference, of the method minus the other, with _low and _high (95 %). No rows
        without comparisons.

    Raises
    ------
    InputError
        For a method without a column.
    """
    methods = list(dict.fromkeys(name for pair in comparisons for name in pair))
    rows = []
    for one in scored_sets(pairs, methods, cluster) if methods else ():
        draws = Resamples(one.clusters, seed, resamples)
        values = resampled_scores(one.cluster, one.observed, one.modelled, draws)
        found = [skill(one.observed, one.modelled[:, k]) for k in range(len(methods))]
        for pair in comparisons:
            i, j = (methods.index(name) for name in pair)
            row: dict[str, object] = {"sites": one.name, "method": pair[0], "other": pair[1]}
            row["profiles"] = int(one.scored.sum())
            for name in COMPARED_SCORES:
                low, high = interval(values[name][:, i] - values[name][:, j])
                difference = getattr(found[i], name) - getattr(found[j], name)
                row |= {f"{name}_difference": difference}
                row |= {f"{name}_difference_low": low, f"{name}_difference_high": high}
            rows.append(row)
    columns = ["sites", "method", "other", "profiles"]
    for name in COMPARED_SCORES:
        columns += [f"{name}_difference{end}" for end in ("", "_low", "_high")]
    return pd.DataFrame(rows, columns=columns)
