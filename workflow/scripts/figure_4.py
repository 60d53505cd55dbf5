"""Figure 4: stocks of the region by depth."""

from proda.evaluation.labels import read_labels
from proda.figures.figure_4 import draw_figure_4
from proda.figures.style import save
from proda.jobs import running
from proda.tables import read_table

with running(snakemake):
    table = read_table(snakemake.input.table, ["method", "label", "kind", "interval"])
    save(draw_figure_4(table, read_labels(snakemake.input.labels)), snakemake.output)
