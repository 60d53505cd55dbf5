"""Files of site posteriors: one per job, and all of them gathered and flagged in one.

Both have the same CF-1.11 layout with a profile axis. Only the gathered file has flags, because
they alone depend on thresholds, and the means of transformed draws, so that learners need not read
the draws. SOC of the posteriors, at all layers and horizons, is in the
projection of the site-by-site method. Files are written and read with netCDF4 alone, because a job
for one profile must start fast.
"""

from collections.abc import Mapping, Sequence
from enum import IntEnum, IntFlag
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

from proda.arrays import Counts, FloatArray, Theta
from proda.errors import InputError
from proda.files import atomic_path
from proda.inference.certificate import STOCKS, Certified
from proda.inference.certification import certification_of_sites
from proda.inference.evidence import QUANTILES
from proda.inference.flags import Flag, flag_profiles
from proda.inference.gev import Status as GevStatus
from proda.inference.site import SiteOptions, SitePosterior, Status
from proda.model import SoilModel
from proda.model.prior import Prior
from proda.model.scaling import check_scaling, write_scaling
from proda.netcdf import create_netcdf, open_netcdf

__all__ = [
    "OF_GATHERED",
    "SMALLEST",
    "VARIABLES",
    "gather",
    "transformed_means",
    "write_posteriors",
]

THETA = "normalised parameter, value = minimum + theta (maximum - minimum)"

SD = "posterior standard deviations"

# name: (dimensions after profile, type, unit, long name)
VARIABLES: dict[str, tuple[tuple[str, ...], str, str | None, str]] = {
    "theta": (("draw", "parameter"), "f4", "1", f"posterior draws: {THETA}"),
    "drawn_chain": ((), "i1", "1", "chain from which draws, moments and modes were taken"),
    "mean": (("parameter",), "f8", "1", f"posterior mean: {THETA}"),
    "standard_deviation": (("parameter",), "f8", "1", "posterior standard deviation of theta"),
    "gev_location": (("parameter",), "f8", "1", "location of the extreme value distribution"),
    "gev_scale": (("parameter",), "f8", "1", "scale of the extreme value distribution"),
    "gev_shape": (("parameter",), "f8", "1", "shape, positive with a heavy upper tail"),
    "gev_status": (("parameter",), "i1", None, "how the fit of that distribution ended"),
    "mode": (("parameter",), "f8", "1", "mode of that distribution"),
    "gelman_rubin": (("parameter",), "f4", "1", "Gelman-Rubin statistic, Tao et al. 2020 eq. 10"),
    "rhat": (("parameter",), "f4", "1", "rank-normalised split R-hat, Vehtari et al. 2021"),
    "ess_bulk": (("parameter",), "f4", "1", "bulk effective sample size of all chains"),
    "ess_tail": (("parameter",), "f4", "1", "tail effective sample size of all chains"),
    "mcse": (("parameter",), "f4", "1", f"Monte-Carlo error of the mean, in {SD}"),
    "contraction": (("parameter",), "f8", "1", "1 - posterior sd / prior sd of theta"),
    "stock_mean": (("stock",), "f8", "kg m-2", "posterior mean of the SOC stock"),
    "stock_standard_deviation": (("stock",), "f8", "kg m-2", "its posterior standard deviation"),
    "stock_quantile": (("stock", "quantile"), "f8", "kg m-2", "its posterior quantiles"),
    "stock_rhat": (("stock",), "f4", "1", "its R-hat; missing for the same stock in all draws"),
    "stock_ess_bulk": (("stock",), "f4", "1", "its bulk effective sample size"),
    "stock_ess_tail": (("stock",), "f4", "1", "its tail effective sample size"),
    "stock_mcse": (("stock",), "f4", "1", f"Monte-Carlo error of its mean, in {SD}"),
    "certified": ((), "i1", None, "certificate of parameters and SOC stocks"),
    "max_rhat": ((), "f4", "1", "largest R-hat of the certificate"),
    "min_ess_bulk": ((), "f4", "1", "smallest bulk effective sample size of the certificate"),
    "min_ess_tail": ((), "f4", "1", "smallest tail effective sample size of the certificate"),
    "max_mcse": ((), "f4", "1", f"largest Monte-Carlo error of a mean, in {SD}"),
    "draws_per_chain": ((), "i4", "1", "draws of every chain after warm-up"),
    "rounds": ((), "i4", "1", "rounds of draws until the certificate or the budget"),
    "acceptance": (("chain",), "f4", "1", "fraction of accepted proposals in the formal run"),
    "proposal_scale": (("chain",), "f4", "1", "scale of the proposal, or step of trajectories"),
    "divergences": ((), "i4", "1", "trajectories of all chains that lost their energy"),
    "r2": ((), "f8", "1", "R2 against the 1:1 line"),
    "rmse": ((), "f8", "g m-3", "root mean square error at the horizons"),
}
# Where it is estimated.
RELATIVE_ERROR: dict[str, tuple[tuple[str, ...], str, str | None, str]] = {
    "relative_error": (("draw",), "f4", "1", "posterior draws of the relative error"),
}
FLAGS: dict[str, tuple[str, Sequence[IntEnum] | Sequence[IntFlag], str]] = {
    "status": ("flag_values", list(Status), "i1"),
    "flags": ("flag_masks", [flag for flag in Flag if flag], "u1"),
    "gev_status": ("flag_values", list(GevStatus), "i1"),
    "certified": ("flag_values", list(Certified), "i1"),
}
OF_GATHERED = ("flags", "transformed_mean")
"""Variables that only the gathered file has."""
# Draws are stored in single precision and may be rounded to a bound, where Phi^-1 is infinite.
SMALLEST = 2.0**-25
MISSING = {"i1": -1, "u1": 255, "i4": -1}
PROFILES_PER_CHUNK = 32


