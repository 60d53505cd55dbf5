"""What the data near a cell say about a parameter: the contraction of the nearest profiles.

A learner predicts every parameter everywhere, also those about which no profile says anything: its
map then shows what is left of noise about the middle of the prior. The contraction of a prediction
itself is not known, as its members differ by training and initial weights and not by the data of a
place. Known is the contraction at the profiles from which was learned. A cell has the median of the
NEAREST used profiles: one alone would be a matter of chance (whether it is deep enough, for
example), and that of all profiles would hide regions.
"""

import numpy as np
from scipy.spatial import cKDTree

from proda.arrays import FloatArray
from proda.data.cells import Cells
from proda.errors import InputError
from proda.inference.evidence import MIN_CONTRACTION

__all__ = ["NEAREST", "informed_fraction", "nearby_contraction"]

NEAREST = 5
"""Number of profiles about a cell; all of them where there are fewer."""


def nearby_contraction(
    lon: FloatArray, lat: FloatArray, contraction: FloatArray, cells: Cells
) -> FloatArray:
    """Median contraction of the NEAREST profiles of each cell.

    Parameters
    ----------
    lon, lat
        (profiles,) degrees.
    contraction
        (profiles, parameters), NaN for profiles that are not used.
    cells
        Cells of the map.

    Returns
    -------
    ndarray
        (cells, parameters).

    Raises
    ------
    InputError
        If no profile has a contraction.
    """
    known = ~np.isnan(contraction).any(axis=1)
    if not known.any():
        raise InputError("contraction", "at least one used profile", "none")
    tree = cKDTree(_on_sphere(np.asarray(lon)[known], np.asarray(lat)[known]))
    count = min(NEAREST, int(known.sum()))
    _, nearest = tree.query(_on_sphere(cells.lon, cells.lat), k=count)
    median: FloatArray = np.median(contraction[known][nearest.reshape(-1, count)], axis=1)
    return median


def informed_fraction(contraction: FloatArray) -> FloatArray:
    """Fraction of the used profiles that inform each parameter, (parameters,).

    Parameters
    ----------
    contraction
        (profiles, parameters), NaN for profiles that are not used.
    """
    known = contraction[~np.isnan(contraction).any(axis=1)]
    fraction: FloatArray = (known >= MIN_CONTRACTION).mean(axis=0)
    return fraction


def _on_sphere(lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Points (n, 3) of the unit sphere, whose distances have the order of those on the ground."""
    east, north = np.radians(lon), np.radians(lat)
    return np.stack(
        [np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=-1
    )
