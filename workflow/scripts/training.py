"""Training curves of the network."""

from proda.figures.style import save
from proda.figures.training import draw_training
from proda.jobs import running
from proda.netcdf import load_netcdf

with running(snakemake):
    run = load_netcdf(
        snakemake.input[0],
        "the record of a training",
        ["loss", "validation_loss", "mse_of_mean", "profiles"],
    )
    losses, marked = [run["loss"].values], not run.attrs["certified"]
    if run["profiles"].sel(role="validation") > 0:
        losses += [run["validation_loss"].values, float(run["mse_of_mean"].sel(role="validation"))]
    save(draw_training(*losses, marked=marked), snakemake.output)
