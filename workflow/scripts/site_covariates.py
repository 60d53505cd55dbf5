"""Covariates of the profiles that are accepted so far."""

from proda.data.configured_covariates import configured_covariates
from proda.data.covariates import site_table, write_site_covariates
from proda.data.profiles import accepted_sites
from proda.jobs import running
from proda.provenance import provenance

with running(snakemake) as log:
    files, params = snakemake.input, snakemake.params
    sites = accepted_sites(files.profiles)
    dataset = configured_covariates(
        files.table, params.data_dir, params.names, params.learners, sites, params.sites
    )
    table = site_table(dataset)
    write_site_covariates(snakemake.output[0], dataset, provenance(files, dict(params.items())))
    log.info("%d covariates at %d profiles", table.shape[1], len(table))
    missing = table.isna().sum().loc[lambda n: n > 0].to_dict()
    log.info("number of profiles at which a covariate is missing: %s", missing)
