"""Maps of the parameters a learner predicts."""

from proda.data.cells import read_cells
from proda.data.region import read_region
from proda.evaluation.parameter_means import cell_means
from proda.figures.maps import RegionMap
from proda.figures.parameter_maps import draw_parameter_maps
from proda.figures.style import save
from proda.jobs import running
from proda.model import MatrixModel

with running(snakemake):
    files, model = snakemake.input, MatrixModel(snakemake.params.structure)
    cells = read_cells(files.cells)
    theta = cell_means(files.draws, model, cells)
    region_map = RegionMap(read_region(files.region), cells)
    save(draw_parameter_maps(region_map, model.parameters, theta), snakemake.output)
