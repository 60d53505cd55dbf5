"""The region that is composed of countries, features of a file, or a box."""

from proda.config.keys import build
from proda.config.sections.region import RegionSettings
from proda.data.region_choice import choose_region, write_region
from proda.jobs import running

with running(snakemake) as log:
    region = choose_region(build(RegionSettings, snakemake.params.region))
    write_region(region, snakemake.output[0])
    log.info("%s: %.4f million km2", region.name, region.area_m2 / 1e12)
