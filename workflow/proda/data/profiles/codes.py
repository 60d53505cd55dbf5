"""Numbers that mark missing values: -9999, 999, 1e36 and the like.

Laboratories and programs write them where nothing was measured. They are compared as numbers, so
that -9999, "-9999.0" and "-9.999e3" are the same. A code that is declared (`missing_values` of a
table) is an empty cell. An undeclared one is removed here and noted, and the ledger records its row
under a reason of its own, so that it can be declared. What is a code elsewhere may be a value here
(99 % of fragments, a longitude of -99): except in depths, a number is a code only where the
quantity cannot have such a value.
"""

import numpy as np
import pandas as pd

from proda.arrays import Mask
from proda.data.codes import is_code
from proda.quantities import QUANTITIES

__all__ = ["KINDS", "missing_coordinates", "remove_codes"]

# Kinds of quantities with a reason of their own, `missing_code_<kind>`.
KINDS = ("coordinates", "depth", "carbon", "density", "fragments")

# From here on a number is a code in depths too: no horizon ends at 999 cm.
_LARGE = 998.5

# (beginning of the name of a column, quantity that gives its range, kind)
_COLUMNS = (
    ("organic_carbon", "organic_carbon", "carbon"),
    ("bd", "bulk_density", "density"),
    ("coarse_fragments", "coarse_fragments", "fragments"),
)


def missing_coordinates(profiles: pd.DataFrame) -> pd.Series:
    """Which rows have a code for a missing value as ``longitude`` or ``latitude`` (degrees)."""
    longitude, latitude = profiles["longitude"], profiles["latitude"]
    return (is_code(longitude) & (longitude.abs() > 360)) | (
        is_code(latitude) & (latitude.abs() > 90)
    )


def remove_codes(
    horizons: pd.DataFrame,
    depth_factor: float = 1.0,
    carbon_factor: float = 1.0,
    density_factor: float = 1.0,
    fragments_factor: float = 1.0,
) -> None:
    """Replace codes by NaN and name their kind in a new column ``missing_code``, in place.

    The first kind in the order of KINDS is named; the column is empty where there is no code.

    Parameters
    ----------
    horizons
        Table with the columns of the package.
    depth_factor, carbon_factor, density_factor, fragments_factor
        Factors by which the source's own numbers were multiplied: codes are recognised in the
        source's unit.
    """
    factors = {
        "carbon": carbon_factor,
        "density": density_factor,
        "fragments": fragments_factor,
    }
    found = _depth_codes(horizons, depth_factor)
    for prefix, quantity, kind in _COLUMNS:
        for column in horizons.columns[horizons.columns.str.startswith(prefix)]:
            values = horizons[column].to_numpy()
            code = is_code(values / factors[kind])
            found.append((column, kind, code & ~QUANTITIES[quantity].plausible(values)))
    note = np.full(len(horizons), "", dtype=object)
    for column, kind, code in found:
        horizons.loc[code, column] = np.nan
        note[code & (note == "")] = kind
    horizons["missing_code"] = note


def _depth_codes(horizons: pd.DataFrame, factor: float) -> list[tuple[str, str, Mask]]:
    """Column, kind and rows of the codes in both depths."""
    upper = horizons["upper_depth"].to_numpy() / factor
    lower = horizons["lower_depth"].to_numpy() / factor
    # A small negative number is the height of an organic layer above the mineral soil, but not
    # where the other end lies in the mineral soil, nor where both ends are the same.
    in_upper = is_code(upper) & (
        (np.abs(upper) > _LARGE) | ((upper < 0) & ((lower > 0) | (lower == upper)))
    )
    in_lower = is_code(lower) & (
        (np.abs(lower) > _LARGE) | ((lower < 0) & ((upper >= 0) | (lower == upper)))
    )
    return [("upper_depth", "depth", in_upper), ("lower_depth", "depth", in_lower)]
