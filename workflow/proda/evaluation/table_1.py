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

import numpy as np
import pandas as pd

from proda.errors import InputError
from proda.evaluation.paper_values import paper_value
from proda.evaluation.skill import SCORES, Resamples, skill, skill_intervals

__all__ = ["SITES", "site_sets", "table_1"]

SITES = ("all", "training", "held_out", "spatial_blocks")
BLOCKS = "_blocks"
PAPER_SCORES = ("r2", "r", "rmse")
PAPER_SITES = {"neural_network": ("training", "held_out")}


def site_sets(profiles):
    """{name of the set: (n,) bool} of the table of profiles of Pairs, in the order of SITES."""
    used = profiles["used"].to_numpy()
    role = profiles["role"]
    return {
        "all": used,
        "training": used & role.isin(["training", "validation"]).to_numpy(),
        "held_out": used & (role == "test").to_numpy(),
        "spatial_blocks": used,
    }


def table_1(pairs, methods, paper, seed, resamples=1000):
    """Rows of sites and method as a DataFrame; SOC densities in kg m-3.

    pairs: Pairs. methods: names in the order of the rows, without held-out variants; a method with
    a column <method>_blocks is judged by it on spatial_blocks, and without any such column that
    set has no rows. paper: of read_paper_values. seed, resamples: of the bootstrap of profiles.

    Columns: sites, method, profiles and horizons that are scored; left_out, profiles of the set
    that are not, because some method has no prediction there, and without_prediction, those that
    this method lacks; each of SCORES with <score>_low and _high (95 %); note, why a score is
    missing; paper_r2, paper_r, paper_rmse. Raises InputError for a method without a column.
    """
    for name in methods:
        if name not in pairs.methods:
            raise InputError("methods", f"columns of {', '.join(pairs.methods)}", name)
    blocked = {name: name + BLOCKS for name in methods if name + BLOCKS in pairs.methods}
    rows = []
    for sites, members in site_sets(pairs.profiles).items():
        if sites == "spatial_blocks" and not blocked:
            continue
        columns = [
            blocked.get(name, name) if sites == "spatial_blocks" else name for name in methods
        ]
        scored = members & pairs.complete(columns)
        position = np.cumsum(scored) - 1
        h = pairs.horizons[scored[pairs.horizons["profile"]]]
        profile, observed = position[h["profile"]], h["observed"].to_numpy()
        modelled = h[columns].to_numpy()
        draws = Resamples(int(scored.sum()), seed, resamples)
        ends = skill_intervals(profile, observed, modelled, draws)
        for k, (method, column) in enumerate(zip(methods, columns, strict=True)):
            found = skill(observed, modelled[:, k])
            row = {
                "sites": sites,
                "method": method,
                "profiles": int(scored.sum()),
                "horizons": found.n,
                "left_out": int((members & ~scored).sum()),
                "without_prediction": int((members & ~pairs.complete([column])).sum()),
            }
            for name in SCORES:
                low, high = (end[k] for end in ends[name])
                row |= {name: getattr(found, name), f"{name}_low": low, f"{name}_high": high}
            row["note"] = found.reason
            for name in PAPER_SCORES:
                stands = sites in PAPER_SITES.get(method, ("all",))
                value = paper_value(paper, "table_1", method, name)[0]
                row[f"paper_{name}"] = value if stands else np.nan
            rows.append(row)
    return pd.DataFrame(rows)
