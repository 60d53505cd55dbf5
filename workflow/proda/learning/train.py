"""Training of all members of a learner on one split, and what they predict."""

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from proda.arrays import Counts, FloatArray, Mask, Members, Texts, Theta
from proda.config.sections.learning import RANDOM, EncodingOptions, SplitSettings
from proda.data.order import check_profiles
from proda.errors import InputError
from proda.learning.data import LearningData
from proda.learning.features import CovariateEncoder, Encoded, fit_encoder
from proda.learning.learners import FittedLearner, TrainingSet, get_learner
from proda.learning.predictor import write_predictor
from proda.learning.splits import Rows, Splits
from proda.model import SoilModel
from proda.streams import named_stream

__all__ = [
    "EncodedSplit",
    "Errors",
    "Predicted",
    "Trained",
    "encode_split",
    "fit_members",
    "predict_feasible",
    "train_split",
    "training_set",
]

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class EncodedSplit:
    """A split as the learners see it.

    Attributes
    ----------
    encoder
        Fitted on the training profiles of the split.
    sites
        Encoded covariates of all accepted profiles.
    rows
        Used profiles of the split that have all covariates.
    """

    encoder: CovariateEncoder
    sites: Encoded
    rows: Rows


@dataclass(frozen=True, eq=False)
class Predicted:
    """What the members predict at places of one sort.

    Attributes
    ----------
    theta
        NaN where a covariate is missing.
    reasons
        (places,) why there is no prediction, or a doubtful one; else empty.
    pulled_back
        (members,) number of infeasible sets that were pulled back.
    """

    theta: Members
    reasons: Texts
    pulled_back: Counts


@dataclass(frozen=True, eq=False)
class Errors:
    """Mean square errors over profiles and normalised parameters, by role.

    Attributes
    ----------
    roles
        ``training``, ``validation`` and ``held_out``.
    profiles
        (roles,) number of profiles.
    mse
        (members, roles) of the predictions, NaN for a role without profiles.
    mse_of_mean
        (roles,) of predicting the mean of the training targets everywhere.
    """

    roles: tuple[str, ...]
    profiles: Counts
    mse: FloatArray
    mse_of_mean: FloatArray


@dataclass(frozen=True, eq=False)
class Trained:
    """The outcome of the training on one split.

    Attributes
    ----------
    learner, split
        Names.
    profiles
        Predictions at all accepted profiles.
    cells
        Predictions on the cells; None for a fold, which is not mapped.
    histories
        Losses by epoch of each member.
    errors
        Of the predictions at profiles.
    """

    learner: str
    split: str
    profiles: Predicted
    cells: Predicted | None
    histories: tuple[Mapping[str, list[float]], ...]
    errors: Errors


def encode_split(
    data: LearningData,
    splits: Splits,
    split: str,
    options: EncodingOptions,
    seed: int,
    validation_fraction: float = SplitSettings.validation_fraction,
) -> EncodedSplit:
    """Encode the covariates of the profiles for a split.

    Parameters
    ----------
    data, splits
        Of all accepted profiles.
    split
        Name of the split.
    options
        Of the encoding.
    seed, validation_fraction
        Choose the validation profiles of a fold.

    Returns
    -------
    EncodedSplit
        Profiles that lack a covariate take no part in it.

    Raises
    ------
    InputError
        For splits of other profiles, and if no profile is left to train on or to hold out.
    """
    check_profiles("splits", splits.profile_id, data.profile_id, "the posteriors")
    complete = data.sites.notna().all(axis=1).to_numpy()
    chosen = splits.rows(split, seed, validation_fraction)
    rows = Rows(*(mask & complete for mask in chosen))
    lost = sum(int((mask & ~complete).sum()) for mask in chosen)
    if lost:
        log.warning("%d used profiles lack a covariate and take no part", lost)
    for name, mask in (("training", rows.training), ("held_out", rows.held_out)):
        if not mask.any():
            raise InputError(f"split {split}", f"a {name} profile with all covariates", "none")
    encoder = fit_encoder(data.kinds, data.sites[rows.training], data.grid, options)
    sites = encoder.encode(data.sites)
    unseen = sum(reason.startswith("unseen_class") for reason in sites.reasons)
    if unseen:
        log.warning("%d profiles have a class that no training profile of %s has", unseen, split)
    return EncodedSplit(encoder, sites, rows)


