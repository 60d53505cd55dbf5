"""One step of the learning stage: all members of a learner on one split, and what they predict."""

import logging
import time
from pathlib import Path

import numpy as np
import xarray as xr

from proda.data.order import check_profiles
from proda.errors import InputError
from proda.files import atomic_path
from proda.learning.features import fit_encoder
from proda.learning.learners import TrainingSet, get_learner
from proda.learning.predictor import write_predictor
from proda.model.scaling import scaling_variables
from proda.netcdf import write_netcdf
from proda.parameters.feasible import draw_back
from proda.streams import named_stream

__all__ = ["encode_split", "train_split"]

log = logging.getLogger(__name__)

THETA = "normalised parameter, value = minimum + theta (maximum - minimum)"


def encode_split(data, splits, split, options, seed, validation_fraction=0.2):
    """Rows of a split and encoded covariates: (encoder, sites, rows).

    rows: {"training": mask, "validation": mask, "held_out": mask} of profiles that have all
    covariates; those without take no part. sites: Encoded (proda.learning.features). Raises
    InputError for splits of other profiles, and if none is left to train on or to hold out.
    """
    check_profiles("splits", splits.profile_id, data.profile_id, "the posteriors")
    complete = data.sites.notna().all(axis=1).to_numpy()
    masks = splits.rows(split, seed, validation_fraction)
    names = ("training", "validation", "held_out")
    rows = {name: mask & complete for name, mask in zip(names, masks, strict=True)}
    lost = int(sum(mask.sum() for mask in masks) - sum(mask.sum() for mask in rows.values()))
    if lost:
        log.warning("%d used profiles lack a covariate and take no part", lost)
    for name in ("training", "held_out"):
        if not rows[name].any():
            raise InputError(f"split {split}", f"a {name} profile with all covariates", "none")
    encoder = fit_encoder(data.kinds, data.sites[rows["training"]], data.grid, options)
    sites = encoder.encode(data.sites)
    unseen = sum(reason.startswith("unseen_class") for reason in sites.reasons)
    if unseen:
        log.warning("%d profiles have a class that no training profile of %s has", unseen, split)
    return encoder, sites, rows


def train_split(
    learner,
    split,
    data,
    splits,
    options,
    seed,
    model,
    target,
    models_dir=None,
    validation_fraction=0.2,
    attributes=None,
):
    """Train all members of ``learner`` on ``split`` and write what they predict to ``target``.

    data: LearningData. splits: Splits. options: of the learner. model: MatrixModel, which says what
    is feasible. models_dir: folder for the models and their encoder, None keeps none.
    Predicts every accepted profile that has all covariates and, for ``random``, every such cell.
    Member k depends on (seed, learner, split, k) only.
    """
    fit = get_learner(learner)
    encoder, sites, rows = encode_split(data, splits, split, options, seed, validation_fraction)
    for name in rows:
        if not np.isfinite(data.targets[rows[name]]).all():
            raise InputError(f"split {split}, {name}", "profiles that were fitted", "others too")
    training = TrainingSet(
        sites.values[rows["training"]],
        data.targets[rows["training"]],
        sites.values[rows["validation"]],
        data.targets[rows["validation"]],
    )
    centre = training.y.mean(axis=0)
    places = {"profile": sites}
    if split == "random":
        places["cell"] = encoder.encode(data.grid)
    counts = ", ".join(f"{name} {mask.sum()}" for name, mask in rows.items())
    log.info("%s, %s: %d features; profiles: %s", learner, split, len(encoder.names), counts)

    members = options.members_of(split)
    theta = {place: [] for place in places}
    drawn_back = {place: [] for place in places}
    histories = []
    started = time.perf_counter()
    for member in range(members):
        rng = named_stream(seed, f"{learner} {split}", member)
        report = _Report(member, members, started)
        fitted = fit(training, options, rng, report)
        for place, encoded in places.items():
            predicted = np.full((len(encoded.values), data.targets.shape[1]), np.nan)
            complete = encoded.complete
            predicted[complete], moved = draw_back(
                fitted.predict(encoded.values[complete]), centre, model
            )
            theta[place].append(predicted)
            drawn_back[place].append(int(moved.sum()))
        histories.append(fitted.history)
        if models_dir is not None and fitted.SUFFIX:
            fitted.save(Path(models_dir) / f"member_{member}{fitted.SUFFIX}")
    if models_dir is not None and fitted.SUFFIX:
        write_predictor(models_dir, members, encoder, centre, model)

    theta = {place: np.stack(values) for place, values in theta.items()}
    dataset = _dataset(theta, drawn_back, histories, rows, data, centre, model)
    dataset.attrs |= {"learner": learner, "split": split, **data.attributes, **(attributes or {})}
    for name, error in zip(rows, dataset["mse"].mean("member").values, strict=True):
        log.info("mean square error, %s: %.5f", name, error)
    log.info("sets drawn back to feasible shares: %s", drawn_back)
    encoding = {
        name: {"zlib": True, "complevel": 1, "_FillValue": np.nan}
        for name in dataset
        if name.startswith("theta")
    }
    with atomic_path(target) as temporary:
        write_netcdf(dataset, temporary, encoding)


