"""All members of a learner on one split of the profiles: parameter draws, models, the record."""

from dataclasses import replace
from pathlib import Path

from proda.config.sections.learning import RANDOM, RUN
from proda.data.covariate_table import covariate_kinds
from proda.inference.certification import certification_of_sites
from proda.inference.summary import profile_summary
from proda.jobs import running
from proda.learning.data import read_learning_data
from proda.learning.draws import write_fold_draws, write_map_draws
from proda.learning.learners import get_learner, learner_options
from proda.learning.record import write_training_record
from proda.learning.splits import read_splits
from proda.learning.train import train_split
from proda.model import MatrixModel
from proda.provenance import provenance

with running(snakemake):
    files, params, out = snakemake.input, snakemake.params, snakemake.output
    learner, split = snakemake.wildcards.learner, params.split
    model = MatrixModel(params.structure)
    data = read_learning_data(
        covariate_kinds(files.table, params.names),
        files.sites,
        files.grid,
        files.cells,
        files.posteriors,
        model,
        params.target,
    )
    options = learner_options(learner, **params.settings)
    if get_learner(learner).through_model:
        # Imports the compiled kernels, which other learners do without.
        from proda.learning.observed import read_observed

        kind = params.error_model if options.error_model == RUN else options.error_model
        observed = read_observed(files.observations, files.forcing, model, kind)
        data = replace(data, observed=observed)
    splits = read_splits(files.splits)
    trained = train_split(
        learner,
        split,
        data,
        splits,
        options,
        params.seed,
        model,
        params.validation_fraction,
        Path(out.record).with_name("models") if split == RANDOM else None,
    )
    about = provenance(files, dict(params), params.seed)
    if data.observed is None:  # what is learned rests on the posteriors of the sites
        summary = profile_summary(files.posteriors)
        about |= certification_of_sites(summary["certified"], splits.used).attributes
    if split == RANDOM:
        write_map_draws(out.draws, trained, data, model, about)
        write_training_record(out.record, trained, about)
    else:
        write_fold_draws(out.draws, trained, splits, data, model, about)
