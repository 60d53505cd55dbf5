"""Parameter sets of a run through time: every method that has a map, and what it is compared with.

A set gives each cell one or several physical vectors, its members: draws of a distribution, members
of an ensemble, or one. Besides the methods of the register there are

site_mean   one set for all places, the mean of the estimates of the sites: the homogeneous
            counterpart of what the learners were trained on
truth       of a synthetic world, the parameters that it was made with

A set belongs to a model, whose switches may differ: runs at the land model's own parameters have
some of their own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from proda.arrays import Cells, Mask, Parameters, Theta
from proda.config.sections.transient import SITE_MEAN, TRUE_PARAMETERS
from proda.data.order import CENTRE_TOLERANCE
from proda.data.series import ForcingSeries
from proda.errors import InputError
from proda.inference.certification import MARK
from proda.inference.summary import profile_summary, require_used, used_profiles
from proda.model.default_runs import default_model, default_parameters, usual_version
from proda.model.scaling import check_scaling
from proda.model.soil_model import SoilModel
from proda.netcdf import open_netcdf
from proda.parameters.draws import open_draws
from proda.parameters.methods import DEFAULT, METHODS, SITE_BY_SITE, Kind, method_label
from proda.projection.process_maps import spread_draws
from proda.twin.truth import true_parameters

__all__ = [
    "SITE_MEAN",
    "TRUTH",
    "ParameterSet",
    "SetSources",
    "default_set",
    "drawn_set",
    "is_heterogeneous",
    "read_sets",
    "set_label",
    "set_of_theta",
    "site_mean_set",
    "true_set",
]

TRUTH = TRUE_PARAMETERS
LABELS = {SITE_MEAN: "Mean of sites", TRUTH: "Truth"}


@dataclass(frozen=True, eq=False)
class ParameterSet:
    """Parameters of n cells.

    Attributes
    ----------
    name
        Of the method, SITE_MEAN or TRUTH.
    model
        The soil carbon model they are run with.
    physical
        (n, members, 26) physical vectors; NaN where a cell has none.
    infeasible
        (n,) cells of which a member has input fractions that sum to 1 or more, or never decomposes
        anything.
    """

    name: str
    model: SoilModel
    physical: Parameters
    infeasible: Mask

    @property
    def members(self) -> int:
        """Number of vectors of each cell."""
        return self.physical.shape[1]


def set_label(name: str, labels: Mapping[str, str] | None = None) -> str:
    """What tables and figures call a set: the label of the run, else that of the register.

    The mean of the sites is marked as they are where posteriors are not certified.
    """
    if name in LABELS:
        doubted = (labels or {}).get(SITE_BY_SITE.name, "").endswith(MARK)
        return LABELS[name] + (MARK if doubted and name == SITE_MEAN else "")
    return (labels or {}).get(name) or method_label(name)


def is_heterogeneous(name: str) -> bool | None:
    """Whether the parameters of a set differ from place to place.

    Returns
    -------
    bool or None
        None for the truth and for parameters that were not estimated.
    """
    if name == SITE_MEAN:
        return False
    if name == TRUTH or METHODS[name].kind is Kind.GIVEN:
        return None
    return not METHODS[name].homogeneous


def drawn_set(
    name: str, model: SoilModel, path: str | Path, series: ForcingSeries, members: int
) -> ParameterSet:
    """Draws of a method, in the columns of a series.

    Parameters
    ----------
    name
        Of the method.
    model
        The soil carbon model.
    path
        File of its draws.
    series
        Whose columns.
    members
        Largest number of draws; of more, evenly spaced ones are taken.

    Raises
    ------
    InputError
        For draws of another structure, without a map or of other cells.
    """
    numbers = series.cells.cell[series.positions]
    with open_draws(path, model) as draws:
        if not draws.has_cells:
            raise InputError(path, "parameters on the cells of the grid", "none")
        read, _ = spread_draws(draws.on_cells, draws.n_draws, members)
        if draws.centres is not None:
            _check_places(path, draws.centres, series)
        if draws.homogeneous or not len(numbers):
            theta = read(0, 1)
        else:
            first, last = int(numbers.min()), int(numbers.max())
            theta = read(first, last - first + 1)[numbers - first]
    return set_of_theta(name, model, theta, len(numbers))


def set_of_theta(name: str, model: SoilModel, theta: Theta, n: int) -> ParameterSet:
    """Set of normalised parameters.

    Parameters
    ----------
    name
        Of the set.
    model
        The soil carbon model.
    theta
        (n, members, parameters), or (1, members, parameters) for all cells.
    n
        Number of cells.
    """
    missing = np.isnan(theta).any(axis=-1)
    physical = model.prior.to_vector(theta)
    possible = model.prior.feasible(theta) & ~model.sets_without_decomposition(physical)
    infeasible = (~missing & ~possible).any(axis=1)
    shape = (n, *physical.shape[1:])
    return ParameterSet(
        name, model, np.broadcast_to(physical, shape), np.broadcast_to(infeasible, (n,))
    )


def default_set(
    name: str, structure: str, version: str | None, series: ForcingSeries
) -> ParameterSet:
    """The land model's own parameters.

    Parameters
    ----------
    name
        Of the method.
    structure
        Name of the structure.
    version
        Of the land model; None for the usual one of the structure.
    series
        Whose columns; the forcing of the first base year has what the parameters depend on.
    """
    version = version or usual_version(structure)
    first = series.base_years[0]
    physical = default_parameters(structure, series.forcing(first, first), version)
    model = default_model(structure, version)
    return ParameterSet(name, model, physical[:, None], np.zeros(len(physical), dtype=bool))


def site_mean_set(
    model: SoilModel,
    path: str | Path,
    exclude_flags: Sequence[str],
    require_certified: bool,
    n: int,
) -> ParameterSet:
    """One set for all places, the mean of the estimates of the used sites.

    Parameters
    ----------
    model
        The soil carbon model.
    path
        File of the posteriors of the sites.
    exclude_flags
        Flags for which a fitted profile is not used.
    require_certified
        Whether a used profile without certificate is an error.
    n
        Number of cells.

    Raises
    ------
    InputError
        Without a used profile, and for a mean that cannot be run.
    """
    summary = profile_summary(path)
    require_used(path, summary, exclude_flags, require_certified)
    with open_netcdf(path, "site posteriors", ["mean"]) as file:
        check_scaling(path, file, model)
        means = np.ma.filled(file["mean"][:].astype(np.float64), np.nan)
    mean = means[used_profiles(summary, exclude_flags)].mean(axis=0)
    found = set_of_theta(SITE_MEAN, model, mean[None, None], n)
    if found.infeasible.any():
        raise InputError(
            f"{path}, mean of the sites",
            "input fractions that sum to less than 1",
            "1 or more",
            f"leave {SITE_MEAN} out of transient.methods",
        )
    return found


def true_set(model: SoilModel, path: str | Path, series: ForcingSeries) -> ParameterSet:
    """The parameters that a synthetic world was made with.

    Parameters
    ----------
    model
        The soil carbon model.
    path
        truth_grid.nc.
    series
        Whose columns.

    Raises
    ------
    InputError
        For the truth of another structure and of other cells.
    """
    rows = series.positions
    theta = true_parameters(path, model, series.cells.lat[rows], series.cells.lon[rows])
    return set_of_theta(TRUTH, model, theta[:, None], len(rows))


def _check_places(path: str | Path, centres: tuple[Cells, Cells], series: ForcingSeries) -> None:
    """Require that the cells of a file of draws are those of the series, by their numbers."""
    numbers = series.cells.cell
    if len(centres[0]) <= numbers.max(initial=-1):
        raise InputError(path, f"more than {numbers.max()} cells", f"{len(centres[0])} cells")
    own = series.cells.lat, series.cells.lon
    apart = np.maximum(*(np.abs(a[numbers] - b) for a, b in zip(centres, own, strict=True)))
    for k in np.flatnonzero(apart > CENTRE_TOLERANCE)[:1]:
        expected = f"centre {own[0][k]} N {own[1][k]} E, as in the series"
        raise InputError(f"{path}, cell {numbers[k]}", expected, "another one")


@dataclass(frozen=True)
class SetSources:
    """Where the parameters of a run come from.

    Attributes
    ----------
    draws
        Files of draws by method.
    posteriors
        Posteriors of the sites.
    exclude_flags, require_certified
        Flags for which a fitted profile is not used, and whether one without certificate is an
        error.
    truth
        truth_grid.nc of a synthetic world.
    version
        Of the land model's own parameters; None for the usual one.
    members
        Largest number of draws of a method.
    """

    draws: Mapping[str, str | Path]
    posteriors: str | Path | None = None
    exclude_flags: Sequence[str] = ()
    require_certified: bool = False
    truth: str | Path | None = None
    version: str | None = None
    members: int = 1


def read_sets(
    names: Sequence[str], model: SoilModel, series: ForcingSeries, sources: SetSources
) -> list[ParameterSet]:
    """Parameter sets of a block, in the order of their names.

    Parameters
    ----------
    names
        Methods, SITE_MEAN or TRUTH.
    model
        The soil carbon model.
    series
        Of the block.
    sources
        Where they come from.

    Raises
    ------
    InputError
        For parameters that do not fit.
    """
    found = []
    for name in names:
        if name == TRUTH and sources.truth is not None:
            found.append(true_set(model, sources.truth, series))
        elif name == SITE_MEAN and sources.posteriors is not None:
            found.append(
                site_mean_set(
                    model,
                    sources.posteriors,
                    sources.exclude_flags,
                    sources.require_certified,
                    len(series),
                )
            )
        elif name in sources.draws:
            found.append(drawn_set(name, model, sources.draws[name], series, sources.members))
        elif name == DEFAULT.name:
            found.append(default_set(name, model.structure.name, sources.version, series))
        else:
            raise InputError("parameter sets", "a method with parameters", name)
    return found
