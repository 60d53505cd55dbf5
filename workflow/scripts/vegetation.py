"""SOC by depth and vegetation type, and how many profiles each type has."""

from proda.evaluation.labels import read_certificates, with_notes
from proda.evaluation.pairs import read_pairs
from proda.evaluation.vegetation import vegetation_profiles
from proda.evaluation.vegetation_groups import vegetation_counts
from proda.jobs import running
from proda.parameters.methods import METHODS, blocked_name
from proda.tables import write_table

with running(snakemake) as log:
    params = snakemake.params
    pairs = read_pairs(snakemake.input.pairs, snakemake.input.profiles)
    # Learners are shown at sites whose spatial block they have not seen.
    shown = [blocked_name(m) if METHODS[m].has_blocks else m for m in params.methods]
    table = vegetation_profiles(pairs, params.groups, shown)
    table = with_notes(table, read_certificates(snakemake.input.labels), "source")
    write_table(snakemake.output.table, table, digits=6)
    counts = vegetation_counts(pairs.profiles, params.groups)
    write_table(snakemake.output.counts, counts, digits=6)
    log.info("%s", counts.to_string(index=False))
