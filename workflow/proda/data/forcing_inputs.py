"""The forcing that a configuration states, of the cells of the grid and of the profiles.

The rules write it to files; ``proda check`` looks at it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from proda.config.keys import build_alternative
from proda.config.sections.forcing import NppSource
from proda.data.cells import Cells
from proda.data.forcing_merge import grid_forcing, require_forcing, site_forcing
from proda.data.forcing_sources import (
    at_points,
    cell_of_points,
    npp_at_points,
    npp_on_cells,
    on_cells,
    read_soil,
    soil_of_cells,
)
from proda.files import StrPath
from proda.model.structures import get_structure
from proda.patterns import pattern_below

__all__ = ["ConfiguredForcing"]


@dataclass(frozen=True)
class ConfiguredForcing:
    """Soil climate and carbon input as the section `forcing` states them.

    Parameters
    ----------
    structure
        Name of the structure of the model.
    data_dir
        Folder of relative paths.
    clm, npp
        Keys of the section `forcing`, as plain values.
    max_distance_km
        As for `proda.data.interpolation.sample`.
    """

    structure: str
    data_dir: StrPath
    clm: Mapping[str, Any]
    npp: Mapping[str, Any] | None
    max_distance_km: float | None

    @cached_property
    def soil(self) -> xr.Dataset:
        """Soil climate, on the grid of the land model."""
        choices = {name: value for name, value in self.clm.items() if name != "files"}
        return read_soil(self.structure, self._paths, **choices)

    def of_cells(self, cells: Cells, interpolation: str) -> xr.Dataset:
        """Forcing of the cells of the grid.

        Parameters
        ----------
        cells
            The cells.
        interpolation
            Of the soil climate, as for `proda.data.interpolation.regrid`.

        Raises
        ------
        InputError
            For files that cannot be read, and if no cell has forcing.
        """
        soil = on_cells(self.soil, cells, interpolation, self.max_distance_km)
        npp = None
        if self._source is not None:
            npp = npp_on_cells(self._source, Path(self.data_dir), cells, *self._land_model)
        forcing = grid_forcing(soil, npp)
        require_forcing(cells.from_grid(forcing["no_forcing"]), "cells of the grid")
        return forcing

    def of_sites(
        self, sites: pd.DataFrame, cells: Cells, grid: xr.Dataset, interpolation: str
    ) -> tuple[xr.Dataset, pd.DataFrame]:
        """Forcing of profiles, and the profiles without any.

        Parameters
        ----------
        sites
            longitude and latitude, degrees, by profile_id.
        cells, grid
            The cells and their forcing, in memory or in its file.
        interpolation
            Of the soil climate; "cell" for that of the cell which holds the profile.

        Returns
        -------
        xarray.Dataset, pandas.DataFrame
            As from `proda.data.forcing_merge.site_forcing`.

        Raises
        ------
        InputError
            For files that cannot be read.
        """
        lon, lat = sites["longitude"].to_numpy(), sites["latitude"].to_numpy()
        if interpolation == "cell":
            soil = soil_of_cells(grid, cells, lon, lat)
        else:
            soil = at_points(self.soil, lon, lat, interpolation, self.max_distance_km)
            soil = soil.assign(cell=cell_of_points(cells, lon, lat))
        npp = None
        if self._source is not None:
            folder = Path(self.data_dir)
            npp = npp_at_points(self._source, folder, lon, lat, *self._land_model)
        return site_forcing(list(sites.index), soil, npp)

    @property
    def _paths(self) -> list[str]:
        return [pattern_below(self.data_dir, pattern) for pattern in self.clm["files"]]

    @property
    def _land_model(self) -> tuple[list[str], Any, float | None]:
        return self._paths, self.clm["years"], self.max_distance_km

    @cached_property
    def _source(self) -> NppSource | None:
        """Net primary production; None for a structure that takes litter input instead."""
        if self.npp is None or not get_structure(self.structure).input_from_npp:
            return None
        source: NppSource = build_alternative(NppSource, self.npp)
        return source