def train_split(
    learner: str,
    split: str,
    data: LearningData,
    splits: Splits,
    options: EncodingOptions,
    seed: int,
    model: SoilModel,
    validation_fraction: float = SplitSettings.validation_fraction,
    models_dir: Path | None = None,
) -> Trained:
    """Train all members of a learner on a split, and predict.

    Member k depends on (seed, learner, split, k) only.

    Parameters
    ----------
    learner, split
        Names.
    data, splits
        Of all accepted profiles.
    options
        Of the learner.
    seed
        Of the run.
    model
        Decides which parameter sets are feasible.
    validation_fraction
        Fraction of the profiles outside a fold that validate.
    models_dir
        Folder for the models and their encoder; None keeps none.

    Returns
    -------
    Trained
        Predictions for every accepted profile that has all covariates and, for the random split,
        for every such cell if there are covariates of cells.

    Raises
    ------
    InputError
        As `encode_split`, for a profile of the split that was not fitted, and as the learner.
    """
    encoded = encode_split(data, splits, split, options, seed, validation_fraction)
    masks = encoded.rows._asdict()
    for name, mask in masks.items():
        if not np.isfinite(data.targets[mask]).all():
            raise InputError(f"split {split}, {name}", "profiles that were fitted", "others too")
    training_rows, validation_rows = (np.flatnonzero(rows) for rows in encoded.rows[:2])
    training = training_set(encoded.sites, data, splits, training_rows, validation_rows)
    centre = training.y.mean(axis=0)
    places = [encoded.sites]
    if split == RANDOM and data.grid is not None:
        places.append(encoded.encoder.encode(data.grid))
    counts = ", ".join(f"{name} {mask.sum()}" for name, mask in masks.items())
    n_features = len(encoded.encoder.names)
    log.info("%s, %s: %d features; profiles: %s", learner, split, n_features, counts)

    n_members = options.members_of(split)
    # (theta, number pulled back) by member, of the profiles and of the cells.
    predicted: list[list[tuple[Theta, int]]] = [[] for _ in places]
    histories = []
    saved = None
    fitted_members = fit_members(learner, split, training, options, seed, n_members)
    for member, fitted in enumerate(fitted_members):
        for of_members, place in zip(predicted, places, strict=True):
            of_members.append(predict_feasible(fitted, place, centre, model))
        histories.append(fitted.history)
        if models_dir is not None:
            saved = fitted.save(models_dir, member)
    if models_dir is not None and saved is not None:
        write_predictor(models_dir, n_members, encoded.encoder, centre, model)

    profiles, *cells = (
        Predicted(
            np.stack([theta for theta, _ in of_members]),
            place.reasons,
            np.array([n for _, n in of_members]),
        )
        for of_members, place in zip(predicted, places, strict=True)
    )
    errors = _errors(profiles.theta, data.targets, centre, masks)
    for name, error in zip(errors.roles, errors.mse.mean(axis=0), strict=True):
        log.info("mean square error, %s: %.5f", name, error)
    for name, found in zip(("profiles", "cells"), (profiles, *cells), strict=False):
        log.info("%s: infeasible sets pulled back, by member: %s", name, found.pulled_back)
    return Trained(learner, split, profiles, cells[0] if cells else None, tuple(histories), errors)


def training_set(
    sites: Encoded, data: LearningData, splits: Splits, training: Counts, validation: Counts
) -> TrainingSet:
    """What a member learns from.

    Parameters
    ----------
    sites
        Encoded covariates of all accepted profiles.
    data, splits
        Of all accepted profiles.
    training, validation
        Positions of the profiles it is trained on and validated with; they may repeat.
    """
    # Training profiles first, then those of validation.
    seen = np.concatenate([training, validation])
    return TrainingSet(
        sites.values[training],
        data.targets[training],
        sites.values[validation],
        data.targets[validation],
        splits.block[seen],
        None if data.observed is None else data.observed.take(seen),
        sites.layout,
    )


def fit_members(
    learner: str, split: str, training: TrainingSet, options: Any, seed: int, members: int
) -> Iterator[FittedLearner]:
    """Train the members of a learner, each from random numbers of (seed, learner, split, member).

    Where options are lists that members use in turn, each has its own of them.

    Parameters
    ----------
    learner, split
        Names.
    training
        What they learn from.
    options
        Of the learner.
    seed
        Of the run.
    members
        Their number.
    """
    fit = get_learner(learner).load()
    started = time.perf_counter()
    for member in range(members):
        rng = named_stream(seed, f"{learner} {split}", member)
        progress = _Progress(member, members, started)
        yield fit(training, options.of_member(member), rng, progress)


class _Progress:
    """Logs the progress of a member about every tenth of it."""

    def __init__(self, member: int, n_members: int, started: float) -> None:
        self.member, self.n_members, self.started = member, n_members, started
        self.next = 0.0

    def __call__(self, epoch: int, losses: Mapping[str, float], done: float) -> None:
        if done < self.next and done < 1:
            return
        self.next = done + 0.1
        fraction = (self.member + done) / self.n_members
        left = (time.perf_counter() - self.started) * (1 - fraction) / fraction
        text = ", ".join(f"{name.replace('_', ' ')} {value:.5f}" for name, value in losses.items())
        log.info(
            "member %d of %d, round %d: %s%.0f s left",
            self.member + 1,
            self.n_members,
            epoch,
            f"{text}, " if text else "",
            left,
        )


def predict_feasible(
    fitted: FittedLearner, encoded: Encoded, centre: Theta, model: SoilModel
) -> tuple[Theta, int]:
    """Feasible sets of all places, NaN where a covariate is missing, and how many were not.

    Parameters
    ----------
    fitted
        A trained member.
    encoded
        Covariates of the places.
    centre
        (parameters,) feasible, towards which other sets are pulled.
    model
        Decides which sets are feasible.
    """
    theta = np.full((len(encoded.values), len(centre)), np.nan)
    complete = encoded.complete
    predicted = fitted.predict(encoded.values[complete])
    theta[complete], moved = model.prior.pull_back(predicted, centre)
    return theta, int(moved.sum())


def _errors(predicted: Members, targets: Theta, centre: Theta, masks: dict[str, Mask]) -> Errors:
    def error(theta: FloatArray, mask: Mask) -> Any:
        if not mask.any():
            return np.full(len(theta), np.nan)
        return ((theta[:, mask] - targets[mask]) ** 2).mean(axis=(1, 2))

    everywhere = np.broadcast_to(centre, (1, *targets.shape))
    return Errors(
        tuple(masks),
        np.array([mask.sum() for mask in masks.values()]),
        np.stack([error(predicted, mask) for mask in masks.values()], axis=1),
        np.array([error(everywhere, mask)[0] for mask in masks.values()]),
    )
