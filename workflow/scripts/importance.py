"""Importance of groups of covariates for the mechanisms and for SOC."""

from proda.analysis.importance_files import importance_table, read_block_errors
from proda.evaluation.labels import read_certificates, read_labels, with_notes
from proda.figures.importance import draw_importance
from proda.figures.style import save
from proda.jobs import running
from proda.tables import write_table

with running(snakemake) as log:
    files, params, out = snakemake.input, snakemake.params, snakemake.output
    folds = {
        learner: [read_block_errors(path) for path in files[learner]] for learner in params.learners
    }
    table = importance_table(folds, params.seed, params.resamples)
    table = with_notes(table, read_certificates(files.labels), "learner")
    write_table(out.table, table, digits=6)
    save(draw_importance(table, read_labels(files.labels)), [out.figure, out.figure_pdf])
    log.info("%s", table.to_string(index=False))
