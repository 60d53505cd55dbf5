"""Figure S1: soil layers of the structures."""

from proda.figures.figure_s1 import draw_figure_s1
from proda.figures.style import save
from proda.jobs import running
from proda.model import MatrixModel
from proda.model.structures import STRUCTURES

with running(snakemake):
    grids = {name: MatrixModel(name).grid for name in STRUCTURES}
    save(draw_figure_s1(grids, snakemake.params.structure), snakemake.output)
