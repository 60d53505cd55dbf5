"""Bulk processes of maps and sites against the truth of a synthetic globe."""

from pathlib import Path

from proda.data.cells import read_cells
from proda.evaluation.labels import read_certificates, read_labels, with_notes
from proda.evaluation.process_recovery import process_recovery
from proda.figures.process_recovery import draw_process_recovery
from proda.figures.style import save
from proda.jobs import running
from proda.projection.process_files import read_processes
from proda.projection.site_processes import read_site_processes
from proda.tables import write_table

with running(snakemake) as log:
    files, params, out = snakemake.input, snakemake.params, snakemake.output
    table = process_recovery(
        {name: read_processes(files[name]) for name in params.methods},
        read_site_processes(files.sites),
        params.sites,
        Path(params.truth) / "truth_grid.nc",
        Path(params.truth) / "truth_sites.nc",
        read_cells(files.cells),
    )
    notes = read_certificates(files.labels)
    write_table(out.table, with_notes(table, notes, "method"), digits=6)
    save(draw_process_recovery(table, read_labels(files.labels)), [out.figure, out.figure_pdf])
    log.info("%s", table.to_string(index=False))
