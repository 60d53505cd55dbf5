"""CLM's own default parameters in the matrix model.

What CLM has no single value for is a matter of the structure (``Structure.default_run``); all have
the depth distribution of the carbon input stated here, because CLM has one per plant type.
"""

import numpy as np

from proda.arrays import Parameters
from proda.errors import InputError
from proda.model.forcing import Forcing
from proda.model.matrix_model import MatrixModel
from proda.model.slots import INPUT_BETA, PARAMETERS
from proda.model.structures import get_structure

__all__ = ["VERSIONS", "default_model", "default_parameters", "usual_version", "version_label"]

# Versions of CLM with their names in texts.
VERSIONS = {"clm5": "CLM5", "clm4.5": "CLM4.5"}
# Jackson root shape of most CLM plant types, per cm (CLM5 parameter file, rootprof_beta).
ROOT_BETA = 0.943


def usual_version(structure: str) -> str:
    """Version of CLM whose defaults a structure is run at if none is named."""
    return get_structure(structure).default_run.usual_version


def version_label(version: str) -> str:
    """Whose parameters a default run has, for figures and tables: ``CLM4.5 parameters``.

    Raises InputError for an unknown version.
    """
    _check_version(version)
    return f"{VERSIONS[version]} parameters"


def default_model(structure: str, version: str, **switches: bool | float) -> MatrixModel:
    """MatrixModel with the switches of a run at CLM's defaults.

    Parameters
    ----------
    structure
        Name of the structure.
    version
        Of CLM, ``clm5`` or ``clm4.5``.
    **switches
        Single switches that differ, e.g. ``century_normalisation=False`` for the later study's
        offline run.

    Raises
    ------
    InputError
        For an unknown structure, version or switch.
    """
    _check_version(version)
    return MatrixModel(
        structure, **{**get_structure(structure).default_run.switches[version], **switches}
    )


def default_parameters(structure: str, forcing: Forcing, version: str) -> Parameters:
    """Physical values (n, 26) of CLM's defaults for the columns of a forcing with sand content.

    Run them with ``default_model(structure, version).steady_state_of(values, forcing)``.

    Parameters
    ----------
    structure
        Name of the structure.
    forcing
        n columns. Where input comes from NPP they also need ``npp_mean``, which is the input.
    version
        Of CLM, one of VERSIONS.

    Raises
    ------
    InputError
        For an unknown version and for what the forcing lacks.
    """
    _check_version(version)
    record = get_structure(structure)
    table = record.parameters
    column = table.clm5_default if version == "clm5" else table.clm45_default
    values = np.zeros((len(forcing), len(PARAMETERS)))
    values[:, record.prior.slots] = np.nan_to_num(column)
    values[:, INPUT_BETA] = ROOT_BETA
    record.default_run.fill(values, forcing, version)
    return values


def _check_version(version: str) -> None:
    if version not in VERSIONS:
        raise InputError("version", f"one of {', '.join(VERSIONS)}", repr(version))
