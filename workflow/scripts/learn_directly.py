"""A learner without a soil model: trained on every split; SOC at all profiles and on all cells."""

import numpy as np

from proda.config.sections.learning import RANDOM
from proda.data.covariate_table import covariate_kinds
from proda.jobs import running
from proda.learning.data import read_covariates
from proda.learning.direct import DirectlyTrained, read_horizon_densities, train_directly
from proda.learning.learners import learner_options
from proda.learning.soc_members import write_soc_members
from proda.learning.splits import read_splits
from proda.model.structures import get_structure
from proda.provenance import provenance

with running(snakemake):
    files, params, out = snakemake.input, snakemake.params, snakemake.output
    learner, soil = snakemake.wildcards.learner, get_structure(params.structure).grid
    kinds = covariate_kinds(files.table, params.names)
    data = read_covariates(kinds, files.sites, files.grid or None, files.cells)
    splits = read_splits(files.splits)
    horizons = read_horizon_densities(files.observations, data.profile_id)
    options = learner_options(learner, **params.settings)
    trained = {
        split: train_directly(
            learner,
            split,
            data,
            splits,
            horizons,
            soil.node,
            options,
            params.seed,
            params.validation_fraction,
        )
        for split in splits.names
    }
    about = provenance(files, dict(params), params.seed) | {"learner": learner}
    at_profiles, *on_cells = trained.pop(RANDOM)
    ids = data.profile_id
    map_of = (data.cells, on_cells[0]) if on_cells else (None, None)
    write_soc_members(out.soc, soil, ids, at_profiles, *map_of, about)
    folds = [found[0] for found in trained.values()]
    held_out = DirectlyTrained(
        np.full_like(folds[0].soc, np.nan), np.full_like(folds[0].reasons, "")
    )
    for split, found in zip(trained, folds, strict=True):
        rows = splits.in_fold(split)
        held_out.soc[:, rows], held_out.reasons[rows] = found.soc[:, rows], found.reasons[rows]
    write_soc_members(out.blocks, soil, ids, held_out, attributes=about)
