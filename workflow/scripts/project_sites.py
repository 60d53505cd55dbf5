"""SOC of a method at the profiles."""

from proda.logs import log_to
from proda.model import MatrixModel
from proda.projection.apply import project_sites
from proda.provenance import provenance

with log_to(snakemake.log[0]):
    files, params = snakemake.input, snakemake.params
    project_sites(
        MatrixModel(params.structure),
        snakemake.wildcards.method,
        files.draws,
        files.observations,
        files.forcing,
        snakemake.output[0],
        provenance(files, dict(params)),
    )
