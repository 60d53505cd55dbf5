"""Which profiles train, validate and test: a random split, and folds of spatial blocks.

The random split is the study's. Neighbouring profiles share covariates and errors, so that a random
test set flatters a learner; blocks of whole cells, all of whose profiles are held out together,
tell what it does where there are no profiles.
"""

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from proda.errors import InputError, number_text
from proda.streams import named_stream
from proda.tables import read_table, write_table

__all__ = ["ROLES", "Splits", "make_splits", "read_splits", "split_names", "write_splits"]

ROLES = ("training", "validation", "test")


@dataclass(frozen=True)
class Splits:
    """Arrays of all n accepted profiles.

    used: whether the posterior is a target. role: one of ROLES, empty where not used. block: number
    of the spatial block. fold: 0..k-1, the fold that holds the profile out.
    """

    profile_id: np.ndarray
    used: np.ndarray
    role: np.ndarray
    block: np.ndarray
    fold: np.ndarray

    @property
    def names(self):
        """``random`` and ``fold_0`` .. ``fold_<k-1>``."""
        return split_names(int(self.fold.max()) + 1)

    def rows(self, split, seed, validation_fraction):
        """Training, validation and held-out profiles of a split: three (n,) masks of used ones.

        seed, validation_fraction: draw the validation profiles among those outside the fold; those
        of ``random`` are part of the split already.
        """
        if split == "random":
            return tuple(self.role == role for role in ROLES)
        if split not in self.names:
            raise InputError("split", f"one of {', '.join(self.names)}", repr(split))
        held_out = self.fold == self.names.index(split) - 1
        others = np.flatnonzero(self.used & ~held_out)
        validation = np.zeros(len(self.used), bool)
        order = named_stream(seed, f"validation of {split}", 0).permutation(others)
        validation[order[: round(validation_fraction * len(others))]] = True
        return self.used & ~held_out & ~validation, validation, self.used & held_out


def split_names(folds):
    """Names of the random split and of the folds."""
    return ("random", *(f"fold_{k}" for k in range(folds)))


def make_splits(
    profile_id,
    lon,
    lat,
    used,
    cells,
    seed,
    block_size=4.0,
    folds=5,
    test_fraction=0.2,
    validation_fraction=0.2,
    min_profiles=50,
):
    """Split the profiles; the result depends on the arguments only.

    profile_id, lon, lat, used: (n,) of all accepted profiles, degrees.
    cells: the Cells (proda.data.cells), none of which two blocks may share.
    block_size: edge of a block in degrees, a multiple of the cells' resolution.
    test_fraction: of the used profiles; validation_fraction: of those that are left.
    min_profiles: used profiles, at least.
    Raises InputError for too few profiles, other block sizes and shares, and fewer blocks with used
    profiles than folds.
    """
    used = np.asarray(used, dtype=bool)
    n = int(used.sum())
    if n < min_profiles:
        hint = "leave neural_network and random_forest out of methods, or lower "
        hint += "learning.min_profiles"
        expected = f"at least {min_profiles} fitted profiles to learn from"
        raise InputError("used profiles", expected, f"{n} of {len(used)}", hint)
    for name, share in (
        ("test_fraction", test_fraction),
        ("validation_fraction", validation_fraction),
    ):
        if not 0 <= share < 1:
            raise InputError(name, "a share in [0, 1[", repr(share))
    if folds < 2:
        raise InputError("folds", "2 or more", repr(folds))
    block = _blocks(cells, np.asarray(lon, float), np.asarray(lat, float), block_size)
    fold = _folds(block, used, folds, named_stream(seed, "folds", 0))

    role = np.full(len(used), "", dtype="<U10")
    order = named_stream(seed, "random split", 0).permutation(np.flatnonzero(used))
    n_test = round(test_fraction * n)
    n_validation = round(validation_fraction * (n - n_test))
    role[order[:n_test]] = "test"
    role[order[n_test : n_test + n_validation]] = "validation"
    role[order[n_test + n_validation :]] = "training"
    return Splits(np.asarray(profile_id, dtype=str), used, role, block, fold)


def write_splits(path, splits):
    """Write Splits as csv: profile_id, used (0 or 1), role, block, fold."""
    write_table(path, pd.DataFrame(vars(splits) | {"used": splits.used.astype(int)}))


def read_splits(path):
    """Read what ``write_splits`` wrote: the same Splits.

    Raises InputError for a column that is not there, and where a used profile has no role, or
    another one has one.
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


def _blocks(cells, lon, lat, block_size):
    """Whole cells per block, counted in cells, so that rounding cannot divide one."""
    per_block = round(block_size / cells.resolution)
    if per_block < 1 or abs(per_block * cells.resolution - block_size) > 1e-9:
        expected = f"a multiple of the cells' {number_text(cells.resolution)} degrees"
        raise InputError("block_size", expected, f"{block_size!r} degrees")
    across = -(-round(360 / cells.resolution) // per_block)
    return cells.rows(lat) // per_block * across + cells.columns(lon) // per_block


def _folds(block, used, folds, rng):
    """Give whole blocks to the fold that is shortest of used profiles, great blocks first."""
    labels, index = np.unique(block, return_inverse=True)
    counts = np.bincount(index, minlength=len(labels))
    used_counts = np.bincount(index[used], minlength=len(labels))
    occupied = int((used_counts > 0).sum())
    if occupied < folds:
        hint = "smaller blocks or fewer folds"
        expected = f"{folds} spatial blocks with used profiles, one per fold"
        raise InputError("block_size", expected, str(occupied), hint)
    shuffled = rng.permutation(len(labels))
    order = shuffled[np.lexsort((-counts[shuffled], -used_counts[shuffled]))]
    fold_of_block = np.empty(len(labels), dtype=np.int64)
    load = np.zeros((folds, 2), dtype=np.int64)
    for b in order:
        shortest = np.lexsort((load[:, 1], load[:, 0]))[0]
        fold_of_block[b] = shortest
        load[shortest] += used_counts[b], counts[b]
    return fold_of_block[index]
