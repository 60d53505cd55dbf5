"""Figure S4: uncertainty of the maps."""

from proda.data.cells import read_cells
from proda.data.region import read_region
from proda.evaluation.labels import read_labels
from proda.figures.figure_s4 import draw_figure_s4
from proda.figures.maps import RegionMap
from proda.figures.style import save
from proda.jobs import running
from proda.learning.applicability import read_outside
from proda.projection.files import read_grid_projection

with running(snakemake):
    files = snakemake.input
    projections = {
        name: read_grid_projection(files[f"grid_{name}"]) for name in snakemake.params.methods
    }
    region_map = RegionMap(read_region(files.region), read_cells(files.cells))
    outside = read_outside(files.applicable, region_map.cells)
    figure = draw_figure_s4(region_map, projections, read_labels(files.labels), outside=outside)
    save(figure, snakemake.output)
