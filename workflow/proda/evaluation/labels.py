"""What tables and figures call the methods of a run.

Most labels are given in the register of methods. That of a method whose soil carbon is given, the
default run, depends on the run: it names the model version or the history file that the values come
from. Every projection therefore carries its label as the attribute ``label``; the labels of a run
are collected in ``evaluation/methods.csv``, from which all tables and figures take them.
"""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from proda.errors import InputError
from proda.netcdf import open_netcdf
from proda.tables import read_table, write_table

__all__ = ["Labels", "projection_labels", "read_labels", "with_labels", "write_labels"]

Labels = Mapping[str, str]
"""{name of a method: what tables and figures call it}."""

COLUMNS = ["method", "label"]


def projection_labels(projections: Mapping[str, str | Path]) -> dict[str, str]:
    """Read the labels of methods from their projections.

    Parameters
    ----------
    projections
        {method: path of its projection to the sites or to the grid}.

    Raises
    ------
    InputError
        For a projection without the attribute ``label``.
    """
    labels = {}
    for method, path in projections.items():
        with open_netcdf(path, "a projection") as file:
            if "label" not in file.ncattrs():
                raise InputError(path, "an attribute label", "none", "make the projection again")
            labels[method] = str(file.label)
    return labels


def write_labels(path: str | Path, labels: Labels) -> None:
    """Write labels as a table with the columns method and label."""
    write_table(path, pd.DataFrame({"method": list(labels), "label": list(labels.values())}))


def read_labels(path: str | Path) -> dict[str, str]:
    """Read the table that ``write_labels`` wrote.

    Raises
    ------
    InputError
        For other columns.
    """
    table = read_table(path, COLUMNS)
    if list(table) != COLUMNS:
        raise InputError(path, f"columns {', '.join(COLUMNS)}", ", ".join(table))
    return dict(zip(table["method"], table["label"], strict=True))


def with_labels(table: pd.DataFrame, labels: Labels, column: str = "method") -> pd.DataFrame:
    """Table with a column ``label`` behind the column of methods.

    Names without a label, such as those of reference maps, are their own label.
    """
    result = table.copy()
    label = [labels.get(name, name) for name in table[column]]
    result.insert(list(table).index(column) + 1, "label", label)
    return result