def write_posteriors(
    path: str | Path,
    posteriors: Sequence[SitePosterior],
    row_sizes: Sequence[int] | Counts,
    model: SoilModel,
    options: SiteOptions,
    attributes: Mapping[str, Any],
) -> None:
    """Write the SitePosteriors of a job.

    Parameters
    ----------
    path
        File to write.
    posteriors
        Of the profiles of the job.
    row_sizes
        Number of horizons of each profile.
    model, options
        That the posteriors were made with.
    attributes
        Global ones (provenance).
    """
    with atomic_path(path) as temporary, create_netcdf(temporary) as file:
        _define(file, len(posteriors), model, options, attributes)
        for i, (posterior, size) in enumerate(zip(posteriors, row_sizes, strict=True)):
            file["profile_id"][i] = posterior.profile_id
            file["reason"][i] = posterior.reason
            file["status"][i] = posterior.status
            file["row_size"][i] = size
            for name in ("failed_quantity", *VARIABLES, *RELATIVE_ERROR):
                if name in posterior.values:
                    file[name][i] = posterior.values[name]


def gather(
    paths: Sequence[str | Path],
    target: str | Path,
    acceptance_window: Sequence[float],
    attributes: Mapping[str, Any],
) -> int:
    """Join the files of all jobs, in the order given, and flag the profiles.

    Parameters
    ----------
    paths
        Files of the jobs.
    target
        File to write.
    acceptance_window
        Minimum and maximum acceptance of a chain, for the flags.
    attributes
        Global ones (provenance).

    Returns
    -------
    int
        The number of profiles.

    Raises
    ------
    InputError
        If there is no file, or one that is not whole or was fitted under other bounds of the
        parameters.
    """
    if not paths:
        raise InputError("site posteriors", "at least one profile to assimilate", "none")
    sizes = []
    for path in paths:
        with open_netcdf(path, "site posteriors", VARIABLES) as file:
            check_scaling(path, file)
            sizes.append(len(file.dimensions["profile"]))
    with atomic_path(target) as temporary, create_netcdf(temporary) as out:
        first = 0
        for path, n in zip(paths, sizes, strict=True):
            with open_netcdf(path, "site posteriors") as file:
                if first == 0:
                    _copy_definitions(file, out, sum(sizes), attributes)
                    about = {"units": "1", "long_name": f"Phi(mean of Phi^-1(theta)): {THETA}"}
                    axes = ("profile", "parameter")
                    _variable(out, "transformed_mean", "f8", axes, about)
                for name, variable in file.variables.items():
                    if variable.dimensions[:1] == ("profile",):
                        values = variable[:]
                        out[name][first : first + n] = values
                        if name == "theta":
                            theta = np.ma.filled(values, np.nan)
                            out["transformed_mean"][first : first + n] = transformed_means(theta)
            first += n
        _write_flags(out, acceptance_window)
        fitted = np.asarray(out["status"][:] == Status.FITTED)
        certified = np.ma.filled(out["certified"][:], Certified.NOT_CERTIFIED)
        out.setncatts(certification_of_sites(certified, fitted).attributes)
    return sum(sizes)


def transformed_means(draws: FloatArray) -> Theta:
    """Means of transformed draws, transformed back: Phi(mean of Phi^-1(theta)).

    Parameters
    ----------
    draws
        (profiles, draws, parameters) theta, NaN for profiles that were not fitted.

    Returns
    -------
    Theta
        (profiles, parameters).
    """
    means = np.empty((draws.shape[0], draws.shape[2]))
    for first in range(0, len(means), PROFILES_PER_CHUNK):
        rows = slice(first, first + PROFILES_PER_CHUNK)
        theta = np.clip(draws[rows].astype(np.float64), SMALLEST, 1.0 - SMALLEST)
        means[rows] = Prior.from_transformed(Prior.to_transformed(theta).mean(axis=1))
    return means


