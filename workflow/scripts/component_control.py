"""Component control of all learners: tables and figure."""

import pandas as pd

from proda.config.sections.analysis import CHOICES
from proda.evaluation.labels import read_certificates, read_labels, with_labels, with_notes
from proda.figures.component_control import draw_component_control
from proda.figures.style import save
from proda.jobs import running
from proda.parameters.methods import ONE_BATCH, SITE_BY_SITE
from proda.tables import read_table, write_table

TEXTS = ["method", "constant", "component", "depth", "cells_without"]
# Whose posteriors the constants are taken from; their certificates count beside the learner's.
SOURCES = dict.fromkeys(CHOICES, SITE_BY_SITE.name) | {ONE_BATCH.name: ONE_BATCH.name}

with running(snakemake):
    labels = read_labels(snakemake.input.labels)
    notes = read_certificates(snakemake.input.labels)
    tables = {}
    for name in ("stocks", "skill"):
        parts = [read_table(path, TEXTS) for path in snakemake.input[name]]
        table = pd.concat(parts, ignore_index=True)
        sources = table.assign(source=table["constant"].map(SOURCES))
        certificate = with_notes(sources, notes, "method", "source")["certificate"]
        labelled = with_labels(table, labels, notes).assign(certificate=certificate)
        write_table(snakemake.output[name], labelled, digits=6)
        tables[name] = table
    figure = draw_component_control(tables["stocks"], tables["skill"], labels)
    save(figure, [snakemake.output.figure, snakemake.output.figure_pdf])
