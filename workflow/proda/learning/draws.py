"""Parameter draws of a learner, as training writes them and as its folds are joined.

The members of a learner are its draws. Training on the random split writes the file of the method,
at profiles and on cells; training on a fold writes a file of the profiles the fold held out. All
hold the reason why a place has no prediction, or a doubtful one (`proda.learning.features`).
"""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from proda.config.sections.learning import RANDOM
from proda.data.order import check_profiles
from proda.errors import InputError
from proda.learning.data import LearningData
from proda.learning.splits import Splits
from proda.learning.train import Trained
from proda.model import SoilModel
from proda.parameters.draws import open_draws, write_draws
from proda.tables import write_table

__all__ = ["join_folds", "write_doubtful_cells", "write_fold_draws", "write_map_draws"]

log = logging.getLogger(__name__)

CONSTANT = "constant_covariates"


def write_map_draws(
    path: str | Path,
    trained: Trained,
    data: LearningData,
    model: SoilModel,
    attributes: Mapping[str, object] | None = None,
) -> None:
    """Write what was learned on the random split: draws at all profiles and on all cells, if any.

    Parameters
    ----------
    path
        File to write.
    trained
        Of the random split.
    data
        What was learned from.
    model
        Model whose parameters they are.
    attributes
        Further global attributes (provenance).
    """
    if trained.split != RANDOM:
        raise InputError(path, f"what was learned on the split {RANDOM}", trained.split)
    write_draws(
        path,
        model,
        theta_profile=trained.profiles.theta,
        theta_cell=None if trained.cells is None else trained.cells.theta,
        profile_ids=data.profile_id,
        cells=data.cells,
        attributes=_attributes(trained, data, attributes),
        profile_reasons=trained.profiles.reasons,
        cell_reasons=None if trained.cells is None else trained.cells.reasons,
    )


def write_fold_draws(
    path: str | Path,
    trained: Trained,
    splits: Splits,
    data: LearningData,
    model: SoilModel,
    attributes: Mapping[str, object] | None = None,
) -> None:
    """Write what was learned on a fold: draws at the profiles that it held out.

    Parameters
    ----------
    path
        File to write.
    trained
        Of a fold.
    splits
        The splits it is one of.
    data
        What was learned from.
    model
        Model whose parameters they are.
    attributes
        Further global attributes (provenance).
    """
    held_out = splits.in_fold(trained.split)
    write_draws(
        path,
        model,
        theta_profile=trained.profiles.theta[:, held_out],
        profile_ids=data.profile_id[held_out],
        attributes=_attributes(trained, data, attributes),
        profile_reasons=trained.profiles.reasons[held_out],
    )


def join_folds(
    paths: Sequence[str | Path],
    splits: Splits,
    target: str | Path,
    model: SoilModel,
    attributes: Mapping[str, object] | None = None,
) -> None:
    """Join the draws of all folds: each profile from the fold that held it out.

    Parameters
    ----------
    paths
        Files of fold 0, 1, .. in this order.
    splits
        The splits they are of.
    target
        File to write.
    model
        Model whose parameters they are.
    attributes
        Further global attributes (provenance).

    Raises
    ------
    InputError
        If a file is of another fold, of other profiles or of another number of members.
    """
    folds = splits.names[1:]
    if len(paths) != len(folds):
        raise InputError("files of folds", f"one per fold, {len(folds)}", str(len(paths)))
    reasons = np.full(len(splits.profile_id), "", dtype=object)
    theta = None
    found = {}
    for split, path in zip(folds, paths, strict=True):
        held_out = splits.in_fold(split)
        with open_draws(path, model) as draws:
            stated = getattr(draws.file, "split", "none")
            if stated != split:
                raise InputError(path, f"split {split}", stated)
            check_profiles(path, draws.profile_ids or [], splits.profile_id[held_out], "the splits")
            if theta is None:
                shape = draws.n_draws, len(splits.profile_id), len(model.parameters)
                theta = np.full(shape, np.nan)
            if draws.n_draws != len(theta):
                raise InputError(path, f"{len(theta)} members", str(draws.n_draws))
            theta[:, held_out] = draws.at_profiles().swapaxes(0, 1)
            reasons[held_out] = draws.reasons_of_profiles()
            names = ("learner", CONSTANT, "certified", "certificate")
            found = {name: getattr(draws.file, name) for name in names if name in vars(draws.file)}
    write_draws(
        target,
        model,
        theta_profile=theta,
        profile_ids=splits.profile_id,
        attributes=found | dict(attributes or {}),
        profile_reasons=reasons,
    )


def write_doubtful_cells(draws_path: str | Path, target: str | Path, model: SoilModel) -> None:
    """Write the cells without a prediction or with a doubtful one as csv: lat, lon, reason.

    Parameters
    ----------
    draws_path
        Draws of a learner, with cells.
    target
        File to write.
    model
        Model whose parameters they are.

    Notes
    -----
    The reason is ``missing_covariate <names>``, which leaves the cell empty, or ``unseen_class
    <name=code>``, a code that no training profile of the random split has.
    """
    with open_draws(draws_path, model) as draws:
        reasons = draws.reasons_of_cells()
        if draws.centres is None:
            raise InputError(draws_path, "draws by cell", "draws of profiles alone")
        lat, lon = draws.centres
    table = pd.DataFrame({"lat": lat, "lon": lon, "reason": reasons})
    table = table[table["reason"] != ""].reset_index(drop=True)
    for sort, count in table["reason"].str.split().str[0].value_counts().items():
        log.warning("%d cells: %s", count, sort)
    write_table(target, table)


def _attributes(
    trained: Trained, data: LearningData, attributes: Mapping[str, object] | None
) -> dict[str, object]:
    predicted = [found for found in (trained.profiles, trained.cells) if found is not None]
    return {
        "learner": trained.learner,
        "split": trained.split,
        "infeasible_sets_pulled_back": sum(int(found.pulled_back.sum()) for found in predicted),
        **({CONSTANT: " ".join(data.constant)} if data.constant else {}),
        **(attributes or {}),
    }
