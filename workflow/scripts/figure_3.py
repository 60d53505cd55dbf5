"""Figure 3: maps of SOC stocks."""

import numpy as np
import xarray as xr

from proda.data.cells import read_cells
from proda.data.region import read_region
from proda.evaluation.pairs import read_profiles
from proda.figures.figure_3 import draw_figure_3
from proda.figures.maps import RegionMap
from proda.figures.style import save
from proda.logs import log_to
from proda.projection.files import read_grid_projection, read_sites_projection

with log_to(snakemake.log[0]):
    files = snakemake.input
    used = read_profiles(files.profiles)["used"].to_numpy()
    sites = read_sites_projection(files.sites).isel(profile=np.flatnonzero(used))
    projections = {
        name: read_grid_projection(files[f"grid_{name}"]) for name in snakemake.params.methods
    }
    references = xr.load_dataset(files.references) if files.references else None
    region_map = RegionMap(read_region(files.region), read_cells(files.cells))
    save(draw_figure_3(region_map, sites, projections, references), snakemake.output)
