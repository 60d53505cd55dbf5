"""WISE30sec version 1 (Batjes 2016, doi 10.1016/j.geoderma.2016.01.034).

The map holds numbers of map units. A unit has soil components, each with a proportion PROP (%) of
it; a component has layers D1 to D7 (five of 20 cm, then 100-150 and 150-200 cm). The stock of a
component is

    sum over layers of ORGC (g kg-1) * BULK (kg dm-3) * thickness (m) * (1 - CFRAG / 100)   kg m-2

and that of a unit the mean of its components weighted by PROP. Negative numbers are codes:
-2 glacier, -3 rock, -4 dunes, -5 salt flats and -7 layer absent are land without soil carbon and
count as zero; components of water (-1) and of built-up or other land never surveyed (-9) are
excluded and PROP is scaled up to what remains, because their carbon is not known to be zero. A unit
of nothing else has no stock, and its pixels are missing.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from proda.arrays import FloatArray
from proda.data.cells import Cells
from proda.data.raster_layer import Layer
from proda.data.rasters import aggregate_raster
from proda.data.references.dataset import DEPTHS_CM, MAX_STOCK
from proda.errors import InputError
from proda.text.rows import Layout
from proda.text.small_tables import read_columns, require_numbers

__all__ = ["unit_stocks", "wise_stocks"]

NO_CARBON = (-2, -3, -4, -5, -7)
NOT_SOIL = (-1, -9)
LAYERS = {f"D{i}" for i in range(1, 8)}
COLUMNS = ["NEWSUID", "SCID", "PROP", "Layer", "TopDep", "BotDep", "CFRAG", "BULK", "ORGC"]
PIXEL, UNIT = "pixel_vaue", "description"
"""Columns of wise_30sec_v1.tsv; the first is spelled so in the published file."""

TEXTS = (UNIT, "NEWSUID", "Layer")
"""Columns of text; all others of the two tables hold numbers."""

PROP_SLACK = 5.0
"""Percent by which the sum of the rounded proportions of a unit may differ from 100."""


def wise_stocks(folder: str | Path, cells: Cells, min_valid_fraction: float = 0.0) -> FloatArray:
    """Stocks as the mean over the valid pixels of each cell.

    Parameters
    ----------
    folder
        Holds, at any depth, wise_30sec_v1.tif, wise_30sec_v1.tsv and HW30s_FULL.txt.
    cells
        Cells of the grid.
    min_valid_fraction
        A cell with a smaller fraction of valid pixels is missing.

    Returns
    -------
    numpy.ndarray
        (3, n) kg m-2 on the cells.

    Raises
    ------
    InputError
        For missing or repeated files, for columns, codes and units that are not as published, and
        as `proda.data.rasters.aggregate_raster`.
    """
    raster, legend, table = (
        _only(folder, name) for name in ("wise_30sec_v1.tif", "wise_30sec_v1.tsv", "HW30s_FULL.txt")
    )
    stocks = unit_stocks(table)
    codes = _read(legend, [PIXEL, UNIT], sep="\t")
    is_unit = codes[UNIT].str.strip().str.lower() != "nodata"
    no_data = [0, *codes.loc[~is_unit, PIXEL].astype(int)]
    codes = codes[is_unit]
    unknown = codes.loc[~codes[UNIT].isin(stocks.index), UNIT]
    if not unknown.empty:
        found = f"{unknown.iloc[0]!r} and {len(unknown) - 1} more that are not"
        raise InputError(legend, f"units that are described in {table.name}", found)
    pixel = codes[PIXEL].astype(int).to_numpy()
    # A number that the legend does not list keeps a stock outside the valid range, an error.
    value_of_code = np.full((len(DEPTHS_CM), max(pixel.max(), *no_data) + 1), -1.0)
    value_of_code[:, no_data] = np.nan
    value_of_code[:, pixel] = stocks.loc[codes[UNIT]].to_numpy().T
    layer = Layer("WISE30sec map units", raster, 0, MAX_STOCK, unit="kg m-2")
    return np.array(
        [aggregate_raster(layer, cells, min_valid_fraction, values) for values in value_of_code]
    )


def unit_stocks(table: str | Path) -> pd.DataFrame:
    """Stock of each map unit.

    Parameters
    ----------
    table
        Path of HW30s_FULL.txt.

    Returns
    -------
    pandas.DataFrame
        By NEWSUID, columns 30, 100 and 200 (cm), kg m-2; NaN for units wholly of water or
        unsurveyed land.

    Raises
    ------
    InputError
        For components, layers, proportions and codes that are not as published.
    """
    rows = _read(table, COLUMNS, sep=",")
    _check_components(table, rows)
    measured = rows[["ORGC", "BULK", "CFRAG"]]
    code = measured.min(axis=1).where((measured < 0).any(axis=1))
    _check_codes(table, rows, measured, code)

    density = rows["ORGC"] * rows["BULK"] * (1 - rows["CFRAG"] / 100)
    density = density.where(code.isna(), 0.0)
    stocks = pd.DataFrame(
        {
            depth: density * (rows["BotDep"].clip(upper=depth) - rows["TopDep"]).clip(lower=0) / 100
            for depth in DEPTHS_CM
        }
    )
    component = [rows["NEWSUID"], rows["SCID"]]
    stocks = stocks.groupby(component, sort=True).sum()
    proportion = rows["PROP"].groupby(component, sort=True).first()
    proportion = proportion.where(~code.isin(NOT_SOIL).groupby(component, sort=True).any(), 0.0)
    whole = proportion.groupby(level="NEWSUID").sum()
    weighted = stocks.mul(proportion, axis=0).groupby(level="NEWSUID").sum()
    return weighted.div(whole.where(whole > 0), axis=0)


def _only(folder: str | Path, name: str) -> Path:
    found = sorted(Path(folder).glob(f"**/{name}"))
    if len(found) != 1:
        raise InputError(folder, f"one file {name} below it", ", ".join(map(str, found)) or "none")
    return found[0]


def _read(path: str | Path, columns: Sequence[str], sep: str) -> pd.DataFrame:
    layout = Layout(sep, encoding="latin-1")
    table = read_columns(path, columns, layout, extra=False)[columns].copy()
    empty = (table == "").any(axis=1)
    if empty.any():
        row = empty.idxmax()
        column = table.columns[table.loc[row] == ""][0]
        raise InputError(f"{path}, row {row}, {column}", "a value", "nothing")
    require_numbers(path, table, [name for name in columns if name not in TEXTS])
    return table


def _check_components(path: str | Path, rows: pd.DataFrame) -> None:
    component = ["NEWSUID", "SCID"]
    layers = rows.groupby(component)["Layer"].agg(list)
    odd = layers[[sorted(found) != sorted(LAYERS) for found in layers]]
    if not odd.empty:
        unit, number = odd.index[0]
        where = f"{path}, unit {unit}, component {number:g}"
        raise InputError(where, "layers D1 to D7, each once", ", ".join(map(str, odd.iloc[0])))
    proportions = rows.groupby(component)["PROP"].agg(["min", "max"])
    uneven = proportions[proportions["min"] != proportions["max"]]
    if not uneven.empty:
        unit, number = uneven.index[0]
        found = f"{uneven['min'].iloc[0]:g} and {uneven['max'].iloc[0]:g}"
        raise InputError(
            f"{path}, unit {unit}, component {number:g}, PROP", "one proportion", found
        )
    total = proportions["max"].groupby(level="NEWSUID").sum()
    odd = total[(total - 100).abs() > PROP_SLACK]
    if not odd.empty:
        where = f"{path}, unit {odd.index[0]}, PROP"
        raise InputError(where, "proportions that add up to 100 %", f"{odd.iloc[0]:g}")


def _check_codes(
    path: str | Path, rows: pd.DataFrame, measured: pd.DataFrame, code: pd.Series
) -> None:
    coded = code.notna()
    odd = coded & ((measured.max(axis=1) != code) | ~code.isin(NO_CARBON + NOT_SOIL))
    if odd.any():
        row = odd.idxmax()
        raise InputError(
            f"{path}, row {row} (unit {rows['NEWSUID'][row]})",
            f"ORGC, BULK and CFRAG measured, or all the same code of {NO_CARBON + NOT_SOIL}",
            ", ".join(f"{value:g}" for value in measured.loc[row]),
        )
    large = ~coded & ((rows["ORGC"] > 1000) | (rows["BULK"] > 3) | (rows["CFRAG"] > 100))
    large |= rows["BotDep"] <= rows["TopDep"]
    if large.any():
        row = large.idxmax()
        expected = "ORGC <= 1000 g kg-1, BULK <= 3 kg dm-3, CFRAG <= 100 %, TopDep < BotDep"
        found = ", ".join(
            f"{c} {rows[c][row]:g}" for c in ("ORGC", "BULK", "CFRAG", "TopDep", "BotDep")
        )
        raise InputError(f"{path}, row {row} (unit {rows['NEWSUID'][row]})", expected, found)
