"""Equal-area maps of a region: its cells, its sites, its borders.

The Earth is the sphere on which areas of regions and cells are measured, so that equal areas of
paper are equal areas of land.
"""

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.colors import Colormap, ListedColormap, Normalize
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from proda.arrays import FloatArray, Mask
from proda.check import as_array
from proda.data.cells import Cells
from proda.data.region import EARTH_RADIUS, SEGMENT, Region
from proda.errors import InputError

__all__ = [
    "AMOUNT",
    "DEVIATION",
    "MANY_CROSSES",
    "SPREAD",
    "RegionMap",
    "equal_area_projection",
    "point_size",
]

# Perceptually uniform and colour-blind safe; dark is much, because paper is white.
AMOUNT = "viridis_r"
# Neutral in the middle, distinct at the ends also with colour vision deficiency.
DEVIATION = "RdBu_r"
# As AMOUNT, but for widths of intervals.
SPREAD = ListedColormap(colormaps["magma_r"](np.linspace(0.0, 0.88, 256)))
# Land without a value.
NO_VALUE = "0.87"

MARGIN = 0.01
"""Space around the land, as a fraction of the longer side of the map."""

DETAIL = 1 / 1500
"""Details of borders smaller than this fraction of the longer side of the map are not drawn: they
are finer than a dot of a printed panel, and a figure holds the same borders many times."""

ON_TOP = 2
"""Order of drawing from which on the parts of a map stay vectors in vector files."""

DENSE = 2000
"""Points from which on a layer is rasterised in vector files."""

OUTSIDE_NOTE = "Hatched \\\\: unlike all training sites."
"""Explains ``RegionMap.hatch_outside`` below a figure."""

UNINFORMED_HATCH = "////"
OUTSIDE_HATCH = "\\\\\\\\"
HATCH_STROKES = (("white", 1.3), ("0.2", 0.6))
"""Colour and width (pt) of hatching, the lower first: seen on pale and on dark colours."""

DOUBTED_SIZE = 7.0  # pt2, of a cross
MANY_CROSSES = 5_000
"""More crosses would hide what is below them."""

SHUFFLE_SEED = 0


