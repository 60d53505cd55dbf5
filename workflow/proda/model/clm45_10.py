"""The structure of Tao et al. 2020: CLM4.5's 10 soil layers, 25 parameters, annual-mean forcing.

CLM has no value for some parameters of the study: where between minimum and maximum NPP the input
lies, how it is allocated, one depth distribution for all of it. Their defaults are stated below and
in docs/methods/model.md. What CLM computes from texture is computed from texture: the transfer from
fast to slow SOC and, for CLM4.5, the water potential of saturated soil.
"""

import math

import numpy as np

from proda.arrays import Columns, FloatArray
from proda.errors import InputError
from proda.model.annual import AnnualForcing
from proda.model.cases import LITTER, Cases, by_layer, forcing_of, given
from proda.model.forcing import Forcing
from proda.model.parameters import parameter_table
from proda.model.slots import (
    INPUT_POSITION,
    INPUT_TO_CELLULOSE,
    INPUT_TO_LIGNIN,
    INPUT_TO_METABOLIC,
    SATURATED_WATER_POTENTIAL,
)
from proda.model.soil_model import SoilModel
from proda.model.structure import (
    CaseColumns,
    DefaultRun,
    LandField,
    LandModel,
    Role,
    Structure,
)
from proda.model.switches import Switches

__all__ = ["STRUCTURE"]

NAME = "clm45-10"
MPA_PER_MM_WATER = 9.80665e-6

# Fraction of NPP that is wood and ends as coarse woody debris; the rest has the quality of leaves
# and fine roots, 0.25 metabolic, 0.5 cellulose, 0.25 lignin (CLM5 parameter file, lf_* and fr_*).
WOODY_FRACTION = 0.2
LITTER_QUALITY = {INPUT_TO_METABOLIC: 0.25, INPUT_TO_CELLULOSE: 0.5, INPUT_TO_LIGNIN: 0.25}

# What CLM does where the study chose otherwise: decomposition stops at -2 (CLM5) or -10 MPa
# (CLM4.5) with no floor, cryoturbation up to an active layer of 2 m and never below 3 m. CLM5's
# temperature scalar is normalised to CENTURY's (CTSM, normalize_q10_to_century_tfunc).
DEFAULT_SWITCHES: dict[str, bool | float] = {
    "transfers_from_texture": True,
    "dry_water_scalar": 0.0,
    "water_scalar_floor": 1e-6,  # CLM's is 0, which has no steady state in soil that is always dry
    "cryoturbation_active_layer": 2.0,
    "mixing_at_cryoturbation_limit": True,
    "cryoturbation_depth": 3.0,
    "bioturbation_depth": math.inf,
}

LAND_MODEL = LandModel(
    fields=(
        LandField(
            "soil_temperature", ("TSOI",), Role.LAYERED, "K", "soil temperature", "soil_temperature"
        ),
        LandField(
            "soil_water_potential", ("SOILPSI",), Role.LAYERED, "MPa", "soil water potential"
        ),
        LandField(
            "sand", ("CELLSAND",), Role.FIXED_LAYERED, "%",
            "mass fraction of sand in the fine earth", optional=True,
        ),
        LandField(
            "active_layer_depth", ("ALTMAX_LASTYEAR",), Role.SURFACE, "m",
            "largest active-layer depth of the year before",
        ),
    ),
    interpolate=True,
)  # fmt: skip


def _read_cases(cases: Cases, model: SoilModel, version: str | None) -> Forcing:
    n_layers = model.grid.n_layers
    layers = range(1, n_layers + 1)
    sources = {
        "npp_min": ["npp_min"],
        "npp_max": ["npp_max"],
        "active_layer_depth": ["altmax_lastyear"],
        "soil_water_potential": [f"psi_{layer}" for layer in layers],
    }
    if given(cases, "t_scalar"):
        sources["temperature_scalar"] = by_layer(cases, "t_scalar", n_layers)
    else:
        sources["soil_temperature"] = [f"tsoi_{layer}" for layer in layers]
    if any(given(cases, f"n_scalar_{pool}") for pool in LITTER):
        sources["nitrogen_scalar_by_pool"] = [
            column for pool in LITTER for column in by_layer(cases, f"n_scalar_{pool}", n_layers)
        ]
    if version is not None:
        sources["npp_mean"] = ["npp_mean"]
    # CLM4.5's saturated water potential is that of the texture.
    if model.switches.transfers_from_texture or version == "clm4.5":
        sources["sand"] = by_layer(cases, "sand", n_layers)
    return forcing_of(cases, model.structure.forcing, sources)


def _fill_defaults(values: FloatArray, forcing: Forcing, version: str) -> None:
    assert isinstance(forcing, AnnualForcing)
    values[:, INPUT_POSITION] = _position_of_mean(forcing)
    for slot, fraction in LITTER_QUALITY.items():
        values[:, slot] = (1.0 - WOODY_FRACTION) * fraction
    if version == "clm4.5":
        values[:, SATURATED_WATER_POTENTIAL] = _saturated_water_potential(forcing)


def _position_of_mean(forcing: AnnualForcing) -> Columns:
    """Where mean NPP lies between its minimum and maximum, (n,)."""
    if forcing.npp_mean is None:
        raise InputError("forcing.npp_mean", "mean annual NPP, the input of a default run", "none")
    spread = forcing.npp_max - forcing.npp_min
    return np.where(spread > 0, (forcing.npp_mean - forcing.npp_min) / np.maximum(spread, 1e-30), 0)


def _saturated_water_potential(forcing: AnnualForcing) -> Columns:
    """CLM4.5's saturated soil matric potential of the column's mean sand content, (n,) MPa.

    -10 * 10^(1.88 - 0.0131 sand %) mm (CLM4.5 technical note, eq. 7.94; Clapp and Hornberger 1978).
    """
    if forcing.sand is None:
        raise InputError("forcing.sand", "sand content in %, for CLM4.5's saturated soil", "none")
    return -10.0 * 10.0 ** (1.88 - 0.0131 * forcing.sand.mean(axis=1)) * MPA_PER_MM_WATER


STRUCTURE = Structure(
    name=NAME,
    description="10 layers, annual forcing, Tao et al. 2020",
    forcing=AnnualForcing,
    parameters=parameter_table(NAME),
    switches=Switches(),
    land_model=LAND_MODEL,
    cases=CaseColumns(
        _read_cases,
        columns="npp_min, npp_max gC m-2 yr-1; altmax_lastyear m; tsoi_<layer> K; psi_<layer> MPa",
        default_columns="npp_mean gC m-2 yr-1",
    ),
    default_run=DefaultRun(
        # The limit of dry soil of CLM5, -2 MPa, is meant for the potential of an hour: soil whose
        # annual mean is drier would keep its carbon for ever.
        usual_version="clm4.5",
        switches={
            "clm5": DEFAULT_SWITCHES
            | {"century_normalisation": True, "driest_water_potential": -2.0},
            "clm4.5": DEFAULT_SWITCHES | {"driest_water_potential": -10.0},
        },
        fill=_fill_defaults,
    ),
)
