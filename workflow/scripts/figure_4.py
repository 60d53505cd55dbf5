"""Figure 4: stocks of the region by depth."""

import pandas as pd

from proda.figures.figure_4 import draw_figure_4
from proda.figures.style import save
from proda.logs import log_to

with log_to(snakemake.log[0]):
    save(draw_figure_4(pd.read_csv(snakemake.input[0])), snakemake.output)
