"""The twin's soil survey: where profiles are dug, what is found, and what goes wrong."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from proda.arrays import Counts, FloatArray
from proda.twin import sites as digging
from proda.twin.lattice import random_stream
from proda.twin.observations import at_depth, measure, with_noise
from proda.twin.parameters import MAX_LITTER_FRACTION, NEEDED, PARAMETER_NAMES
from proda.twin.soil import DEPTHS
from proda.twin.truth import forcing_variables, write_ledger_truth, write_site_truth
from proda.twin.wosis import (
    ACCEPTED,
    FOLDER,
    HOME,
    PROFILE_FAULTS,
    Labels,
    assemble,
    away_from_home,
    count_of,
    faulty_horizons,
    faulty_profiles,
    write_wosis,
)

if TYPE_CHECKING:
    from proda.twin.globe.world import Globe
    from proda.twin.world import World

__all__ = ["SHALLOWEST_SOC", "TRUTH_FOLDER", "LatticeSurvey", "Survey"]

TRUTH_FOLDER = "truth"
MIN_VALID = 0.5  # fraction of a half-degree cell with NPP, where accepted profiles are
SHALLOWEST_SOC = 10.0  # gC m-3; horizons with less are below what a laboratory detects


class Survey(ABC):
    """The profiles of a world, accepted and faulty.

    Parameters
    ----------
    world
        The world, whose survey provides the abstract methods.
    """

    def __init__(self, world: "World | Globe") -> None:
        self.world = world

    def write(self) -> None:
        """The profile database and the truth at its accepted profiles."""
        seed, n = self.world.config.seed, self.world.config.n_profiles
        accepted, layers, fields = self._accepted(n)
        layers = pd.concat([layers, faulty_horizons(n, layers, seed)], ignore_index=True)
        groups = [(ACCEPTED, accepted, layers)]
        for kind, fraction in PROFILE_FAULTS.items():
            if kind != "duplicate_profile":
                groups.append((kind, *self._faulty(kind, count_of(fraction, n))))
        groups.append(("duplicate_profile", *self._duplicates(accepted, layers)))
        profiles, horizons = assemble(groups, seed)
        horizons = self._with_texture(horizons, profiles)
        write_wosis(self.world.folder / FOLDER, profiles, horizons, seed)
        write_ledger_truth(self.world.folder / TRUTH_FOLDER, profiles, horizons)
        self._write_sites(profiles, horizons, fields)

    @abstractmethod
    def _accepted(self, n: int) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, FloatArray]]:
        """Sites, horizons and truth of the accepted profiles."""

    @abstractmethod
    def _faulty(self, kind: str, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Sites and horizons of profiles that must be excluded for ``kind``."""

    @abstractmethod
    def _with_texture(self, horizons: pd.DataFrame, profiles: pd.DataFrame) -> pd.DataFrame:
        """Sand, silt and clay of about half of the horizons on the land of the world."""

    def _duplicates(
        self, accepted: pd.DataFrame, layers: pd.DataFrame
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Copies of accepted profiles, as databases merged from several sources hold."""
        rng = random_stream(self.world.config.seed, "duplicates")
        n = len(accepted)
        chosen = np.sort(
            rng.choice(n, count_of(PROFILE_FAULTS["duplicate_profile"], n), replace=False)
        )
        copies = layers[layers["profile"].isin(chosen) & (layers["kind"] == ACCEPTED)].copy()
        copies["profile"] = np.searchsorted(chosen, copies["profile"])
        copies["kind"] = "duplicate_profile"
        return accepted.iloc[chosen].reset_index(drop=True), copies

    def _write_sites(
        self, profiles: pd.DataFrame, horizons: pd.DataFrame, fields: dict[str, FloatArray]
    ) -> None:
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
        path = self.world.folder / TRUTH_FOLDER / "truth_sites.nc"
        fields = {name: values[order] for name, values in fields.items()}
        write_site_truth(path, self.world.model, sites, fields, rows, self.world.config)

    @staticmethod
    def _sites(lon: FloatArray, lat: FloatArray, labels: list[Labels]) -> pd.DataFrame:
        return pd.DataFrame(
            {"lon": lon, "lat": lat, "labels": labels, "number": np.arange(len(lon))}
        )


class LatticeSurvey(Survey):
    """The profiles of the world on the lattice (proda.twin.world).

    Parameters
    ----------
    world
        The world.
    """

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self.home = world
        lon, lat = world.lattice.mesh
        reached = world.land_model.weights(lon.ravel(), lat.ravel())[1].any(axis=1)
        # Land pixels of the region that the land model reaches.
        self.inside = world.terrain.land & world.terrain.inside & reached.reshape(lon.shape)

    def _accepted(self, n: int) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, FloatArray]]:
        seed, lattice = self.home.config.seed, self.home.lattice
        enough = digging.cells_with_some(lattice, self.home.npp.valid, MIN_VALID)
        eligible = self.inside & self.home.npp.valid & enough
        lon, lat, row, column = digging.draw_points(
            lattice, seed, ACCEPTED, n, eligible, self.home.vegetation.igbp, self.home.region
        )
        covariates = {name: self.home.covariates[name][row, column] for name in NEEDED}
        variation = random_stream(seed, "site variation").standard_normal((n, len(PARAMETER_NAMES)))
        prior, truth = self.home.model.prior, self.home.truth
        theta = prior.limit_fractions(truth.theta(covariates, variation), MAX_LITTER_FRACTION)
        explained = prior.limit_fractions(truth.theta(covariates), MAX_LITTER_FRACTION)
        annual = self.home.npp.values[:, row, column]
        forcing = self.home.forcing(lon, lat, annual)
        soc = self.home.soc(theta, forcing)

        dug = digging.dig(seed, "horizons", n)
        true = at_depth(self.home.model.grid.node, soc, dug.middle)
        observed = with_noise(true, self.home.config.noise, seed)
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

    def _faulty(self, kind: str, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        lattice, seed = self.home.lattice, self.home.config.seed
        if kind == "outside_region":
            lon, lat, labels = away_from_home(n, seed)
            return self._sites(lon, lat, labels), faulty_profiles(kind, n, seed)
        eligible = self.inside & self.home.npp.valid
        if kind == "no_forcing":
            eligible = self.inside & ~self.home.npp.valid
            whole = digging.whole_cells(lattice, ~self.home.npp.valid) & eligible
            eligible = whole if whole.any() else eligible
            n = n if eligible.any() else 0
        lon, lat = np.empty((2, n))
        if n:
            lon, lat, *_ = digging.draw_points(
                lattice, seed, kind, n, eligible, self.home.vegetation.igbp, self.home.region
            )
        if kind == "invalid_coordinates":
            lat = np.full(n, np.nan)
        return self._sites(lon, lat, [HOME] * n), faulty_profiles(kind, n, seed)

    def _at(self, row: Counts, column: Counts, depth: FloatArray, name: str) -> FloatArray:
        """A soil property at a depth in m, linear between 0, 30 and 100 cm."""
        values = np.stack([self.home.soil[f"{name}_{d}cm"][row, column] for d in DEPTHS])
        position = np.interp(depth, np.array(DEPTHS) / 100.0, np.arange(len(DEPTHS)))
        lower = np.minimum(position.astype(int), len(DEPTHS) - 2)
        points = np.arange(depth.size)
        fraction = position - lower
        return values[lower, points] * (1.0 - fraction) + values[lower + 1, points] * fraction

    def _with_texture(self, horizons: pd.DataFrame, profiles: pd.DataFrame) -> pd.DataFrame:
        rng = random_stream(self.home.config.seed, "texture")
        place = profiles.set_index("profile_id")[["lon", "lat"]].reindex(horizons["profile_id"])
        lon, lat = place["lon"].to_numpy(), place["lat"].to_numpy()
        inside = digging.in_box(lon, lat) & (rng.random(len(horizons)) < 0.5)
        row, column = self.home.lattice.locate(lon[inside], lat[inside])
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
