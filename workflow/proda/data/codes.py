"""Numbers that mark missing values in published data: -9999, 999, 1e36 and the like."""

import numpy as np
import numpy.typing as npt

from proda.arrays import Mask

__all__ = ["is_code"]

_NINES = [float("9" * whole + "." + "9" * after) for whole in range(1, 8) for after in range(4)]
_REPEATED = [float(digit * times) for digit in "678" for times in range(3, 7)]
# The ends of integer types.
_LIMITS = [32767.0, -32768.0, 65535.0, 2147483647.0, -2147483647.0, -2147483648.0]
_CODES = np.sort([-1.0, *_LIMITS, *_NINES, *(-x for x in [*_NINES, *_REPEATED])])
# Fill values of netCDF, land models and climate archives, and the ends of floating-point types,
# often written with few digits.
_HUGE = np.array([1e20, 1e30, 1e36, 9.9692099684e36, 3.4028234664e38, 1.7976931348623157e308])


def is_code(values: npt.ArrayLike) -> Mask:
    """Find the numbers that commonly mark missing values.

    Parameters
    ----------
    values
        Numbers in any unit, of any shape.

    Returns
    -------
    numpy.ndarray
        Of the same shape.
    """
    values = np.asarray(values, dtype=np.float64)
    code = np.asarray((np.abs(np.abs(values)[..., None] / _HUGE - 1) < 1e-4).any(axis=-1))
    # Converted to another unit and back, a code is off by rounding.
    place = np.searchsorted(_CODES, values)
    for neighbour in (np.maximum(place - 1, 0), np.minimum(place, _CODES.size - 1)):
        code |= np.isclose(values, _CODES[neighbour], rtol=1e-12, atol=0.0)
    return code
