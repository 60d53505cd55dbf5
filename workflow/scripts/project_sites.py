"""SOC of a method at the profiles."""

from proda.jobs import running
from proda.model import MatrixModel
from proda.projection.apply import project_sites
from proda.provenance import provenance

with running(snakemake) as log:
    files, params = snakemake.input, snakemake.params
    projection = project_sites(
        MatrixModel(params.structure),
        snakemake.wildcards.method,
        files.draws,
        files.observations,
        files.forcing,
        snakemake.output[0],
        provenance(files, dict(params)),
    )
    log.info("profiles: %s", ", ".join(f"{n} {status}" for status, n in projection.counts.items()))
