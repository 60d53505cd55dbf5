"""Litter input as the balance of the pools.

    input_X = loss_X - gain_X + dX/dt - (dX/dt by transport)

with the loss by decomposition (respiration and transfer) and fire, and the gain of cellulose and
lignin litter from woody debris. By layer where the files hold all terms by layer; otherwise for the
column, where transport cancels, and over depth as roots. dX/dt is the change from the first to the
last year over the years between; with one year, or means of many, the pools are taken as steady.
"""

from typing import NamedTuple

import numpy as np

from proda.arrays import FloatArray
from proda.data.land_model.history import Field
from proda.data.land_model.litter.common import (
    FLUX_UNIT,
    LitterInput,
    Source,
    by_root_profile,
    flux_field,
)

__all__ = ["FIELDS", "read_budget", "serves_budget"]

FLUX_BY_LAYER = "gC m-3 s-1"


class Pool(NamedTuple):
    """Fields of a pool, each with the names of CLM5 and of CTSM 5.1 and later."""

    carbon: tuple[str, str]
    losses: tuple[tuple[str, str], ...]
    optional_losses: tuple[tuple[str, str], ...]
    gain: tuple[str, str] | None
    transport: tuple[str, ...]


def _litter(old: str, new: str, to: tuple[str, str], gain: tuple[str, str] | None) -> Pool:
    return Pool(
        carbon=(f"{old}C", f"{new}_C"),
        losses=((f"{old}_HR", f"{new}_HR"), (f"{old}C_TO_{to[0]}C", f"{new}_C_TO_{to[1]}_C")),
        optional_losses=((f"M_{old}C_TO_FIRE", f"M_{new}_C_TO_FIRE"),),
        gain=gain,
        transport=tuple(
            f"{stem}_TNDNCY_VERT_TRA{end}"
            for stem in (f"{old}C", f"{new}_C")
            for end in ("NS", "", "NSPORT")
        ),
    )


TO_CELLULOSE = ("CWDC_TO_LITR2C", "CWD_C_TO_LIT_CEL_C")
TO_LIGNIN = ("CWDC_TO_LITR3C", "CWD_C_TO_LIT_LIG_C")
POOLS = (
    Pool(
        carbon=("CWDC", "CWD_C"),
        losses=(TO_CELLULOSE, TO_LIGNIN),
        optional_losses=(("CWD_HR",) * 2, ("M_CWDC_TO_FIRE", "M_CWD_C_TO_FIRE")),
        gain=None,
        transport=(),  # woody debris does not move
    ),
    _litter("LITR1", "LIT_MET", ("SOIL1", "SOM_ACT"), None),
    _litter("LITR2", "LIT_CEL", ("SOIL1", "SOM_ACT"), TO_CELLULOSE),
    _litter("LITR3", "LIT_LIG", ("SOIL2", "SOM_SLO"), TO_LIGNIN),
)
LAYERED, COLUMN = "_vr", ""


def _names(names: tuple[str, ...], ending: str) -> tuple[str, ...]:
    return tuple(f"{name}{ending}" for name in dict.fromkeys(names))


def _terms(pool: Pool, ending: str) -> dict[str, Field]:
    """Fields of a pool, the required ones, by their oldest name."""
    unit = FLUX_BY_LAYER if ending else FLUX_UNIT
    fluxes = [*pool.losses, *([pool.gain] if pool.gain else [])]
    fields = [flux_field(*_names(names, ending), unit=unit) for names in fluxes]
    stock = "gC m-3" if ending else "gC m-2"
    fields.append(Field(_names(pool.carbon, ending), (stock,), -1.0, 1e7))
    if ending and pool.transport:
        fields.append(flux_field(*pool.transport, unit=unit))
    return {field.name: field for field in fields}


def _optional(pool: Pool, ending: str) -> dict[str, Field]:
    unit = FLUX_BY_LAYER if ending else FLUX_UNIT
    fields = [flux_field(*_names(names, ending), unit=unit) for names in pool.optional_losses]
    return {field.name: field for field in fields}


FIELDS: dict[str, Field] = {
    name: field
    for pool in POOLS
    for ending in (LAYERED, COLUMN)
    for name, field in (_terms(pool, ending) | _optional(pool, ending)).items()
}
"""All fields that are read if the files hold them."""


def serves_budget(source: Source) -> str | None:
    """Ending of the names of a complete budget in the files: "_vr", "", or None for none."""
    for ending in (LAYERED, COLUMN):
        names = [name for pool in POOLS for name in _terms(pool, ending)]
        if all(name in source.fields for name in names):
            return ending
    return None


def read_budget(source: Source, ending: str) -> LitterInput:
    """Input that closes the budget of the pools.

    Parameters
    ----------
    source
        Files that hold a budget.
    ending
        Of the names, from `serves_budget`.

    Raises
    ------
    InputError
        For units and impossible values.
    """
    read = source.annual_by_layer if ending else source.annual
    parts = []
    for pool in POOLS:
        names = [f"{loss[0]}{ending}" for loss in pool.losses]
        names += [name for name in _optional(pool, ending) if name in source.fields]
        total = np.add.reduce([read(name) for name in names])
        if pool.gain:
            total = total - read(f"{pool.gain[0]}{ending}")
        if ending and pool.transport:
            total = total - read(pool.transport[0])
        parts.append(total + _change(source, f"{pool.carbon[0]}{ending}", bool(ending)))
    closed = np.maximum(np.stack(parts), 0.0)  # rounding, and what a short run leaves open
    steady = not _has_years(source, f"{POOLS[0].carbon[0]}{ending}")
    change = "the pools taken as steady" if steady else "with the change of the pools"
    if ending:
        return LitterInput(closed, f"budget of the pools by layer, {change}")
    text = f"budget of the pools of the column, {change}; over depth as roots"
    return LitterInput(by_root_profile(closed, source.grid), text)


def _has_years(source: Source, name: str) -> bool:
    """Whether a field has two or more single years."""
    return source.history.n_years(source.fields.table[name], source.years) > 1


def _change(source: Source, name: str, layered: bool) -> FloatArray:
    """Change of a pool per year; 0 where it is not known."""
    if not _has_years(source, name):
        return np.zeros(1)
    if layered:
        years = source.fields.layers(
            name, source.grid.node, "year", source.years, interpolate=False
        )
    else:
        years = source.fields.surface(name, "year", source.years)
    return np.asarray((years[-1] - years[0]) / (len(years) - 1))
