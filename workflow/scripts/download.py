"""Fetch the files of one product, unpack them if they are archives, and list their digests."""

from proda.data.products import fetch_product
from proda.logs import log_to

with log_to(snakemake.log[0]) as log:
    paths = fetch_product(
        snakemake.input.sources,
        snakemake.params.product,
        snakemake.params.data_dir,
        snakemake.output.manifest,
    )
    log.info("%d files", len(paths))
