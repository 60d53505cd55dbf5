"""The file of observations: every accepted profile with its interpolation matrix.

It is written once for all profiles, because the spline needs libraries that take longer to import
than a profile to fit, and read profile by profile with netCDF4 alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

from proda.arrays import Counts, FloatArray, Horizons
from proda.config.sections.assimilation import LikelihoodSettings
from proda.data.forcing import load_site_bedrock
from proda.data.order import check_profiles
from proda.errors import InputError, number_text
from proda.files import atomic_path
from proda.inference.observations import Observations, depth_weights, interpolation_matrix
from proda.model.grid import SoilGrid
from proda.netcdf import create_netcdf, open_netcdf

__all__ = [
    "FIELDS",
    "ObservationsReader",
    "job_files",
    "open_observations",
    "require_enough",
    "require_profiles",
    "write_observations",
]

GRAMS = 1000.0  # in a kilogram
# Those of Observations.
FIELDS = ("operator", "value", "sigma", "weight", "absolute", "censored")


def write_observations(
    horizons_path: str | Path,
    target: str | Path,
    grid: SoilGrid,
    likelihood: LikelihoodSettings,
    attributes: Mapping[str, Any],
    forcing_path: str | Path | None = None,
) -> int:
    """Write the observations of all profiles of a horizons file.

    Parameters
    ----------
    horizons_path
        Accepted horizons.
    target
        File to write.
    grid
        Soil layers of the model.
    likelihood
        Interpolation and weights, names known to proda.inference.observations, and the errors.
        Weights are those within a profile, as the study's depend on its first and last horizon.
    attributes
        Global ones (provenance).
    forcing_path
        site_forcing.nc of a structure with bedrock, of the same profiles in the same order; only
        the layers above bedrock affect the observations of a profile.

    Returns
    -------
    int
        The number of profiles.

    Raises
    ------
    InputError
        For forcing of other profiles and horizons below bedrock.
    """
    needed = ("profile_id", "row_size", "node_depth", "soc_density", "censored")
    with open_netcdf(horizons_path, "horizons", needed) as source:
        ids = source["profile_id"][:]
        sizes = np.asarray(source["row_size"][:])
        depth = np.asarray(source["node_depth"][:], dtype=np.float64)
        value = np.asarray(source["soc_density"][:], dtype=np.float64)
        censored = np.asarray(source["censored"][:], dtype=np.float64)
    ends = np.cumsum(sizes)
    rows = [slice(end - size, end) for size, end in zip(sizes, ends, strict=True)]
    weight = np.concatenate([depth_weights(depth[row], likelihood.weights) for row in rows])
    if forcing_path is None:
        operators = interpolation_matrix(grid.node, depth, likelihood.interpolation)
    else:
        forced, bedrock = load_site_bedrock(forcing_path)
        check_profiles(forcing_path, forced, [str(name) for name in ids], horizons_path)
        operators = np.concatenate(
            [
                _operator_above(grid, layers, depth[row], likelihood.interpolation, name)
                for name, row, layers in zip(forced, rows, bedrock, strict=True)
            ]
        )
    absolute = GRAMS * likelihood.absolute_error
    variables = {
        "depth": (depth, "m", "middle of the horizon"),
        "value": (value, "g m-3", "soil organic carbon density"),
        "sigma": (
            np.hypot(likelihood.relative_error * value, absolute),
            "g m-3",
            "standard deviation of the value",
        ),
        "weight": (weight, "1", "weight, which divides the variance"),
        "absolute": (
            np.full_like(value, absolute),
            "g m-3",
            "absolute error of the value, beside a relative one",
        ),
        "censored": (
            censored,
            "1",
            "1 where soil organic carbon is only known to be below the value, else 0",
        ),
    }
    with atomic_path(target) as temporary, create_netcdf(temporary) as file:
        file.setncatts({"Conventions": "CF-1.11", "featureType": "profile", **attributes})
        file.createDimension("profile", len(ids))
        file.createDimension("horizon", len(depth))
        file.createDimension("layer", grid.n_layers)
        profile_id = file.createVariable("profile_id", str, ("profile",))
        profile_id.cf_role = "profile_id"
        profile_id[:] = ids
        row_size = file.createVariable("row_size", "i4", ("profile",))
        row_size.sample_dimension = "horizon"
        row_size[:] = sizes
        for name, (values, unit, long_name) in variables.items():
            variable = file.createVariable(name, "f8", ("horizon",))
            variable.setncatts({"units": unit, "long_name": long_name})
            variable[:] = values
        operator = file.createVariable("operator", "f8", ("horizon", "layer"))
        operator.long_name = "takes values at the nodes of the layers to the depths of the horizons"
        operator.units = "1"
        operator[:] = operators
    return len(ids)


def _operator_above(
    grid: SoilGrid, layers: int, depth: Horizons, method: str, name: str
) -> FloatArray:
    """Interpolation matrix of the layers above bedrock."""
    bedrock = grid.interface[layers - 1]
    for below in depth[depth > bedrock][:1]:
        expected = f"horizons above bedrock at {number_text(bedrock)} m"
        raise InputError(f"profile {name}", expected, f"one at {number_text(below)} m")
    return interpolation_matrix(grid.node, depth, method, layers)


def job_files(
    folder: Path, observations_path: str | Path, per_job: int, per_folder: int
) -> list[Path]:
    """Result files of the jobs that assimilate the profiles of an observations file.

    They are named by the first and the last profile, so that another size of job has other files.

    Parameters
    ----------
    folder
        Folder of all results.
    observations_path
        The observations file, which states the number of profiles.
    per_job
        Number of profiles of a job.
    per_folder
        Jobs that begin within the same ``per_folder`` profiles share a folder, named by the first
        of these.
    """
    with open_netcdf(observations_path, "observations") as file:
        n = len(file.dimensions["profile"])
    return [
        folder
        / f"{first // per_folder * per_folder:06d}"
        / f"{first:06d}-{min(first + per_job, n) - 1:06d}.nc"
        for first in range(0, n, per_job)
    ]


def require_profiles(observations_path: str | Path, minimum: int, learners: Sequence[str]) -> None:
    """Check that there are as many profiles as learners need.

    No more can be fitted, so that this is known before any is.

    Parameters
    ----------
    observations_path
        File of observations.
    minimum
        Number of profiles that are needed.
    learners
        Names, for the message.

    Raises
    ------
    InputError
        For fewer.
    """
    with open_netcdf(observations_path, "observations") as file:
        require_enough(len(file.dimensions["profile"]), minimum, learners)


def require_enough(n: int, minimum: int, learners: Sequence[str]) -> None:
    """Check that a number of profiles is what learners need.

    Parameters
    ----------
    n
        Number of accepted profiles.
    minimum, learners
        As for `require_profiles`.

    Raises
    ------
    InputError
        For fewer.
    """
    if n < minimum:
        hint = f"leave {', '.join(learners)} out of methods, or lower "
        hint += "learning.min_profiles; inputs/ledger_summary.csv lists why profiles were "
        hint += "excluded"
        expected = f"at least {minimum} accepted profiles to learn from"
        raise InputError("profiles", expected, str(n), hint)


class ObservationsReader:
    """An open observations file; ``sizes`` (profiles,) are the numbers of horizons."""

    def __init__(self, file: netCDF4.Dataset) -> None:
        self.file = file
        self.sizes: Counts = np.asarray(file["row_size"][:])
        self.ends = np.cumsum(self.sizes)

    def __len__(self) -> int:
        return len(self.sizes)

    def profile_id(self, i: int) -> str:
        """Identifier of profile ``i``."""
        return str(self.file["profile_id"][i])

    def observations(self, i: int) -> Observations:
        """Observations of profile ``i``. Raises InputError for values out of range."""
        rows = slice(int(self.ends[i] - self.sizes[i]), int(self.ends[i]))
        parts = {name: np.ma.filled(self.file[name][rows], np.nan) for name in FIELDS}
        return Observations(**parts)

    def all(self) -> tuple[list[str], list[Observations]]:
        """Identifiers and observations of all profiles. Raises as ``observations``.

        Variables are read as a whole: profile by profile, 120,000 profiles take two minutes.
        """
        ids = [str(name) for name in self.file["profile_id"][:]]
        whole = {name: np.ma.filled(self.file[name][:], np.nan) for name in FIELDS}
        rows = [slice(end - n, end) for n, end in zip(self.sizes, self.ends, strict=True)]
        found = [
            Observations(**{name: values[row] for name, values in whole.items()}) for row in rows
        ]
        return ids, found


@contextmanager
def open_observations(path: str | Path) -> Iterator[ObservationsReader]:
    """Open an observations file for reading some profiles or all.

    Raises
    ------
    InputError
        For another file.
    """
    with open_netcdf(path, "observations", (*FIELDS, "row_size", "profile_id")) as file:
        yield ObservationsReader(file)
