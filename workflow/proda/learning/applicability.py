"""Where learners can be applied: the area whose covariates resemble those of training sites.

With x the covariates as learners see them, scaled to standard deviation 1 over the training sites
and weighted by their importance w, the dissimilarity index of a place is its distance to the
nearest training site over the mean distance between training sites,

    DI(x) = min_j |w (x - x_j)| / mean_{i<j} |w (x_i - x_j)|.

The threshold is the upper whisker of the DI of the training sites, each against the sites of the
other folds of the cross-validation: the largest of them that is not above q75 + 1.5 (q75 - q25). A
place beyond it is less like any training site than sites are like those that predicted them, and
the errors of the cross-validation do not hold there.

Importance is that of a random forest of the observed SOC on the covariates and depth (the decrease
of the sum of squares); columns of a class count each by itself. Of many sites the mean distance is
that between SITES_OF_MEAN of them, and of many horizons HORIZONS_OF_FOREST grow the forest, both
drawn at random, so that the work does not grow with the square of the number of profiles. The mean
distance scales DI and threshold alike: the area does not depend on it.

References
----------
Meyer and Pebesma (2021), Methods in Ecology and Evolution 12, 1620-1633.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from scipy.spatial import cKDTree
from scipy.spatial.distance import pdist

from proda.arrays import Counts, Features, FloatArray, Mask
from proda.config.sections.learning import EncodingOptions
from proda.data.cells import Cells
from proda.errors import InputError
from proda.learning.data import LearningData
from proda.learning.direct import ObservedHorizons
from proda.learning.features import fit_encoder
from proda.learning.splits import Splits
from proda.netcdf import load_netcdf, save_netcdf
from proda.streams import named_stream

__all__ = [
    "Applicability",
    "applicability",
    "dissimilarity",
    "read_applicable",
    "read_outside",
    "upper_whisker",
    "write_applicability",
]

TREES = 100
LEAF = 3  # horizons
SITES_OF_MEAN = 5_000
HORIZONS_OF_FOREST = 100_000
WHISKER = 1.5


@dataclass(frozen=True, eq=False)
class Applicability:
    """Dissimilarity of cells and sites to the training sites.

    Attributes
    ----------
    cells, profiles
        (n,) dissimilarity index, NaN where a covariate is missing; that of training sites is
        against those of other folds.
    threshold
        Largest index within the area of applicability.
    importance
        Weight by name of the encoded covariate; they sum to 1.
    """

    cells: FloatArray
    profiles: FloatArray
    threshold: float
    importance: dict[str, float]


def applicability(
    data: LearningData, splits: Splits, horizons: ObservedHorizons, seed: int
) -> Applicability:
    """Dissimilarity of all cells and profiles to the used profiles.

    Parameters
    ----------
    data, splits
        Of all accepted profiles.
    horizons
        Their horizons.
    seed
        Of the run.

    Raises
    ------
    InputError
        For fewer than two used profiles with all covariates, if none has a horizon, and for
        covariates that are not known on the cells.
    """
    if data.grid is None:
        raise InputError("applicability", "covariates on the grid", "covariates of profiles only")
    complete = data.sites.notna().all(axis=1).to_numpy()
    used = splits.used & complete
    if used.sum() < 2 or not used[horizons.profile].any():
        raise InputError("applicability", "two used profiles with all covariates", "fewer")
    options = EncodingOptions(scaling="standard")
    encoder = fit_encoder(data.kinds, data.sites[used], data.grid, options)
    sites, grid = encoder.encode(data.sites).values, encoder.encode(data.grid).values
    scale = sites[used].std(axis=0)
    scale[scale == 0.0] = 1.0
    weight = _importance(sites, used, horizons, seed)
    sites, grid = ((values / scale * weight).astype(np.float64) for values in (sites, grid))
    chosen = _some(np.flatnonzero(used), SITES_OF_MEAN, seed, "distances")
    mean = float(pdist(sites[chosen]).mean())
    if mean == 0.0:
        raise InputError("applicability", "profiles that differ in a covariate", "none")
    at_profiles = np.full(len(sites), np.nan)
    for fold in np.unique(splits.fold):
        here, others = splits.fold == fold, used & (splits.fold != fold)
        if others.any():
            at_profiles[here] = dissimilarity(sites[here], sites[others], mean)
    return Applicability(
        dissimilarity(grid, sites[used], mean),
        at_profiles,
        upper_whisker(at_profiles[used]),
        dict(zip(encoder.names, weight.tolist(), strict=True)),
    )


def _importance(sites: Features, used: Mask, horizons: ObservedHorizons, seed: int) -> FloatArray:
    """Importance of each feature for SOC, without that of depth; sums to 1."""
    # Takes longer to import than those who read the area alone would wait for it.
    from sklearn.ensemble import RandomForestRegressor

    rows = np.flatnonzero(used[horizons.profile])
    rows = _some(rows, HORIZONS_OF_FOREST, seed, "horizons")
    x = np.column_stack([sites[horizons.profile[rows]], horizons.depth[rows]])
    forest = RandomForestRegressor(
        n_estimators=TREES,
        min_samples_leaf=LEAF,
        max_features=1 / 3,
        n_jobs=1,
        random_state=int(named_stream(seed, "applicability", 0).integers(2**31)),
    )
    weight = forest.fit(x, horizons.value[rows]).feature_importances_[:-1]
    total = weight.sum()
    return weight / total if total > 0.0 else np.full(len(weight), 1.0 / len(weight))


def _some(rows: Counts, largest: int, seed: int, what: str) -> Counts:
    """As many of the rows at random, in their order; all of them if they are not more."""
    if rows.size <= largest:
        return rows
    rng = named_stream(seed, f"applicability of {what}", 0)
    return np.sort(rng.choice(rows, largest, replace=False))


def dissimilarity(places: FloatArray, training: FloatArray, mean: float) -> FloatArray:
    """Distance of places to the nearest training site, over the mean one between these.

    Parameters
    ----------
    places, training
        (n, features) and (m, features), scaled and weighted; places with NaN have none.
    mean
        Mean distance between training sites.
    """
    found = np.full(len(places), np.nan)
    known = np.isfinite(places).all(axis=1)
    counts = (training != training[0]).any(axis=0) | (places[known] != training[0]).any(axis=0)
    distance, _ = cKDTree(training[:, counts]).query(places[known][:, counts])
    found[known] = distance / mean
    return found


def upper_whisker(values: FloatArray) -> float:
    """Largest of the values that is not above the third quartile by 1.5 times their range.

    Parameters
    ----------
    values
        NaN are passed over.
    """
    values = values[np.isfinite(values)]
    low, high = np.quantile(values, [0.25, 0.75])
    return float(values[values <= high + WHISKER * (high - low)].max())


def write_applicability(
    path: str | Path,
    found: Applicability,
    data: LearningData,
    attributes: Mapping[str, Any] | None = None,
) -> None:
    """Write the dissimilarity of cells and profiles, and the area of applicability.

    Parameters
    ----------
    path
        File to write.
    found, data
        Of ``applicability``.
    attributes
        Global ones (provenance).
    """
    cells = data.cells
    if cells is None:
        raise InputError(path, "dissimilarity on cells", "no cells")
    index = cells.to_grid(found.cells)
    index.attrs = {"units": "1", "long_name": "dissimilarity index to the training sites"}
    inside = cells.to_grid(np.where(found.cells <= found.threshold, 1.0, 0.0)).fillna(-1)
    inside = inside.astype(np.int8)
    inside.attrs = {
        "long_name": "whether the cell is in the area of applicability",
        "flag_values": np.array([-1, 0, 1], dtype=np.int8),
        "flag_meanings": "no_cell outside inside",
    }
    about = {"units": "1", "long_name": "dissimilarity index to the training sites of other folds"}
    names = np.array(list(found.importance), dtype=object)
    weight = np.array(list(found.importance.values()))
    dataset = xr.Dataset(
        {
            "dissimilarity": index,
            "applicable": inside,
            "dissimilarity_profile": ("profile", found.profiles, about),
            "importance": ("feature", weight, {"long_name": "weight of the covariate"}),
        },
        {
            "profile_id": ("profile", data.profile_id.astype(object), {"cf_role": "profile_id"}),
            "feature": ("feature", names),
        },
        {"Conventions": "CF-1.11", "threshold": found.threshold, **(attributes or {})},
    )
    save_netcdf(dataset, path, {"dissimilarity": {"_FillValue": np.nan, "zlib": True}})


def read_applicable(path: str | Path, cells: Cells) -> tuple[Mask, float]:
    """Cells (n,) in the area of applicability, and the threshold.

    Parameters
    ----------
    path
        File of ``write_applicability``.
    cells
        Of the region.

    Raises
    ------
    InputError
        For another file or other cells.
    """
    with load_netcdf(path, "an area of applicability", ["applicable"]) as file:
        return cells.from_grid(file["applicable"]) == 1, float(file.attrs["threshold"])


def read_outside(path: str | Path | None, cells: Cells) -> Mask | None:
    """Cells (n,) outside of the area of applicability, for maps; None without a file of it.

    Parameters
    ----------
    path
        File of ``write_applicability``; nothing in a run without learners.
    cells
        Of the region.
    """
    return ~read_applicable(path, cells)[0] if path else None
