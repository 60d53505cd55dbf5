"""Bulk processes of a method's parameter draws on the grid."""

from proda.jobs import running
from proda.model import MatrixModel
from proda.projection.process_files import write_processes
from proda.provenance import provenance

with running(snakemake) as log:
    files, params = snakemake.input, snakemake.params
    maps = write_processes(
        MatrixModel(params.structure),
        snakemake.wildcards.method,
        files.draws,
        files.cells,
        files.forcing,
        snakemake.output[0],
        params.max_draws,
        provenance(files, dict(params)),
    )
    log.info("cells with processes: %d", (maps.status + maps.process_status == 0).sum())
