"""What became of every profile: table, ledger, convergence."""

from proda.figures.convergence import draw_convergence
from proda.figures.style import save
from proda.files import atomic_path
from proda.inference.summary import profile_summary, summary_ledger
from proda.logs import log_to

with log_to(snakemake.log[0]) as log:
    profiles = profile_summary(snakemake.input[0])
    ledger = summary_ledger(profiles, snakemake.params.left_out)
    for table, path in ((profiles, snakemake.output.profiles), (ledger, snakemake.output.ledger)):
        with atomic_path(path) as temporary:
            table.to_csv(temporary, index=False, lineterminator="\n", float_format="%.8g")
    figure = draw_convergence(
        profiles, snakemake.params.acceptance_window, snakemake.params.greatest_rhat
    )
    save(figure, [snakemake.output.figure, snakemake.output.figure_pdf])
    log.info("%s", ledger.to_string(index=False))
