"""Does a column have a steady state? Not if carbon enters where it can neither decompose nor move.

A pool has a steady state if every layer it enters is linked, through faces that mix, to a layer
where it decomposes; woody debris does not move and must decompose where it enters. Whether a layer
decomposes is decided by the forcing: by the mean over the months of the product of its water,
oxygen and (litter) nitrogen scalars, and of the temperature scalar where that is given. SOC follows
litter: where litter decomposes, so does SOC.

Zero means less than 1e-9, mixing less than about 1e-13 m d-1: passive SOC would then stay longer
than the age of the universe. So the least diffusivity, which is there for the sake of numbers, and
the rounding of interpolated zeros do not count.
"""

from typing import NamedTuple

import numpy as np

from proda.errors import InputError
from proda.model.columns import input_by_layer, soil_layers
from proda.model.forcing import AnnualForcing
from proda.model.structure import POOLS
from proda.model.transport import unit_conductances

__all__ = ["NoSteadyState", "columns_without_steady_state", "require_steady_state"]

CHUNK = 1024  # columns at a time, which bounds memory
LEAST_SCALAR = 1e-9
LEAST_UNIT_CONDUCTANCE = 1e-9  # m d-1 per m2 yr-1
HINT = (
    "carbon would gather there for ever; such a column has no steady state. "
    "Below bedrock these scalars may be 0 (bedrock_layer)"
)


class NoSteadyState(NamedTuple):
    """The first pool and layer (from 1) of a column (from 0) that keeps what enters it."""

    row: int
    pool: str
    layer: int
    cause: str

    def __str__(self):
        return f"{self.pool} in layer {self.layer}: {self.cause}"


def _row(row):
    return f"forcing[{row}]"


def require_steady_state(forcing, structure, switches, where=_row):
    """Raise InputError that names row, layer and cause if a column has no steady state.

    where: callable that names the place of a row.
    """
    for found in columns_without_steady_state(forcing, structure, switches)[:1]:
        raise InputError(
            f"{where(found.row)}, layer {found.layer}",
            f"soil that can lose the carbon that enters {found.pool}",
            found.cause,
            HINT,
        )


def columns_without_steady_state(forcing, structure, switches):
    """NoSteadyState of each column that has none, in order of the columns.

    forcing: AnnualForcing or MonthlyForcing. Parameters do not matter, as long as none is at an end
    of its prior that is zero (docs/methods/model.md, least values).
    """
    if isinstance(forcing, AnnualForcing) and switches.water_scalar_floor >= LEAST_SCALAR:
        given = forcing.temperature_scalar, forcing.nitrogen_scalar_by_pool
        if all(scalar is None for scalar in given):
            return []
    found = []
    for first in range(0, len(forcing), CHUNK):
        part = forcing.take(slice(first, first + CHUNK))
        for one in _found_in(part, structure.grid, switches):
            found.append(one._replace(row=first + one.row))
    return found


def _found_in(forcing, grid, switches):
    factors = _factors(forcing, switches)
    monthly = factors["water"] * factors["oxygen"] * factors["temperature"]
    pools = [monthly, *(monthly * nitrogen for nitrogen in factors["nitrogen"])]
    scalar = np.stack([values.mean(axis=1) for values in pools], axis=1)
    keeps = scalar < LEAST_SCALAR
    inside = np.arange(grid.n_layers) < soil_layers(forcing, grid, switches)[:, None]
    enters, lost = _input(forcing, grid, switches, inside)
    suspects = np.flatnonzero((keeps & inside[:, None]).any(axis=(1, 2)) | lost.any(axis=1))
    if not len(suspects):
        return []

    part = forcing.take(suspects)
    keeps, enters, lost = keeps[suspects], enters[suspects], lost[suspects]
    mixes = _mixes(part, grid, switches)
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
            cause = _cause(factors, row, pool, layer, scalar[row, pool, layer])
            found.append(NoSteadyState(int(row), POOLS[pool], int(layer) + 1, cause))
        if not stuck[i].any():
            for pool in np.flatnonzero(lost[i])[:1]:
                below = int(part.bedrock_layer[i]) + 1
                cause = "all of its input below bedrock"
                found.append(NoSteadyState(int(row), POOLS[pool], below, cause))
    return found


