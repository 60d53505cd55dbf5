"""Outcome of every profile: table, ledger, convergence."""

from proda.figures.convergence import draw_convergence
from proda.figures.style import save
from proda.inference.certificate import Thresholds
from proda.inference.certificate_table import certificate_table
from proda.inference.summary import profile_summary, summary_ledger
from proda.jobs import running
from proda.tables import write_table

with running(snakemake) as log:
    profiles = profile_summary(snakemake.input[0])
    ledger = summary_ledger(profiles, snakemake.params.exclude_flags)
    write_table(snakemake.output.profiles, profiles, digits=8)
    write_table(snakemake.output.ledger, ledger, digits=8)
    thresholds = Thresholds(**snakemake.params.certificate)
    certificates = certificate_table(snakemake.input[0], thresholds)
    write_table(snakemake.output.certificates, certificates, digits=6)
    figure = draw_convergence(profiles, snakemake.params.acceptance_window, thresholds)
    save(figure, [snakemake.output.figure, snakemake.output.figure_pdf])
    log.info("%s", ledger.to_string(index=False))
