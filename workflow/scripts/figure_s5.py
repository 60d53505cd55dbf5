"""Figure S5: densities of the parameters."""

from proda.data.cells import read_cells
from proda.evaluation.labels import read_certificates
from proda.evaluation.pairs import read_profiles
from proda.evaluation.parameter_means import cell_means
from proda.figures.figure_s5 import draw_figure_s5
from proda.figures.style import save
from proda.jobs import running
from proda.model import MatrixModel
from proda.parameters.draws import open_draws
from proda.parameters.random_sampling import read_modes

with running(snakemake):
    files, model = snakemake.input, MatrixModel(snakemake.params.structure)
    profiles = read_profiles(files.profiles)
    one_batch = network = None
    if files.one_batch:
        with open_draws(files.one_batch, model) as draws:
            one_batch = draws.on_cells()[0]
    if files.network:
        network = cell_means(files.network, model, read_cells(files.cells))
    modes = read_modes(files.posteriors, profiles["profile_id"], profiles["used"].to_numpy())
    marked = read_certificates(files.labels)
    figure = draw_figure_s5(model.parameters, modes, one_batch, network, marked)
    save(figure, snakemake.output)
