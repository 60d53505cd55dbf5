"""All site posteriors in one file."""

from proda.inference.posterior_file import gather
from proda.logs import log_to
from proda.provenance import provenance

with log_to(snakemake.log[0]) as log:
    n = gather(snakemake.input, snakemake.output[0], provenance(snakemake.input, {}))
    log.info("%d profiles of %d jobs", n, len(snakemake.input))
