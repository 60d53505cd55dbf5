"""Checks of gridded values against the range of their quantity.

The ranges are those of `proda.quantities`. A value outside is an undeclared fill value, a scale
factor applied twice or not at all, or another unit; a field whose values are possible one by one,
but not together, is in another unit. Messages name the first value, its place, and the number of
such values.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from proda.arrays import FloatArray
from proda.errors import InputError, number_text
from proda.quantities import QUANTITIES, check_distribution

__all__ = ["HINT", "check_field", "require_nonzero", "require_range"]

HINT = "an undeclared fill value, a scale factor twice or not at all, or another unit?"

Axes: TypeAlias = Sequence[tuple[str, npt.ArrayLike | None]]
"""Name and coordinates of each dimension, to name a place; coordinates None for an index."""


def check_field(
    name: str, values: FloatArray, where: str, axes: Axes, as_a_whole: bool = True
) -> None:
    """Require that a field is plausible.

    Parameters
    ----------
    name
        Key of `proda.quantities.QUANTITIES`.
    values
        In its unit, NaN where missing.
    where
        File and variable, for messages.
    axes
        Of ``values``.
    as_a_whole
        Whether to check the distribution of the values too.

    Raises
    ------
    InputError
        For a value out of range, and for a distribution that no such quantity has.
    """
    quantity = QUANTITIES[name]
    require_range(where, values, quantity.lower, quantity.upper, quantity.unit, axes)
    if as_a_whole:
        check_distribution(name, values, where)


def require_range(
    where: str,
    values: npt.ArrayLike,
    lower: float,
    upper: float,
    unit: str,
    axes: Axes,
    hint: str = HINT,
) -> None:
    """Require values in [lower, upper]; NaN passes.

    Parameters
    ----------
    where
        File and variable, for messages.
    values
        To check.
    lower, upper, unit
        The range.
    axes
        Of ``values``.
    hint
        What may be wrong, for messages.

    Raises
    ------
    InputError
        Naming the first value outside, its place and the number of such values.
    """
    values = np.asarray(values)
    bad = (values < lower) | (values > upper)
    if not bad.any():
        return
    index = tuple(int(i) for i in np.argwhere(bad)[0])
    place = ", ".join(
        f"{axis} {i if coordinates is None else _coordinate(np.asarray(coordinates)[i])}"
        for (axis, coordinates), i in zip(axes, index, strict=True)
    )
    known = int(np.isfinite(values).sum())
    found = number_text(values[index], lower, upper) + (f" at {place}" if place else "")
    found += f"; {int(bad.sum())} of {known} values"
    raise InputError(
        where,
        f"values in [{number_text(lower)}, {number_text(upper)}] {unit}".rstrip(),
        found,
        hint,
    )


def _coordinate(value: np.generic) -> str:
    return str(value) if isinstance(value, np.str_) else f"{float(value):g}"


def require_nonzero(values: FloatArray, where: str, what: str) -> None:
    """Require a value other than 0.

    Parameters
    ----------
    values
        NaN where missing.
    where
        File and variable, for messages.
    what
        The quantity in words.

    Raises
    ------
    InputError
        If all values are 0 or missing.
    """
    if not (np.abs(values) > 0).any():
        raise InputError(where, f"{what} somewhere", "0 everywhere")
