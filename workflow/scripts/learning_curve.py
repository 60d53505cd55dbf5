"""Table and figure of the learning curves of all learners."""

import pandas as pd

from proda.evaluation.labels import read_certificates, read_labels, with_labels
from proda.figures.learning_curve import draw_learning_curve
from proda.figures.style import save
from proda.jobs import running
from proda.tables import read_table, write_table

with running(snakemake):
    files, params, out = snakemake.input, snakemake.params, snakemake.output
    parts = [
        read_table(path, []).assign(method=name)
        for name, path in zip(params.methods, files.curves, strict=True)
    ]
    table = pd.concat(parts, ignore_index=True)
    table = table[["method", *(name for name in table if name != "method")]]
    labels, notes = read_labels(files.labels), read_certificates(files.labels)
    write_table(out.table, with_labels(table, labels, notes), digits=6)
    save(draw_learning_curve(table, labels), [out.figure, out.figure_pdf])
