"""Figure 5: SOC over depth by vegetation type."""

from proda.evaluation.labels import read_labels
from proda.figures.figure_5 import draw_figure_5
from proda.figures.style import save
from proda.jobs import running
from proda.tables import read_table

with running(snakemake):
    table = read_table(snakemake.input.table, ["vegetation", "source"])
    save(draw_figure_5(table, read_labels(snakemake.input.labels)), snakemake.output)
