"""Totals of the region of some members of a learner, each trained on resampled blocks."""

import pandas as pd

from proda.analysis.bootstrap import member_totals, train_member
from proda.jobs import running
from proda.learning.inputs import read_learner_inputs
from proda.learning.splits import read_splits
from proda.model import MatrixModel
from proda.projection.inputs import load_grid
from proda.tables import write_table

with running(snakemake) as log:
    files, params, wildcards = snakemake.input, snakemake.params, snakemake.wildcards
    learner, first, last = wildcards.learner, int(wildcards.first), int(wildcards.last)
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
    splits, grid = read_splits(files.splits), load_grid(files.cells, files.grid_forcing)
    tables = []
    for member in range(first, last + 1):
        theta = train_member(learner, member, data, splits, options, params.seed, model)
        table = member_totals(theta, grid, model)
        table.insert(0, "learner", learner)
        table.insert(1, "member", member)
        tables.append(table)
        log.info("member %d of %d to %d", member, first, last)
    write_table(snakemake.output[0], pd.concat(tables))
