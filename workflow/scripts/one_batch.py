"""One posterior for all profiles, with its certificate."""

from proda.inference.one_batch import run_one_batch
from proda.inference.options import make_options
from proda.jobs import running
from proda.model import MatrixModel
from proda.provenance import provenance

with running(snakemake):
    run_one_batch(
        MatrixModel(snakemake.params.structure),
        snakemake.input.observations,
        snakemake.input.forcing,
        snakemake.output[0],
        make_options(snakemake.params.settings, snakemake.params.seed),
        provenance(snakemake.input, dict(snakemake.params), snakemake.params.seed),
        snakemake.params.require_certified,
    )
