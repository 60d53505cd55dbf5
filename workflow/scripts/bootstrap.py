"""Spread of the totals of learners trained on resampled blocks."""

import pandas as pd

from proda.analysis.bootstrap import bootstrap_table
from proda.evaluation.labels import read_certificates, with_notes
from proda.evaluation.paper_values import read_paper_values
from proda.evaluation.process_totals import published_row
from proda.jobs import running
from proda.tables import read_table, write_table

with running(snakemake) as log:
    files, params = snakemake.input, snakemake.params
    paths = [path for learner in params.learners for path in files[learner]]
    parts = [read_table(path, ["learner", "quantity", "item", "unit"]) for path in paths]
    table = bootstrap_table(pd.concat(parts))
    published = read_paper_values() if params.published else None
    keys = zip(table["learner"], table["quantity"], table["item"], strict=True)
    columns = pd.DataFrame([published_row(published, *key) for key in keys])
    table = pd.concat([table, columns], axis=1)
    table = with_notes(table, read_certificates(files.labels), "learner")
    write_table(snakemake.output[0], table, digits=6)
    log.info("%s", table.to_string(index=False))
