"""From the grid of a history to the cells of a run, the same weights in all years.

As `proda.data.interpolation` does for the static forcing: cells of the history without data are
excluded and the weights of the others rescaled. Scalars are averaged over those that have soil in
the layer, because CLM sets them to 0 below bedrock.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from proda import arrays
from proda.arrays import FloatArray, Mask
from proda.data.interpolation import NONE, weights_of_cells

__all__ = ["CellMap", "make_cell_map"]


@dataclass(frozen=True, eq=False)
class CellMap:
    """Weights of the cells of a history in the n cells of a run.

    Attributes
    ----------
    weights
        Sparse, (n, nlat nlon); rows sum to 1, or to 0 in cells without forcing.
    found
        (n,) cells that have any.
    soil
        (layers, nlat nlon) 1 above bedrock and 0 below; None where it is not known.
    """

    weights: csr_array
    found: Mask
    soil: FloatArray | None = None

    @cached_property
    def _weight_of_soil(self) -> FloatArray:
        """Sum of the weights of cells that have soil in a layer, (n, layers)."""
        assert self.soil is not None
        return np.asarray(self.weights @ self.soil.T)

    def mean(self, values: FloatArray) -> npt.NDArray[np.float32]:
        """Values (months, ..., lat, lon) at the cells, (n, months, ...).

        A month at a time, in the precision of the files of series: memory is that of the result.
        """
        result = np.empty((self.found.size, *values.shape[:-2]), np.float32)
        for month, field in enumerate(values):
            flat = field.reshape(-1, self.weights.shape[1]).T
            result[:, month] = (self.weights @ flat).reshape(result[:, month].shape)
        result[~self.found] = np.nan
        return result

    def mean_of_soil(self, values: FloatArray) -> npt.NDArray[np.float32]:
        """Scalars (months, layers, lat, lon) at the cells, (n, months, layers), of soil only."""
        if self.soil is None:
            return self.mean(values)
        result = np.empty((self.found.size, *values.shape[:-2]), np.float32)
        weight = self._weight_of_soil
        for month, field in enumerate(values):
            flat = field.reshape(self.soil.shape) * self.soil
            total = np.asarray(self.weights @ flat.T)
            empty = np.where(np.isnan(total), np.nan, 0.0)
            result[:, month] = np.divide(total, weight, out=empty, where=weight > 0.0)
        result[~self.found] = np.nan
        return np.clip(result, 0.0, 1.0, out=result)


def make_cell_map(
    lat: FloatArray,
    lon: FloatArray,
    has_data: Mask,
    places: tuple[arrays.Cells, arrays.Cells],
    method: str,
    max_distance_km: float,
    bedrock_layer: FloatArray | None = None,
    layers: int = 0,
) -> CellMap:
    """Weights for the cells of a run.

    Parameters
    ----------
    lat, lon
        Centres of the history's cells, degrees.
    has_data
        (lat, lon) those that have all fields.
    places
        Longitudes and latitudes of the n cells, degrees.
    method, max_distance_km
        As for `proda.data.interpolation.sample`.
    bedrock_layer
        (lat, lon) layers above bedrock, if the history has them.
    layers
        Of the soil.
    """
    weights, source = weights_of_cells(lat, lon, has_data, *places, method, max_distance_km)
    soil = None
    if bedrock_layer is not None:
        soil = (np.arange(layers)[:, None] < bedrock_layer.ravel()).astype(float)
    return CellMap(weights, source != NONE, soil)
