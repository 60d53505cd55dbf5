"""Identifiability of the mechanisms at the sites: correlations, rankings under other priors."""

from proda.analysis.identifiability import correlation_table, values_table
from proda.analysis.places import count_reasons, portions
from proda.analysis.prior_ranking import beta_prior, prior_ranking, sites_under_priors
from proda.analysis.site_mechanisms import read_site_mechanisms
from proda.analysis.wider_priors import read_refits, with_refits
from proda.evaluation.pairs import read_profiles
from proda.figures.identifiability import draw_identifiability
from proda.figures.style import save
from proda.inference.certification import certification_of_sites
from proda.jobs import running
from proda.model import MatrixModel
from proda.parameters.draws import open_draws
from proda.projection.inputs import load_sites
from proda.projection.process_maps import spread_draws
from proda.projection.soc import DrawnSoc
from proda.tables import write_table

RUN = 1.0  # the beta distribution that is the prior of the run

with running(snakemake) as log:
    files, params, output = snakemake.input, snakemake.params, snakemake.output
    model = MatrixModel(params.structure)
    values = read_site_mechanisms(files.values)
    profiles = read_profiles(files.profiles)
    used = profiles["used"].to_numpy()
    doubt = certification_of_sites(profiles["certified"], used).note
    sites = load_sites(files.observations, files.forcing)
    shapes = [RUN, *params.prior_shapes]
    priors = [beta_prior(shape) for shape in shapes]
    with open_draws(files.draws, model) as draws:
        read, count = spread_draws(draws.at_profiles, draws.n_draws, params.max_draws)
        places = portions(DrawnSoc(model, read, count, sites.forcing))
        found = sites_under_priors(model, places, len(used), shapes)
    if files.wider:
        refits = read_refits(files.wider)
        found, priors = with_refits(found, refits), [*priors, *refits.priors]
    ranking = prior_ranking(found, used, priors, params.min_effective_draws)
    correlations = correlation_table(values, used)
    for path, table in (
        (output.correlations, correlations),
        (output.values, values_table(values, used)),
        (output.ranking, ranking),
    ):
        write_table(path, table.assign(certificate=doubt), digits=6)
    figure = draw_identifiability(correlations, ranking, doubt)
    save(figure, [output.figure, output.figure_pdf])
    log.info("sites without: %s", count_reasons(found.reasons) or "none")
