"""The methods of a page: labels, colours, and which of them is the best on profiles held out."""

from pathlib import Path
from typing import Any

from proda.evaluation.labels import read_certificates, read_labels
from proda.explorer.run_files import RunFiles
from proda.figures.method_style import is_method, method_colour, method_order
from proda.parameters.methods import METHODS, is_blocked, method_label
from proda.tables import read_table

__all__ = ["best_method", "method_labels", "shown_methods"]

REFERENCE_COLOUR = "#8c8c8c"
# Sets of sites of Table 1 that tell how well a method predicts where it has not learned; without
# learners there is no set but that of all sites.
JUDGED_BY = ("cross_validation", "all")


def method_labels(files: RunFiles) -> dict[str, str]:
    """Labels of all methods and blocked variants of a run, in the order of all figures."""
    labels = read_labels(files.labels) if files.labels else {}
    names = method_order(dict.fromkeys([*files.sites, *files.grids]))
    return {name: labels.get(name) or method_label(name) for name in names}


def shown_methods(files: RunFiles) -> list[dict[str, Any]]:
    """Describe the methods whose soil carbon a page shows at profiles or cells.

    Returns
    -------
    list of dict
        name, label, colour, dashed (held out), mapped, note (what failed its certificate).
    """
    notes = read_certificates(files.labels) if files.labels else {}
    return [
        {
            "name": name,
            "label": label,
            "colour": method_colour(name) if is_method(name) else REFERENCE_COLOUR,
            "dashed": is_blocked(name),
            "mapped": name in files.grids,
            "note": notes.get(name, ""),
        }
        for name, label in method_labels(files).items()
    ]


def best_method(files: RunFiles) -> str | None:
    """The mapped method with the smallest error where it was not fitted; None without maps.

    Root mean square error of Table 1: of the cross-validation over blocks, else of all sites.
    """
    mapped = [name for name in METHODS if name in files.grids]
    if not mapped:
        return None
    return _smallest_error(files.table_1, mapped) or mapped[-1]


def _smallest_error(path: Path | None, names: list[str]) -> str | None:
    if path is None:
        return None
    table = read_table(path, ["sites", "method", "label", "note", "certificate"])
    for sites in JUDGED_BY:
        rows = table[(table["sites"] == sites) & table["method"].isin(names)].dropna(
            subset=["rmse"]
        )
        if len(rows):
            return str(rows.loc[rows["rmse"].idxmin(), "method"])
    return None
