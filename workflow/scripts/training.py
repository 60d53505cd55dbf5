"""Training curves of the network."""

import xarray as xr

from proda.figures.style import save
from proda.figures.training import draw_training
from proda.logs import log_to

with log_to(snakemake.log[0]):
    with xr.open_dataset(snakemake.input[0]) as run:
        losses = [run["loss"].values]
        if run["profiles"].sel(role="validation") > 0:
            losses += [
                run["validation_loss"].values,
                float(run["mse_of_mean"].sel(role="validation")),
            ]
        figure = draw_training(*losses)
    save(figure, snakemake.output)
