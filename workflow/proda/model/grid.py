"""Vertical soil grids of the Community Land Model and integration over depth.

Layers are counted from the surface; depths are in metres, positive downward. A layer has a
thickness, a node (where its state is defined) and a lower interface.
Source: CLM technical note, vertical discretisation; CTSM soil layer structures ``10SL_3.5m`` and
``20SL_8.5m``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from proda.arrays import FloatArray
from proda.errors import InputError, number_text

__all__ = ["CLM5_20", "CLM45_10", "SoilGrid"]


@dataclass(frozen=True, eq=False)
class SoilGrid:
    """Soil layers.

    Parameters
    ----------
    thickness, interface, node
        Thickness, depth of the lower interface and depth of the node of each layer, (layers,) m.
    below
        Depth of the lower interface of the first bedrock layer, where CLM lets cryoturbation end
        if the soil is deep, m; that layer carries no carbon.
    """

    thickness: FloatArray
    interface: FloatArray
    node: FloatArray
    below: float

    @property
    def n_layers(self) -> int:
        """Number of layers."""
        return len(self.thickness)

    @property
    def bottom(self) -> float:
        """Depth of the lowest interface, m."""
        return float(self.interface[-1])

    def overlap(self, top: float, bottom: float) -> FloatArray:
        """Thickness of each layer that lies between two depths.

        Parameters
        ----------
        top, bottom
            m, 0 <= top < bottom <= depth of the grid.

        Returns
        -------
        FloatArray
            (layers,) m.

        Raises
        ------
        InputError
            For depths outside the grid or in the wrong order.
        """
        if not 0.0 <= top < bottom <= self.bottom:
            raise InputError(
                "depth interval",
                f"0 <= top < bottom <= {number_text(self.bottom)} m",
                f"{number_text(top)} to {number_text(bottom)} m",
            )
        upper = np.concatenate([[0.0], self.interface[:-1]])
        return np.clip(np.minimum(self.interface, bottom) - np.maximum(upper, top), 0.0, None)


def _grid(
    thickness: Sequence[float], interface: Sequence[float], node: Sequence[float], below: float
) -> SoilGrid:
    return SoilGrid(_constant(thickness), _constant(interface), _constant(node), below)


def _constant(values: Sequence[float]) -> FloatArray:
    array = np.array(values, dtype=np.float64)
    array.setflags(write=False)
    return array


CLM45_10 = _grid(
    thickness=[
        0.017512818, 0.027578969, 0.045470033, 0.074967411, 0.123600365,
        0.203782551, 0.335980626, 0.553938405, 0.913290032, 1.505760701,
    ],
    interface=[
        0.017512818, 0.045091787, 0.09056182, 0.165529231, 0.289129597,
        0.492912148, 0.828892774, 1.382831179, 2.296121211, 3.801881912,
    ],
    node=[
        0.007100635, 0.027925, 0.062258574, 0.118865067, 0.212193396,
        0.366065797, 0.619758498, 1.03802705, 1.727635309, 2.864607113,
    ],
    below=6.284461609,
)  # fmt: skip

CLM5_20 = _grid(
    thickness=[
        0.02, 0.04, 0.06, 0.08, 0.12, 0.16, 0.20, 0.24, 0.28, 0.32,
        0.36, 0.40, 0.44, 0.54, 0.64, 0.74, 0.84, 0.94, 1.04, 1.14,
    ],
    interface=[
        0.02, 0.06, 0.12, 0.20, 0.32, 0.48, 0.68, 0.92, 1.20, 1.52,
        1.88, 2.28, 2.72, 3.26, 3.90, 4.64, 5.48, 6.42, 7.46, 8.60,
    ],
    node=[
        0.01, 0.04, 0.09, 0.16, 0.26, 0.40, 0.58, 0.80, 1.06, 1.36,
        1.70, 2.08, 2.50, 2.99, 3.58, 4.27, 5.06, 5.95, 6.94, 8.03,
    ],
    below=10.99,
)  # fmt: skip
