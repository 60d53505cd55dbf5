"""One chain of the one-batch assimilation."""

from proda.inference.one_batch import run_one_batch_chain
from proda.inference.options import make_options
from proda.jobs import running
from proda.model import MatrixModel

with running(snakemake):
    run_one_batch_chain(
        MatrixModel(snakemake.params.structure),
        snakemake.input.observations,
        snakemake.input.forcing,
        int(snakemake.wildcards.chain),
        snakemake.output[0],
        make_options(snakemake.params.settings, snakemake.params.seed),
        {"seed": snakemake.params.seed, "code_digest": snakemake.params.code},
    )
