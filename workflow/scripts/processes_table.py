"""Means and medians of the bulk processes over the cells, of all methods."""

from proda.jobs import running
from proda.projection.process_files import process_table, read_processes
from proda.tables import write_table

with running(snakemake):
    methods = snakemake.params.methods
    datasets = {name: read_processes(snakemake.input[name]) for name in methods}
    write_table(snakemake.output[0], process_table(datasets), digits=6)
