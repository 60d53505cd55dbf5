"""What Tao et al. 2020 report, to stand beside the same quantity of a run, marked as the paper's.

| column | meaning |
|---|---|
| table | of this workflow in which the value stands: table_1, table_s1, table_s3 |
| method | method, or name of a reference map |
| quantity | r2, r, rmse; stock; posterior_variance |
| item | depth interval of a stock, code name of a parameter; empty otherwise |
| value | as printed; empty where the paper gives a bound only |
| low, high | interval as printed (5-95 %), or a bound alone |
| unit, source | of the value, and where in the paper it stands, with doubts about it |
"""

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


def read_paper_values(path=PAPER_VALUES):
    """DataFrame with the columns above, indexed by table, method, quantity and item.

    Raises InputError for other columns, an entry that is no number, and a repeated key.
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


def paper_value(values, table, method, quantity, item=""):
    """(value, low, high) of the table of ``read_paper_values``, NaN where the paper has none."""
    key = (table, method, quantity, item)
    if key not in values.index:
        return np.nan, np.nan, np.nan
    return tuple(float(number) for number in values.loc[key, NUMBERS])
