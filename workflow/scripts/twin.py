"""Make a twin world: raw files, their digests, and a page of pictures."""

from proda.data.region import read_region
from proda.figures.globe_overview import draw_globe_overview
from proda.jobs import running
from proda.provenance import write_manifest
from proda.twin.globe import write_globe
from proda.twin.overview import draw_twin_overview
from proda.twin.world import write_twin

with running(snakemake) as log:
    region = read_region(snakemake.input.region)
    raw, overview = snakemake.output.raw, snakemake.output.overview
    params = snakemake.params
    settings = params.twin | {"seed": params.seed}
    if params.twin.get("format") == "globe":
        world = write_globe(raw, settings | {"resolution": params.resolution}, region)
        draw_globe_overview(raw, region, overview)
    else:
        world = write_twin(raw, settings, region.geometry)
        draw_twin_overview(raw, overview)
    write_manifest(raw, snakemake.output.manifest)
    log.info("%s in %s", world, region.name)
