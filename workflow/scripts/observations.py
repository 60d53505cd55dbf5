"""Every accepted profile as the likelihood sees it."""

from proda.inference.observations_file import write_observations
from proda.logs import log_to
from proda.model.structure import get_structure
from proda.provenance import provenance

with log_to(snakemake.log[0]) as log:
    n = write_observations(
        snakemake.input.horizons,
        snakemake.output[0],
        get_structure(snakemake.params.structure).grid,
        snakemake.params.likelihood,
        provenance(snakemake.input, dict(snakemake.params)),
        snakemake.input.forcing or None,
    )
    log.info("%d profiles", n)
