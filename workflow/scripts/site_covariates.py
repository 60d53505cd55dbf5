"""Covariates of the profiles that are accepted so far."""

from proda.data.covariate_table import covariate_kinds, read_covariate_table
from proda.data.covariates import (
    constant_covariates,
    require_informative,
    site_covariates,
    site_table,
    write_site_covariates,
)
from proda.data.profiles import accepted_sites
from proda.jobs import running
from proda.provenance import provenance

with running(snakemake) as log:
    files, params = snakemake.input, snakemake.params
    # Checked before the assimilation, not when its results are learned from.
    covariate_kinds(files.table, params.names)
    layers = read_covariate_table(files.table, params.data_dir, params.names)
    sites = accepted_sites(files.profiles)
    dataset = site_covariates(layers, sites.index, sites["longitude"], sites["latitude"])
    table = site_table(dataset)
    require_informative(table, params.learners)
    for name in constant_covariates(table):
        log.warning("%s has one value at all profiles: no learner uses it", name)
    write_site_covariates(snakemake.output[0], dataset, provenance(files, dict(params.items())))
    log.info("%d covariates at %d profiles", table.shape[1], len(table))
    missing = table.isna().sum().loc[lambda n: n > 0].to_dict()
    log.info("number of profiles at which a covariate is missing: %s", missing)
