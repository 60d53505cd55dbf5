"""The cells of the grid that hold land of the region."""

from proda.data.cells import make_cells, write_cells
from proda.data.region import read_region
from proda.jobs import running
from proda.provenance import provenance

with running(snakemake) as log:
    region = read_region(snakemake.input.region)
    cells = make_cells(region, snakemake.params.resolution, snakemake.params.min_land_fraction)
    about = {"region": region.name} | provenance(snakemake.input, dict(snakemake.params.items()))
    write_cells(cells, snakemake.output[0], about)
    land = cells.land_area_m2.sum() / 1e12
    log.info("%s: %d cells, %.4f million km2 of land", region.name, len(cells), land)
