"""Held-out draws of a learner, joined from its folds, and the cells with a doubtful prediction."""

from proda.jobs import running
from proda.learning.draws import join_folds, write_doubtful_cells
from proda.learning.splits import read_splits
from proda.model import MatrixModel
from proda.provenance import provenance

with running(snakemake):
    files, params, out = snakemake.input, snakemake.params, snakemake.output
    model = MatrixModel(params.structure)
    about = provenance(files, dict(params), params.seed)
    join_folds(files.folds, read_splits(files.splits), out.blocks, model, about)
    if out.cells:
        write_doubtful_cells(files.draws, out.cells, model)
