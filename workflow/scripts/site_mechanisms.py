"""Values of the mechanisms in the posteriors of the sites."""

from proda.analysis.site_mechanisms import write_site_mechanisms
from proda.jobs import running
from proda.model import MatrixModel
from proda.provenance import provenance

with running(snakemake) as log:
    files, params = snakemake.input, snakemake.params
    found = write_site_mechanisms(
        MatrixModel(params.structure),
        files.draws,
        files.observations,
        files.forcing,
        snakemake.output[0],
        params.max_draws,
        provenance(files, dict(params)),
    )
    log.info("sites with values: %d", (found.status + found.process_status == 0).sum())
