"""Every accepted profile as the likelihood sees it."""

from proda.config.keys import build
from proda.config.sections.assimilation import LikelihoodSettings
from proda.inference.observations_file import write_observations
from proda.jobs import running
from proda.model.structures import get_structure
from proda.provenance import provenance

with running(snakemake) as log:
    n = write_observations(
        snakemake.input.horizons,
        snakemake.output[0],
        get_structure(snakemake.params.structure).grid,
        build(LikelihoodSettings, snakemake.params.likelihood),
        provenance(snakemake.input, dict(snakemake.params)),
        snakemake.input.forcing or None,
    )
    log.info("%d profiles", n)
