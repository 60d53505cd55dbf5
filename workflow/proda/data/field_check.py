"""Gridded values against what their quantity can be: the first offender, its place, and how many.

The ranges are those of `proda.quantities`. A value outside is a fill value that nobody declared, a
scale factor applied twice or left out, or another unit; a field whose values are possible one by
one, but not together, is in another unit.
"""

import numpy as np

from proda.errors import InputError, number_text
from proda.quantities import QUANTITIES, check_distribution

__all__ = ["HINT", "check_field", "require_nonzero", "require_range"]

HINT = "a fill value nobody declared, a scale factor twice or not at all, or another unit?"


def check_field(name, values, where, axes, as_a_whole=True):
    """Raise InputError unless a field is plausible, value by value and, unless told not to, as a
    whole.

    name: a key of QUANTITIES. values: in its unit, NaN where missing. where: file and variable.
    axes: one (name, coordinates) per dimension, to name the place; coordinates None for an index.
    """
    quantity = QUANTITIES[name]
    require_range(where, values, quantity.lower, quantity.upper, quantity.unit, axes)
    if as_a_whole:
        check_distribution(name, values, where)


def require_range(where, values, lower, upper, unit, axes, hint=HINT):
    """Raise InputError for values outside [lower, upper], naming the first of them, its place and
    their number; NaN passes. Arguments as `check_field`."""
    values = np.asarray(values)
    bad = (values < lower) | (values > upper)
    if not bad.any():
        return
    index = tuple(int(i) for i in np.argwhere(bad)[0])
    place = ", ".join(
        f"{axis} {i if coordinates is None else f'{float(coordinates[i]):g}'}"
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


def require_nonzero(values, where, what):
    """Raise InputError if values are 0, or missing, everywhere. what: the quantity in words."""
    if not (np.abs(values) > 0).any():
        raise InputError(where, f"{what} somewhere", "0 everywhere")
