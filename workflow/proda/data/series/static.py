"""What a series takes from the static forcing of the cells: all that does not change with time."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from proda.arrays import FloatArray, Mask
from proda.data.series.record import BY_LAYER, LITTER, fixed_names
from proda.errors import InputError
from proda.files import StrPath
from proda.model.structures import get_structure
from proda.netcdf import open_netcdf

__all__ = ["StaticForcing", "read_static"]


class StaticForcing(NamedTuple):
    """Static forcing of n cells.

    Attributes
    ----------
    known
        (n,) cells that have any.
    fixed
        (n, ...) by name.
    litter
        (n, 4) gC m-2 yr-1; None for structures whose input comes from NPP.
    litter_by_layer
        (n, 4, layers) gC m-3 yr-1; None where the file has none.
    """

    known: Mask
    fixed: Mapping[str, FloatArray]
    litter: FloatArray | None
    litter_by_layer: FloatArray | None

    def shares(self) -> tuple[FloatArray, FloatArray | None]:
        """Shares of the input by pool (n, 4), and by pool and layer (n, 4, layers) m-1; 0 if none.

        Raises
        ------
        InputError
            Without litter input.
        """
        if self.litter is None:
            raise InputError("static forcing", "litter input by pool", "none")
        total = self.litter.sum(axis=1)
        factor = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0.0)
        layered = self.litter_by_layer
        by_layer = None if layered is None else layered * factor[:, None, None]
        return self.litter * factor[:, None], by_layer


def read_static(path: StrPath, structure: str, cell: np.ndarray) -> StaticForcing:
    """Read what does not change of some cells.

    Parameters
    ----------
    path
        grid_forcing.nc.
    structure
        Name of the structure, which must be that of the file.
    cell
        (n,) numbers of the cells.

    Raises
    ------
    InputError
        For a file of another structure, or without a variable that is needed.
    """
    record = get_structure(structure)
    litter = [] if record.input_from_npp else [LITTER]
    optional = {f.name for f in record.land_model.fields if f.optional} | {BY_LAYER}
    wanted = [*fixed_names(record), *litter]
    needed = ["cell", "no_forcing", *(name for name in wanted if name not in optional)]
    with open_netcdf(path, "forcing", needed) as data:
        if getattr(data, "structure", None) != structure:
            found = repr(getattr(data, "structure", None))
            raise InputError(path, f"forcing of structure {structure}", found)
        number = np.ma.filled(data["cell"][:], -1)
        usable = np.ma.filled(data["no_forcing"][:], 1) == 0
        row, column = np.nonzero((number >= 0) & usable)
        place = np.full((int(max(number.max(), cell.max(initial=0))) + 1, 2), -1)
        place[number[row, column]] = np.stack([row, column], axis=1)
        row, column = place[cell].T
        known = row >= 0

        def pick(name: str) -> FloatArray:
            values = np.ma.filled(data[name][:].astype(float), np.nan)[..., row, column]
            values = np.moveaxis(values, -1, 0)
            values[~known] = np.nan
            return values

        names = [name for name in (*wanted, BY_LAYER) if name in data.variables]
        values = {name: pick(name) for name in names}
    total, by_layer = values.pop(LITTER, None), values.pop(BY_LAYER, None)
    return StaticForcing(known, values, total, by_layer)
