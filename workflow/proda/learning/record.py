"""The record of a training: losses by epoch, and errors beside those of predicting the mean."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import xarray as xr

from proda.learning.train import Trained
from proda.netcdf import save_netcdf

__all__ = ["write_training_record"]


def write_training_record(
    path: str | Path, trained: Trained, attributes: Mapping[str, object] | None = None
) -> None:
    """Write the record of a training as CF-1.11 netCDF.

    Parameters
    ----------
    path
        File to write.
    trained
        Outcome of the training on one split.
    attributes
        Further global attributes (provenance).

    Notes
    -----
    Variables: ``mse`` (member, role), ``mse_of_mean`` (role) and ``profiles`` (role), as in
    `proda.learning.train.Errors`; for each loss of the learner a variable (member, epoch) of its
    name.
    """
    errors = trained.errors
    dataset = xr.Dataset(
        coords={"role": ("role", np.array(errors.roles, dtype=object), {"long_name": "role"})},
        attrs={
            "Conventions": "CF-1.11",
            "title": "Training of a learner",
            "learner": trained.learner,
            "split": trained.split,
            **(attributes or {}),
        },
    )
    for name in trained.histories[0]:
        curve = np.array([history[name] for history in trained.histories])
        about = {"units": "1", "long_name": f"{name.replace('_', ' ')} by epoch"}
        dataset[name] = (("member", "epoch"), curve, about)
    about = {"units": "1", "long_name": "mean square error over normalised parameters"}
    dataset["mse"] = (("member", "role"), errors.mse, about)
    long_name = "mean square error of predicting the mean of the training targets everywhere"
    dataset["mse_of_mean"] = ("role", errors.mse_of_mean, {"units": "1", "long_name": long_name})
    about = {"units": "1", "long_name": "number of profiles"}
    dataset["profiles"] = ("role", errors.profiles, about)
    save_netcdf(dataset, path)
