"""Figure 5: SOC over depth by vegetation type."""

import pandas as pd

from proda.figures.figure_5 import draw_figure_5
from proda.figures.style import save
from proda.logs import log_to

with log_to(snakemake.log[0]):
    save(draw_figure_5(pd.read_csv(snakemake.input[0])), snakemake.output)
