"""The matrix model at CLM's default parameters over a few example columns: table and plot."""

from proda.examples import read_example_columns, run_example_columns
from proda.figures.example_columns import draw_example_columns
from proda.figures.style import save
from proda.files import atomic_path
from proda.logs import log_to

with log_to(snakemake.log[0]) as log:
    columns = read_example_columns(snakemake.input[0])
    result = run_example_columns(columns, snakemake.params.version)
    with atomic_path(snakemake.output.table) as path:
        result.table.to_csv(path, index=False, lineterminator="\n", float_format="%.10g")
    save(draw_example_columns(result), [snakemake.output.figure, snakemake.output.figure_pdf])
    log.info(
        "%d columns, total SOC %s gC m-2", len(columns), result.table["soc_0_380"].round().tolist()
    )
