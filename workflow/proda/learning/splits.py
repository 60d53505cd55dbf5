"""Which profiles train, validate and test: a random split, and the folds of a cross-validation.

The random split is the study's. Neighbouring profiles share covariates and errors, so that a random
test set flatters a learner; folds of whole blocks or regions, all of whose profiles are held out
together, show its skill where there are no profiles (`proda.learning.split_schemes`). All learners
have the same folds and are trained anew for each, covariates scaled by its training profiles.
"""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from proda.arrays import Counts, Mask
from proda.config.sections.learning import RANDOM, SplitSettings
from proda.data.cells import Cells
from proda.errors import InputError
from proda.learning.split_schemes import SCHEMES, Scheme, locate
from proda.streams import named_stream
from proda.tables import read_table, write_table

__all__ = [
    "ROLES",
    "Rows",
    "Splits",
    "make_splits",
    "read_splits",
    "split_names",
    "write_splits",
]

ROLES = ("training", "validation", "test")


class Rows(NamedTuple):
    """The used profiles of a split, as (n,) masks of all accepted ones."""

    training: Mask
    validation: Mask
    held_out: Mask


@dataclass(frozen=True)
class Splits:
    """The splits of all n accepted profiles.

    Attributes
    ----------
    profile_id
        (n,) identifiers.
    used
        (n,) whether the posterior is a target.
    role
        (n,) one of `ROLES` in the random split, empty where not used.
    block
        (n,) number of the spatial block.
    fold
        (n,) 0..k-1, the fold that holds the profile out.
    """

    profile_id: npt.NDArray[np.str_]
    used: Mask
    role: npt.NDArray[np.str_]
    block: Counts
    fold: Counts

    @property
    def names(self) -> tuple[str, ...]:
        """``random`` and ``fold_0`` .. ``fold_<k-1>``."""
        return split_names(int(self.fold.max()) + 1)

    def in_fold(self, split: str) -> Mask:
        """(n,) profiles that a fold holds out, used or not."""
        return self.fold == self.names.index(split) - 1

    def rows(self, split: str, seed: int, validation_fraction: float) -> Rows:
        """Training, validation and held-out profiles of a split.

        Parameters
        ----------
        split
            One of ``names``.
        seed, validation_fraction
            Choose the validation profiles among those outside the fold; those of the random split
            are part of the splits already.

        Returns
        -------
        Rows
            Masks of used profiles.

        Raises
        ------
        InputError
            For an unknown split.
        """
        if split == RANDOM:
            return Rows(*(self.role == role for role in ROLES))
        if split not in self.names:
            raise InputError("split", f"one of {', '.join(self.names)}", repr(split))
        held_out = self.in_fold(split)
        others = np.flatnonzero(self.used & ~held_out)
        validation = np.zeros(len(self.used), bool)
        order = named_stream(seed, f"validation of {split}", 0).permutation(others)
        validation[order[: round(validation_fraction * len(others))]] = True
        return Rows(self.used & ~held_out & ~validation, validation, self.used & held_out)


def split_names(folds: int) -> tuple[str, ...]:
    """Names of the random split and of the folds."""
    return (RANDOM, *(f"fold_{k}" for k in range(folds)))


