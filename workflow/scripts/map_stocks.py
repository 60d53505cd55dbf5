"""Stocks of a method on the grid as GeoTIFF."""

from proda.jobs import running
from proda.projection.export import export_stocks
from proda.projection.files import read_grid_projection

with running(snakemake):
    export_stocks(read_grid_projection(snakemake.input[0]), snakemake.output[0])
