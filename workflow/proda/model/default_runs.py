"""CLM's own default parameters in the matrix model.

CLM has no value for some parameters of the study (where between least and greatest NPP the input
lies, how it is allocated, one depth distribution for all of it). Their defaults here are stated
below and in docs/methods/model.md. What CLM computes from texture is computed from texture: the
transfer from fast to slow SOC and, for CLM4.5, the water potential of saturated soil.
"""

import numpy as np

from proda.errors import InputError
from proda.model.matrix_model import MatrixModel
from proda.model.structure import (
    INPUT_BETA,
    INPUT_POSITION,
    INPUT_TO_CELLULOSE,
    INPUT_TO_LIGNIN,
    INPUT_TO_METABOLIC,
    PARAMETERS,
    SATURATED_WATER_POTENTIAL,
    get_structure,
)

__all__ = ["USUAL_VERSION", "VERSIONS", "default_model", "default_parameters"]

VERSIONS = ("clm5", "clm4.5")
USUAL_VERSION = {"clm45-10": "clm4.5", "clm5-20": "clm5"}

MPA_PER_MM_WATER = 9.80665e-6

# Jackson root shape of most CLM plant types, per cm (CLM5 parameter file, rootprof_beta).
ROOT_BETA = 0.943
# Share of NPP that is wood and ends as coarse woody debris; the rest has the quality of leaves and
# fine roots, 0.25 metabolic, 0.5 cellulose, 0.25 lignin (CLM5 parameter file, lf_* and fr_*).
WOODY_SHARE = 0.2
LITTER_QUALITY = {INPUT_TO_METABOLIC: 0.25, INPUT_TO_CELLULOSE: 0.5, INPUT_TO_LIGNIN: 0.25}

# What CLM does where the study chose otherwise: decomposition stops at -2 (CLM5) or -10 MPa
# (CLM4.5) with no floor, cryoturbation up to an active layer of 2 m and never below 3 m. CLM5's
# temperature scalar is normalised to CENTURY's (CTSM, normalize_q10_to_century_tfunc).
SWITCHES = {
    "clm5": {"century_normalisation": True},
    "clm4.5": {},
}
DRIEST_WATER_POTENTIAL = {"clm5": -2.0, "clm4.5": -10.0}  # MPa
ANNUAL_SWITCHES = {
    "dry_water_scalar": 0.0,
    "water_scalar_floor": 1e-6,  # CLM's is 0, which has no steady state in soil that is always dry
    "cryoturbation_active_layer": 2.0,
    "mixing_at_cryoturbation_limit": True,
    "cryoturbation_depth": 3.0,
    "bioturbation_depth": float("inf"),
}


def default_model(structure, version, **switches):
    """MatrixModel with the switches of a run at CLM's defaults (``clm5`` or ``clm4.5``).

    Keyword arguments override single switches, e.g. ``century_normalisation=False`` for the later
    study's offline run. Raises InputError for an unknown version.
    """
    _check_version(version)
    own = {"transfers_from_texture": True} | SWITCHES[version]
    if structure == "clm45-10":
        own |= ANNUAL_SWITCHES | {"driest_water_potential": DRIEST_WATER_POTENTIAL[version]}
    else:
        own |= {"input_by_layer": True}
    return MatrixModel(structure, **own | switches)


def default_parameters(structure, forcing, version):
    """Physical values (n, 26) of CLM's defaults for the columns of a forcing with sand content.

    ``clm45-10`` also needs ``npp_mean``, which is the input. Run them with
    ``default_model(structure, version).steady_state_of(values, forcing)``.
    """
    _check_version(version)
    structure_of_run = get_structure(structure)
    table = structure_of_run.parameters
    column = table.clm5_default if version == "clm5" else table.clm45_default
    values = np.zeros((len(forcing), len(PARAMETERS)))
    values[:, structure_of_run.slots] = np.nan_to_num(column)
    values[:, INPUT_BETA] = ROOT_BETA
    if structure == "clm45-10":
        values[:, INPUT_POSITION] = _position_of_mean(forcing)
        for slot, share in LITTER_QUALITY.items():
            values[:, slot] = (1.0 - WOODY_SHARE) * share
        if version == "clm4.5":
            values[:, SATURATED_WATER_POTENTIAL] = _saturated_water_potential(forcing)
    return values


def _position_of_mean(forcing):
    """Where mean NPP lies between its least and greatest value, (n,)."""
    if forcing.npp_mean is None:
        raise InputError("forcing.npp_mean", "mean annual NPP, the input of a default run", "none")
    spread = forcing.npp_max - forcing.npp_min
    return np.where(spread > 0, (forcing.npp_mean - forcing.npp_min) / np.maximum(spread, 1e-30), 0)


def _saturated_water_potential(forcing):
    """CLM4.5's saturated soil matric potential of the column's mean sand content, (n,) MPa.

    -10 * 10^(1.88 - 0.0131 sand %) mm (CLM4.5 technical note, eq. 7.94; Clapp and Hornberger 1978).
    """
    if forcing.sand is None:
        raise InputError("forcing.sand", "sand content in %, for CLM4.5's saturated soil", "none")
    return -10.0 * 10.0 ** (1.88 - 0.0131 * forcing.sand.mean(axis=1)) * MPA_PER_MM_WATER


def _check_version(version):
    if version not in VERSIONS:
        raise InputError("version", f"one of {', '.join(VERSIONS)}", repr(version))
