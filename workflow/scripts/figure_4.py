"""Figure 4: stocks of the region by depth."""

from proda.figures.figure_4 import draw_figure_4
from proda.figures.style import save
from proda.logs import log_to
from proda.tables import read_table

with log_to(snakemake.log[0]):
    table = read_table(snakemake.input[0], ["method", "kind", "interval"])
    save(draw_figure_4(table), snakemake.output)
