"""A synthetic conterminous United States, written as raw files in the formats of the real products.

Its climate, terrain, soils and plants are smooth, plausible fields; its soil carbon is that of the
matrix model with true parameters that depend on covariates and vary from site to site. Whatever the
workflow finds from the raw files can be compared with the truth, which is saved beside them.

What it cannot tell: whether the matrix model is a good model of real soils, because here it is the
world; nor how real errors of the forcing and of densities look.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from proda.data.twin import sites as digging
from proda.data.twin.bioclim import bioclim, koppen_geiger
from proda.data.twin.climate import make_climate
from proda.data.twin.clm import make_land_model, write_history
from proda.data.twin.config import TwinConfig
from proda.data.twin.covariates import NppRasters, read_codings, write_covariates
from proda.data.twin.lattice import Lattice, random_stream
from proda.data.twin.observations import at_depth, measure, with_noise
from proda.data.twin.parameters import NEEDED, PARAMETER_NAMES, Truth, limit_input_shares
from proda.data.twin.soil import DEPTHS, make_soil
from proda.data.twin.stocks import write_soilgrids, write_wise
from proda.data.twin.terrain import make_terrain
from proda.data.twin.truth import (
    forcing_variables,
    write_grid_truth,
    write_ledger_truth,
    write_site_truth,
)
from proda.data.twin.vegetation import make_vegetation
from proda.data.twin.wosis import (
    ACCEPTED,
    FOLDER,
    HOME,
    PROFILE_FAULTS,
    assemble,
    away_from_home,
    count_of,
    faulty_horizons,
    faulty_profiles,
    write_wosis,
)
from proda.model import AnnualForcing, MatrixModel

__all__ = ["write_twin"]

CLM_FOLDER = "clm"
TRUTH_FOLDER = "truth"
CLASSES = ("IGBP",)  # of the covariates the truth depends on
LEAST_VALID = 0.5  # share of a half-degree cell with NPP, where accepted profiles are
SHALLOWEST_SOC = 10.0  # gC m-3; horizons with less are below what a laboratory detects


def write_twin(folder, config=None, region=None):
    """Write a twin world below ``folder`` and return its TwinConfig.

    config: mapping of TwinConfig's fields, or None for the default. region: shapely polygon(s) in
    degrees east and north where accepted profiles lie, or None for all land in the box 125-66 W,
    24.5-49.5 N; the fields always fill the box, so that the region has neighbours.

    Folders: wosis, clm, mod17a3, the folders of resources/covariates.csv, soilgrids2017 and
    wise30sec for the reference stocks, and truth. The same config, region and version give the same
    bytes. Raises InputError for a wrong config or a region without room.
    """
    config = TwinConfig.of(config)
    folder = Path(folder)
    world = _World(folder, config, region)
    world.write_rasters()
    grid = world.write_grid()
    world.write_stocks(*grid)
    world.write_profiles()
    write_history(folder / CLM_FOLDER, world.land_model)
    return config


class _World:
    """The fields of a world, made once, and the steps that write them."""

    def __init__(self, folder, config, region):
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
        self.model = MatrixModel("clm45-10")
        if self.model.parameters.names != PARAMETER_NAMES:
            raise ValueError("the twin's parameters are not those of the model")

    def write_rasters(self):
        """Covariates and NPP; keeps what a reader gets from them in ``self.covariates``."""
        climate = self.climate
        fields = {
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
        self.truth = Truth(land, self.config.unexplained_share)

    def forcing(self, lon, lat, annual_npp):
        """AnnualForcing at points, as a reader gets it: bilinear between the land model's cells,
        annual_npp (years, n) gC m-2 yr-1."""
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

    def soc(self, theta, forcing):
        """SOC at the layer nodes, gC m-3 (n, 10)."""
        return self.model.soc(self.model.steady_state(theta, forcing))

    def write_grid(self):
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
        theta = limit_input_shares(self.truth.theta(covariates), self.model.parameters)
        forcing = self.forcing(lon[cells], lat[cells], annual)
        soc = self.soc(theta, forcing)
        fields = {"theta": theta, "soc": soc, **forcing_variables(forcing, annual.mean(axis=0))}
        path = self.folder / TRUTH_FOLDER / "truth_grid.nc"
        write_grid_truth(path, self.model, lattice, cells, fields, self.config)
        return cells, soc

    def _cell_value(self, name, cells):
        """Mean of a covariate in half-degree cells; the commonest land class where it is a class."""
        field = np.where(self.terrain.land, self.covariates[name], np.nan)
        pixels = self.lattice.blocks(field)[cells]
        if name not in CLASSES:
            return np.nanmean(pixels, axis=-1)
        counts = np.stack([(pixels == code).sum(axis=-1) for code in range(18)], axis=-1)
        return counts.argmax(axis=-1)

    def write_stocks(self, cells, soc):
        """The two reference maps."""

        def interval_stock(top, bottom):
            stock = np.full(cells.shape, np.nan)
            stock[cells] = self.model.stock(soc, top, bottom) / 1000.0
            return self.lattice.spread(stock)

        args = self.folder, self.lattice, self.config.seed, interval_stock
        write_soilgrids(*args, self.terrain.land)
        write_wise(*args, self.terrain, self.soil)

    def write_profiles(self):
        """The profile database and the truth at its accepted profiles."""
        seed, n = self.config.seed, self.config.n_profiles
        accepted, layers, fields = self._accepted(n)
        layers = pd.concat([layers, faulty_horizons(n, layers, seed)], ignore_index=True)
        groups = [(ACCEPTED, accepted, layers)]
        for kind, share in PROFILE_FAULTS.items():
            if kind != "duplicate_profile":
                groups.append((kind, *self._faulty(kind, count_of(share, n))))
        groups.append(("duplicate_profile", *self._duplicates(accepted, layers)))
        profiles, horizons = assemble(groups, seed)
        horizons = self._with_texture(horizons, profiles)
        write_wosis(self.folder / FOLDER, profiles, horizons, seed)
        write_ledger_truth(self.folder / TRUTH_FOLDER, profiles, horizons)
        self._write_sites(profiles, horizons, fields)

    def _accepted(self, n):
        """Sites, horizons and truth of the accepted profiles."""
        seed, lattice = self.config.seed, self.lattice
        enough = digging.cells_with_some(lattice, self.npp.valid, LEAST_VALID)
        eligible = self._inside() & self.npp.valid & enough
        lon, lat, row, column = digging.draw_points(
            lattice, seed, ACCEPTED, n, eligible, self.vegetation.igbp, self.region
        )
        covariates = {name: self.covariates[name][row, column] for name in NEEDED}
        variation = random_stream(seed, "site variation").standard_normal((n, len(PARAMETER_NAMES)))
        table = self.model.parameters
        theta = limit_input_shares(self.truth.theta(covariates, variation), table)
        explained = limit_input_shares(self.truth.theta(covariates), table)
        annual = self.npp.values[:, row, column]
        forcing = self.forcing(lon, lat, annual)
        soc = self.soc(theta, forcing)

        dug = digging.dig(seed, "horizons", n)
        true = at_depth(self.model.grid.node, soc, dug.middle)
        observed = with_noise(true, self.config.noise, seed)
        kept = dug.exists & (true > SHALLOWEST_SOC)
        profile = np.nonzero(kept)[0]
        middle = dug.middle[kept]
        stones = self._at(row[profile], column[profile], middle, "Coarse_Fragments_v")
        layers = measure(observed[kept], profile, middle, stones, seed, ACCEPTED)
        layers.insert(0, "profile", profile)
        layers["upper_depth"], layers["lower_depth"] = dug.top[kept], dug.bottom[kept]
        layers["organic_surface"], layers["kind"] = False, ACCEPTED
        layers["depth"], layers["soc"], layers["soc_observed"] = middle, true[kept], observed[kept]
        sites = self._sites(lon, lat, [HOME] * n)
        fields = {
            "theta": theta,
            "theta_without_site_variation": explained,
            "soc": soc,
            **forcing_variables(forcing, annual.mean(axis=0)),
        }
        return sites, layers, fields

    def _faulty(self, kind, n):
        """Sites and horizons of profiles that must be left out for ``kind``."""
        lattice, seed = self.lattice, self.config.seed
        if kind == "outside_region":
            lon, lat, labels = away_from_home(n, seed)
            return self._sites(lon, lat, labels), faulty_profiles(kind, n, seed)
        eligible = self._inside() & self.npp.valid
        if kind == "no_forcing":
            eligible = self._inside() & ~self.npp.valid
            whole = digging.whole_cells(lattice, ~self.npp.valid) & eligible
            eligible = whole if whole.any() else eligible
            n = n if eligible.any() else 0
        lon, lat = np.empty((2, n))
        if n:
            lon, lat, *_ = digging.draw_points(
                lattice, seed, kind, n, eligible, self.vegetation.igbp, self.region
            )
        if kind == "invalid_coordinates":
            lat = np.full(n, np.nan)
        return self._sites(lon, lat, [HOME] * n), faulty_profiles(kind, n, seed)

    def _duplicates(self, accepted, layers):
        """Copies of accepted profiles, as databases merged from several sources hold."""
        rng = random_stream(self.config.seed, "duplicates")
        n = len(accepted)
        chosen = np.sort(
            rng.choice(n, count_of(PROFILE_FAULTS["duplicate_profile"], n), replace=False)
        )
        copies = layers[layers["profile"].isin(chosen) & (layers["kind"] == ACCEPTED)].copy()
        copies["profile"] = np.searchsorted(chosen, copies["profile"])
        copies["kind"] = "duplicate_profile"
        return accepted.iloc[chosen].reset_index(drop=True), copies

    def _write_sites(self, profiles, horizons, fields):
        """Truth at the accepted profiles, in order of their identifiers."""
        keep = (profiles["kind"] == ACCEPTED).to_numpy()
        sites = profiles[keep]
        order = sites["number"].to_numpy()
        layers = horizons[horizons["kind"] == ACCEPTED].sort_values(
            ["profile_id", "depth"], kind="stable"
        )
        rows = {
            "profile": np.searchsorted(sites["profile_id"], layers["profile_id"]),
            "layer_id": layers["layer_id"].to_numpy(np.int32),
            **{name: layers[name].to_numpy() for name in ("depth", "soc", "soc_observed")},
        }
        path = self.folder / TRUTH_FOLDER / "truth_sites.nc"
        fields = {name: values[order] for name, values in fields.items()}
        write_site_truth(path, self.model, sites, fields, rows, self.config)

    def _inside(self):
        """Land pixels of the region that the land model reaches."""
        lon, lat = self.lattice.mesh
        reached = self.land_model.weights(lon.ravel(), lat.ravel())[1].any(axis=1)
        inside = self.terrain.land & reached.reshape(lon.shape)
        return inside & self.terrain.inside

    def _at(self, row, column, depth, name):
        """A soil property at a depth in m, linear between 0, 30 and 100 cm."""
        values = np.stack([self.soil[f"{name}_{d}cm"][row, column] for d in DEPTHS])
        position = np.interp(depth, np.array(DEPTHS) / 100.0, np.arange(len(DEPTHS)))
        lower = np.minimum(position.astype(int), len(DEPTHS) - 2)
        points = np.arange(depth.size)
        share = position - lower
        return values[lower, points] * (1.0 - share) + values[lower + 1, points] * share

    def _with_texture(self, horizons, profiles):
        """Sand, silt and clay of about half of the horizons that lie in the box."""
        rng = random_stream(self.config.seed, "texture")
        place = profiles.set_index("profile_id")[["lon", "lat"]].reindex(horizons["profile_id"])
        lon, lat = place["lon"].to_numpy(), place["lat"].to_numpy()
        inside = digging.in_box(lon, lat) & (rng.random(len(horizons)) < 0.5)
        row, column = self.lattice.locate(lon[inside], lat[inside])
        depth = horizons.loc[inside, ["upper_depth", "lower_depth"]].mean(axis=1).to_numpy() / 100.0
        parts = [self._at(row, column, depth, f"{p}_Content") for p in ("Sand", "Clay")]
        sand, clay = (
            np.round(np.clip(p + rng.normal(0.0, 3.0, p.size), 1.0, 49.0 + p / 2.1), 1)
            for p in parts
        )
        texture = {"sand": sand, "clay": np.minimum(clay, 100.0 - sand)}
        texture["silt"] = 100.0 - texture["sand"] - texture["clay"]
        for name, values in texture.items():
            horizons[name] = np.nan
            horizons.loc[inside, name] = np.round(values, 1)
        return horizons

    @staticmethod
    def _sites(lon, lat, labels):
        return pd.DataFrame(
            {"lon": lon, "lat": lat, "labels": labels, "number": np.arange(len(lon))}
        )
