"""Observed and modelled SOC of every horizon."""

from proda.evaluation.labels import certificate_notes, projection_labels, write_labels
from proda.evaluation.pairs import build_pairs, write_pairs
from proda.jobs import running

with running(snakemake) as log:
    files, params = snakemake.input, snakemake.params
    projections = {method: files[method] for method in params.methods}
    pairs = build_pairs(
        files.horizons,
        files.posteriors,
        files.splits or None,
        files.covariates,
        projections,
        params.vegetation,
        params.exclude_flags,
        params.require_certified,
    )
    notes = certificate_notes(projections, pairs.profiles)
    write_labels(snakemake.output.labels, projection_labels(projections), notes)
    write_pairs(pairs, snakemake.output.pairs, snakemake.output.profiles)
    log.info("%d horizons of %d profiles", len(pairs.horizons), len(pairs.profiles))
