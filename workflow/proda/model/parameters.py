"""The parameter table: names, priors and CLM defaults of both model structures.

Everything is read from ``proda/resources/parameters.csv``; no range or default is written anywhere
else.
Parameters are scaled linearly: value = minimum + theta * (maximum - minimum), theta in [0, 1].
"""

import csv
from dataclasses import dataclass
from functools import cache

import numpy as np

from proda.errors import InputError
from proda.resources import resource

__all__ = ["ParameterTable", "parameter_table"]

TABLE = resource("parameters.csv")


@dataclass(frozen=True, eq=False)
class ParameterTable:
    """Parameters of one structure in order; arrays have shape (n,).

    ``clm5_default`` and ``clm45_default`` are NaN where CLM has no such single value.
    """

    names: tuple
    code_names: tuple
    meanings: tuple
    units: tuple
    processes: tuple
    minimum: np.ndarray
    maximum: np.ndarray
    clm5_default: np.ndarray
    clm45_default: np.ndarray

    def __len__(self):
        return len(self.names)

    def index(self, name):
        """Position of a parameter by its name. Raises InputError for an unknown one."""
        if name not in self.names:
            raise InputError("parameter", f"one of {', '.join(self.names)}", repr(name))
        return self.names.index(name)

    def to_physical(self, theta):
        """theta (..., n) in [0, 1] -> values (..., n) in the units of the table."""
        return self.minimum + np.asarray(theta) * (self.maximum - self.minimum)


@cache
def parameter_table(structure):
    """Parameter table of the structure ``clm45-10`` or ``clm5-20``."""
    with TABLE.open(newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if row["structure"] == structure]

    def texts(column):
        return tuple(row[column] for row in rows)

    def numbers(column):
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
