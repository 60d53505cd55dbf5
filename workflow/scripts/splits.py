"""Which profiles train, validate and test."""

from proda.data.cells import read_cells
from proda.data.covariates import load_site_covariates, site_table
from proda.data.profiles import accepted_sites
from proda.inference.summary import profile_summary, require_used, used_profiles
from proda.jobs import running
from proda.learning.splits import make_splits, write_splits

with running(snakemake) as log:
    params = snakemake.params
    summary = profile_summary(snakemake.input.posteriors)
    require_used(
        snakemake.input.posteriors, summary, params.exclude_flags, params.require_certified
    )
    sites = accepted_sites(snakemake.input.profiles).loc[summary["profile_id"]]
    settings = dict(params.settings)
    covariate = settings.pop("regions")
    classes = None
    if covariate:
        covariates = site_table(load_site_covariates(snakemake.input.covariates))
        classes = covariates.loc[list(summary["profile_id"]), covariate].to_numpy()
    splits = make_splits(
        summary["profile_id"].to_numpy(),
        sites["longitude"].to_numpy(),
        sites["latitude"].to_numpy(),
        used_profiles(summary, params.exclude_flags),
        read_cells(snakemake.input.cells),
        params.seed,
        classes=classes,
        **settings,
    )
    write_splits(snakemake.output[0], splits)
    log.info("%d of %d profiles used", splits.used.sum(), len(splits.used))
