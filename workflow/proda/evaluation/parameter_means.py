"""The parameters a method uses at a place: the mean of its draws, at every profile or cell."""

import numpy as np

from proda.data.order import check_cells, check_profiles
from proda.model.scaling import check_scaling
from proda.netcdf import open_netcdf
from proda.parameters.draws import open_draws

__all__ = ["cell_means", "profile_means", "site_estimates"]

CHUNK = 500  # places at a time, which bounds memory


def profile_means(path, model, ids):
    """Mean theta (profiles, parameters) of a file of parameter draws, NaN where there is none.

    ids: of the profiles the file must have, where it is not for all places. Raises InputError if it
    has others.
    """
    with open_draws(path, model) as draws:
        if draws.profile_ids is not None:
            check_profiles(path, draws.profile_ids, ids, "the table of profiles")
        return _means(draws.at_profiles, len(ids))


def cell_means(path, model, cells):
    """Mean theta (cells, parameters) of a file of draws, None where the method has no map.

    Raises InputError for a map of other cells.
    """
    with open_draws(path, model) as draws:
        if not draws.has_cells:
            return None
        if draws.centres is not None:
            check_cells(path, draws.centres, cells)
        return _means(draws.on_cells, len(cells))


def site_estimates(path, ids, name, used):
    """A variable (profiles, parameters) of the site posteriors, NaN where a profile is not used.

    Raises InputError for other profiles and other bounds.
    """
    with open_netcdf(path, "site posteriors", ["profile_id", name]) as file:
        check_profiles(path, file["profile_id"][:], ids, "the table of profiles")
        check_scaling(path, file)
        values = np.ma.filled(file[name][:].astype(np.float64), np.nan)
    return np.where(np.asarray(used)[:, None], values, np.nan)


def _means(read, n):
    parts = []
    for first in range(0, n, CHUNK):
        count = min(CHUNK, n - first)
        means = read(first, count).mean(axis=1)  # one row where it serves all places
        parts.append(np.broadcast_to(means, (count, means.shape[1])))
    return np.concatenate(parts)
