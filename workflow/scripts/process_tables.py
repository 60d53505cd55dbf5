"""Means, totals and means by zone of the bulk processes of all methods."""

from pathlib import Path

from proda.data.cells import read_cells
from proda.data.covariates import load_grid_covariates
from proda.evaluation.labels import read_certificates, read_labels, with_notes
from proda.evaluation.paper_values import read_paper_values
from proda.evaluation.process_totals import region_totals
from proda.evaluation.process_zones import (
    TRUTH,
    climate_zones,
    latitude_zones,
    zone_table,
    zoned_maps,
)
from proda.figures.process_zones import draw_process_zones
from proda.figures.style import save
from proda.jobs import running
from proda.netcdf import load_netcdf
from proda.projection.process_files import process_table, read_processes
from proda.tables import write_table

with running(snakemake) as log:
    files, params, out = snakemake.input, snakemake.params, snakemake.output
    cells = read_cells(files.cells)
    labels, notes = read_labels(files.labels), read_certificates(files.labels)
    datasets = {name: read_processes(files[name]) for name in params.methods}
    table = process_table(datasets)
    write_table(out.table, with_notes(table, notes, "method"), digits=6)
    totals = region_totals(datasets, cells, read_paper_values() if params.published else None)
    write_table(out.totals, with_notes(totals, notes, "method"), digits=6)

    zones = [latitude_zones(cells, params.latitude_band)]
    if params.climate:
        codes = cells.from_grid(load_grid_covariates(files.covariates)[params.climate["covariate"]])
        zones.append(climate_zones(codes, params.climate["classes"]))
    maps = {name: zoned_maps(dataset, cells) for name, dataset in datasets.items()}
    if params.truth:
        with load_netcdf(Path(params.truth) / "truth_grid.nc", "true processes of a twin") as truth:
            maps[TRUTH] = zoned_maps(truth, cells)
    table = zone_table(maps, tuple(zones), cells)
    write_table(out.zones, with_notes(table, notes, "method"), digits=6)
    save(draw_process_zones(table, labels), [out.figure, out.figure_pdf])
    log.info("%s", totals.to_string(index=False))
