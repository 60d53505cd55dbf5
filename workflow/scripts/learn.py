"""All members of a learner on one split of the profiles."""

from pathlib import Path

from proda.data.covariate_table import covariate_kinds
from proda.jobs import running
from proda.learning.data import read_learning_data
from proda.learning.options import learner_options
from proda.learning.splits import read_splits
from proda.learning.train import train_split
from proda.model import MatrixModel
from proda.provenance import provenance

with running(snakemake):
    files, params = snakemake.input, snakemake.params
    learner, split = snakemake.wildcards.learner, snakemake.wildcards.split
    model = MatrixModel(params.structure)
    data = read_learning_data(
        covariate_kinds(files.table, params.names),
        files.sites,
        files.grid,
        files.cells,
        files.posteriors,
        model,
    )
    target = Path(snakemake.output[0])
    train_split(
        learner,
        split,
        data,
        read_splits(files.splits),
        learner_options(learner, **params.settings),
        params.seed,
        model,
        target,
        models_dir=target.with_name("models") if split == "random" else None,
        validation_fraction=params.validation_fraction,
        attributes=provenance(files, dict(params), params.seed),
    )
