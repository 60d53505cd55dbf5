"""Make the twin world: raw files, their digests, and a page of pictures."""

from proda.data.region import read_region
from proda.jobs import running
from proda.provenance import write_manifest
from proda.twin import draw_twin_overview, write_twin

with running(snakemake) as log:
    region = read_region(snakemake.input.region)
    config = write_twin(
        snakemake.output.raw,
        snakemake.params.twin | {"seed": snakemake.params.seed},
        region.geometry,
    )
    write_manifest(snakemake.output.raw, snakemake.output.manifest)
    draw_twin_overview(snakemake.output.raw, snakemake.output.overview)
    log.info("%s in %s", config, region.name)
