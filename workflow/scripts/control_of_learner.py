"""Component control of a learner: stocks and skill with a mechanism or parameter held alike."""

import pandas as pd

from proda.analysis.control_tables import (
    given_rows,
    homogeneous,
    run_at_sites,
    run_on_grid,
    skill_rows,
    stock_rows,
)
from proda.analysis.places import count_reasons
from proda.data.cells import read_cells
from proda.evaluation.pairs import read_pairs
from proda.jobs import running
from proda.learning.splits import read_splits
from proda.model import MatrixModel
from proda.projection.inputs import load_sites
from proda.tables import write_table

with running(snakemake) as log:
    files, params = snakemake.input, snakemake.params
    model, name = MatrixModel(params.structure), snakemake.wildcards.learner
    sites = load_sites(files.observations, files.site_forcing)
    splits = read_splits(files.splits)
    pooled = files.pooled or None
    choices = params.constants, params.parameters
    held = homogeneous(model, sites, splits, files.posteriors, pooled, *choices)
    found = run_on_grid(model, held, files.draws, files.cells, files.forcing, params.max_draws)
    stocks = [stock_rows(name, held, found)]
    if params.default:
        cells = read_cells(files.cells)
        stocks.append(given_rows(model, name, params.default, files.default, found, cells))
    write_table(snakemake.output.stocks, pd.concat(stocks, ignore_index=True))
    runs = run_at_sites(model, held, files.blocks, sites, splits, params.max_draws)
    given = {params.default: params.default} if params.default else {}
    pairs = read_pairs(files.pairs, files.profiles)
    resampling = params.seed, params.resamples
    skill = skill_rows(name, held, runs, given, pairs, splits, *resampling)
    write_table(snakemake.output.skill, skill)
    log.info("cells: %d; without: %s", found.cells, count_reasons(found.reasons) or "none")
    log.info("sites without: %s", count_reasons(runs.reasons) or "none")
