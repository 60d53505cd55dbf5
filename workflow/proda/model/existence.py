"""Does a column have a steady state? Not if carbon enters where it can neither decompose nor move.

A pool has a steady state if every layer it enters is linked, through faces that mix, to a layer
where it decomposes; woody debris does not move and must decompose where it enters. Whether a layer
decomposes is decided by the forcing: by the mean over the months of the product of its water,
oxygen and (litter) nitrogen scalars, and of the temperature scalar where that is given. SOC follows
litter: where litter decomposes, so does SOC.

Zero means less than 1e-9, mixing less than about 1e-13 m d-1: passive SOC would then stay longer
than the age of the universe. So the minimum diffusivity, which serves numerical stability only, and
the rounding of interpolated zeros do not count.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from proda.arrays import Mask
from proda.errors import InputError
from proda.model.columns import input_by_layer, soil_layers
from proda.model.forcing import Forcing, Scalars
from proda.model.layout import POOLS
from proda.model.switches import Switches
from proda.model.transport import unit_conductances

__all__ = ["NoSteadyState", "columns_without_steady_state", "require_steady_state", "row_name"]

CHUNK = 1024  # columns at a time, which bounds memory
NEGLIGIBLE_SCALAR = 1e-9
NEGLIGIBLE_UNIT_CONDUCTANCE = 1e-9  # m d-1 per m2 yr-1
HINT = (
    "carbon would accumulate there without limit; such a column has no steady state. "
    "Below bedrock these scalars may be 0 (bedrock_layer)"
)


class NoSteadyState(NamedTuple):
    """The first pool and layer (from 1) of a column (from 0) that retains what enters it."""

    row: int
    pool: str
    layer: int
    cause: str

    def __str__(self) -> str:
        return f"{self.pool} in layer {self.layer}: {self.cause}"


def row_name(row: int) -> str:
    """The place of a row in a message."""
    return f"forcing[{row}]"


def require_steady_state(
    forcing: Forcing, switches: Switches, where: Callable[[int], str] = row_name
) -> None:
    """Check that all columns have a steady state.

    Parameters
    ----------
    forcing
        Of n columns.
    switches
        Choices of the model.
    where
        Names the place of a row.

    Raises
    ------
    InputError
        Names row, layer and cause of the first column without one.
    """
    for found in columns_without_steady_state(forcing, switches)[:1]:
        raise InputError(
            f"{where(found.row)}, layer {found.layer}",
            f"soil that can lose the carbon that enters {found.pool}",
            found.cause,
            HINT,
        )


def columns_without_steady_state(forcing: Forcing, switches: Switches) -> list[NoSteadyState]:
    """Columns that have no steady state, in their order, with layer and cause.

    Parameters of the model do not matter, as long as none is at an end of its prior that is zero
    (docs/methods/model.md, minimum values).

    Parameters
    ----------
    forcing
        Of n columns.
    switches
        Choices of the model.
    """
    if switches.water_from_potential and switches.water_scalar_floor >= NEGLIGIBLE_SCALAR:
        given = forcing.temperature_scalar, forcing.nitrogen_scalar_by_pool
        if all(scalar is None for scalar in given):
            return []
    found = []
    for first in range(0, len(forcing), CHUNK):
        part = forcing.take(slice(first, first + CHUNK))
        for one in _found_in(part, switches):
            found.append(one._replace(row=first + one.row))
    return found


def _found_in(forcing: Forcing, switches: Switches) -> list[NoSteadyState]:
    scalars = forcing.scalars(switches)
    monthly = scalars.water * scalars.oxygen * scalars.temperature
    pools = [monthly, *(monthly * nitrogen for nitrogen in scalars.nitrogen)]
    scalar = np.stack([values.mean(axis=1) for values in pools], axis=1)
    keeps = scalar < NEGLIGIBLE_SCALAR
    inside = np.arange(forcing.grid.n_layers) < soil_layers(forcing, switches)[:, None]
    enters, lost = _input(forcing, switches, inside)
    suspects = np.flatnonzero((keeps & inside[:, None]).any(axis=(1, 2)) | lost.any(axis=1))
    if not len(suspects):
        return []

    part = forcing.take(suspects)
    keeps, enters, lost = keeps[suspects], enters[suspects], lost[suspects]
    mixes = _mixes(part, switches)
    # Half of what woody debris loses is cellulose, half is lignin litter.
    enters[:, 2:] |= (enters[:, 0] & ~keeps[:, 0])[:, None]
    stuck = np.stack(
        [enters[:, 0] & keeps[:, 0]]
        + [enters[:, pool] & ~_reaches(~keeps[:, pool], mixes) for pool in (1, 2, 3)],
        axis=1,
    )
    found = []
    for i, row in enumerate(suspects):
        for pool, layer in np.argwhere(stuck[i])[:1]:
            cause = _cause(scalars, int(row), pool, layer, scalar[row, pool, layer])
            found.append(NoSteadyState(int(row), POOLS[pool], int(layer) + 1, cause))
        if not stuck[i].any():
            for pool in np.flatnonzero(lost[i])[:1]:
                below = int(soil_layers(part, switches)[i]) + 1
                cause = "all of its input below bedrock"
                found.append(NoSteadyState(int(row), POOLS[pool], below, cause))
    return found


def _input(forcing: Forcing, switches: Switches, inside: Mask) -> tuple[Mask, Mask]:
    """Whether input enters a pool in a layer, (n, 4, layers); whether it is all below bedrock."""
    if switches.input_by_layer:
        values = input_by_layer(forcing, switches)
        given = forcing.required("litter_input_by_layer", "input by layer")
        lost = (given > 0.0).any(axis=2) & ~(values > 0.0).any(axis=2)
        return values > 0.0, np.asarray(lost)
    grid = forcing.grid
    layer = np.arange(grid.n_layers)
    upper = np.concatenate([[0.0], grid.interface[:-1]])
    at_surface = forcing.surface_input()[:, None]
    reached = np.where(at_surface, layer == 0, upper < switches.input_depth) & inside
    enters = forcing.has_input()[:, :, None] & reached[:, None]
    return enters, np.zeros(enters.shape[:2], dtype=bool)


def _mixes(forcing: Forcing, switches: Switches) -> Mask:
    """Whether the face below a layer mixes, (n, layers)."""
    bioturbation, cryoturbation, *_ = unit_conductances(
        forcing.active_layer_depth.reshape(len(forcing), -1),
        forcing.grid,
        switches,
        forcing.bedrock_layer,
    )
    return bioturbation + cryoturbation > NEGLIGIBLE_UNIT_CONDUCTANCE


def _reaches(decomposes: Mask, mixes: Mask) -> Mask:
    """Whether a layer is linked to one that decomposes, down the column or up, (n, layers)."""
    reaches = decomposes.copy()
    n_layers = reaches.shape[1]
    for j in range(1, n_layers):
        reaches[:, j] |= reaches[:, j - 1] & mixes[:, j - 1]
    for j in range(n_layers - 2, -1, -1):
        reaches[:, j] |= reaches[:, j + 1] & mixes[:, j]
    return reaches


def _cause(scalars: Scalars, row: int, pool: int, layer: int, product: float) -> str:
    when = " in all months" if scalars.water.shape[1] > 1 else ""
    named = scalars._asdict()
    by_pool = named.pop("nitrogen")
    if pool:
        named["nitrogen"] = by_pool[pool - 1]
    still = ", and no mixing to a layer where it decomposes" if pool else ""
    for name, values in named.items():
        largest = values[row, :, layer].max()
        if largest < NEGLIGIBLE_SCALAR:
            article = "an" if name == "oxygen" else "a"
            return f"{article} {name} scalar of {largest:.3g}{when}{still}"
    return f"scalars whose product is {product:.3g} on average{still}"
