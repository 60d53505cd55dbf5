"""What a job that trains a learner reads: its files, and the settings of the run."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from proda.config.sections.learning import RUN
from proda.data.covariate_table import covariate_kinds
from proda.data.order import check_profiles
from proda.learning.data import LearningData, read_learning_data
from proda.learning.features import POSITION
from proda.learning.learners import get_learner, learner_options
from proda.model import SoilModel
from proda.netcdf import open_netcdf

__all__ = ["read_learner_inputs"]


def read_learner_inputs(
    learner: str,
    files: Mapping[str, str | Path],
    model: SoilModel,
    names: Sequence[str] | None,
    target: str,
    settings: Mapping[str, Any],
    error_model: str,
) -> tuple[LearningData, Any]:
    """Read what a learner is given.

    Parameters
    ----------
    learner
        Name.
    files
        Paths: table, sites, grid (empty without covariates there), cells, posteriors and forcing,
        and for a learner that is trained through the soil model observations.
    model
        Whose parameters are learned.
    names
        Covariates of the table to use; None for all.
    target
        What of each site's posterior is learned, where the settings name no target of the learner.
    settings
        Of the learner.
    error_model
        Likelihood of the run.

    Returns
    -------
    tuple
        Its data, and its options.

    Raises
    ------
    InputError
        As `proda.learning.data.read_learning_data` and `proda.learning.learners.learner_options`.
    """
    kinds = covariate_kinds(files["table"], names)
    own = settings.get("target", RUN)
    data = read_learning_data(
        kinds,
        files["sites"],
        files["grid"] or None,
        files["cells"],
        files["posteriors"],
        model,
        target if own == RUN else own,
        files["forcing"],
    )
    options = learner_options(learner, **settings)
    if get_learner(learner).through_model:
        # Imports the compiled kernels, which other learners do without.
        from proda.learning.observed import read_observed

        observed = read_observed(files["observations"], files["forcing"], model, error_model)
        data = replace(data, observed=observed)
    if options.takes_position:
        data = _with_positions(data, files["forcing"])
    return data, options


def _with_positions(data: LearningData, forcing: str | Path) -> LearningData:
    """The data with longitude and latitude of profiles and cells among their columns."""
    with open_netcdf(forcing, "forcing", ("profile_id", "lon", "lat")) as file:
        check_profiles(forcing, np.asarray(file["profile_id"][:], str), data.profile_id, "the data")
        of_sites = [np.asarray(file[name][:], np.float64) for name in ("lon", "lat")]
    sites = data.sites.assign(**dict(zip(POSITION, of_sites, strict=True)))
    if data.cells is None or data.grid is None:
        return replace(data, sites=sites)
    of_cells = data.cells.lon, data.cells.lat
    grid = data.grid.assign(**dict(zip(POSITION, of_cells, strict=True)))
    return replace(data, sites=sites, grid=grid)
