"""The matrix model at CLM's default parameters over a few example columns: table and plot."""

from proda.examples import read_example_columns, run_example_columns
from proda.figures.example_columns import draw_example_columns
from proda.figures.style import save
from proda.jobs import running
from proda.tables import write_table

with running(snakemake) as log:
    columns = read_example_columns(snakemake.input[0])
    result = run_example_columns(columns, snakemake.params.version)
    write_table(snakemake.output.table, result.table, digits=10)
    save(draw_example_columns(result), [snakemake.output.figure, snakemake.output.figure_pdf])
    log.info(
        "%d columns, total SOC %s gC m-2", len(columns), result.table["soc_0_380"].round().tolist()
    )
