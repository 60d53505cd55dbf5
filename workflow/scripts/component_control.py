"""Component control of all learners: tables and figure."""

import pandas as pd

from proda.evaluation.labels import read_certificates, read_labels, with_labels
from proda.figures.component_control import draw_component_control
from proda.figures.style import save
from proda.jobs import running
from proda.tables import read_table, write_table

TEXTS = ["method", "constant", "component", "depth", "cells_without"]

with running(snakemake):
    labels = read_labels(snakemake.input.labels)
    notes = read_certificates(snakemake.input.labels)
    tables = {}
    for name in ("stocks", "skill"):
        parts = [read_table(path, TEXTS) for path in snakemake.input[name]]
        tables[name] = pd.concat(parts, ignore_index=True)
        write_table(snakemake.output[name], with_labels(tables[name], labels, notes), digits=6)
    figure = draw_component_control(tables["stocks"], tables["skill"], labels)
    save(figure, [snakemake.output.figure, snakemake.output.figure_pdf])