def make_splits(
    profile_id: npt.ArrayLike,
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    used: npt.ArrayLike,
    cells: Cells,
    seed: int,
    block_size: float = SplitSettings.block_size,
    folds: int = SplitSettings.folds,
    test_fraction: float = SplitSettings.test_fraction,
    validation_fraction: float = SplitSettings.validation_fraction,
    min_profiles: int = SplitSettings.min_profiles,
    held_out: str = SplitSettings.held_out,
    classes: npt.ArrayLike | None = None,
) -> Splits:
    """Split the profiles; the result depends on the arguments only.

    Parameters
    ----------
    profile_id, lon, lat, used
        (n,) of all accepted profiles; degrees.
    cells
        Cells of the grid, none of which two blocks may share.
    seed
        Of the run.
    block_size
        Edge of a block in degrees, a multiple of the cells' resolution.
    folds
        Number of folds of the cross-validation.
    test_fraction
        Fraction of the used profiles that test.
    validation_fraction
        Fraction of the others that validate.
    min_profiles
        Smallest number of used profiles.
    held_out
        What is held out together, one of `proda.learning.split_schemes.SCHEMES`.
    classes
        (n,) values of the categorical covariate whose classes are regions, NaN where missing; None
        for clusters of places.

    Returns
    -------
    Splits
        The random split and the folds.

    Raises
    ------
    InputError
        For too few profiles, other block sizes, fractions and schemes, and fewer groups with used
        profiles than folds.
    """
    used = np.asarray(used, dtype=bool)
    n = int(used.sum())
    if n < min_profiles:
        hint = "remove the learners from methods, or lower learning.min_profiles"
        expected = f"at least {min_profiles} fitted profiles to learn from"
        raise InputError("used profiles", expected, f"{n} of {len(used)}", hint)
    fractions = {"test_fraction": test_fraction, "validation_fraction": validation_fraction}
    for name, fraction in fractions.items():
        if not 0 <= fraction < 1:
            raise InputError(name, "a fraction in [0, 1[", repr(fraction))
    if folds < 2:
        raise InputError("folds", "2 or more", repr(folds))
    if held_out not in SCHEMES:
        raise InputError("held_out", f"one of {', '.join(SCHEMES)}", repr(held_out))
    scheme, rng = SCHEMES[held_out], named_stream(seed, "folds", 0)
    of_covariate = None if classes is None else np.asarray(classes, float)
    position = np.asarray(lon, float), np.asarray(lat, float)
    located = locate(cells, *position, block_size, of_covariate)
    fold = _folds(scheme.groups(located, folds, rng), used, folds, scheme, rng)

    role = np.full(len(used), "", dtype="<U10")
    order = named_stream(seed, "random split", 0).permutation(np.flatnonzero(used))
    n_test = round(test_fraction * n)
    n_validation = round(validation_fraction * (n - n_test))
    role[order[:n_test]] = "test"
    role[order[n_test : n_test + n_validation]] = "validation"
    role[order[n_test + n_validation :]] = "training"
    return Splits(np.asarray(profile_id, dtype=str), used, role, located.block, fold)


def write_splits(path: str | Path, splits: Splits) -> None:
    """Write the splits as csv: profile_id, used (0 or 1), role, block, fold."""
    write_table(path, pd.DataFrame(vars(splits) | {"used": splits.used.astype(int)}))


def read_splits(path: str | Path) -> Splits:
    """Read what `write_splits` wrote.

    Parameters
    ----------
    path
        File of the splits.

    Returns
    -------
    Splits
        The same splits.

    Raises
    ------
    InputError
        For a column that is absent, a used profile without a role and another one with a role.
    """
    table = read_table(path, ["profile_id", "role"])
    for column in fields(Splits):
        if column.name not in table:
            raise InputError(path, f"a column {column.name}", ", ".join(table))
    used = table["used"].to_numpy() == 1
    for profile_id, is_used, role in zip(table["profile_id"], used, table["role"], strict=True):
        if role not in (ROLES if is_used else ("",)):
            expected = f"one of {', '.join(ROLES)}" if is_used else "no role, as it is not used"
            raise InputError(f"{path}, profile {profile_id}, role", expected, repr(role))
    return Splits(
        table["profile_id"].to_numpy(dtype=str),
        used,
        table["role"].to_numpy(dtype="<U10"),
        table["block"].to_numpy(dtype=np.int64),
        table["fold"].to_numpy(dtype=np.int64),
    )


def _folds(
    group: Counts, used: Mask, folds: int, scheme: Scheme, rng: np.random.Generator
) -> Counts:
    """Fold of each profile: whole groups, largest first, go to the fold with fewest used ones."""
    labels, index = np.unique(group, return_inverse=True)
    counts = np.bincount(index, minlength=len(labels))
    used_counts = np.bincount(index[used], minlength=len(labels))
    occupied = int((used_counts > 0).sum())
    if occupied < folds:
        expected = f"{folds} {scheme.noun} with used profiles, one per fold"
        raise InputError("folds", expected, str(occupied), scheme.hint)
    shuffled = rng.permutation(len(labels))
    order = shuffled[np.lexsort((-counts[shuffled], -used_counts[shuffled]))]
    fold_of_group = np.empty(len(labels), dtype=np.int64)
    load = np.zeros((folds, 2), dtype=np.int64)
    for g in order:
        smallest = np.lexsort((load[:, 1], load[:, 0]))[0]
        fold_of_group[g] = smallest
        load[smallest] += used_counts[g], counts[g]
    return fold_of_group[index]
