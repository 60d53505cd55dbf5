"""Maps of the parameters that a method predicts: normalised, and in the units of the model.

Parameters are scaled linearly, so the mean of the draws is the same set in both forms. A cell has a
value where all draws have one; the sum of the input fractions is not checked here. Beside them
stands the contraction of the nearest profiles (`proda.parameters.nearby`): where it is small, a map
shows the prior and what the learner made of noise, and not the soil.
"""

from pathlib import Path

import numpy as np
import xarray as xr

from proda.arrays import FloatArray
from proda.data.cells import Cells
from proda.data.order import check_cells
from proda.errors import InputError
from proda.inference.certification import carried_certification
from proda.inference.evidence import MIN_CONTRACTION
from proda.model import SoilModel
from proda.parameters.draws import open_draws
from proda.parameters.methods import METHODS
from proda.parameters.nearby import NEAREST

__all__ = ["parameter_maps"]


def parameter_maps(
    model: SoilModel,
    method: str,
    draws_path: str | Path,
    cells: Cells,
    contraction: FloatArray,
    informed: FloatArray,
) -> xr.Dataset:
    """Maps of the parameters of a method with draws by cell.

    Parameters
    ----------
    model
        The soil carbon model.
    method
        Name of the method.
    draws_path
        Its parameter draws.
    cells
        Cells of the map.
    contraction
        (cells, parameters) of the nearest profiles.
    informed
        (parameters,) fraction of the profiles that inform a parameter.

    Returns
    -------
    Dataset
        theta_mean, theta_sd (parameter, lat, lon) of the draws, normalised. For each parameter a
        variable of its name, the mean of the draws in its own unit, and <name>_sd, their standard
        deviation (n - 1), where there are several draws. contraction (parameter, lat, lon) and
        informed_profiles (parameter). `proda.projection.files.write_projection`
        writes it.

    Raises
    ------
    InputError
        For homogeneous draws, those of another structure and other cells.
    """
    with open_draws(draws_path, model) as draws:
        if draws.centres is None:
            found = ", ".join(draws.file.variables)
            raise InputError(draws_path, "theta_cell, draws by cell", found)
        check_cells(draws_path, draws.centres, cells)
        theta, n_draws = draws.on_cells(), draws.n_draws
        certification = carried_certification(draws_path, draws.file)
    table = model.parameters
    statistics = {"mean": theta.mean(axis=1)}
    if n_draws > 1:
        statistics["sd"] = theta.std(axis=1, ddof=1)
    words = {"mean": "mean", "sd": "standard deviation"}
    dataset = xr.Dataset(
        coords={
            "parameter": (
                "parameter",
                np.array(table.names, dtype=object),
                {"long_name": "name of the parameter"},
            )
        },
        attrs={
            "Conventions": "CF-1.11",
            "title": f"Parameters of the soil carbon model: {METHODS[method].label}",
            "method": method,
            "structure": model.structure.name,
            "draws": n_draws,
            "comment": "SOC of the method is averaged over its draws, not that of these means",
            **certification,
        },
    )
    for kind, values in statistics.items():
        maps = xr.concat([cells.to_grid(column) for column in values.T], "parameter")
        about = {"units": "1", "long_name": f"normalised parameter, {words[kind]} of the draws"}
        dataset[f"theta_{kind}"] = maps.assign_attrs(about)
    near = xr.concat([cells.to_grid(column) for column in contraction.T], "parameter")
    about = {
        "units": "1",
        "long_name": f"contraction (1 - posterior sd / prior sd), median of the {NEAREST} nearest "
        "profiles",
    }
    dataset["contraction"] = near.assign_attrs(about)
    about = {
        "units": "1",
        "long_name": f"fraction of the used profiles with a contraction of {MIN_CONTRACTION} or "
        "more",
    }
    dataset["informed_profiles"] = ("parameter", informed, about)
    physical_mean = model.prior.to_physical(np.moveaxis(dataset["theta_mean"].values, 0, -1))
    for i, (name, unit, meaning) in enumerate(
        zip(table.names, table.units, table.meanings, strict=True)
    ):
        physical = {"mean": physical_mean[..., i]}
        if n_draws > 1:
            physical["sd"] = dataset["theta_sd"][i].values * model.prior.span[i]
        for kind, values in physical.items():
            about = {"units": unit, "long_name": f"{meaning}, {words[kind]} of the draws"}
            key = name if kind == "mean" else f"{name}_sd"
            dataset[key] = (("lat", "lon"), values, about)
    return dataset
