"""Figure S2: where the profiles are."""

import numpy as np

from proda.data.cells import read_cells
from proda.data.region import read_region
from proda.evaluation.pairs import read_pairs
from proda.figures.figure_s2 import draw_figure_s2
from proda.figures.maps import RegionMap
from proda.figures.style import save
from proda.logs import log_to

with log_to(snakemake.log[0]):
    files = snakemake.input
    pairs = read_pairs(files.pairs, files.profiles)
    horizons = np.bincount(pairs.horizons["profile"], minlength=len(pairs.profiles))
    region_map = RegionMap(read_region(files.region), read_cells(files.cells))
    save(draw_figure_s2(region_map, pairs.profiles, horizons), snakemake.output)
