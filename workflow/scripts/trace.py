"""Traces and marginal posteriors of one profile."""

from proda.figures.style import save
from proda.figures.traces import draw_traces
from proda.inference.job import run_traces
from proda.inference.options import make_options
from proda.jobs import running
from proda.model import MatrixModel

with running(snakemake):
    model = MatrixModel(snakemake.params.structure)
    options = make_options(snakemake.params.settings, snakemake.params.seed)
    profile_id, theta, burn_in = run_traces(
        model,
        snakemake.input.observations,
        snakemake.input.forcing,
        int(snakemake.wildcards.number),
        options,
    )
    save(draw_traces(profile_id, theta, model.parameters.names, burn_in), snakemake.output)
