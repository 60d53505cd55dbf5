"""Figure 3: maps of SOC stocks."""

from proda.data.cells import read_cells
from proda.data.references import read_references
from proda.data.region import read_region
from proda.evaluation.labels import read_labels
from proda.evaluation.pairs import read_profiles
from proda.figures.figure_3 import draw_figure_3
from proda.figures.maps import RegionMap
from proda.figures.style import save
from proda.jobs import running
from proda.learning.applicability import read_outside
from proda.projection.files import read_grid_projection, read_used_sites

with running(snakemake):
    files = snakemake.input
    profiles = read_profiles(files.profiles)
    sites = read_used_sites(files.sites, profiles)
    doubted = ~profiles.loc[profiles["used"], "certified"].to_numpy()
    projections = {
        name: read_grid_projection(files[f"grid_{name}"]) for name in snakemake.params.methods
    }
    references = read_references(files.references)
    region_map = RegionMap(read_region(files.region), read_cells(files.cells))
    labels = read_labels(files.labels)
    outside = read_outside(files.applicable, region_map.cells)
    figure = draw_figure_3(
        region_map, sites, projections, references, labels, doubted=doubted, outside=outside
    )
    save(figure, snakemake.output)
