"""Figure 5: SOC over depth by vegetation type."""

from proda.figures.figure_5 import draw_figure_5
from proda.figures.style import save
from proda.logs import log_to
from proda.tables import read_table

with log_to(snakemake.log[0]):
    table = read_table(snakemake.input[0], ["vegetation", "source"])
    save(draw_figure_5(table), snakemake.output)
