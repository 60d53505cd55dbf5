"""One chain of the one-batch assimilation."""

from proda.inference.one_batch import run_one_batch_chain
from proda.inference.options import make_options
from proda.logs import log_to
from proda.model import MatrixModel

with log_to(snakemake.log[0]):
    run_one_batch_chain(
        MatrixModel(snakemake.params.structure),
        snakemake.input.observations,
        snakemake.input.forcing,
        int(snakemake.wildcards.chain),
        snakemake.output[0],
        make_options(snakemake.params.settings, snakemake.params.seed),
        {"seed": snakemake.params.seed},
    )
