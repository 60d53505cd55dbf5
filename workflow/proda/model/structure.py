"""The two structures of the matrix model and the choices in which they differ.

Both share one set of physical parameters, one transfer graph and one set of kernels. A structure is
a soil grid, a parameter table and a set of named switches.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from proda.errors import InputError
from proda.model.grid import CLM5_20, CLM45_10, SoilGrid
from proda.model.parameters import ParameterTable, parameter_table

__all__ = [
    "INPUT_SHARES",
    "INPUT_SHARE_NAMES",
    "PARAMETERS",
    "POOLS",
    "STRUCTURES",
    "SWITCH_RANGES",
    "Structure",
    "Switches",
    "get_structure",
]

POOLS = ("CWD", "L1", "L2", "L3", "S1", "S2", "S3")

# Slots of the physical parameter vector that the kernels read, in one order for both structures.
PARAMETERS = (*parameter_table("clm45-10").names, "water_scaling")
(
    BIOTURBATION, CRYOTURBATION, Q10, EFOLDING_DEPTH,
    TAU_CWD, TAU_METABOLIC, TAU_STRUCTURAL, TAU_FAST, TAU_SLOW, TAU_PASSIVE,
    METABOLIC_TO_FAST, CELLULOSE_TO_FAST, LIGNIN_TO_SLOW,
    FAST_TO_SLOW, FAST_TO_PASSIVE, SLOW_TO_FAST, SLOW_TO_PASSIVE, PASSIVE_TO_FAST, CWD_TO_CELLULOSE,
    INPUT_POSITION, INPUT_BETA, INPUT_TO_LIGNIN, INPUT_TO_METABOLIC, INPUT_TO_CELLULOSE,
    SATURATED_WATER_POTENTIAL, WATER_SCALING,
) = range(len(PARAMETERS))  # fmt: skip

# Shares of the carbon input, the rest of which is wood: they sum to less than 1.
INPUT_SHARES = (INPUT_TO_LIGNIN, INPUT_TO_METABOLIC, INPUT_TO_CELLULOSE)
INPUT_SHARE_NAMES = tuple(PARAMETERS[slot] for slot in INPUT_SHARES)


class Switches(NamedTuple):
    """Choices of a structure; the defaults are those of Tao et al. 2020 (10 layers).

    docs/methods/model.md tells where each comes from and what CLM itself does.
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
    least_active_layer: float = 0.01  # shallower ones are not mixed
    mixing_at_least_active_layer: bool = False  # is a layer of exactly that depth mixed?
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


_DEPTH = (0.0, float("inf"), "a depth in m, 0 or more")
_SCALAR = (0.0, 1.0, "a scalar from 0 to 1")
# What a switch that is a number may be: least and greatest value, in words.
SWITCH_RANGES = {
    "driest_water_potential": (-1e5, -1e-6, "a water potential below 0 MPa, -1e5 to -1e-6"),
    "dry_water_scalar": _SCALAR,
    "water_scalar_floor": _SCALAR,
    "cryoturbation_active_layer": _DEPTH,
    "least_active_layer": _DEPTH,
    "cryoturbation_end_factor": (0.0, float("inf"), "a multiple, 0 or more"),
    "cryoturbation_depth": _DEPTH,
    "bioturbation_depth": _DEPTH,
    "floor_advection": (0.0, 1.0, "an advection in m d-1, 0 to 1"),
    "input_depth": (1e-3, float("inf"), "a depth of 0.001 m or more"),
}

STUDY_10 = Switches()
STUDY_20 = Switches(
    water_from_potential=False,
    input_from_npp=False,
    mixing_at_interfaces=True,
    cryoturbation_active_layer=2.0,
    mixing_at_cryoturbation_limit=True,
    least_active_layer=0.0,
    cryoturbation_end_factor=0.0,
    cryoturbation_depth=3.0,
    bioturbation_depth=float("inf"),
    input_depth=float("inf"),
)


@dataclass(frozen=True, eq=False)
class Structure:
    """A soil grid, a parameter table and switches under one name."""

    name: str
    grid: SoilGrid
    parameters: ParameterTable
    switches: Switches
    months: int
    has_bedrock: bool = False

    @property
    def slots(self):
        """Where each parameter of the table stands in the physical vector of the kernels, (n,)."""
        return np.array([PARAMETERS.index(name) for name in self.parameters.names])


STRUCTURES = {
    "clm45-10": Structure("clm45-10", CLM45_10, parameter_table("clm45-10"), STUDY_10, months=1),
    "clm5-20": Structure(
        "clm5-20", CLM5_20, parameter_table("clm5-20"), STUDY_20, months=12, has_bedrock=True
    ),
}


def get_structure(name):
    """The structure of that name. Raises InputError for an unknown one."""
    if name not in STRUCTURES:
        raise InputError("structure", f"one of {', '.join(STRUCTURES)}", repr(name))
    return STRUCTURES[name]
