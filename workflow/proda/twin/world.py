"""A synthetic conterminous United States, written as raw files in the formats of the real products.

Its climate, terrain, soils and plants are smooth, plausible fields; its soil carbon is that of the
matrix model with true parameters that depend on covariates and vary from site to site. Whatever the
workflow finds from the raw files can be compared with the truth, which is saved beside them.

It cannot show whether the matrix model is a good model of real soils, because here it is the world,
nor how real errors of the forcing and of densities look.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import shapely

from proda.arrays import FloatArray, Mask, Theta
from proda.model import AnnualForcing, MatrixModel
from proda.model.structures import STUDY
from proda.twin.bioclim import bioclim, koppen_geiger
from proda.twin.climate import make_climate
from proda.twin.clm import make_land_model, write_history
from proda.twin.config import TwinConfig
from proda.twin.covariates import NppRasters, read_codings, write_covariates
from proda.twin.lattice import Lattice
from proda.twin.parameters import MAX_LITTER_FRACTION, NEEDED, PARAMETER_NAMES, Truth
from proda.twin.soil import make_soil
from proda.twin.stocks import write_soilgrids, write_wise
from proda.twin.survey import TRUTH_FOLDER, LatticeSurvey
from proda.twin.terrain import make_terrain
from proda.twin.truth import forcing_variables, write_grid_truth
from proda.twin.vegetation import make_vegetation

__all__ = ["write_twin"]

CLM_FOLDER = "clm"
CLASSES = ("IGBP",)  # of the covariates the truth depends on


def write_twin(
    folder: str | Path,
    config: Mapping[str, object] | TwinConfig | None = None,
    region: shapely.Geometry | None = None,
) -> TwinConfig:
    """Write a twin world below a folder.

    Folders: wosis, clm, mod17a3, the folders of proda/resources/covariates.csv, soilgrids2017 and
    wise30sec for the reference stocks, and truth. The same config, region and version give the same
    bytes.

    Parameters
    ----------
    folder
        Where it is written.
    config
        TwinConfig, or a mapping of its fields; None for the default.
    region
        Polygon(s) in degrees east and north where accepted profiles lie; None for all land in the
        box 125-66 W, 24.5-49.5 N. The fields always fill the box, so that the region
        has neighbours.

    Returns
    -------
    TwinConfig
        The settings in full.

    Raises
    ------
    InputError
        For a wrong config or a region that is too small.
    """
    config = TwinConfig.of(config)
    folder = Path(folder)
    world = World(folder, config, region)
    world.write_rasters()
    grid = world.write_grid()
    world.write_stocks(*grid)
    LatticeSurvey(world).write()
    write_history(folder / CLM_FOLDER, world.land_model)
    return config


class World:
    """The fields of a world, made once, and the steps that write them."""

    def __init__(self, folder: Path, config: TwinConfig, region: shapely.Geometry | None) -> None:
        self.folder, self.config, self.region = folder, config, region
        self.lattice = lattice = Lattice(config.resolution)
        seed = config.seed
        self.terrain = make_terrain(lattice, seed, region)
        self.climate = make_climate(lattice, seed, self.terrain)
        self.soil = make_soil(lattice, seed, self.terrain, self.climate)
        first, last = config.npp_years
        self.vegetation = make_vegetation(
            lattice, seed, self.terrain, self.climate, self.soil, last - first + 1
        )
        self.npp = NppRasters(self.vegetation.npp, self.vegetation.igbp, self.terrain, first)
        self.land_model = make_land_model(
            lattice, seed, self.terrain, self.climate, self.soil,
            self.npp.summary()["NPPmean"], config.clm_years,
        )  # fmt: skip
        self.model = MatrixModel(STUDY)
        if self.model.parameters.names != PARAMETER_NAMES:
            raise ValueError("the twin's parameters are not those of the model")

    def write_rasters(self) -> None:
        """Covariates and NPP; keeps what a reader gets from them in ``self.covariates``."""
        climate = self.climate
        fields: dict[str, np.ndarray] = {
            "IGBP": self.vegetation.igbp,
            "Climate": koppen_geiger(climate.temperature, climate.precipitation),
            "Veg_Cover": self.vegetation.tree_cover,
            "Drought": self.vegetation.drought,
            **bioclim(climate.temperature, climate.daily_range, climate.precipitation),
            **self.soil,
        }
        self.covariates = write_covariates(
            self.folder, self.lattice, read_codings(), fields, self.terrain.land
        )
        self.covariates |= self.npp.summary()
        self.npp.write(self.folder, self.lattice)
        usable = self.terrain.land & self.npp.valid
        land = {name: self.covariates[name][usable] for name in NEEDED}
        self.truth = Truth(land, self.config.unexplained_fraction)

    def forcing(self, lon: FloatArray, lat: FloatArray, annual_npp: FloatArray) -> AnnualForcing:
        """AnnualForcing at points, as a reader gets it: bilinear between the land model's cells.

        annual_npp: (years, n) gC m-2 yr-1.
        """
        cell, weight = self.land_model.weights(lon, lat)
        temperature, potential, thaw = (
            np.einsum("nk,nk...->n...", weight, field[cell])
            for field in self.land_model.annual_means()
        )
        return AnnualForcing(
            npp_min=annual_npp.min(axis=0),
            npp_max=annual_npp.max(axis=0),
            active_layer_depth=thaw,
            soil_temperature=temperature,
            soil_water_potential=potential,
        )

    def soc(self, theta: Theta, forcing: AnnualForcing) -> FloatArray:
        """SOC at the layer nodes, gC m-3 (n, 10)."""
        return self.model.soc(self.model.steady_state(theta, forcing))

    def write_grid(self) -> tuple[Mask, FloatArray]:
        """The truth on half-degree cells; returns the cells (ny, nx) and their SOC (n, 10)."""
        lattice = self.lattice
        annual = lattice.blocks(self.npp.values)
        known = np.isfinite(annual).all(axis=0)
        lon, lat = (lattice.blocks(mesh).mean(axis=-1) for mesh in lattice.mesh)
        reached = self.land_model.weights(lon.ravel(), lat.ravel())[1].any(axis=1)
        cells = known.any(axis=-1) & reached.reshape(lon.shape)
        count = known[cells].sum(axis=-1)
        annual = np.where(known, annual, 0.0)[:, cells].sum(axis=-1) / count
        covariates = {name: self._cell_value(name, cells) for name in NEEDED if name != "NPPmean"}
        covariates["NPPmean"] = annual.mean(axis=0)
        theta = self.model.prior.limit_fractions(self.truth.theta(covariates), MAX_LITTER_FRACTION)
        forcing = self.forcing(lon[cells], lat[cells], annual)
        soc = self.soc(theta, forcing)
        fields = {"theta": theta, "soc": soc, **forcing_variables(forcing, annual.mean(axis=0))}
        path = self.folder / TRUTH_FOLDER / "truth_grid.nc"
        k = lattice.per_cell
        lat, lon = (axis.reshape(-1, k).mean(axis=1) for axis in (lattice.lat, lattice.lon))
        write_grid_truth(path, self.model, lat, lon, cells, fields, self.config)
        return cells, soc

    def _cell_value(self, name: str, cells: Mask) -> FloatArray:
        """Mean of a covariate in half-degree cells, or its commonest class on land."""
        field = np.where(self.terrain.land, self.covariates[name], np.nan)
        pixels = self.lattice.blocks(field)[cells]
        if name not in CLASSES:
            return np.nanmean(pixels, axis=-1)
        counts = np.stack([(pixels == code).sum(axis=-1) for code in range(18)], axis=-1)
        return counts.argmax(axis=-1)

    def write_stocks(self, cells: Mask, soc: FloatArray) -> None:
        """The two reference maps."""

        def interval_stock(top: float, bottom: float) -> FloatArray:
            stock = np.full(cells.shape, np.nan)
            stock[cells] = self.model.stock(soc, top, bottom) / 1000.0
            return self.lattice.spread(stock)

        args = self.folder, self.lattice, self.config.seed, interval_stock
        write_soilgrids(*args, self.terrain.land)
        write_wise(*args, self.terrain, self.soil)
