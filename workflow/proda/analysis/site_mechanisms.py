"""Values of the mechanisms in the posteriors of the sites: mean, spread and correlation.

At each site the bulk values P of the mechanisms (``proda.model.mechanisms``) are computed for draws
of its posterior. Spread and correlation are those of ln P over the draws,

    s_m = sd(ln P_m),    r_mn = cov(ln P_m, ln P_n) / (s_m s_n)

because values are positive and enter the stock nearly as a product: a correlation of +1 of carbon
use efficiency with the decomposition rate means that a profile tells nothing about which of the two
is high. A value that does not vary, as a given carbon input, has no correlation. The spread of each
normalised parameter stands beside them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from proda.arrays import FloatArray, Theta
from proda.model import SoilModel
from proda.model.mechanisms import MECHANISMS
from proda.model.processes import PROCESS_NAMES, PROCESSES, ProcessStatus
from proda.netcdf import load_netcdf
from proda.parameters.draws import open_draws
from proda.projection.files import flags, write_projection
from proda.projection.inputs import load_sites
from proda.projection.process_maps import DrawnProcesses, spread_draws
from proda.projection.soc import DrawnSoc, Status

__all__ = [
    "SiteMechanisms",
    "mechanisms_of_places",
    "read_site_mechanisms",
    "write_site_mechanisms",
]

VALUES = [PROCESS_NAMES.index(mechanism.value) for mechanism in MECHANISMS]
# Relative spread of a value that does not vary but for rounding.
CONSTANT = 1e-9


@dataclass(frozen=True)
class SiteMechanisms:
    """Values of the mechanisms at n places over the draws of each.

    Attributes
    ----------
    status, process_status
        (n,) Status of each place and, of those with a steady state, the largest ProcessStatus of
        its draws.
    mean
        (n, mechanisms) mean over the draws, in the units of the processes; NaN where a draw has
        none.
    log_sd
        (n, mechanisms) standard deviation of the logarithm over the draws.
    correlation
        (n, mechanisms, mechanisms) of the logarithms; NaN where a value does not vary.
    """

    status: npt.NDArray[np.int8]
    process_status: npt.NDArray[np.int8]
    mean: FloatArray
    log_sd: FloatArray
    correlation: FloatArray


def mechanisms_of_places(source: DrawnProcesses) -> SiteMechanisms:
    """Mean, spread and correlation of the mechanisms' values at each place.

    Parameters
    ----------
    source
        Processes of n places.
    """
    n, m = len(source), len(MECHANISMS)
    status, process_status = np.zeros((2, n), dtype=np.int8)
    mean, log_sd = np.full((2, n, m), np.nan)
    correlation = np.full((n, m, m), np.nan)
    for i, (code, worst, of_draws) in enumerate(source):
        status[i], process_status[i] = code, worst
        if of_draws is None or worst != ProcessStatus.DEFINED:
            continue
        values = of_draws[:, VALUES]
        mean[i] = values.mean(axis=0)
        log_sd[i], correlation[i] = _spread(values)
    return SiteMechanisms(status, process_status, mean, log_sd, correlation)


def _spread(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Standard deviations and correlations of the logarithms of values (draws, mechanisms)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(values)
        logs = logs - logs.mean(axis=0)
        # Not a matrix product, which would round by the number of threads.
        covariance = (logs[:, :, None] * logs[:, None, :]).mean(axis=0)
        sd = np.sqrt(np.diag(covariance))
        sd = np.where(sd < CONSTANT, 0.0, sd)
        found = covariance / (sd[:, None] * sd)
    return sd, np.where(np.isfinite(found), np.clip(found, -1.0, 1.0), np.nan)


def write_site_mechanisms(
    model: SoilModel,
    draws_path: str | Path,
    observations_path: str | Path,
    forcing_path: str | Path,
    target: str | Path,
    max_draws: int,
    attributes: dict[str, Any] | None = None,
) -> SiteMechanisms:
    """Compute the mechanisms' values in the posteriors of the sites and write them as netCDF.

    Parameters
    ----------
    model
        The soil carbon model.
    draws_path
        Posteriors of the sites.
    observations_path, forcing_path
        Observations and forcing of the sites.
    target
        File to write.
    max_draws
        Largest number of draws of a site that are run; of more, evenly spaced ones are taken.
    attributes
        Global ones (provenance).

    Raises
    ------
    InputError
        For draws of another structure and files of different sites.
    """
    sites = load_sites(observations_path, forcing_path)
    with open_draws(draws_path, model) as draws:
        read, count = spread_draws(draws.at_profiles, draws.n_draws, max_draws)
        theta_sd = []

        def read_once(first: int, places: int) -> Theta:
            theta = read(first, places)
            theta_sd.append(theta.std(axis=1))
            return theta

        source = DrawnSoc(model, read_once, count, sites.forcing)
        found = mechanisms_of_places(DrawnProcesses(source))
    dataset = _dataset(found, sites.ids, count)
    dataset["parameter"] = ("parameter", np.array(model.parameters.names, dtype=object))
    about = {"units": "1", "long_name": "standard deviation of theta over the draws"}
    dataset["theta_sd"] = (("profile", "parameter"), np.concatenate(theta_sd), about)
    write_projection(target, dataset, attributes)
    return found


def read_site_mechanisms(path: str | Path) -> xr.Dataset:
    """Read what ``write_site_mechanisms`` wrote. Raises InputError for another file."""
    needed = ["status", "process_status", "mean", "log_sd", "correlation", "theta_sd"]
    return load_netcdf(path, "values of the mechanisms at the sites", needed)


def _dataset(found: SiteMechanisms, ids: Sequence[str], count: int) -> xr.Dataset:
    names = np.array([mechanism.name for mechanism in MECHANISMS], dtype=object)
    units = {process.name: process.units for process in PROCESSES}
    each, pair = ("profile", "mechanism"), ("profile", "mechanism", "other_mechanism")
    dataset = xr.Dataset(
        {
            "profile_id": ("profile", np.array(ids, dtype=object)),
            "mechanism": ("mechanism", names),
            "other_mechanism": ("other_mechanism", names),
            "units_of_mean": (
                "mechanism",
                np.array([units[mechanism.value] for mechanism in MECHANISMS], dtype=object),
            ),
            "mean": (each, found.mean, {"long_name": "mean of the value over the draws"}),
            "log_sd": (
                each,
                found.log_sd,
                {"units": "1", "long_name": "standard deviation of ln value over the draws"},
            ),
            "correlation": (
                pair,
                found.correlation,
                {"units": "1", "long_name": "correlation of ln values over the draws"},
            ),
        },
        attrs={
            "Conventions": "CF-1.11",
            "title": "Values of the mechanisms in the posteriors of the sites",
            "draws": count,
        },
    )
    for name, codes, kinds in (
        ("status", found.status, Status),
        ("process_status", found.process_status, ProcessStatus),
    ):
        dataset[name] = ("profile", codes, flags(kinds, "why the site has no values"))
    return dataset
