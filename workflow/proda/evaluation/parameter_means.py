"""The parameters of a method at a place: the mean of its draws, at every profile or cell."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from proda.arrays import FloatArray, Theta
from proda.data.cells import Cells
from proda.data.order import check_cells, check_profiles
from proda.model import SoilModel
from proda.model.scaling import check_scaling
from proda.netcdf import open_netcdf
from proda.parameters.draws import open_draws

__all__ = ["cell_means", "profile_means", "site_estimates"]

CHUNK = 500  # places at a time, which bounds memory


def profile_means(path: str | Path, model: SoilModel, ids: Sequence[str]) -> Theta:
    """Mean theta at the profiles of a file of parameter draws.

    Parameters
    ----------
    path
        File of parameter draws.
    model
        Whose parameters they are.
    ids
        Profiles that the file must have, unless its draws hold for all places.

    Returns
    -------
    Theta
        (profiles, parameters), NaN where the file has none.

    Raises
    ------
    InputError
        If the file has other profiles.
    """
    with open_draws(path, model) as draws:
        if draws.profile_ids is not None:
            check_profiles(path, draws.profile_ids, ids, "the table of profiles")
        return _means(draws.at_profiles, len(ids))


def cell_means(path: str | Path, model: SoilModel, cells: Cells) -> Theta | None:
    """Mean theta (cells, parameters) of a file of draws, None where the method has no map.

    Parameters
    ----------
    path
        File of draws.
    model
        The soil carbon model, whose bounds the file must have.
    cells
        Cells of the map.

    Raises
    ------
    InputError
        For a map of other cells.
    """
    with open_draws(path, model) as draws:
        if not draws.has_cells:
            return None
        if draws.centres is not None:
            check_cells(path, draws.centres, cells)
        return _means(draws.on_cells, len(cells))


def site_estimates(
    path: str | Path, ids: Sequence[str], name: str, used: npt.ArrayLike
) -> FloatArray:
    """A variable (profiles, parameters) of the site posteriors, NaN where a profile is not used.

    Parameters
    ----------
    path
        File of site posteriors.
    ids
        Identifiers of the profiles, in the order of the file.
    name
        The variable.
    used
        Which profiles are used, (profiles,).

    Raises
    ------
    InputError
        For other profiles and other bounds of the parameters.
    """
    with open_netcdf(path, "site posteriors", ["profile_id", name]) as file:
        check_profiles(path, file["profile_id"][:], ids, "the table of profiles")
        check_scaling(path, file)
        values = np.ma.filled(file[name][:].astype(np.float64), np.nan)
    return np.where(np.asarray(used)[:, None], values, np.nan)


def _means(read: Callable[[int, int], FloatArray], n: int) -> Theta:
    """Means over the draws of n places, read in chunks."""
    parts = []
    for first in range(0, n, CHUNK):
        count = min(CHUNK, n - first)
        means = read(first, count).mean(axis=1)  # one row if the same for all places
        parts.append(np.broadcast_to(means, (count, means.shape[1])))
    return np.concatenate(parts)
