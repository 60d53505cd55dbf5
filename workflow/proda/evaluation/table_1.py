"""Table 1: skill of every method at the sites, on sites it has seen and on sites held out.

The study's numbers are of all sites for the homogeneous methods and site by site; for the network
the caption of its Figure 2 says training set, its methods say testing set, so that they stand
beside both here. Sets of sites, of the used profiles:

all             all of them
training        the random 80 % from which the learners were made (training and validation)
held_out        the random 20 % they have not seen (test)
spatial_blocks  all of them, learners predicting each from the fold that held its block out

A random test site has training sites a few kilometres away, so that only spatial_blocks says what a
learner knows where there is no profile. The other methods have no such variant: default is not
fitted to any profile; one-batch and random sampling are fitted to all of them, the held-out ones
too, of which one distribution for the continent can hardly take advantage; site by site is the fit.

All methods of a set are scored on the same profiles, those with a prediction of each method.
"""

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd

from proda.errors import InputError
from proda.evaluation.paper_values import paper_value
from proda.evaluation.skill import (
    SCORES,
    Resamples,
    interval,
    resampled_scores,
    skill,
    skill_intervals,
)
from proda.parameters.methods import BLOCKED_NAMES

__all__ = ["compare_methods", "paper_steps", "site_sets", "table_1"]

PAPER_SCORES = ("r2", "r", "rmse")
COMPARED_SCORES = ("r2", "r2_one_to_one", "rmse")
# From the worst to the best, as Tao et al. 2020 find; the forest is what the network has to beat.
PAPER_ORDER = ("default", "random_sampling", "one_batch", "neural_network", "site_by_site")
BASELINE = ("neural_network", "random_forest")
PAPER_SITES = {"neural_network": ("training", "held_out")}


def site_sets(profiles):
    """{name of the set: (n,) bool} of the table of profiles of Pairs, in the order of all tables.

    Without learners profiles have no role, and there is the set of all only.
    """
    used = profiles["used"].to_numpy()
    role = profiles["role"]
    if not (role != "").any():
        return {"all": used}
    return {
        "all": used,
        "training": used & role.isin(["training", "validation"]).to_numpy(),
        "held_out": used & (role == "test").to_numpy(),
        "spatial_blocks": used,
    }


@dataclass(frozen=True)
class ScoredSet:
    """A set of sites, with what the methods say where all of them have a prediction.

    members: (n,) bool, profiles of the set. scored: those that all methods have. columns: of the
    pairs, one per method. profile: (h,) number of the profile among the scored; observed (h,) and
    modelled (h, methods) in kg m-3.
    """

    name: str
    members: np.ndarray
    scored: np.ndarray
    columns: list
    profile: np.ndarray
    observed: np.ndarray
    modelled: np.ndarray


def scored_sets(pairs, methods):
    """The ScoredSets of ``methods``; without spatial_blocks if no method has a blocked variant.

    Raises InputError for a method without a column.
    """
    for name in methods:
        if name not in pairs.methods:
            raise InputError("methods", f"columns of {', '.join(pairs.methods)}", name)
    blocked = {name: BLOCKED_NAMES.get(name) for name in methods}
    blocked = {name: column for name, column in blocked.items() if column in pairs.methods}
    for sites, members in site_sets(pairs.profiles).items():
        columns = list(methods)
        if sites == "spatial_blocks":
            if not blocked:
                continue
            columns = [blocked.get(name, name) for name in methods]
        scored = members & pairs.complete(columns)
        h = pairs.horizons[scored[pairs.horizons["profile"]]]
        number = np.cumsum(scored) - 1
        profile, observed = number[h["profile"]], h["observed"].to_numpy()
        yield ScoredSet(sites, members, scored, columns, profile, observed, h[columns].to_numpy())


def table_1(pairs, methods, paper, seed, resamples=1000):
    """Rows of sites and method as a DataFrame; SOC densities in kg m-3.

    pairs: Pairs. methods: names in the order of the rows, without blocked variants; a learner with
    a column <learner>_blocks is judged by it on spatial_blocks, and without any such column that
    set has no rows; nor have training and held_out where no profile has a role. paper: of
    read_paper_values. seed, resamples: of the bootstrap of profiles.

    Columns: sites, method, profiles and horizons that are scored; left_out, profiles of the set
    that are not, because some method has no prediction there, and without_prediction, those that
    this method lacks; each of SCORES with <score>_low and _high (95 %); note, why a score is
    missing; paper_r2, paper_r, paper_rmse. Raises InputError for a method without a column.
    """
    rows = []
    for one in scored_sets(pairs, methods):
        draws = Resamples(int(one.scored.sum()), seed, resamples)
        ends = skill_intervals(one.profile, one.observed, one.modelled, draws)
        for k, (method, column) in enumerate(zip(methods, one.columns, strict=True)):
            found = skill(one.observed, one.modelled[:, k])
            row = {
                "sites": one.name,
                "method": method,
                "profiles": int(one.scored.sum()),
                "horizons": found.n,
                "left_out": int((one.members & ~one.scored).sum()),
                "without_prediction": int((one.members & ~pairs.complete([column])).sum()),
            }
            for name in SCORES:
                low, high = (end[k] for end in ends[name])
                row |= {name: getattr(found, name), f"{name}_low": low, f"{name}_high": high}
            row["note"] = found.reason
            stands = one.name in PAPER_SITES.get(method, ("all",))
            for name in PAPER_SCORES:
                value = paper_value(paper, "table_1", method, name)[0]
                row[f"paper_{name}"] = value if stands else np.nan
            rows.append(row)
    return pd.DataFrame(rows)


def paper_steps(methods):
    """Pairs (method, other) for ``compare_methods``: each method of the paper's order against the
    one before it, and the network against its baseline, of the methods there are."""
    order = [name for name in PAPER_ORDER if name in methods]
    steps = [(better, worse) for worse, better in itertools.pairwise(order)]
    return steps + ([BASELINE] if set(BASELINE) <= set(methods) else [])


def compare_methods(pairs, comparisons, seed, resamples=1000):
    """By how much a method is better than another, with intervals, as a DataFrame.

    Intervals of two methods may overlap and one still be better wherever one looks, because both
    meet the same profiles: here each resample scores both, and the interval is of the difference.

    pairs: Pairs. comparisons: list of (method, other). The profiles are those that all methods
    named have. Columns: sites, method, other, profiles; for r2, r2_one_to_one and rmse
    <score>_difference, of the method less the other, with _low and _high (95 %); no rows without
    comparisons. Raises InputError for a method without a column.
    """
    methods = list(dict.fromkeys(name for pair in comparisons for name in pair))
    rows = []
    for one in scored_sets(pairs, methods) if methods else ():
        draws = Resamples(int(one.scored.sum()), seed, resamples)
        values = resampled_scores(one.profile, one.observed, one.modelled, draws)
        found = [skill(one.observed, one.modelled[:, k]) for k in range(len(methods))]
        for pair in comparisons:
            i, j = (methods.index(name) for name in pair)
            row = {"sites": one.name, "method": pair[0], "other": pair[1]}
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
