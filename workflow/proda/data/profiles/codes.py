"""Numbers that stand for "no value": -9999, 999, 1e36 and the like.

Laboratories and programs write them where nothing was measured. They are compared as numbers, so
that -9999, "-9999.0" and "-9.999e3" are the same. A code that is declared (`missing_values` of a
table) is an empty cell. One that nobody declared is taken out here and noted, and the ledger books
its row under a reason of its own, so that it can be declared. What is a code elsewhere may be a
value here (99 % of fragments, a longitude of -99): except in depths, a number is a code only where
the quantity cannot have such a value.
"""

import numpy as np

from proda.quantities import QUANTITIES

__all__ = ["KINDS", "is_code", "missing_coordinates", "take_out_codes"]

# The kinds of quantities that have a reason of their own, `missing_code_<kind>`.
KINDS = ("coordinates", "depth", "carbon", "density", "fragments")

_NINES = [float("9" * whole + "." + "9" * after) for whole in range(1, 8) for after in range(4)]
_REPEATED = [float(digit * times) for digit in "678" for times in range(3, 7)]
# The ends of integer types.
_LIMITS = [32767.0, -32768.0, 65535.0, 2147483647.0, -2147483647.0, -2147483648.0]
_CODES = np.sort([-1.0, *_LIMITS, *_NINES, *(-x for x in [*_NINES, *_REPEATED])])
# Fill values of netCDF, land models and climate archives, and the ends of floating-point types,
# often written with few digits.
_HUGE = np.array([1e20, 1e30, 1e36, 9.9692099684e36, 3.4028234664e38, 1.7976931348623157e308])
# From here on a number is a code in depths too: no horizon ends at 999 cm.
_LARGE = 998.5

# (what the name of a column begins with, the quantity that gives its range, the kind)
_COLUMNS = (
    ("organic_carbon", "organic_carbon", "carbon"),
    ("bd", "bulk_density", "density"),
    ("coarse_fragments", "coarse_fragments", "fragments"),
)


def is_code(values):
    """Boolean array: which of ``values`` are numbers that elsewhere stand for no value."""
    values = np.asarray(values, dtype=np.float64)
    code = (np.abs(np.abs(values)[..., None] / _HUGE - 1) < 1e-4).any(axis=-1)
    # Converted to another unit and back, a code is off by rounding.
    place = np.searchsorted(_CODES, values)
    for neighbour in (np.maximum(place - 1, 0), np.minimum(place, _CODES.size - 1)):
        code |= np.isclose(values, _CODES[neighbour], rtol=1e-12, atol=0.0)
    return code


def missing_coordinates(profiles):
    """Boolean Series: which ``longitude`` or ``latitude`` (degrees) is a code and no coordinate."""
    longitude, latitude = profiles["longitude"], profiles["latitude"]
    return (is_code(longitude) & (longitude.abs() > 360)) | (
        is_code(latitude) & (latitude.abs() > 90)
    )


def take_out_codes(
    horizons, depth_factor=1.0, carbon_factor=1.0, density_factor=1.0, fragments_factor=1.0
):
    """Replace codes by NaN and name their kind in a new column ``missing_code``, in place.

    horizons: table with the columns of the package. The factors are those by which the source's
    own numbers were multiplied, because codes are codes in the source's unit. The first kind in
    the order of KINDS is named; the column is empty where there is no code.
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


def _depth_codes(horizons, factor):
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
