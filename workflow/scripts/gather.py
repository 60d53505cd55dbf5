"""All site posteriors in one file, flagged."""

from proda.inference.posterior_file import gather
from proda.jobs import running
from proda.provenance import provenance

with running(snakemake) as log:
    params = snakemake.params
    n = gather(
        snakemake.input,
        snakemake.output[0],
        params.acceptance_window,
        provenance(snakemake.input, dict(params), params.seed),
    )
    log.info("%d profiles of %d jobs", n, len(snakemake.input))
