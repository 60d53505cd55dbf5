"""Parameters a learner predicts on the grid, as GeoTIFF and netCDF."""

from proda.data.cells import read_cells
from proda.jobs import running
from proda.model import MatrixModel
from proda.parameters.parameter_maps import parameter_maps
from proda.projection.export import export_parameters
from proda.projection.files import write_projection
from proda.provenance import provenance

with running(snakemake):
    files, learner = snakemake.input, snakemake.wildcards.learner
    model = MatrixModel(snakemake.params.structure)
    maps = parameter_maps(model, learner, files.draws, read_cells(files.cells))
    about = provenance(files, dict(snakemake.params))
    write_projection(snakemake.output.netcdf, maps, about)
    export_parameters(maps.assign_attrs(about), snakemake.output.tif)
