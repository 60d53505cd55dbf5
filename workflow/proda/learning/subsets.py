"""Fewer training profiles: what the folds of a learning curve are trained on.

A subset of size n are the first n of a random order of the training profiles of a fold, so that a
larger one contains a smaller one and all learners see the same. What is held out stays the same.
"""

from dataclasses import replace

import numpy as np

from proda.learning.splits import Splits
from proda.streams import named_stream

__all__ = ["with_fewer_profiles"]


def with_fewer_profiles(
    splits: Splits, split: str, size: int | None, repeat: int, seed: int
) -> Splits:
    """Splits in which no more than ``size`` profiles train and validate a fold.

    Parameters
    ----------
    splits
        Of all accepted profiles.
    split
        Name of a fold.
    size
        Largest number of profiles; None for all.
    repeat
        Number of the random order.
    seed
        Of the run.

    Returns
    -------
    Splits
        To be used for this fold only.
    """
    if size is None:
        return splits
    held_out = splits.in_fold(split)
    rng = named_stream(seed, f"learning curve {split}", repeat)
    order = rng.permutation(np.flatnonzero(splits.used & ~held_out))
    used = splits.used & held_out
    used[order[:size]] = True
    return replace(splits, used=used)
