"""Skill of a learner against the number of profiles it is trained on.

Every fold of the cross-validation is trained on a subset of its training profiles
(`proda.learning.subsets`), and all used profiles are predicted by the fold that holds them out, so
that scores of all sizes and learners are of the same horizons.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from proda.arrays import FloatArray, Horizons
from proda.data.order import check_profiles
from proda.evaluation.skill import SCORES, skill
from proda.learning.splits import Splits
from proda.learning.subsets import with_fewer_profiles
from proda.model.grid import SoilGrid
from proda.projection.forward import project
from proda.projection.inputs import Sites
from proda.projection.soc import SocSource
from proda.projection.stocks import KILOGRAM

__all__ = ["learning_curve"]

Predict = Callable[[str, Splits], SocSource]
"""(name of a fold, its splits) to SOC at the profiles, as a learner trained on them has it."""


def learning_curve(
    predict: Predict,
    splits: Splits,
    sites: Sites,
    soil: SoilGrid,
    observed: Horizons,
    sizes: Sequence[int],
    repeats: int,
    seed: int,
) -> pd.DataFrame:
    """Scores by size of the training set.

    Parameters
    ----------
    predict
        Trains a learner on a fold.
    splits
        Of all accepted profiles.
    sites, soil
        These profiles, and the layers of the soil.
    observed
        (horizons,) SOC density, gC m-3.
    sizes
        Numbers of profiles that train and validate. Those that a fold does not have are left out,
        and the last row is of all.
    repeats
        Random subsets of each size.
    seed
        Of the run.

    Returns
    -------
    DataFrame
        profiles (mean over the folds), repeat, horizons and each of SCORES, densities in kg m-3.

    Raises
    ------
    InputError
        For splits of other profiles than the sites.
    """
    check_profiles("splits", splits.profile_id, sites.ids, "the observations")
    profile = np.repeat(np.arange(len(sites.row_size)), sites.row_size)
    folds = splits.names[1:]
    available = [int((splits.used & ~splits.in_fold(fold)).sum()) for fold in folds]
    smaller = [size for size in sorted(set(sizes)) if size < min(available)]
    rows = []
    for size, repeat in [*((n, k) for n in smaller for k in range(repeats)), (None, 0)]:
        modelled: FloatArray = np.full(len(observed), np.nan)
        for fold in folds:
            source = predict(fold, with_fewer_profiles(splits, fold, size, repeat, seed))
            predicted = project(source, soil, sites.operator, sites.row_size).predicted
            held_out = splits.in_fold(fold)[profile]
            if predicted is not None:
                modelled[held_out] = predicted[0, held_out]
        scored = splits.used[profile] & np.isfinite(modelled)
        found = skill(observed[scored] / KILOGRAM, modelled[scored] / KILOGRAM)
        n = float(np.mean(available)) if size is None else float(size)
        rows.append(
            {"profiles": n, "repeat": repeat, "horizons": found.n}
            | {name: getattr(found, name) for name in SCORES}
        )
    return pd.DataFrame(rows)
