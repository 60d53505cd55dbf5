"""What a learner says about the parameters at profiles and on cells."""

from proda.data.cells import read_cells
from proda.data.covariate_table import covariate_kinds
from proda.jobs import running
from proda.learning.data import read_learning_data
from proda.learning.gather import (
    doubtful_cells,
    gather_blocks,
    gather_random,
    write_doubtful_cells,
)
from proda.learning.options import learner_options
from proda.learning.splits import read_splits
from proda.model import MatrixModel
from proda.provenance import provenance

with running(snakemake):
    files, params, out = snakemake.input, snakemake.params, snakemake.output
    model, splits = MatrixModel(params.structure), read_splits(files.splits)
    kinds = covariate_kinds(files.table, params.names)
    data = read_learning_data(kinds, files.sites, files.grid, files.cells, files.posteriors, model)
    about = data.attributes | provenance(files, dict(params), params.seed)
    gather_random(files.random, read_cells(files.cells), out.random, model, about)
    gather_blocks(files.folds, splits, out.blocks, model, about)
    options = learner_options(snakemake.wildcards.learner, **params.settings)
    write_doubtful_cells(out.cells, doubtful_cells(data, splits, options, params.seed))