class _Report:
    """Logs the progress of a member about every tenth of it."""

    def __init__(self, member, members, started):
        self.member, self.members, self.started = member, members, started
        self.next = 0.0

    def __call__(self, epoch, losses, done):
        if done < self.next and done < 1:
            return
        self.next = done + 0.1
        share = (self.member + done) / self.members
        left = (time.perf_counter() - self.started) * (1 - share) / share
        text = ", ".join(f"{name.replace('_', ' ')} {value:.5f}" for name, value in losses.items())
        log.info(
            "member %d of %d, round %d: %s%.0f s left",
            self.member + 1,
            self.members,
            epoch,
            f"{text}, " if text else "",
            left,
        )


def _dataset(theta, drawn_back, histories, rows, data, centre, model):
    identifier = {"long_name": "identifier of the profile", "cf_role": "profile_id"}
    names = np.array(model.parameters.names, dtype=object)
    dataset = xr.Dataset(
        coords={
            "parameter": ("parameter", names, {"long_name": "name of the parameter"}),
            "profile_id": ("profile", data.profile_id.astype(object), identifier),
        },
        attrs={"Conventions": "CF-1.11", "structure": model.structure.name},
    ).assign_coords(scaling_variables(model.parameters))
    for place, values in theta.items():
        attrs = {"units": "1", "long_name": f"predicted for the {place}: {THETA}"}
        dataset[f"theta_{place}"] = (("member", place, "parameter"), values, attrs)
        attrs = {"units": "1", "long_name": f"{place}s whose set was infeasible and drawn back"}
        dataset[f"drawn_back_{place}s"] = ("member", np.array(drawn_back[place]), attrs)
    if "cell" in theta:
        dataset.coords["lat"] = ("cell", data.cells.lat, _degrees("latitude", "north"))
        dataset.coords["lon"] = ("cell", data.cells.lon, _degrees("longitude", "east"))
    for name in histories[0]:
        attrs = {"units": "1", "long_name": f"{name.replace('_', ' ')} by epoch"}
        curve = np.array([history[name] for history in histories])
        dataset[name] = (("member", "epoch"), curve, attrs)

    def error(predicted, mask):
        if not mask.any():
            return np.full(len(predicted), np.nan)
        return ((predicted[:, mask] - data.targets[mask]) ** 2).mean(axis=(1, 2))

    predicted = {
        "mse": (theta["profile"], "mean square error over parameters"),
        "mse_of_mean": (
            np.broadcast_to(centre, (1, *data.targets.shape)),
            "the same of predicting the mean of the training targets everywhere",
        ),
    }
    dataset.coords["role"] = ("role", np.array(list(rows), dtype=object))
    for name, (values, long_name) in predicted.items():
        errors = np.stack([error(values, mask) for mask in rows.values()], axis=1)
        attrs = {"units": "1", "long_name": long_name}
        if name == "mse":
            dataset[name] = (("member", "role"), errors, attrs)
        else:
            dataset[name] = ("role", errors[0], attrs)
    count = np.array([mask.sum() for mask in rows.values()])
    dataset["profiles"] = ("role", count, {"units": "1", "long_name": "number of profiles"})
    return dataset


def _degrees(name, direction):
    return {
        "standard_name": name,
        "long_name": f"{name} of the cell",
        "units": f"degrees_{direction}",
    }
