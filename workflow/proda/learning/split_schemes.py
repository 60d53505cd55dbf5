"""The register of splits: which profiles a cross-validation holds out together.

A scheme sorts profiles into groups, and no group is divided between two folds. Profiles at one
place (closer than 1 m) share covariates and most of their errors; every scheme but the random one
keeps them together:

random   each profile by itself. Neighbours of a held-out profile train, which flatters a learner
places   profiles of one place
blocks   spatial blocks, squares of whole cells
regions  classes of a categorical covariate of the places, such as ecoregions, or else k-means
         clusters of the places on the sphere, one per fold. With as many folds as regions, one
         region after the other is predicted from all others
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from proda.arrays import Counts, FloatArray
from proda.data.cells import Cells
from proda.data.profiles.places import SAME_PLACE, positions
from proda.errors import InputError, number_text

__all__ = ["SCHEMES", "Located", "Scheme", "locate"]

STARTS = 20
"""Of the k-means clusters, the best of which is kept."""


@dataclass(frozen=True, eq=False)
class Located:
    """Where the n profiles lie.

    Attributes
    ----------
    place
        (n,) number of the place of each profile.
    position
        (places, 3) on the sphere, m from its centre.
    block
        (n,) number of the spatial block of each.
    region
        (places,) class of a categorical covariate; None if regions are clusters.
    """

    place: Counts
    position: FloatArray
    block: Counts
    region: FloatArray | None = None


Groups = Callable[[Located, int, np.random.Generator], Counts]
"""(profiles, number of folds, random numbers) to the group (n,) of each profile."""


@dataclass(frozen=True)
class Scheme:
    """A record of the register.

    Attributes
    ----------
    groups
        Sorts profiles into groups.
    noun
        What groups are called.
    hint
        What to do where there are fewer of them than folds.
    """

    groups: Groups
    noun: str
    hint: str = "fewer folds"


def locate(
    cells: Cells,
    lon: FloatArray,
    lat: FloatArray,
    block_size: float,
    classes: FloatArray | None = None,
) -> Located:
    """Places, spatial blocks and regions of profiles.

    Parameters
    ----------
    cells
        Cells of the grid, none of which two blocks may share.
    lon, lat
        (n,) degrees.
    block_size
        Edge of a block in degrees, a multiple of the cells' resolution.
    classes
        (n,) values of the categorical covariate whose classes are the regions, NaN where it is
        missing; None if there is none.

    Raises
    ------
    InputError
        For another block size, and if no profile has a class.
    """
    # Importing these takes longer than the many jobs that only read splits should wait.
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    position = positions(lon, lat)
    near = cKDTree(position).query_pairs(SAME_PLACE, output_type="ndarray")
    n = len(position)
    links = coo_matrix((np.ones(len(near)), (near[:, 0], near[:, 1])), shape=(n, n))
    _, place = connected_components(links, directed=False)
    # The place is where its first profile is: a block's edge cannot part the others from it.
    _, first = np.unique(place, return_index=True)
    block = _blocks(cells, lon[first], lat[first], block_size)
    region = None if classes is None else _regions(position, place, first, classes)
    return Located(place.astype(np.int64), position[first], block[place], region)


def _regions(position: FloatArray, place: Counts, first: Counts, classes: FloatArray) -> FloatArray:
    """Class of each place: of its first profile that has one, or else of the nearest place."""
    from scipy.spatial import cKDTree

    known = np.flatnonzero(np.isfinite(classes))
    if not known.size:
        raise InputError("regions", "a profile with the covariate", "none")
    of_places = known[np.unique(place[known], return_index=True)[1]]
    return classes[of_places[cKDTree(position[of_places]).query(position[first])[1]]]


def _blocks(cells: Cells, lon: FloatArray, lat: FloatArray, block_size: float) -> Counts:
    """Block of each place, counted in whole cells, so that rounding cannot divide one."""
    per_block = round(block_size / cells.resolution)
    if per_block < 1 or abs(per_block * cells.resolution - block_size) > 1e-9:
        expected = f"a multiple of the cells' {number_text(cells.resolution)} degrees"
        raise InputError("block_size", expected, f"{block_size!r} degrees")
    across = -(-round(360 / cells.resolution) // per_block)
    return cells.rows(lat) // per_block * across + cells.columns(lon) // per_block


def _of_profiles(located: Located, folds: int, rng: np.random.Generator) -> Counts:
    return np.arange(len(located.place))


def _of_places(located: Located, folds: int, rng: np.random.Generator) -> Counts:
    return located.place


def _of_blocks(located: Located, folds: int, rng: np.random.Generator) -> Counts:
    return located.block


def _of_regions(located: Located, folds: int, rng: np.random.Generator) -> Counts:
    """Classes of the covariate, if there is one, else clusters.

    A cluster has the places whose nearest of ``folds`` centres is the same; of several starts the
    one with the least sum of squares is kept.
    """
    if located.region is not None:
        return np.unique(located.region, return_inverse=True)[1][located.place]
    points = located.position
    if len(points) < folds:
        return located.place
    from scipy.cluster.vq import kmeans2

    best, lowest = np.zeros(len(points), dtype=np.int64), np.inf
    for _ in range(STARTS):
        drawn = points[rng.choice(len(points), folds, replace=False)]
        centres, nearest = kmeans2(points, drawn, minit="matrix", missing="warn")
        squares = float(((points - centres[nearest]) ** 2).sum())
        if len(np.unique(nearest)) == folds and squares < lowest:
            best, lowest = nearest.astype(np.int64), squares
    return best[located.place]


SCHEMES: dict[str, Scheme] = {
    "blocks": Scheme(_of_blocks, "spatial blocks", "smaller blocks or fewer folds"),
    "random": Scheme(_of_profiles, "profiles"),
    "places": Scheme(_of_places, "places"),
    "regions": Scheme(_of_regions, "regions"),
}
