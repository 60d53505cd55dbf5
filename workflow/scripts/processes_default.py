"""Bulk processes of the matrix model at the land model's default parameters, on the grid."""

from proda.jobs import running
from proda.projection.process_files import write_default_processes
from proda.provenance import provenance

with running(snakemake) as log:
    files, params = snakemake.input, snakemake.params
    maps = write_default_processes(
        params.structure,
        params.method,
        params.version,
        files.cells,
        files.forcing,
        snakemake.output[0],
        provenance(files, dict(params)),
    )
    log.info("cells with processes: %d", (maps.status + maps.process_status == 0).sum())
