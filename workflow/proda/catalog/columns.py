"""What the columns of the tables of a run mean: the register, and the columns of a file.

``resources/tables.csv`` lists the tables of a run by their path below results/<dataset>, with
their key and columns; ``resources/columns.csv`` says of each column what it holds, in which unit.
Names in braces are filled in by the run: ``{method}_mean`` is a column for every method.
``stock_pg|p05|p95`` are three columns, a value and its percentiles over the draws; ``source?`` is
one that some runs have.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import pandas as pd

from proda.parameters.methods import METHODS, blocked_name, method_label
from proda.resources import resource
from proda.text.small_tables import read_columns

__all__ = ["Column", "Table", "columns_of", "registered_tables", "table_of"]

VARIANTS = {
    "p05": "5th percentile over the draws",
    "p95": "95th percentile over the draws",
    "low": "lower limit of the 95 % interval",
    "high": "upper limit of the 95 % interval",
    "se": "standard error",
}
PREDICTED = {
    name: method_label(name)
    for method in METHODS
    for name in ((method, blocked_name(method)) if METHODS[method].has_blocks else (method,))
}
_WORD = "[A-Za-z0-9_][A-Za-z0-9._-]*"
# What a name in braces may be.
FILLED = {
    "method": "|".join(sorted(PREDICTED, key=len, reverse=True)),
    "learner": "|".join(METHODS),
    "map": _WORD,
    "name": _WORD,
    "pool": "[A-Z]+[0-9]?",
    "layer": "[0-9]+",
}


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    name
        In the file, or with names in braces in the register.
    type
        string, integer, number or boolean.
    unit
        UDUNITS; 1 for a ratio, empty for texts and counts, @column if a column has it row by row.
    description
        What it holds.
    optional
        Whether only some runs have it.
    """

    name: str
    type: str
    unit: str
    description: str
    optional: bool = False


@dataclass(frozen=True)
class Table:
    """A table of a run.

    Attributes
    ----------
    path
        Below results/<dataset>, without suffix; names in braces are filled in by the run.
    title
        What it holds.
    key
        Columns that together identify a row; may be empty.
    columns
        All that it has, in this order.
    """

    path: str
    title: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]


@cache
def registered_tables() -> tuple[Table, ...]:
    """Return the tables that a run may have."""
    described = read_columns(
        resource("columns.csv"), ("column", "tables", "type", "unit", "description")
    )
    tables = read_columns(resource("tables.csv"), ("table", "title", "key", "columns"))
    return tuple(
        Table(
            row["table"],
            row["title"],
            tuple(row["key"].split()),
            tuple(
                column
                for family in row["columns"].split()
                for column in _family(family, row["table"], described)
            ),
        )
        for row in tables.to_dict("records")
    )


def _family(family: str, table: str, described: pd.DataFrame) -> list[Column]:
    """A column and its percentiles, limits or standard error."""
    name, *variants = family.removesuffix("?").split("|")
    rows = described[described["column"] == name]
    stem = table.rsplit("/", 1)[-1]
    of_table = rows[[stem in names.split() for names in rows["tables"]]]
    (row,) = (of_table if len(of_table) else rows[rows["tables"] == ""]).to_dict("records")
    column = Column(
        name, row["type"], row["unit"], row["description"], "{" in name or family[-1] == "?"
    )
    return [column] + [
        replace(
            column,
            name=f"{name}_{variant}",
            description=f"{column.description}; {VARIANTS[variant]}",
        )
        for variant in variants
    ]


def table_of(path: str) -> Table | None:
    """Return the record of a table by its path without suffix, or None if it is not registered."""
    return next((one for one in registered_tables() if _match(one.path, path) is not None), None)


def columns_of(
    table: Table, header: Iterable[str], labels: Mapping[str, str]
) -> tuple[list[Column], list[str]]:
    """Describe the columns of a file.

    Parameters
    ----------
    table
        Its record.
    header
        Names of its columns.
    labels
        Labels of the methods of the run.

    Returns
    -------
    list of Column, list of str
        A record for each name of the header; and what does not agree with the register: columns
        without description, and registered ones that the file lacks.
    """
    found, matched, faults = [], set(), []
    for name in header:
        for column in table.columns:
            filled = _match(column.name, name)
            if filled is not None:
                matched.add(column.name)
                found.append(_filled(column, name, filled, labels))
                break
        else:
            faults.append(f"no description of the column {name}")
            found.append(Column(name, "any", "", ""))
    lacking = [one.name for one in table.columns if one.name not in matched and not one.optional]
    return found, faults + [f"no column {name}" for name in lacking]


def _filled(column: Column, name: str, filled: dict[str, str], labels: Mapping[str, str]) -> Column:
    """The record of a column with its name in the file and what stands in its braces."""
    shown = {what: labels.get(value, PREDICTED.get(value, value)) for what, value in filled.items()}
    return replace(column, name=name, description=column.description.format(**shown))


def _match(pattern: str, name: str) -> dict[str, str] | None:
    """Return what stands in the braces of a pattern, or None for another name."""
    match = _compiled(pattern).fullmatch(name)
    return None if match is None else match.groupdict()


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", pattern)
    return re.compile(
        "".join(
            f"(?P<{part}>{FILLED[part]})" if i % 2 else re.escape(part)
            for i, part in enumerate(parts)
        )
    )
