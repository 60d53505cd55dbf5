"""Forcing and grid as the kernels read them: what does not depend on parameters, computed once."""

import numpy as np

from proda.errors import InputError
from proda.model.environment import REFERENCE_TEMPERATURE
from proda.model.forcing import AnnualForcing, MonthlyForcing
from proda.model.layout import (
    BIOTURBATION_CONDUCTANCE,
    CRYOTURBATION_CONDUCTANCE,
    CWD_INPUT,
    CWD_TOTAL,
    ENTRIES,
    FLOOR_ADVECTION,
    FLOOR_CONDUCTANCE,
    GIVEN_TEMPERATURE_SCALAR,
    L3_INPUT,
    L3_TOTAL,
    LITTER_APART,
    MONTH_ROWS,
    MONTHS,
    NITROGEN,
    NPP_MAX,
    NPP_MIN,
    OXYGEN,
    SOIL_LAYERS,
    SURFACE_INPUT,
    TEMPERATURE,
    TEXTURE_FAST_TO_SLOW,
    WATER,
)
from proda.model.transport import unit_conductances

__all__ = ["check_forcing", "grid_rows", "input_by_layer", "prepare_columns", "soil_layers"]

# CLM's net share of decomposed fast SOC that becomes slow SOC, by sand content in %
# (CLM technical note; the share that becomes passive SOC is a constant of the parameter table).
FAST_TO_SLOW_WITHOUT_SAND = 0.826
FAST_TO_SLOW_PER_SAND = -0.0068


def grid_rows(grid, switches):
    """A SoilGrid as (3, layers) rows THICKNESS, NODE, INPUT_INTERFACE, m."""
    return np.stack([grid.thickness, grid.node, np.minimum(grid.interface, switches.input_depth)])


def check_forcing(forcing, structure):
    """Raise InputError for anything but the type of forcing that drives the structure."""
    wanted, _ = FILLS[structure.name]
    if not isinstance(forcing, wanted):
        raise InputError(
            "forcing", f"{wanted.__name__} for structure {structure.name}", type(forcing).__name__
        )


def prepare_columns(forcing, structure, switches):
    """Column arrays (n, rows, layers) of an AnnualForcing or MonthlyForcing of n columns."""
    check_forcing(forcing, structure)
    _, fill = FILLS[structure.name]
    rows = MONTHS + MONTH_ROWS * structure.months
    columns = np.zeros((len(forcing), rows, structure.grid.n_layers))
    entries = columns[:, ENTRIES]
    entries[:, SOIL_LAYERS] = soil_layers(forcing, structure.grid, switches)
    entries[:, GIVEN_TEMPERATURE_SCALAR] = forcing.temperature_scalar is not None
    entries[:, LITTER_APART] = forcing.nitrogen_scalar_by_pool is not None
    if switches.transfers_from_texture:
        sand = _required(forcing, "sand", "CLM's texture-dependent transfers")
        columns[:, TEXTURE_FAST_TO_SLOW] = FAST_TO_SLOW_WITHOUT_SAND + FAST_TO_SLOW_PER_SAND * sand
    fill(columns, forcing, structure.grid, switches)
    return columns


def soil_layers(forcing, grid, switches):
    """Number of layers that hold carbon, (n,): those above bedrock."""
    bedrock = getattr(forcing, "bedrock_layer", None)
    if bedrock is None or switches.input_below_bedrock:
        return np.full(len(forcing), grid.n_layers)
    return bedrock.astype(np.int64)


def input_by_layer(forcing, grid, switches):
    """CLM's own input to CWD, L1, L2, L3 per layer, (n, 4, layers) gC m-3 yr-1.

    What lies below bedrock is brought above it in the proportions found there; a pool whose input
    is all below has none. Raises InputError if the forcing has no input by layer.
    """
    values = _required(forcing, "litter_input_by_layer", "CLM's own vertical distribution of input")
    above = np.arange(grid.n_layers) < soil_layers(forcing, grid, switches)[:, None, None]
    kept = np.where(above, values, 0.0)
    total, of_kept = ((part * grid.thickness).sum(axis=-1) for part in (values, kept))
    with np.errstate(divide="ignore", invalid="ignore"):
        return kept * np.where(of_kept > 0.0, total / of_kept, 0.0)[..., None]


