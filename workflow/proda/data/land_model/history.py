"""History files of the Community Land Model: which files hold a field, and its mean over time.

A history may be one file or hundreds: a file per month with every field, or a file per field with
many years. `History` finds each field in whichever files hold it and averages its steps, with a
few of them in memory at once.

Properties of the files that are handled (CLM5 technical note; release-clm5.0 source):

- Longitudes run 0..360 east; here they are -180..180, ascending. Coordinates are always those of
  the file: on the finite-volume grids they cannot be derived from the index.
- Missing values are 1e36 (history) or 1e20 (CMIP versions), and other tools may have dropped the
  ``_FillValue``: a value of more than 1e19 in size is missing.
- ``levsoi`` has no coordinate variable in CLM5: its nodes are the first ones of ``levgrnd``.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from glob import glob
from pathlib import Path
from typing import Any, TypeAlias

import netCDF4
import numpy as np

from proda.arrays import Columns, Counts, FloatArray
from proda.data.field_check import HINT, require_range
from proda.data.land_model.grid import HorizontalGrid, read_grid
from proda.data.land_model.intervals import ADD_BOUNDS, Intervals, read_intervals
from proda.data.land_model.steps import ANNUAL, MONTHLY, Steps, order_steps, require_whole_years
from proda.errors import InputError
from proda.model.constants import MONTHS_PER_YEAR
from proda.netcdf import FETCH_AGAIN, open_netcdf

__all__ = ["Field", "History", "Paths", "Years", "canonical_unit"]

MAX_VALUE = 1e19
# How the names of dimensions of depth begin, in CLM and CMIP.
LEVELS = ("lev", "depth", "solth", "sdepth")
MAX_FIRST_NODE = 0.1  # m; a deeper one is the number of a level and not a depth
OPEN_FILES = 13  # a file per month and one of the surface, or of every field
CHUNK_CACHE = 2**21  # bytes of each field of each of them
BLOCK_BYTES = 64 * 2**20
UNIT_SYNONYMS = {
    "1": ("", "-", "unitless", "none", "proportion", "fraction"),
    "K": ("kelvin", "Kelvin"),
    "m": ("meters", "metres", "meter", "metre"),
    "%": ("percent",),
}

Paths: TypeAlias = str | Path | Sequence[str | Path]
"""A path, a glob pattern or several of them."""

Years: TypeAlias = tuple[int, int] | Sequence[int] | None
"""First and last calendar year, None for all."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Field:
    """A history field.

    Attributes
    ----------
    names : tuple of str
        Names of the field, newest last.
    units : tuple of str
        Accepted units; empty for index fields, which CLM writes without a unit.
    lower, upper : float
        Range of possible values.
    slack : float
        How far values may lie beyond the range by rounding, in regridding or packing; they are
        moved to its end.
    hint : str or None
        Advice for messages.
    """

    names: tuple[str, ...]
    units: tuple[str, ...]
    lower: float = -np.inf
    upper: float = np.inf
    slack: float = 0.0
    hint: str | None = None

    @property
    def name(self) -> str:
        """The oldest name."""
        return self.names[0]


def canonical_unit(text: str) -> str:
    """Spell a unit in one way: ``gC/m^2/s`` and ``gC/m2/s`` become ``gC m-2 s-1``."""
    text = text.replace("**", "").replace("^", "").replace("*", " ").replace("g C", "gC")
    numerator, *denominators = text.split("/")
    parts = numerator.split()
    for word in denominators:
        first, *rest = word.split() or [""]
        stem = first.rstrip("0123456789")
        parts += [f"{stem}-{first[len(stem) :] or 1}", *rest]
    unit = " ".join(parts)
    return next((name for name, other in UNIT_SYNONYMS.items() if unit in other), unit)


