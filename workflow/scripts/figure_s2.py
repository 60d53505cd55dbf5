"""Figure S2: where the profiles are."""

from proda.data.cells import read_cells
from proda.data.region import read_region
from proda.evaluation.pairs import read_profiles
from proda.figures.figure_s2 import draw_figure_s2
from proda.figures.maps import RegionMap
from proda.figures.style import save
from proda.jobs import running
from proda.tables import read_table

with running(snakemake):
    files = snakemake.input
    source = read_table(files.source, ["profile_id", "status"])
    profiles = read_profiles(files.profiles)
    used = profiles.loc[profiles["used"], "profile_id"]
    region_map = RegionMap(read_region(files.region), read_cells(files.cells))
    save(draw_figure_s2(region_map, source, used), snakemake.output)
