"""All members of a learner on splits of the profiles: parameter draws, models, the record."""

from pathlib import Path

from proda.config.sections.learning import RANDOM
from proda.inference.certification import certification_of_sites
from proda.inference.summary import profile_summary
from proda.jobs import running
from proda.learning.draws import write_fold_draws, write_map_draws
from proda.learning.inputs import read_learner_inputs
from proda.learning.record import write_training_record
from proda.learning.splits import read_splits
from proda.learning.train import train_split
from proda.model import MatrixModel
from proda.provenance import provenance

with running(snakemake):
    files, params, out = snakemake.input, snakemake.params, snakemake.output
    learner, model = snakemake.wildcards.learner, MatrixModel(params.structure)
    data, options = read_learner_inputs(
        learner,
        files,
        model,
        params.names,
        params.target,
        params.settings,
        params.error_model,
    )
    splits = read_splits(files.splits)
    about = provenance(files, dict(params), params.seed)
    if options.from_posteriors:
        summary = profile_summary(files.posteriors)
        about |= certification_of_sites(summary["certified"], splits.used).attributes
    for split, path in zip(params.splits, out.draws, strict=True):
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
        if split == RANDOM:
            write_map_draws(path, trained, data, model, about)
            write_training_record(out.record, trained, about)
        else:
            write_fold_draws(path, trained, splits, data, model, about)
