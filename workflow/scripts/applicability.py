"""The area of applicability of all learners."""

from proda.data.covariate_table import covariate_kinds
from proda.jobs import running
from proda.learning.applicability import applicability, write_applicability
from proda.learning.data import read_covariates
from proda.learning.direct import read_horizon_densities
from proda.learning.splits import read_splits
from proda.provenance import provenance

with running(snakemake) as log:
    files, params = snakemake.input, snakemake.params
    kinds = covariate_kinds(files.table, params.names)
    data = read_covariates(kinds, files.sites, files.grid, files.cells)
    horizons = read_horizon_densities(files.observations, data.profile_id)
    found = applicability(data, read_splits(files.splits), horizons, params.seed)
    about = provenance(files, dict(params), params.seed)
    write_applicability(snakemake.output[0], found, data, about)
    inside = (found.cells <= found.threshold).mean()
    log.info("threshold %.3f; %.1f %% of the cells inside", found.threshold, 100 * inside)
