"""Small regions for tests of maps, anywhere on Earth."""

import numpy as np
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


def hatched_cells(chart, axis, pattern):
    """Number of cells that are hatched with a pattern on a map, by a light and a dark stroke."""
    found = [patch for patch in axis.patches if patch.get_hatch() == pattern]
    # A light stroke below a dark one shows on every colour.
    brightness = [sum(patch.get_edgecolor()[:3]) for patch in found]
    assert np.allclose(brightness, [3.0, 0.6][: len(found)]) and len(found) in (0, 2)
    corners = chart.outlines.shape[1]
    (cells,) = {len(patch.get_path().vertices) / corners for patch in found} or {0}
    return cells
