"""Spatial variation of SOC that every method explains, by depth."""

from proda.evaluation.labels import read_certificates, read_labels, with_labels
from proda.evaluation.pairs import read_pairs
from proda.evaluation.paper_values import read_paper_values
from proda.evaluation.performance import performance_table
from proda.figures.performance import draw_performance
from proda.figures.style import save
from proda.jobs import running
from proda.tables import write_table

with running(snakemake):
    files, params, out = snakemake.input, snakemake.params, snakemake.output
    labels, notes = read_labels(files.labels), read_certificates(files.labels)
    table = performance_table(
        read_pairs(files.pairs, files.profiles),
        params.methods,
        read_paper_values(),
        params.published,
        params.seed,
        params.resamples,
    )
    write_table(out.table, with_labels(table, labels, notes, "method"), digits=6)
    save(draw_performance(table, labels), [out.figure, out.figure_pdf])
