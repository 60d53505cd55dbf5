"""One-batch data assimilation: one posterior for all profiles (Tao et al. 2020).

All chains run in one job, because they are judged together and go on until they are certified. The
posterior is far sharper than that of a site: searches from the prior find its modes, about which
the chains start (proda.inference.mode_search). Proposals from a mixture lead chains between regions
of the posterior (proda.inference.mixture). Where chains are not certified within half of the
budget, all their draws become warm-up: the mixture is fitted to them, which may know a region that
the warm-up had not found, and the chains start anew. Chains that still end in modes of their
own differ in their log densities, which the log and the certificate state.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

from proda.arrays import FloatArray
from proda.data.forcing import load_site_columns
from proda.data.order import check_profiles
from proda.errors import InputError
from proda.files import atomic_path
from proda.inference.batch_lanes import batch_lanes
from proda.inference.certificate import STOCKS, Certificate
from proda.inference.certification import Certification
from proda.inference.evidence import QUANTILES
from proda.inference.hmc import MAX_STARTS, Hamiltonian
from proda.inference.hmc_run import HmcRun
from proda.inference.hmc_settings import HmcSettings
from proda.inference.horizon_lanes import ErrorSettings
from proda.inference.likelihoods import ERROR_MODELS, MEDIANS
from proda.inference.metropolis import run_chain
from proda.inference.metropolis_settings import MetropolisSettings
from proda.inference.observations import Observations
from proda.inference.observations_file import open_observations
from proda.inference.place_mean import mean_over_median
from proda.inference.rounds import Finished, RoundSettings, run_rounds
from proda.inference.site import SiteOptions, describe_rounds, describe_walk, judge_draws
from proda.inference.targets import batch_target
from proda.model import SoilModel
from proda.model.scaling import write_scaling
from proda.netcdf import create_netcdf
from proda.streams import named_stream

__all__ = ["ERROR_MODEL", "MEAN_OVER_MEDIAN", "RELATIVE_ERROR", "chains_below", "run_one_batch"]

log = logging.getLogger(__name__)

# Judges the draws of the chains.
Judge = Callable[[int, FloatArray], tuple[Certificate, FloatArray]]
# Name of the stream of random numbers (proda.streams.OWN_NAMES has it too).
STREAM = "one batch"

# Relative error of every draw, with the error model as attribute, and the factor from the median to
# the mean over places where the modelled SOC is their median.
RELATIVE_ERROR, ERROR_MODEL = "relative_error", "error_model"
MEAN_OVER_MEDIAN = "mean_over_median"

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


def run_one_batch(
    model: SoilModel,
    observations_path: str | Path,
    forcing_path: str | Path,
    target: str | Path,
    options: SiteOptions,
    attributes: Mapping[str, Any],
    require_certified: bool = False,
) -> None:
    """Sample the posterior of all profiles, and write it with its certificate.

    Parameters
    ----------
    model
        The soil carbon model.
    observations_path, forcing_path
        Observations and forcing of the same profiles in the same order.
    target
        File to write.
    options
        Settings of the one-batch run.
    attributes
        Global ones (provenance).
    require_certified
        Whether a posterior that is not certified is an error.

    Raises
    ------
    InputError
        For forcing of other profiles, without a starting point, for chains that stand still, and
        for a posterior that is not certified but must be.
    """
    with open_observations(observations_path) as reader:
        ids, observations = reader.all()
    forced, columns = load_site_columns(forcing_path, model)
    check_profiles(forcing_path, forced, ids, observations_path)
    some = columns[:: -(-len(columns) // MAX_PROFILES)]
    run = _walk if isinstance(options.sampler, MetropolisSettings) else _trajectories
    posterior = run(model, columns, some, observations, options)
    if RELATIVE_ERROR in posterior and options.errors.kind in MEDIANS:
        stream = named_stream(options.seed, "mean over places", 0)
        theta = posterior["theta"]
        posterior[MEAN_OVER_MEDIAN] = mean_over_median(model, theta, columns, observations, stream)
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
        file.setncatts({"Conventions": "CF-1.11", **attributes, **state.attributes})
        file.profiles = len(ids)
        _write_posterior(file, model, posterior, options.errors)


def _walk(
    model: SoilModel,
    columns: FloatArray,
    some: FloatArray,
    observations: list[Observations],
    options: SiteOptions,
) -> dict[str, Any]:
    """Posterior by random walks, one chain after the other."""
    sampler = options.sampler
    assert isinstance(sampler, MetropolisSettings)
    target = batch_target(model, columns, observations, sampler.transformed)
    log.info("%d profiles in %d forcing cells", len(observations), len(target.columns))
    started = time.perf_counter()
    chains = []
    for chain in range(options.chains):

        def progress(done: int, acceptance: float, chain: int = chain) -> None:
            fraction = (chain + done / sampler.steps) / options.chains
            left = (time.perf_counter() - started) * (1.0 - fraction) / fraction
            text = "chain %d: %d steps, acceptance %.2f, %.0f s left"
            log.info(text, chain, done, acceptance, left)

        stream = named_stream(options.seed, STREAM, chain)
        chains.append(run_chain(target, len(model.parameters), sampler, stream, progress))
    posterior = describe_walk(model, chains, STREAM, some, options)
    return posterior | {"forcing_cells": len(target.columns)}


def _trajectories(
    model: SoilModel,
    columns: FloatArray,
    some: FloatArray,
    observations: list[Observations],
    options: SiteOptions,
) -> dict[str, Any]:
    """Posterior by trajectories, all chains side by side, until it is certified."""
    assert isinstance(options.sampler, HmcSettings)
    target = batch_lanes(model, columns, observations, options.errors)
    log.info("%d profiles in %d forcing cells", len(observations), target.cells)
    started = time.perf_counter()
    lanes = options.chains * options.sampler.levels
    streams = [named_stream(options.seed, STREAM, lane) for lane in range(lanes)]
    dimensions = len(model.parameters) + options.errors.estimated
    run = Hamiltonian(options.sampler).start(target, dimensions, streams)
    if not run.started.all():
        expected = "a parameter set of positive density for every chain"
        raise InputError("starting point", expected, f"none in {MAX_STARTS} prior draws")
    log.info("warm-up: %.0f s", time.perf_counter() - started)

    def judge(_: int, x: FloatArray) -> tuple[Certificate, FloatArray]:
        found, stocks = judge_draws(model, x, some, options.certificate)
        seconds = time.perf_counter() - started
        log.info("%d draws a chain, %.0f s: %s", x.shape[1], seconds, found.evidence)
        return found, stocks

    finished = _sample(run, judge, options)
    for chain, values in enumerate(finished.log_density):
        log.info("chain %d: log density %.1f +- %.1f", chain, values.mean(), values.std())
    posterior = describe_rounds(model, finished, STREAM, options)
    low = "" if finished.certificate.certified else chains_below(finished.log_density)
    if low:
        log.warning("%s", low)
        posterior["certificate"] += f"; {low}"
    return posterior | {"forcing_cells": target.cells}


def _sample(run: HmcRun, judge: Judge, options: SiteOptions) -> Finished:
    """All rounds of the chains; with a mixture, anew after half of the budget."""
    half = options.rounds.budget // 2
    if run.settings.components and half >= options.rounds.first:
        finished = _rounds(run, judge, replace(options.rounds, budget=half))
        if finished.certificate.certified:
            return finished
        log.info("not certified: the mixture is fitted to these draws, and the chains start anew")
        run.refit(finished.x)
    return _rounds(run, judge, options.rounds)


def _rounds(run: HmcRun, judge: Judge, settings: RoundSettings) -> Finished:
    """All rounds of the chains."""
    _, finished = next(run_rounds(run, judge, settings))
    if isinstance(finished, Exception):
        raise finished
    return finished


def chains_below(log_density: FloatArray) -> str:
    """Which chains lie below the highest one in their log density, in words.

    Parameters
    ----------
    log_density
        (chains, draws).

    Returns
    -------
    str
        Empty if no mean lies below the highest by more than the standard deviation of that chain.
    """
    mean = log_density.mean(axis=1)
    best = int(mean.argmax())
    below = mean[best] - mean
    chains = np.flatnonzero(below > log_density[best].std())
    return ", ".join(
        f"chain {chain} lies {below[chain]:.1f} below chain {best} in mean log density"
        for chain in chains.tolist()
    )


def _write_posterior(
    file: netCDF4.Dataset, model: SoilModel, posterior: Mapping[str, Any], errors: ErrorSettings
) -> None:
    """Fill a file from the description of a posterior."""
    file.setncatts({name: posterior[name] for name in (*EVIDENCE, "forcing_cells")})
    file.setncatts({name: posterior[name] for name in ("draws_per_chain", "rounds", "divergences")})
    for name, size in (
        ("draw", len(posterior["theta"])),
        ("parameter", len(model.parameters)),
        ("chain", len(posterior["acceptance"])),
        ("stock", len(STOCKS)),
        ("quantile", len(QUANTILES)),
    ):
        file.createDimension(name, size)
    parameter = file.createVariable("parameter", str, ("parameter",))
    parameter.long_name = "name of the parameter"
    parameter[:] = np.array(model.parameters.names, dtype=object)
    write_scaling(file, model)
    _write(file, "theta", ("draw", "parameter"), posterior["theta"], "posterior draws")
    if RELATIVE_ERROR in posterior:
        about = "relative error of the observations about the model, estimated"
        _write(file, RELATIVE_ERROR, ("draw",), posterior[RELATIVE_ERROR], about)
        names = {kind: name for name, kind in ERROR_MODELS.items()}
        file[RELATIVE_ERROR].setncattr(ERROR_MODEL, names[errors.kind])
    if MEAN_OVER_MEDIAN in posterior:
        about = "mean of SOC over places with the same forcing, over their median"
        _write(file, MEAN_OVER_MEDIAN, ("draw",), posterior[MEAN_OVER_MEDIAN], about)
    about = "fraction of accepted proposals"
    _write(file, "acceptance", ("chain",), posterior["acceptance"], about)
    if "drawn_chain" in posterior:
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
