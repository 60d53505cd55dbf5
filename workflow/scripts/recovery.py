"""Recovered against true parameters and stocks of a synthetic world."""

from pathlib import Path

from proda.data.cells import read_cells
from proda.evaluation.labels import read_certificates, read_labels, with_notes
from proda.evaluation.pairs import read_profiles
from proda.evaluation.parameter_means import cell_means, profile_means
from proda.evaluation.recovery import parameter_recovery, recovery_summary, stock_recovery
from proda.figures.recovery import draw_recovery
from proda.figures.style import save
from proda.jobs import running
from proda.model import MatrixModel
from proda.projection.files import read_grid_projection
from proda.tables import write_table

with running(snakemake) as log:
    files, params, out = snakemake.input, snakemake.params, snakemake.output
    model, cells = MatrixModel(params.structure), read_cells(files.cells)
    truth_sites = Path(params.truth) / "truth_sites.nc"
    truth_grid = Path(params.truth) / "truth_grid.nc"
    profiles = read_profiles(files.profiles)
    ids = list(profiles["profile_id"])
    draws = dict(zip(params.draws, files.draws, strict=True))
    at_sites = {name: profile_means(path, model, ids) for name, path in draws.items()}
    on_grid = {name: cell_means(draws[name], model, cells) for name in params.maps if name in draws}
    labels, notes = read_labels(files.labels), read_certificates(files.labels)
    table = parameter_recovery(model, profiles, at_sites, on_grid, truth_sites, truth_grid, cells)
    write_table(out.table, with_notes(table, notes, "method"), digits=6)
    summary = recovery_summary(table)
    write_table(out.summary, with_notes(summary, notes, "method"), digits=6)
    projections = {name: read_grid_projection(files[f"grid_{name}"]) for name in params.maps}
    stocks = stock_recovery(projections, truth_grid, cells)
    write_table(out.stocks, with_notes(stocks, notes, "method"), digits=6)
    save(
        draw_recovery(table, model.parameters, labels),
        [out.figure, out.figure_pdf],
    )
    log.info("%s", summary.to_string(index=False))
