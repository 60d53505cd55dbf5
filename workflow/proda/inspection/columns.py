"""The columns of a table as they are: share without a value, distribution, examples."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from proda.inspection.views import ColumnView
from proda.text.numbers import MISSING, to_numbers

__all__ = ["LEVELS", "as_numbers", "column_views"]

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Quantiles that describe a column of numbers."""

_EXAMPLES = 3
_LONGEST = 24
# A column is one of numbers if at least so many of its values are.
_MOSTLY = 0.5


def as_numbers(text: pd.Series, missing: Iterable[str] = (), decimal: str = ".") -> pd.Series:
    """Numbers of a column of text, NaN where there is none.

    Parameters
    ----------
    text
        The column.
    missing
        Texts for missing values, besides the usual ones.
    decimal
        Decimal sign.
    """
    table = pd.DataFrame({"column": text, "unreadable": ""})
    to_numbers(table, ["column"], (*MISSING, *map(str, missing)), decimal)
    return table["column"]


def column_views(
    table: pd.DataFrame,
    meanings: Mapping[str, str],
    units: Mapping[str, str],
    looks_like: Mapping[str, str],
    texts: Sequence[str] = (),
    missing: Sequence[object] = (),
    decimal: str = ".",
) -> tuple[ColumnView, ...]:
    """Describe the columns of a table, those that are used first.

    Parameters
    ----------
    table
        All columns as text.
    meanings
        Key of the configuration by name of the column in the file.
    units, looks_like
        Declared unit, and the unit that the numbers fit better, by key of the configuration.
    texts
        Keys whose columns are text even if they hold numbers.
    missing, decimal
        As declared in the configuration.
    """
    used = [name for name in table if name in meanings]
    others = [name for name in table if name not in meanings]
    codes = [str(code) for code in missing]
    views = []
    for name in [*used, *others]:
        meaning, text = meanings.get(name, ""), table[name]
        values = text[~text.isin((*MISSING, *codes))]
        numbers = as_numbers(text, codes, decimal)
        is_text = meaning in texts or numbers.notna().sum() < max(1, _MOSTLY * len(values))
        quantiles = None
        if not is_text:
            known = numbers.dropna().to_numpy()
            quantiles = tuple(float(value) for value in np.quantile(known, LEVELS))
        shown = [value[:_LONGEST] for value in values.unique()[:_EXAMPLES]]
        views.append(
            ColumnView(
                name,
                meaning,
                units.get(meaning, ""),
                looks_like.get(meaning, ""),
                1 - (len(values) if is_text else numbers.notna().sum()) / max(1, len(text)),
                quantiles,
                tuple(shown) if is_text else (),
                int(values.nunique()) if is_text else 0,
            )
        )
    return tuple(views)
