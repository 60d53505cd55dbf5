"""Sensitivity of stock and turnover to the mechanisms, of all methods: tables and figure."""

import pandas as pd

from proda.evaluation.labels import read_certificates, read_labels, with_labels, with_notes
from proda.figures.sensitivity import draw_sensitivity
from proda.figures.style import save
from proda.jobs import running
from proda.parameters.methods import SITE_BY_SITE
from proda.tables import read_table, write_table

TEXTS = ["method", "mechanism", "depth", "parameter", "mean", "cells_without"]
# Columns that rest on the posteriors of the sites, whatever the method does.
OF_SITES = {"stocks": "posterior_sd_log_value", "parameters": "posterior_sd_theta"}

with running(snakemake):
    labels = read_labels(snakemake.input.labels)
    notes = read_certificates(snakemake.input.labels)
    tables = {}
    for name in ("stocks", "turnover", "parameters", "curves"):
        parts = [read_table(path, TEXTS) for path in snakemake.input[name]]
        tables[name] = pd.concat(parts, ignore_index=True)
        table = with_labels(tables[name], labels, notes)
        if name in OF_SITES:
            known = tables[name][OF_SITES[name]].notna()
            sources = tables[name].assign(source=known.map({True: SITE_BY_SITE.name, False: ""}))
            noted = with_notes(sources, notes, "method", "source")
            table = table.assign(certificate=noted["certificate"])
        write_table(snakemake.output[name], table, digits=6)
    figure = draw_sensitivity(tables["stocks"], tables["curves"], labels)
    save(figure, [snakemake.output.figure, snakemake.output.figure_pdf])
