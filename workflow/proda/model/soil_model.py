"""What other stages ask of a soil carbon model."""

from typing import Protocol

from proda.arrays import Counts, FloatArray, Layers, Mask, Parameters, PoolLayers, Theta
from proda.model.existence import NoSteadyState
from proda.model.forcing import Forcing
from proda.model.grid import SoilGrid
from proda.model.parameters import ParameterTable
from proda.model.prior import Prior
from proda.model.structure import Structure
from proda.model.switches import Switches

__all__ = ["SoilModel"]


class SoilModel(Protocol):
    """A soil carbon model at steady state, as inference, learning and projection see it.

    ``MatrixModel`` is one. Parameter sets are normalised (theta) or physical vectors of the 26
    positions in ``proda.model.slots``; prepared columns are forcing as the kernels read it.
    """

    @property
    def structure(self) -> Structure:
        """The record of the structure."""
        ...

    @property
    def parameters(self) -> ParameterTable:
        """Names, bounds and defaults of the parameters."""
        ...

    @property
    def prior(self) -> Prior:
        """Prior of the parameters."""
        ...

    @property
    def grid(self) -> SoilGrid:
        """Soil layers."""
        ...

    @property
    def switches(self) -> Switches:
        """Choices in which the model differs from others."""
        ...

    @property
    def grid_rows(self) -> Layers:
        """The grid as the compiled kernels read it, (3, layers) m."""
        ...

    def columns(self, forcing: Forcing) -> FloatArray:
        """Forcing of n columns, prepared, (n, rows, layers)."""
        ...

    def physical(self, theta: Theta) -> Parameters:
        """Normalised sets as physical vectors (n, 26). Raises InputError for infeasible sets."""
        ...

    def without_steady_state(self, forcing: Forcing) -> list[NoSteadyState]:
        """Columns in which carbon enters a layer that cannot lose it."""
        ...

    def require_steady_state(self, forcing: Forcing) -> None:
        """Raise InputError for forcing of which a column has no steady state."""
        ...

    def sets_without_decomposition(self, physical: Parameters) -> Mask:
        """Which physical vectors (..., 26) stop all decomposition, (...)."""
        ...

    def steady_state(self, theta: Theta, forcing: Forcing) -> PoolLayers:
        """Pools (n, 7, layers) gC m-3 of normalised sets (n, parameters). Raises InputError."""
        ...

    def steady_state_of(self, physical: Parameters, forcing: Forcing) -> PoolLayers:
        """Pools (n, 7, layers) gC m-3 of physical vectors (n, 26). Raises InputError."""
        ...

    def steady_state_in(
        self, physical: Parameters, columns: FloatArray, column: Counts | None = None
    ) -> PoolLayers:
        """Pools (n, 7, layers) gC m-3 in prepared columns, unchecked; ``column`` (n,) of each."""
        ...

    def gradient(self, theta: Theta, forcing: Forcing, seed: FloatArray) -> Theta:
        """Derivatives (n, parameters) of a linear functional, with weights of SOC or of pools."""
        ...

    def gradient_of(self, physical: Parameters, forcing: Forcing, seed: FloatArray) -> Parameters:
        """The same with respect to physical vectors, (n, 26)."""
        ...

    def jacobian(self, theta: Theta, forcing: Forcing, operator: FloatArray) -> FloatArray:
        """Derivatives (n, h, parameters) of h linear functionals."""
        ...

    def jacobian_of(
        self, physical: Parameters, forcing: Forcing, operator: FloatArray
    ) -> FloatArray:
        """The same with respect to physical vectors, (n, h, 26)."""
        ...

    def input_gradient(self, theta: Theta, forcing: Forcing, seed: FloatArray) -> FloatArray:
        """Derivatives (n, 4) of a linear functional per gC m-2 yr-1 to CWD, L1, L2 and L3."""
        ...

    def soc(self, pools: PoolLayers) -> Layers:
        """Soil organic carbon (..., layers) gC m-3 of pools (..., 7, layers)."""
        ...

    def stock(self, soc: Layers, top: float, bottom: float) -> FloatArray:
        """Carbon between two depths in m, (...) gC m-2, of SOC (..., layers) gC m-3."""
        ...
