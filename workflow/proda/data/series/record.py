"""Forcing of a block of cells, year by year.

A year of a run has the climate of one year of the series and the carbon input of another. Climate
is what the structure takes from the land model and changes with time: temperature, the scalars or
the water potential, the active layer. What does not change (bedrock, sand, the range of NPP) is
fixed. Carbon input is

- for a structure that takes it from the land model, ``litter_input`` (cells, 4, 12), gC m-2 in each
  month to CWD and the three litter pools, and where it is known ``litter_input_by_layer``
  (cells, 4, layers), gC m-3 yr-1;
- for a structure that takes it from NPP, ``input_factor`` (cells,), NPP over that of the base
  years, by which the range of NPP in which the parameters place the input is multiplied.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from proda import arrays
from proda.arrays import Counts, FloatArray, Mask, Texts
from proda.errors import InputError
from proda.model.constants import MONTHS_PER_YEAR
from proda.model.forcing import LITTER_POOLS, Forcing
from proda.model.soil_model import SoilModel
from proda.model.structure import Role, Structure
from proda.model.structures import get_structure
from proda.model.transient import Year, prepare_year

__all__ = [
    "BY_LAYER",
    "INPUT_FACTOR",
    "LITTER",
    "ForcingSeries",
    "SeriesCells",
    "Status",
    "YearValues",
    "YearsInMemory",
    "base_years_of",
    "climate_names",
    "fixed_names",
    "value_shape",
    "yearly_names",
]

LITTER, BY_LAYER, INPUT_FACTOR = "litter_input", "litter_input_by_layer", "input_factor"
NPP_RANGE = ("npp_min", "npp_max", "npp_mean")
BASE_YEARS = 20
"""Number of years from the first that are the base, by default."""


class Status(IntEnum):
    """Whether a cell can be run through time, and why not."""

    USABLE = 0
    NO_FORCING = 1
    MISSING_VALUES = 2
    REFUSED_INPUT = 3


class YearValues(Protocol):
    """Where the values of a year come from."""

    @property
    def names(self) -> frozenset[str]:
        """Names of what changes with time."""

    def read(self, name: str, year: int) -> npt.NDArray[Any]:
        """Values of all cells in the year of this position, (cells, ...)."""


class YearsInMemory:
    """Values of years in arrays.

    Parameters
    ----------
    values
        (years, cells, ...) by name.
    """

    def __init__(self, values: Mapping[str, npt.ArrayLike]) -> None:
        self.values = {name: np.asarray(array) for name, array in values.items()}

    @property
    def names(self) -> frozenset[str]:
        """Names of what changes with time."""
        return frozenset(self.values)

    def read(self, name: str, year: int) -> npt.NDArray[Any]:
        """Values of all cells in the year of this position, (cells, ...)."""
        values: npt.NDArray[Any] = self.values[name][year]
        return values


@dataclass(frozen=True, eq=False)
class SeriesCells:
    """The n cells of a block.

    Attributes
    ----------
    cell
        (n,) their numbers on the grid of the run.
    lon, lat
        (n,) centres, degrees.
    area_m2
        (n,) land that each represents.
    status
        (n,) of `Status`.
    reason
        (n,) why a cell is not usable; empty for those that are.
    """

    cell: Counts
    lon: arrays.Cells
    lat: arrays.Cells
    area_m2: arrays.Cells
    status: npt.NDArray[np.int8]
    reason: Texts

    def __len__(self) -> int:
        return len(self.cell)

    @property
    def usable(self) -> Mask:
        """Which cells can be run, (n,)."""
        return self.status == Status.USABLE

    @classmethod
    def plain(cls, n: int) -> "SeriesCells":
        """N usable cells without a place, for runs without a grid."""
        zeros = np.zeros(n)
        status, reason = np.zeros(n, np.int8), np.full(n, "", dtype=object)
        return cls(np.arange(n), zeros, zeros, np.ones(n), status, reason)


@dataclass(frozen=True, eq=False, kw_only=True)
class ForcingSeries:
    """Forcing of a block of cells in every year of a period.

    Years that are prepared have the usable cells only, in the order of ``positions``.

    Attributes
    ----------
    structure
        Name of the structure that the forcing drives.
    cells
        All cells of the block.
    first_year, last_year
        Of the period.
    base_years
        First and last of those whose climate and input are those before any change.
    values
        What changes with time.
    fixed
        (cells, ...) by name, what does not.
    positions
        Of the columns among the cells, by default all usable cells.
    attrs
        How the series was made.
    """

    structure: str
    cells: SeriesCells
    first_year: int
    last_year: int
    values: YearValues
    fixed: Mapping[str, FloatArray]
    base_years: tuple[int, int] = None  # type: ignore[assignment]  # filled in below
    positions: Counts = None  # type: ignore[assignment]  # filled in below
    attrs: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        first, last = self.first_year, self.last_year
        if last < first:
            raise InputError("years of the series", "a first and a later last year", str(last))
        base = base_years_of((first, last), self.base_years)
        object.__setattr__(self, "base_years", base)
        if self.positions is None:
            object.__setattr__(self, "positions", np.flatnonzero(self.cells.usable))
        given = self.values.names | set(self.fixed)
        record = get_structure(self.structure)
        for name in (*yearly_names(record), *fixed_names(record)):
            if name not in given and not _optional(record, name):
                alternative = record.land_model.given_temperature
                if name == "soil_temperature" and alternative in given:
                    continue
                raise InputError(f"series of {self.structure}", name, ", ".join(sorted(given)))

    @classmethod
    def of_arrays(
        cls,
        structure: str,
        first_year: int,
        yearly: Mapping[str, npt.ArrayLike],
        fixed: Mapping[str, npt.ArrayLike],
        **others: Any,
    ) -> "ForcingSeries":
        """Series in memory.

        Parameters
        ----------
        structure
            Name of the structure.
        first_year
            Of the period; the arrays have as many years as it.
        yearly
            (years, cells, ...) by name, as `yearly_names` and the head of this module have them.
        fixed
            (cells, ...) by name.
        **others
            Further fields; without ``cells`` all are usable and have no place.
        """
        values = YearsInMemory(yearly)
        shape = next(iter(values.values.values())).shape
        others.setdefault("cells", SeriesCells.plain(shape[1]))
        return cls(
            structure=structure,
            first_year=first_year,
            last_year=first_year + shape[0] - 1,
            values=values,
            fixed={name: np.asarray(array, dtype=float) for name, array in fixed.items()},
            **others,
        )

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def years(self) -> range:
        """All years."""
        return range(self.first_year, self.last_year + 1)

    @property
    def base(self) -> range:
        """The base years."""
        return range(self.base_years[0], self.base_years[1] + 1)

    def take(self, rows: npt.NDArray[np.integer] | slice) -> "ForcingSeries":
        """The series of some of its columns."""
        return replace(self, positions=self.positions[rows])

    def forcing(self, climate_year: int, input_year: int) -> Forcing:
        """Forcing with the climate of one year and the carbon input of another.

        Parameters
        ----------
        climate_year, input_year
            Calendar years of the series.

        Returns
        -------
        Forcing
            Of the columns.

        Raises
        ------
        InputError
            For years that the series does not have.
        """
        record = get_structure(self.structure)
        kind, given = record.forcing, self.values.names
        parts = {name: self._read(name, climate_year) for name in climate_names(record) & given}
        fixed = {name: values[self.positions] for name, values in self.fixed.items()}
        parts |= {name: values for name, values in fixed.items() if name in kind.names()}
        if record.input_from_npp:
            factor = self._read(INPUT_FACTOR, input_year)
            parts |= {name: parts[name] * factor for name in NPP_RANGE if name in parts}
        else:
            parts[LITTER] = self._read(LITTER, input_year).sum(axis=-1)
            if BY_LAYER in given:
                parts[BY_LAYER] = self._read(BY_LAYER, input_year)
        return kind(**parts)

    def input_share(self, input_year: int) -> FloatArray | None:
        """Fraction of the year's carbon input to each pool in each month.

        Parameters
        ----------
        input_year
            Calendar year of the series.

        Returns
        -------
        ndarray or None
            (n, 4, 12); None where the input is the same every day.
        """
        if LITTER not in self.values.names:
            return None
        monthly = self._read(LITTER, input_year)
        total = monthly.sum(axis=-1, keepdims=True)
        return np.divide(monthly, total, out=np.zeros_like(monthly), where=total > 0.0)

    def prepare(self, model: SoilModel, climate_year: int, input_year: int) -> Year:
        """A year of the model's forcing.

        Parameters
        ----------
        model
            The soil carbon model.
        climate_year, input_year
            Calendar years of the series: that of the climate and that of the carbon input.

        Returns
        -------
        Year
            Of the columns.

        Raises
        ------
        InputError
            For years that the series does not have, and for a model of another structure.
        """
        forcing = self.forcing(climate_year, input_year)
        return prepare_year(model, [forcing], self.input_share(input_year))

    def _read(self, name: str, year: int) -> FloatArray:
        """Values of the columns in a year, (n, ...)."""
        if year not in self.years:
            expected = f"a year of the series, {self.first_year} to {self.last_year}"
            raise InputError("year", expected, str(year))
        values = self.values.read(name, year - self.first_year)
        return np.asarray(values[self.positions], dtype=float)


def base_years_of(years: Sequence[int], base_years: Sequence[int] | None) -> tuple[int, int]:
    """First and last of the base years.

    Parameters
    ----------
    years
        First and last of all.
    base_years
        As they are stated; None for the first 20.

    Raises
    ------
    InputError
        If they are not among all years.
    """
    first, last = years
    base = base_years or (first, min(first + BASE_YEARS - 1, last))
    if not first <= base[0] <= base[1] <= last:
        raise InputError("base_years", f"years in {first}-{last}", f"{base[0]}-{base[1]}")
    return base[0], base[1]


def climate_names(structure: Structure) -> frozenset[str]:
    """Fields of the forcing that are read from the land model and change with time.

    Parameters
    ----------
    structure
        Record of the structure.
    """
    land = structure.land_model
    names = {f.name for f in land.fields if f.role in (Role.LAYERED, Role.SURFACE)}
    return frozenset(names | ({land.given_temperature} if land.given_temperature else set()))


def yearly_names(structure: Structure) -> Sequence[str]:
    """Names of what changes with time: the climate and the carbon input.

    Parameters
    ----------
    structure
        Record of the structure.
    """
    inputs = [INPUT_FACTOR] if structure.input_from_npp else [LITTER, BY_LAYER]
    return [*sorted(climate_names(structure)), *inputs]


def fixed_names(structure: Structure) -> Sequence[str]:
    """Names of what does not change with time.

    Parameters
    ----------
    structure
        Record of the structure.
    """
    fixed = Role.FIXED, Role.FIXED_LAYERED
    names = [f.name for f in structure.land_model.fields if f.role in fixed]
    return [*names, *(NPP_RANGE if structure.input_from_npp else ())]


def value_shape(structure: Structure, name: str) -> tuple[int, ...]:
    """Shape of the values of a cell, in a year where they change with time.

    Parameters
    ----------
    structure
        Record of the structure.
    name
        Of `yearly_names` or `fixed_names`; LAYERS as a length means the layers of the soil.
    """
    if name == LITTER:
        return LITTER_POOLS + 1, MONTHS_PER_YEAR
    if name == INPUT_FACTOR:
        return ()
    return structure.forcing.SPECS[name].shape


def _optional(structure: Structure, name: str) -> bool:
    """Whether only runs at default parameters need a value, or another can take its place."""
    optional = {f.name for f in structure.land_model.fields if f.optional}
    return name in optional | {BY_LAYER, "npp_mean", structure.land_model.given_temperature}
