"""Measured SOC stocks at points, to validate maps with: a table with one row per point.

`source` is a mapping:

path        the file
columns     {our name: column in the file} for point_id, longitude, latitude and stock
unit        of the stock: kg m-2, g m-2, Mg ha-1 or t ha-1
top         upper end of the depth interval of the stock, cm
bottom      its lower end, cm

and the keys of `proda.text.user_table` (separator, decimal, skip_rows ...), which say how the table
is written.
"""

from enum import Enum
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from proda.data.codes import is_code
from proda.data.profiles.location import mistake_of_coordinates
from proda.data.profiles.tabular import choose_columns
from proda.errors import InputError, number_text
from proda.quantities import QUANTITIES, check_distribution
from proda.text.user_table import read_numbers, read_user_table

__all__ = ["UNITS", "PointStatus", "read_point_stocks"]

# Factor to kg m-2.
UNITS = {"kg m-2": 1.0, "g m-2": 1e-3, "Mg ha-1": 0.1, "t ha-1": 0.1}
COLUMNS = {name: name for name in ("point_id", "longitude", "latitude", "stock")}
# m; thinner intervals hold too little carbon to tell a unit by.
JUDGED_THICKNESS = 0.3


class PointStatus(Enum):
    """What becomes of a point; the first that holds."""

    ACCEPTED = "accepted"
    UNREADABLE = "unreadable_value"
    INVALID_COORDINATES = "invalid_coordinates"
    MISSING_CODE = "missing_code_stock"
    NO_STOCK = "no_stock"
    NEGATIVE_STOCK = "negative_stock"
    OUTSIDE_REGION = "outside_region"


def read_point_stocks(source, data_dir, cells):
    """Every row of the table with its stock in kg m-2, its cell and its status.

    cells: Cells of the map. Returns a DataFrame point_id, longitude, latitude, stock_kg_m2, cell
    (index, -1 outside) and status (values of PointStatus). Raises InputError for a missing file or
    column, an interval that is none, a table without a usable point, and stocks no soil holds.
    """
    path = Path(data_dir) / source["path"]
    if not 0 <= source["top"] < source["bottom"]:
        raise InputError(
            f"depth interval of {path}",
            "0 <= top < bottom, in cm",
            f"top {number_text(source['top'])}, bottom {number_text(source['bottom'])}",
        )
    columns = choose_columns("columns", COLUMNS, source.get("columns"))
    table = read_user_table("validation", path, columns, source, "name it under `columns`")
    read_numbers(path, table, ["longitude", "latitude", "stock"], source)
    thickness = (source["bottom"] - source["top"]) / 100
    stock = table["stock"] * UNITS[source["unit"]]
    # What is a code elsewhere is one here where no soil holds so much. -1 is a mistake of its own.
    impossible = (table["stock"] < -1) | (stock > QUANTITIES["mean_soc_density"].upper * thickness)
    code = is_code(table["stock"]) & impossible.to_numpy()
    stock[code] = np.nan
    greatest = QUANTITIES["soc_stock"].upper
    if (stock > greatest).any():
        row = stock.idxmax()
        raise InputError(
            f"{path} row {row + 2}, column {columns['stock']!r}",
            f"a stock of at most {number_text(greatest)} kg m-2",
            f"{number_text(stock[row])} kg m-2",
            f"is the unit {source['unit']}?",
        )
    lon, lat = table["longitude"].to_numpy(), table["latitude"].to_numpy()
    valid = (np.abs(lon) <= 360) & (np.abs(lat) <= 90)
    cell = np.full(len(table), -1)
    cell[valid] = cells.index_of(lon[valid], lat[valid])
    status = pd.Series(PointStatus.ACCEPTED.value, index=table.index)
    for reason, hit in (
        (PointStatus.OUTSIDE_REGION, cell < 0),
        (PointStatus.NEGATIVE_STOCK, stock < 0),
        (PointStatus.NO_STOCK, stock.isna()),
        (PointStatus.MISSING_CODE, code),
        (PointStatus.INVALID_COORDINATES, ~valid),
        (PointStatus.UNREADABLE, table["unreadable"] != ""),
    ):
        status[hit] = reason.value
    if not (status == PointStatus.ACCEPTED.value).any():
        counts = status.value_counts()
        found = ", ".join(f"{reason} {n}" for reason, n in counts.items())
        inside = partial(_in_cells, cells)
        hint = mistake_of_coordinates(inside, table["longitude"], table["latitude"])
        raise InputError(path, "at least one stock inside the region", found, hint)
    if thickness >= JUDGED_THICKNESS:
        accepted = stock[status == PointStatus.ACCEPTED.value]
        where = f"{path}, column {columns['stock']!r} in {source['unit']}"
        check_distribution("soc_stock", accepted, where)
        check_distribution("mean_soc_density", accepted / thickness, where)
    return pd.DataFrame(
        {
            "point_id": table["point_id"],
            "longitude": lon,
            "latitude": lat,
            "stock_kg_m2": stock,
            "cell": cell,
            "status": status,
        }
    ).reset_index(drop=True)


def _in_cells(cells, longitude, latitude):
    return cells.index_of(longitude, latitude) >= 0
