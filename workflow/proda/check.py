"""Checks of arrays at public interfaces: shape, finite values, and ranges that reveal units."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from proda.arrays import FloatArray, Mask
from proda.errors import InputError, number_text

__all__ = ["as_array", "as_rows", "check_range"]


def as_array(
    name: str, values: npt.ArrayLike | Sequence[object], shape: Sequence[int | None], unit: str = ""
) -> FloatArray:
    """Return values as a contiguous array of float64, all finite.

    Parameters
    ----------
    name
        Of the argument, for the message.
    values
        Numbers.
    shape
        What it must be; None matches any length.
    unit
        For the message.

    Raises
    ------
    InputError
        For another shape and for values that are not finite; it names the argument, the first
        offending index and its value.
    """
    try:
        array = np.ascontiguousarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(name, "numbers", f"{type(values).__name__} {values!r:.80}") from None
    if array.ndim != len(shape) or any(
        want is not None and have != want for have, want in zip(array.shape, shape, strict=True)
    ):
        wanted = "(" + ", ".join("n" if s is None else str(s) for s in shape) + ")"
        raise InputError(name, f"shape {wanted}", f"shape {array.shape}")
    bad = ~np.isfinite(array)
    if bad.any():
        raise _offending(name, array, bad, "finite values" + (f" in {unit}" if unit else ""))
    return array


def as_rows(
    name: str, values: npt.ArrayLike, shape: Sequence[int | None], unit: str = ""
) -> FloatArray:
    """Return values as `as_array` for (n, *shape); a single row may lack the leading axis.

    Parameters
    ----------
    name
        Of the values, for the message.
    values
        Numbers.
    shape
        Of one row; None for a length that is not checked.
    unit
        For the message.
    """
    try:
        if np.ndim(values) == len(shape):
            values = np.asarray(values)[None]
    except ValueError:
        pass  # ragged; refused below
    return as_array(name, values, (None, *shape), unit)


def check_range(
    name: str,
    array: FloatArray,
    lower: float,
    upper: float,
    unit: str = "",
    hint: str | None = None,
    open_lower: bool = False,
) -> None:
    """Raise InputError for the first value outside [lower, upper].

    Parameters
    ----------
    name
        Of the array, for the message.
    array
        The values; NaN is not checked here.
    lower, upper
        Limits of the range.
    unit, hint
        For the message.
    open_lower
        Whether ``lower`` itself is outside.
    """
    bad = ((array <= lower) if open_lower else (array < lower)) | (array > upper)
    if np.any(bad):
        bracket = "]" if open_lower else "["
        limits = f"{bracket}{number_text(lower)}, {number_text(upper)}]"
        expected = f"values in {limits}" + (f" {unit}" if unit else "")
        raise _offending(name, array, bad, expected, hint, (lower, upper))


def _offending(
    name: str,
    array: FloatArray,
    bad: Mask,
    expected: str,
    hint: str | None = None,
    limits: Sequence[float] = (),
) -> InputError:
    index = tuple(int(i) for i in np.argwhere(bad)[0])
    more = int(bad.sum()) - 1
    found = number_text(array[index], *limits) + (f" and {more} more" if more else "")
    if not index:
        return InputError(name, expected, found, hint)
    return InputError.of_element(name, index, expected, found, hint)
