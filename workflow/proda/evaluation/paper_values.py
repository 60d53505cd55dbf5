"""Values that Tao et al. 2020 and slides of the later study report, for comparison with a run.

| column | meaning |
|---|---|
| table | table that shows the value: table_1, table_s1, table_s3, region_totals, performance |
| method | method, or name of a reference map |
| quantity | r2, r, rmse; stock; posterior_variance; soc_stock, turnover_time; explained_percent |
| item | depth of a stock, statistic over cells, code name of a parameter; empty otherwise |
| value | as printed; empty where the paper gives a bound only |
| low, high | interval as printed (5-95 %; of the slides value +- number), or a bound alone |
| unit, source | unit of the value, and its place in the paper, with any doubt about it |
"""

from pathlib import Path

import numpy as np
import pandas as pd

from proda.errors import InputError
from proda.resources import resource
from proda.text.small_tables import read_register

__all__ = ["PAPER_VALUES", "paper_value", "read_paper_values"]

PAPER_VALUES = resource("paper_values.csv")
KEY = ["table", "method", "quantity", "item"]
NUMBERS = ["value", "low", "high"]
COLUMNS = [*KEY, *NUMBERS, "unit", "source"]


def read_paper_values(path: str | Path = PAPER_VALUES) -> pd.DataFrame:
    """Read the table with the columns above, indexed by table, method, quantity and item.

    Raises
    ------
    InputError
        For other columns, an entry that is not a number, and a repeated key.
    """
    table = read_register(path, COLUMNS)
    for name in NUMBERS:
        numbers = pd.to_numeric(table[name].replace("", np.nan), errors="coerce")
        wrong = np.flatnonzero(numbers.isna() & (table[name] != ""))
        if wrong.size:
            where = f"{path}, row {table.index[wrong[0]]}, {name}"
            raise InputError(where, "a number or nothing", repr(table[name].iloc[wrong[0]]))
        table[name] = numbers
    again = np.flatnonzero(table.duplicated(KEY))
    if again.size:
        found = " ".join(table[KEY].iloc[again[0]])
        raise InputError(
            f"{path}, row {table.index[again[0]]}", "each value once", f"{found} again"
        )
    return table.set_index(KEY)


def paper_value(
    values: pd.DataFrame, table: str, method: str, quantity: str, item: str = ""
) -> tuple[float, float, float]:
    """One value of the paper.

    Parameters
    ----------
    values
        The table of ``read_paper_values``.
    table, method, quantity, item
        The row: its table of the paper, method, quantity and item (a parameter, a depth interval).

    Returns
    -------
    tuple
        Value, low and high; NaN where the paper has none.
    """
    key = (table, method, quantity, item)
    if key not in values.index:
        return np.nan, np.nan, np.nan
    value, low, high = (float(number) for number in values.loc[key, NUMBERS])
    return value, low, high
