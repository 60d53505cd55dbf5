"""Figures of runs through time."""

from proda.data.cells import read_cells
from proda.data.region import read_region
from proda.evaluation.labels import read_labels
from proda.figures.style import save
from proda.figures.transient_comparison import draw_attribution, draw_comparison
from proda.figures.transient_initial import draw_initial_stock
from proda.figures.transient_maps import draw_change_maps, draw_part_maps, sample_map
from proda.figures.transient_series import draw_transient_series
from proda.jobs import running
from proda.learning.applicability import read_outside
from proda.transient.block_file import join_blocks
from proda.transient.tables import attribution_table
from proda.transient.truth import claim_table

with running(snakemake):
    files, params, out = snakemake.input, snakemake.params, snakemake.output
    result, labels = join_blocks(files.blocks), read_labels(files.labels)
    region_map = sample_map(read_region(files.region), result.cells, params.width)
    outside = None
    if files.applicable:
        everywhere = read_cells(files.cells)
        place = everywhere.index_of(result.cells.lon, result.cells.lat)
        outside = read_outside(files.applicable, everywhere)[place]
    FIGURES = {
        "series": lambda: draw_transient_series(result, labels),
        "comparison": lambda: draw_comparison(claim_table(result), labels),
        "initial": lambda: draw_initial_stock(result, labels),
        "maps": lambda: draw_change_maps(region_map, result, labels, outside),
        "attribution": lambda: draw_attribution(attribution_table(result), labels),
        "parts": lambda: draw_part_maps(region_map, result, labels, outside),
    }
    for name in params.figures:
        save(FIGURES[name](), [out[name], out[f"{name}_pdf"]])
