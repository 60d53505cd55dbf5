"""The parameter table: names, bounds of the prior and CLM defaults of each structure.

Everything is read from ``proda/resources/parameters.csv``; no bound or default is written anywhere
else. Parameters are scaled linearly: value = minimum + theta * (maximum - minimum).
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from proda.arrays import FloatArray, Parameters, Theta
from proda.errors import InputError
from proda.resources import resource

__all__ = ["ParameterTable", "parameter_table"]

TABLE = resource("parameters.csv")


@dataclass(frozen=True, eq=False)
class ParameterTable:
    """Parameters of one structure in order.

    Parameters
    ----------
    names, code_names, meanings, units, processes
        Texts, one per parameter; code names are those of the sources.
    minimum, maximum
        Bounds of the prior, (parameters,).
    clm5_default, clm45_default
        (parameters,), NaN where CLM has no such single value.
    """

    names: tuple[str, ...]
    code_names: tuple[str, ...]
    meanings: tuple[str, ...]
    units: tuple[str, ...]
    processes: tuple[str, ...]
    minimum: FloatArray
    maximum: FloatArray
    clm5_default: FloatArray
    clm45_default: FloatArray

    def __len__(self) -> int:
        return len(self.names)

    def index(self, name: str) -> int:
        """Position of a parameter by its name. Raises InputError for an unknown one."""
        if name not in self.names:
            raise InputError("parameter", f"one of {', '.join(self.names)}", repr(name))
        return self.names.index(name)

    def widened(self, names: Sequence[str], factor: float) -> "ParameterTable":
        """The same with wider bounds of some parameters.

        Parameters
        ----------
        names
            Of parameters with positive values.
        factor
            Their minima are divided by it, their maxima multiplied.

        Raises
        ------
        InputError
            For an unknown name.
        """
        minimum, maximum = self.minimum.copy(), self.maximum.copy()
        for k in map(self.index, names):
            minimum[k] /= factor
            maximum[k] *= factor
        return replace(self, minimum=minimum, maximum=maximum)

    def to_physical(self, theta: Theta) -> Parameters:
        """Normalised sets (..., parameters) in the units of the table; scaling is linear."""
        return self.minimum + np.asarray(theta) * (self.maximum - self.minimum)


@cache
def parameter_table(structure: str) -> ParameterTable:
    """Rows of the parameter table that belong to a structure, by its name."""
    with TABLE.open(newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if row["structure"] == structure]

    def texts(column: str) -> tuple[str, ...]:
        return tuple(row[column] for row in rows)

    def numbers(column: str) -> FloatArray:
        values = np.array([float(row[column] or "nan") for row in rows])
        values.setflags(write=False)
        return values

    return ParameterTable(
        names=texts("name"),
        code_names=texts("code_name"),
        meanings=texts("meaning"),
        units=texts("unit"),
        processes=texts("process"),
        minimum=numbers("minimum"),
        maximum=numbers("maximum"),
        clm5_default=numbers("clm5_default"),
        clm45_default=numbers("clm45_default"),
    )
