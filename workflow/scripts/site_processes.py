"""Bulk processes of the posterior of every site, and what the site says of them."""

from proda.jobs import running
from proda.model import MatrixModel
from proda.projection.site_processes import write_site_processes
from proda.provenance import provenance

with running(snakemake) as log:
    files, params = snakemake.input, snakemake.params
    sites = write_site_processes(
        MatrixModel(params.structure),
        files.posteriors,
        files.forcing,
        snakemake.output[0],
        params.max_draws,
        provenance(files, dict(params)),
    )
    log.info("sites with processes: %d", sites["soc_stock_mean"].notnull().sum())
