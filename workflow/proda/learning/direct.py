"""Learners that know no process: SOC density from covariates and depth.

What a process model costs or gains is seen only beside a learner without one, on the same splits.
Forest and network are those that learn parameters (proda.learning.forest, network), given other
rows: a row is an observed horizon, its features are the covariates of the profile and its depth,

    d = log(z + z0),   z0 = 5 cm,   scaled to [0, 1],

and its target is the SOC density, or its root or logarithm, scaled to [0, 1]. All scales are those
of the horizons that train. Predicted is SOC at the nodes of the model's layers, so that horizons,
stocks and maps are made of it as of the model's own SOC; a depth beyond those that train is taken
as the nearest of them.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from proda.arrays import Counts, Features, FloatArray, Layers, Mask, Texts
from proda.config.sections.learning import RANDOM, DirectOptions
from proda.data.order import check_profiles
from proda.errors import InputError
from proda.learning.data import LearningData
from proda.learning.features import Encoded
from proda.learning.learners import FittedLearner, TrainingSet
from proda.learning.splits import Splits
from proda.learning.train import encode_split, fit_members
from proda.netcdf import open_netcdf

__all__ = ["DirectlyTrained", "ObservedHorizons", "read_horizon_densities", "train_directly"]

log = logging.getLogger(__name__)

TOPSOIL = 0.05  # m, z0
CHUNK = 2048  # places predicted at a time
SCALES: dict[str, tuple[Callable[..., FloatArray], Callable[..., FloatArray]]] = {
    "density": (np.asarray, np.asarray),
    "root": (np.sqrt, np.square),
    "logarithm": (np.log, np.exp),
}
"""{what is learned of a density: (it, and the density again)}."""


class ObservedHorizons(NamedTuple):
    """Observed horizons of n profiles.

    Attributes
    ----------
    profile
        (h,) number of the profile.
    depth
        (h,) m.
    value
        (h,) SOC density, gC m-3; of a horizon below the detection limit half of that.
    """

    profile: Counts
    depth: FloatArray
    value: FloatArray


class Scale(NamedTuple):
    """Ends of the interval that becomes [0, 1]."""

    low: float
    high: float

    @classmethod
    def of(cls, values: FloatArray) -> "Scale":
        """Scale of the range of values."""
        return cls(float(values.min()), float(max(values.max(), values.min() + 1e-9)))

    def scaled(self, values: FloatArray) -> FloatArray:
        """Values by which the interval is [0, 1]."""
        return (values - self.low) / (self.high - self.low)

    def back(self, scaled: FloatArray) -> FloatArray:
        """Values of scaled ones."""
        return self.low + scaled * (self.high - self.low)


@dataclass(frozen=True, eq=False)
class DirectlyTrained:
    """What the members of a direct learner predict.

    Attributes
    ----------
    soc
        (members, places, layers) gC m-3, NaN where a covariate is missing.
    reasons
        (places,) why there is no prediction, or a doubtful one; else empty.
    """

    soc: Layers
    reasons: Texts


def read_horizon_densities(path: str | Path, profile_id: Texts) -> ObservedHorizons:
    """Read the horizons of observations.nc.

    Parameters
    ----------
    path
        Of the file.
    profile_id
        Profiles it must be of.

    Raises
    ------
    InputError
        For other profiles.
    """
    names = ("profile_id", "row_size", "depth", "value", "censored")
    with open_netcdf(path, "observations", names) as file:
        check_profiles(path, file["profile_id"][:], profile_id, "the covariates")
        sizes, depth, value, censored = (np.ma.filled(file[name][:]) for name in names[1:])
    profile = np.repeat(np.arange(len(sizes)), sizes)
    return ObservedHorizons(profile, depth, np.where(censored > 0, 0.5 * value, value))


def train_directly(
    learner: str,
    split: str,
    data: LearningData,
    splits: Splits,
    horizons: ObservedHorizons,
    nodes: FloatArray,
    options: DirectOptions,
    seed: int,
    validation_fraction: float,
) -> list[DirectlyTrained]:
    """Train all members of a direct learner on a split, and predict.

    Member k depends on (seed, learner, split, k) only.

    Parameters
    ----------
    learner, split
        Names.
    data, splits
        Of all accepted profiles.
    horizons
        Their horizons.
    nodes
        (layers,) depths that are predicted, m.
    options
        Of the learner.
    seed
        Of the run.
    validation_fraction
        Fraction of the profiles outside a fold that validate.

    Returns
    -------
    list
        Of all profiles and, for the random split, of all cells if they have covariates.

    Raises
    ------
    InputError
        As `proda.learning.train.encode_split`, and if no training profile has a horizon.
    """
    encoded = encode_split(data, splits, split, options, seed, validation_fraction)
    of_rows = [np.asarray(mask[horizons.profile]) for mask in encoded.rows[:2]]
    if not of_rows[0].any():
        raise InputError(f"split {split}", "a horizon of a training profile", "none")
    learned, density = SCALES[options.scale]
    target = learned(horizons.value)
    depth_scale = Scale.of(_log_depth(horizons.depth[of_rows[0]]))
    target_scale = Scale.of(target[of_rows[0]])
    depth = depth_scale.scaled(_log_depth(horizons.depth))

    def rows(mask: Mask) -> tuple[Features, FloatArray]:
        x = np.column_stack([encoded.sites.values[horizons.profile[mask]], depth[mask]])
        return x.astype(np.float32), target_scale.scaled(target[mask])[:, None]

    blocks = splits.block[np.concatenate([horizons.profile[mask] for mask in of_rows])]
    training = TrainingSet(*rows(of_rows[0]), *rows(of_rows[1]), blocks)
    places = [encoded.sites]
    if split == RANDOM and data.grid is not None:
        places.append(encoded.encoder.encode(data.grid))
    counts = " and ".join(str(int(mask.sum())) for mask in of_rows)
    log.info("%s, %s: %s horizons train and validate", learner, split, counts)
    at_nodes = np.clip(depth_scale.scaled(_log_depth(nodes)), 0.0, 1.0)
    found: list[list[Layers]] = [[] for _ in places]
    members = options.members_of(split)
    for fitted in fit_members(learner, split, training, options, seed, members):
        for of_members, place in zip(found, places, strict=True):
            scaled = _predict(fitted, place, at_nodes)
            of_members.append(np.asarray(density(target_scale.back(scaled))))
    return [
        DirectlyTrained(np.stack(of_members), place.reasons)
        for of_members, place in zip(found, places, strict=True)
    ]


def _log_depth(depth: FloatArray) -> FloatArray:
    return np.log(depth + TOPSOIL)


def _predict(fitted: FittedLearner, places: Encoded, depth: FloatArray) -> Layers:
    """Scaled target (places, depths), NaN where a covariate is missing."""
    complete = np.flatnonzero(places.complete)
    scaled = np.full((len(places.values), len(depth)), np.nan)
    for first in range(0, len(complete), CHUNK):
        chosen = complete[first : first + CHUNK]
        x = np.repeat(places.values[chosen], len(depth), axis=0)
        at = np.tile(depth, len(chosen))
        x = np.column_stack([x, at]).astype(np.float32)
        scaled[chosen] = fitted.predict(x).reshape(len(chosen), len(depth))
    return scaled
