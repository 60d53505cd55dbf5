"""Posterior draws as an xarray Dataset by chain and draw, which ArviZ takes as it is.

    import arviz
    data = arviz.InferenceData(posterior=read_posterior(path, model, profile_id="P1"))

ArviZ is not needed here. Draws of parameters are in their physical units; the files have them
normalised, those of all chains one after the other.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from proda.arrays import Draws, FloatArray
from proda.errors import InputError
from proda.files import StrPath
from proda.inference.site import SitePosterior
from proda.model import SoilModel
from proda.model.scaling import check_scaling
from proda.netcdf import open_netcdf

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["posterior_dataset", "read_posterior"]


def posterior_dataset(model: SoilModel, posterior: SitePosterior) -> "xr.Dataset":
    """Return the draws of a posterior in memory.

    Parameters
    ----------
    model
        That it was made with.
    posterior
        Of a fitted profile.

    Returns
    -------
    xarray.Dataset
        A variable (chain, draw) for each parameter with its unit and meaning, and relative_error if
        it was estimated. A random walk has kept the draws of one chain.
    """
    values = posterior.values
    chains = 1 if "drawn_chain" in values else len(values["acceptance"])
    return _dataset(
        model,
        np.asarray(values["theta"]),
        values.get("relative_error"),
        chains,
        {"profile_id": posterior.profile_id, "certified": int(values["certified"])},
    )


def read_posterior(path: StrPath, model: SoilModel, profile_id: str | None = None) -> "xr.Dataset":
    """Read the draws of a profile from site_posteriors.nc, or those of one_batch.nc.

    Parameters
    ----------
    path
        The file.
    model
        Of the same structure.
    profile_id
        The profile; None for the posterior of all profiles in one batch.

    Returns
    -------
    xarray.Dataset
        As `posterior_dataset`.

    Raises
    ------
    InputError
        For a file of another structure, a profile that is not in it or that could not be fitted.
    """
    with open_netcdf(path, "posteriors", ["theta", "acceptance"]) as file:
        check_scaling(path, file, model)
        place: Any = ...
        about: dict[str, Any] = {"certified": int(getattr(file, "certified", 0))}
        if "profile_id" in file.variables:
            ids = [str(name) for name in file["profile_id"][:]]
            if profile_id not in ids:
                known = ", ".join(ids[:5]) + (", ..." if len(ids) > 5 else "")
                raise InputError(path, "the identifier of a profile", repr(profile_id), known)
            place = ids.index(profile_id)
            about = {"profile_id": profile_id, "certified": int(file["certified"][place])}
        theta = np.ma.filled(file["theta"][place].astype(np.float64), np.nan)
        if not np.isfinite(theta).all():
            raise InputError(f"{path}, profile {profile_id}", "a fitted profile", "no draws")
        one = "drawn_chain" in file.variables and np.all(file["drawn_chain"][place] >= 0)
        chains = 1 if one else file["acceptance"][place].shape[-1]
        error = None
        if "relative_error" in file.variables:
            error = np.ma.filled(file["relative_error"][place].astype(np.float64), np.nan)
    return _dataset(model, theta, error, chains, about)


def _dataset(
    model: SoilModel,
    theta: Draws,
    relative_error: FloatArray | None,
    chains: int,
    about: dict[str, Any],
) -> "xr.Dataset":
    import xarray as xr

    # Those that are kept are evenly spaced: of every chain the same number, if it is whole.
    kept = len(theta) - len(theta) % chains
    table = model.parameters
    physical = table.to_physical(theta[:kept]).reshape(chains, kept // chains, -1)
    axes = ("chain", "draw")
    texts = zip(table.names, table.units, table.meanings, strict=True)
    variables = {
        name: (axes, physical[..., k], {"units": unit, "long_name": meaning})
        for k, (name, unit, meaning) in enumerate(texts)
    }
    if relative_error is not None:
        error = np.asarray(relative_error)[:kept].reshape(chains, -1)
        about_error = {"units": "1", "long_name": "relative error of an observation"}
        variables["relative_error"] = (axes, error, about_error)
    coordinates = {"chain": np.arange(chains), "draw": np.arange(kept // chains)}
    return xr.Dataset(variables, coordinates, about)
