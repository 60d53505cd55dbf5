"""Maps of the parameters a learner predicts."""

from proda.data.cells import read_cells
from proda.data.profiles import accepted_sites
from proda.data.region import read_region
from proda.evaluation.parameter_means import cell_means, site_estimates
from proda.figures.maps import RegionMap
from proda.figures.parameter_maps import draw_parameter_maps
from proda.figures.style import save
from proda.inference.certification import carried_certification
from proda.jobs import running
from proda.learning.applicability import read_outside
from proda.learning.splits import read_splits
from proda.model import MatrixModel
from proda.parameters.draws import open_draws
from proda.parameters.nearby import informed_fraction, nearby_contraction

with running(snakemake):
    files, model = snakemake.input, MatrixModel(snakemake.params.structure)
    cells = read_cells(files.cells)
    theta = cell_means(files.draws, model, cells)
    splits = read_splits(files.splits)
    sites = accepted_sites(files.profiles).loc[splits.profile_id]
    ids = list(splits.profile_id)
    contraction = site_estimates(files.posteriors, ids, "contraction", splits.used)
    lon, lat = sites["longitude"].to_numpy(), sites["latitude"].to_numpy()
    nearby = nearby_contraction(lon, lat, contraction, cells)
    with open_draws(files.draws, model) as draws:
        note = carried_certification(files.draws, draws.file).get("certificate", "")
    figure = draw_parameter_maps(
        RegionMap(read_region(files.region), cells),
        model.parameters,
        theta,
        nearby,
        informed_fraction(contraction),
        note,
        outside=read_outside(files.applicable, cells),
    )
    save(figure, snakemake.output)
