"""Table S3: stocks of the region by depth."""

from proda.data.cells import read_cells
from proda.data.references import read_references
from proda.evaluation.labels import read_certificates, read_labels, with_labels
from proda.evaluation.paper_values import read_paper_values
from proda.evaluation.table_s3 import table_s3
from proda.jobs import running
from proda.projection.files import read_grid_projection
from proda.tables import write_table

with running(snakemake) as log:
    files = snakemake.input
    projections = {
        name: read_grid_projection(files[f"grid_{name}"]) for name in snakemake.params.methods
    }
    references = read_references(files.references)
    table = table_s3(projections, references, read_cells(files.cells), read_paper_values())
    labels, notes = read_labels(files.labels), read_certificates(files.labels)
    write_table(snakemake.output[0], with_labels(table, labels, notes), digits=6)
    log.info("%s", table[["method", "interval", "total_pg"]].to_string(index=False))
