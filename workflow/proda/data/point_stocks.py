"""Measured SOC stocks at points, with which maps are validated: a table with a row per point.

`source` is a mapping:

path        the file
columns     {our name: column in the file} for point_id, longitude, latitude and stock
unit        of the stock: kg m-2, g m-2, Mg ha-1 or t ha-1
top         upper end of the depth interval of the stock, cm
bottom      its lower end, cm

and the keys of `proda.text.user_table` (separator, decimal, skip_rows ...), which state how the
table is written.
"""

from collections.abc import Mapping
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from proda.arrays import Mask
from proda.data.cells import Cells
from proda.data.codes import is_code
from proda.data.profiles.location import mistake_of_coordinates
from proda.data.profiles.tabular import choose_columns
from proda.errors import InputError, number_text
from proda.quantities import QUANTITIES, check_distribution
from proda.text.user_table import read_numbers, read_user_table

__all__ = ["UNITS", "PointStatus", "point_columns", "read_point_stocks"]

UNITS = {"kg m-2": 1.0, "g m-2": 1e-3, "Mg ha-1": 0.1, "t ha-1": 0.1}
"""Factor to kg m-2."""

COLUMNS = {name: name for name in ("point_id", "longitude", "latitude", "stock")}

MIN_THICKNESS = 0.3
"""m; thinner intervals hold too little carbon for their stocks to show the unit."""


class PointStatus(Enum):
    """Whether a point is accepted, or the first reason that applies to it."""

    ACCEPTED = "accepted"
    UNREADABLE = "unreadable_value"
    INVALID_COORDINATES = "invalid_coordinates"
    MISSING_CODE = "missing_code_stock"
    NO_STOCK = "no_stock"
    NEGATIVE_STOCK = "negative_stock"
    OUTSIDE_REGION = "outside_region"


def read_point_stocks(
    source: Mapping[str, Any], data_dir: str | Path, cells: Cells
) -> pd.DataFrame:
    """Read measured stocks.

    Parameters
    ----------
    source
        Section of the configuration, as above.
    data_dir
        Folder that its path is relative to.
    cells
        Cells of the map.

    Returns
    -------
    pandas.DataFrame
        A row per row of the table: point_id, longitude, latitude (degrees), stock_kg_m2, cell
        (index, -1 outside) and status (values of `PointStatus`).

    Raises
    ------
    InputError
        For a missing file or column, a depth interval without thickness, a table without an
        accepted point, and stocks that no soil holds.
    """
    path = Path(data_dir) / source["path"]
    if not 0 <= source["top"] < source["bottom"]:
        raise InputError(
            f"depth interval of {path}",
            "0 <= top < bottom, in cm",
            f"top {number_text(source['top'])}, bottom {number_text(source['bottom'])}",
        )
    columns = point_columns(source)
    table = read_user_table("validation", path, columns, source, "name it under `columns`")
    read_numbers(path, table, ["longitude", "latitude", "stock"], source)
    thickness = (source["bottom"] - source["top"]) / 100
    stock = table["stock"] * UNITS[source["unit"]]
    # A number that commonly marks missing values is one where no soil holds so much. A stock of -1
    # is negative and not missing.
    impossible = (table["stock"] < -1) | (stock > QUANTITIES["mean_soc_density"].upper * thickness)
    code = is_code(table["stock"]) & impossible.to_numpy()
    stock[code] = np.nan
    upper = QUANTITIES["soc_stock"].upper
    if (stock > upper).any():
        row = stock.idxmax()
        raise InputError(
            f"{path} row {row + 2}, column {columns['stock']!r}",
            f"a stock of at most {number_text(upper)} kg m-2",
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
    if thickness >= MIN_THICKNESS:
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


def point_columns(source: Mapping[str, Any]) -> dict[str, str]:
    """Columns of the table: names in the file by our names.

    Parameters
    ----------
    source
        As for `read_point_stocks`.

    Raises
    ------
    InputError
        For an unknown name.
    """
    return choose_columns("columns", COLUMNS, source.get("columns"))


def _in_cells(cells: Cells, longitude: npt.ArrayLike, latitude: npt.ArrayLike) -> Mask:
    return cells.index_of(longitude, latitude) >= 0
