"""SOC by depth and vegetation type, and how many profiles each type has."""

from proda.evaluation.pairs import read_pairs
from proda.evaluation.vegetation import vegetation_counts, vegetation_profiles
from proda.jobs import running
from proda.parameters.methods import BLOCKED_NAMES
from proda.tables import write_table

with running(snakemake) as log:
    params = snakemake.params
    pairs = read_pairs(snakemake.input.pairs, snakemake.input.profiles)
    # A learner is judged where it has not been taught.
    shown = [BLOCKED_NAMES.get(method, method) for method in params.methods]
    write_table(snakemake.output.table, vegetation_profiles(pairs, params.groups, shown), digits=6)
    counts = vegetation_counts(pairs.profiles, params.groups)
    write_table(snakemake.output.counts, counts, digits=6)
    log.info("%s", counts.to_string(index=False))
