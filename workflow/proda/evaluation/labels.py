"""What tables and figures call the methods of a run.

Most labels are given in the register of methods. That of a method whose soil carbon is given, the
default run, depends on the run: it names the model version or the history file that the values come
from. Every projection therefore carries its label as the attribute ``label``; the labels of a run
are collected in ``evaluation/methods.csv``, from which all tables and figures take them.

A method that rests on posteriors without certificate (`proda.inference.certification`) has an
asterisk after its label wherever it is shown, and ``methods.csv`` and the tables say what failed.
"""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from proda.errors import InputError
from proda.inference.certification import (
    MARK,
    carried_certification,
    certification_of_sites,
)
from proda.netcdf import open_netcdf
from proda.parameters.methods import Kind, method_of
from proda.tables import read_table, write_table

__all__ = [
    "Labels",
    "certificate_notes",
    "projection_labels",
    "read_certificates",
    "read_labels",
    "with_labels",
    "with_notes",
    "write_labels",
]

Labels = Mapping[str, str]
"""{name of a method: what tables and figures call it}."""

COLUMNS = ["method", "label", "certificate"]


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


def certificate_notes(
    projections: Mapping[str, str | Path], profiles: pd.DataFrame
) -> dict[str, str]:
    """What failed in the posteriors of each method that rests on any without certificate.

    Parameters
    ----------
    projections
        {method: path of its projection}.
    profiles
        Table of profiles of Pairs. Methods per site are judged by the used ones.
    """
    notes = {}
    used = profiles["used"].to_numpy(bool)
    for method, path in projections.items():
        if method_of(method).kind is Kind.PER_SITE:
            note = certification_of_sites(profiles["certified"], used).note
        else:
            with open_netcdf(path, "a projection") as file:
                note = str(carried_certification(path, file).get("certificate", ""))
        if note:
            notes[method] = note
    return notes


def write_labels(path: str | Path, labels: Labels, notes: Mapping[str, str] | None = None) -> None:
    """Write labels, and what failed of methods without certificate, as a table of COLUMNS."""
    lines = [(name, label, (notes or {}).get(name, "")) for name, label in labels.items()]
    write_table(path, pd.DataFrame(lines, columns=COLUMNS))


def read_labels(path: str | Path) -> dict[str, str]:
    """Read labels from the table that ``write_labels`` wrote, marked if not certified.

    Raises
    ------
    InputError
        For other columns.
    """
    table = _read(path)
    return {
        method: _marked(label) if note else label
        for method, label, note in table.itertuples(index=False)
    }


def read_certificates(path: str | Path) -> dict[str, str]:
    """Read what failed, {method: note}, of the methods that are not certified."""
    table = _read(path)
    return {method: note for method, _, note in table.itertuples(index=False) if note}


def _read(path: str | Path) -> pd.DataFrame:
    """Table of COLUMNS."""
    table = read_table(path, COLUMNS)
    if list(table) != COLUMNS:
        raise InputError(path, f"columns {', '.join(COLUMNS)}", ", ".join(table))
    return table


def _marked(label: str) -> str:
    """A label with the mark, before its part in brackets."""
    head, bracket, detail = label.partition(" (")
    return f"{head}{MARK}{bracket}{detail}"


def with_labels(
    table: pd.DataFrame,
    labels: Labels,
    notes: Mapping[str, str],
    column: str = "method",
) -> pd.DataFrame:
    """Table with a column ``label`` behind the column of methods, and a last one ``certificate``.

    Parameters
    ----------
    table
        With a column of names.
    labels
        Of ``read_labels``. Names without a label, such as those of reference maps, are their own.
    notes
        Of ``read_certificates``; the column is empty for other methods.
    column
        Of the names.
    """
    result = table.copy()
    label = [labels.get(name, name) for name in table[column]]
    result.insert(list(table).index(column) + 1, "label", label)
    return with_notes(result, notes, column)


def with_notes(table: pd.DataFrame, notes: Mapping[str, str], *columns: str) -> pd.DataFrame:
    """Table with a last column ``certificate``: what failed of the methods that a row names.

    Parameters
    ----------
    table
        With columns of names.
    notes
        Of ``read_certificates``; the column is empty where none is of a method of the row.
    columns
        Of the names; several that have notes are told apart by the name.
    """
    rows = []
    for names in table[list(columns)].itertuples(index=False):
        found = {name: notes[name] for name in names if name in notes}
        several = len(columns) > 1
        rows.append("; ".join(f"{k}: {note}" if several else note for k, note in found.items()))
    return table.assign(certificate=rows)
