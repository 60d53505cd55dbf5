"""The table of the covariates that the configuration itself lists."""

from proda.files import atomic_path
from proda.jobs import running

with running(snakemake), atomic_path(snakemake.output[0]) as path:
    path.write_text(snakemake.params.table, encoding="utf-8")
