"""Figure 1: schema of the approach."""

from proda.data.region import read_region
from proda.figures.figure_1 import draw_figure_1
from proda.figures.style import save
from proda.jobs import running

with running(snakemake):
    save(draw_figure_1(read_region(snakemake.input.region).geometry), snakemake.output)
