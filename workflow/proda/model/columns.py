"""Forcing and grid as the kernels read them: what does not depend on parameters, computed once."""

import numpy as np

from proda.arrays import Counts, FloatArray, Layers
from proda.errors import InputError
from proda.model.environment import REFERENCE_TEMPERATURE
from proda.model.forcing import Forcing
from proda.model.grid import SoilGrid
from proda.model.layout import (
    BIOTURBATION_CONDUCTANCE,
    CRYOTURBATION_CONDUCTANCE,
    ENTRIES,
    FLOOR_ADVECTION,
    FLOOR_CONDUCTANCE,
    GIVEN_TEMPERATURE_SCALAR,
    LITTER_SEPARATE,
    MONTH_ROWS,
    MONTHS,
    OXYGEN,
    SOIL_LAYERS,
    SURFACE_INPUT,
    TEMPERATURE,
    TEXTURE_FAST_TO_SLOW,
)
from proda.model.structure import Structure
from proda.model.switches import Switches
from proda.model.transport import unit_conductances

__all__ = ["check_forcing", "grid_rows", "input_by_layer", "prepare_columns", "soil_layers"]

# CLM's net fraction of decomposed fast SOC that becomes slow SOC, by sand content in %
# (CLM technical note; the fraction that becomes passive SOC is a constant of the parameter table).
FAST_TO_SLOW_WITHOUT_SAND = 0.826
FAST_TO_SLOW_PER_SAND = -0.0068


def grid_rows(grid: SoilGrid, switches: Switches) -> Layers:
    """A grid as the kernels read it.

    Parameters
    ----------
    grid
        Soil layers.
    switches
        Choices of the model: ``input_depth`` limits the interfaces of carbon input.

    Returns
    -------
    ndarray
        (3, layers), rows THICKNESS, NODE and INPUT_INTERFACE, m.
    """
    return np.stack([grid.thickness, grid.node, np.minimum(grid.interface, switches.input_depth)])


def check_forcing(forcing: Forcing, structure: Structure) -> None:
    """Check that a forcing is of the type that drives a structure.

    Parameters
    ----------
    forcing
        Of any type.
    structure
        Record of the structure.

    Raises
    ------
    InputError
        For anything else.
    """
    if not isinstance(forcing, structure.forcing):
        raise InputError(
            "forcing",
            f"{structure.forcing.__name__} for structure {structure.name}",
            type(forcing).__name__,
        )


def prepare_columns(forcing: Forcing, structure: Structure, switches: Switches) -> FloatArray:
    """Column arrays of the forcing of n columns.

    Parameters
    ----------
    forcing : Forcing
        Of the structure's class.
    structure : Structure
    switches : Switches

    Returns
    -------
    FloatArray
        (n, rows, layers); the rows are named in ``proda.model.layout``.

    Raises
    ------
    InputError
        For forcing of another class, or without what a switch needs.
    """
    check_forcing(forcing, structure)
    columns = np.zeros((len(forcing), MONTHS + MONTH_ROWS * forcing.steps, forcing.grid.n_layers))
    entries = columns[:, ENTRIES]
    entries[:, SOIL_LAYERS] = soil_layers(forcing, switches)
    entries[:, GIVEN_TEMPERATURE_SCALAR] = forcing.temperature_scalar is not None
    entries[:, LITTER_SEPARATE] = forcing.nitrogen_scalar_by_pool is not None
    entries[:, SURFACE_INPUT] = forcing.surface_input()
    if switches.transfers_from_texture:
        sand = forcing.required("sand", "CLM's texture-dependent transfers")
        columns[:, TEXTURE_FAST_TO_SLOW] = FAST_TO_SLOW_WITHOUT_SAND + FAST_TO_SLOW_PER_SAND * sand
    _fill_temperature(columns, forcing)
    _fill_mixing(columns, forcing, switches)
    forcing.fill(columns, switches)
    return columns


def soil_layers(forcing: Forcing, switches: Switches) -> Counts:
    """Number of layers that hold carbon: those above bedrock.

    Parameters
    ----------
    forcing
        Of n columns.
    switches
        Choices of the model.

    Returns
    -------
    ndarray
        (n,).
    """
    if forcing.bedrock_layer is None or switches.input_below_bedrock:
        return np.full(len(forcing), forcing.grid.n_layers)
    return forcing.bedrock_layer.astype(np.int64)


def input_by_layer(forcing: Forcing, switches: Switches) -> FloatArray:
    """CLM's own input to CWD, L1, L2, L3 per layer.

    What lies below bedrock is brought above it in the proportions found there; a pool whose
    input is all below has none.

    Parameters
    ----------
    forcing
        Of n columns.
    switches
        Choices of the model.

    Returns
    -------
    ndarray
        (n, 4, layers), gC m-3 yr-1.

    Raises
    ------
    InputError
        If the forcing has no input by layer.
    """
    grid = forcing.grid
    values = forcing.required("litter_input_by_layer", "CLM's own vertical distribution of input")
    above = np.arange(grid.n_layers) < soil_layers(forcing, switches)[:, None, None]
    kept = np.where(above, values, 0.0)
    total, of_kept = ((part * grid.thickness).sum(axis=-1) for part in (values, kept))
    with np.errstate(divide="ignore", invalid="ignore"):
        return kept * np.where(of_kept > 0.0, total / of_kept, 0.0)[..., None]


def _fill_temperature(columns: FloatArray, forcing: Forcing) -> None:
    """Temperature, or 298.15 K and the given scalar in the rows of the oxygen scalar."""
    temperature = columns[:, MONTHS + TEMPERATURE :: MONTH_ROWS]
    oxygen = columns[:, MONTHS + OXYGEN :: MONTH_ROWS]
    oxygen[:] = 1.0
    if forcing.temperature_scalar is not None:
        oxygen[:] = forcing.temperature_scalar.reshape(oxygen.shape)
    elif forcing.soil_temperature is not None:
        scaled = (forcing.soil_temperature - REFERENCE_TEMPERATURE) / 10.0
        temperature[:] = scaled.reshape(temperature.shape)


def _fill_mixing(columns: FloatArray, forcing: Forcing, switches: Switches) -> None:
    rows = BIOTURBATION_CONDUCTANCE, CRYOTURBATION_CONDUCTANCE, FLOOR_CONDUCTANCE, FLOOR_ADVECTION
    depth = forcing.active_layer_depth.reshape(len(forcing), -1)
    faces = unit_conductances(depth, forcing.grid, switches, forcing.bedrock_layer)
    for row, face in zip(rows, faces, strict=True):
        columns[:, row] = face