class History:
    """The history of one run.

    Parameters
    ----------
    paths : path, glob pattern or list of them
        The files.

    Attributes
    ----------
    paths : list of Path
        The files.
    lat, lon : (nlat,) and (nlon,) arrays
        Degrees north, and degrees east in [-180, 180[, both ascending.

    Raises
    ------
    InputError
        If there are no files, a file is not netCDF, or the files differ in their grid.
    """

    def __init__(self, paths: Paths) -> None:
        self.paths = _expand(paths)
        # Dimensions of each field by the files that hold it, and per file the rest.
        self._holders: dict[str, dict[Path, tuple[str, ...]]] = {}
        self._depths: dict[str, FloatArray] = {}
        self._times: dict[Path, Intervals | None] = {}
        self._grids: dict[Path, HorizontalGrid] = {}
        self._warned: set[str] = set()
        self._kept: dict[Path, netCDF4.Dataset] | None = None
        for path in self.paths:
            with _open(path) as data:
                self._add(path, data)
        grid = self._grids[self.paths[0]]
        self._rows = slice(0, grid.lat.size)
        self.lat, self.lon = grid.lat, grid.lon

    def __contains__(self, field: Field) -> bool:
        return any(name in self._holders for name in field.names)

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """Keep files open within a ``with`` statement, for readers that come back to them."""
        self._kept = {}
        try:
            yield
        finally:
            for data in self._kept.values():
                data.close()
            self._kept = None

    def crop(self, south: float, north: float) -> None:
        """From now on read only rows between two latitudes, and the next ones beyond them.

        Parameters
        ----------
        south, north
            Degrees.
        """
        lat = self._grids[self.paths[0]].lat
        first = int(np.searchsorted(lat, south)) - 1
        last = int(np.searchsorted(lat, north, side="right"))
        self._rows = slice(max(first, 0), min(last, lat.size - 1) + 1)
        self.lat = lat[self._rows]

    @property
    def files(self) -> str:
        """The files in words, for messages."""
        more = f" and {len(self.paths) - 1} more files" if self.paths[1:] else ""
        return f"{self.paths[0]}{more}"

    def where(self, *fields: Field) -> str:
        """Name files and fields, for messages."""
        return f"{self.files}: " + ", ".join(field.name for field in fields)

    def n_years(self, field: Field, years: Years = None) -> int:
        """Number of single years of which a field has means; 0 for means of many."""
        steps = self._steps(field, years)
        return np.unique(steps.year).size if steps.kind in (MONTHLY, ANNUAL) else 0

    def require(self, *fields: Field, hint: str | None = None) -> None:
        """Raise InputError that names all of the fields that are not in the files."""
        absent = [field for field in fields if field not in self]
        if absent:
            raise InputError(
                self.where(*absent),
                ", ".join("variable " + " or ".join(field.names) for field in absent),
                "only " + ", ".join(sorted(self._holders)),
                hint,
            )

    def unit(self, field: Field) -> str | None:
        """Return the unit in canonical spelling, checked to be accepted; None for index fields."""
        name, path = self._find(field)
        if not field.units:
            return None
        with self._data(path) as data:
            text = getattr(data[name], "units", None)
        unit = None if text is None else canonical_unit(str(text))
        if unit not in field.units:
            found = "no units attribute" if text is None else f"units '{text}'"
            raise InputError(
                f"{path}: {name}", "units " + " or ".join(field.units), found, field.hint
            )
        return unit

    def nodes(self, field: Field) -> Columns:
        """Return the node depths (nlev,) in m of the levels of a field."""
        name, path = self._find(field)
        level = self._level(path, name)
        if not level:
            dimensions = ", ".join(self._holders[name][path])
            raise InputError(f"{path}: {name}", "a field with levels", f"({dimensions})")
        with self._data(path) as data:
            size = data.dimensions[level[0]].size
        sources = level if level[0] in self._depths else ("levgrnd", "levdcmp")
        for source in sources if level[0].startswith(LEVELS) else ():
            depths = self._depths.get(source, np.array([]))[:size]
            if depths.size == size:
                if not 0 < depths[0] <= MAX_FIRST_NODE or np.any(np.diff(depths) <= 0):
                    expected = f"node depths in m that increase from below {MAX_FIRST_NODE}"
                    raise InputError(f"{path}: {source}", expected, f"{depths[:3]} ...")
                return depths
        raise InputError(
            f"{path}: {name}",
            f"node depths of its {size} levels in a variable {level[0]} or levgrnd",
            ", ".join(sorted(self._depths)) or "neither",
        )

    def mean(
        self, field: Field, by: str, levels: int | None = None, years: Years = None
    ) -> FloatArray:
        """Mean of a field over time, weighted by the length of each step.

        Parameters
        ----------
        field : Field
            The field.
        by : {"all", "month", "year"}
            One mean over all steps, one for each of 12 months (monthly input only) or for each
            year.
        levels : int, optional
            How many levels to read, from the top.
        years : (first, last), optional
            Calendar years to use.

        Returns
        -------
        (groups[, levels], lat, lon) array
            In the unit of the file; NaN where any step is missing.

        Raises
        ------
        InputError
            For incomplete years and for values out of range.
        """
        self.unit(field)
        name, _ = self._find(field)
        steps = self._steps(field, years)
        require_whole_years(self.where(field), steps, by)
        labels = {"all": np.zeros_like(steps.year), "month": steps.month, "year": steps.year}[by]
        _, group = np.unique(labels, return_inverse=True)
        total: FloatArray | None = None
        empty = []
        for path in dict.fromkeys(steps.path):
            here = np.flatnonzero(steps.path == path)
            with self._data(path) as data:
                for block in self._blocks(path, data, name, here, levels):
                    values = self._read(path, data, field, name, steps.index[block], levels)
                    if total is None:
                        total = np.zeros((group.max() + 1, *values.shape[1:]))
                        seen = np.zeros(values.shape[1:], dtype=bool)
                    for value, step in zip(values, block, strict=True):
                        if np.isfinite(value).any():
                            total[group[step]] += steps.days[step] * value
                        else:
                            empty.append(step)
                    seen |= np.isfinite(values).any(axis=0)
        assert total is not None  # a history has steps
        weight = np.bincount(group, weights=steps.days)
        total /= weight.reshape(-1, *[1] * (total.ndim - 1))
        if not seen.any():
            raise InputError(self.where(field), "a value somewhere", "none, all is missing")
        if empty:
            found = f"none at all in {steps.label(empty[0])}" + (
                f" and {len(empty) - 1} more of {steps.year.size} steps" if empty[1:] else ""
            )
            hint = "are these steps padding, as resampling adds it? remove them"
            raise InputError(self.where(field), "values in every step", found, hint)
        partial = int((seen & np.isnan(total).any(axis=0)).sum())
        if partial:
            logger.warning(
                "%s: %d values are missing part of the time and are excluded", name, partial
            )
        return total

    def months(self, field: Field, years: Years = None) -> Steps:
        """Steps of a field that are months of single years, in order.

        Raises
        ------
        InputError
            For other steps, and for incomplete years.
        """
        steps, where = self._steps(field, years), self.where(field)
        if steps.kind != MONTHLY:
            hint = "means of months over years cannot be taken apart (climatology: fields)"
            raise InputError(where, "monthly means of single years", steps.found(), hint)
        require_whole_years(where, steps, "month")
        return steps

    def months_of_years(self, field: Field, years: Years) -> Steps:
        """Steps of a field that are the twelve months of every year, in order.

        Raises
        ------
        InputError
            For other steps, and for missing years and months.
        """
        steps, where = self._steps(field, years), self.where(field)
        if steps.kind != MONTHLY:
            raise InputError(where, "monthly means of single years", steps.found())
        require_whole_years(where, steps, "year")
        number = steps.year[::MONTHS_PER_YEAR]
        for i in np.flatnonzero(np.diff(number) != 1)[:1]:
            found = f"years {number[0]}-{number[-1]}, without {number[i] + 1}"
            raise InputError(where, f"all years {number[0]}-{number[-1]}", found)
        return steps

    def values(
        self, field: Field, steps: Steps, which: slice, levels: int | None = None
    ) -> FloatArray:
        """Values of successive steps, (steps[, levels], lat, lon), NaN where missing.

        Parameters
        ----------
        field
            The field.
        steps
            Its `months` or `months_of_years`.
        which
            Of them.
        levels
            How many levels to read, from the top.

        Raises
        ------
        InputError
            For values out of range, and for a step without any; it names the month.
        """
        name, _ = self._find(field)
        wanted = np.arange(steps.year.size)[which]
        parts = []
        for path in dict.fromkeys(steps.path[wanted]):
            here = wanted[steps.path[wanted] == path]
            labels = [steps.label(int(i)) for i in here]
            with self._data(path) as data:
                part = self._read(path, data, field, name, steps.index[here], levels, labels)
            known = np.isfinite(part.reshape(len(here), -1)).any(axis=1)
            for i in np.flatnonzero(~known)[:1]:
                where = f"{path}: {name}"
                raise InputError(where, "values in every step", f"none at all in {labels[i]}")
            parts.append(part)
        return np.concatenate(parts)

    def constant(self, field: Field, levels: int | None = None) -> FloatArray:
        """Read a field without time, ([levels, ]lat, lon), NaN where missing."""
        self.unit(field)
        name, path = self._find(field)
        if "time" not in self._holders[name][path]:
            with self._data(path) as data:
                return self._read(path, data, field, name, None, levels)
        return self.mean(field, "all", levels)[0]

    def period(self, field: Field, years: Years = None) -> str:
        """Describe the steps for provenance: number, kind, and the years they span."""
        steps = self._steps(field, years)
        return steps.describe() + (f" ({steps.stamps})" if steps.stamps else "")

    @contextmanager
    def _data(self, path: Path) -> Iterator[netCDF4.Dataset]:
        """Open a file, or take it from those that are kept open."""
        if self._kept is None:
            with _open(path) as data:
                yield data
            return
        if path not in self._kept:
            if len(self._kept) >= OPEN_FILES:
                self._kept.pop(next(iter(self._kept))).close()
            self._kept[path] = data = _open(path)
            if data.data_model.startswith("NETCDF4"):
                for variable in data.variables.values():
                    variable.set_var_chunk_cache(CHUNK_CACHE)
        yield self._kept[path]

    def _find(self, field: Field) -> tuple[str, Path]:
        """Name of a field in these files, and the first file that has it."""
        self.require(field)
        name = next(name for name in field.names if name in self._holders)
        return name, next(iter(self._holders[name]))

    def _add(self, path: Path, data: netCDF4.Dataset) -> None:
        """Register fields, levels, times and grid of a file."""
        grid = read_grid(path, data)
        first = self._grids.setdefault(self.paths[0], grid)
        if not grid.is_same(first):
            expected = f"the {first.lat.size} x {first.lon.size} grid of {self.paths[0]}"
            found = f"another grid of {grid.lat.size} x {grid.lon.size}"
            raise InputError(f"{path}: lat, lon", expected, found)
        self._grids[path] = grid
        for name, variable in data.variables.items():
            if variable.dimensions == (name,) and name.startswith(LEVELS):
                self._add_depths(path, name, np.asarray(variable[:], dtype=float))
            elif name not in ("lat", "lon", "time") and grid.holds(variable.dimensions):
                self._holders.setdefault(name, {})[path] = variable.dimensions
        self._times[path] = read_intervals(path, data) if "time" in data.dimensions else None

    def _add_depths(self, path: Path, name: str, depths: FloatArray) -> None:
        known = self._depths.setdefault(name, depths)
        if known.shape != depths.shape or not np.allclose(known, depths, rtol=1e-3):
            expected = f"the node depths of {self.paths[0]}"
            raise InputError(f"{path}: {name}", expected, "others")

    def _steps(self, field: Field, years: Years) -> Steps:
        name, _ = self._find(field)
        files: dict[Path, Intervals] = {}
        for path, dimensions in self._holders[name].items():
            times = self._times[path]
            if times is None or "time" not in dimensions:
                hint = f"if it is a mean over time, {ADD_BOUNDS}"
                found = f"({', '.join(dimensions)})"
                raise InputError(f"{path}: {name}", "a dimension time", found, hint)
            files[path] = times
        steps = order_steps(self.where(field), files)
        if steps.stamps and steps.stamps not in self._warned:
            self._warned.add(steps.stamps)
            logger.warning("%s: %s (%d files)", self.paths[0], steps.stamps, len(files))
        return steps if years is None else steps.within(years[0], years[1], self.where(field))

    def _level(self, path: Path, name: str) -> tuple[str, ...]:
        """Level dimension of a field, () or (name,)."""
        grid, dimensions = self._grids[path], self._holders[name][path]
        level = grid.levels_of(dimensions)
        if level is None:
            expected = f"dimensions ([time,] [level,]{''.join(f' {d},' for d in grid.dims)[:-1]})"
            raise InputError(f"{path}: {name}", expected, f"({', '.join(dimensions)})")
        return level

    def _read(
        self,
        path: Path,
        data: netCDF4.Dataset,
        field: Field,
        name: str,
        index: Counts | None,
        levels: int | None,
        labels: Sequence[str] | None = None,
    ) -> FloatArray:
        """Values of some steps (or of a field without time), checked, on the ascending grid."""
        key: list[Any] = [slice(None)] * data[name].ndim
        if index is not None:
            contiguous = np.array_equal(index, np.arange(index[0], index[0] + index.size))
            key[0] = slice(index[0], index[-1] + 1) if contiguous else index
        if levels is not None and self._level(path, name):
            key["time" in self._holders[name][path]] = slice(levels)
        grid = self._grids[path]
        if grid.dims == ("lat", "lon"):
            key[-2] = grid.span(self._rows)
        values: FloatArray = np.ma.filled(
            np.ma.asarray(data[name][tuple(key)], dtype=float), np.nan
        )
        values[np.abs(values) > MAX_VALUE] = np.nan
        values = grid.arrange(values, self._rows)
        low, high = field.lower - field.slack, field.upper + field.slack
        steps: list[tuple[str, Any]] = [] if index is None else [("step", index)]
        if labels is not None:
            steps = [("time", labels)]
        axes: list[tuple[str, Any]] = [*steps, *((d, None) for d in self._level(path, name))]
        axes += [("lat", self.lat), ("lon", self.lon)]
        if ((values < low) | (values > high)).any():
            units = " or ".join(field.units)
            require_range(
                f"{path}: {name}", values, field.lower, field.upper, units, axes, field.hint or HINT
            )
        return np.clip(values, field.lower, field.upper) if field.slack else values

    def _blocks(
        self, path: Path, data: netCDF4.Dataset, name: str, steps: Counts, levels: int | None
    ) -> list[Counts]:
        """Cut the steps of one file into blocks of bounded size in memory."""
        shape = list(data[name].shape[1:])
        if levels is not None and self._level(path, name):
            shape[0] = min(levels, shape[0])
        size = max(1, BLOCK_BYTES // (8 * int(np.prod(shape))))
        return [steps[i : i + size] for i in range(0, steps.size, size)]


def _expand(paths: Paths) -> list[Path]:
    """Files of paths and patterns, each once."""
    patterns = [paths] if isinstance(paths, str | Path) else list(paths)
    files: list[str] = []
    for pattern in map(str, patterns):
        found = [pattern]
        if not Path(pattern).exists():
            found = sorted(glob(pattern))
        if not found:
            raise InputError(pattern, "at least one netCDF file", "none")
        files += found
    if not files:
        raise InputError("paths", "at least one netCDF file", "an empty list")
    return [Path(file) for file in dict.fromkeys(files)]


def _open(path: Path) -> netCDF4.Dataset:
    data = open_netcdf(path, "land model history", hint=FETCH_AGAIN)
    if data.data_model.startswith("NETCDF3"):
        # Beyond the end of a truncated file of this format the library reads zeros. A loss of less
        # than the size of the header is not detected.
        needed = sum(int(np.prod(v.shape)) * v.dtype.itemsize for v in data.variables.values())
        found = Path(path).stat().st_size
        if found < needed:
            data.close()
            hint = "a truncated file: fetch it again"
            raise InputError(
                str(path), f"a netCDF file of {needed} bytes or more", f"{found}", hint
            )
    return data
