"""Vertical transport of litter and soil carbon by bioturbation and cryoturbation.

Diffusion between neighbouring layers of one pool, with the same coefficients for every pool but
coarse woody debris, which does not move:

    dz_j dX_j/dt = g_(j-1) (X_(j-1) - X_j) + g_j (X_(j+1) - X_j)

g_j = D_face / (z_(j+1) - z_j) in m d-1 is the conductance between layers j and j+1; D_face is the
harmonic mean of the two diffusivities weighted by their distance to the face (Patankar 1980,
eq. 4.9; CLM5 technical note 2.21.6). Top and bottom are closed, and so is bedrock.

The diffusivity of a layer is a parameter (bioturbation or cryoturbation) times a shape given by the
active-layer depth (Koven et al. 2013), so a column's conductances are linear in the two parameters:

    g = bioturbation * unit_bioturbation + cryoturbation * unit_cryoturbation + floor

The three arrays are made once per column, here; a solve only multiplies and adds. Where the shape
is zero the study's model keeps a diffusivity of 1e-30 m2 d-1; faces next to such a layer make the
floor (the other layer contributes less than 1e-20 to that harmonic mean and is neglected).

The later study's code also has a minimum advection of 1e-30 m d-1, which matters only at floor
faces: it scales g by Patankar's power-law factor and adds to what the lower layer gains and loses,
but not to what the upper one loses, so carbon is not conserved there. The switch
``floor_advection`` reproduces that.
"""

import numpy as np

from proda.arrays import Columns, FloatArray, Layers, Months, Parameters
from proda.compiled import inlined
from proda.model.constants import DAYS_PER_YEAR
from proda.model.grid import SoilGrid
from proda.model.layout import (
    BIOTURBATION_CONDUCTANCE,
    CRYOTURBATION_CONDUCTANCE,
    FLOOR_ADVECTION,
    FLOOR_CONDUCTANCE,
)
from proda.model.slots import BIOTURBATION, CRYOTURBATION
from proda.model.switches import Switches

__all__ = ["conductance", "unit_conductances"]

MIN_DIFFUSIVITY = 1e-30  # m2 d-1


def unit_conductances(
    active_layer_depth: Months,
    grid: SoilGrid,
    switches: Switches,
    bedrock_layer: Columns | None = None,
) -> tuple[Layers, Layers, Layers, Layers]:
    """Conductances per unit diffusivity, averaged over the months.

    Parameters
    ----------
    active_layer_depth
        (n, months) m.
    grid
        Soil layers.
    switches
        Choices of the model.
    bedrock_layer
        (n,) layers above bedrock; None for a grid without bedrock.

    Returns
    -------
    bioturbation, cryoturbation
        (n, layers) m d-1 per m2 yr-1. Entry j is the face below layer j, the last one is zero.
    floor, advection
        (n, layers) m d-1: the floor, and what the balance of the lower layer has on top of it.
    """
    depth = grid.interface if switches.mixing_at_interfaces else grid.node
    alt = np.asarray(active_layer_depth, dtype=np.float64)[..., None]
    if bedrock_layer is None:
        bedrock_layer = np.full(len(alt), grid.n_layers)
    bedrock = np.asarray(bedrock_layer, dtype=np.int64)

    thawed = alt >= switches.cryoturbation_active_layer
    frozen = alt < switches.cryoturbation_active_layer
    at_limit = alt == switches.cryoturbation_active_layer
    thawed &= ~at_limit
    if switches.mixing_at_cryoturbation_limit:
        frozen |= at_limit
    if switches.mixing_at_min_active_layer:
        frozen &= alt >= switches.min_active_layer
    else:
        frozen &= alt > switches.min_active_layer

    if switches.cryoturbation_end_factor > 0.0:
        end = switches.cryoturbation_end_factor * alt
    else:
        # CLM5: cryoturbation ends at 3 m, or one layer into bedrock if that is shallower.
        interfaces = np.append(grid.interface, grid.below)
        end = np.minimum(switches.cryoturbation_depth, interfaces[bedrock])[:, None, None]
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        decline = np.where(end > alt, 1.0 - (depth - alt) / (end - alt), 0.0)
    cryoturbation = np.where(depth < alt, 1.0, np.clip(decline, 0.0, 1.0))
    cryoturbation = np.where(frozen & (depth <= switches.cryoturbation_depth), cryoturbation, 0.0)
    bioturbation = np.where(thawed & (depth < switches.bioturbation_depth), 1.0, 0.0)

    below_bedrock = np.arange(grid.n_layers) > bedrock[:, None, None]
    cryoturbation[np.broadcast_to(below_bedrock, cryoturbation.shape)] = 0.0
    bioturbation[np.broadcast_to(below_bedrock, bioturbation.shape)] = 0.0

    # A column mixes in one way each month, so the sum of the shapes is 0 where it does not mix.
    floor = _floor_faces(bioturbation + cryoturbation, grid)
    advection = np.where(floor > 0.0, switches.floor_advection, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        floor = np.where(
            floor > 0.0, floor * np.maximum(1.0 - 0.1 * advection / floor, 0.0) ** 5, 0.0
        )
    faces = (_faces(bioturbation, grid), _faces(cryoturbation, grid), floor, advection)
    closed = np.arange(grid.n_layers) >= bedrock[:, None] - 1
    first, second, third, fourth = (
        np.where(closed, 0.0, np.pad(face.mean(axis=1), [(0, 0), (0, 1)])) for face in faces
    )
    return first, second, third, fourth


def _face_geometry(grid: SoilGrid) -> tuple[FloatArray, FloatArray]:
    """Node spacing and the fraction of it that lies in the lower layer, both (layers - 1,)."""
    spacing = np.diff(grid.node)
    return spacing, (grid.node[1:] - grid.interface[:-1]) / spacing


def _faces(shape: Layers, grid: SoilGrid) -> Layers:
    """Conductances where both neighbours mix with ``shape`` m2 yr-1, else zero, m d-1."""
    spacing, lower = _face_geometry(grid)
    with np.errstate(divide="ignore"):
        face = 1.0 / ((1.0 - lower) / shape[..., :-1] + lower / shape[..., 1:])
    return face / (DAYS_PER_YEAR * spacing)


def _floor_faces(shape: Layers, grid: SoilGrid) -> Layers:
    """Conductances where a neighbour has the smallest diffusivity, else zero, m d-1."""
    spacing, lower = _face_geometry(grid)
    still = shape == 0.0
    weight = np.where(still[..., :-1], 1.0 - lower, 0.0) + np.where(still[..., 1:], lower, 0.0)
    with np.errstate(divide="ignore"):
        return np.where(weight > 0.0, MIN_DIFFUSIVITY / weight, 0.0) / spacing


@inlined
def conductance(
    parameters: Parameters, column: Layers, upper: FloatArray, lower: FloatArray
) -> None:
    """Conductances of the faces of a column in the balance of the layer above and of that below.

    Parameters
    ----------
    parameters
        (26,) physical vector.
    column
        (rows, layers) prepared column.
    upper, lower
        (layers,) m d-1, filled; the same but where the switch ``floor_advection`` acts.
    """
    bioturbation = parameters[BIOTURBATION]
    cryoturbation = parameters[CRYOTURBATION]
    for j in range(upper.shape[0]):
        face = (
            bioturbation * column[BIOTURBATION_CONDUCTANCE, j]
            + cryoturbation * column[CRYOTURBATION_CONDUCTANCE, j]
            + column[FLOOR_CONDUCTANCE, j]
        )
        upper[j] = face
        lower[j] = face + column[FLOOR_ADVECTION, j]
