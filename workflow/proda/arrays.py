"""Names of arrays by their axes, for annotations.

An array that passes between packages is annotated with the name of its axes; its docstring adds
the unit. Leading axes (…) may be absent. All are float64 unless named otherwise, and a type
checker sees them as ``numpy.ndarray``: shapes are checked by ``proda.check`` where data enter.
"""

from typing import Annotated, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = [
    "Cells",
    "Chains",
    "Columns",
    "Counts",
    "Draws",
    "Features",
    "FloatArray",
    "Grid",
    "Horizons",
    "Layers",
    "Mask",
    "Members",
    "Months",
    "Parameters",
    "PoolLayers",
    "Pools",
    "Texts",
    "Theta",
]

FloatArray: TypeAlias = npt.NDArray[np.float64]
Mask: TypeAlias = npt.NDArray[np.bool_]
Texts: TypeAlias = npt.NDArray[np.object_]  # of str; nothing pads them to one length
Counts: TypeAlias = npt.NDArray[np.int64]

# Soil.
Layers: TypeAlias = Annotated[FloatArray, "(..., layers)"]
Pools: TypeAlias = Annotated[FloatArray, "(..., pools)"]
PoolLayers: TypeAlias = Annotated[FloatArray, "(..., pools, layers)"]
Months: TypeAlias = Annotated[FloatArray, "(..., months)"]
Horizons: TypeAlias = Annotated[FloatArray, "(..., horizons)"]

# Places: model columns, soil profiles, cells of the map, the map itself.
Columns: TypeAlias = Annotated[FloatArray, "(columns,)"]
Cells: TypeAlias = Annotated[FloatArray, "(cells,)"]
Grid: TypeAlias = Annotated[FloatArray, "(lat, lon)"]

# Parameters: normalised to [0, 1] by the bounds of the prior (theta), or physical.
Theta: TypeAlias = Annotated[FloatArray, "(..., parameters), normalised"]
Parameters: TypeAlias = Annotated[FloatArray, "(..., parameters), physical"]
Draws: TypeAlias = Annotated[FloatArray, "(draws, parameters), normalised"]
Chains: TypeAlias = Annotated[FloatArray, "(chains, steps, parameters), normalised"]

# Learning: encoded covariates, and what the members of a learner predict.
Features: TypeAlias = Annotated[npt.NDArray[np.float32], "(places, features)"]
Members: TypeAlias = Annotated[FloatArray, "(members, places, parameters), normalised"]
