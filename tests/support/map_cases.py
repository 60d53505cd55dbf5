"""Small regions for tests of maps, anywhere on Earth."""

import shapely

from proda.data.cells import make_cells
from proda.data.region import Region
from proda.figures.maps import RegionMap

ALPS = {"west": shapely.box(8, 44, 11, 47), "east": shapely.box(11, 44, 14, 47)}


def small_region(parts=ALPS):
    """Region of named polygons."""
    return Region("small", shapely.union_all(list(parts.values())), parts)


def small_map(parts=ALPS, resolution=1.0):
    """RegionMap of named polygons; that of the two squares has 18 cells."""
    region = small_region(parts)
    return RegionMap(region, make_cells(region, resolution))


def texts(figure):
    """All texts of a figure."""
    found = [text.get_text() for text in figure.texts]
    for axis in figure.axes:
        found += [text.get_text() for text in axis.texts]
    return found
