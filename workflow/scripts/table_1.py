"""Table 1: skill of every method, its gain over the one before, and the lead of the best."""

from proda.evaluation.labels import read_certificates, read_labels, with_labels, with_notes
from proda.evaluation.pairs import read_blocks, read_pairs
from proda.evaluation.paper_values import read_paper_values
from proda.evaluation.table_1 import compare_methods, comparisons, table_1
from proda.figures.skill import draw_skill
from proda.figures.style import save
from proda.jobs import running
from proda.tables import write_table

with running(snakemake) as log:
    params = snakemake.params
    pairs = read_pairs(snakemake.input.pairs, snakemake.input.profiles)
    bootstrap = {"seed": params.seed, "resamples": params.resamples}
    if snakemake.input.splits:
        bootstrap["cluster"] = read_blocks(snakemake.input.splits, pairs)
    table = table_1(pairs, params.methods, read_paper_values(), **bootstrap)
    labels, notes = read_labels(snakemake.input.labels), read_certificates(snakemake.input.labels)
    write_table(snakemake.output.table, with_labels(table, labels, notes), digits=6)
    steps = comparisons(table)
    differences = compare_methods(pairs, steps, **bootstrap)
    differences = with_notes(differences, notes, "method", "other")
    write_table(snakemake.output.differences, differences, digits=6)
    save(draw_skill(table, labels), [snakemake.output.figure, snakemake.output.figure_pdf])
    log.info("%s", table[["sites", "method", "profiles", "r2", "rmse"]].to_string(index=False))
