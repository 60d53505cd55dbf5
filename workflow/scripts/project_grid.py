"""SOC of a method on the grid."""

from proda.jobs import running
from proda.model import MatrixModel
from proda.projection.apply import project_grid
from proda.provenance import provenance

with running(snakemake) as log:
    files, params = snakemake.input, snakemake.params
    projection = project_grid(
        MatrixModel(params.structure),
        snakemake.wildcards.method,
        files.draws,
        files.cells,
        files.forcing,
        snakemake.output[0],
        provenance(files, dict(params)),
    )
    log.info("cells: %s", ", ".join(f"{n} {status}" for status, n in projection.counts.items()))
