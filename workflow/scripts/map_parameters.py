"""Parameters a learner predicts on the grid, as GeoTIFF and netCDF."""

from proda.data.cells import read_cells
from proda.data.profiles import accepted_sites
from proda.evaluation.parameter_means import site_estimates
from proda.jobs import running
from proda.learning.splits import read_splits
from proda.model import MatrixModel
from proda.parameters.nearby import informed_fraction, nearby_contraction
from proda.parameters.parameter_maps import parameter_maps
from proda.projection.export import export_parameters
from proda.projection.files import write_projection
from proda.provenance import provenance

with running(snakemake):
    files, learner = snakemake.input, snakemake.wildcards.learner
    model = MatrixModel(snakemake.params.structure)
    cells = read_cells(files.cells)
    splits = read_splits(files.splits)
    sites = accepted_sites(files.profiles).loc[splits.profile_id]
    ids = list(splits.profile_id)
    contraction = site_estimates(files.posteriors, ids, "contraction", splits.used)
    lon, lat = sites["longitude"].to_numpy(), sites["latitude"].to_numpy()
    nearby = nearby_contraction(lon, lat, contraction, cells)
    informed = informed_fraction(contraction)
    maps = parameter_maps(model, learner, files.draws, cells, nearby, informed)
    about = provenance(files, dict(snakemake.params))
    write_projection(snakemake.output.netcdf, maps, about)
    export_parameters(maps.assign_attrs(about), snakemake.output.tif)