def _fill_annual(columns, forcing, grid, switches):
    month = columns[:, MONTHS:]
    _fill_temperature(columns, forcing)
    with np.errstate(divide="ignore", over="ignore"):
        # Saturated soil (0 MPa, of either sign) is infinitely far from the driest potential.
        potential = -np.abs(forcing.soil_water_potential)
        month[:, WATER] = np.log(switches.driest_water_potential / potential)
    if forcing.nitrogen_scalar_by_pool is None:
        month[:, NITROGEN:] = 1.0
    else:
        month[:, NITROGEN:] = forcing.nitrogen_scalar_by_pool
    _fill_mixing(columns, forcing.active_layer_depth[:, None], grid, switches)
    entries = columns[:, ENTRIES]
    entries[:, SURFACE_INPUT] = forcing.active_layer_depth <= 0.0
    entries[:, NPP_MIN] = forcing.npp_min
    entries[:, NPP_MAX] = forcing.npp_max


def _fill_monthly(columns, forcing, grid, switches):
    _fill_temperature(columns, forcing)
    columns[:, MONTHS + WATER :: MONTH_ROWS] = forcing.water_scalar
    columns[:, MONTHS + OXYGEN :: MONTH_ROWS] *= forcing.oxygen_scalar
    for pool in range(3):
        if forcing.nitrogen_scalar_by_pool is None:
            nitrogen = forcing.nitrogen_scalar
        else:
            nitrogen = forcing.nitrogen_scalar_by_pool[:, pool]
        columns[:, MONTHS + NITROGEN + pool :: MONTH_ROWS] = nitrogen
    _fill_mixing(columns, forcing.active_layer_depth, grid, switches, forcing.bedrock_layer)
    entries = columns[:, ENTRIES]
    entries[:, SURFACE_INPUT] = (forcing.active_layer_depth_last_year <= 0.0).any(axis=1)
    entries[:, CWD_TOTAL : L3_TOTAL + 1] = forcing.litter_input
    if switches.input_by_layer:
        columns[:, CWD_INPUT : L3_INPUT + 1] = input_by_layer(forcing, grid, switches)


def _fill_temperature(columns, forcing):
    """Temperature, or 298.15 K and the given scalar in the rows of the oxygen scalar."""
    temperature = columns[:, MONTHS + TEMPERATURE :: MONTH_ROWS]
    oxygen = columns[:, MONTHS + OXYGEN :: MONTH_ROWS]
    oxygen[:] = 1.0
    if forcing.temperature_scalar is None:
        scaled = (forcing.soil_temperature - REFERENCE_TEMPERATURE) / 10.0
        temperature[:] = scaled.reshape(temperature.shape)
    else:
        oxygen[:] = forcing.temperature_scalar.reshape(oxygen.shape)


def _fill_mixing(columns, active_layer_depth, grid, switches, bedrock_layer=None):
    rows = BIOTURBATION_CONDUCTANCE, CRYOTURBATION_CONDUCTANCE, FLOOR_CONDUCTANCE, FLOOR_ADVECTION
    faces = unit_conductances(active_layer_depth, grid, switches, bedrock_layer)
    for row, face in zip(rows, faces, strict=True):
        columns[:, row] = face


def _required(forcing, name, purpose):
    values = getattr(forcing, name)
    if values is None:
        raise InputError(f"forcing.{name}", f"values, for {purpose}", "none")
    return values


FILLS = {"clm45-10": (AnnualForcing, _fill_annual), "clm5-20": (MonthlyForcing, _fill_monthly)}
