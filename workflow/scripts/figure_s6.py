"""Figure S6: predicted parameters against those of the sites."""

from proda.evaluation.labels import read_certificates
from proda.evaluation.pairs import read_profiles
from proda.evaluation.parameter_means import profile_means, site_estimates
from proda.figures.figure_s6 import draw_figure_s6
from proda.figures.style import save
from proda.jobs import running
from proda.model import MatrixModel
from proda.parameters.methods import NEURAL_NETWORK

with running(snakemake):
    files, model = snakemake.input, MatrixModel(snakemake.params.structure)
    profiles = read_profiles(files.profiles)
    ids = list(profiles["profile_id"])
    means = site_estimates(files.posteriors, ids, "mean", profiles["used"].to_numpy())
    predicted = profile_means(files.network, model, ids)
    held_out = (profiles["role"] == "test").to_numpy()
    marked = NEURAL_NETWORK.name in read_certificates(files.labels)
    save(draw_figure_s6(model.parameters, means, predicted, held_out, marked), snakemake.output)
