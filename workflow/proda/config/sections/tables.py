"""Keys of every section that names a table of the user (`proda.text.user_table`)."""

from dataclasses import dataclass
from typing import Annotated, Literal

from proda.config.keys import Limits, Text

__all__ = ["Columns", "Encoding", "Quoted", "TableFormat"]

_Missing = Annotated[str | float, Limits(min_length=1, minimum=-1.7e308, maximum=1.7e308)]
_Row = Annotated[int, Limits(minimum=1, maximum=1_000_000_000)]
Columns = Annotated[dict[str, Text | None], Limits(max_keys=100)]
Encoding = Annotated[Text, "Character encoding of the file."]
Quoted = Annotated[
    bool | None,
    "Whether cells may be enclosed in double quotes; if false, quotes are part of the text. null "
    "for the usual choice of the format.",
]


@dataclass(frozen=True, kw_only=True)
class TableFormat:
    """How a table is written."""

    missing_values: Annotated[
        tuple[_Missing, ...],
        Limits(max_items=1000),
        "Texts or numbers that denote a missing value, in addition to an empty cell, NA, NaN and "
        "null.",
    ] = ()
    separator: Annotated[
        Annotated[str, Limits(min_length=1, max_length=1)] | None,
        "Character between cells; null for a tab in .tsv, .tab and .txt files and a comma in all "
        "others.",
    ] = None
    quoted: Quoted = None
    decimal: Annotated[Literal[".", ","], "Decimal sign."] = "."
    encoding: Encoding = "utf-8"
    skip_rows: Annotated[
        Annotated[int, Limits(minimum=0, maximum=1_000_000)]
        | Annotated[tuple[_Row, ...], Limits(max_items=1000)],
        "Rows to skip: their numbers, counted from 1 ([2] is a row of units below the header), or "
        "the number of rows to skip at the top.",
    ] = ()
    sheet: Annotated[
        Text | Annotated[int, Limits(minimum=1, maximum=10_000)] | None,
        "Sheet of a workbook (.xlsx), by its name or by its number, counted from 1 among the "
        "visible sheets; needed if the workbook has more than one.",
    ] = None
