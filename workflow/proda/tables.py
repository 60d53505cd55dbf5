"""Tables as csv: the same bytes for the same values, and "NA" is a name like others."""

import gzip
from pathlib import Path

import pandas as pd

from proda.files import atomic_path

__all__ = ["read_table", "write_table"]


def write_table(path, table, digits=None):
    """Write a DataFrame as csv without its index, missing values empty.

    digits: significant ones of numbers with a point; None for all. A path that ends in .gz is
    compressed. Raises OSError as `atomic_path`.
    """
    path = Path(path)
    layout = {"index": False, "lineterminator": "\n"}
    if digits is not None:
        layout["float_format"] = f"%.{digits}g"
    with atomic_path(path) as temporary:
        if path.suffix == ".gz":
            # The name and time that gzip would store belong to the temporary file.
            header = {"filename": "", "mtime": 0}
            with (
                temporary.open("wb") as file,
                gzip.GzipFile(mode="wb", fileobj=file, **header) as packed,
            ):
                table.to_csv(packed, **layout)
        else:
            table.to_csv(temporary, **layout)


def read_table(path, texts):
    """Read what `write_table` wrote: a DataFrame.

    texts: names of the columns of text, in which an empty cell is an empty text and digits stay as
    they are; in the others it is NaN.
    """
    texts = dict.fromkeys(texts, str)
    table = pd.read_csv(path, dtype=texts, keep_default_na=False, na_values=[""])
    return table.fillna(dict.fromkeys(texts.keys() & set(table), ""))
