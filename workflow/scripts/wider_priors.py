"""Some sites under wider priors of the turnover times of SOC."""

from proda.analysis.places import count_reasons
from proda.analysis.wider_priors import chosen_sites, refit_sites, write_refits
from proda.evaluation.pairs import read_profiles
from proda.inference.options import make_options
from proda.jobs import running
from proda.model import MatrixModel
from proda.provenance import provenance

with running(snakemake) as log:
    files, params = snakemake.input, snakemake.params
    used = read_profiles(files.profiles)["used"].to_numpy(bool)
    refits = refit_sites(
        MatrixModel(params.structure),
        files.observations,
        files.forcing,
        chosen_sites(used, params.refitted_sites),
        params.factors,
        make_options(params.settings, params.seed),
        params.max_draws,
    )
    write_refits(snakemake.output[0], refits, provenance(files, dict(params), params.seed))
    log.info("%d sites; without: %s", len(refits.positions),
             count_reasons(refits.sites.reasons) or "none")  # fmt: skip
