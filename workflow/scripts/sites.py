"""Close the ledger and write the files of the sites that are accepted in the end, in one order."""

from proda.config.keys import build
from proda.config.sections.profiles import ProfileSettings
from proda.data.covariates import covariate_summary, load_site_covariates
from proda.data.profiles import read_ledger, write_horizons
from proda.data.sites import close_ledger, model_columns, write_sites
from proda.jobs import running
from proda.model.structures import get_structure
from proda.provenance import provenance
from proda.tables import write_table

with running(snakemake) as log:
    source, target = snakemake.input, snakemake.output
    ledger = read_ledger(source.profiles, source.horizons)
    columns = None
    if get_structure(snakemake.params.structure).has_bedrock:
        columns = model_columns(source.forcing, snakemake.params.structure)
    excluded = close_ledger(
        ledger,
        source.no_forcing,
        source.covariates,
        columns,
        build(ProfileSettings, snakemake.params.profiles).min_horizons,
    )
    ledger.write(target.profiles, target.ledger, target.summary)
    log.info("ledger:\n%s", ledger.summary()[["profiles", "horizons"]])
    about = provenance(source, dict(snakemake.params.items()))
    write_horizons(ledger, target.horizons, about)
    write_sites(ledger, excluded, source, target, about)
    if target.summary_of_covariates:
        params = snakemake.params
        table = covariate_summary(
            load_site_covariates(target.covariates), params.without_raster, params.learners
        )
        write_table(target.summary_of_covariates, table, digits=6)
