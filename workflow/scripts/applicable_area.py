"""Share of land and carbon of each learner in the area of applicability."""

from proda.data.cells import read_cells
from proda.evaluation.applicable_area import applicable_shares
from proda.evaluation.labels import read_certificates, read_labels, with_labels
from proda.jobs import running
from proda.learning.applicability import read_applicable
from proda.projection.files import read_grid_projection
from proda.tables import write_table

with running(snakemake) as log:
    files, params = snakemake.input, snakemake.params
    cells = read_cells(files.cells)
    applicable, threshold = read_applicable(files.applicable, cells)
    projections = {name: read_grid_projection(files[f"grid_{name}"]) for name in params.methods}
    table = applicable_shares(projections, cells, applicable).assign(threshold=threshold)
    labels, notes = read_labels(files.labels), read_certificates(files.labels)
    write_table(snakemake.output[0], with_labels(table, labels, notes), digits=6)
    log.info("%s", table.to_string(index=False))
