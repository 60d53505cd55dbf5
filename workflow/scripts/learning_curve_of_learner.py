"""Skill of a learner against the number of training profiles."""

import numpy as np

from proda.arrays import Theta
from proda.data.covariate_table import covariate_kinds
from proda.evaluation.learning_curve import learning_curve
from proda.jobs import running
from proda.learning.data import read_covariates
from proda.learning.direct import read_horizon_densities, train_directly
from proda.learning.inputs import read_learner_inputs
from proda.learning.learners import learner_options
from proda.learning.splits import Splits, read_splits
from proda.learning.train import train_split
from proda.model import MatrixModel
from proda.netcdf import open_netcdf
from proda.parameters.methods import METHODS
from proda.projection.inputs import load_sites
from proda.projection.soc import DrawnSoc, MemberSoc, SocSource
from proda.tables import write_table

with running(snakemake) as log:
    files, params = snakemake.input, snakemake.params
    learner, seed = snakemake.wildcards.learner, params.seed
    model, splits = MatrixModel(params.structure), read_splits(files.splits)
    sites = load_sites(files.observations, files.forcing)
    with open_netcdf(files.observations, "observations", ("value",)) as file:
        observed = np.ma.filled(file["value"][:])
    fraction = params.validation_fraction
    if METHODS[learner].has_parameters:
        data, options = read_learner_inputs(
            learner, files, model, params.names, params.target, params.settings, params.error_model
        )

        def _predict(fold: str, thinned: Splits) -> SocSource:
            trained = train_split(learner, fold, data, thinned, options, seed, model, fraction)
            theta = trained.profiles.theta.swapaxes(0, 1)
            theta[~splits.in_fold(fold)] = np.nan

            def read(first: int, count: int) -> Theta:
                return theta[first : first + count]

            return DrawnSoc(model, read, theta.shape[1], sites.forcing)

    else:
        kinds = covariate_kinds(files.table, params.names)
        data = read_covariates(kinds, files.sites, files.grid or None, files.cells)
        horizons = read_horizon_densities(files.observations, data.profile_id)
        options = learner_options(learner, **params.settings)

        def _predict(fold: str, thinned: Splits) -> SocSource:
            trained = train_directly(
                learner, fold, data, thinned, horizons, model.grid.node, options, seed, fraction
            )
            return MemberSoc(trained[0].soc)

    table = learning_curve(
        _predict, splits, sites, model.grid, observed, params.sizes, params.repeats, seed
    )
    write_table(snakemake.output[0], table, digits=6)
    log.info("%s", table.to_string(index=False))
