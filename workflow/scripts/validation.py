"""Maps against measured stocks at points that were used in no fit."""

from proda.data.cells import read_cells
from proda.data.point_stocks import read_point_stocks
from proda.data.references import read_references
from proda.data.region import read_region
from proda.evaluation.labels import read_certificates, read_labels, with_labels
from proda.evaluation.validation import (
    interval_stocks,
    validation_points,
    validation_table,
)
from proda.figures.maps import RegionMap
from proda.figures.residual_maps import draw_residual_maps
from proda.figures.residuals import draw_residuals
from proda.figures.style import save
from proda.jobs import running
from proda.model.structures import get_structure
from proda.projection.files import read_grid_projection
from proda.tables import write_table

with running(snakemake) as log:
    files, params, out = snakemake.input, snakemake.params, snakemake.output
    cells, source = read_cells(files.cells), params.source
    points = read_point_stocks(source, params.data_dir, cells)
    stocks = interval_stocks(
        {name: read_grid_projection(files[f"grid_{name}"]) for name in params.methods},
        read_references(files.references),
        cells,
        get_structure(params.structure).grid,
        source["top"] / 100,
        source["bottom"] / 100,
    )
    points = validation_points(points, stocks)
    write_table(out.points, points, digits=6)
    table = validation_table(points, stocks, params.seed, params.resamples)
    labels, notes = read_labels(files.labels), read_certificates(files.labels)
    write_table(out.table, with_labels(table, labels, notes, "source"), digits=6)
    used = points[points["status"] == "accepted"]
    label = f"measured stock, {source['top']:g}-{source['bottom']:g} cm"
    modelled = {name: used[name].to_numpy() for name in stocks}
    save(
        draw_residuals(used["stock_kg_m2"].to_numpy(), modelled, label, labels),
        [out.scatter, out.scatter_pdf],
    )
    save(
        draw_residual_maps(RegionMap(read_region(files.region), cells), used, stocks, labels),
        [out.maps, out.maps_pdf],
    )
    log.info("%s", points["status"].value_counts().to_string())
    log.info("%s", table.to_string(index=False))
