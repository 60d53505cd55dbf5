"""Errors of a learner on a fold it has not seen, with groups of covariates replaced."""

from proda.analysis.importance import fold_errors, learned_mechanisms, read_site_targets
from proda.analysis.importance_files import write_block_errors
from proda.data.covariate_table import covariate_groups
from proda.jobs import running
from proda.learning.inputs import read_learner_inputs
from proda.learning.splits import read_splits
from proda.model import MatrixModel
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
    targets = read_site_targets(
        model,
        learned_mechanisms(params.structure),
        files.profiles,
        files.site_forcing,
        files.mechanisms,
        data.profile_id,
        # A learner that is trained through the soil model has read it.
        None if data.observed is None else data.observed.rows.columns,
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
