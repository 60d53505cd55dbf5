"""Parameter draws of a learner, from the files of its splits, and the cells to be wary of."""

import logging

import numpy as np
import pandas as pd

from proda.data.order import check_profiles
from proda.errors import InputError
from proda.learning.train import encode_split
from proda.model.scaling import check_scaling
from proda.netcdf import load_netcdf
from proda.parameters.draws import write_draws
from proda.tables import write_table

__all__ = ["doubtful_cells", "gather_blocks", "gather_random", "write_doubtful_cells"]

log = logging.getLogger(__name__)

PREDICTIONS = "what a learner predicts"


def gather_random(path, cells, target, model, attributes=None):
    """Write the draws of a learner: members of the ``random`` split, at profiles and on cells."""
    file = load_netcdf(path, PREDICTIONS, ["profile_id", "theta_profile", "theta_cell"])
    check_scaling(path, file, model)
    write_draws(
        target,
        model,
        theta_profile=file["theta_profile"].values,
        theta_cell=file["theta_cell"].values,
        profile_ids=file["profile_id"].values.astype(str),
        cells=cells,
        attributes=attributes,
    )


def gather_blocks(paths, splits, target, model, attributes=None):
    """Write held-out draws: each profile from the fold that held it out.

    paths: of fold 0, 1, .. in this order. Raises InputError if a file has other profiles than
    ``splits``, or another number of folds or members.
    """
    folds = len(splits.names) - 1
    if len(paths) != folds:
        raise InputError("files of folds", f"one per fold, {folds}", str(len(paths)))
    theta = None
    for fold, path in enumerate(paths):
        file = load_netcdf(path, PREDICTIONS, ["profile_id", "theta_profile"])
        check_scaling(path, file, model)
        if file.attrs["split"] != f"fold_{fold}":
            raise InputError(path, f"split fold_{fold}", file.attrs["split"])
        check_profiles(path, file["profile_id"].values, splits.profile_id, "the splits")
        held_out = splits.fold == fold
        predicted = file["theta_profile"].values
        if theta is None:
            theta = np.full_like(predicted, np.nan)
        if predicted.shape != theta.shape:
            raise InputError(path, f"{len(theta)} members", str(len(predicted)))
        theta[:, held_out] = predicted[:, held_out]
    write_draws(
        target, model, theta_profile=theta, profile_ids=splits.profile_id, attributes=attributes
    )


def doubtful_cells(data, splits, options, seed):
    """Cells that get no or a doubtful prediction: DataFrame of lat, lon, reason.

    reason: ``missing_covariate <names>``, which leaves the cell empty, or ``unseen_class
    <name=code>``, a code that no training profile of the random split has.
    """
    encoder, _, _ = encode_split(data, splits, "random", options, seed)
    reasons = encoder.encode(data.grid).reasons
    table = pd.DataFrame({"lat": data.cells.lat, "lon": data.cells.lon, "reason": reasons})
    return table[table["reason"] != ""].reset_index(drop=True)


def write_doubtful_cells(path, table):
    """Write the table of ``doubtful_cells`` as csv and log its counts."""
    kinds = table["reason"].str.split().str[0].value_counts()
    for kind, count in kinds.items():
        log.warning("%d cells: %s", count, kind)
    write_table(path, table)