def _factors(forcing, switches):
    """Scalars by name, (n, months, layers); nitrogen a list of those of the three litter pools."""
    if isinstance(forcing, AnnualForcing):
        with np.errstate(divide="ignore", over="ignore"):
            dryness = np.log(
                switches.driest_water_potential / -np.abs(forcing.soil_water_potential)
            )
        water = np.where(dryness < 0.0, switches.dry_water_scalar, np.minimum(dryness, 1.0))
        factors = {"water": np.maximum(water, switches.water_scalar_floor)[:, None]}
        factors["oxygen"] = np.ones_like(factors["water"])
    else:
        factors = {"water": forcing.water_scalar, "oxygen": forcing.oxygen_scalar}
    shape = factors["water"].shape
    factors["temperature"] = np.ones(shape)
    if forcing.temperature_scalar is not None:
        factors["temperature"] = forcing.temperature_scalar.reshape(shape)
    by_pool = forcing.nitrogen_scalar_by_pool
    if by_pool is None:
        factors["nitrogen"] = [getattr(forcing, "nitrogen_scalar", np.ones(shape))] * 3
    else:
        factors["nitrogen"] = [by_pool[:, pool].reshape(shape) for pool in range(3)]
    return factors


def _input(forcing, grid, switches, inside):
    """Does input enter a pool in a layer, (n, 4, layers)? Has a pool input below bedrock only?"""
    n = len(forcing)
    if switches.input_by_layer:
        values = input_by_layer(forcing, grid, switches)
        lost = (forcing.litter_input_by_layer > 0.0).any(axis=2) & ~(values > 0.0).any(axis=2)
        return values > 0.0, lost
    if isinstance(forcing, AnnualForcing):
        frozen = forcing.active_layer_depth <= 0.0
        amount = np.repeat(forcing.npp_max[:, None] > 0.0, 4, axis=1)
    else:
        frozen = (forcing.active_layer_depth_last_year <= 0.0).any(axis=1)
        amount = forcing.litter_input > 0.0
    layer = np.arange(grid.n_layers)
    upper = np.concatenate([[0.0], grid.interface[:-1]])
    reached = np.where(frozen[:, None], layer == 0, upper < switches.input_depth) & inside
    return amount[:, :, None] & reached[:, None], np.zeros((n, 4), dtype=bool)


def _mixes(forcing, grid, switches):
    """Does the face below a layer mix, (n, layers)?"""
    depth = forcing.active_layer_depth
    bioturbation, cryoturbation, *_ = unit_conductances(
        depth.reshape(len(forcing), -1),
        grid,
        switches,
        getattr(forcing, "bedrock_layer", None),
    )
    return bioturbation + cryoturbation > LEAST_UNIT_CONDUCTANCE


def _reaches(decomposes, mixes):
    """Is a layer linked to one that decomposes, (n, layers)? Down the column and up again."""
    reaches = decomposes.copy()
    n_layers = reaches.shape[1]
    for j in range(1, n_layers):
        reaches[:, j] |= reaches[:, j - 1] & mixes[:, j - 1]
    for j in range(n_layers - 2, -1, -1):
        reaches[:, j] |= reaches[:, j + 1] & mixes[:, j]
    return reaches


def _cause(factors, row, pool, layer, product):
    months = factors["water"].shape[1]
    when = " in all months" if months > 1 else ""
    named = {name: factors[name] for name in ("water", "oxygen", "temperature")}
    if pool:
        named["nitrogen"] = factors["nitrogen"][pool - 1]
    still = ", and no mixing to a layer where it decomposes" if pool else ""
    for name, values in named.items():
        largest = values[row, :, layer].max()
        if largest < LEAST_SCALAR:
            article = "an" if name == "oxygen" else "a"
            return f"{article} {name} scalar of {largest:.3g}{when}{still}"
    return f"scalars whose product is {product:.3g} on average{still}"