class RegionMap:
    """The frame of all maps of one region.

    Coordinates x and y of the map are metres from the middle of the region.

    Parameters
    ----------
    region
        The region.
    cells
        Its grid cells.
    """

    def __init__(self, region: Region, cells: Cells) -> None:
        self.region, self.cells = region, cells
        self.middle, self.projection = equal_area_projection(region.geometry)
        land = self._to_map(region.geometry)
        west, south, east, north = land.bounds
        longer = max(east - west, north - south)
        margin = MARGIN * longer
        self.extent = (west - margin, east + margin, south - margin, north + margin)
        self._detail = DETAIL * longer
        self.land = shapely.orient_polygons(shapely.simplify(land, self._detail))

    @property
    def aspect(self) -> float:
        """Width of the map over its height."""
        west, east, south, north = self.extent
        return (east - west) / (north - south)

    def project(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Degrees -> x, y in m."""
        return self.projection(_around(np.asarray(lon, float) - self.middle), np.asarray(lat))

    def shows(self, lon: FloatArray, lat: FloatArray) -> Mask:
        """Whether points lie in the frame of the map; missing ones (NaN) do not."""
        known = np.isfinite(lon) & np.isfinite(lat) & (np.abs(lat) <= 90)
        x, y = self.project(np.where(known, lon, 0.0), np.where(known, lat, 0.0))
        west, east, south, north = self.extent
        return known & (west <= x) & (x <= east) & (south <= y) & (y <= north)

    @cached_property
    def outlines(self) -> FloatArray:
        """(n, k, 2) x and y of the corners of the n cells, whose edges follow the graticule."""
        half = self.cells.resolution / 2
        side = np.linspace(-half, half, round(np.ceil(self.cells.resolution / 0.5)) + 1)[:-1]
        low, high = np.full_like(side, -half), np.full_like(side, half)
        east = np.concatenate([side, high, -side, low])
        north = np.concatenate([low, side, high, -side])
        lon = _around(self.cells.lon - self.middle)[:, None] + east
        return np.stack(self.projection(lon, self.cells.lat[:, None] + north), axis=-1)

    @cached_property
    def borders(self) -> list[FloatArray]:
        """Lines between the parts of the region: list of (k, 2) arrays in m."""
        parts = list(self.region.parts.values())
        lines = shapely.union_all(shapely.boundary(parts))
        inner = shapely.difference(lines, shapely.boundary(self.region.geometry))
        merged = self._to_map(shapely.line_merge(inner))
        return _lines(shapely.simplify(merged, self._detail))

    @cached_property
    def _outline(self) -> Path:
        """The land, which every map of a figure draws and cuts its cells by."""
        return _path(self.land)

    @cached_property
    def _coast(self) -> list[FloatArray]:
        return _lines(shapely.boundary(self.land))

    def draw_land(self, axis: Axes, color: str = NO_VALUE) -> None:
        """Turn ``axis`` into a map: grey land, its borders, no frame."""
        west, east, south, north = self.extent
        axis.set(xlim=(west, east), ylim=(south, north), aspect="equal")
        axis.set_axis_off()
        # Land and what lies on it become one image in vector files, because borders are large and
        # a figure has many maps.
        axis.set_rasterization_zorder(ON_TOP)
        # As an artist: add_patch would look for the extremes of every edge, though limits are set.
        axis.add_artist(PathPatch(self._outline, facecolor=color, linewidth=0, zorder=0))
        for lines, width, shade in ((self.borders, 0.25, "0.35"), (self._coast, 0.45, "0.15")):
            style = {"linewidths": width, "colors": shade, "capstyle": "round"}
            axis.add_collection(LineCollection(lines, zorder=ON_TOP, **style), autolim=False)

    def draw_area(self, axis: Axes, area: shapely.Geometry, color: str) -> None:
        """Fill the land of an area, given in degrees, and draw its border."""
        land = self._to_map(shapely.intersection(area, self.region.geometry))
        simple = shapely.simplify(land, self._detail)
        if simple.is_empty:
            return
        axis.add_artist(PathPatch(_path(simple), facecolor=color, linewidth=0, zorder=1))
        style = {"linewidths": 0.5, "colors": "white"}
        axis.add_collection(
            LineCollection(_lines(shapely.boundary(simple)), zorder=1, **style), autolim=False
        )

    def draw_cells(
        self,
        axis: Axes,
        values: npt.ArrayLike,
        cmap: str | Colormap = AMOUNT,
        norm: Normalize | None = None,
    ) -> PolyCollection:
        """Draw values (n,) of the cells, cut at the coast; NaN leaves the land grey.

        Returns
        -------
        matplotlib.collections.PolyCollection
            For a colour bar.

        Raises
        ------
        InputError
            For another number of values.
        """
        values = np.asarray(values, dtype=float)
        if values.shape != (len(self.cells),):
            raise InputError("values", f"shape ({len(self.cells)},)", f"shape {values.shape}")
        known = np.isfinite(values)
        # Without antialiasing neighbours meet; with it, a seam of background shines through.
        cells = PolyCollection(
            self.outlines[known], cmap=cmap, norm=norm, antialiased=False, linewidth=0, zorder=1
        )
        cells.set_array(values[known])
        axis.add_collection(cells, autolim=False)
        cells.set_clip_path(self._outline, axis.transData)
        return cells

    def draw_points(
        self,
        axis: Axes,
        lon: npt.ArrayLike,
        lat: npt.ArrayLike,
        values: npt.ArrayLike | None = None,
        size: float | None = None,
        cmap: str | Colormap = AMOUNT,
        **style: Any,
    ) -> PathCollection:
        """Draw sites, coloured by values (n,); sites without a finite value are not drawn.

        The order of drawing is random (the same on every run), so that no end of the scale hides
        the other.

        Parameters
        ----------
        axis
            A map.
        lon, lat
            (n,) degrees.
        values
            (n,) or None.
        size
            Area of a point, pt2; by default it falls with the number of sites.
        cmap
            Colours of the values.
        **style
            Passed on to matplotlib.

        Returns
        -------
        matplotlib.collections.PathCollection
            For a colour bar.
        """
        east, north = as_array("lon", lon, (None,)), as_array("lat", lat, (None,))
        order = np.random.default_rng(SHUFFLE_SEED).permutation(east.size)
        if values is not None:
            colours = np.asarray(values, dtype=float)
            order = order[np.isfinite(colours[order])]
            style |= {"c": colours[order], "cmap": cmap}
        x, y = self.project(east[order], north[order])
        size = point_size(order.size) if size is None else size
        dense = order.size > DENSE
        # A dense layer is rasterised below the borders; without blurred rims it is small.
        style = {
            "linewidths": 0,
            "zorder": 1.5 if dense else 3,
            "antialiased": not dense,
            "clip_on": False,
            **style,
        }
        return axis.scatter(x, y, s=size, **style)

    def hatch_uninformed(self, axis: Axes, which: Mask) -> None:
        """Hatch cells (n,) near which profiles say nothing about a quantity."""
        self._hatch(axis, which, UNINFORMED_HATCH)

    def hatch_outside(self, axis: Axes, outside: Mask | None, values: FloatArray) -> bool:
        """Hatch cells outside of the area of applicability of learners, the other way.

        Parameters
        ----------
        axis
            A map of a learner.
        outside
            (cells,) which of them; None where no area is known.
        values
            (cells,) that the map shows; cells without a value are not hatched.

        Returns
        -------
        bool
            Whether there are any.
        """
        shown = np.zeros(0, bool) if outside is None else outside & np.isfinite(values)
        self._hatch(axis, shown, OUTSIDE_HATCH)
        return bool(shown.any())

    def _hatch(self, axis: Axes, which: Mask, pattern: str) -> None:
        """Hatch cells, cut at the coast."""
        if not which.any():
            return
        rings = self.outlines[which]
        codes = np.full(rings.shape[:2], Path.LINETO, Path.code_type)
        codes[:, 0] = Path.MOVETO
        # One path for all cells, so that the lines run on from cell to cell.
        path = Path(rings.reshape(-1, 2), codes.ravel())
        for colour, width in HATCH_STROKES:
            hatch = PathPatch(
                path,
                facecolor="none",
                edgecolor=colour,
                hatch=pattern,
                linewidth=0,
                zorder=1.2,
            )
            hatch.set_hatch_linewidth(width)
            axis.add_artist(hatch)
            hatch.set_clip_path(self._outline, axis.transData)

    def draw_doubted(
        self, axis: Axes, lon: npt.ArrayLike, lat: npt.ArrayLike, doubted: Mask
    ) -> bool:
        """Mark sites whose posterior is not certified by crosses, unless they would hide the map.

        Parameters
        ----------
        axis
            A map.
        lon, lat
            (n,) degrees.
        doubted
            (n,) which sites.

        Returns
        -------
        bool
            Whether there are any and all are marked; more than MANY_CROSSES are not.
        """
        east, north = np.asarray(lon, float)[doubted], np.asarray(lat, float)[doubted]
        if not 0 < east.size <= MANY_CROSSES:
            return False
        style: dict[str, Any] = {"marker": "x", "color": "black", "linewidths": 0.4}
        self.draw_points(axis, east, north, size=DOUBTED_SIZE, zorder=4, **style)
        return True

    def _to_map(self, geometry: shapely.Geometry) -> shapely.Geometry:
        """Project a geometry, edge by edge as it runs in degrees."""
        parts = [_shift(part, self.middle) for part in shapely.get_parts(geometry)]
        fine = shapely.segmentize(shapely.union_all(parts), SEGMENT)
        return shapely.transform(fine, lambda xy: np.column_stack(self.projection(*xy.T)))


def equal_area_projection(geometry: shapely.Geometry) -> tuple[float, pyproj.Proj]:
    """Choose the equal-area projection that suits a region of the Earth.

    - wider than half the Earth: Equal Earth, or Lambert's azimuthal projection about the pole;
    - about the equator: Lambert's azimuthal projection about the middle;
    - elsewhere: Albers' conic with standard parallels one sixth of the height inside the region
      (Snyder 1987, p. 99), which for the conterminous United States is close to EPSG:5070.

    Parameters
    ----------
    geometry
        In degrees.

    Returns
    -------
    tuple
        The middle meridian, in degrees, and a projection from longitude relative to it and latitude
        to metres.
    """
    west, east = _longitudes(geometry)
    _, south, _, north = geometry.bounds
    middle, centre, sixth = (west + east) / 2, (south + north) / 2, (north - south) / 6
    if east - west > 180 and south < 45 and north > -45:
        kind = "+proj=eqearth"
    elif east - west > 180:
        kind = f"+proj=laea +lat_0={90 if south > 0 else -90}"
    elif abs(centre) < 15:
        kind = f"+proj=laea +lat_0={centre}"
    else:
        kind = f"+proj=aea +lat_1={south + sixth} +lat_2={north - sixth} +lat_0={centre}"
    return middle, pyproj.Proj(f"{kind} +R={EARTH_RADIUS} +over")


def point_size(n: float) -> float:
    """Area in pt2 of each of n points on one map: few are visible, many do not merge."""
    return float(np.clip(2800 / max(n, 1), 0.7, 9.0))


def _longitudes(geometry: shapely.Geometry) -> tuple[float, float]:
    """West and east end of the shortest arc that holds the geometry; east may exceed 180."""
    west, _, east, _ = shapely.bounds(shapely.get_parts(geometry)).T
    order = np.argsort(west)
    west, east = west[order], np.maximum.accumulate(east[order])
    gaps = np.append(west[1:], west[0] + 360) - east
    widest = int(np.argmax(gaps))
    if widest == west.size - 1:
        return west[0], east[-1]
    return west[widest + 1], east[widest] + 360


def _around(longitude: FloatArray) -> FloatArray:
    """Wrap longitudes relative to the middle into [-180, 180[."""
    return (longitude + 180) % 360 - 180


def _shift(part: shapely.Geometry, middle: float) -> shapely.Geometry:
    """Move a part by whole turns to where the region is, and express longitudes from its middle."""
    west, _, east, _ = part.bounds
    turns = np.round(((west + east) / 2 - middle) / 360)
    return shapely.transform(part, lambda xy: xy - [middle + 360 * turns, 0])


def _lines(geometry: shapely.Geometry) -> list[FloatArray]:
    return [shapely.get_coordinates(line) for line in shapely.get_parts(geometry)]


def _path(geometry: shapely.Geometry) -> Path:
    """Compound matplotlib path of polygons; holes run the other way round."""
    rings = [
        shapely.get_coordinates(ring)
        for part in shapely.get_parts(geometry)
        for ring in shapely.get_rings(part)
    ]
    return Path.make_compound_path(*(Path(ring, closed=True) for ring in rings))
