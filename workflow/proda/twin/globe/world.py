"""A synthetic globe, written as raw files in the formats of the real products.

Its land is that of the region of the run. Climate, soils, bedrock, permafrost and wetlands are
plausible fields on the cells of the grid, which are also those of its land model: forcing that is
read back is the forcing of the truth, so that errors of interpolation are no part of this world.
Its soil carbon is that of the matrix model with true parameters that depend on covariates and vary
from site to site; which of two mechanisms governs the stock is a setting.

It cannot show whether the matrix model is a good model of real soils, because here it is the world.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from proda.arrays import Counts, FloatArray, Theta
from proda.data.cells import make_cells
from proda.data.region import Region
from proda.files import atomic_path
from proda.model import MatrixModel
from proda.model.processes import PROCESS_NAMES, processes_in
from proda.model.structures import GLOBAL
from proda.netcdf import create_netcdf
from proda.twin.globe.climate import make_climate, make_elevation
from proda.twin.globe.columns import make_columns
from proda.twin.globe.config import GlobalTwinConfig
from proda.twin.globe.ground import make_covariates, make_ground
from proda.twin.globe.history import write_history
from proda.twin.globe.parameters import CONTRAST, GlobalTruth
from proda.twin.globe.places import Places
from proda.twin.globe.survey import GlobalSurvey
from proda.twin.survey import TRUTH_FOLDER
from proda.twin.truth import write_grid_truth

__all__ = ["Globe", "write_globe"]

CLM_FOLDER = "clm"
COVARIATES = "covariates.nc"
CHUNK = 4000  # columns solved at a time, which bounds memory


def write_globe(
    folder: str | Path, config: Mapping[str, Any] | GlobalTwinConfig, region: Region
) -> GlobalTwinConfig:
    """Write a synthetic globe below a folder.

    Files: covariates.nc, clm/ (monthly history and a surface file), wosis/ and truth/. The same
    config, region and version give the same bytes.

    Parameters
    ----------
    folder
        Where it is written.
    config
        GlobalTwinConfig, or a mapping of its fields.
    region
        Land of the world.

    Returns
    -------
    GlobalTwinConfig
        The settings in full.

    Raises
    ------
    InputError
        For a wrong config and for a region without room for the profiles.
    """
    settings = GlobalTwinConfig.of(config)
    world = Globe(Path(folder), settings, region)
    world.write_covariates()
    world.write_grid()
    GlobalSurvey(world).write()
    write_history(world.folder / CLM_FOLDER, world.places, world.columns, settings.clm_years)
    return settings


class Globe:
    """The fields of a synthetic globe, made once, and the steps that write them.

    Attributes
    ----------
    places
        Its cells.
    columns
        Columns of the land model, of all cells with soil.
    covariates
        (cells,) by name, single precision as in the file.
    """

    def __init__(self, folder: Path, config: GlobalTwinConfig, region: Region) -> None:
        self.folder, self.config = folder, config
        self.places = Places(region, make_cells(region, config.resolution))
        self.elevation = make_elevation(self.places, config.seed)
        self.climate = make_climate(self.places, config.seed, self.elevation)
        self.ground = make_ground(self.places, config.seed, self.elevation, self.climate)
        self.columns = make_columns(self.places, self.climate, self.ground, CONTRAST)
        fields = make_covariates(self.places, self.elevation, self.climate, self.ground)
        self.covariates: dict[str, np.ndarray] = {
            name: np.asarray(values, np.float32) for name, values in fields.items()
        }
        self.model = MatrixModel(GLOBAL)
        soil = self.columns.cell
        self.truth = GlobalTruth(
            self.model.parameters,
            self.covariates_at(soil),
            config.governed_by,
            config.unexplained_fraction,
            config.uniform_parameters,
        )
        self.column_of = np.full(len(self.places.cells), -1)
        self.column_of[soil] = np.arange(soil.size)

    def covariates_at(self, cells: Counts) -> dict[str, FloatArray]:
        """Covariates of some cells, by name."""
        return {name: values[cells].astype(float) for name, values in self.covariates.items()}

    def solve(self, theta: Theta, columns: Counts) -> dict[str, FloatArray]:
        """SOC and bulk processes of sets in columns of the land model, by name.

        Parameters
        ----------
        theta
            (n, 21) normalised sets.
        columns
            (n,) the column of each.

        Returns
        -------
        dict
            soc, at the layer nodes, gC m-3 (n, 20), and (n,) by the names of
            ``proda.model.processes``.
        """
        soc, values = [], []
        for first in range(0, len(theta), CHUNK):
            part = slice(first, first + CHUNK)
            forcing = self.columns.forcing(columns[part])
            self.model.require_steady_state(forcing)
            physical = self.model.physical(theta[part])
            prepared = self.model.columns(forcing)
            rows = np.arange(len(physical))
            pools = self.model.steady_state_in(physical, prepared, rows)
            soc.append(self.model.soc(pools))
            values.append(processes_in(self.model, physical, prepared, rows, pools).values)
        of_process = np.concatenate(values).T
        return {"soc": np.concatenate(soc), **dict(zip(PROCESS_NAMES, of_process, strict=True))}

    def facts(self, columns: Counts) -> dict[str, FloatArray]:
        """What is written with the truth about the forcing of columns, by name."""
        own = self.columns
        return {
            "npp_mean": own.npp[columns].astype(float),
            "soil_temperature": own.temperature[columns, :, :20].mean(axis=1).astype(float),
            "active_layer_depth": own.active_layer[columns].astype(float),
            "bedrock_layer": own.bedrock_layer[columns].astype(float),
        }

    def write_covariates(self) -> None:
        """All covariates of the cells in one file."""
        cells = self.places.cells
        with (
            atomic_path(self.folder / COVARIATES) as path,
            create_netcdf(path) as data,
        ):
            data.Conventions, data.source = "CF-1.11", "synthetic globe"
            rows = round(180.0 / cells.resolution)
            axes = {
                "lat": (-90.0 + (np.arange(rows) + 0.5) * cells.resolution, "degrees_north"),
                "lon": (-180.0 + (np.arange(2 * rows) + 0.5) * cells.resolution, "degrees_east"),
            }
            for name, (values, unit) in axes.items():
                data.createDimension(name, values.size)
                variable = data.createVariable(name, "f8", (name,))
                variable.units, variable[:] = unit, values
            row, column = cells.rows(cells.lat), cells.columns(cells.lon)
            for name, values in self.covariates.items():
                variable = data.createVariable(
                    name, "f4", ("lat", "lon"), fill_value=np.nan, compression="zlib", complevel=1
                )
                grid = np.full((rows, 2 * rows), np.nan, np.float32)
                grid[row, column] = values
                variable[:] = grid

    def write_grid(self) -> None:
        """The truth on the cells."""
        columns = np.arange(self.columns.cell.size)
        theta = self.truth.theta(self.covariates_at(self.columns.cell))
        fields = {"theta": theta, **self.solve(theta, columns), **self.facts(columns)}
        cells = self.places.cells
        lookup = cells.lookup()[::-1]  # north first
        column = np.where(lookup >= 0, self.column_of[lookup], -1)
        known = column >= 0
        order = column[known]
        rows = len(lookup)
        write_grid_truth(
            self.folder / TRUTH_FOLDER / "truth_grid.nc",
            self.model,
            90.0 - (np.arange(float(rows)) + 0.5) * cells.resolution,
            -180.0 + (np.arange(2.0 * rows) + 0.5) * cells.resolution,
            known,
            {name: values[order] for name, values in fields.items()},
            self.config,
        )
