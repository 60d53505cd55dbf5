"""Cases of a CSV file and the columns in which they give the fields of a forcing."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import PathLike

import numpy as np

from proda.arrays import FloatArray
from proda.errors import InputError
from proda.model.constants import MONTHS_PER_YEAR
from proda.model.forcing import Forcing

__all__ = ["INPUT_POOLS", "LITTER", "Cases", "by_layer", "forcing_of", "given", "indexed"]

LITTER = ("l1", "l2", "l3")
INPUT_POOLS = ("cwd", *LITTER)


class Cases:
    """Rows of a CSV file with checked access to its numbers.

    Parameters
    ----------
    path
        Of the file, for messages.
    header
        Names of the columns.
    rows
        Texts of each case by column.
    lines
        Line of each case in the file.
    """

    def __init__(
        self,
        path: str | PathLike[str],
        header: Sequence[str],
        rows: Sequence[Mapping[str, str]],
        lines: Sequence[int],
    ) -> None:
        self.path, self.header, self.rows, self.lines = path, header, rows, lines

    def __contains__(self, column: str) -> bool:
        return column in self.header

    def line(self, row: int) -> str:
        """File and line of a case."""
        return f"{self.path}, line {self.lines[row]}"

    def where(self, row: int, column: str) -> str:
        """File, line and column of a cell.

        Parameters
        ----------
        row
            Number of the case, from 0.
        column
            Name in the header.
        """
        return f"{self.line(row)}, column {column}"

    def numbers(self, columns: Sequence[str]) -> FloatArray:
        """Values of the named columns, (cases, columns). Raises InputError with line and column."""
        missing = [column for column in columns if column not in self.header]
        if missing:
            hint = "cells are separated by commas" if len(self.header) == 1 else None
            found = ", ".join(name[:60] for name in self.header[:60])
            raise InputError(self.path, f"a column {missing[0]}", found, hint)
        values = np.empty((len(self.rows), len(columns)))
        for i, row in enumerate(self.rows):
            for k, column in enumerate(columns):
                try:
                    values[i, k] = float(row[column])
                except (TypeError, ValueError):
                    found = "nothing" if row[column] in (None, "") else repr(row[column])
                    raise InputError(self.where(i, column), "a number", found) from None
        return values

    @contextmanager
    def located(
        self, sources: Mapping[str, Sequence[str]], shapes: Mapping[str, tuple[int, ...]]
    ) -> Iterator[None]:
        """Report an InputError in an element of an array by line and column of the file.

        Parameters
        ----------
        sources
            Columns of the file by name of the array.
        shapes
            Shape of one row of each array.
        """
        try:
            yield
        except InputError as error:
            if error.array is None:
                raise
            name, (row, *inner) = error.array, error.index
            if inner or not shapes[name]:
                flat = int(np.ravel_multi_index(inner, shapes[name])) if inner else 0
                place = self.where(row, sources[name][flat])
            else:
                place = self.line(row)
            raise InputError(place, error.expected, error.found, error.hint) from None


def given(cases: Cases, name: str) -> bool:
    """Whether a field is in the table, with whatever indices.

    Parameters
    ----------
    cases
        The table.
    name
        Of the field, without indices.
    """
    return any(column in cases for column in (name, f"{name}_1", f"{name}_1_1"))


def by_layer(cases: Cases, name: str, n_layers: int) -> list[str]:
    """Columns of a field in order of the layers: <name>_<layer>, or <name> for all of them.

    Parameters
    ----------
    cases
        The table.
    name
        Of the field, without indices.
    n_layers
        Number of layers.
    """
    if f"{name}_1" not in cases and name in cases:
        return [name] * n_layers
    return [f"{name}_{layer}" for layer in range(1, n_layers + 1)]


def indexed(cases: Cases, name: str, n_layers: int) -> list[str]:
    """Columns of a monthly field in (month, layer) order, from the fullest form the table has.

    Parameters
    ----------
    cases
        The table.
    name
        Of the field, without indices.
    n_layers
        Number of layers.
    """
    months, layers = range(1, MONTHS_PER_YEAR + 1), range(1, n_layers + 1)
    if not n_layers:
        if f"{name}_1" in cases:
            return [f"{name}_{month}" for month in months]
        return [name] * MONTHS_PER_YEAR
    if f"{name}_1_1" in cases:
        return [f"{name}_{month}_{layer}" for month in months for layer in layers]
    if f"{name}_1" in cases:
        return [f"{name}_{layer}" for _ in months for layer in layers]
    return [name] * (MONTHS_PER_YEAR * n_layers)


def forcing_of(cases: Cases, kind: type[Forcing], sources: Mapping[str, Sequence[str]]) -> Forcing:
    """Forcing of the cases.

    Parameters
    ----------
    cases
        The table.
    kind
        Class of the forcing.
    sources
        Columns of the table by field of the forcing.
    """
    shapes = {name: kind.shape(name) for name in kind.names()}
    values = {name: cases.numbers(columns) for name, columns in sources.items()}
    with cases.located(sources, shapes):
        return kind(**{name: array.reshape(-1, *shapes[name]) for name, array in values.items()})
