"""Tables of runs through time."""

from proda.config.sections.transient import SITE_MEAN
from proda.evaluation.labels import read_certificates, with_notes
from proda.jobs import running
from proda.parameters.methods import SITE_BY_SITE
from proda.tables import write_table
from proda.transient.block_file import join_blocks
from proda.transient.tables import age_table, attribution_table, cell_table, change_table
from proda.transient.truth import claim_table, truth_table

TABLES = {
    "changes": change_table,
    "cells": cell_table,
    "ages": age_table,
    "attribution": attribution_table,
    "claim": claim_table,
    "truth": truth_table,
}

with running(snakemake) as log:
    files, out = snakemake.input, snakemake.output
    result = join_blocks(files.blocks)
    notes = read_certificates(files.labels)
    if SITE_BY_SITE.name in notes:  # what the mean of the sites rests on
        notes[SITE_MEAN] = notes[SITE_BY_SITE.name]
    for name, path in out.items():
        table = TABLES[name](result)
        write_table(path, with_notes(table, notes, "set"), digits=6)
        if name == "claim":
            log.info("%s", table.to_string(index=False))
