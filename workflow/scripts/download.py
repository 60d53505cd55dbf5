"""Fetch the files of one product, unpack them if they are archives, and list their digests."""

from proda.data.downloads.products import fetch_product
from proda.logs import log_to

with log_to(snakemake.log[0]) as log:
    paths = fetch_product(
        snakemake.input.sources,
        snakemake.params.product,
        snakemake.params.data_dir,
        snakemake.output.manifest,
        lock=snakemake.params.lock,
        max_download_gb=snakemake.params.max_download_gb,
        max_unpacked_gb=snakemake.params.max_unpacked_gb,
    )
    log.info("%d files", len(paths))
