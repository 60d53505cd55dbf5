"""Forcing of the matrix model: what all classes of forcing have in common, checked where it enters.

Each object carries ``n`` columns (sites or grid cells); an object of one column is broadcast over
any number of parameter sets. Scalars and one-column arrays without the leading axis are accepted.
A class belongs to a soil grid; a structure on another grid has a subclass that names that grid.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from copy import copy
from dataclasses import MISSING, Field, fields
from typing import ClassVar, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from proda.arrays import Columns, FloatArray, Layers, Mask
from proda.check import as_rows, check_range
from proda.errors import InputError
from proda.model.grid import SoilGrid
from proda.model.switches import Switches
from proda.quantities import QUANTITIES

__all__ = ["LAYERS", "LITTER_POOLS", "RANGES", "Forcing", "Scalars", "Spec"]

LAYERS = -1  # in the shape of a field: as many as the grid has
LITTER_POOLS = 3

# Fields that may be missing where another one is given.
ALTERNATIVES = {
    "soil_temperature": "temperature_scalar",
    "nitrogen_scalar": "nitrogen_scalar_by_pool",
    "litter_input": "litter_input_by_layer",
}
# The ranges in which quantities are read; no structure takes carbon out.
RANGES = {name: (known.lower, known.upper) for name, known in QUANTITIES.items()} | {
    "npp": (0.0, QUANTITIES["npp"].upper),
    "litter_input_by_layer": (0.0, 1e6),
    "temperature_scalar": (0.0, 50.0),  # Q10 of 3 in soil of 60 degC
    # Years whose temperatures differ by a normal deviate of 15 K, at a Q10 of 1.5, have 1.2.
    "temperature_variability": (0.1, 10.0),
    "bedrock_layer": (1.0, np.inf),
}


class Spec(NamedTuple):
    """Unit and shape of a field for one column, and the name of its range in RANGES."""

    unit: str
    shape: tuple[int, ...]
    range: str
    hint: str | None = None


class Scalars(NamedTuple):
    """Environmental scalars that do not depend on parameters, (n, months, layers) each."""

    water: FloatArray
    oxygen: FloatArray
    temperature: FloatArray
    nitrogen: tuple[FloatArray, ...]  # of L1, L2 and L3


class Forcing(ABC):
    """Forcing of n columns: a frozen dataclass whose fields are arrays (n, ...).

    Every field that is given has its shape, is finite and plausible in its unit.

    Attributes
    ----------
    grid : SoilGrid
        Layers of the columns.
    months : int
        Time steps in a year.
    has_bedrock : bool
        Whether there is a number of layers above bedrock.
    SPECS : mapping
        Spec of each field by name.
    """

    grid: ClassVar[SoilGrid]
    months: ClassVar[int]
    has_bedrock: ClassVar[bool]
    SPECS: ClassVar[Mapping[str, Spec]]

    # What code for any structure reads; None where a class or an object has no such values.
    active_layer_depth: FloatArray
    soil_temperature: FloatArray | None
    temperature_scalar: FloatArray | None
    nitrogen_scalar_by_pool: FloatArray | None
    sand: Layers | None
    bedrock_layer: Columns | None
    litter_input_by_layer: FloatArray | None

    def __post_init__(self) -> None:
        given = {name for name in self.names() if getattr(self, name) is not None}
        for name, other in ALTERNATIVES.items():
            if name in self.SPECS and name not in given and other not in given:
                raise InputError(f"forcing.{name}", f"{name} or {other}", "none")
        lengths: dict[str, int] = {}
        for field in _fields(type(self)):
            values = getattr(self, field.name)
            if values is None and field.default is None:
                continue
            spec = self.SPECS[field.name]
            unit = "" if spec.unit == "1" else spec.unit
            array = as_rows(field.name, values, self._shape_here(field.name), unit)
            check_range(field.name, array, *self._range(spec), unit, spec.hint)
            object.__setattr__(self, field.name, array)
            lengths[field.name] = len(array)
        first, n = next(iter(lengths.items()))
        for name, length in lengths.items():
            if length != n:
                raise InputError(name, f"{n} columns, as in {first}", f"{length} columns")

    def __len__(self) -> int:
        return len(self.active_layer_depth)

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Names of the fields."""
        return tuple(field.name for field in _fields(cls))

    @classmethod
    def shape(cls, name: str) -> tuple[int, ...]:
        """Shape of a field for one column."""
        return tuple(cls.grid.n_layers if n == LAYERS else n for n in cls.SPECS[name].shape)

    @property
    def steps(self) -> int:
        """Time steps in the columns of this object: months of a year, or several for each."""
        return self.months

    def _shape_here(self, name: str) -> tuple[int, ...]:
        """Shape of a field for one column of this object."""
        return self.shape(name)

    @classmethod
    def lacking(cls, given: Collection[str]) -> str | None:
        """Name of the first field that is needed and, like its alternative, not among ``given``."""
        for field in _fields(cls):
            needed = field.default is MISSING or field.name in ALTERNATIVES
            if needed and field.name not in given and ALTERNATIVES.get(field.name) not in given:
                return field.name
        return None

    def required(self, name: str, purpose: str) -> FloatArray:
        """Values of an optional field.

        Parameters
        ----------
        name
            Of the field.
        purpose
            What needs it, for the message.

        Raises
        ------
        InputError
            If the field was not given.
        """
        values: FloatArray | None = getattr(self, name)
        if values is None:
            raise InputError(f"forcing.{name}", f"values, for {purpose}", "none")
        return values

    def take(self, columns: npt.NDArray[np.integer] | Mask | slice) -> Self:
        """Forcing of the given columns (index array, mask or slice), which need no second check."""
        part = copy(self)
        for name in self.names():
            if (values := getattr(self, name)) is not None:
                object.__setattr__(part, name, values[columns])
        return part

    @abstractmethod
    def fill(self, columns: FloatArray, switches: Switches) -> None:
        """Enter what is particular to this forcing into prepared columns.

        Parameters
        ----------
        columns
            (n, rows, layers), rows as in ``proda.model.layout``; changed in place.
        switches
            Choices of the model.
        """

    @abstractmethod
    def scalars(self, switches: Switches) -> Scalars:
        """Scalars that the forcing alone determines; 1 where it has none."""

    @abstractmethod
    def surface_input(self) -> Mask:
        """Whether all carbon enters the first layer, (n,): the active layer has no depth."""

    @abstractmethod
    def has_input(self) -> Mask:
        """Whether any carbon enters CWD, L1, L2 and L3, (n, 4)."""

    @classmethod
    def _range(cls, spec: Spec) -> tuple[float, float]:
        lower, upper = RANGES[spec.range]
        return lower, float(cls.grid.n_layers) if spec.range == "bedrock_layer" else upper


def _fields(kind: "type[Forcing]") -> "tuple[Field[FloatArray | None], ...]":
    return fields(kind)  # type: ignore[arg-type]  # every subclass is a dataclass
