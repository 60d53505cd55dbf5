"""Errors of a learner on a fold it has not seen, with groups of covariates replaced."""

import numpy as np

from proda.analysis.importance import fold_errors, learned_mechanisms, site_targets
from proda.analysis.importance_files import write_block_errors
from proda.analysis.site_mechanisms import read_site_mechanisms
from proda.data.covariate_table import covariate_groups
from proda.data.order import check_profiles
from proda.jobs import running
from proda.learning.inputs import read_learner_inputs
from proda.learning.splits import read_splits
from proda.model import MatrixModel
from proda.netcdf import open_netcdf
from proda.projection.inputs import load_sites
from proda.provenance import provenance

with running(snakemake) as log:
    files, params = snakemake.input, snakemake.params
    learner, split = snakemake.wildcards.learner, snakemake.wildcards.fold
    model = MatrixModel(params.structure)
    data, options = read_learner_inputs(
        learner,
        files,
        model,
        params.names,
        params.target,
        params.settings,
        params.error_model,
    )
    sites = load_sites(files.profiles, files.site_forcing)
    check_profiles(files.profiles, sites.ids, data.profile_id, files.posteriors)
    mechanisms = learned_mechanisms(params.structure)
    of_sites = read_site_mechanisms(files.mechanisms)
    check_profiles(files.mechanisms, of_sites["profile_id"].values, sites.ids, files.profiles)
    names = [str(name) for name in of_sites["mechanism"].values]
    columns = [names.index(mechanism.name) for mechanism in mechanisms]
    with open_netcdf(files.profiles, "observations", ["value"]) as file:
        observed_soc = np.ma.filled(file["value"][:], np.nan)
    targets = site_targets(
        model, mechanisms, of_sites["mean"].values[:, columns], sites, observed_soc
    )
    errors = fold_errors(
        learner,
        split,
        data,
        read_splits(files.splits),
        targets,
        covariate_groups(files.table, list(data.kinds)),
        options,
        model,
        params.seed,
        params.validation_fraction,
        params.members,
        params.repeats,
        params.variants,
    )
    write_block_errors(snakemake.output[0], errors, provenance(files, dict(params), params.seed))
    log.info("%d profiles in %d blocks", errors.profiles.sum(), len(errors.block))
