"""Parameter sets for the whole region, drawn from the posteriors of the sites."""

from proda.config.keys import build
from proda.config.sections.random_sampling import RandomSamplingSettings
from proda.jobs import running
from proda.model import MatrixModel
from proda.parameters.random_sampling import random_sampling
from proda.provenance import provenance

with running(snakemake) as log:
    params = snakemake.params
    settings = build(RandomSamplingSettings, params.settings)
    sample = random_sampling(
        MatrixModel(params.structure),
        snakemake.input[0],
        params.exclude_flags,
        snakemake.output[0],
        settings.draws,
        params.seed,
        settings.sampling,
        provenance(snakemake.input, dict(params), params.seed),
        params.require_certified,
    )
    log.info("%d sets drawn, %d infeasible ones redrawn", len(sample.theta), sample.infeasible)
