"""The chains of the one-batch assimilation, joined and judged."""

from proda.inference.one_batch import join_chains
from proda.inference.options import make_options
from proda.jobs import running
from proda.model import MatrixModel
from proda.provenance import provenance

with running(snakemake):
    join_chains(
        snakemake.input,
        snakemake.output[0],
        MatrixModel(snakemake.params.structure),
        make_options(snakemake.params.settings, snakemake.params.seed),
        provenance(snakemake.input, dict(snakemake.params), snakemake.params.seed),
        snakemake.params.require_certified,
    )
