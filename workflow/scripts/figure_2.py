"""Figure 2: agreement between observed and modelled SOC."""

from proda.data.cells import read_cells
from proda.data.region import read_region
from proda.evaluation.labels import read_labels
from proda.evaluation.pairs import read_pairs
from proda.figures.figure_2 import draw_figure_2
from proda.figures.maps import RegionMap
from proda.figures.style import save
from proda.jobs import running

with running(snakemake):
    files = snakemake.input
    pairs = read_pairs(files.pairs, files.profiles)
    region_map = RegionMap(read_region(files.region), read_cells(files.cells))
    tables, methods = (pairs.horizons, pairs.profiles), snakemake.params.methods
    figure = draw_figure_2(region_map, *tables, methods, read_labels(files.labels))
    save(figure, snakemake.output)
