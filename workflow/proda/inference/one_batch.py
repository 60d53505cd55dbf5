"""One-batch data assimilation: one posterior for all profiles (Tao et al. 2020).

Each chain is a job of its own; the chains are joined afterwards.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

from proda.arrays import FloatArray
from proda.data.forcing import load_site_forcing
from proda.data.order import check_profiles
from proda.errors import InputError
from proda.files import atomic_path
from proda.inference.certificate import STOCKS, diagnosed_stride
from proda.inference.certification import Certification
from proda.inference.evidence import QUANTILES
from proda.inference.metropolis import run_chain
from proda.inference.observations_file import open_observations
from proda.inference.site import SiteOptions, describe_chains, soc_stocks
from proda.inference.targets import batch_target, to_theta
from proda.model import SoilModel
from proda.model.scaling import check_scaling, write_scaling
from proda.netcdf import create_netcdf, open_netcdf
from proda.streams import named_stream

__all__ = ["join_chains", "run_one_batch_chain"]

log = logging.getLogger(__name__)

# Name of the stream of random numbers (proda.streams.OWN_NAMES has it too).
STREAM = "one batch"

BY_PARAMETER = {
    "mean": "posterior mean",
    "standard_deviation": "posterior standard deviation",
    "gev_location": "location of the extreme value distribution",
    "gev_scale": "scale of the extreme value distribution",
    "gev_shape": "shape, positive with a heavy upper tail",
    "mode": "mode of that distribution",
    "gelman_rubin": "Gelman-Rubin statistic",
    "rhat": "rank-normalised split R-hat",
    "ess_bulk": "bulk effective sample size",
    "ess_tail": "tail effective sample size",
    "mcse": "Monte-Carlo error of the mean, in posterior standard deviations",
    "contraction": "1 - posterior sd / prior sd of theta",
}
BY_STOCK = {
    "stock_mean": "posterior mean of the mean SOC stock",
    "stock_standard_deviation": "its posterior standard deviation",
    "stock_rhat": "its R-hat; missing for the same stock in all draws",
    "stock_ess_bulk": "its bulk effective sample size",
    "stock_ess_tail": "its tail effective sample size",
    "stock_mcse": "Monte-Carlo error of its mean, in posterior standard deviations",
}
EVIDENCE = ("max_rhat", "min_ess_bulk", "min_ess_tail", "max_mcse", "failed_quantity")

# Stocks of a posterior of all profiles are means over at most so many of them, evenly chosen.
MAX_PROFILES = 200


def run_one_batch_chain(
    model: SoilModel,
    observations_path: str | Path,
    forcing_path: str | Path,
    chain: int,
    target: str | Path,
    options: SiteOptions,
    attributes: Mapping[str, Any],
) -> None:
    """Run one chain over all profiles and write its draws after burn-in.

    Parameters
    ----------
    model
        The soil carbon model.
    observations_path, forcing_path
        Observations and forcing of the same profiles in the same order.
    chain
        Its number, which selects the random numbers.
    target
        File to write.
    options
        With the sampler of the one-batch run.
    attributes
        Global ones (provenance).

    Raises
    ------
    InputError
        For forcing of other profiles.
    """
    with open_observations(observations_path) as reader:
        observations = [reader.observations(i) for i in range(len(reader))]
        ids = [reader.profile_id(i) for i in range(len(reader))]
    forced, forcing = load_site_forcing(forcing_path)
    check_profiles(forcing_path, forced, ids, observations_path)
    columns = model.columns(forcing)
    batch = batch_target(model, columns, observations, options.sampler.transformed)
    log.info("%d profiles in %d forcing cells", len(observations), len(batch.columns))
    started = time.perf_counter()

    def progress(done: int, acceptance: float) -> None:
        fraction = done / options.sampler.steps
        seconds = (time.perf_counter() - started) * (1.0 - fraction) / fraction
        log.info("%d steps, acceptance %.2f, %.0f s left", done, acceptance, seconds)

    result = run_chain(
        batch,
        len(model.parameters),
        options.sampler,
        named_stream(options.seed, STREAM, chain),
        progress,
    )
    first = round(options.burn_in * options.sampler.steps)
    with atomic_path(target) as temporary, create_netcdf(temporary) as file:
        file.setncatts({"Conventions": "CF-1.11", **attributes})
        file.setncatts(
            {
                "acceptance": result.acceptance,
                "proposal_scale": result.scale,
                "forcing_cells": len(batch.columns),
                "profiles": len(observations),
            }
        )
        theta = to_theta(result.draws[first:], options.sampler.transformed)
        judged = theta[None, :: diagnosed_stride(len(theta))]
        stocks = soc_stocks(model, judged, columns[:: -(-len(columns) // MAX_PROFILES)])[0]
        file.createDimension("step", len(theta))
        file.createDimension("judged_step", len(stocks))
        file.createDimension("stock", len(STOCKS))
        file.createDimension("parameter", theta.shape[1])
        parameter = file.createVariable("parameter", str, ("parameter",))
        parameter.long_name = "name of the parameter"
        parameter[:] = np.array(model.parameters.names, dtype=object)
        write_scaling(file, model)
        _write(file, "theta", ("step", "parameter"), theta, "draws after burn-in")
        about = "mean SOC stock of profiles, every n-th draw"
        _write(file, "soc_stock", ("judged_step", "stock"), stocks, about, "kg m-2")
        _write(file, "log_density", ("step",), result.log_density[first:], "log posterior density")


def join_chains(
    paths: Sequence[str | Path],
    target: str | Path,
    model: SoilModel,
    options: SiteOptions,
    attributes: Mapping[str, Any],
    require_certified: bool = False,
) -> None:
    """Join the chains and write their description by ``describe_chains``.

    Parameters
    ----------
    paths
        Files of the chains.
    target
        File that is written.
    model
        The soil carbon model, whose structure and bounds the file states.
    options
        Settings of the run: burn-in and number of draws kept.
    attributes
        Provenance, written as global attributes.
    require_certified
        Whether a posterior that is not certified is an error.

    Raises
    ------
    InputError
        For chains that stand still, whose draws do not depend on the data, and for a posterior that
        is not certified but must be.
    """
    chains, stocks, acceptance = [], [], []
    for path in paths:
        with open_netcdf(path, "a chain", ["theta", "soc_stock"]) as file:
            check_scaling(path, file, model)
            chains.append(np.asarray(file["theta"][:]))
            stocks.append(np.asarray(file["soc_stock"][:]))
            acceptance.append(file.acceptance)
            counts = {"profiles": file.profiles, "forcing_cells": file.forcing_cells}
    theta = np.stack(chains)
    posterior = describe_chains(model, theta, np.stack(stocks), STREAM, options)
    state = Certification(bool(posterior["certified"]), posterior["certificate"])
    if require_certified and not state.certified:
        raise InputError(
            STREAM,
            "a certified posterior (assimilation.require_certified)",
            state.note,
            "lengthen the chains, or let the method be marked with "
            "assimilation.require_certified: false",
        )
    with atomic_path(target) as temporary, create_netcdf(temporary) as file:
        file.setncatts({"Conventions": "CF-1.11", **attributes, **counts})
        file.setncatts({name: posterior[name] for name in EVIDENCE})
        file.setncatts(state.attributes)
        file.draws_per_chain = posterior["draws_per_chain"]
        for name, size in (
            ("draw", options.draws),
            ("parameter", theta.shape[2]),
            ("chain", len(paths)),
            ("stock", len(STOCKS)),
            ("quantile", len(QUANTILES)),
        ):
            file.createDimension(name, size)
        parameter = file.createVariable("parameter", str, ("parameter",))
        parameter.long_name = "name of the parameter"
        parameter[:] = np.array(model.parameters.names, dtype=object)
        write_scaling(file, model)
        _write(file, "theta", ("draw", "parameter"), posterior["theta"], "posterior draws")
        _write(
            file, "acceptance", ("chain",), np.array(acceptance), "fraction of accepted proposals"
        )
        chosen = file.createVariable("drawn_chain", "i1", ())
        chosen.long_name = "chain from which draws, moments and modes were taken"
        chosen[...] = posterior["drawn_chain"]
        for name, long_name in BY_PARAMETER.items():
            _write(file, name, ("parameter",), posterior[name], long_name)
        stock = file.createVariable("stock", str, ("stock",))
        stock.long_name = "SOC stock and its depths"
        stock[:] = np.array(STOCKS, dtype=object)
        _write(file, "quantile", ("quantile",), np.array(QUANTILES), "probability of the quantile")
        for name, long_name in BY_STOCK.items():
            unit = "kg m-2" if name in ("stock_mean", "stock_standard_deviation") else "1"
            _write(file, name, ("stock",), posterior[name], long_name, unit)
        axes, values = ("stock", "quantile"), posterior["stock_quantile"]
        _write(file, "stock_quantile", axes, values, "its posterior quantiles", "kg m-2")


def _write(
    file: netCDF4.Dataset,
    name: str,
    dimensions: tuple[str, ...],
    values: FloatArray,
    long_name: str,
    unit: str = "1",
) -> None:
    """Write a variable."""
    variable = file.createVariable(name, "f8", dimensions, zlib=values.size > 10_000, complevel=1)
    variable.setncatts({"units": unit, "long_name": long_name})
    variable[:] = values