def _write_flags(file: netCDF4.Dataset, acceptance_window: Sequence[float]) -> None:
    """Add the flags of all profiles."""
    _variable(file, "flags", "u1", ("profile",), {"long_name": "flags of doubtful fits"})
    # Compared as stored, in single precision, so that a value at a limit stays at it.
    acceptance, r2 = (np.ma.filled(file[name][:], np.nan) for name in ("acceptance", "r2"))
    certified = file["certified"][:] == Certified.CERTIFIED
    flags = flag_profiles(acceptance, np.ma.filled(certified, False), r2, acceptance_window)
    fitted = file["status"][:] == Status.FITTED
    file["flags"][:] = np.where(fitted, flags, MISSING["u1"])


def _define(
    file: netCDF4.Dataset,
    profiles: int,
    model: SoilModel,
    options: SiteOptions,
    attributes: Mapping[str, Any],
) -> None:
    """Define dimensions and variables."""
    file.setncatts({"Conventions": "CF-1.11", **attributes})
    sizes = {
        "profile": profiles,
        "parameter": len(model.parameters),
        "chain": options.chains,
        "draw": options.draws,
        "stock": len(STOCKS),
        "quantile": len(QUANTILES),
    }
    for name, size in sizes.items():
        file.createDimension(name, size)
    stock = file.createVariable("stock", str, ("stock",))
    stock.long_name = "SOC stock and its depths"
    stock[:] = np.array(STOCKS, dtype=object)
    quantile = file.createVariable("quantile", "f8", ("quantile",))
    quantile.setncatts({"long_name": "probability of the quantile", "units": "1"})
    quantile[:] = QUANTILES
    parameter = file.createVariable("parameter", str, ("parameter",))
    parameter.long_name = "name of the parameter"
    parameter[:] = np.array(model.parameters.names, dtype=object)
    write_scaling(file, model)
    _variable(file, "profile_id", str, ("profile",), {"cf_role": "profile_id"})
    _variable(file, "reason", str, ("profile",), {"long_name": "why the profile was not fitted"})
    _variable(file, "status", "i1", ("profile",), {"long_name": "how the assimilation ended"})
    _variable(file, "row_size", "i4", ("profile",), {"long_name": "number of horizons"})
    about = {"long_name": "what failed the certificate; empty where it is held"}
    _variable(file, "failed_quantity", str, ("profile",), about)
    variables = VARIABLES | (RELATIVE_ERROR if options.errors.estimated else {})
    for name, (dimensions, kind, unit, long_name) in variables.items():
        texts = {"long_name": long_name} | ({"units": unit} if unit else {})
        _variable(file, name, kind, ("profile", *dimensions), texts)


def _variable(
    file: netCDF4.Dataset,
    name: str,
    kind: str | type,
    dimensions: tuple[str, ...],
    attributes: Mapping[str, str],
) -> None:
    """Define a variable with its fill value and, where it has some, flags."""
    fill = MISSING.get(kind, np.nan) if isinstance(kind, str) else None
    fill = None if name == "row_size" else fill
    variable = file.createVariable(name, kind, dimensions, fill_value=fill, **_storage(file, name))
    variable.setncatts(attributes)
    if name in FLAGS:
        attribute, members, flag_type = FLAGS[name]
        values = np.array([int(member) for member in members], dtype=flag_type)
        meanings = " ".join(str(member.name).lower() for member in members)
        variable.setncatts({attribute: values, "flag_meanings": meanings})


def _storage(file: netCDF4.Dataset, name: str) -> dict[str, Any]:
    """Keywords of createVariable: the draws are compressed, in chunks of whole profiles.

    They are written and read profile by profile. The library's default chunks hold a few draws of a
    thousand profiles, and each would be compressed anew for every job that adds to it.
    """
    if name != "theta":
        return {}
    sizes = [len(file.dimensions[axis]) for axis in ("profile", *VARIABLES[name][0])]
    chunks = (min(sizes[0], PROFILES_PER_CHUNK), *sizes[1:])
    return {"zlib": True, "complevel": 1, "shuffle": True, "chunksizes": chunks}


def _copy_definitions(
    file: netCDF4.Dataset, out: netCDF4.Dataset, profiles: int, attributes: Mapping[str, Any]
) -> None:
    """Define what a job's file has, for all profiles, and copy what is not by profile."""
    kept = {name: file.getncattr(name) for name in file.ncattrs()}
    out.setncatts(kept | dict(attributes))
    for name, dimension in file.dimensions.items():
        out.createDimension(name, profiles if name == "profile" else len(dimension))
    for name, variable in file.variables.items():
        texts = {key: variable.getncattr(key) for key in variable.ncattrs() if key != "_FillValue"}
        fill = getattr(variable, "_FillValue", None)
        copy = out.createVariable(
            name, variable.dtype, variable.dimensions, fill_value=fill, **_storage(out, name)
        )
        copy.setncatts(texts)
        if variable.dimensions and variable.dimensions[0] != "profile":
            copy[:] = variable[:]
