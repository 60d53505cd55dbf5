"""Covariates of the cells of the grid."""

from proda.data.cells import read_cells
from proda.data.covariate_table import read_covariate_table
from proda.data.covariates import grid_covariates, write_grid_covariates
from proda.jobs import running
from proda.provenance import provenance

with running(snakemake) as log:
    params, cells = snakemake.params, read_cells(snakemake.input.cells)
    layers = read_covariate_table(snakemake.input.table, params.data_dir, params.names)
    dataset = grid_covariates(layers, cells, params.min_valid_fraction)
    about = provenance(snakemake.input, dict(params.items()))
    write_grid_covariates(snakemake.output[0], dataset, about)
    missing = {name: len(cells) - int(dataset[name].notnull().sum()) for name in dataset}
    log.info("%d covariates on %d cells", len(layers), len(cells))
    log.info("missing in so many cells: %s", {name: n for name, n in missing.items() if n})
