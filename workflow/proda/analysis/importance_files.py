"""Files of the importance of covariate groups: errors by block of each fold, and their table."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from proda.analysis.importance import BlockErrors
from proda.arrays import FloatArray
from proda.errors import InputError
from proda.evaluation.skill import interval
from proda.netcdf import load_netcdf
from proda.projection.files import write_projection

__all__ = ["importance_table", "read_block_errors", "write_block_errors"]

REPLACED = ("variant", "group", "repeat", "block", "target")


def write_block_errors(
    path: str | Path, errors: BlockErrors, attributes: Mapping[str, Any] | None = None
) -> None:
    """Write the errors of a fold as netCDF."""
    names = {"target": errors.targets, "group": errors.groups, "variant": errors.variants}
    dataset = xr.Dataset(
        {
            "profiles": ("block", errors.profiles, {"long_name": "number of profiles that count"}),
            "benchmark": (
                ("block", "target"),
                errors.benchmark,
                {"long_name": "sum of the square errors of logarithms"},
            ),
            "replaced": (
                REPLACED,
                errors.replaced,
                {"long_name": "sum of the square errors with a group of covariates replaced"},
            ),
            "moments": (
                ("power", "block", "target"),
                errors.moments,
                {"long_name": "sum of what is predicted, and of its square"},
            ),
        },
        {
            "block": ("block", errors.block, {"long_name": "number of the spatial block"}),
            **{name: (name, np.array(one, dtype=object)) for name, one in names.items()},
        },
        {"Conventions": "CF-1.11", "title": "Errors of a learner on a fold, by spatial block"},
    )
    write_projection(path, dataset, attributes)


def read_block_errors(path: str | Path) -> BlockErrors:
    """Read what ``write_block_errors`` wrote. Raises InputError for another file."""
    needed = ["profiles", "benchmark", "replaced", "moments", "target", "group", "variant"]
    with load_netcdf(path, "errors of a fold by block", needed) as file:
        targets, groups, variants = (
            tuple(map(str, file[name].values)) for name in ("target", "group", "variant")
        )
        return BlockErrors(
            targets,
            groups,
            variants,
            file["block"].values,
            file["profiles"].values,
            file["benchmark"].values,
            file["replaced"].values,
            file["moments"].values,
        )


def importance_table(
    folds: Mapping[str, Sequence[BlockErrors]], seed: int, resamples: int
) -> pd.DataFrame:
    """Importance of every group of covariates, from the blocks of all folds.

    Parameters
    ----------
    folds
        {learner: errors of its folds}.
    seed, resamples
        Of the bootstrap of blocks.

    Returns
    -------
    pandas.DataFrame
        learner, variant, target, group, profiles, blocks, variance (of ln), benchmark_mse,
        explained (1 - benchmark_mse / variance), importance with _low and _high (95 %, of
        resampled blocks), repeat_sd (of importance over the repeats), increase with _low and _high.

    Raises
    ------
    InputError
        For folds with other targets, groups or variants.
    """
    rows = []
    for learner, parts in folds.items():
        first = parts[0]
        for part in parts:
            for name in ("targets", "groups", "variants"):
                expected, found = getattr(first, name), getattr(part, name)
                if expected != found:
                    where = f"folds of {learner}, {name}"
                    raise InputError(where, ", ".join(expected), ", ".join(found))
        # By number of the block, so that the order of the folds does not matter.
        order = np.argsort(np.concatenate([part.block for part in parts]), kind="stable")
        profiles = np.concatenate([part.profiles for part in parts])[order].astype(float)
        benchmark = np.concatenate([part.benchmark for part in parts])[order]
        replaced = np.concatenate([part.replaced for part in parts], axis=3)[..., order, :]
        moments = np.concatenate([part.moments for part in parts], axis=1)[:, order]
        draws = _resampled(len(order), seed, resamples)
        everything = np.ones((1, len(order)))
        variance = _variance(everything, profiles, moments)
        mean = replaced.mean(axis=2)
        for v, variant in enumerate(first.variants):
            for t, target in enumerate(first.targets):
                for g, group in enumerate(first.groups):
                    of = mean[v, g, :, t], benchmark[:, t]
                    ratio, increase = _scores(everything, *of, profiles, variance[:, t])
                    ends = _scores(draws, *of, profiles, _variance(draws, profiles, moments)[:, t])
                    (low, high), (less, more) = (interval(one) for one in ends)
                    by_repeat = replaced[v, g, :, :, t].sum(axis=1) / benchmark[:, t].sum()
                    mse = benchmark[:, t].sum() / profiles.sum()
                    rows.append(
                        {
                            "learner": learner,
                            "variant": variant,
                            "target": target,
                            "group": group,
                            "profiles": int(profiles.sum()),
                            "blocks": len(order),
                            "variance": variance[0, t],
                            "benchmark_mse": mse,
                            "explained": 1.0 - mse / variance[0, t],
                            "importance": ratio[0],
                            "importance_low": low,
                            "importance_high": high,
                            "repeat_sd": by_repeat.std(ddof=1) if len(by_repeat) > 1 else np.nan,
                            "increase": increase[0],
                            "increase_low": less,
                            "increase_high": more,
                        }
                    )
    return pd.DataFrame(rows)


def _resampled(blocks: int, seed: int, resamples: int) -> FloatArray:
    """(resamples, blocks) how often each block was drawn."""
    rng = np.random.default_rng(seed)
    drawn = [rng.integers(blocks, size=blocks) for _ in range(resamples)]
    return np.array([np.bincount(one, minlength=blocks) for one in drawn], dtype=float)


def _variance(times: FloatArray, profiles: FloatArray, moments: FloatArray) -> FloatArray:
    """Variance (resamples, targets) of what is predicted."""
    count = (times @ profiles)[:, None]
    first, second = (times @ one / count for one in moments)
    return np.asarray(second - first**2)


def _scores(
    times: FloatArray,
    replaced: FloatArray,
    benchmark: FloatArray,
    profiles: FloatArray,
    variance: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Importance and increase (resamples,)."""
    new, old = times @ replaced, times @ benchmark
    # Few blocks may be one block in a resample, whose profiles may be alike.
    total = np.where(variance > 0.0, times @ profiles * variance, np.nan)
    return new / np.where(old > 0.0, old, np.nan), (new - old) / total
