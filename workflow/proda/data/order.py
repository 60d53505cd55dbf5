"""Whether files are of the same profiles or cells, in one order: they are joined by position."""

import numpy as np

from proda.errors import InputError, number_text

__all__ = ["check_cells", "check_profiles"]

CENTRE_TOLERANCE = 1e-6  # degrees


def check_profiles(path, found, wanted, source, first=0):
    """Raise InputError unless the profiles of a file are those of another one, in order.

    found: identifiers in the file at ``path``. wanted: those of ``source``, which names what they
    are from in the message. first: number of the first of them in its file.
    """
    found, wanted = [str(name) for name in found], [str(name) for name in wanted]
    if len(found) != len(wanted):
        differ = len(set(found) ^ set(wanted))
        expected = f"the {len(wanted)} profiles of {source}"
        raise InputError(path, expected, f"{len(found)} profiles, {differ} in one of them only")
    for i, (here, there) in enumerate(zip(found, wanted, strict=True), start=first):
        if here != there:
            raise InputError(f"{path}, profile {i}", f"{there!r}, as in {source}", repr(here))


def check_cells(path, centres, cells):
    """Raise InputError unless lat and lon of a file's cells are those of Cells, in order."""
    lat, lon = centres
    if len(lat) != len(cells):
        raise InputError(path, f"{len(cells)} cells", f"{len(lat)} cells")
    apart = np.maximum(np.abs(lat - cells.lat), np.abs(lon - cells.lon)) > CENTRE_TOLERANCE
    for i in np.flatnonzero(apart)[:1]:
        expected = f"centre {number_text(cells.lat[i])} N {number_text(cells.lon[i])} E"
        raise InputError(
            f"{path}, cell {i}", expected, f"{number_text(lat[i])} N {number_text(lon[i])} E"
        )
