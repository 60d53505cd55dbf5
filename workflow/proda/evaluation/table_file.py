"""Tables of results as csv."""

from proda.files import atomic_path

__all__ = ["write_table"]


def write_table(path, table):
    """Write a DataFrame as csv without its index, 6 digits, missing values empty."""
    with atomic_path(path) as temporary:
        table.to_csv(temporary, index=False, float_format="%.6g", lineterminator="\n")
