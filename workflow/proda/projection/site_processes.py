"""Bulk processes at the profiles: of the posterior of every site, and what the site says of them.

A site has processes where all of its posterior draws have them, in its own forcing. The prior in
the same forcing shows what the site's observations add:

    contraction = 1 - (p95 - p05 of the posterior draws) / (p95 - p05 of the prior draws)

near 0 where the observations say nothing about a process and near 1 where they determine it. Unlike
standard deviations, these widths exist where turnover times of the prior have a heavy tail. Draws
of the prior that have no processes (turnover times of more than 100,000 years) are left out.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from proda.arrays import FloatArray, Theta
from proda.data.forcing import load_site_forcing
from proda.data.order import check_profiles
from proda.model import SoilModel
from proda.model.processes import PROCESSES, ProcessStatus
from proda.netcdf import load_netcdf
from proda.parameters.draws import open_draws
from proda.projection.files import write_projection
from proda.projection.forward import STATISTICS, statistics_of_draws
from proda.projection.process_maps import DrawnProcesses, Place, spread_draws
from proda.projection.soc import DrawnSoc

__all__ = [
    "prior_draws",
    "read_site_processes",
    "site_process_values",
    "write_site_processes",
]

PRIOR_SEED = 0  # the same draws of the prior in every run
KNOWN_FRACTION = 0.5  # of the prior draws that must have processes, for a contraction
WORDS = {
    "mean": "mean of the posterior draws",
    "p05": "5th percentile of the posterior draws",
    "p95": "95th percentile of the posterior draws",
    "contraction": "contraction: 1 - posterior over prior width of 5-95 %",
}


def prior_draws(model: SoilModel, count: int) -> Theta:
    """Draws (count, parameters) of the prior, the same at every call."""
    rng = np.random.default_rng(PRIOR_SEED)
    chosen = np.empty((0, len(model.parameters)))
    while len(chosen) < count:
        theta = rng.random((count, len(model.parameters)))
        chosen = np.concatenate([chosen, theta[model.prior.feasible(theta)]])
    return chosen[:count]


def write_site_processes(
    model: SoilModel,
    posteriors_path: str | Path,
    forcing_path: str | Path,
    target: str | Path,
    max_draws: int,
    attributes: Mapping[str, Any] | None = None,
) -> xr.Dataset:
    """Compute the processes of the posterior of every site and write them.

    Parameters
    ----------
    model
        The soil carbon model.
    posteriors_path
        site_posteriors.nc.
    forcing_path
        site_forcing.nc.
    target
        File to write.
    max_draws
        Largest number of posterior draws that are run, and number of draws of the prior.
    attributes
        Global ones (provenance).

    Raises
    ------
    InputError
        For files of different profiles and for draws of another structure.
    """
    ids, forcing = load_site_forcing(forcing_path)
    with open_draws(posteriors_path, model) as draws:
        check_profiles(posteriors_path, draws.profile_ids or [], ids, str(forcing_path))
        read, count = spread_draws(draws.at_profiles, draws.n_draws, max_draws)
        posterior = DrawnProcesses(DrawnSoc(model, read, count, forcing))
        prior_theta = prior_draws(model, max_draws)[None]
        prior = DrawnProcesses(DrawnSoc(model, lambda *_: prior_theta, max_draws, forcing))
        values = site_process_values(posterior, prior)
    name = ("profile", np.array(ids, dtype=object), {"long_name": "identifier of the profile"})
    dataset = xr.Dataset(
        coords={"profile_id": name},
        attrs={
            "Conventions": "CF-1.11",
            "title": "Bulk processes of soil carbon at the profiles, of their posteriors",
            "structure": model.structure.name,
            "draws": count,
            "prior_draws": max_draws,
        },
    )
    for kind, of_sites in values.items():
        for k, process in enumerate(PROCESSES):
            units = "1" if kind == "contraction" else process.units
            about = {"units": units, "long_name": f"{process.long_name}, {WORDS[kind]}"}
            dataset[f"{process.name}_{kind}"] = ("profile", of_sites[:, k], about)
    write_projection(target, dataset, attributes)
    return dataset


def site_process_values(
    posterior: Iterable[Place], prior: Iterable[Place]
) -> dict[str, FloatArray]:
    """Statistics of the posterior and contraction of n places.

    Parameters
    ----------
    posterior, prior
        Places of `proda.projection.process_maps.DrawnProcesses`.

    Returns
    -------
    dict
        {mean, p05, p95, contraction: (n, processes)}, NaN where a place has none.
    """
    nothing = np.full(len(PROCESSES), np.nan)
    rows: dict[str, list[FloatArray]] = {name: [] for name in WORDS}
    for (_, worst, draws), (_, _, of_prior) in zip(posterior, prior, strict=True):
        if draws is None or worst != ProcessStatus.DEFINED:
            found = np.stack([nothing] * len(STATISTICS))
        else:
            found = statistics_of_draws(draws, len(STATISTICS))
        for name, values in zip(STATISTICS, found, strict=True):
            rows[name].append(values)
        width = nothing if of_prior is None else _prior_width(of_prior)
        with np.errstate(divide="ignore", invalid="ignore"):
            rows["contraction"].append(
                1.0 - (found[2] - found[1]) / np.where(width > 0, width, np.nan)
            )
    return {name: np.array(values) for name, values in rows.items()}


def _prior_width(draws: FloatArray) -> FloatArray:
    """Width (processes,) of the prior draws that have processes; NaN where too few have."""
    # A draw has all processes or none; the forcing may lack what one of them needs.
    known = np.isfinite(draws).any(axis=1)
    if known.mean() < KNOWN_FRACTION:
        return np.full(draws.shape[1], np.nan)
    low, high = np.quantile(draws[known], [0.05, 0.95], axis=0)
    return np.asarray(high - low)


def read_site_processes(path: str | Path) -> xr.Dataset:
    """Read what ``write_site_processes`` wrote. Raises InputError for another file."""
    needed = ["profile_id", *(f"{process.name}_contraction" for process in PROCESSES)]
    return load_netcdf(path, "bulk processes of the sites", needed)
