"""Files of site posteriors: one per job, and all of them gathered and flagged in one.

One CF-1.11 netCDF layout for both: a profile axis and a contiguous ragged horizon axis (9.3.3).
Only the gathered file has flags, because they alone depend on thresholds.
Written and read with netCDF4 alone, because a job for one profile must start fast.
"""

import numpy as np

from proda.errors import InputError
from proda.files import atomic_path
from proda.inference.flags import Flag, flag_profiles
from proda.inference.gev import Status as GevStatus
from proda.inference.site import Status
from proda.model.scaling import check_scaling, write_scaling
from proda.netcdf import create_netcdf, open_netcdf

__all__ = ["VARIABLES", "gather", "write_posteriors"]

THETA = "normalised parameter, value = minimum + theta (maximum - minimum)"

# name: (dimensions after profile or the ragged horizon axis, type, unit, long name)
VARIABLES = {
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
    "acceptance": (("chain",), "f4", "1", "share of accepted proposals in the formal run"),
    "proposal_scale": (("chain",), "f4", "1", "scale of the proposal found in the test run"),
    "soc_mean": (("layer",), "f8", "g m-3", "posterior mean of soil organic carbon density"),
    "soc_p05": (("layer",), "f8", "g m-3", "5th percentile of soil organic carbon density"),
    "soc_p95": (("layer",), "f8", "g m-3", "95th percentile of soil organic carbon density"),
    "predicted_mean": ("horizon", "f8", "g m-3", "posterior mean at the horizons"),
    "predicted_p05": ("horizon", "f8", "g m-3", "5th percentile at the horizons"),
    "predicted_p95": ("horizon", "f8", "g m-3", "95th percentile at the horizons"),
    "r2": ((), "f8", "1", "R2 against the 1:1 line"),
    "rmse": ((), "f8", "g m-3", "root mean square error at the horizons"),
}
FLAGS = {
    "status": ("flag_values", Status, "i1"),
    "flags": ("flag_masks", [flag for flag in Flag if flag], "u1"),
    "gev_status": ("flag_values", GevStatus, "i1"),
}
MISSING = {"i1": -1, "u1": 255}
PROFILES_PER_CHUNK = 32


def write_posteriors(path, posteriors, row_sizes, model, options, attributes):
    """Write the SitePosteriors of a job.

    row_sizes: horizons of each profile. attributes: global attributes (provenance).
    """
    with atomic_path(path) as temporary, create_netcdf(temporary) as file:
        _define(file, len(posteriors), int(sum(row_sizes)), model, options, attributes)
        first = 0
        for i, (posterior, size) in enumerate(zip(posteriors, row_sizes, strict=True)):
            file["profile_id"][i] = posterior.profile_id
            file["reason"][i] = posterior.reason
            file["status"][i] = posterior.status
            file["row_size"][i] = size
            for name, value in posterior.values.items():
                if VARIABLES[name][0] == "horizon":
                    file[name][first : first + size] = value
                else:
                    file[name][i] = value
            first += size


def gather(paths, target, acceptance_window, rhat_threshold, attributes):
    """Join the files of all jobs, in the order given, and flag; returns the number of profiles.

    acceptance_window, rhat_threshold: thresholds of proda.inference.flags. Raises InputError if
    there is no file, or one that is not whole or was fitted under other bounds of the parameters.
    """
    if not paths:
        raise InputError("site posteriors", "at least one profile to assimilate", "none")
    sizes = []
    for path in paths:
        with open_netcdf(path, "site posteriors", VARIABLES) as file:
            check_scaling(path, file)
            sizes.append((len(file.dimensions["profile"]), len(file.dimensions["horizon"])))
    profiles, horizons = np.sum(sizes, axis=0, dtype=int)
    with atomic_path(target) as temporary, create_netcdf(temporary) as out:
        i = k = 0
        for path, (n, m) in zip(paths, sizes, strict=True):
            with open_netcdf(path, "site posteriors") as file:
                if i == 0:
                    _copy_definitions(file, out, profiles, horizons, attributes)
                for name, variable in file.variables.items():
                    if variable.dimensions[:1] == ("profile",):
                        out[name][i : i + n] = variable[:]
                    elif variable.dimensions[:1] == ("horizon",):
                        out[name][k : k + m] = variable[:]
            i, k = i + n, k + m
        _write_flags(out, acceptance_window, rhat_threshold)
    return int(profiles)


