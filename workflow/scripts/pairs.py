"""Observed and modelled SOC of every horizon."""

from proda.evaluation.pairs import build_pairs, write_pairs
from proda.jobs import running

with running(snakemake) as log:
    files, params = snakemake.input, snakemake.params
    pairs = build_pairs(
        files.horizons,
        files.posteriors,
        files.splits or None,
        files.covariates,
        {method: files[method] for method in params.methods},
        params.vegetation,
        params.exclude_flags,
    )
    write_pairs(pairs, snakemake.output.pairs, snakemake.output.profiles)
    log.info("%d horizons of %d profiles", len(pairs.horizons), len(pairs.profiles))
