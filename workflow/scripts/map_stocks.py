"""Stocks of a method on the grid as GeoTIFF."""

from proda.logs import log_to
from proda.projection.export import export_stocks
from proda.projection.files import read_grid_projection

with log_to(snakemake.log[0]):
    export_stocks(read_grid_projection(snakemake.input[0]), snakemake.output[0])