def _write_flags(file, acceptance_window, rhat_threshold):
    _variable(file, "flags", "u1", ("profile",), {"long_name": "what is doubtful about the fit"})
    # Compared as stored, in single precision, so that a value at a limit stays at it.
    evidence = (np.ma.filled(file[name][:], np.nan) for name in ("acceptance", "rhat", "r2"))
    flags = flag_profiles(*evidence, acceptance_window, rhat_threshold)
    fitted = file["status"][:] == Status.FITTED
    file["flags"][:] = np.where(fitted, flags, MISSING["u1"])


def _define(file, profiles, horizons, model, options, attributes):
    file.setncatts({"Conventions": "CF-1.11", "featureType": "profile", **attributes})
    sizes = {
        "profile": profiles,
        "horizon": horizons,
        "parameter": len(model.parameters),
        "layer": model.grid.n_layers,
        "chain": options.chains,
        "draw": options.draws,
    }
    for name, size in sizes.items():
        file.createDimension(name, size)
    parameter = file.createVariable("parameter", str, ("parameter",))
    parameter.long_name = "name of the parameter"
    parameter[:] = np.array(model.parameters.names, dtype=object)
    write_scaling(file, model)
    depth = file.createVariable("layer", "f8", ("layer",))
    depth.setncatts(
        {"standard_name": "depth", "units": "m", "positive": "down", "long_name": "node depth"}
    )
    depth[:] = model.grid.node
    _variable(file, "profile_id", str, ("profile",), {"cf_role": "profile_id"})
    _variable(file, "reason", str, ("profile",), {"long_name": "why the profile was not fitted"})
    _variable(file, "status", "i1", ("profile",), {"long_name": "how the assimilation ended"})
    _variable(
        file,
        "row_size",
        "i4",
        ("profile",),
        {"long_name": "number of horizons", "sample_dimension": "horizon"},
    )
    for name, (dimensions, kind, unit, long_name) in VARIABLES.items():
        axes = ("horizon",) if dimensions == "horizon" else ("profile", *dimensions)
        texts = {"long_name": long_name} | ({"units": unit} if unit else {})
        _variable(file, name, kind, axes, texts)


def _variable(file, name, kind, dimensions, attributes):
    fill = MISSING.get(kind, np.nan) if kind is not str else None
    fill = None if kind == "i4" else fill
    variable = file.createVariable(name, kind, dimensions, fill_value=fill, **_storage(file, name))
    variable.setncatts(attributes)
    if name in FLAGS:
        attribute, members, flag_type = FLAGS[name]
        values = np.array([int(member) for member in members], dtype=flag_type)
        meanings = " ".join(member.name.lower() for member in members)
        variable.setncatts({attribute: values, "flag_meanings": meanings})


def _storage(file, name):
    """Keywords of createVariable: the draws are compressed, in chunks of whole profiles.

    They are written and read by the profile. Chunks of the library's own choice hold a few draws of
    a thousand profiles, and each is packed anew for every job that adds to it.
    """
    if name != "theta":
        return {}
    sizes = [len(file.dimensions[axis]) for axis in ("profile", *VARIABLES[name][0])]
    chunks = (min(sizes[0], PROFILES_PER_CHUNK), *sizes[1:])
    return {"zlib": True, "complevel": 1, "shuffle": True, "chunksizes": chunks}


def _copy_definitions(file, out, profiles, horizons, attributes):
    kept = {name: file.getncattr(name) for name in file.ncattrs()}
    out.setncatts(kept | attributes)
    for name, dimension in file.dimensions.items():
        size = {"profile": profiles, "horizon": horizons}.get(name, len(dimension))
        out.createDimension(name, size)
    for name, variable in file.variables.items():
        texts = {key: variable.getncattr(key) for key in variable.ncattrs() if key != "_FillValue"}
        fill = getattr(variable, "_FillValue", None)
        copy = out.createVariable(
            name, variable.dtype, variable.dimensions, fill_value=fill, **_storage(out, name)
        )
        copy.setncatts(texts)
        if variable.dimensions and variable.dimensions[0] not in ("profile", "horizon"):
            copy[:] = variable[:]
