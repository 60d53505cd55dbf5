"""The choices in which structures and runs of the matrix model differ."""

import math
from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Any, NamedTuple

import numpy as np

from proda.errors import InputError, number_text

__all__ = ["SWITCH_RANGES", "Switches", "read_switches", "with_switches"]


class Switches(NamedTuple):
    """Choices of a structure; the defaults are those of Tao et al. 2020 (10 layers).

    docs/methods/model.md states where each comes from and what CLM itself does.
    """

    # Temperature: CENTURY's response at 15 degC as reference, as CTSM has online (0.82 at Q10 1.5).
    century_normalisation: bool = False
    # Water: scalar from soil water potential, or CLM's own scalar times a parameter, limited to 1.
    water_from_potential: bool = True
    driest_water_potential: float = -25.0  # MPa, decomposition stops below (before the floor)
    dry_water_scalar: float = 0.001  # value below that potential
    water_scalar_floor: float = 0.25
    # Vertical mixing by active-layer depth, m.
    mixing_at_interfaces: bool = False  # diffusivity taken at lower interfaces (CLM5), not at nodes
    cryoturbation_active_layer: float = 5.0  # deeper active layers are bioturbated
    mixing_at_cryoturbation_limit: bool = False  # is a layer of exactly that depth mixed at all?
    min_active_layer: float = 0.01  # shallower ones are not mixed
    mixing_at_min_active_layer: bool = False  # is a layer of exactly that depth mixed?
    cryoturbation_end_factor: float = 3.0  # ends at this multiple of the active layer; 0: at ...
    cryoturbation_depth: float = 5.0  # ... this depth, below which there never is any
    bioturbation_depth: float = 5.0
    floor_advection: float = 0.0  # m d-1, 1e-30 in the later study's code; does not conserve carbon
    # Carbon input: from NPP and allocation parameters, or CLM's own litter input per pool.
    input_from_npp: bool = True
    input_depth: float = 3.8  # m, no input below
    input_by_layer: bool = False  # take CLM's own vertical distribution instead of beta
    input_below_bedrock: bool = False  # leave input below bedrock where it is (study's code)
    # Transfers of fast SOC from sand content (CLM) instead of parameters.
    transfers_from_texture: bool = False


_DEPTH = (0.0, math.inf, "a depth in m, 0 or more")
_SCALAR = (0.0, 1.0, "a scalar from 0 to 1")
# Smallest and largest value of each switch that is a number, and what it is in words.
SWITCH_RANGES = {
    "driest_water_potential": (-1e5, -1e-6, "a water potential below 0 MPa, -1e5 to -1e-6"),
    "dry_water_scalar": _SCALAR,
    "water_scalar_floor": _SCALAR,
    "cryoturbation_active_layer": _DEPTH,
    "min_active_layer": _DEPTH,
    "cryoturbation_end_factor": (0.0, math.inf, "a multiple, 0 or more"),
    "cryoturbation_depth": _DEPTH,
    "bioturbation_depth": _DEPTH,
    "floor_advection": (0.0, 1.0, "an advection in m d-1, 0 to 1"),
    "input_depth": (1e-3, math.inf, "a depth of 0.001 m or more"),
}


def with_switches(switches: Switches, changes: Mapping[str, object]) -> Switches:
    """Switches with changes.

    Parameters
    ----------
    switches
        To start from.
    changes
        Values by name of a switch.

    Raises
    ------
    InputError
        For an unknown switch, a wrong type or a number out of range.
    """
    checked: dict[str, Any] = {name: _checked(name, value) for name, value in changes.items()}
    return switches._replace(**checked)


def _checked(name: str, value: object) -> bool | float:
    """Value of a switch in the one type it always has, because kernels are compiled for types."""
    if name not in Switches._fields:
        raise InputError("switch", f"one of {', '.join(Switches._fields)}", name)
    if isinstance(Switches._field_defaults[name], bool):
        if not isinstance(value, bool | np.bool_):
            raise InputError(f"switch {name}", "true or false", repr(value))
        return bool(value)
    if isinstance(value, bool) or not isinstance(value, Real) or math.isnan(float(value)):
        raise InputError(f"switch {name}", "a number", repr(value))
    lower, upper, meaning = SWITCH_RANGES[name]
    if not lower <= float(value) <= upper:
        raise InputError(f"switch {name}", meaning, number_text(value))
    return float(value)


def read_switches(texts: Iterable[str]) -> dict[str, bool | float]:
    """Switches by name from texts like ``water_scalar_floor=0.1``.

    Raises
    ------
    InputError
        For another form, an unknown or repeated name, or a value of the wrong type.
    """
    switches: dict[str, bool | float] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name:
            raise InputError("--switch", "name=value", repr(text))
        if name in switches:
            raise InputError("--switch", "each switch once", f"{name} again")
        if name not in Switches._fields:
            raise InputError("switch", f"one of {', '.join(Switches._fields)}", name)
        if isinstance(Switches._field_defaults[name], bool):
            known = {"true": True, "false": False}
            if value.lower() not in known:
                raise InputError(f"switch {name}", "true or false", repr(value))
            switches[name] = known[value.lower()]
        else:
            try:
                switches[name] = float(value)
            except ValueError:
                raise InputError(f"switch {name}", "a number", repr(value)) from None
    return switches
