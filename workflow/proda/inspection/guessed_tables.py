"""What the tables in a folder are: horizons, sites or stocks at points, and their columns."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from proda.arrays import FloatArray
from proda.inspection.columns import as_numbers
from proda.inspection.names import HORIZON_ROLES, POINT_ROLES, Named, guess_columns, normalised
from proda.inspection.sniffing import SniffedTable, sniff_table
from proda.inspection.tables import horizon_numbers
from proda.inspection.units import Guess, guess_units
from proda.text.numbers import MISSING

__all__ = ["GuessedTable", "guess_tables", "places"]

_UNIT_OF = {"upper_depth": "depth", "lower_depth": "depth", "depth": "depth"}
# Names that may be another quantity than the one wanted.
_DOUBTFUL = {
    "profile_id": ("id", "site_id", "site", "plot", "plot_id", "location"),
    "organic_carbon": (),
}
_CARBON = ("c", "carbon", "tc", "total_carbon", "c_tot", "ctot", "total_c")
_MATTER = ("om", "som", "organic_matter", "loi", "loss_on_ignition")
_INTERVAL = r"\s*\d+(?:[.,]\d+)?\s*(?:cm|m)?\s*[-\u2013\u2014/]\s*\d+.*"
# Rows at different places for so many ids are too many for the ids of one data set.
_MANY = 0.1


@dataclass
class GuessedTable:
    """A table whose meaning is guessed.

    Attributes
    ----------
    source
        The table.
    kind
        "horizons", "sites" or "points".
    columns
        Names in the file by key of the configuration; a list for an identifier of several.
    units
        Guessed units of horizons by quantity; of points under "stock".
    doubts
        Remarks by key of the configuration, for the user to confirm.
    depth_interval
        Interval of stocks at points, cm.
    """

    source: SniffedTable
    kind: str
    columns: dict[str, Any]
    units: dict[str, Guess] = field(default_factory=dict)
    doubts: dict[str, str] = field(default_factory=dict)
    depth_interval: tuple[float, float] = (0.0, 100.0)

    @property
    def path(self) -> Path:
        """The file."""
        return self.source.path


def guess_tables(paths: Iterable[Path]) -> list[GuessedTable]:
    """Recognise tables by their columns.

    Parameters
    ----------
    paths
        Files that may be tables.
    """
    sniffed = (sniff_table(path) for path in paths)
    guessed = (_guess(table) for table in sniffed if table is not None)
    return [table for table in guessed if table is not None]


def places(table: GuessedTable) -> tuple[FloatArray, FloatArray]:
    """Longitudes and latitudes of a table, degrees, where both are known."""
    decimal = table.source.keys.get("decimal", ".")
    lon, lat = (
        as_numbers(table.source.table[table.columns[name]], decimal=decimal).to_numpy()
        for name in ("longitude", "latitude")
    )
    known = np.isfinite(lon) & np.isfinite(lat) & (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    return lon[known], lat[known]


def _guess(source: SniffedTable) -> GuessedTable | None:
    header = list(source.table)
    horizon, point = (guess_columns(header, roles) for roles in (HORIZON_ROLES, POINT_ROLES))
    carbon = horizon["organic_carbon"] or _named(header, _CARBON) or _named(header, _MATTER)
    depths = bool(horizon["upper_depth"] and horizon["lower_depth"]) or _intervals(source, horizon)
    placed = bool(horizon["longitude"] and horizon["latitude"])
    if horizon["profile_id"] and depths and carbon:
        return _horizons(source, horizon, carbon)
    if placed and point["stock"]:
        return _points(source, point)
    if placed and horizon["profile_id"]:
        names = ("profile_id", "longitude", "latitude", "date")
        columns = {name: horizon[name][0].column for name in names if horizon[name]}
        return GuessedTable(source, "sites", columns)
    return None


def _horizons(
    source: SniffedTable, named: dict[str, list[Named]], carbon: list[Named]
) -> GuessedTable:
    columns: dict[str, Any] = {name: found[0].column for name, found in named.items() if found}
    columns["organic_carbon"] = carbon[0].column
    if "upper_depth" in columns and "lower_depth" in columns:
        columns.pop("depth", None)
    else:
        columns.pop("upper_depth", None)
        columns.pop("lower_depth", None)
    guessed = GuessedTable(source, "horizons", columns)
    stem = normalised(carbon[0].column)
    if not named["organic_carbon"]:
        matter = any(stem.startswith(name) for name in _MATTER)
        what = "organic matter, 1.724 times its carbon" if matter else "total carbon, lime included"
        guessed.doubts["organic_carbon"] = f"this may be {what}"
    _identify(guessed, named["profile_id"])
    numbers = horizon_numbers(source.table, columns, source.keys)
    stated = {}
    for name, found in (named | {"organic_carbon": carbon}).items():
        if found and found[0].unit and name in columns:
            stated[_UNIT_OF.get(name, name)] = found[0].unit
    guessed.units = guess_units(numbers, stated)
    for quantity, guess in guessed.units.items():
        if not guess.certain:
            guessed.doubts[f"{quantity}_unit"] = guess.reason
    return guessed


def _identify(guessed: GuessedTable, candidates: list[Named]) -> None:
    """Choose the column, or the columns, that identify a profile."""
    table, columns = guessed.source.table, guessed.columns
    if not {"longitude", "latitude"} <= columns.keys():
        return
    place = table[columns["longitude"]] + " " + table[columns["latitude"]]

    def is_one_place(ids: pd.Series) -> bool:
        several = place.groupby(ids).nunique() > 1
        return bool(several.mean() <= _MANY)

    for one in candidates:
        if is_one_place(table[one.column]):
            columns["profile_id"] = one.column
            if normalised(one.column) in _DOUBTFUL["profile_id"]:
                guessed.doubts["profile_id"] = "does each value stand for one profile?"
            return
    names = [one.column for one in candidates]
    for k, first in enumerate(names):
        for second in names[k + 1 :]:
            if is_one_place(table[first] + "/" + table[second]):
                columns["profile_id"] = [second, first]
                guessed.doubts["profile_id"] = "one column alone has rows at different places"
                return
    guessed.doubts["profile_id"] = "rows of one identifier lie at different places"


def _points(source: SniffedTable, named: dict[str, list[Named]]) -> GuessedTable:
    columns = {name: found[0].column for name, found in named.items() if found}
    guessed = GuessedTable(source, "points", columns)
    column, unit = columns["stock"], named["stock"][0].unit
    if "point_id" not in columns:
        guessed.doubts["point_id"] = "no column of identifiers was recognised"
        columns["point_id"] = columns["stock"]
    values = as_numbers(source.table[column], decimal=source.keys.get("decimal", "."))
    median = float(values[values > 0].median())
    if unit is None:
        unit = "g m-2" if median > 1000 else "Mg ha-1" if median > 30 else "kg m-2"
        reason = f"the median is {median:.3g}"
        guessed.doubts["unit"] = reason
    else:
        reason = "stated in the name of the column"
    guessed.units["stock"] = Guess(unit, reason, "unit" not in guessed.doubts)
    numbers = [int(part) for part in re.findall(r"\d+", column)]
    depths = [number for number in numbers if 10 <= number <= 1000]
    if depths:
        top = numbers[0] if len(numbers) > 1 and numbers[0] < depths[-1] else 0
        guessed.depth_interval = (float(top), float(depths[-1]))
    else:
        guessed.doubts["bottom"] = "the name of the column states no depth"
    return guessed


def _named(header: list[str], names: tuple[str, ...]) -> list[Named]:
    """Columns whose name is, or begins with, one of these."""
    roles = {"organic_carbon": names}
    return guess_columns(header, roles)["organic_carbon"]


def _intervals(source: SniffedTable, named: dict[str, list[Named]]) -> bool:
    """Whether a column of depth holds intervals."""
    if not named["depth"]:
        return False
    text = source.table[named["depth"][0].column]
    text = text[~text.isin(MISSING)]
    return bool(len(text) and text.str.fullmatch(_INTERVAL).mean() > 0.5)
