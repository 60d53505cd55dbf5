"""Posterior of one profile, or of several one after the other."""

from proda.inference.job import run_job
from proda.inference.options import make_options
from proda.jobs import running
from proda.model import MatrixModel

with running(snakemake):
    first, last = int(snakemake.wildcards.first), int(snakemake.wildcards.last)
    run_job(
        MatrixModel(snakemake.params.structure),
        snakemake.input.observations,
        snakemake.input.forcing,
        first,
        last - first + 1,
        snakemake.output[0],
        make_options(snakemake.params.settings, snakemake.params.seed),
        {"seed": snakemake.params.seed, "code_digest": snakemake.params.code},
    )
