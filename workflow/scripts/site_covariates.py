"""Covariates of the profiles that are accepted so far."""

from proda.data.covariates import (
    constant_covariates,
    covariate_kinds,
    read_covariate_table,
    require_informative,
    site_covariates,
    write_site_covariates,
)
from proda.data.profiles import accepted_sites
from proda.jobs import running

with running(snakemake) as log:
    # What the learners would refuse at the end of all assimilation.
    covariate_kinds(snakemake.input.table, snakemake.params.names)
    layers = read_covariate_table(
        snakemake.input.table, snakemake.params.data_dir, snakemake.params.names
    )
    sites = accepted_sites(snakemake.input.profiles)
    table = site_covariates(layers, sites.index, sites["longitude"], sites["latitude"])
    require_informative(table, snakemake.params.learners)
    for name in constant_covariates(table):
        log.warning("%s has one value at all profiles: no learner uses it", name)
    write_site_covariates(snakemake.output[0], table)
    log.info("%d covariates at %d profiles", table.shape[1], len(table))
    log.info("missing at so many profiles: %s", table.isna().sum().loc[lambda n: n > 0].to_dict())
